/* Input that can be read only once, kept in an unlinked temporary file so that it can be read anywhere and again.
 *
 * Bytes are fetched when somebody asks for them, so an endless stream is no obstacle until its end is asked for.
 * The file is the host's (in $TMPDIR, else in /tmp), and takes at most SPOOL_MAX_BYTES.
 * Thread-safety: one thread at a time for each spool. */
#ifndef DECODE_SPOOL_H
#define DECODE_SPOOL_H

#include "decode/host.h"

#define SPOOL_MAX_BYTES ((int64_t)64 << 30)

struct spool;

/* Fetch up to size bytes: how many, 0 at the end, or an AVERROR. */
typedef int (*spool_fetch)(void *opaque, uint8_t *out, int size);

SC_CHECKED enum sc_status spool_open(struct spool **out, const struct host *host, spool_fetch fetch, void *opaque,
                                     struct sc_error *err);
void spool_close(struct spool **s);

/* Up to size bytes from position: how many, 0 at the end, or an AVERROR (AVERROR(EFBIG) past the limit). */
int64_t spool_read(struct spool *s, int64_t position, uint8_t *out, int size);

/* Bytes in all, or -1 while the end has not been seen. */
int64_t spool_size(const struct spool *s);

/* Fetch to the end and return the size, or an AVERROR. */
int64_t spool_drain(struct spool *s);

#endif
