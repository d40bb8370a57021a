/* Sound: decoded, resampled, cut into chunks. */
#include "decode/audio.h"

#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>
#include <libswresample/swresample.h>

#include "base/buffer.h"
#include "decode/flac.h"
#include "decode/track.h"

#define SLACK_US 100000          /* clocks of packets may be off by so much */
#define GAP_US 2000000           /* a longer gap ends a chunk, */
#define LEAST_CHUNK_US 1000000   /* if that is not too short to be one */
#define SEARCH (60 * AUDIO_RATE) /* how far back from its end a chunk may be cut */
#define QUIET (AUDIO_RATE / 5)   /* samples that have to be quiet for a cut */
#define LEAST_SOUND_US 100000    /* a shorter one is none */
#define FARTHEST_US ((int64_t)1000000000000000) /* times beyond it are lies */
#define PREROLL_US 1000000       /* decoded before from_us, so that what comes then is whole */

struct sound {
    const struct audio_sink *sink;
    struct track track;
    AVCodecContext *decoder;
    SwrContext *resampler;
    AVChannelLayout layout;      /* what the resampler was made for */
    int rate, format;
    int64_t from_us, to_us;      /* FARTHEST_US either way for all of it */
    int16_t *samples;
    int n, capacity;
    int64_t start_us;            /* of samples[0] */
    int n_chunks;
    bool has_begun;
};

static int64_t us_of(int64_t samples)
{
    return samples * 1000000 / AUDIO_RATE;
}

/* ---- chunks ---- */

static enum sc_status emit(struct sound *s, int n, struct sc_error *err)
{
    struct buffer flac = { 0 };
    enum sc_status status = SC_OK;

    if (us_of(n) >= (s->n_chunks ? LEAST_CHUNK_US : LEAST_SOUND_US) &&
        !(status = flac_encode(s->samples, n, &flac, err))) {
        s->n_chunks++;
        status = s->sink->on_chunk(s->sink->user, s->start_us, us_of(n), flac.data, flac.size, err);
    }
    buffer_dispose(&flac);
    s->n -= n;
    s->start_us += us_of(n);
    memmove(s->samples, s->samples + n, (size_t)s->n * sizeof *s->samples);
    return status;
}

/* The middle of the quietest stretch near the end. */
static int quietest(const int16_t *samples, int n)
{
    int from = n > 2 * SEARCH ? n - SEARCH : n / 2, best = n, i;
    int64_t sum = 0, least = INT64_MAX;

    for (i = from; i < n; i++) {
        sum += abs(samples[i]);
        if (i - from >= QUIET)
            sum -= abs(samples[i - QUIET]);
        if (i - from >= QUIET - 1 && sum <= least) {
            least = sum;
            best = i - QUIET / 2;
        }
    }
    return best;
}

/* samples NULL: silence. */
static enum sc_status add(struct sound *s, const int16_t *samples, int64_t n, struct sc_error *err)
{
    enum sc_status status = SC_OK;

    while (n > 0 && !status) {
        int step = n < s->capacity - s->n ? (int)n : s->capacity - s->n;

        if (samples)
            memcpy(s->samples + s->n, samples, (size_t)step * sizeof *samples);
        else
            memset(s->samples + s->n, 0, (size_t)step * sizeof *s->samples);
        s->n += step;
        n -= step;
        samples = samples ? samples + step : NULL;
        if (s->n == s->capacity)
            status = emit(s, quietest(s->samples, s->n), err);
    }
    return status;
}

/* Samples of the time from at_us on. What lies outside the time wanted is dropped. */
static enum sc_status place(struct sound *s, int64_t at_us, const int16_t *samples, int n, struct sc_error *err)
{
    int64_t skip = at_us < s->from_us ? (s->from_us - at_us) / 1000 * AUDIO_RATE / 1000 : 0, gap_us;
    enum sc_status status = SC_OK;

    if (skip >= n || at_us >= s->to_us)
        return SC_OK;
    samples += skip;
    n -= (int)skip;
    at_us += us_of(skip);
    if (s->to_us < FARTHEST_US && n > (s->to_us - at_us) * AUDIO_RATE / 1000000)
        n = (int)((s->to_us - at_us) * AUDIO_RATE / 1000000);
    if (!s->has_begun)
        s->start_us = at_us;
    s->has_begun = true;
    gap_us = at_us - s->start_us - us_of(s->n);
    if (gap_us > GAP_US && us_of(s->n) >= LEAST_CHUNK_US)
        status = emit(s, s->n, err);
    if (!s->n)
        s->start_us = at_us;
    else if (gap_us > SLACK_US)
        status = add(s, NULL, (gap_us < GAP_US ? gap_us : GAP_US) * AUDIO_RATE / 1000000, err);
    return status ? status : add(s, samples, n, err);
}

/* ---- decoding ---- */

static enum sc_status set_resampler(struct sound *s, const AVFrame *f, struct sc_error *err)
{
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO; /* FFmpeg 5.1 takes no const one */
    AVChannelLayout layout = { 0 };
    enum sc_status status = SC_OK;

