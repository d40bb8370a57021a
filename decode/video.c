/* Video by libavformat and libavcodec: pictures in order, each with its exact time, and exact seeks. */
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>

#include "decode/cutoff.h"
#include "decode/demux.h"
#include "decode/frame.h"
#include "decode/source.h"

#if LIBAVCODEC_VERSION_MAJOR >= 60
#define PACKET_SIZE_BY_OPAQUE 1
#else
#define PACKET_SIZE_BY_OPAQUE 0
#endif

#define MAX_FAILURES 64      /* in a row while the decoder gives its last pictures */
#define WALK_US 2000000      /* so far ahead it is cheaper to decode on than to seek, for all we know */
#define WALK_INDEXED_US 20000000

#define SLOTS 32             /* remembered: packets come no further out of order */

struct video {
    struct demux demux;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    struct orientation orientation;
    bool draining, ended, judged_end, encrypted;

    AVRational ticks;            /* of raw times */
    int64_t frame_ticks;         /* one picture at the guessed rate, at least 1 */
    int64_t first_raw;           /* raw time of the first displayed picture; AV_NOPTS_VALUE until known */
    int64_t last_raw;            /* of the picture that came last; AV_NOPTS_VALUE: none since the start */
    bool history;                /* times depend on what came before: seeks begin at the start */
    bool searched;               /* for jumps of the clock, before the first seek */

    bool settling;               /* after a seek, before the first key picture */
    int64_t n_counted;           /* pictures since the start; -1: not all of them came by */
    int64_t furthest_us;         /* damage before it has been counted */
    bool stumbled;               /* over damage since the seek began */
    bool careful;                /* damage was met: one thread, so that it looks the same every time */
    bool walkless;               /* packets were read past the decoder */
    struct picture *found;       /* by seek, for next */

    int64_t slot[SLOTS];         /* ring of slots that a packet was decoded in; 0 is none */
    int next_slot;
};

static bool video_claims(const struct source *s)
{
    return s->input || s->record || s->live;
}

static enum AVDiscard discard_of(enum decode_skip skip)
{
    switch (skip) {
    case DECODE_SKIP_BIDIR:
    case DECODE_SKETCH: return AVDISCARD_BIDIR;
    case DECODE_SKIP_NONREF: return AVDISCARD_NONREF;
    case DECODE_KEYS_ONLY: return AVDISCARD_NONKEY;
    default: return AVDISCARD_DEFAULT;
    }
}

static void video_skip_changed(struct source *s)
{
    struct video *v = s->self;
    enum AVDiscard filter = AVDISCARD_DEFAULT;

    v->decoder->skip_frame = v->history ? AVDISCARD_DEFAULT : discard_of(s->settings.skip);
    if (s->settings.skip_loop_filter || s->settings.skip == DECODE_SKETCH)
        filter = AVDISCARD_ALL;
    else if (s->settings.skip == DECODE_SKIP_NONREF && s->slot_us > 0)
        filter = AVDISCARD_NONREF;
    v->decoder->skip_loop_filter = filter;
}

static int64_t to_us(const struct video *v, int64_t raw)
{
    return av_rescale_q(raw, v->ticks, AV_TIME_BASE_Q);
}

/* Whether a packet is the first of its slot in coding order. */
static bool opens_slot(struct video *v, int64_t slot_us)
{
    int64_t slot = to_us(v, v->packet->pts) / slot_us;
    int i;

    slot = slot >= 0 ? slot + 1 : slot - 1;
    for (i = 0; i < SLOTS; i++)
        if (v->slot[i] == slot)
            return false;
    v->slot[v->next_slot] = slot;
    v->next_slot = (v->next_slot + 1) % SLOTS;
    return true;
}

static struct packet_facts facts_of(const struct video *v, const AVPacket *p)
{
    return (struct packet_facts){
        .time_us = p->pts == AV_NOPTS_VALUE || v->history ? INT64_MIN : to_us(v, p->pts - v->first_raw),
        .bytes = p->size,
        .key = p->flags & AV_PKT_FLAG_KEY,
        .disposable = p->flags & AV_PKT_FLAG_DISPOSABLE,
    };
}

