/* A stream beside the video, of the same input: its packets, with places of their own. Private to decode/.
 *
 * Thread-safety: one thread at a time for each track and its decoder. */
#ifndef DECODE_TRACK_H
#define DECODE_TRACK_H

#include "decode/demux.h"

struct track {
    struct source source;        /* the decoder's, with facts of its own */
    struct demux demux;          /* demux.stream: the chosen one; NULL: there is none of that type */
    int n_streams;               /* of that type */
    int number;                  /* which of them: 1 is the first; 0: none */
    char name[96];               /* "stream 2 of 3 (subrip, eng)" */
};

/* How good a stream is when none was named: the highest wins, the first of equals; below 0: none of ours. */
typedef int track_score(const AVStream *st);

/* The stream of this type with that number, 0: the best by score (NULL: libav's choice). A live stream and stills have
 * none. SC_ERR_INVALID "no subtitles 3 in 'x': it has 2" (what: "subtitles"). t: track_close, always. */
SC_CHECKED enum sc_status track_open(struct track *t, const struct decoder *d, enum AVMediaType type, int number,
                                     track_score *score, const char *what, struct sc_error *err);
void track_close(struct track *t);

/* A decoder of the stream's codec, not opened yet; *out: avcodec_free_context. SC_ERR_FORMAT: there is none. */
struct AVCodecContext;
SC_CHECKED enum sc_status track_codec(const AVStream *st, const char *name, struct AVCodecContext **out,
                                      struct sc_error *err);

/* Microseconds of the presentation clock for ticks of the stream; INT64_MIN: not known. */
int64_t track_us(const struct track *t, int64_t ticks);

#endif
