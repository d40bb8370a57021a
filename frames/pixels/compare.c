/* Two pictures themselves, compared. */
#include "frames/pixels/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "frames/pixels/light.h"
#include "frames/pixels/regions.h"
#include "frames/pixels/scale.h"
#include "frames/pixels/shift.h"

#define WORKING_SIDE 1920        /* larger pictures are compared at this size */
#define LIGHT_ERROR 0.05         /* what is left of light that was taken out, as a share of it */

/* Everything at the working size. */
struct comparer {
    struct scaler scaler;
    struct surface a, b;         /* as they are */
    struct surface lit;          /* a in the light of b */
    struct surface moved;        /* b where a has it */
    struct surface dimmed;       /* moved in the light of a */
    const struct surface *left, *right; /* what is compared */
    struct light light;
    int dx, dy;
    struct residue residue;
    struct region regions[COMPARE_MAX_REGIONS];
    int n_regions;
    uint8_t *mask;
};

/* ---- identical ---- */

static bool planes_equal(const AVFrame *a, const AVFrame *b)
{
    const int planes = av_pix_fmt_count_planes(a->format);
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(a->format);
    int k, y;

    for (k = 0; k < planes; k++) {
        const int bytes = av_image_get_linesize(a->format, a->width, k);
        const int rows = k == 1 || k == 2 ? AV_CEIL_RSHIFT(a->height, d->log2_chroma_h) : a->height;

        for (y = 0; y < rows; y++)
            if (bytes < 0 || memcmp(a->data[k] + (ptrdiff_t)y * a->linesize[k],
                                    b->data[k] + (ptrdiff_t)y * b->linesize[k], (size_t)bytes))
                return false;
    }
    return !(d->flags & AV_PIX_FMT_FLAG_PAL) || !memcmp(a->data[1], b->data[1], AVPALETTE_SIZE);
}

static bool are_identical(const struct picture *a, const struct picture *b)
{
    const AVFrame *x = a->av, *y = b->av;

    return a->width == b->width && a->height == b->height && a->turns == b->turns && a->mirror == b->mirror &&
           x->format == y->format && x->width == y->width && x->height == y->height &&
           x->color_range == y->color_range && x->colorspace == y->colorspace && x->color_trc == y->color_trc &&
           (!convert_has_alpha(x) || a->background_rgb == b->background_rgb) && planes_equal(x, y);
}

/* ---- bringing them together ---- */

static enum sc_status copy_surface(struct surface *out, const struct surface *in, struct sc_error *err)
{
    enum sc_status s = surface_make(out, in->width, in->height, in->rgb, 0, err);

    if (!s)
        memcpy(out->plane[0], in->plane[0], 3 * (size_t)in->width * (size_t)in->height);
    return s;
}

static enum sc_status load(struct comparer *c, const struct picture *a, const struct picture *b, struct sc_error *err)
{
    const struct sc_box whole = { 0 };
    const int longer = a->width > a->height ? a->width : a->height;
    const double scale = longer > WORKING_SIDE ? (double)WORKING_SIDE / longer : 1;
    const int w = (int)fmax(1, a->width * scale + 0.5), h = (int)fmax(1, a->height * scale + 0.5);
    enum sc_status s;

    if ((s = surface_make(&c->a, w, h, false, 0, err)) || (s = surface_make(&c->b, w, h, false, 0, err)) ||
        (s = scale_picture(&c->scaler, a, whole, &c->a, err)) || (s = scale_picture(&c->scaler, b, whole, &c->b, err)))
        return s;
    return copy_surface(&c->lit, &c->a, err);
}

/* in moved back by dx, dy; what comes in from outside repeats the border. */
static void move(const struct surface *in, int dx, int dy, struct surface *out)
{
    int k, x, y;

    for (k = 0; k < 3; k++)
        for (y = 0; y < in->height; y++) {
            const int sy = y + dy < 0 ? 0 : y + dy >= in->height ? in->height - 1 : y + dy;
            const uint8_t *from = in->plane[k] + sy * in->stride;
            uint8_t *to = out->plane[k] + y * out->stride;

            for (x = 0; x < in->width; x++)
                to[x] = from[x + dx < 0 ? 0 : x + dx >= in->width ? in->width - 1 : x + dx];
        }
}