/* Whether the packet is to be given to the decoder at all, and what that skips. */
static bool choose_discard(struct source *s)
{
    struct video *v = s->self;

    if (s->choose) {
        const struct packet_facts facts = facts_of(v, v->packet);
        const enum decode_skip skip = s->choose(s->choose_user, &facts);

        if (v->history)
            return true;
        if (skip == DECODE_NONE)
            return false;
        s->settings.skip = skip;
        video_skip_changed(s);
        return true;
    }
    /* Pictures that no other needs are decoded all the same where there would be too few. */
    if (s->settings.skip == DECODE_SKIP_NONREF && s->slot_us > 0 && !v->history)
        v->decoder->skip_frame = opens_slot(v, s->slot_us) ? AVDISCARD_DEFAULT : AVDISCARD_NONREF;
    return true;
}

static const AVCodec *find_codec(const AVStream *st)
{
    const AVDictionaryEntry *alpha = av_dict_get(st->metadata, "alpha_mode", NULL, 0);
    const AVCodec *codec = NULL;

    /* libavcodec's own VP8 and VP9 decoders leave out the alpha plane. */
    if (alpha && !strcmp(alpha->value, "1") && st->codecpar->codec_id == AV_CODEC_ID_VP8)
        codec = avcodec_find_decoder_by_name("libvpx");
    if (alpha && !strcmp(alpha->value, "1") && st->codecpar->codec_id == AV_CODEC_ID_VP9)
        codec = avcodec_find_decoder_by_name("libvpx-vp9");
    return codec ? codec : avcodec_find_decoder(st->codecpar->codec_id);
}

/* With threads of its own, FFmpeg's Theora decoder gives other pixels from run to run, and so do others where they
 * conceal damage. */
static bool is_repeatable_with_threads(const struct video *v, const AVCodec *codec)
{
    return !v->careful && codec->id != AV_CODEC_ID_THEORA && codec->id != AV_CODEC_ID_VP3;
}

static enum sc_status open_decoder(struct source *s, struct sc_error *err)
{
    struct video *v = s->self;
    AVStream *st = v->demux.stream;
    const AVCodec *codec = find_codec(st);
    int code;

    if (!codec)
        return fail(err, SC_ERR_FORMAT, "no decoder for '%s' (%s)", s->name,
                    avcodec_get_name(st->codecpar->codec_id));
    avcodec_free_context(&v->decoder);
    if (!(v->decoder = avcodec_alloc_context3(codec)))
        return fail_memory(err);
    if (avcodec_parameters_to_context(v->decoder, st->codecpar) < 0)
        return fail_memory(err);
    v->decoder->pkt_timebase = st->time_base;
    v->decoder->framerate = av_guess_frame_rate(v->demux.format, st, NULL);
    v->decoder->thread_count = is_repeatable_with_threads(v, codec) ? s->settings.threads : 1;
    /* For sizes that change on the way; libav counts padded pictures, so it gets some room. */
    v->decoder->max_pixels = s->settings.source.max_pixels / 4 * 5 + (1 << 20);
    if (s->settings.skip_loop_filter)
        v->decoder->skip_loop_filter = AVDISCARD_ALL;
#if PACKET_SIZE_BY_OPAQUE
    v->decoder->flags |= AV_CODEC_FLAG_COPY_OPAQUE;
#endif
    code = avcodec_open2(v->decoder, codec, NULL);
    if (code < 0)
        return fail(err, SC_ERR_FORMAT, "can't decode '%s' (%s): %s", s->name, codec->name, av_err2str(code));
    video_skip_changed(s);
    return SC_OK;
}

static void reset_clock(struct video *v)
{
    v->last_raw = AV_NOPTS_VALUE;
    v->draining = v->ended = false;
}

static enum sc_status start(struct source *s, struct sc_error *err)
{
    struct video *v = s->self;
    AVRational rate;
    enum sc_status status;

    demux_close(&v->demux);
    if ((status = demux_open(&v->demux, s, err)) ||
        (status = source_check_size(s, v->demux.stream->codecpar->width, v->demux.stream->codecpar->height, err)) ||
        (status = open_decoder(s, err)))
        return status;
    v->ticks = v->demux.stream->time_base;
    rate = av_guess_frame_rate(v->demux.format, v->demux.stream, NULL);
    if (rate.num <= 0 || rate.den <= 0)
        rate = (AVRational){ 25, 1 };
    v->frame_ticks = av_rescale_q(1, av_inv_q(rate), v->ticks);
    if (v->frame_ticks < 1)
        v->frame_ticks = 1;
    reset_clock(v);
    v->n_counted = 0;
    return SC_OK;
}

