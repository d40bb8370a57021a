/* A live stream's packets, kept in an unlinked temporary file so that they can be read again from the start.
 *
 * For what libavformat reads by itself and never twice: rtsp, and playlists (HLS, DASH) behind a URL that the person
 * named. Packets of the chosen stream are written as they come; every reader has its own place in the file.
 * At most SPOOL_MAX_BYTES are kept. Thread-safety: all holders belong to one thread. */
#ifndef DECODE_RECORD_H
#define DECODE_RECORD_H

#include <stdatomic.h>

#include <libavformat/avformat.h>

#include "decode/host.h"

struct record;

/* Connect. name: url for messages. *out: record_close. */
SC_CHECKED enum sc_status record_open(struct record **out, const char *url, const char *name,
                                      const struct host *host, const atomic_bool *cancel, struct sc_error *err);
struct record *record_ref(struct record *r);
void record_close(struct record **r);

/* The streams as they are known; borrowed. */
AVFormatContext *record_format(struct record *r);

/* Keep the packets of this stream only. To be called before the first record_read; later calls change nothing. */
void record_choose(struct record *r, int stream_index);

/* The packet at *place (0: the first), which moves on; from the network when the file has no more. AVERROR_EOF at the
 * end, AVERROR_EXIT when cancelled. */
int record_read(struct record *r, int64_t *place, AVPacket *packet);

/* Move *place to the last key packet kept whose time is at or before ts. False: there is none. */
bool record_seek(struct record *r, int64_t *place, int64_t ts);

#endif
