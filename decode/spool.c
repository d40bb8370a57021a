/* A read-once input behind a temporary file. */
#include "decode/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libavutil/error.h>

#define FETCH_BYTES 262144

struct spool {
    spool_fetch fetch;
    void *opaque;
    int fd;
    int64_t have;            /* bytes in the file */
    bool ended;
    int failure;             /* AVERROR that ended it */
    uint8_t chunk[FETCH_BYTES];
};

enum sc_status spool_open(struct spool **out, const struct host *host, spool_fetch fetch, void *opaque,
                          struct sc_error *err)
{
    struct spool *s = calloc(1, sizeof *s);

    *out = NULL;
    if (!s)
        return fail_memory(err);
    s->fetch = fetch;
    s->opaque = opaque;
    s->fd = host->temporary(host->user);
    if (s->fd < 0) {
        int code = errno;

        free(s);
        return fail_errno(err, code, "can't make a temporary file (set TMPDIR to a folder with space)");
    }
    *out = s;
    return SC_OK;
}

void spool_close(struct spool **spool)
{
    if (!*spool)
        return;
    close((*spool)->fd);
    free(*spool);
    *spool = NULL;
}

static int append(struct spool *s, const uint8_t *data, int size)
{
    while (size > 0) {
        ssize_t n = pwrite(s->fd, data, size, s->have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return AVERROR(n < 0 ? errno : ENOSPC);
        data += n;
        size -= n;
        s->have += n;
    }
    return 0;
}

/* Have at least end bytes, if there are so many. */
static int fill(struct spool *s, int64_t end)
{
    while (s->have < end && !s->ended && !s->failure) {
        int n = s->have >= SPOOL_MAX_BYTES ? AVERROR(EFBIG) : s->fetch(s->opaque, s->chunk, sizeof s->chunk);

        if (n == AVERROR_EXIT)
            return n; /* cancelled: not the input's fault */
        if (n == 0)
            s->ended = true;
        else
            s->failure = n < 0 ? n : append(s, s->chunk, n);
    }
    return s->have >= end || s->ended ? 0 : s->failure;
}

int64_t spool_read(struct spool *s, int64_t position, uint8_t *out, int size)
{
    ssize_t n;
    int code = fill(s, position + 1);

    if (code < 0)
        return code;
    if (position >= s->have)
        return 0;
    if (size > s->have - position)
        size = (int)(s->have - position);
    do
        n = pread(s->fd, out, size, position);
    while (n < 0 && errno == EINTR);
    return n < 0 ? AVERROR(errno) : n;
}

int64_t spool_size(const struct spool *s)
{
    return s->ended ? s->have : -1;
}

int64_t spool_drain(struct spool *s)
{
    int code = fill(s, INT64_MAX);

    return code < 0 ? code : s->have;
}
