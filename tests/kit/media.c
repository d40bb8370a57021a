/* Draws in RGB, converts with swscale, encodes with libavcodec, writes with libavformat. */
#include "tests/kit/media.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

struct media {
    uint8_t caption[2];          /* 0, 0: none */
    int width, height;
    uint8_t *rgb;
    AVFormatContext *file;
    AVStream *stream;
    AVCodecContext *encoder;
    struct SwsContext *scaler;
    AVFrame *frame;
    AVPacket *packet;
    char *path, *codec, *pixel_format, *encoder_options;
    struct media_options options; /* its strings are those above */
    AVRational rate;
    bool own_times;               /* ticks are milliseconds */
    int64_t last_pts;
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "media: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(2);
}

static void check(int code, const char *what)
{
    if (code < 0)
        die("%s: %s", what, av_err2str(code));
}

bool media_has_encoder(const char *codec)
{
    return avcodec_find_encoder_by_name(codec) != NULL;
}

static enum AVPixelFormat encoder_format(const AVCodec *codec, const char *wanted)
{
    const enum AVPixelFormat *formats = NULL;

    if (wanted) {
        enum AVPixelFormat f = av_get_pix_fmt(wanted);

        if (f == AV_PIX_FMT_NONE)
            die("no pixel format '%s'", wanted);
        return f;
    }
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
    const void *list = NULL;
    avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &list, NULL);
    formats = list;
#else
    formats = codec->pix_fmts;
#endif
    if (!formats)
        return AV_PIX_FMT_YUV420P;
    if (codec->id == AV_CODEC_ID_GIF)
        return AV_PIX_FMT_PAL8; /* closer to the drawing than its first, 3 bits of red */
    for (const enum AVPixelFormat *f = formats; *f != AV_PIX_FMT_NONE; f++)
        if (*f == AV_PIX_FMT_YUV420P || *f == AV_PIX_FMT_YUVJ420P)
            return *f;
    return formats[0];
}

/* Lay the colour's meaning down where swscale and the encoder look for it. */
static void set_colour(struct media *m, const struct media_options *o)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(m->encoder->pix_fmt);
    bool rgb = d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
    const int *matrix = sws_getCoefficients(o->bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
    bool gray = d->nb_components <= 2; /* swscale knows it in full range only */
    bool full = o->full_range || rgb || gray || !strncmp(d->name, "yuvj", 4);

    m->encoder->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    if (!rgb) {
        m->encoder->colorspace = o->bt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
        m->encoder->color_primaries = o->bt709 ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
        m->encoder->color_trc = o->bt709 ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
    }
    if (m->encoder->pix_fmt == AV_PIX_FMT_PAL8)
        return;
    m->scaler = sws_getContext(m->width, m->height, AV_PIX_FMT_RGB24, m->width, m->height, m->encoder->pix_fmt,
                               SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
    if (!m->scaler)
        die("swscale can't make %s", d->name);
    sws_setColorspaceDetails(m->scaler, matrix, 1, matrix, full, 0, 1 << 16, 1 << 16);
}

static void set_rotation(AVStream *stream, int degrees)
{
    int32_t matrix[9];

    if (!degrees)
        return;
    /* The matrix says how the picture is to be turned for display, and av_display_rotation_set counts clockwise. */
    av_display_rotation_set(matrix, degrees);
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 30, 100)
    AVPacketSideData *side = av_packet_side_data_new(&stream->codecpar->coded_side_data,
                                                     &stream->codecpar->nb_coded_side_data,
                                                     AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix, 0);
    if (!side)
        die("no memory");
    memcpy(side->data, matrix, sizeof matrix);
#else
    uint8_t *side = av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix);
    if (!side)
        die("no memory");
    memcpy(side, matrix, sizeof matrix);
#endif
}