/* From here on nothing is skipped, and seeks go by the start. */
static void depend_on_history(struct video *v)
{
    v->history = true;
    v->decoder->skip_frame = AVDISCARD_DEFAULT;
}

/* The raw time of a frame, made to ascend. */
static int64_t raw_time(struct video *v, const AVFrame *f)
{
    int64_t raw = f->pts;

    if (raw == AV_NOPTS_VALUE) {
        depend_on_history(v);
        raw = f->best_effort_timestamp;
        if (v->last_raw != AV_NOPTS_VALUE && (raw == AV_NOPTS_VALUE || raw <= v->last_raw))
            raw = v->last_raw + v->frame_ticks;
    }
    if (raw == AV_NOPTS_VALUE)
        return 0;
    if (v->last_raw != AV_NOPTS_VALUE && raw <= v->last_raw) {
        depend_on_history(v);
        raw = v->last_raw + 1;
    }
    return raw;
}

static int packet_bytes(const AVFrame *f)
{
#if PACKET_SIZE_BY_OPAQUE
    return (int)(intptr_t)f->opaque;
#else
    return f->pkt_size > 0 ? f->pkt_size : 0;
#endif
}

static int64_t last_time_us(const struct video *v)
{
    if (v->last_raw == AV_NOPTS_VALUE || v->first_raw == AV_NOPTS_VALUE)
        return 0;
    return to_us(v, v->last_raw - v->first_raw);
}

static void damaged(struct source *s)
{
    struct video *v = s->self;
    int64_t time_us = last_time_us(v);

    v->stumbled |= !v->settling;
    if (!v->settling && time_us >= v->furthest_us)
        source_damaged(s, time_us);
}

static struct picture *take_frame(struct source *s)
{
    struct video *v = s->self;
    int64_t raw = raw_time(v, v->frame);
    AVFrame *frame = av_frame_alloc();
    const AVFrameSideData *side;
    struct orientation o = v->orientation;
    struct picture *p;

    if (!frame)
        return NULL;
    av_frame_move_ref(frame, v->frame);
    if (v->first_raw == AV_NOPTS_VALUE)
        v->first_raw = raw;
    v->last_raw = raw;
    if (v->n_counted >= 0)
        v->n_counted++;
    side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (side && side->size >= 9 * sizeof(int32_t))
        o = orientation_from_matrix((const int32_t *)(const void *)side->data);
    s->info.has_captions = s->info.has_captions || frame_has_captions(frame);
    /* The container's word counts for more than the codec's. */
    frame->sample_aspect_ratio = av_guess_sample_aspect_ratio(v->demux.format, v->demux.stream, frame);
    p = picture_from_frame(&frame, o, to_us(v, raw - v->first_raw));
    if (!p)
        return NULL;
    p->packet_bytes = packet_bytes(p->av);
    p->background_rgb = s->settings.source.background_rgb;
    if (p->flags & PICTURE_DAMAGED)
        damaged(s);
    if (p->time_us > v->furthest_us)
        v->furthest_us = p->time_us;
    return p;
}

/* Give the decoder one packet, or the end. AVERROR_EXIT: cancelled; AVERROR(ENOMEM); AVERROR(EAGAIN): none for now. */
static int feed(struct source *s)
{
    struct video *v = s->self;
    int code = demux_read(&v->demux, v->packet);

    if (code == AVERROR_EXIT || code == AVERROR(ENOMEM) || code == AVERROR(EAGAIN))
        return code;
    if (code < 0) {
        v->draining = true;
        avcodec_send_packet(v->decoder, NULL);
        return 0;
    }
    if (v->demux.jumped || v->packet->pts == AV_NOPTS_VALUE)
        depend_on_history(v);
    if (v->packet->flags & AV_PKT_FLAG_CORRUPT)
        damaged(s);
    v->encrypted |= av_packet_get_side_data(v->packet, AV_PKT_DATA_ENCRYPTION_INFO, NULL) != NULL;
#if PACKET_SIZE_BY_OPAQUE
    v->packet->opaque = (void *)(intptr_t)v->packet->size;
#endif
    if (!choose_discard(s)) {
        v->n_counted = -1;
        av_packet_unref(v->packet);
        return 0;
    }
    if (v->decoder->skip_frame > AVDISCARD_DEFAULT)
        v->n_counted = -1;
    code = avcodec_send_packet(v->decoder, v->packet);
    if (code < 0 && code != AVERROR(EAGAIN) && code != AVERROR_EOF)
        damaged(s);
    av_packet_unref(v->packet);
    return code == AVERROR(ENOMEM) ? code : 0;
}