/* Where a and the moved b both show something. */
static struct sc_box common(const struct comparer *c)
{
    struct sc_box box = { c->dx < 0 ? -c->dx : 0, c->dy < 0 ? -c->dy : 0, c->a.width - abs(c->dx),
                          c->a.height - abs(c->dy) };

    return box;
}

static enum sc_status align(struct comparer *c, struct sc_error *err)
{
    enum sc_status s;

    if ((s = light_find(&c->a, &c->b, &c->light, err)) || (s = light_take_out(&c->light, &c->lit, &c->b, err)) ||
        (s = shift_find(&c->lit, &c->b, &c->dx, &c->dy, err)) || (s = copy_surface(&c->moved, &c->b, err)))
        return s;
    if (!c->dx && !c->dy)
        return SC_OK;
    move(&c->b, c->dx, c->dy, &c->moved);
    memcpy(c->lit.plane[0], c->a.plane[0], 3 * (size_t)c->a.width * (size_t)c->a.height);
    if ((s = light_find(&c->a, &c->moved, &c->light, err)))
        return s;
    return light_take_out(&c->light, &c->lit, &c->moved, err);
}

/* On a screen nothing is too bright to be seen: white that stays white while the rest becomes brighter is something
 * else. The brighter picture is shown in the light of the other one, so that nothing is cut off. */
static enum sc_status choose_sides(struct comparer *c, struct sc_error *err)
{
    struct light back;
    enum sc_status s;

    c->left = &c->lit;
    c->right = &c->moved;
    if (!c->light.drawn || (c->light.changed && c->light.gain <= 1))
        return SC_OK;
    if ((s = light_find(&c->moved, &c->a, &back, err)) || !back.drawn || !back.changed || back.gain >= 1)
        return s;
    c->light.gain = 1 / back.gain;
    c->light.offset = -back.offset / back.gain;
    c->left = &c->a;
    c->right = &c->dimmed;
    if ((s = copy_surface(&c->dimmed, &c->moved, err)))
        return s;
    return light_take_out(&back, &c->dimmed, &c->a, err);
}

static double mean_correction(const struct comparer *c)
{
    const struct surface *from = c->right == &c->dimmed ? &c->moved : &c->a;
    const struct surface *to = c->right == &c->dimmed ? &c->dimmed : &c->lit;
    int64_t sum = 0;
    int x, y;

    for (y = 0; y < from->height; y++)
        for (x = 0; x < from->width; x++)
            sum += abs(from->plane[0][y * from->stride + x] - to->plane[0][y * to->stride + x]);
    return (double)sum / ((double)from->width * from->height);
}

/* ---- the answer ---- */

/* The part of displayed pixels to look at, in pixels of the working size. */
static struct sc_box to_working(const struct comparer *c, const struct picture *a, struct sc_box box)
{
    const struct sc_box valid = common(c);
    int64_t x0 = valid.x, y0 = valid.y, x1 = (int64_t)valid.x + valid.w, y1 = (int64_t)valid.y + valid.h;

    if (box.w > 0 && box.h > 0) {
        const int64_t w = c->a.width, h = c->a.height;
        const int64_t left = box.x * w / a->width, right = ((int64_t)box.x + box.w) * w / a->width;
        const int64_t top = box.y * h / a->height, bottom = ((int64_t)box.y + box.h) * h / a->height;

        x0 = left > x0 ? left : x0;
        y0 = top > y0 ? top : y0;
        x1 = right < x1 ? right : x1;
        y1 = bottom < y1 ? bottom : y1;
    }
    return (struct sc_box){ (int)x0, (int)y0, (int)(x1 > x0 ? x1 - x0 : 0), (int)(y1 > y0 ? y1 - y0 : 0) };
}

static struct sc_box to_displayed(const struct comparer *c, const struct picture *a, struct sc_box box)
{
    const int x1 = (int)(((int64_t)(box.x + box.w) * a->width + c->a.width - 1) / c->a.width);
    const int y1 = (int)(((int64_t)(box.y + box.h) * a->height + c->a.height - 1) / c->a.height);
    struct sc_box out = { (int)((int64_t)box.x * a->width / c->a.width),
                          (int)((int64_t)box.y * a->height / c->a.height), 0, 0 };

