/* Waiting at the end of a file. */
#include "decode/growing.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <libavutil/time.h>

#include "decode/descriptor.h"

#define AVIO_BYTES 65536
#define WAIT_MS 50
#define PROBE_LEAST 4096         /* of a file: what is in so much tells what it is, or it is no media */
#define ANALYZE_US 3000000       /* of a stream at most, before the first picture is looked at */

struct growing {
    int fd;
    char name[256];
    int64_t idle_us;
    AVIOInterruptCB interrupt;
    bool is_file;
    int64_t position;        /* of a file */
    AVIOContext *io;
};

/* 0: nothing yet. */
static int read_now(struct growing *g, uint8_t *out, int size, bool *ended)
{
    struct pollfd p = { .fd = g->fd, .events = POLLIN };
    struct stat st;
    ssize_t n;

    if (!g->is_file && poll(&p, 1, WAIT_MS) <= 0)
        return 0;
    n = g->is_file ? pread(g->fd, out, (size_t)size, g->position) : read(g->fd, out, (size_t)size);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : AVERROR(errno);
    if (!g->is_file)
        *ended = n == 0;
    else if (n == 0 && descriptor_stat(g->fd, &st) && st.st_size < g->position)
        return AVERROR(ESTALE);
    else if (n == 0)
        av_usleep(WAIT_MS * 1000);
    g->position += n;
    return (int)n;
}

static int read_or_wait(void *opaque, uint8_t *out, int size)
{
    struct growing *g = opaque;
    const int64_t since_us = av_gettime_relative();
    bool ended = false;

    while (!ended && !(g->idle_us && av_gettime_relative() - since_us > g->idle_us)) {
        int n;

        if (g->interrupt.callback(g->interrupt.opaque))
            return AVERROR_EXIT;
        if ((n = read_now(g, out, size, &ended)))
            return n;
    }
    return AVERROR_EOF;
}

enum sc_status growing_open(struct growing **out, int *fd, const char *name, int64_t idle_us, AVIOInterruptCB interrupt,
                            struct sc_error *err)
{
    struct growing *g = calloc(1, sizeof *g);
    uint8_t *buffer = av_malloc(AVIO_BYTES);
    struct stat st;

    *out = NULL;
    if (g && buffer)
        g->io = avio_alloc_context(buffer, AVIO_BYTES, 0, g, read_or_wait, NULL, NULL);
    if (!g || !g->io) {
        av_free(buffer);
        free(g);
        return fail_memory(err);
    }
    g->fd = *fd;
    *fd = -1;
    snprintf(g->name, sizeof g->name, "%s", name);
    g->idle_us = idle_us;
    g->interrupt = interrupt;
    g->is_file = descriptor_stat(g->fd, &st) && S_ISREG(st.st_mode);
    if (g->is_file && (g->position = lseek(g->fd, 0, SEEK_CUR)) < 0)
        g->position = 0;
    *out = g;
    return SC_OK;
}

void growing_close(struct growing **growing)
{
    struct growing *g = *growing;

    *growing = NULL;
    if (!g)
        return;
    av_freep(&g->io->buffer);
    avio_context_free(&g->io);
    close(g->fd);
    free(g);
}

static int refuse_to_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)format, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EPERM);
}

/* An MP4 file whose pictures come before its index: there is nothing to be known of it before it is closed. */
static bool has_late_index(const struct growing *g)
{
    uint8_t head[16];
    int64_t at = 0;

    for (int i = 0; g->is_file && i < 16 && pread(g->fd, head, sizeof head, at) == (ssize_t)sizeof head; i++) {
        const int64_t size = AV_RB32(head) == 1 ? (int64_t)(AV_RB64(head + 8) >> 1 << 1) : (int64_t)AV_RB32(head);

        if (!memcmp(head + 4, "mdat", 4))
            return true;
        if (size < 8 || size > INT64_MAX - at || !memcmp(head + 4, "moov", 4) || (!i && memcmp(head + 4, "ftyp", 4)))
            return false;
        at += size;
    }
    return false;
}

/* What is no media is not waited for until there is enough of it. 0: as much as it takes. */
static unsigned probe_bytes(const struct growing *g)
{
    struct stat st;

    if (!g->is_file || !descriptor_stat(g->fd, &st) || st.st_size > 1 << 20)
        return 0;
    return st.st_size > PROBE_LEAST ? (unsigned)st.st_size : PROBE_LEAST;
}

enum sc_status growing_format(struct growing *g, const char *path, AVFormatContext **out, struct sc_error *err)
{
    const char *base = strrchr(path, '/');
    const AVInputFormat *format = NULL;
    AVDictionary *options = NULL;
    int code;

    if (!(*out = avformat_alloc_context()))
        return fail_memory(err);
    code = av_probe_input_buffer2(g->io, &format, base ? base + 1 : path, NULL, 0, probe_bytes(g));
    if (code == AVERROR_EXIT)
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    if (code < 0 || !format)
        return fail(err, SC_ERR_FORMAT, "'%s' is not media that can be read", g->name);
    if (has_late_index(g))
        return fail(err, SC_ERR_FORMAT, "'%s' has its index at its end, so it can't be read before it is complete: have it "
                    "recorded as Matroska, MPEG-TS or fragmented MP4, or look at it afterwards", g->name);
    (*out)->pb = g->io;
    (*out)->flags |= AVFMT_FLAG_CUSTOM_IO;
    (*out)->io_open = refuse_to_open;
    (*out)->interrupt_callback = g->interrupt;
    (*out)->max_analyze_duration = ANALYZE_US;
    av_dict_set(&options, "protocol_whitelist", "data", 0);
    code = avformat_open_input(out, "", format, &options);
    av_dict_free(&options);
    if (code >= 0)
        code = avformat_find_stream_info(*out, NULL);
    if (code == AVERROR_EXIT)
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    if (code < 0)
        return fail(err, SC_ERR_FORMAT, "'%s' can't be read: %s", g->name,
                    code == AVERROR_INVALIDDATA ? "damaged or incomplete" : av_err2str(code));
    return SC_OK;
}
