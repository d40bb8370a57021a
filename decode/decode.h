/* decode/: from a path to pictures, each with its exact presentation time.
 *
 * Whatever libavformat opens, standard input, stills (PNG by libpng, JPEG by libjpeg-turbo, WebP by libwebp, others by
 * libav) alone or as a folder, glob or printf pattern: all look the same from here. Runs in the worker only.
 *
 * Sources are a struct of functions each (decode/source.h) and one list: a new kind is a new file and a line.
 * Input that can be read only once (a pipe, a live stream) is kept in an unlinked temporary file while it is read, so
 * that a second decode gives the same pictures at the same times.
 *
 * Times: the first displayed picture is 0; its container time is info->container_offset_us. Times come from the
 * container's presentation stamps, edit lists applied; where they are missing or do not ascend they are made from the
 * frame rate so that every picture has its own time, larger than the one before.
 * Thread-safety: one thread at a time for each decoder; decoders are independent. */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "decode/host.h"
#include "decode/picture.h"

enum decode_skip {           /* what need not be decoded; a decoder that can't skip safely decodes all */
    DECODE_ALL,
    DECODE_SKIP_BIDIR,       /* pictures between others */
    DECODE_SKIP_NONREF,      /* pictures that no other needs */
    DECODE_KEYS_ONLY,
    DECODE_SKETCH,           /* as DECODE_SKIP_BIDIR, and without the loop filter: near enough for measuring */
    DECODE_NONE,             /* as a choice for one packet: it is not even given to the decoder */
};

struct decode_settings {
    struct sc_source source;         /* path and the rest borrowed until decode_open returns */
    int threads;                     /* decoder threads; 0: as many as there are cores */
    enum decode_skip skip;
    bool skip_loop_filter;           /* cheaper and a little worse: for looking, not for showing */
    bool follow;                     /* it goes on while it is looked at: decode_next may find nothing for now, there is no
                                      * seek and no second decoder, and memory is flat (decode/live.h) */
    int64_t idle_us;                 /* with follow: a file has ended when nothing came for so long; 0: never */
    const struct host *host;         /* who opens files; NULL: decode/ itself. Outlives the decoder */
    const atomic_bool *cancel;       /* NULL: none. When true, every call returns SC_ERR_CANCELLED soon */
};

struct decoder;

/* Open, probe, find the stream. *out: decode_close. Words: "no video stream in 'a.mp4'", "'x' is not media: ...",
 * "'x' is empty", "can't open 'x': No such file or directory". */
SC_CHECKED enum sc_status decode_open(struct decoder **out, const struct decode_settings *settings,
                                      struct sc_error *err);
void decode_close(struct decoder **d);

/* Another decoder of what d decodes, with its own place; settings->source and host are ignored. For input that can be read only
 * once this is the only way to have two. Both belong to one thread. *out: decode_close, in any order. */
SC_CHECKED enum sc_status decode_open_second(struct decoder **out, const struct decoder *d,
                                             const struct decode_settings *settings, struct sc_error *err);

/* Facts. Valid until decode_close; duration and offset are exact once the first picture was decoded (decode_open
 * decodes it). */
const struct sc_info *decode_info(const struct decoder *d);

/* The next displayed picture in *out (picture_unref), or *out NULL at the end. Damage does not end the stream. */
SC_CHECKED enum sc_status decode_next(struct decoder *d, struct picture **out, struct sc_error *err);

/* With follow: *out was NULL because nothing has come for a tenth of a second; it goes on. */
bool decode_is_waiting(const struct decoder *d);

/* With follow: what is kept of these times as a Matroska file, as it came, from the last key picture before from_us on as
 * far as one is kept. *begin_us_out: the time of its first picture. SC_ERR_FORMAT: nothing of it is kept. */
SC_CHECKED enum sc_status decode_clip(const struct decoder *d, int64_t from_us, int64_t to_us, struct buffer *out,
                                      int64_t *begin_us_out, struct sc_error *err);

/* With follow: packets that were passed over because they came faster than they could be decoded. */
int64_t decode_skipped(const struct decoder *d);

/* Continue with the first picture whose time is >= time_us (exactly: what lies before is decoded and dropped).
 * Times after a seek equal the times of a decode from the start. */
SC_CHECKED enum sc_status decode_seek(struct decoder *d, int64_t time_us, struct sc_error *err);

/* Change what is skipped from the next packet on. slot_us: with DECODE_SKIP_NONREF at least one picture in every slot
 * of this length is decoded, as far as there are any, without the loop filter; 0: only what others need. */
void decode_set_skip(struct decoder *d, enum decode_skip skip, int64_t slot_us);

/* From the next picture on, which is the first of all: the pictures of a sequence of stills need no more samples than side
 * along the longer one, where that saves decoding (JPEG: by halves, in the frequency domain); their displayed size stays
 * what it is. 0: all samples. Other kinds of input are decoded as they are. */
void decode_set_reduced(struct decoder *d, int side);

/* What a packet says without being decoded. */
struct packet_facts {
    int64_t time_us;         /* presentation time; INT64_MIN: not known; below 0: decoded but not displayed */
    int bytes;
    bool key, disposable;
};

/* The next video packet, not decoded, in coding order. Don't mix with decode_next without a decode_seek between
 * (SC_ERR_INVALID); after one the packets begin at the key packet at or before its time. *end_out at the end. */
SC_CHECKED enum sc_status decode_next_packet(struct decoder *d, struct packet_facts *out, bool *end_out,
                                             struct sc_error *err);

/* Ask choose about each packet of decode_next before it is decoded: what is skipped there and then. NULL: as
 * decode_set_skip said. Kinds without packets of their own ask nothing. */
typedef enum decode_skip decode_choice(void *user, const struct packet_facts *packet);
void decode_set_choice(struct decoder *d, decode_choice *choose, void *user);

/* What was damaged so far. */
struct sc_damage decode_damage(const struct decoder *d);

#endif
