/* Streams beside the video. */
#include "decode/track.h"

#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>

static int best_stream(struct track *t, enum AVMediaType type, track_score *score)
{
    AVFormatContext *format = t->demux.format;
    int best = -1, highest = -1;

    if (!score) {
        best = av_find_best_stream(format, type, -1, t->demux.stream->index, NULL, 0);
        return best;
    }
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVStream *st = format->streams[i];

        if (st->codecpar->codec_type == type && score(st) > highest) {
            highest = score(st);
            best = (int)i;
        }
    }
    return best;
}

static void name_it(struct track *t)
{
    const AVDictionaryEntry *language = av_dict_get(t->demux.stream->metadata, "language", NULL, 0);
    char words[16] = "";

    if (language && strcmp(language->value, "und") && strspn(language->value, "abcdefghijklmnopqrstuvwxyz-") ==
        strlen(language->value))
        snprintf(words, sizeof words, ", %.12s", language->value);
    snprintf(t->name, sizeof t->name, "stream %d of %d (%s%s)", t->number, t->n_streams,
             avcodec_get_name(t->demux.stream->codecpar->codec_id), words);
}

/* Make the demuxer read that stream instead of the video. */
static void choose(struct track *t, enum AVMediaType type, int number, track_score *score)
{
    AVFormatContext *format = t->demux.format;
    int best = number ? -1 : best_stream(t, type, score);

    t->demux.stream->discard = AVDISCARD_ALL;
    t->demux.stream = NULL;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (format->streams[i]->codecpar->codec_type != type)
            continue;
        t->n_streams++;
        if (number ? t->n_streams == number : (int)i == best) {
            t->number = t->n_streams;
            t->demux.stream = format->streams[i];
        }
    }
    if (t->demux.stream) {
        t->demux.stream->discard = AVDISCARD_DEFAULT;
        name_it(t);
    }
}

enum sc_status track_open(struct track *t, const struct decoder *d, enum AVMediaType type, int number,
                          track_score *score, const char *what, struct sc_error *err)
{
    const struct source *s = decode_source(d);
    enum sc_status status;

    memset(t, 0, sizeof *t);
    if (s->ops == &source_video && s->input) {
        t->source = *s;
        t->source.self = NULL;
        t->source.info = (struct sc_info){ .container_offset_us = s->info.container_offset_us };
        t->source.input = input_ref(s->input);
        if ((status = demux_open(&t->demux, &t->source, err)))
            return status;
        choose(t, type, number, score);
    }
    if (number && !t->demux.stream)
        return fail(err, SC_ERR_INVALID, "no %s %d in '%s': it has %d", what, number, s->name, t->n_streams);
    return SC_OK;
}

void track_close(struct track *t)
{
    demux_close(&t->demux);
    if (t->source.input)
        input_close(&t->source.input);
    memset(t, 0, sizeof *t);
}

enum sc_status track_codec(const AVStream *st, const char *name, struct AVCodecContext **out, struct sc_error *err)
{
    const AVCodec *codec = avcodec_find_decoder(st->codecpar->codec_id);

    *out = NULL;
    if (!codec)
        return fail(err, SC_ERR_FORMAT, "no decoder for '%s' (%s)", name, avcodec_get_name(st->codecpar->codec_id));
    if (!(*out = avcodec_alloc_context3(codec)) || avcodec_parameters_to_context(*out, st->codecpar) < 0)
        return fail_memory(err);
    (*out)->pkt_timebase = st->time_base;
    return SC_OK;
}

int64_t track_us(const struct track *t, int64_t ticks)
{
    if (ticks == AV_NOPTS_VALUE)
        return INT64_MIN;
    return av_rescale_q(ticks, t->demux.stream->time_base, AV_TIME_BASE_Q) - t->source.info.container_offset_us;
}
