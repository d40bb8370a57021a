/* Geometry, orientation and colour of decoded frames. */
#include "decode/frame.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <libavutil/avutil.h>
#include <libavutil/pixdesc.h>

/* Sample aspect ratios beyond this are taken for nonsense and ignored. */
#define MAX_STRETCH 16

struct orientation orientation_from_exif(int exif)
{
    static const struct orientation table[9] = {
        [2] = { 0, true }, [3] = { 2, false }, [4] = { 2, true }, [5] = { 3, true },
        [6] = { 1, false }, [7] = { 1, true }, [8] = { 3, false },
    };

    return exif >= 1 && exif <= 8 ? table[exif] : table[1];
}

struct orientation orientation_from_matrix(const int32_t matrix[9])
{
    /* x' = ax + cy, y' = bx + dy, y pointing down: the image of (1, 0) tells the clockwise turn. */
    double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    struct orientation o = { 0, a * d - b * c < 0 };

    if (o.mirror) {
        a = -a;
        b = -b;
    }
    if (a != 0 || b != 0)
        o.turns = (int)lround(atan2(b, a) / M_PI_2) & 3;
    return o;
}

/* Stretch up the shorter side, never shrink, so that no sample is lost. */
static void stretch(int *width, int *height, AVRational aspect)
{
    double r = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1;

    if (r > MAX_STRETCH || r < 1.0 / MAX_STRETCH)
        return;
    if (r > 1)
        *width = (int)lround(fmin(*width * r, INT32_MAX / 2));
    else
        *height = (int)lround(fmin(*height / r, INT32_MAX / 2));
}

struct picture *picture_from_frame(AVFrame **frame, struct orientation o, int64_t time_us)
{
    struct picture *p = calloc(1, sizeof *p);

    if (!p) {
        av_frame_free(frame);
        return NULL;
    }
    frame_guess_colour(*frame);
    p->av = *frame;
    *frame = NULL;
    p->time_us = time_us;
    p->turns = o.turns;
    p->mirror = o.mirror;
    p->width = p->av->width;
    p->height = p->av->height;
    stretch(&p->width, &p->height, p->av->sample_aspect_ratio);
    if (o.turns & 1) {
        int width = p->width;

        p->width = p->height;
        p->height = width;
    }
    p->background_rgb = 0xFFFFFF;
    p->flags = (frame_is_key(p->av) ? PICTURE_KEY : 0) | (frame_is_damaged(p->av) ? PICTURE_DAMAGED : 0) |
               (frame_is_interlaced(p->av) ? PICTURE_INTERLACED : 0);
    return p;
}

static bool is_full_range_format(enum AVPixelFormat format)
{
    switch (format) {
    case AV_PIX_FMT_YUVJ420P: case AV_PIX_FMT_YUVJ422P: case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P: case AV_PIX_FMT_YUVJ411P: return true;
    default: return false;
    }
}

void frame_guess_colour(AVFrame *f)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    bool rgb = d && (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL));
    bool hd = f->height >= 720;

    if (rgb)
        f->colorspace = AVCOL_SPC_RGB;
    else if (f->colorspace == AVCOL_SPC_UNSPECIFIED || f->colorspace == AVCOL_SPC_RESERVED ||
             f->colorspace == AVCOL_SPC_RGB)
        f->colorspace = f->color_primaries == AVCOL_PRI_BT2020 ? AVCOL_SPC_BT2020_NCL
                        : hd                                  ? AVCOL_SPC_BT709
                                                              : AVCOL_SPC_SMPTE170M;
    if (rgb || is_full_range_format(f->format))
        f->color_range = AVCOL_RANGE_JPEG;
    else if (f->color_range == AVCOL_RANGE_UNSPECIFIED) /* gray is full range for swscale, whatever is said to it */
        f->color_range = d && d->nb_components <= 2 ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    if (f->color_primaries == AVCOL_PRI_UNSPECIFIED || f->color_primaries == AVCOL_PRI_RESERVED)
        f->color_primaries = f->colorspace == AVCOL_SPC_BT2020_NCL || f->colorspace == AVCOL_SPC_BT2020_CL
                                 ? AVCOL_PRI_BT2020
                             : rgb || f->colorspace == AVCOL_SPC_BT709 ? AVCOL_PRI_BT709
                                                                       : AVCOL_PRI_SMPTE170M;
    if (f->color_trc == AVCOL_TRC_UNSPECIFIED || f->color_trc == AVCOL_TRC_RESERVED)
        f->color_trc = rgb ? AVCOL_TRC_IEC61966_2_1 : AVCOL_TRC_BT709;
}

char *frame_colour_name(const AVFrame *f, char out[64])
{
    const char *matrix = av_color_space_name(f->colorspace);
    const char *light = f->color_trc == AVCOL_TRC_SMPTE2084      ? "pq"
                        : f->color_trc == AVCOL_TRC_ARIB_STD_B67 ? "hlg"
                                                                 : "sdr";

    if (f->colorspace == AVCOL_SPC_RGB)
        matrix = "rgb";
    else if (f->colorspace == AVCOL_SPC_SMPTE170M || f->colorspace == AVCOL_SPC_BT470BG)
        matrix = "bt601";
    else if (f->colorspace == AVCOL_SPC_BT2020_NCL || f->colorspace == AVCOL_SPC_BT2020_CL)
        matrix = "bt2020";
    snprintf(out, 64, "%s/%s/%s", matrix ? matrix : "unknown",
             f->color_range == AVCOL_RANGE_JPEG ? "full" : "limited", light);
    return out;
}

bool frame_is_key(const AVFrame *f)
{
#ifdef AV_FRAME_FLAG_KEY
    return f->flags & AV_FRAME_FLAG_KEY;
#else
    return f->key_frame;
#endif
}

bool frame_is_interlaced(const AVFrame *f)
{
#ifdef AV_FRAME_FLAG_INTERLACED
    return f->flags & AV_FRAME_FLAG_INTERLACED;
#else
    return f->interlaced_frame;
#endif
}

bool frame_is_damaged(const AVFrame *f)
{
    return (f->flags & AV_FRAME_FLAG_CORRUPT) || f->decode_error_flags;
}

/* Three bytes each: flags and the field in the low bits of the first, then two with odd parity. Source: CTA-708, 4.3. */
bool frame_has_captions(const AVFrame *frame)
{
    const AVFrameSideData *side = av_frame_get_side_data(frame, AV_FRAME_DATA_A53_CC);

    for (size_t i = 0; side && i + 3 <= side->size; i += 3) {
        const uint8_t *at = side->data + i;

        if ((at[0] & 4) && (at[0] & 3) < 2 && ((at[1] & 0x7F) || (at[2] & 0x7F)))
            return true;
    }
    return false;
}
