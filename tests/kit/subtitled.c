/* Remuxing with subtitles. */
#include "tests/kit/subtitled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/mem.h>

static void check(int code, const char *what)
{
    if (code >= 0)
        return;
    fprintf(stderr, "tests/kit/subtitled: %s: %s\n", what, av_err2str(code));
    exit(1);
}

static void add_stream(AVFormatContext *out, const struct subtitled_stream *s)
{
    const AVCodecDescriptor *codec = avcodec_descriptor_get_by_name(s->codec);
    AVStream *st = avformat_new_stream(out, NULL);

    check(codec && st ? 0 : AVERROR(EINVAL), s->codec);
    st->codecpar->codec_type = AVMEDIA_TYPE_SUBTITLE;
    st->codecpar->codec_id = codec->id;
    st->time_base = (AVRational){ 1, 1000 };
    if (s->language)
        av_dict_set(&st->metadata, "language", s->language, 0);
    if (s->header) {
        st->codecpar->extradata_size = (int)strlen(s->header);
        st->codecpar->extradata = av_mallocz(strlen(s->header) + AV_INPUT_BUFFER_PADDING_SIZE);
        check(st->codecpar->extradata ? 0 : AVERROR(ENOMEM), s->codec);
        memcpy(st->codecpar->extradata, s->header, strlen(s->header));
    }
}

static void add_line(AVFormatContext *out, const struct subtitled_stream *s, const struct subtitled_line *line,
                     int64_t offset_us)
{
    AVStream *st = out->streams[1 + line->stream];
    int size = (int)strlen(line->text), head = strcmp(s->codec, "mov_text") ? 0 : 2;
    AVPacket *packet = av_packet_alloc();

    check(packet ? av_new_packet(packet, size + head) : AVERROR(ENOMEM), "packet");
    if (head) {
        packet->data[0] = (uint8_t)(size >> 8);
        packet->data[1] = (uint8_t)size;
    }
    memcpy(packet->data + head, line->text, (size_t)size);
    packet->pts = packet->dts = av_rescale_q(line->start_us + offset_us, AV_TIME_BASE_Q, st->time_base);
    packet->duration = av_rescale_q(line->duration_us, AV_TIME_BASE_Q, st->time_base);
    packet->flags = AV_PKT_FLAG_KEY;
    packet->stream_index = st->index;
    check(av_interleaved_write_frame(out, packet), "subtitle");
    av_packet_free(&packet);
}

static void copy_video(AVFormatContext *out, AVFormatContext *in, int64_t offset_us)
{
    AVPacket *packet = av_packet_alloc();

    while (packet && av_read_frame(in, packet) >= 0) {
        int64_t offset = av_rescale_q(offset_us, AV_TIME_BASE_Q, in->streams[0]->time_base);

        packet->pts += offset;
        packet->dts += offset;
        av_packet_rescale_ts(packet, in->streams[0]->time_base, out->streams[0]->time_base);
        packet->pos = -1;
        check(av_interleaved_write_frame(out, packet), "video");
    }
    av_packet_free(&packet);
}

/* The video's stream alone so far. */
static AVFormatContext *begin(const char *path, const char *video, AVFormatContext **in)
{
    AVFormatContext *out = NULL;

    check(avformat_open_input(in, video, NULL, NULL), video);
    check(avformat_find_stream_info(*in, NULL), video);
    check(avformat_alloc_output_context2(&out, NULL, NULL, path), path);
    check(avformat_new_stream(out, NULL) ? 0 : AVERROR(ENOMEM), path);
    check(avcodec_parameters_copy(out->streams[0]->codecpar, (*in)->streams[0]->codecpar), video);
    out->streams[0]->codecpar->codec_tag = 0;
    out->streams[0]->time_base = (*in)->streams[0]->time_base;
    out->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    return out;
}

static void end(AVFormatContext *out, AVFormatContext *in, int64_t offset_us, const char *path)
{
    copy_video(out, in, offset_us);
    check(av_write_trailer(out), path);
    avio_closep(&out->pb);
    avformat_free_context(out);
    avformat_close_input(&in);
}

void subtitled_make(const char *path, const char *video, int64_t offset_us, const struct subtitled_stream *streams,
                    int n_streams, const struct subtitled_line *lines, int n_lines)
{
    AVFormatContext *in = NULL, *out = begin(path, video, &in);
    int i;

    for (i = 0; i < n_streams; i++)
        add_stream(out, &streams[i]);
    check(avio_open(&out->pb, path, AVIO_FLAG_WRITE), path);
    check(avformat_write_header(out, NULL), path);
    for (i = 0; i < n_lines; i++)
        add_line(out, &streams[lines[i].stream], &lines[i], offset_us);
    end(out, in, offset_us, path);
}

static void add_sound(AVFormatContext *out, int64_t at_us, const int16_t *samples, int n)
{
    AVPacket *packet = av_packet_alloc();

    check(packet ? av_new_packet(packet, n * 2) : AVERROR(ENOMEM), "sound");
    memcpy(packet->data, samples, (size_t)n * 2);
    packet->pts = packet->dts = av_rescale_q(at_us, AV_TIME_BASE_Q, out->streams[1]->time_base);
    packet->flags = AV_PKT_FLAG_KEY;
    packet->stream_index = 1;
    check(av_interleaved_write_frame(out, packet), "sound");
    av_packet_free(&packet);
}

void subtitled_with_sound(const char *path, const char *video, int64_t late_us, int rate, const int16_t *samples, int n)
{
    AVFormatContext *in = NULL, *out = begin(path, video, &in);
    AVStream *st = avformat_new_stream(out, NULL);
    int at, step = rate / 10;

    check(st ? 0 : AVERROR(ENOMEM), path);
    st->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
    st->codecpar->codec_id = AV_CODEC_ID_PCM_S16LE;
    st->codecpar->format = AV_SAMPLE_FMT_S16;
    st->codecpar->sample_rate = rate;
    st->codecpar->bits_per_coded_sample = 16;
    st->codecpar->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    st->time_base = (AVRational){ 1, rate };
    check(avio_open(&out->pb, path, AVIO_FLAG_WRITE), path);
    check(avformat_write_header(out, NULL), path);
    for (at = 0; at < n; at += step)
        add_sound(out, late_us + (int64_t)at * 1000000 / rate, samples + at, n - at < step ? n - at : step);
    end(out, in, 0, path);
}