static void open_encoder(struct media *m, const struct media_options *o)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(o->codec);
    AVDictionary *options = NULL;

    if (!codec || !(m->encoder = avcodec_alloc_context3(codec)))
        die("no encoder '%s'", o->codec);
    m->encoder->width = m->width;
    m->encoder->height = m->height;
    m->encoder->time_base = m->own_times ? (AVRational){ 1, 1000 } : av_inv_q(m->rate);
    m->encoder->framerate = m->rate;
    m->encoder->sample_aspect_ratio = (AVRational){ o->sar_num ? o->sar_num : 1, o->sar_den ? o->sar_den : 1 };
    m->encoder->pix_fmt = encoder_format(codec, o->pixel_format);
    m->encoder->thread_count = 1;
    m->encoder->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
    if (m->file->oformat->flags & AVFMT_GLOBALHEADER)
        m->encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    set_colour(m, o);
    if (o->encoder_options)
        check(av_dict_parse_string(&options, o->encoder_options, "=", ":", 0), o->encoder_options);
    check(avcodec_open2(m->encoder, codec, &options), o->codec);
    av_dict_free(&options);
}

static char *copy(const char *text)
{
    char *out = text ? strdup(text) : NULL;

    if (text && !out)
        die("no memory");
    return out;
}

struct media *media_open(const char *path, int width, int height, const struct media_options *options)
{
    struct media *m = calloc(1, sizeof *m);

    av_log_set_level(AV_LOG_FATAL);
    if (!m || !(m->rgb = calloc((size_t)width * height, 3)))
        die("no memory");
    m->width = width;
    m->height = height;
    m->options = *options;
    m->path = copy(path);
    m->options.codec = m->codec = copy(options->codec);
    m->options.pixel_format = m->pixel_format = copy(options->pixel_format);
    m->options.encoder_options = m->encoder_options = copy(options->encoder_options);
    m->rate = (AVRational){ 25, 1 };
    if (options->rate_num > 0 && options->rate_den > 0)
        m->rate = (AVRational){ options->rate_num, options->rate_den };
    m->last_pts = -1;
    return m;
}

/* The first picture decides the ticks: those of the rate, or milliseconds for times of one's own. */
static void start(struct media *m, bool own_times)
{
    if (m->file)
        return;
    m->own_times = own_times;
    check(avformat_alloc_output_context2(&m->file, NULL, NULL, m->path), m->path);
    open_encoder(m, &m->options);
    if (!(m->stream = avformat_new_stream(m->file, NULL)))
        die("no memory");
    check(avcodec_parameters_from_context(m->stream->codecpar, m->encoder), "parameters");
    m->stream->time_base = m->encoder->time_base;
    m->stream->avg_frame_rate = m->rate;
    m->stream->sample_aspect_ratio = m->encoder->sample_aspect_ratio;
    set_rotation(m->stream, m->options.rotation);
    if (!(m->file->oformat->flags & AVFMT_NOFILE))
        check(avio_open(&m->file->pb, m->path, AVIO_FLAG_WRITE), m->path);
    check(avformat_write_header(m->file, NULL), m->path);
    if (!(m->frame = av_frame_alloc()) || !(m->packet = av_packet_alloc()))
        die("no memory");
    m->frame->format = m->encoder->pix_fmt;
    m->frame->width = m->width;
    m->frame->height = m->height;
    check(av_frame_get_buffer(m->frame, 0), "frame");
}

uint8_t *media_pixels(struct media *m)
{
    return m->rgb;
}

void media_rect(struct media *m, int x, int y, int w, int h, uint32_t rgb)
{
    for (int row = y < 0 ? 0 : y; row < y + h && row < m->height; row++) {
        for (int column = x < 0 ? 0 : x; column < x + w && column < m->width; column++) {
            uint8_t *p = m->rgb + 3 * ((size_t)row * m->width + column);

            p[0] = rgb >> 16;
            p[1] = rgb >> 8;
            p[2] = rgb;
        }
    }
}