/* At the end all is known that the header left open or got wrong. */
static void sharpen_info(struct source *s, bool cut_off)
{
    const struct video *v = s->self;
    int64_t end_us = last_time_us(v) + to_us(v, v->frame_ticks);

    if (v->n_counted > 0)
        s->info.n_pictures = v->n_counted;
    if (s->info.duration_us == 0 || cut_off || last_time_us(v) >= s->info.duration_us)
        s->info.duration_us = v->n_counted == 1 ? s->info.duration_us : end_us;
}

/* The end: did it come too early? */
static enum sc_status finish(struct source *s, struct sc_error *err)
{
    struct video *v = s->self;
    bool cut_off;

    v->ended = true;
    if (input_failure(s->input))
        return input_fail(s->input, input_failure(s->input), err);
    if (v->demux.broke_off)
        return fail(err, SC_ERR_IO, "'%s' broke off: %s", s->name, av_err2str(v->demux.broke_off));
    if (v->settling || v->last_raw == AV_NOPTS_VALUE || v->judged_end)
        return SC_OK;
    v->judged_end = true;
    if (s->live)
        return SC_OK;
    cut_off = !demux_is_complete(&v->demux) || cutoff_seen(s->input);
    if (cut_off)
        source_damaged(s, last_time_us(v));
    sharpen_info(s, cut_off);
    return SC_OK;
}

/* After a seek, pictures before the first key picture lack what they refer to. */
static bool is_wanted(struct video *v)
{
    if (v->settling && !frame_is_key(v->frame))
        return false;
    v->settling = false;
    return true;
}

static enum sc_status run_to(struct source *s, int64_t time_us, struct sc_error *err);
static enum sc_status jump(struct source *s, int64_t time_us, struct sc_error *err);
static enum sc_status search_jumps(struct source *s, struct sc_error *err);

/* Decode what follows last_raw (AV_NOPTS_VALUE: all) once more, with one thread; *out gets the next picture. */
static enum sc_status be_careful(struct source *s, int64_t last_raw, struct picture **out, struct sc_error *err)
{
    struct video *v = s->self;
    int64_t next_us = last_raw == AV_NOPTS_VALUE ? 0 : to_us(v, last_raw - v->first_raw) + 1;
    struct picture *p;
    enum sc_status status;

    v->careful = true;
    if (!s->info.path)
        v->first_raw = AV_NOPTS_VALUE; /* opening: there is no first picture yet */
    v->furthest_us = next_us ? next_us - 1 : 0;
    s->damage = (struct sc_damage){ 0 };
    if ((status = search_jumps(s, err)) || (status = open_decoder(s, err)) || (status = jump(s, next_us, err)))
        return status;
    if (!v->found && (status = run_to(s, next_us, err)))
        return status;
    p = v->found; /* out may point to found itself */
    v->found = NULL;
    *out = p;
    return SC_OK;
}

static enum sc_status video_next(struct source *s, struct picture **out, struct sc_error *err)
{
    struct video *v = s->self;
    int64_t before = v->last_raw;
    int n_failures = 0;