    if (s->resampler && s->rate == f->sample_rate && s->format == f->format &&
        !av_channel_layout_compare(&s->layout, &f->ch_layout))
        return SC_OK;
    if (f->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&layout, f->ch_layout.nb_channels);
    else if (av_channel_layout_copy(&layout, &f->ch_layout) < 0)
        return fail_memory(err);
    swr_free(&s->resampler);
    av_channel_layout_uninit(&s->layout);
    if (swr_alloc_set_opts2(&s->resampler, &mono, AV_SAMPLE_FMT_S16, AUDIO_RATE, &layout, f->format, f->sample_rate, 0,
                            NULL) < 0 || swr_init(s->resampler) < 0 ||
        av_channel_layout_copy(&s->layout, &f->ch_layout) < 0)
        status = fail(err, SC_ERR_FORMAT, "can't resample the sound of '%s'", s->track.source.name);
    s->rate = f->sample_rate;
    s->format = f->format;
    av_channel_layout_uninit(&layout);
    return status;
}

static enum sc_status take_frame(struct sound *s, const AVFrame *f, struct sc_error *err)
{
    int64_t at_us = track_us(&s->track, f->best_effort_timestamp), room;
    struct buffer out = { 0 };
    enum sc_status status;
    uint8_t *bytes;
    int n;

    if (f->nb_samples < 1 || f->sample_rate < 1)
        return SC_OK;
    if ((status = set_resampler(s, f, err)))
        return status;
    if (at_us < -FARTHEST_US || at_us > FARTHEST_US)
        at_us = s->start_us + us_of(s->n);
    else
        at_us -= swr_get_delay(s->resampler, 1000000);
    if (s->sink->on_position)
        s->sink->on_position(s->sink->user, at_us);
    room = swr_get_out_samples(s->resampler, f->nb_samples);
    if (room < 1)
        return SC_OK;
    if (!(bytes = buffer_room(&out, (size_t)room * sizeof(int16_t), err)))
        return SC_ERR_NOMEM;
    n = swr_convert(s->resampler, &bytes, (int)room, (const uint8_t **)f->extended_data, f->nb_samples);
    status = n > 0 ? place(s, at_us, (const int16_t *)(const void *)bytes, n, err) : SC_OK;
    buffer_dispose(&out);
    return status;
}

/* packet NULL: the end. What can't be decoded is left out. */
static enum sc_status decode(struct sound *s, const AVPacket *packet, AVFrame *frame, struct sc_error *err)
{
    enum sc_status status = SC_OK;

    if (avcodec_send_packet(s->decoder, packet) < 0 && packet)
        return SC_OK;
    while (!status && avcodec_receive_frame(s->decoder, frame) >= 0) {
        status = take_frame(s, frame, err);
        av_frame_unref(frame);
    }
    return status;
}

static enum sc_status read_all(struct sound *s, struct sc_error *err)
{
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    enum sc_status status = packet && frame ? SC_OK : fail_memory(err);
    bool past = false;
    int code = 0;

    while (!status && !past && (code = demux_read(&s->track.demux, packet)) >= 0) {
        past = track_us(&s->track, packet->pts) > s->to_us;
        if (!past)
            status = decode(s, packet, frame, err);
        av_packet_unref(packet);
    }
    if (!status && code == AVERROR_EXIT)
        status = fail(err, SC_ERR_CANCELLED, "cancelled");
    if (!status)
        status = decode(s, NULL, frame, err);
    av_packet_free(&packet);
    av_frame_free(&frame);
    return status;
}

static enum sc_status open_sound(struct sound *s, const struct decoder *d, int chunk_s, char name_out[96],
                                 struct sc_error *err)
{
    enum sc_status status = track_open(&s->track, d, AVMEDIA_TYPE_AUDIO, 0, NULL, "sound", err);
    int64_t seek_us = s->from_us - PREROLL_US + s->track.source.info.container_offset_us;
    int code;

    if (status)
        return status;
    if (!s->track.demux.stream)
        return fail(err, SC_ERR_FORMAT, "no sound in '%s'", decode_info(d)->path);
    snprintf(name_out, 96, "%s", s->track.name);
    if ((status = track_codec(s->track.demux.stream, s->track.source.name, &s->decoder, err)))
        return status;
    if ((code = avcodec_open2(s->decoder, NULL, NULL)) < 0)
        return fail(err, SC_ERR_FORMAT, "can't decode the sound of '%s': %s", s->track.source.name, av_err2str(code));
    if (s->from_us > PREROLL_US &&
        demux_seek(&s->track.demux, av_rescale_q(seek_us, AV_TIME_BASE_Q, s->track.demux.stream->time_base)) < 0)
        s->track.demux.n_failures = 0; /* from the beginning then */
    s->capacity = (chunk_s < 1 || chunk_s > AUDIO_MAX_CHUNK_S ? AUDIO_MAX_CHUNK_S : chunk_s) * AUDIO_RATE;
    s->samples = malloc((size_t)s->capacity * sizeof *s->samples);
    return s->samples ? SC_OK : fail_memory(err);
}

enum sc_status audio_extract(const struct decoder *d, int64_t from_us, int64_t to_us, int chunk_s,
                             const struct audio_sink *sink, char name_out[96], struct sc_error *err)
{
    struct sound s = { .sink = sink, .from_us = from_us > 0 ? from_us : -FARTHEST_US,
                       .to_us = to_us > 0 ? to_us : FARTHEST_US };
    enum sc_status status;

    *name_out = '\0';
    if (!(status = open_sound(&s, d, chunk_s, name_out, err)) && !(status = read_all(&s, err)))
        status = emit(&s, s.n, err);
    free(s.samples);
    swr_free(&s.resampler);
    av_channel_layout_uninit(&s.layout);
    avcodec_free_context(&s.decoder);
    track_close(&s.track);
    return status;
}
