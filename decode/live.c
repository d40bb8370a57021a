/* A reading thread and a ring of packets. */
#include "decode/live.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libavutil/mathematics.h>
#include <libavutil/mem.h>
#include <libavutil/time.h>

#include "decode/growing.h"
#include "decode/network.h"

#define TIMEOUT_US 10000000      /* without a byte from the network */
#define WAIT_MS 100
#define AHEAD 64                 /* packets that are read ahead of what can wait */
#define MOST_PACKETS 65536
#define MAX_FAILURES 64          /* unreadable packets in a row */
#define JUMP_BACK_US 1000000     /* smaller steps back are disorder, not another clock */
#define JUMP_AHEAD_US 10000000   /* so much more than has passed is another clock, too */
#define SANE_TICKS ((int64_t)1 << 60)

struct live {
    struct live_settings settings;
    AVFormatContext *format;
    struct growing *growing;     /* a file or pipe; NULL: the network */
    int stream_index;            /* -1: not started */
    AVRational ticks;
    AVCodecParameters *codec;
    bool opening;

    pthread_t thread;
    atomic_bool stop;
    int64_t last_dts, shift;     /* the reading thread's: raw, AV_NOPTS_VALUE: none yet; added */
    int64_t arrived_us;

    pthread_mutex_t lock;        /* of all that follows */
    pthread_cond_t changed;
    AVPacket **ring;             /* number i is at i % MOST_PACKETS */
    int64_t first, next, end;    /* kept from, read next, kept to */
    int64_t bytes, skipped;
    int ended;                   /* AVERROR; 0: it goes on */
};

static bool cancelled(const struct live *l)
{
    return atomic_load(&l->stop) || (l->settings.cancel && atomic_load(l->settings.cancel));
}

/* Called while something is waited for. Only while it opens that is done for a request, and somebody wants to hear. */
static int interrupt(void *opaque)
{
    const struct live *l = opaque;

    if (l->opening)
        l->settings.host->alive(l->settings.host->user, -1);
    return cancelled(l);
}

enum sc_status live_open(struct live **out, const struct live_settings *settings, int *fd, struct sc_error *err)
{
    struct live *l = calloc(1, sizeof *l);
    const AVIOInterruptCB callback = { interrupt, l };
    pthread_condattr_t attributes;
    enum sc_status s;

    *out = NULL;
    if (!l || !(l->ring = calloc(MOST_PACKETS, sizeof *l->ring))) {
        free(l);
        return fail_memory(err);
    }
    l->settings = *settings;
    l->stream_index = -1;
    l->last_dts = AV_NOPTS_VALUE;
    l->opening = true;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&l->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (*fd < 0)
        s = network_open(&l->format, settings->path, settings->name, callback, TIMEOUT_US, err);
    else if (!(s = growing_open(&l->growing, fd, settings->name, settings->idle_us, callback, err)))
        s = growing_format(l->growing, settings->path, &l->format, err);
    l->opening = false;
    if (s)
        live_close(&l);
    *out = l;
    return s;
}

AVFormatContext *live_format(struct live *l)
{
    return l->format;
}

static AVPacket **at(struct live *l, int64_t i)
{
    return &l->ring[i % MOST_PACKETS];
}

static void drop_first(struct live *l)
{
    l->bytes -= (*at(l, l->first))->size;
    av_packet_free(at(l, l->first++));
}

void live_close(struct live **live)
{
    struct live *l = *live;

    *live = NULL;
    if (!l)
        return;
    if (l->stream_index >= 0) {
        atomic_store(&l->stop, true);
        pthread_mutex_lock(&l->lock);
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->thread, NULL);
    }
    while (l->first < l->end)
        drop_first(l);
    avformat_close_input(&l->format);
    growing_close(&l->growing);
    avcodec_parameters_free(&l->codec);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l->ring);
    free(l);
}

/* ---- the reading thread ---- */

static int64_t to_us(const struct live *l, int64_t ticks)
{
    return av_rescale_q(ticks, l->ticks, AV_TIME_BASE_Q);
}

static int64_t sane(int64_t ticks)
{
    return ticks > -SANE_TICKS && ticks < SANE_TICKS ? ticks : AV_NOPTS_VALUE;
}

static bool jumps(const struct live *l, int64_t step_us, int64_t passed_us)
{
    return step_us < -JUMP_BACK_US || (!l->growing && step_us > passed_us + JUMP_AHEAD_US);
}