    *out = v->found;
    v->found = NULL;
    if (*out || v->ended)
        return SC_OK;
    while (n_failures < MAX_FAILURES) {
        int code;

        if (v->stumbled && !v->careful && v->decoder->thread_count != 1) {
            picture_unref(out);
            return be_careful(s, before, out, err);
        }
        if (*out)
            return SC_OK;
        code = avcodec_receive_frame(v->decoder, v->frame);

        if (source_cancelled(s, err))
            return SC_ERR_CANCELLED;
        if (code == AVERROR(ENOMEM))
            return fail_memory(err);
        if (code == AVERROR_EOF)
            return finish(s, err);
        if (code == AVERROR(EAGAIN)) {
            code = feed(s);
            s->waiting = code == AVERROR(EAGAIN);
            if (s->waiting)
                return SC_OK;
            if (code < 0)
                return code == AVERROR_EXIT ? fail(err, SC_ERR_CANCELLED, "cancelled") : fail_memory(err);
        } else if (code < 0) {
            damaged(s);
            n_failures += v->draining;
        } else if (is_wanted(v)) {
            if (!(*out = take_frame(s)))
                return fail_memory(err);
        } else {
            av_frame_unref(v->frame);
        }
    }
    return finish(s, err);
}

static enum sc_status say_why_nothing(struct source *s, struct sc_error *err)
{
    const struct video *v = s->self;

    if (v->encrypted || cutoff_is_scrambled(s->input))
        return fail(err, SC_ERR_FORMAT, "'%s' is encrypted", s->name);
    if (v->demux.n_packets == 0)
        return fail(err, SC_ERR_FORMAT, "no picture in '%s': its video stream is empty", s->name);
    return fail(err, SC_ERR_FORMAT, "no picture in '%s' could be decoded: it is damaged", s->name);
}

static enum sc_status video_open(struct source *s, struct sc_error *err)
{
    struct video *v = s->self = calloc(1, sizeof *v);
    enum sc_status status;
    AVRational rate;
    const int32_t *matrix;

    if (!v || !(v->packet = av_packet_alloc()) || !(v->frame = av_frame_alloc()))
        return fail_memory(err);
    v->first_raw = AV_NOPTS_VALUE;
    v->careful = s->live; /* nothing can be decoded again */
    if ((status = start(s, err)))
        return status;
    matrix = demux_matrix(&v->demux);
    if (matrix)
        v->orientation = orientation_from_matrix(matrix);
    do
        status = video_next(s, &v->found, err);
    while (!status && s->waiting);
    if (status)
        return status;
    if (!v->found || v->encrypted)
        return say_why_nothing(s, err);
    rate = v->demux.stream->avg_frame_rate;
    s->info.fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    s->info.duration_us = demux_duration_us(&v->demux, input_size(s->input));
    s->info.n_pictures = demux_count(&v->demux);
    s->info.container_offset_us = to_us(v, v->first_raw);
    s->info.can_seek = !s->live;
    return source_describe(s, v->found, v->demux.format->iformat->name, avcodec_get_name(v->decoder->codec_id), err);
}

/* Decode on until a picture at or after time_us; it waits in found. */
static enum sc_status run_to(struct source *s, int64_t time_us, struct sc_error *err)
{
    struct video *v = s->self;
    struct picture *p = NULL;
    enum sc_status status;

    while (!(status = video_next(s, &p, err)) && p && p->time_us < time_us)
        picture_unref(&p);
    v->found = p;
    return status;
}

static enum sc_status restart(struct source *s, struct sc_error *err)
{
    struct video *v = s->self;

    v->settling = false;
    return start(s, err);
}

static int64_t to_raw(const struct video *v, int64_t time_us)
{
    return v->first_raw + av_rescale_q(time_us, AV_TIME_BASE_Q, v->ticks);
}

/* Try the key picture at or before from_us; *hit_out: whether decoding begins at or before time_us. */
static enum sc_status land(struct source *s, int64_t from_us, int64_t time_us, bool *hit_out, struct sc_error *err)
{
    struct video *v = s->self;
    enum sc_status status;

    *hit_out = false;
    if (demux_seek(&v->demux, to_raw(v, from_us)) < 0)
        return SC_OK;
    avcodec_flush_buffers(v->decoder);
    reset_clock(v);
    v->n_counted = -1;
    v->settling = true;
    if ((status = video_next(s, &v->found, err)))
        return status;
    *hit_out = v->found && v->found->time_us <= time_us && !v->history;
    if (!*hit_out || v->found->time_us < time_us)
        picture_unref(&v->found);
    return SC_OK;
}

