/* libavformat over an input or the record of a live stream: probing, choosing the stream, packets. Private to decode/.
 *
 * Nothing but the input itself is opened, whatever the container refers to.
 * Thread-safety: one thread at a time for each demuxer. */
#ifndef DECODE_DEMUX_H
#define DECODE_DEMUX_H

#include <libavformat/avformat.h>

#include "decode/source.h"

struct demux {
    AVFormatContext *format;
    AVIOContext *io;
    struct record *record;       /* a live stream: format and stream are its own, borrowed. Else NULL, */
    struct live *live;           /* as is this, one that is followed */
    int64_t place;               /* in record */
    const struct host *host;
    int broke_off;               /* AVERROR with which a live stream ended too early */
    AVStream *stream;            /* the chosen one; the others are discarded */
    int64_t n_packets;           /* of the chosen stream since the start; -1 after a seek */
    int n_failures;              /* reads that failed since the last packet */
    int64_t last_dts;            /* of the last packet as it came; AV_NOPTS_VALUE: none since the start or a seek */
    int64_t furthest_pts;        /* largest so far, shifted; AV_NOPTS_VALUE likewise */
    int64_t shift;               /* added to times since they jumped back */
    bool jumped;                 /* they did */
};

/* Open s->input, s->record or s->live from its beginning and fill the container's part of s->info. d is to be empty;
 * demux_close always. */
SC_CHECKED enum sc_status demux_open(struct demux *d, struct source *s, struct sc_error *err);
void demux_close(struct demux *d);

/* Whether times may jump back in the middle, as in transport streams that were joined. */
bool demux_may_jump(const struct demux *d);

/* The chosen stream's next packet, times shifted so that they go on where they jumped back; AVERROR_EOF at the end
 * (also when nothing but errors comes), AVERROR_EXIT when cancelled, AVERROR(EAGAIN) when what is followed has none yet. */
int demux_read(struct demux *d, AVPacket *packet);

/* To the key packet at or before ts (the stream's ticks), as well as the format can. */
int demux_seek(struct demux *d, int64_t ts);

/* Duration of the chosen stream as far as it can be believed, 0: not known. */
int64_t demux_duration_us(const struct demux *d, int64_t size_bytes);

/* Displayed pictures by the container's complete index, 0: not known. */
int64_t demux_count(const struct demux *d);

/* False if the index lists more packets than were read from start to end. */
bool demux_is_complete(const struct demux *d);

/* Whether the index knows that no key packet lies after from and up to to (ticks). */
bool demux_no_key_between(const struct demux *d, int64_t from, int64_t to);

/* The stream's display matrix, or NULL. */
const int32_t *demux_matrix(const struct demux *d);

#endif
