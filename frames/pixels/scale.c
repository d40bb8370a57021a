/* From a part of a picture to samples of a given size, as displayed. */
#include "frames/pixels/scale.h"

#include <string.h>

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "frames/pixels/tonemap.h"

#define STEEPEST 100             /* times smaller in one step */
#define MIDWAY 8                 /* times larger than what is wanted, after the first of two */

void scaler_dispose(struct scaler *s)
{
    converter_dispose(&s->flatten);
    converter_dispose(&s->align);
    converter_dispose(&s->scale);
    tonemap_close(&s->tonemap);
}

static enum sc_status clip_crop(const struct picture *pic, struct sc_box *crop, struct sc_error *err)
{
    struct sc_box c = *crop;

    if (!c.w || !c.h)
        c = (struct sc_box){ 0, 0, pic->width, pic->height };
    if (c.x < 0) {
        c.w += c.x;
        c.x = 0;
    }
    if (c.y < 0) {
        c.h += c.y;
        c.y = 0;
    }
    if (c.w <= 0 || c.h <= 0 || c.x >= pic->width || c.y >= pic->height)
        return fail(err, SC_ERR_INVALID, "crop '%d,%d,%d,%d' lies outside the picture of %dx%d", crop->x, crop->y,
                    crop->w, crop->h, pic->width, pic->height);
    c.w = c.w < pic->width - c.x ? c.w : pic->width - c.x;
    c.h = c.h < pic->height - c.y ? c.h : pic->height - c.y;
    *crop = c;
    return SC_OK;
}

/* Can plane pointers be moved to any multiple of the chroma subsampling? */
static bool can_point_into(const AVPixFmtDescriptor *d)
{
    return !(d->flags & (AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL)) && d->comp[0].depth >= 8 &&
           (d->flags & AV_PIX_FMT_FLAG_PLANAR || !(d->log2_chroma_w || d->log2_chroma_h));
}

/* A frame that shows the box of f's planes; box.x and y are multiples of the chroma subsampling. */
static void point_into(AVFrame *f, struct sc_box box)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    int steps[4], plane;

    av_image_fill_max_pixsteps(steps, NULL, d);
    for (plane = 0; plane < 4 && f->data[plane]; plane++) {
        const bool chroma = plane == 1 || plane == 2;
        const int x = chroma ? box.x >> d->log2_chroma_w : box.x, y = chroma ? box.y >> d->log2_chroma_h : box.y;

        f->data[plane] += (ptrdiff_t)y * f->linesize[plane] + (ptrdiff_t)x * steps[plane];
    }
    f->width = box.w;
    f->height = box.h;
}

/* Make *f a frame that shows just the box, converting to full chroma where pointers can't do it. */
static enum sc_status crop_frame(struct scaler *s, AVFrame **f, struct sc_box box, struct sc_error *err)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((*f)->format);
    const int odd_x = box.x & ((1 << d->log2_chroma_w) - 1), odd_y = box.y & ((1 << d->log2_chroma_h) - 1);
    const bool deep = d->comp[0].depth > 8;
    enum sc_status status;
    AVFrame *whole;

    if (box.w == (*f)->width && box.h == (*f)->height)
        return SC_OK;
    if (can_point_into(d)) {
        point_into(*f, (struct sc_box){ box.x - odd_x, box.y - odd_y, box.w + odd_x, box.h + odd_y });
        box.x = odd_x;
        box.y = odd_y;
        if (!odd_x && !odd_y)
            return SC_OK;
    }
    whole = convert_new_frame((*f)->width, (*f)->height, deep ? AV_PIX_FMT_GBRP16 : AV_PIX_FMT_GBRP);
    if (!whole)
        return fail_memory(err);
    whole->color_trc = (*f)->color_trc;
    status = convert(&s->align, *f, whole, err);
    av_frame_free(f);
    *f = whole;
    if (!status)
        point_into(whole, box);
    return status;
}

/* libswscale's filters have a largest size: very long and narrow pictures become shorter in a step of their own. */
static enum sc_status shorten(struct scaler *s, AVFrame **f, int w, int h, struct sc_error *err)
{
    const bool deep = av_pix_fmt_desc_get((*f)->format)->comp[0].depth > 8;
    const int mid_w = (*f)->width / STEEPEST > w ? MIDWAY * w : (*f)->width;
    const int mid_h = (*f)->height / STEEPEST > h ? MIDWAY * h : (*f)->height;
    enum sc_status status;
    AVFrame *shorter;

