/* The sound of a video as speech recognisers take it: 16 kHz, mono, FLAC, in chunks of bounded length.
 *
 * Times are the presentation clock's. Chunks are cut where it is quiet, if that is in their last minute. Short gaps
 * become silence; a long one ends a chunk. Thread-safety: one thread at a time for each decoder. */
#ifndef DECODE_AUDIO_H
#define DECODE_AUDIO_H

#include "base/error.h"
#include "decode/decode.h"

#define AUDIO_RATE 16000         /* samples a second, two bytes each before they are packed */
#define AUDIO_MAX_CHUNK_S 600

struct audio_sink {
    /* One chunk, a whole FLAC file; borrowed for the call. */
    enum sc_status (*on_chunk)(void *user, int64_t start_us, int64_t duration_us, const uint8_t *flac, size_t size,
                               struct sc_error *err);
    void (*on_position)(void *user, int64_t time_us); /* NULL: not wanted */
    void *user;
};

/* From from_us (0: all that there is) to to_us (0: the end), in chunks of at most chunk_s seconds. name_out: which
 * stream it is, "stream 1 of 2 (aac, eng)". SC_ERR_FORMAT "no sound in 'x'". */
SC_CHECKED enum sc_status audio_extract(const struct decoder *d, int64_t from_us, int64_t to_us, int chunk_s,
                                        const struct audio_sink *sink, char name_out[96], struct sc_error *err);

#endif
