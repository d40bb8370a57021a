/* What goes on while it is looked at: a stream from the network, a device, a pipe, or a file that still grows.
 *
 * A thread of its own reads packets as they come, so that a sender is never kept waiting by what is done with them, and
 * keeps those of the last while: each is decoded once, and any stretch can still be written out as it came. Times are
 * mended where a clock jumps or wraps: they ascend for as long as it goes on.
 * Memory is flat: LIVE_KEEP_US and LIVE_KEEP_BYTES bound what is kept, whichever is reached first.
 * Thread-safety: one thread at a time for each object; its own thread aside. */
#ifndef DECODE_LIVE_H
#define DECODE_LIVE_H

#include <libavformat/avformat.h>

#include "base/buffer.h"
#include "decode/host.h"

#define LIVE_KEEP_US 60000000
#define LIVE_KEEP_BYTES ((int64_t)128 << 20)

struct live;

struct live_settings {
    const char *path;        /* as it was named; a URL where *fd is -1 */
    const char *name;        /* for messages */
    int64_t idle_us;         /* a file or pipe that brings nothing for so long has ended; 0: a file never does */
    const struct host *host;
    const atomic_bool *cancel;
};

/* Connect, or take *fd (set to -1), and find the streams. SC_ERR_IO, SC_ERR_FORMAT. *out: live_close. */
SC_CHECKED enum sc_status live_open(struct live **out, const struct live_settings *settings, int *fd,
                                    struct sc_error *err);
void live_close(struct live **l);

/* The streams as they are known; borrowed. Before live_start alone. */
AVFormatContext *live_format(struct live *l);

/* Begin to read this stream. Later calls change nothing. */
SC_CHECKED enum sc_status live_start(struct live *l, int stream_index, struct sc_error *err);

/* The next packet. AVERROR(EAGAIN) when none came for a tenth of a second; AVERROR_EOF at the end; another error when it
 * broke off. Where the network brought more than could be taken, what is too old is passed over, up to a key packet. */
int live_read(struct live *l, AVPacket *packet);

/* Packets passed over so far. */
int64_t live_skipped(struct live *l);

/* What is kept of from_us to to_us (of pts, in microseconds) as a Matroska file, from the key packet at or before
 * from_us on, or the first one that is kept. *begin_us_out: its first pts. SC_ERR_FORMAT when nothing of it is kept. */
SC_CHECKED enum sc_status live_clip(struct live *l, int64_t from_us, int64_t to_us, struct buffer *out,
                                    int64_t *begin_us_out, struct sc_error *err);

#endif