/* Where the clock jumps, go on from where it was, after the time that has really passed where that is known. */
static void mend_times(struct live *l, AVPacket *p)
{
    int64_t now_us = av_gettime_relative(), passed_us = now_us - l->arrived_us, dts;

    p->dts = sane(p->dts);
    p->pts = sane(p->pts);
    if ((dts = p->dts != AV_NOPTS_VALUE ? p->dts : p->pts) == AV_NOPTS_VALUE)
        return;
    if (l->last_dts != AV_NOPTS_VALUE && jumps(l, to_us(l, dts - l->last_dts), passed_us)) {
        const int64_t usual = p->duration > 0 ? p->duration : 1;
        const int64_t passed = l->growing ? 0 : av_rescale_q(passed_us, AV_TIME_BASE_Q, l->ticks);

        l->shift += l->last_dts + (passed > usual ? passed : usual) - dts;
    }
    l->last_dts = dts;
    l->arrived_us = now_us;
    p->dts += p->dts != AV_NOPTS_VALUE ? l->shift : 0;
    p->pts += p->pts != AV_NOPTS_VALUE ? l->shift : 0;
}

static int64_t time_us(const struct live *l, const AVPacket *p)
{
    return p->pts == AV_NOPTS_VALUE ? AV_NOPTS_VALUE : to_us(l, p->pts);
}

/* The number of the first key packet after the first packet; end: there is none. */
static int64_t second_key(struct live *l)
{
    int64_t i = l->first + 1;

    while (i < l->end && !((*at(l, i))->flags & AV_PKT_FLAG_KEY))
        i++;
    return i;
}

static bool is_older(struct live *l, int64_t i, int64_t than_us)
{
    const int64_t t = time_us(l, *at(l, i)), newest = time_us(l, *at(l, l->end - 1));

    return t != AV_NOPTS_VALUE && newest != AV_NOPTS_VALUE && newest - t > than_us;
}

/* Whole groups of pictures at a time; where there are no key packets, single ones. What is still to be read stays, unless
 * the sender can't wait. */
static void drop_old(struct live *l)
{
    while (l->end - l->first > 1) {
        const bool full = l->bytes > LIVE_KEEP_BYTES || l->end - l->first >= MOST_PACKETS;
        int64_t key;

        if (!full && !is_older(l, l->first, LIVE_KEEP_US))
            return;
        key = second_key(l);
        if (!full && !(key < l->end && is_older(l, key, LIVE_KEEP_US)) && !is_older(l, l->first, 2 * LIVE_KEEP_US))
            return;
        if (key == l->end)
            key = l->first + 1;
        if (l->growing && key > l->next)
            return;
        while (l->first < key)
            drop_first(l);
    }
}

/* Takes what is in p. False: out of memory. */
static bool push(struct live *l, AVPacket *p)
{
    AVPacket *own = av_packet_alloc();

    if (!own || av_packet_make_refcounted(p) < 0) {
        av_packet_free(&own);
        return false;
    }
    av_packet_move_ref(own, p);
    pthread_mutex_lock(&l->lock);
    *at(l, l->end++) = own;
    l->bytes += own->size;
    drop_old(l);
    pthread_cond_broadcast(&l->changed);
    while (l->growing && !cancelled(l) && (l->end - l->next > AHEAD || l->end - l->first >= MOST_PACKETS))
        pthread_cond_wait(&l->changed, &l->lock);
    pthread_mutex_unlock(&l->lock);
    return true;
}

static void *read_all(void *user)
{
    struct live *l = user;
    AVPacket *p = av_packet_alloc();
    int n_failures = 0, code = p ? 0 : AVERROR(ENOMEM);

    while (!code && !cancelled(l)) {
        code = av_read_frame(l->format, p);
        if (code == AVERROR_INVALIDDATA && ++n_failures < MAX_FAILURES) {
            code = 0;
        } else if (code >= 0 && p->stream_index == l->stream_index) {
            n_failures = 0;
            mend_times(l, p);
            code = push(l, p) ? 0 : AVERROR(ENOMEM);
        }
        av_packet_unref(p);
    }
    av_packet_free(&p);
    pthread_mutex_lock(&l->lock);
    l->ended = code ? code : AVERROR_EXIT;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

enum sc_status live_start(struct live *l, int stream_index, struct sc_error *err)
{
    AVStream *st = l->format->streams[stream_index];

    if (l->stream_index >= 0)
        return SC_OK;
    if (!(l->codec = avcodec_parameters_alloc()) || avcodec_parameters_copy(l->codec, st->codecpar) < 0)
        return fail_memory(err);
    l->ticks = st->time_base;
    l->arrived_us = av_gettime_relative();
    l->stream_index = stream_index;
    if (pthread_create(&l->thread, NULL, read_all, l)) {
        l->stream_index = -1;
        return fail(err, SC_ERR_NOMEM, "can't start a thread to read '%s'", l->settings.name);
    }
    return SC_OK;
}

/* ---- for who takes them ---- */

int live_read(struct live *l, AVPacket *packet)
{
    struct timespec until;
    int code = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&l->lock);
    while (l->next >= l->end && !l->ended && !code)
        code = pthread_cond_timedwait(&l->changed, &l->lock, &until);
    if (l->next < l->first) {
        l->skipped += l->first - l->next;
        l->next = l->first;
    }
    if (l->next < l->end)
        code = av_packet_ref(packet, *at(l, l->next++));
    else
        code = l->ended ? l->ended : AVERROR(EAGAIN);
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    l->settings.host->alive(l->settings.host->user, -1);
    return code;
}

