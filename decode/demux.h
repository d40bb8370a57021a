/* libavformat over an input: probing, choosing the stream, packets. Private to decode/.
 *
 * Nothing but the input itself is opened, whatever the container refers to.
 * Thread-safety: one thread at a time for each demuxer. */
#ifndef DECODE_DEMUX_H
#define DECODE_DEMUX_H

#include <libavformat/avformat.h>

#include "decode/source.h"

struct demux {
    AVFormatContext *format;
    AVIOContext *io;             /* NULL: the format reads by itself (rtsp) */
    AVStream *stream;            /* the chosen one; the others are discarded */
    int64_t n_packets;           /* of the chosen stream since the start; -1 after a seek */
    int n_failures;              /* reads that failed since the last packet */
};

/* Open s->input from its beginning and fill the container's part of s->info. d is to be empty; demux_close always. */
SC_CHECKED enum sc_status demux_open(struct demux *d, struct source *s, struct sc_error *err);
void demux_close(struct demux *d);

/* The chosen stream's next packet, AVERROR_EOF at the end (also when nothing but errors comes), AVERROR_EXIT when
 * cancelled. */
int demux_read(struct demux *d, AVPacket *packet);

/* To the key packet at or before ts (the stream's ticks), as well as the format can. */
int demux_seek(struct demux *d, int64_t ts);

/* Duration of the chosen stream as far as it can be believed, 0: not known. */
int64_t demux_duration_us(const struct demux *d, int64_t size_bytes);

/* Displayed pictures by the container's complete index, 0: not known. */
int64_t demux_count(const struct demux *d);

/* The stream's display matrix, or NULL. */
const int32_t *demux_matrix(const struct demux *d);

#endif