    if (mid_w == (*f)->width && mid_h == (*f)->height)
        return SC_OK;
    shorter = convert_new_frame(mid_w, mid_h, deep ? AV_PIX_FMT_GBRP16 : AV_PIX_FMT_GBRP);
    if (!shorter)
        return fail_memory(err);
    status = convert(&s->align, *f, shorter, err);
    av_frame_free(f);
    *f = shorter;
    return status;
}

/* Mirror, then turn clockwise from in's plane (as coded) to out's (as displayed). */
static void place(const struct picture *pic, const uint8_t *in, ptrdiff_t stride, int w, int h, uint8_t *out,
                  const struct surface *s)
{
    int x, y;

    for (y = 0; y < s->height; y++, out += s->stride)
        for (x = 0; x < s->width; x++) {
            int sx = x, sy = y;

            switch (pic->turns & 3) {
            case 1: sx = y, sy = h - 1 - x; break;
            case 2: sx = w - 1 - x, sy = h - 1 - y; break;
            case 3: sx = w - 1 - y, sy = x; break;
            }
            out[x] = in[sy * stride + (pic->mirror ? w - 1 - sx : sx)];
        }
}

static void place_all(const struct picture *pic, const AVFrame *f, struct surface *out)
{
    static const int gbr_order[3] = { 2, 0, 1 };
    int k, y;

    for (k = 0; k < 3; k++) {
        const int plane = out->rgb ? gbr_order[k] : k;
        const uint8_t *in = f->data[plane];

        if (pic->turns & 3 || pic->mirror)
            place(pic, in, f->linesize[plane], f->width, f->height, out->plane[k], out);
        else
            for (y = 0; y < out->height; y++)
                memcpy(out->plane[k] + y * out->stride, in + (ptrdiff_t)y * f->linesize[plane], (size_t)out->width);
    }
}

/* 16-bit R'G'B' of high dynamic range in *f to 8-bit planes of the same order. */
static enum sc_status map_tones(struct scaler *s, const AVFrame *source, AVFrame **f, struct sc_error *err)
{
    AVFrame *low = convert_new_frame((*f)->width, (*f)->height, AV_PIX_FMT_GBRP);
    enum sc_status status = low ? tonemap_open(&s->tonemap, source, err) : fail_memory(err);

    if (!status) {
        struct surface to = { low->width, low->height, low->linesize[0], true,
                              { low->data[2], low->data[0], low->data[1] } };

        tonemap_apply(s->tonemap, *f, &to);
        av_frame_free(f);
        *f = low;
        return SC_OK;
    }
    av_frame_free(&low);
    return status;
}

enum sc_status scale_picture(struct scaler *s, const struct picture *pic, struct sc_box crop, struct surface *out,
                             struct sc_error *err)
{
    const bool hdr = tonemap_is_needed(pic->av), wants_yuv = !out->rgb;
    const int w = pic->turns & 1 ? out->height : out->width, h = pic->turns & 1 ? out->width : out->height;
    AVFrame *source = NULL, *scaled = NULL;
    enum sc_status status;

    if ((status = clip_crop(pic, &crop, err)))
        return status;
    if (convert_has_alpha(pic->av))
        status = convert_flatten(&s->flatten, pic->av, pic->background_rgb, &source, err);
    else if (!(source = av_frame_clone(pic->av)))
        status = fail_memory(err);
    if (status || (status = crop_frame(s, &source, picture_to_coded(pic, crop), err)) ||
        (status = shorten(s, &source, w, h, err)))
        goto done;
    scaled = convert_new_frame(w, h, hdr ? AV_PIX_FMT_GBRP16 : out->rgb ? AV_PIX_FMT_GBRP : AV_PIX_FMT_YUV444P);
    if (!scaled) {
        status = fail_memory(err);
        goto done;
    }
    if ((status = convert(&s->scale, source, scaled, err)) ||
        (hdr && (status = map_tones(s, pic->av, &scaled, err))))
        goto done;
    out->rgb = hdr || out->rgb;
    place_all(pic, scaled, out);
    if (hdr && wants_yuv)
        surface_to_yuv(out);
done:
    av_frame_free(&scaled);
    av_frame_free(&source);
    return status;
}
