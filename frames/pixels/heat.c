/* Change maps: blocks coloured by how much they differ, over the picture in gray. */
#include "frames/pixels/heat.h"

#include <math.h>
#include <stdlib.h>

#include "frames/pixels/compare.h"
#include "frames/pixels/scale.h"

#define BLOCK 8                  /* map pixels */
#define LEAST 6.0                /* levels: what noise and compression do to the mean of a block */
#define MOST 64.0                /* levels: as hot as it gets */
#define DIM 0.45                 /* of the gray */
#define COVER 0.8                /* of a coloured pixel is colour, the rest gray */

/* Viridis in five steps: N. Smith, S. van der Walt (2015). Ascends in lightness, also for the colour-blind. */
static const uint8_t colours[][3] = { { 68, 1, 84 }, { 59, 82, 139 }, { 33, 145, 140 }, { 94, 201, 98 },
                                      { 253, 231, 37 } };
#define N_COLOURS (int)(sizeof colours / sizeof *colours)

static void colour_of(double part, double out[3])
{
    const double at = part * (N_COLOURS - 1);
    const int i = at >= N_COLOURS - 2 ? N_COLOURS - 2 : (int)at;
    int k;

    for (k = 0; k < 3; k++)
        out[k] = colours[i][k] + (at - i) * (colours[i + 1][k] - colours[i][k]);
}

struct heat {
    struct surface a, b;         /* Y'CbCr */
    double gain, offset;         /* a in the light of b */
    struct sc_box within;        /* map pixels */
};

/* Mean difference of one block, levels of the plane that differs most. */
static double block_heat(const struct heat *h, int x0, int y0, int x1, int y1)
{
    double sum[3] = { 0 };
    int x, y, k;

    for (k = 0; k < 3; k++)
        for (y = y0; y < y1; y++)
            for (x = x0; x < x1; x++) {
                const double a = h->a.plane[k][y * h->a.stride + x], b = h->b.plane[k][y * h->b.stride + x];

                sum[k] += fabs(b - (k ? a : h->gain * a + h->offset));
            }
    return fmax(sum[0], fmax(sum[1], sum[2])) / ((x1 - x0) * (y1 - y0));
}

static void paint_block(const struct heat *h, struct surface *out, int x0, int y0, int x1, int y1)
{
    const double heat = block_heat(h, x0, y0, x1, y1);
    const bool inside = x0 < h->within.x + h->within.w && x1 > h->within.x && y0 < h->within.y + h->within.h &&
                        y1 > h->within.y;
    const double cover = inside && heat > LEAST ? COVER : 0;
    double colour[3];
    int x, y, k;

    colour_of(fmin(1, sqrt(fmax(0, heat - LEAST) / (MOST - LEAST))), colour);
    for (y = y0; y < y1; y++)
        for (x = x0; x < x1; x++) {
            const double gray = DIM * h->b.plane[0][y * h->b.stride + x];

            for (k = 0; k < 3; k++)
                out->plane[k][y * out->stride + x] = (uint8_t)(gray + cover * (colour[k] - gray) + 0.5);
        }
}

static enum sc_status find_light(struct heat *h, const struct picture *before, const struct picture *shown,
                                 struct sc_box within, struct sc_error *err)
{
    const struct compare_settings settings = { .within = within };
    struct sc_comparison c = { 0 };
    enum sc_status s = compare_pictures(before, shown, &settings, &c, err);

    h->gain = c.light_gain;
    h->offset = c.light_offset;
    sc_comparison_dispose(&c);
    return s;
}

static enum sc_status load(struct heat *h, const struct picture *before, const struct picture *shown, int width,
                           int height, struct sc_error *err)
{
    const struct sc_box all = { 0 };
    struct scaler scaler = { 0 };
    enum sc_status s;

    if ((s = surface_make(&h->a, width, height, false, 0, err)) ||
        (s = surface_make(&h->b, width, height, false, 0, err)) ||
        (s = scale_picture(&scaler, before, all, &h->a, err)))
        goto done;
    s = scale_picture(&scaler, shown, all, &h->b, err);
done:
    scaler_dispose(&scaler);
    return s;
}

enum sc_status heat_draw(const struct picture *before, const struct picture *shown, struct sc_box within,
                         bool in_its_light, struct surface *out, struct sc_error *err)
{
    const int side = shown->width > shown->height ? shown->width : shown->height;
    const double scale = side > HEAT_MAX_SIDE ? (double)HEAT_MAX_SIDE / side : 1;
    const int width = (int)fmax(1, lround(shown->width * scale)), height = (int)fmax(1, lround(shown->height * scale));
    struct heat h = { .gain = 1, .within = { 0, 0, width, height } };
    enum sc_status s;
    int x, y;

    *out = (struct surface){ 0 };
    if (within.w > 0 && within.h > 0)
        h.within = (struct sc_box){ (int)(within.x * scale), (int)(within.y * scale), (int)ceil(within.w * scale),
                                    (int)ceil(within.h * scale) };
    if ((in_its_light && (s = find_light(&h, before, shown, within, err))) ||
        (s = load(&h, before, shown, width, height, err)) || (s = surface_make(out, width, height, true, 0, err)))
        goto done;
    for (y = 0; y < height; y += BLOCK)
        for (x = 0; x < width; x += BLOCK)
            paint_block(&h, out, x, y, x + BLOCK < width ? x + BLOCK : width, y + BLOCK < height ? y + BLOCK : height);
done:
    surface_dispose(&h.a);
    surface_dispose(&h.b);
    if (s)
        surface_dispose(out);
    return s;
}