    out.w = x1 - out.x;
    out.h = y1 - out.y;
    return out;
}

/* Mean colour of the changed pixels of region i, as the pictures are. */
static void mean_colour(const struct comparer *c, const struct surface *s, int i, uint8_t out[3])
{
    const struct sc_box box = c->regions[i].box;
    int64_t sum[3] = { 0 }, n = 0;
    int x, y, k;

    for (y = box.y; y < box.y + box.h; y++)
        for (x = box.x; x < box.x + box.w; x++)
            if (c->mask[(size_t)y * (size_t)s->width + (size_t)x] == i + 1) {
                for (k = 0; k < 3; k++)
                    sum[k] += s->plane[k][y * s->stride + x];
                n++;
            }
    for (k = 0; k < 3; k++)
        out[k] = (uint8_t)(n ? (sum[k] + n / 2) / n : 128);
}

static enum sc_status fill(struct comparer *c, const struct picture *a, struct sc_comparison *out, struct sc_error *err)
{
    const double pixels = (double)c->a.width * c->a.height;
    int i;

    out->light_gain = c->light.gain;
    out->light_offset = c->light.offset;
    out->shift_x = (int)lround((double)c->dx * a->width / c->a.width);
    out->shift_y = (int)lround((double)c->dy * a->height / c->a.height);
    out->changed = c->n_regions > 0;
    out->regions = calloc((size_t)c->n_regions + 1, sizeof *out->regions);
    if (!out->regions)
        return fail_memory(err);
    for (i = 0; i < c->n_regions; i++) {
        const struct region *from = &c->regions[i];
        struct sc_region *to = &out->regions[i];

        to->box = to_displayed(c, a, from->box);
        to->share = (double)from->box.w * from->box.h / pixels;
        to->score = from->score;
        to->kind = from->kind;
        mean_colour(c, &c->a, i, to->yuv_before);
        mean_colour(c, &c->moved, i, to->yuv_after);
        out->share += from->n_changed / pixels;
        out->score = fmax(out->score, from->score);
    }
    out->n_regions = c->n_regions;
    return SC_OK;
}

static void comparer_dispose(struct comparer *c)
{
    scaler_dispose(&c->scaler);
    surface_dispose(&c->a);
    surface_dispose(&c->b);
    surface_dispose(&c->lit);
    surface_dispose(&c->moved);
    surface_dispose(&c->dimmed);
    residue_dispose(&c->residue);
    free(c->mask);
}

static enum sc_status compare(struct comparer *c, const struct picture *a, const struct picture *b,
                              const struct compare_settings *settings, struct sc_comparison *out, struct sc_error *err)
{
    struct residue_settings how = { .sensitivity = settings->sensitivity > 0 ? settings->sensitivity : 1 };
    enum sc_status s;

    if ((s = load(c, a, b, err)) || (s = align(c, err)) || (s = choose_sides(c, err)))
        return s;
    how.drawn = c->light.drawn;
    how.slack = (float)(LIGHT_ERROR * mean_correction(c));
    if ((s = residue_find(&c->residue, c->left, c->right, &how, err)) ||
        (s = regions_find(c->regions, COMPARE_MAX_REGIONS, &c->n_regions, &c->mask, &c->residue, c->left,
                          c->right, to_working(c, a, settings->within), err)))
        return s;
    return fill(c, a, out, err);
}

enum sc_status compare_pictures(const struct picture *a, const struct picture *b,
                                const struct compare_settings *settings, struct sc_comparison *out,
                                struct sc_error *err)
{
    struct comparer *c;
    enum sc_status s;

    *out = (struct sc_comparison){ .light_gain = 1 };
    out->identical = are_identical(a, b);
    if (out->identical)
        return SC_OK;
    c = calloc(1, sizeof *c);
    if (!c)
        return fail_memory(err);
    s = compare(c, a, b, settings, out, err);
    comparer_dispose(c);
    free(c);
    return s;
}
