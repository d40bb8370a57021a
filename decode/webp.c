/* WebP by libwebp: stills in their own planes, animations as the canvas that is shown. */
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "decode/exif.h"
#include "decode/still.h"

/* Browsers show a picture without a duration for so long. */
#define DEFAULT_DURATION_MS 100

static bool is_webp(const uint8_t *head, size_t size)
{
    return size >= 16 && !memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WEBPVP8", 7);
}

static bool is_animated(const uint8_t *head, size_t size)
{
    return is_webp(head, size) && size >= 21 && head[15] == 'X' && (head[20] & ANIMATION_FLAG);
}

static bool still_claims(const uint8_t *head, size_t size)
{
    return is_webp(head, size) && !is_animated(head, size);
}

static struct orientation orientation(const uint8_t *data, size_t size)
{
    WebPData all = { data, size };
    WebPDemuxer *demuxer = WebPDemux(&all);
    WebPChunkIterator chunk;
    struct orientation o = orientation_from_exif(1);

    if (demuxer && WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) {
        o = orientation_from_exif(exif_orientation(chunk.chunk.bytes, chunk.chunk.size));
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    WebPDemuxDelete(demuxer);
    return o;
}

/* Point libwebp at the frame's planes. */
static void set_planes(WebPDecBuffer *b, AVFrame *f)
{
    b->is_external_memory = 1;
    b->width = f->width;
    b->height = f->height;
    if (f->format == AV_PIX_FMT_YUV420P) {
        int chroma = (f->height + 1) / 2;

        b->colorspace = MODE_YUV;
        b->u.YUVA = (WebPYUVABuffer){
            .y = f->data[0], .u = f->data[1], .v = f->data[2],
            .y_stride = f->linesize[0], .u_stride = f->linesize[1], .v_stride = f->linesize[2],
            .y_size = (size_t)f->linesize[0] * f->height, .u_size = (size_t)f->linesize[1] * chroma,
            .v_size = (size_t)f->linesize[2] * chroma,
        };
    } else {
        b->colorspace = f->format == AV_PIX_FMT_RGBA ? MODE_RGBA : MODE_RGB;
        b->u.RGBA = (WebPRGBABuffer){ f->data[0], f->linesize[0], (size_t)f->linesize[0] * f->height };
    }
}

static enum sc_status still_load_webp(const struct source *s, const char *name, const uint8_t *data, size_t size,
                                      struct still *out, struct sc_error *err)
{
    WebPDecoderConfig config;
    enum AVPixelFormat format;
    enum sc_status status;
    VP8StatusCode code;

    if (!WebPInitDecoderConfig(&config))
        return fail(err, SC_ERR_FORMAT, "libwebp's version does not fit");
    if (WebPGetFeatures(data, size, &config.input) != VP8_STATUS_OK)
        return fail(err, SC_ERR_FORMAT, "'%s' is a damaged WebP", name);
    if ((status = source_check_size(s, config.input.width, config.input.height, err)))
        return status;
    format = config.input.has_alpha ? AV_PIX_FMT_RGBA : config.input.format == 1 ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_RGB24;
    if (!(out->frame = still_frame(format, config.input.width, config.input.height)))
        return fail_memory(err);
    if (format == AV_PIX_FMT_YUV420P) {
        out->frame->colorspace = AVCOL_SPC_SMPTE170M;
        out->frame->color_range = AVCOL_RANGE_MPEG;
    }
    set_planes(&config.output, out->frame);
    code = WebPDecode(data, size, &config);
    WebPFreeDecBuffer(&config.output);
    if (code == VP8_STATUS_OK) {
        out->orientation = orientation(data, size);
        return SC_OK;
    }
    av_frame_free(&out->frame);
    if (code == VP8_STATUS_OUT_OF_MEMORY)
        return fail_memory(err);
    return fail(err, SC_ERR_FORMAT, "'%s' is a damaged WebP%s", name,
                code == VP8_STATUS_NOT_ENOUGH_DATA ? ": it is cut off" : "");
}

const struct still_format still_webp = { .name = "webp", .claims = still_claims, .load = still_load_webp };

struct animation {
    struct buffer file;
    WebPAnimDecoder *decoder;
    WebPAnimInfo info;
    int64_t *times_us;       /* one for each picture */
    uint32_t at;             /* the next one */
    bool broken;             /* nothing after this can be composed */
};

static bool animation_claims(const struct source *s)
{
    const uint8_t *head;
    size_t size;

    if (!s->input)
        return false;
    head = input_head(s->input, &size);
    return is_animated(head, size);
}

static enum sc_status read_times(struct source *s, struct animation *a, struct sc_error *err)
{
    const WebPDemuxer *demuxer = WebPAnimDecoderGetDemuxer(a->decoder);
    WebPIterator frame;
    int64_t now_us = 0;
    uint32_t n = 0;

