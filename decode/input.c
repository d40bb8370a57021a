/* Opening inputs and reading them at any place. */
#include "decode/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>

#include "base/text.h"
#include "decode/descriptor.h"
#include "decode/spool.h"

#define CANCEL_POLL_MS 100
#define AVIO_BYTES 65536
#define READ_MOST_BYTES (64 << 20)
#define NAME_BYTES 256

struct input {
    int n_holders;
    char *path;
    char name[NAME_BYTES];
    int fd;                  /* -1: a URL; owned */
    int64_t base;            /* where the data begins in fd */
    AVIOContext *url;
    int64_t url_position;
    struct spool *spool;     /* when it can be read only once */
    const struct host *host;
    const atomic_bool *cancel;
    int64_t furthest;        /* what was read so far: beyond it are new bytes */
    int failure;
    uint8_t *head;
    size_t head_size;
};

struct avio_place {
    struct input *in;
    int64_t position;
};

static bool cancelled(const struct input *in)
{
    return in->cancel && atomic_load(in->cancel);
}

/* Called while the network is waited for. */
static int interrupt(void *opaque)
{
    const struct input *in = opaque;

    in->host->alive(in->host->user, -1);
    return cancelled(in);
}

/* Waits in short steps, so that cancelling is noticed while a pipe is silent. */
static int fetch_descriptor(void *opaque, uint8_t *out, int size)
{
    struct input *in = opaque;

    for (;;) {
        struct pollfd p = { .fd = in->fd, .events = POLLIN };
        ssize_t n;

        if (cancelled(in))
            return AVERROR_EXIT;
        in->host->alive(in->host->user, -1);
        if (poll(&p, 1, CANCEL_POLL_MS) <= 0)
            continue;
        n = read(in->fd, out, size);
        if (n >= 0)
            return n;
        if (errno != EINTR && errno != EAGAIN)
            return AVERROR(errno);
    }
}

static int fetch_url(void *opaque, uint8_t *out, int size)
{
    struct input *in = opaque;
    int n = avio_read_partial(in->url, out, size);

    if (cancelled(in))
        return AVERROR_EXIT;
    return n == AVERROR_EOF ? 0 : n;
}

static enum sc_status open_url(struct input *in, struct sc_error *err)
{
    AVIOInterruptCB callback = { interrupt, in };
    AVDictionary *options = NULL;
    int code;

    av_dict_set(&options, "protocol_whitelist", "http,https,tls,tcp,httpproxy", 0);
    av_dict_set(&options, "rw_timeout", "30000000", 0);
    av_dict_set(&options, "tls_verify", "1", 0);
    code = avio_open2(&in->url, in->path, AVIO_FLAG_READ, &callback, &options);
    av_dict_free(&options);
    if (code == AVERROR_EXIT && cancelled(in))
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    if (code < 0)
        return fail(err, SC_ERR_IO, "can't open '%s': %s", in->name, av_err2str(code));
    if (in->url->seekable & AVIO_SEEKABLE_NORMAL)
        return SC_OK;
    return spool_open(&in->spool, in->host, fetch_url, in, err);
}

static enum sc_status open_descriptor(struct input *in, struct sc_error *err)
{
    struct stat st;
    int64_t at;

    if (!descriptor_stat(in->fd, &st))
        return fail_errno(err, errno, "can't open '%s'", in->name);
    at = lseek(in->fd, 0, SEEK_CUR);
    if (S_ISREG(st.st_mode) && at >= 0) {
        in->base = at;
        return SC_OK;
    }
    return spool_open(&in->spool, in->host, fetch_descriptor, in, err);
}

static int64_t read_url(struct input *in, int64_t position, uint8_t *out, int size)
{
    int64_t n;

    if (position != in->url_position) {
        n = avio_seek(in->url, position, SEEK_SET);
        if (n < 0)
            return n;
        in->url_position = position;
    }
    n = avio_read_partial(in->url, out, size);
    if (n == AVERROR_EOF)
        return 0;
    if (n > 0)
        in->url_position += n;
    return n;
}

int64_t input_read(struct input *in, int64_t position, uint8_t *out, int size)
{
    int64_t n;

    if (cancelled(in))
        return AVERROR_EXIT;
    if (in->spool) {
        n = spool_read(in->spool, position, out, size);
    } else if (in->url) {
        n = read_url(in, position, out, size);
    } else {
        do
            n = pread(in->fd, out, size, in->base + position);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            n = AVERROR(errno);
    }
    if (n > 0 && position + n > in->furthest) {
        in->furthest = position + n;
        in->host->alive(in->host->user, -1);
    }
    if (n < 0 && n != AVERROR_EXIT && !in->failure)
        in->failure = (int)n;
    return n;
}

static enum sc_status read_head(struct input *in, struct sc_error *err)
{
    if (!(in->head = malloc(INPUT_HEAD_BYTES)))
        return fail_memory(err);
    while (in->head_size < INPUT_HEAD_BYTES) {
        int64_t n = input_read(in, in->head_size, in->head + in->head_size, (int)(INPUT_HEAD_BYTES - in->head_size));

        if (n < 0)
            return input_fail(in, (int)n, err);
        if (n == 0)
            break;
        in->head_size += n;
        if (in->spool && in->head_size >= 4096)
            break; /* a live stream is not kept waiting for more than it takes to tell the kind */
    }
    if (in->head_size == 0)
        return fail(err, SC_ERR_FORMAT, "'%s' is empty", in->name);
    return SC_OK;
}