int64_t live_skipped(struct live *l)
{
    int64_t n;

    pthread_mutex_lock(&l->lock);
    n = l->skipped;
    pthread_mutex_unlock(&l->lock);
    return n;
}

/* Which packets: *from to *to. False: none. */
static bool choose(struct live *l, int64_t from_us, int64_t to_us, int64_t *from, int64_t *to)
{
    *from = *to = -1;
    for (int64_t i = l->first; i < l->end; i++) {
        const AVPacket *p = *at(l, i);
        const int64_t t = time_us(l, p);

        if ((p->flags & AV_PKT_FLAG_KEY) && t != AV_NOPTS_VALUE && (*from < 0 || t <= from_us))
            *from = i;
        if (t != AV_NOPTS_VALUE && t <= to_us)
            *to = i + 1;
    }
    return *from >= 0 && *to > *from;
}

static int write_packets(struct live *l, AVFormatContext *mux, AVPacket **packets, int64_t n)
{
    const AVStream *st = mux->streams[0];
    int64_t last = AV_NOPTS_VALUE;
    int code = 0;

    for (int64_t i = 0; i < n && !code; i++) {
        AVPacket *p = packets[i];

        p->stream_index = 0;
        av_packet_rescale_ts(p, l->ticks, st->time_base);
        if (p->dts == AV_NOPTS_VALUE)
            p->dts = last == AV_NOPTS_VALUE ? p->pts : last + 1;
        if (last != AV_NOPTS_VALUE && p->dts <= last)
            p->dts = last + 1;
        if (p->pts == AV_NOPTS_VALUE || p->pts < p->dts)
            p->pts = p->dts;
        last = p->dts;
        code = av_write_frame(mux, p);
    }
    return code;
}

static int write_clip(struct live *l, AVPacket **packets, int64_t n, uint8_t **data, int *size)
{
    AVFormatContext *mux = NULL;
    AVStream *st;
    int code = avformat_alloc_output_context2(&mux, NULL, "matroska", NULL);

    *data = NULL;
    *size = 0;
    if (code < 0)
        return code;
    if (!(st = avformat_new_stream(mux, NULL)) || avcodec_parameters_copy(st->codecpar, l->codec) < 0) {
        avformat_free_context(mux);
        return AVERROR(ENOMEM);
    }
    st->codecpar->codec_tag = 0;
    st->time_base = l->ticks;
    mux->flags |= AVFMT_FLAG_BITEXACT;
    if (!(code = avio_open_dyn_buf(&mux->pb))) {
        if ((code = avformat_write_header(mux, NULL)) >= 0 && !(code = write_packets(l, mux, packets, n)))
            code = av_write_trailer(mux);
        *size = avio_close_dyn_buf(mux->pb, data);
        mux->pb = NULL;
    }
    avformat_free_context(mux);
    return code < 0 ? code : 0;
}

/* References to what is chosen, so that the muxing keeps nobody waiting. */
static AVPacket **take(struct live *l, int64_t from_us, int64_t to_us, int64_t *n_out, int64_t *begin_us_out)
{
    AVPacket **packets = NULL;
    int64_t from, to, i;

    *n_out = 0;
    pthread_mutex_lock(&l->lock);
    if (choose(l, from_us, to_us, &from, &to) && (packets = calloc((size_t)(to - from), sizeof *packets))) {
        *begin_us_out = time_us(l, *at(l, from));
        for (i = from; i < to && (packets[i - from] = av_packet_clone(*at(l, i))); i++)
            ++*n_out;
    }
    pthread_mutex_unlock(&l->lock);
    return packets;
}

enum sc_status live_clip(struct live *l, int64_t from_us, int64_t to_us, struct buffer *out, int64_t *begin_us_out,
                         struct sc_error *err)
{
    int64_t n;
    AVPacket **packets = take(l, from_us, to_us, &n, begin_us_out);
    enum sc_status s;
    uint8_t *data = NULL;
    int size = 0, code;

    if (!packets || !n) {
        free(packets);
        return fail(err, SC_ERR_FORMAT, "nothing of that time is kept of '%s' any more", l->settings.name);
    }
    code = write_clip(l, packets, n, &data, &size);
    if (code < 0)
        s = fail(err, SC_ERR_FORMAT, "can't keep a piece of '%s' as Matroska: %s", l->settings.name, av_err2str(code));
    else
        s = buffer_add(out, data, (size_t)size, err);
    av_free(data);
    for (int64_t i = 0; i < n; i++)
        av_packet_free(&packets[i]);
    free(packets);
    return s;
}
