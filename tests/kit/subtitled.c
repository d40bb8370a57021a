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

void subtitled_make(const char *path, const char *video, int64_t offset_us, const struct subtitled_stream *streams,
                    int n_streams, const struct subtitled_line *lines, int n_lines)
{
    AVFormatContext *in = NULL, *out = NULL;
    int i;

    check(avformat_open_input(&in, video, NULL, NULL), video);
    check(avformat_find_stream_info(in, NULL), video);
    check(avformat_alloc_output_context2(&out, NULL, NULL, path), path);
    check(avformat_new_stream(out, NULL) ? 0 : AVERROR(ENOMEM), path);
    check(avcodec_parameters_copy(out->streams[0]->codecpar, in->streams[0]->codecpar), video);
    out->streams[0]->codecpar->codec_tag = 0;
    out->streams[0]->time_base = in->streams[0]->time_base;
    out->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    for (i = 0; i < n_streams; i++)
        add_stream(out, &streams[i]);
    check(avio_open(&out->pb, path, AVIO_FLAG_WRITE), path);
    check(avformat_write_header(out, NULL), path);
    for (i = 0; i < n_lines; i++)
        add_line(out, &streams[lines[i].stream], &lines[i], offset_us);
    copy_video(out, in, offset_us);
    check(av_write_trailer(out), path);
    avio_closep(&out->pb);
    avformat_free_context(out);
    avformat_close_input(&in);
}