/* Takes *fd (-1: path is a URL). */
static enum sc_status open_as(struct input **out, const char *path, int *fd, const struct host *host,
                              const atomic_bool *cancel, struct sc_error *err)
{
    struct input *in = calloc(1, sizeof *in);
    enum sc_status s;

    *out = NULL;
    if (!in || !(in->path = strdup(path))) {
        free(in);
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
        return fail_memory(err);
    }
    in->n_holders = 1;
    in->fd = *fd;
    *fd = -1;
    in->host = host;
    in->cancel = cancel;
    text_shown(strcmp(path, "-") ? path : "standard input", in->name, sizeof in->name);
    s = in->fd < 0 ? open_url(in, err) : open_descriptor(in, err);
    if (!s)
        s = read_head(in, err);
    if (s)
        input_close(&in);
    *out = in;
    return s;
}

enum sc_status input_open_descriptor(struct input **out, const char *path, int *fd, const struct host *host,
                                     const atomic_bool *cancel, struct sc_error *err)
{
    return open_as(out, path, fd, host, cancel, err);
}

enum sc_status input_open_url(struct input **out, const char *url, const struct host *host, const atomic_bool *cancel,
                              struct sc_error *err)
{
    int none = -1;

    return open_as(out, url, &none, host, cancel, err);
}

void input_close(struct input **input)
{
    struct input *in = *input;

    *input = NULL;
    if (!in || --in->n_holders > 0)
        return;
    spool_close(&in->spool);
    avio_closep(&in->url);
    if (in->fd >= 0)
        close(in->fd);
    free(in->head);
    free(in->path);
    free(in);
}

struct input *input_ref(struct input *in)
{
    in->n_holders++;
    return in;
}

const char *input_name(const struct input *in)
{
    return in->name;
}

const char *input_path(const struct input *in)
{
    return in->path;
}

const uint8_t *input_head(const struct input *in, size_t *size_out)
{
    *size_out = in->head_size;
    return in->head;
}

int64_t input_size(const struct input *in)
{
    struct stat st;

    if (!in)
        return -1;
    if (in->spool)
        return spool_size(in->spool);
    if (in->url)
        return avio_size(in->url);
    if (!descriptor_stat(in->fd, &st))
        return -1;
    return st.st_size > in->base ? st.st_size - in->base : 0;
}

bool input_is_repeatable(const struct input *in)
{
    return !in->spool;
}

int input_failure(const struct input *in)
{
    return in ? in->failure : 0;
}

enum sc_status input_fail(const struct input *in, int averror, struct sc_error *err)
{
    if (averror == AVERROR_EXIT)
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    if (averror == AVERROR(EFBIG) && in->spool)
        return fail(err, SC_ERR_LIMIT, "'%s' goes on for more than %lld GiB; save the part of interest to a file",
                    in->name, (long long)(SPOOL_MAX_BYTES >> 30));
    if (averror == AVERROR(ENOSPC) && in->spool)
        return fail(err, SC_ERR_IO, "no space to keep '%s'; set TMPDIR to a folder with space", in->name);
    return fail(err, SC_ERR_IO, "can't read '%s': %s", in->name, av_err2str(averror));
}

enum sc_status input_read_all(struct input *in, struct buffer *out, struct sc_error *err)
{
    const int64_t known = input_size(in); /* with it, what is usual is read at once, into place */
    const int step = known > AVIO_BYTES && known < READ_MOST_BYTES ? (int)known : AVIO_BYTES;
    int64_t position = 0;

    for (;;) {
        const int size = position < known ? step : AVIO_BYTES;
        uint8_t *room = buffer_room(out, (size_t)size + AVIO_BYTES, err);
        int64_t n;

        if (!room)
            return err ? err->code : SC_ERR_LIMIT;
        n = input_read(in, position, room, size);
        if (n < 0)
            return input_fail(in, (int)n, err);
        if (n == 0)
            return SC_OK;
        out->size += n;
        position += n;
    }
}

static int avio_read_place(void *opaque, uint8_t *out, int size)
{
    struct avio_place *place = opaque;
    int64_t n = input_read(place->in, place->position, out, size);

    if (n == 0)
        return AVERROR_EOF;
    if (n > 0)
        place->position += n;
    return (int)n;
}

static int64_t avio_seek_place(void *opaque, int64_t offset, int whence)
{
    struct avio_place *place = opaque;
    int64_t size;

    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        size = input_size(place->in);
        return size < 0 ? AVERROR(ENOSYS) : size;
    case SEEK_SET: break;
    case SEEK_CUR: offset += place->position; break;
    case SEEK_END:
        size = place->in->spool ? spool_drain(place->in->spool) : input_size(place->in);
        if (size < 0)
            return size;
        offset += size;
        break;
    default: return AVERROR(EINVAL);
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    return place->position = offset;
}

AVIOContext *input_avio(struct input *in)
{
    struct avio_place *place = calloc(1, sizeof *place);
    uint8_t *buffer = av_malloc(AVIO_BYTES);
    AVIOContext *io = NULL;

    if (place && buffer) {
        place->in = in;
        io = avio_alloc_context(buffer, AVIO_BYTES, 0, place, avio_read_place, NULL, avio_seek_place);
    }
    if (!io) {
        av_free(buffer);
        free(place);
    }
    return io;
}

void input_avio_close(AVIOContext **io)
{
    if (!*io)
        return;
    free((*io)->opaque);
    av_freep(&(*io)->buffer);
    avio_context_free(io);
}
