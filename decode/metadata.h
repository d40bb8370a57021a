/* What a file says of itself: title, when and with what it was recorded, chapters. No place: where somebody was is not
 * told by the way. Thread-safety: one thread at a time for each decoder. */
#ifndef DECODE_METADATA_H
#define DECODE_METADATA_H

#include "base/error.h"
#include "decode/decode.h"

#define METADATA_MAX_CHAPTERS 1000
#define METADATA_TEXT_BYTES 256  /* a longer text is cut off */

struct metadata_sink {
    enum sc_status (*on_fact)(void *user, const char *name, const char *text, struct sc_error *err);
    enum sc_status (*on_chapter)(void *user, int64_t start_us, int64_t end_us, const char *title, struct sc_error *err);
    void *user;
};

/* Facts "title", "date", "camera", each at most once, then the chapters by time; text as it is in the file. A live stream
 * and a series of stills say nothing. */
SC_CHECKED enum sc_status metadata_read(const struct decoder *d, const struct metadata_sink *sink,
                                        struct sc_error *err);

#endif
