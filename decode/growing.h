/* A file that is still being written, or a pipe, for libavformat: reading at its end waits for more.
 *
 * It is read once, from its beginning; nothing but the input itself is opened, whatever the container refers to.
 * Thread-safety: one thread at a time for each object. */
#ifndef DECODE_GROWING_H
#define DECODE_GROWING_H

#include <libavformat/avformat.h>

#include "base/error.h"

struct growing;

/* Takes *fd (set to -1). idle_us: it has ended when it brings nothing for so long; 0: a pipe ends when its writer does, a
 * file never. interrupt: asked while it waits. A file that becomes shorter has ended with AVERROR(ESTALE). *out:
 * growing_close. */
SC_CHECKED enum sc_status growing_open(struct growing **out, int *fd, const char *name, int64_t idle_us,
                                       AVIOInterruptCB interrupt, struct sc_error *err);
void growing_close(struct growing **g);

/* Open it and find its streams. *out: avformat_close_input, before growing_close. SC_ERR_FORMAT for what is no media, or
 * can't be read before it is complete. */
SC_CHECKED enum sc_status growing_format(struct growing *g, const char *path, AVFormatContext **out, struct sc_error *err);

#endif
