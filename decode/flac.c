/* FLAC by libavcodec and libavformat. */
#include "decode/flac.h"

#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/mem.h>

#include "decode/audio.h"

struct writing {
    AVCodecContext *encoder;
    AVFormatContext *format;
    AVPacket *packet;
    AVFrame *frame;
};

static int open_encoder(struct writing *w)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_FLAC);

    if (!codec)
        return AVERROR_ENCODER_NOT_FOUND;
    if (!(w->encoder = avcodec_alloc_context3(codec)))
        return AVERROR(ENOMEM);
    w->encoder->sample_rate = AUDIO_RATE;
    w->encoder->sample_fmt = AV_SAMPLE_FMT_S16;
    w->encoder->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    w->encoder->time_base = (AVRational){ 1, AUDIO_RATE };
    w->encoder->flags |= AV_CODEC_FLAG_BITEXACT;
    return avcodec_open2(w->encoder, codec, NULL);
}

static int open_file(struct writing *w)
{
    AVStream *st;
    int code = avformat_alloc_output_context2(&w->format, NULL, "flac", NULL);

    if (code < 0)
        return code;
    if (!(st = avformat_new_stream(w->format, NULL)) || !(w->packet = av_packet_alloc()) ||
        !(w->frame = av_frame_alloc()))
        return AVERROR(ENOMEM);
    w->format->flags |= AVFMT_FLAG_BITEXACT;
    if ((code = avcodec_parameters_from_context(st->codecpar, w->encoder)) < 0 ||
        (code = avio_open_dyn_buf(&w->format->pb)) < 0)
        return code;
    return avformat_write_header(w->format, NULL);
}

/* frame NULL: the end. */
static int encode(struct writing *w, const AVFrame *frame)
{
    int code = avcodec_send_frame(w->encoder, frame);

    while (code >= 0 && (code = avcodec_receive_packet(w->encoder, w->packet)) >= 0)
        code = av_write_frame(w->format, w->packet);
    return code == AVERROR(EAGAIN) || code == AVERROR_EOF ? 0 : code;
}

static int write_samples(struct writing *w, const int16_t *samples, int n)
{
    int step = w->encoder->frame_size > 0 ? w->encoder->frame_size : 4096, at, code = 0;

    for (at = 0; at < n && code >= 0; at += step) {
        av_frame_unref(w->frame);
        w->frame->nb_samples = n - at < step ? n - at : step;
        w->frame->format = AV_SAMPLE_FMT_S16;
        w->frame->sample_rate = AUDIO_RATE;
        w->frame->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
        w->frame->pts = at;
        if ((code = av_frame_get_buffer(w->frame, 0)) < 0)
            break;
        memcpy(w->frame->data[0], samples + at, (size_t)w->frame->nb_samples * sizeof *samples);
        code = encode(w, w->frame);
    }
    return code < 0 ? code : encode(w, NULL);
}

enum sc_status flac_encode(const int16_t *samples, int n, struct buffer *out, struct sc_error *err)
{
    struct writing w = { 0 };
    uint8_t *bytes = NULL;
    int code, size;
    enum sc_status s = SC_OK;

    if ((code = open_encoder(&w)) >= 0 && (code = open_file(&w)) >= 0 && (code = write_samples(&w, samples, n)) >= 0)
        code = av_write_trailer(w.format);
    if (w.format && w.format->pb) {
        size = avio_close_dyn_buf(w.format->pb, &bytes);
        if (code >= 0)
            s = buffer_add(out, bytes, (size_t)size, err);
    }
    if (code < 0)
        s = fail(err, SC_ERR_FORMAT, "can't encode sound as FLAC: %s", av_err2str(code));
    av_free(bytes);
    avformat_free_context(w.format);
    avcodec_free_context(&w.encoder);
    av_packet_free(&w.packet);
    av_frame_free(&w.frame);
    return s;
}