void media_fill(struct media *m, uint32_t rgb)
{
    media_rect(m, 0, 0, m->width, m->height, rgb);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

void media_noise(struct media *m, int amplitude, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;

    for (size_t i = 0; i < (size_t)m->width * m->height * 3; i++) {
        int v = m->rgb[i] + (int)(next_random(&state) % (2 * (unsigned)amplitude + 1)) - amplitude;

        m->rgb[i] = v < 0 ? 0 : v > 255 ? 255 : v;
    }
}

/* Rows of 5 bits from the top, most significant bit at the left. */
static const struct glyph {
    char letter;
    uint8_t rows[7];
} glyphs[] = {
    { '0', { 14, 17, 19, 21, 25, 17, 14 } }, { '1', { 4, 12, 4, 4, 4, 4, 14 } },
    { '2', { 14, 17, 1, 2, 4, 8, 31 } },     { '3', { 31, 2, 4, 2, 1, 17, 14 } },
    { '4', { 2, 6, 10, 18, 31, 2, 2 } },     { '5', { 31, 16, 30, 1, 1, 17, 14 } },
    { '6', { 6, 8, 16, 30, 17, 17, 14 } },   { '7', { 31, 1, 2, 4, 8, 8, 8 } },
    { '8', { 14, 17, 17, 14, 17, 17, 14 } }, { '9', { 14, 17, 17, 15, 1, 2, 12 } },
    { 'A', { 14, 17, 17, 31, 17, 17, 17 } }, { 'B', { 30, 17, 17, 30, 17, 17, 30 } },
    { 'C', { 14, 17, 16, 16, 16, 17, 14 } }, { 'D', { 28, 18, 17, 17, 17, 18, 28 } },
    { 'E', { 31, 16, 16, 30, 16, 16, 31 } }, { 'F', { 31, 16, 16, 30, 16, 16, 16 } },
    { 'G', { 14, 17, 16, 23, 17, 17, 15 } }, { 'H', { 17, 17, 17, 31, 17, 17, 17 } },
    { 'I', { 14, 4, 4, 4, 4, 4, 14 } },      { 'J', { 7, 2, 2, 2, 2, 18, 12 } },
    { 'K', { 17, 18, 20, 24, 20, 18, 17 } }, { 'L', { 16, 16, 16, 16, 16, 16, 31 } },
    { 'M', { 17, 27, 21, 21, 17, 17, 17 } }, { 'N', { 17, 25, 21, 19, 17, 17, 17 } },
    { 'O', { 14, 17, 17, 17, 17, 17, 14 } }, { 'P', { 30, 17, 17, 30, 16, 16, 16 } },
    { 'Q', { 14, 17, 17, 17, 21, 18, 13 } }, { 'R', { 30, 17, 17, 30, 20, 18, 17 } },
    { 'S', { 15, 16, 16, 14, 1, 1, 30 } },   { 'T', { 31, 4, 4, 4, 4, 4, 4 } },
    { 'U', { 17, 17, 17, 17, 17, 17, 14 } }, { 'V', { 17, 17, 17, 17, 17, 10, 4 } },
    { 'W', { 17, 17, 17, 21, 21, 27, 17 } }, { 'X', { 17, 17, 10, 4, 10, 17, 17 } },
    { 'Y', { 17, 17, 10, 4, 4, 4, 4 } },     { 'Z', { 31, 1, 2, 4, 8, 16, 31 } },
    { ':', { 0, 4, 4, 0, 4, 4, 0 } },        { '.', { 0, 0, 0, 0, 0, 12, 12 } },
    { '-', { 0, 0, 0, 31, 0, 0, 0 } },       { '/', { 1, 1, 2, 4, 8, 16, 16 } },
};

static const uint8_t *find_glyph(char letter)
{
    if (letter >= 'a' && letter <= 'z')
        letter += 'A' - 'a';
    for (size_t i = 0; i < sizeof glyphs / sizeof *glyphs; i++)
        if (glyphs[i].letter == letter)
            return glyphs[i].rows;
    return NULL;
}

void media_text(struct media *m, int x, int y, int scale, uint32_t rgb, const char *text)
{
    for (; *text; text++, x += 6 * scale) {
        const uint8_t *rows = find_glyph(*text);

        for (int row = 0; rows && row < 7; row++)
            for (int column = 0; column < 5; column++)
                if (rows[row] & 16 >> column)
                    media_rect(m, x + column * scale, y + row * scale, scale, scale, rgb);
    }
}

static void encode(struct media *m, AVFrame *frame)
{
    int code;

    check(avcodec_send_frame(m->encoder, frame), "encoding");
    while ((code = avcodec_receive_packet(m->encoder, m->packet)) >= 0) {
        if (!m->packet->duration)
            m->packet->duration = m->own_times ? 1000 * m->rate.den / m->rate.num : 1;
        av_packet_rescale_ts(m->packet, m->encoder->time_base, m->stream->time_base);
        m->packet->stream_index = m->stream->index;
        check(av_interleaved_write_frame(m->file, m->packet), "writing");
    }
    if (code != AVERROR(EAGAIN) && code != AVERROR_EOF)
        check(code, "encoding");
}

/* swscale makes no palettes: a fixed cube of 6x6x6 colours, exact at multiples of 51. */
static void write_palette(struct media *m)
{
    uint32_t *palette = (uint32_t *)(void *)m->frame->data[1];

    for (uint32_t i = 0; i < 256; i++)
        palette[i] = 0xFF000000u | (i < 216 ? i / 36 * 51 << 16 | i / 6 % 6 * 51 << 8 | i % 6 * 51 : 0);
    for (int y = 0; y < m->height; y++) {
        for (int x = 0; x < m->width; x++) {
            const uint8_t *p = m->rgb + 3 * ((size_t)y * m->width + x);

            m->frame->data[0][y * m->frame->linesize[0] + x] =
                (p[0] + 25) / 51 * 36 + (p[1] + 25) / 51 * 6 + (p[2] + 25) / 51;
        }
    }
}

static uint8_t with_parity(uint8_t byte)
{
    return __builtin_parity(byte & 0x7F) ? byte & 0x7F : byte | 0x80;
}

void media_caption(struct media *m, uint8_t first, uint8_t second)
{
    m->caption[0] = with_parity(first);
    m->caption[1] = with_parity(second);
}

/* Every picture has some, as in a broadcast: filling where there is nothing to say. */
static void attach_caption(struct media *m)
{
    AVFrameSideData *side;

    av_frame_remove_side_data(m->frame, AV_FRAME_DATA_A53_CC);
    if (!m->caption[0] && !m->caption[1])
        return;
    if (!(side = av_frame_new_side_data(m->frame, AV_FRAME_DATA_A53_CC, 3)))
        die("out of memory");
    side->data[0] = 0xFC;
    side->data[1] = m->caption[0];
    side->data[2] = m->caption[1];
    media_caption(m, 0, 0);
}

static void write_frame(struct media *m, int64_t pts)
{
    const uint8_t *planes[4] = { m->rgb };
    const int strides[4] = { 3 * m->width };

    if (pts <= m->last_pts)
        die("times must ascend, a millisecond apart at least");
    m->last_pts = pts;
    check(av_frame_make_writable(m->frame), "frame");
    if (m->encoder->pix_fmt == AV_PIX_FMT_PAL8)
        write_palette(m);
    else
        sws_scale(m->scaler, planes, strides, 0, m->height, m->frame->data, m->frame->linesize);
    m->frame->pts = pts;
    m->frame->color_range = m->encoder->color_range;
    m->frame->colorspace = m->encoder->colorspace;
    m->frame->sample_aspect_ratio = m->encoder->sample_aspect_ratio;
    attach_caption(m);
    encode(m, m->frame);
}

void media_write(struct media *m)
{
    start(m, false);
    write_frame(m, m->own_times ? m->last_pts + 1000 * m->rate.den / m->rate.num : m->last_pts + 1);
}

void media_write_at(struct media *m, int64_t time_us)
{
    start(m, true);
    write_frame(m, av_rescale_q(time_us, AV_TIME_BASE_Q, m->encoder->time_base));
}

void media_close(struct media **media)
{
    struct media *m = *media;

    if (!m)
        return;
    start(m, false);
    encode(m, NULL);
    check(av_write_trailer(m->file), "closing");
    if (!(m->file->oformat->flags & AVFMT_NOFILE))
        check(avio_closep(&m->file->pb), "closing");
    avformat_free_context(m->file);
    avcodec_free_context(&m->encoder);
    sws_freeContext(m->scaler);
    av_frame_free(&m->frame);
    av_packet_free(&m->packet);
    free(m->path);
    free(m->codec);
    free(m->pixel_format);
    free(m->encoder_options);
    free(m->rgb);
    free(m);
    *media = NULL;
}

static const char *still_codec(const char *path)
{
    static const struct {
        const char *ending, *codec;
    } codecs[] = { { ".png", "png" }, { ".jpg", "mjpeg" }, { ".jpeg", "mjpeg" }, { ".bmp", "bmp" }, { ".tiff", "tiff" },
                   { ".webp", "libwebp" }, { ".ppm", "ppm" } };
    const char *ending = strrchr(path, '.');

    for (size_t i = 0; ending && i < sizeof codecs / sizeof *codecs; i++)
        if (!strcmp(ending, codecs[i].ending))
            return codecs[i].codec;
    die("no still format for '%s'", path);
}

/* One packet of the encoder is the whole file in all of these formats. */
void media_still(const char *path, int width, int height, const uint8_t *rgb)
{
    struct media m = { .width = width, .height = height, .rate = { 1, 1 }, .last_pts = -1 };
    struct media_options options = { .codec = still_codec(path), .full_range = true };
    FILE *out = fopen(path, "wb");

    if (!strcmp(options.codec, "mjpeg"))
        options.encoder_options = "qmin=1:qmax=2", options.pixel_format = "yuvj444p";
    else if (strcmp(options.codec, "libwebp"))
        options.pixel_format = !strcmp(options.codec, "bmp") ? "bgr24" : "rgb24";
    else
        options.pixel_format = "bgra", options.encoder_options = "lossless=1";
    if (!out || avformat_alloc_output_context2(&m.file, NULL, "rawvideo", NULL) < 0)
        die("can't write '%s'", path);
    m.rgb = (uint8_t *)rgb;
    open_encoder(&m, &options);
    m.frame = av_frame_alloc();
    m.packet = av_packet_alloc();
    if (!m.frame || !m.packet)
        die("no memory");
    m.frame->format = m.encoder->pix_fmt;
    m.frame->width = width;
    m.frame->height = height;
    check(av_frame_get_buffer(m.frame, 0), "frame");
    sws_scale(m.scaler, (const uint8_t *const[]){ rgb, NULL, NULL, NULL }, (const int[]){ 3 * width, 0, 0, 0 }, 0, height,
              m.frame->data, m.frame->linesize);
    m.frame->pts = 0;
    check(avcodec_send_frame(m.encoder, m.frame), path);
    avcodec_send_frame(m.encoder, NULL);
    check(avcodec_receive_packet(m.encoder, m.packet), path);
    if (fwrite(m.packet->data, 1, m.packet->size, out) != (size_t)m.packet->size || fclose(out))
        die("can't write '%s'", path);
    avformat_free_context(m.file);
    avcodec_free_context(&m.encoder);
    sws_freeContext(m.scaler);
    av_frame_free(&m.frame);
    av_packet_free(&m.packet);
}

static uint32_t hash(uint32_t x, uint32_t y, uint32_t seed)
{
    uint32_t h = x * 374761393u + y * 668265263u + seed * 2246822519u;

    h = (h ^ h >> 13) * 1274126177u;
    return h ^ h >> 16;
}

/* Value noise of one cell size: the corners' random values, mixed in between. 0..255 */
static int cells(int x, int y, int size, uint32_t seed)
{
    int cx = x / size, cy = y / size, fx = x % size, fy = y % size;
    int a = hash(cx, cy, seed) & 255, b = hash(cx + 1, cy, seed) & 255;
    int c = hash(cx, cy + 1, seed) & 255, d = hash(cx + 1, cy + 1, seed) & 255;

    return ((a * (size - fx) + b * fx) * (size - fy) + (c * (size - fx) + d * fx) * fy) / (size * size);
}

uint32_t media_texture(int x, int y, uint32_t seed)
{
    uint32_t rgb = 0;

    x += 1 << 20; /* so that small negative places divide like the others */
    y += 1 << 20;
    for (uint32_t channel = 0; channel < 3; channel++) {
        int coarse = cells(x, y, 64, seed + 17 * channel);
        int fine = cells(x, y, 16, seed + 101), grain = cells(x, y, 4, seed + 202);
        int v = (coarse * 4 + fine * 3 + grain) / 8;

        rgb = rgb << 8 | (uint32_t)(32 + v * 3 / 4);
    }
    return rgb;
}