    if (a->info.frame_count == 0)
        return fail(err, SC_ERR_FORMAT, "no picture in '%s' could be decoded", s->name);
    if (!(a->times_us = calloc(a->info.frame_count, sizeof *a->times_us)))
        return fail_memory(err);
    if (WebPDemuxGetFrame(demuxer, 1, &frame)) {
        do {
            a->times_us[n++] = now_us;
            now_us += (int64_t)(frame.duration > 0 ? frame.duration : DEFAULT_DURATION_MS) * 1000;
        } while (n < a->info.frame_count && WebPDemuxNextFrame(&frame));
        WebPDemuxReleaseIterator(&frame);
    }
    a->info.frame_count = n;
    s->info.duration_us = now_us;
    s->info.n_pictures = n;
    s->info.fps = now_us ? n * 1e6 / now_us : 0;
    s->info.n_streams = s->info.stream = 1;
    s->info.can_seek = true;
    return SC_OK;
}

static enum sc_status animation_next(struct source *s, struct picture **out, struct sc_error *err)
{
    struct animation *a = s->self;
    uint8_t *canvas;
    AVFrame *frame;
    int end_ms;

    *out = NULL;
    if (a->broken || a->at >= a->info.frame_count)
        return SC_OK;
    if (!WebPAnimDecoderGetNext(a->decoder, &canvas, &end_ms)) {
        source_damaged(s, a->times_us[a->at]);
        a->broken = true;
        return SC_OK;
    }
    if (!(frame = still_frame(AV_PIX_FMT_RGBA, (int)a->info.canvas_width, (int)a->info.canvas_height)))
        return fail_memory(err);
    for (uint32_t y = 0; y < a->info.canvas_height; y++)
        memcpy(frame->data[0] + (ptrdiff_t)y * frame->linesize[0], canvas + (size_t)y * a->info.canvas_width * 4,
               (size_t)a->info.canvas_width * 4);
    *out = picture_from_frame(&frame, orientation_from_exif(1), a->times_us[a->at]);
    if (!*out)
        return fail_memory(err);
    (*out)->flags = a->at == 0 ? PICTURE_KEY : 0;
    (*out)->background_rgb = s->settings.source.background_rgb;
    a->at++;
    return SC_OK;
}

static enum sc_status animation_seek(struct source *s, int64_t time_us, struct sc_error *err)
{
    struct animation *a = s->self;

    if (a->at == 0 || a->broken || a->times_us[a->at - 1] >= time_us) {
        WebPAnimDecoderReset(a->decoder);
        a->at = 0;
        a->broken = false;
    }
    while (a->at < a->info.frame_count && a->times_us[a->at] < time_us && !a->broken) {
        uint8_t *canvas;
        int end_ms;

        if (source_cancelled(s, err))
            return SC_ERR_CANCELLED;
        if (WebPAnimDecoderGetNext(a->decoder, &canvas, &end_ms))
            a->at++;
        else
            a->broken = true;
    }
    return SC_OK;
}

static enum sc_status animation_open(struct source *s, struct sc_error *err)
{
    struct animation *a = s->self = calloc(1, sizeof *a);
    WebPAnimDecoderOptions options;
    WebPBitstreamFeatures features;
    WebPData data;
    enum sc_status status;

    if (!a)
        return fail_memory(err);
    a->file.limit = STILL_MAX_FILE_BYTES;
    if ((status = input_read_all(s->input, &a->file, err)))
        return status;
    if (WebPGetFeatures(a->file.data, a->file.size, &features) != VP8_STATUS_OK)
        return fail(err, SC_ERR_FORMAT, "'%s' is a damaged WebP", s->name);
    if ((status = source_check_size(s, features.width, features.height, err)))
        return status;
    if (!WebPAnimDecoderOptionsInit(&options))
        return fail(err, SC_ERR_FORMAT, "libwebp's version does not fit");
    data = (WebPData){ a->file.data, a->file.size };
    a->decoder = WebPAnimDecoderNew(&data, &options);
    if (!a->decoder || !WebPAnimDecoderGetInfo(a->decoder, &a->info))
        return fail(err, SC_ERR_FORMAT, "'%s' is a damaged WebP", s->name);
    return read_times(s, a, err);
}

static void animation_close(struct source *s)
{
    struct animation *a = s->self;

    if (!a)
        return;
    WebPAnimDecoderDelete(a->decoder);
    buffer_dispose(&a->file);
    free(a->times_us);
    free(a);
    s->self = NULL;
}

const struct source_ops source_webp = {
    .name = "webp",
    .claims = animation_claims,
    .open = animation_open,
    .next = animation_next,
    .seek = animation_seek,
    .close = animation_close,
};