/* Joined streams have the same times twice, so that a seek may land in the wrong part: look before the first one. */
static enum sc_status search_jumps(struct source *s, struct sc_error *err)
{
    struct video *v = s->self;
    enum sc_status status;
    int code;

    if (v->searched || v->history || !demux_may_jump(&v->demux))
        return SC_OK;
    v->searched = true;
    if ((status = restart(s, err)))
        return status;
    while ((code = demux_read(&v->demux, v->packet)) >= 0 && !v->demux.jumped)
        av_packet_unref(v->packet);
    av_packet_unref(v->packet);
    v->ended = true; /* it has to begin anew wherever it goes */
    if (code == AVERROR_EXIT)
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    if (v->demux.jumped)
        depend_on_history(v);
    return SC_OK;
}

/* Whether decoding on from here reaches time_us at least as soon as a seek. */
static bool can_walk(const struct video *v, int64_t time_us)
{
    int64_t here_us = last_time_us(v);

    if (v->ended || v->settling || v->walkless || v->last_raw == AV_NOPTS_VALUE || here_us >= time_us)
        return false;
    if (v->history || time_us - here_us <= WALK_US)
        return true;
    return time_us - here_us <= WALK_INDEXED_US && demux_no_key_between(&v->demux, v->last_raw, to_raw(v, time_us));
}

static enum sc_status jump(struct source *s, int64_t time_us, struct sc_error *err)
{
    static const int64_t margins_us[] = { 0, 1000000, 5000000, 30000000 };
    struct video *v = s->self;
    enum sc_status status;
    bool hit = false;

    for (size_t i = 0; !hit && !v->history && i < sizeof margins_us / sizeof *margins_us; i++) {
        if (time_us - margins_us[i] <= 0)
            break;
        if ((status = land(s, time_us - margins_us[i], time_us, &hit, err)))
            return status;
    }
    return hit ? SC_OK : restart(s, err);
}

static enum sc_status video_seek(struct source *s, int64_t time_us, struct sc_error *err)
{
    struct video *v = s->self;
    bool had_history;
    enum sc_status status;

    picture_unref(&v->found);
    if ((status = search_jumps(s, err)))
        return status;
    had_history = v->history;
    v->stumbled = false;
    if (!can_walk(v, time_us) && (status = jump(s, time_us, err)))
        return status;
    v->walkless = false;
    if (!v->found && (status = run_to(s, time_us, err)))
        return status;
    if (v->history == had_history && !v->stumbled)
        return SC_OK;
    /* On the way it turned out that times or, by damage, pictures depend on what came before. */
    picture_unref(&v->found);
    if ((status = restart(s, err)))
        return status;
    return run_to(s, time_us, err);
}

static enum sc_status video_seek_packets(struct source *s, int64_t time_us, struct sc_error *err)
{
    struct video *v = s->self;

    picture_unref(&v->found);
    v->walkless = true;
    if (time_us > 0 && !v->history && demux_seek(&v->demux, to_raw(v, time_us)) >= 0)
        return SC_OK;
    return restart(s, err);
}

static enum sc_status video_next_packet(struct source *s, struct packet_facts *out, bool *end_out,
                                        struct sc_error *err)
{
    struct video *v = s->self;
    int code = demux_read(&v->demux, v->packet);

    *end_out = code < 0;
    if (code == AVERROR_EXIT)
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    if (code == AVERROR(ENOMEM))
        return fail_memory(err);
    if (code < 0)
        return input_failure(s->input) ? input_fail(s->input, input_failure(s->input), err) : SC_OK;
    *out = facts_of(v, v->packet);
    av_packet_unref(v->packet);
    return SC_OK;
}

static void video_close(struct source *s)
{
    struct video *v = s->self;

    if (!v)
        return;
    picture_unref(&v->found);
    avcodec_free_context(&v->decoder);
    av_frame_free(&v->frame);
    av_packet_free(&v->packet);
    demux_close(&v->demux);
    free(v);
    s->self = NULL;
}

const struct source_ops source_video = {
    .name = "video",
    .claims = video_claims,
    .open = video_open,
    .next = video_next,
    .seek = video_seek,
    .seek_packets = video_seek_packets,
    .next_packet = video_next_packet,
    .skip_changed = video_skip_changed,
    .close = video_close,
};
