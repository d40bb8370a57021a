/* Packets of a live stream in a temporary file: a fixed header, side data, bytes. */
#include "decode/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode/network.h"
#include "decode/spool.h"

#define MAX_FAILURES 64
#define MAX_SIDE_DATA 32
#define TIMEOUT_US 30000000

/* Written and read by this process alone, so in its own layout. */
struct entry {
    int64_t pts, dts, duration;
    int32_t flags, n_side, size;
    int32_t total_bytes;     /* with this header */
};

struct side {
    int32_t type, size;
};

struct record {
    int n_holders;
    AVFormatContext *format;
    const struct host *host;
    const atomic_bool *cancel;
    int fd;
    int stream_index;        /* -1: not chosen yet */
    int64_t have;            /* bytes in the file */
    int ended;               /* AVERROR that ended the stream; 0: it goes on */
};

/* Called while the network is waited for. */
static int interrupt(void *opaque)
{
    const struct record *r = opaque;

    r->host->alive(r->host->user, -1);
    return r->cancel && atomic_load(r->cancel);
}

enum sc_status record_open(struct record **out, const char *url, const char *name, const struct host *host,
                           const atomic_bool *cancel, struct sc_error *err)
{
    struct record *r = calloc(1, sizeof *r);
    enum sc_status status;

    *out = NULL;
    if (!r)
        return fail_memory(err);
    r->n_holders = 1;
    r->stream_index = -1;
    r->host = host;
    r->cancel = cancel;
    r->fd = host->temporary(host->user);
    if (r->fd < 0)
        status = fail_errno(err, errno, "can't make a temporary file (set TMPDIR to a folder with space)");
    else
        status = network_open(&r->format, url, name, (AVIOInterruptCB){ interrupt, r }, TIMEOUT_US, err);
    if (status)
        record_close(&r);
    *out = r;
    return status;
}

struct record *record_ref(struct record *r)
{
    r->n_holders++;
    return r;
}

void record_close(struct record **record)
{
    struct record *r = *record;

    *record = NULL;
    if (!r || --r->n_holders > 0)
        return;
    avformat_close_input(&r->format);
    if (r->fd >= 0)
        close(r->fd);
    free(r);
}

AVFormatContext *record_format(struct record *r)
{
    return r->format;
}

void record_choose(struct record *r, int stream_index)
{
    if (r->stream_index < 0)
        r->stream_index = stream_index;
}

static int put(struct record *r, const void *data, size_t size)
{
    const uint8_t *p = data;

    while (size > 0) {
        ssize_t n = pwrite(r->fd, p, size, r->have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return AVERROR(n < 0 ? errno : ENOSPC);
        p += n;
        size -= n;
        r->have += n;
    }
    return 0;
}

static int keep(struct record *r, const AVPacket *p)
{
    int n_side = p->side_data_elems < MAX_SIDE_DATA ? p->side_data_elems : MAX_SIDE_DATA;
    struct entry e = { p->pts, p->dts, p->duration, p->flags, n_side, p->size, 0 };
    int64_t total = (int64_t)sizeof e + p->size, begin = r->have;
    int code;

    for (int i = 0; i < n_side; i++)
        total += (int64_t)sizeof(struct side) + (int64_t)p->side_data[i].size;
    if (total > INT32_MAX || r->have + total > SPOOL_MAX_BYTES)
        return AVERROR(EFBIG);
    e.total_bytes = (int32_t)total;
    code = put(r, &e, sizeof e);
    for (int i = 0; !code && i < n_side; i++) {
        struct side side = { p->side_data[i].type, (int32_t)p->side_data[i].size };

        if (!(code = put(r, &side, sizeof side)))
            code = put(r, p->side_data[i].data, p->side_data[i].size);
    }
    if (!code)
        code = put(r, p->data, p->size);
    if (code)
        r->have = begin;
    return code;
}

/* One more packet from the network into the file. */
static int fetch(struct record *r)
{
    AVPacket *p = av_packet_alloc();
    int n_failures = 0, code = p ? 0 : AVERROR(ENOMEM);

    while (!code) {
        code = av_read_frame(r->format, p);
        if (code < 0 && code != AVERROR_EOF && code != AVERROR_EXIT && ++n_failures < MAX_FAILURES) {
            code = 0;
        } else if (code >= 0 && p->stream_index == r->stream_index) {
            code = keep(r, p);
            break;
        }
        av_packet_unref(p);
    }
    av_packet_free(&p);
    if (code < 0 && code != AVERROR_EXIT)
        r->ended = code;
    return code;
}

static int get(struct record *r, int64_t at, void *out, size_t size)
{
    uint8_t *p = out;

    while (size > 0) {
        ssize_t n = pread(r->fd, p, size, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return AVERROR(n < 0 ? errno : EIO);
        p += n;
        size -= n;
        at += n;
    }
    return 0;
}

static int get_side_data(struct record *r, int64_t *at, int n, AVPacket *packet)
{
    for (int i = 0; i < n; i++) {
        struct side side;
        uint8_t *data;
        int code = get(r, *at, &side, sizeof side);

        if (code)
            return code;
        if (!(data = av_packet_new_side_data(packet, side.type, side.size)))
            return AVERROR(ENOMEM);
        if ((code = get(r, *at + (int64_t)sizeof side, data, side.size)))
            return code;
        *at += (int64_t)sizeof side + side.size;
    }
    return 0;
}

int record_read(struct record *r, int64_t *place, AVPacket *packet)
{
    struct entry e;
    int64_t at = *place + (int64_t)sizeof e;
    int code;

    if (interrupt(r))
        return AVERROR_EXIT;
    while (*place >= r->have) {
        if (r->ended)
            return r->ended;
        if ((code = fetch(r)) < 0)
            return code;
    }
    if ((code = get(r, *place, &e, sizeof e)) || (code = av_new_packet(packet, e.size)))
        return code;
    if ((code = get_side_data(r, &at, e.n_side, packet)) || (code = get(r, at, packet->data, e.size))) {
        av_packet_unref(packet);
        return code;
    }
    packet->pts = e.pts;
    packet->dts = e.dts;
    packet->duration = e.duration;
    packet->flags = e.flags;
    packet->stream_index = r->stream_index;
    *place += e.total_bytes;
    return 0;
}

bool record_seek(struct record *r, int64_t *place, int64_t ts)
{
    int64_t found = -1;
    struct entry e;

    for (int64_t at = 0; at < r->have && !interrupt(r) && !get(r, at, &e, sizeof e); at += e.total_bytes)
        if ((e.flags & AV_PKT_FLAG_KEY) && e.pts != AV_NOPTS_VALUE && e.pts <= ts)
            found = at;
    if (found < 0)
        return false;
    *place = found;
    return true;
}
