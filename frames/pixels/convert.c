/* libswscale kept behind two calls. */
#include "frames/pixels/convert.h"

#include <string.h>

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

bool convert_is_full_range(const AVFrame *in)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(in->format);

    switch (in->format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
        return true;
    }
    return in->color_range == AVCOL_RANGE_JPEG || (d && d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL));
}

int convert_matrix(const AVFrame *in)
{
    switch (in->colorspace) {
    case AVCOL_SPC_BT709: return SWS_CS_ITU709;
    case AVCOL_SPC_FCC: return SWS_CS_FCC;
    case AVCOL_SPC_SMPTE240M: return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return SWS_CS_BT2020;
    case AVCOL_SPC_UNSPECIFIED: return in->height > 576 ? SWS_CS_ITU709 : SWS_CS_ITU601;
    default: return SWS_CS_ITU601;
    }
}

bool convert_has_alpha(const AVFrame *in)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(in->format);

    return d && d->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL);
}

AVFrame *convert_new_frame(int width, int height, int format)
{
    AVFrame *f = av_frame_alloc();

    if (!f)
        return NULL;
    f->width = width;
    f->height = height;
    f->format = format;
    f->color_range = AVCOL_RANGE_JPEG;
    f->colorspace = AVCOL_SPC_SMPTE170M;
    if (av_frame_get_buffer(f, 0) < 0)
        av_frame_free(&f);
    return f;
}

void converter_dispose(struct converter *c)
{
    sws_freeContext(c->sws);
    *c = (struct converter){ 0 };
}

/* Horizontal place of the chroma samples in 1/256 luma pixel for libswscale; -513: its default. */
static int chroma_place(const AVFrame *in)
{
    switch (in->chroma_location) {
    case AVCHROMA_LOC_LEFT:
    case AVCHROMA_LOC_TOPLEFT: return 0;
    case AVCHROMA_LOC_CENTER:
    case AVCHROMA_LOC_TOP: return 128;
    default: return -513;
    }
}

static struct convert_shape shape_of(const AVFrame *in, const AVFrame *out)
{
    struct convert_shape s;
    bool smaller = out->width < in->width || out->height < in->height;

    memset(&s, 0, sizeof s);
    s.src_w = in->width;
    s.src_h = in->height;
    s.src_format = in->format;
    s.src_matrix = convert_matrix(in);
    s.src_full = convert_is_full_range(in);
    s.src_chroma = chroma_place(in);
    s.dst_w = out->width;
    s.dst_h = out->height;
    s.dst_format = out->format;
    s.flags = SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT;
    s.flags |= smaller ? SWS_AREA : SWS_BICUBIC;
    return s;
}

static bool set_options(struct SwsContext *sws, const struct convert_shape *s)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(s->src_format);
    bool chroma = d && d->log2_chroma_w == 1;

    return av_opt_set_int(sws, "srcw", s->src_w, 0) >= 0 && av_opt_set_int(sws, "srch", s->src_h, 0) >= 0 &&
           av_opt_set_int(sws, "src_format", s->src_format, 0) >= 0 &&
           av_opt_set_int(sws, "dstw", s->dst_w, 0) >= 0 && av_opt_set_int(sws, "dsth", s->dst_h, 0) >= 0 &&
           av_opt_set_int(sws, "dst_format", s->dst_format, 0) >= 0 &&
           av_opt_set_int(sws, "sws_flags", s->flags, 0) >= 0 &&
           (!chroma || av_opt_set_int(sws, "src_h_chr_pos", s->src_chroma, 0) >= 0);
}

static enum sc_status prepare(struct converter *c, const struct convert_shape *s, struct sc_error *err)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(s->src_format);
    const int one = 1 << 16;

    if (c->sws && !memcmp(&c->shape, s, sizeof *s))
        return SC_OK;
    converter_dispose(c);
    if (!d || !sws_isSupportedInput(s->src_format))
        return fail(err, SC_ERR_FORMAT, "pixel format '%s' can't be converted", d ? d->name : "unknown");
    c->sws = sws_alloc_context();
    if (!c->sws)
        return fail_memory(err);
    if (!set_options(c->sws, s))
        return fail(err, SC_ERR_FORMAT, "can't scale %dx%d to %dx%d", s->src_w, s->src_h, s->dst_w, s->dst_h);
    if (sws_init_context(c->sws, NULL, NULL) < 0)
        return fail(err, SC_ERR_FORMAT, "can't scale %dx%d of '%s' to %dx%d", s->src_w, s->src_h, d->name, s->dst_w,
                    s->dst_h);
    sws_setColorspaceDetails(c->sws, sws_getCoefficients(s->src_matrix), s->src_full,
                             sws_getCoefficients(SWS_CS_ITU601), 1, 0, one, one);
    c->shape = *s;
    return SC_OK;
}

enum sc_status convert(struct converter *c, const AVFrame *in, AVFrame *out, struct sc_error *err)
{
    struct convert_shape shape = shape_of(in, out);
    enum sc_status s = prepare(c, &shape, err);

    if (s) {
        converter_dispose(c);
        return s;
    }
    if (sws_scale(c->sws, (const uint8_t *const *)in->data, in->linesize, 0, in->height, out->data,
                  out->linesize) != out->height)
        return fail(err, SC_ERR_FORMAT, "can't convert a picture of %dx%d", in->width, in->height);
    return SC_OK;
}

static void lay_over(AVFrame *rgba, uint32_t background_rgb)
{
    const int ground[3] = { background_rgb >> 16 & 255, background_rgb >> 8 & 255, background_rgb & 255 };
    int x, y, k;

    for (y = 0; y < rgba->height; y++) {
        uint8_t *at = rgba->data[0] + (ptrdiff_t)y * rgba->linesize[0];

        for (x = 0; x < rgba->width; x++, at += 4)
            for (k = 0; k < 3 && at[3] != 255; k++)
                at[k] = (uint8_t)((at[k] * at[3] + ground[k] * (255 - at[3]) + 127) / 255);
    }
    rgba->format = AV_PIX_FMT_RGB0;
}

enum sc_status convert_flatten(struct converter *c, const AVFrame *in, uint32_t background_rgb, AVFrame **out,
                               struct sc_error *err)
{
    enum sc_status s;

    *out = convert_new_frame(in->width, in->height, AV_PIX_FMT_RGBA);
    if (!*out)
        return fail_memory(err);
    s = convert(c, in, *out, err);
    if (s) {
        av_frame_free(out);
        return s;
    }
    lay_over(*out, background_rgb);
    return SC_OK;
}
