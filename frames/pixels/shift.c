/* Small global displacement: full search on pictures an eighth as large, refined at each doubling. */
#include "frames/pixels/shift.h"

#include <limits.h>
#include <stdlib.h>

#define LEVELS 4                 /* 1, 1/2, 1/4, 1/8 */
#define LEAST_SIDE 24            /* of the smallest level */
#define CAP 32                   /* levels: what really changed counts so much and no more */
#define BLOCK 16
#define MOST_STEPS 6             /* downhill on each level */

struct level {
    int w, h;
    uint8_t *a, *b;
};

static void halve(const uint8_t *in, int stride, uint8_t *out, int out_w, int out_h)
{
    int x, y;

    for (y = 0; y < out_h; y++, in += 2 * stride)
        for (x = 0; x < out_w; x++)
            *out++ = (uint8_t)((in[2 * x] + in[2 * x + 1] + in[2 * x + stride] + in[2 * x + 1 + stride] + 2) / 4);
}

/* Mean capped difference, times 256, over what both have; every step-th row. */
static int64_t cost(const struct level *l, int dx, int dy, int step)
{
    const int x0 = dx < 0 ? -dx : 0, x1 = dx > 0 ? l->w - dx : l->w;
    const int y0 = dy < 0 ? -dy : 0, y1 = dy > 0 ? l->h - dy : l->h;
    int64_t sum = 0, n = 0;
    int x, y;

    for (y = y0; y < y1; y += step) {
        const uint8_t *a = l->a + (ptrdiff_t)y * l->w, *b = l->b + (ptrdiff_t)(y + dy) * l->w + dx;
        int row = 0;

        for (x = x0; x < x1; x++) {
            const int d = abs(a[x] - b[x]);

            row += d < CAP ? d : CAP;
        }
        sum += row;
        n += x1 - x0;
    }
    return n ? sum * 256 / n : INT64_MAX;
}

/* The best displacement within reach of *dx, *dy. */
static void search(const struct level *l, int reach, int step, int *dx, int *dy)
{
    const int cx = *dx, cy = *dy;
    int64_t best = cost(l, cx, cy, step);
    int x, y;

    for (y = cy - reach; y <= cy + reach; y++)
        for (x = cx - reach; x <= cx + reach; x++) {
            const int64_t c = abs(x) < l->w && abs(y) < l->h ? cost(l, x, y, step) : INT64_MAX;

            if (c < best) {
                best = c;
                *dx = x;
                *dy = y;
            }
        }
}

/* Step by step to the best one near *dx, *dy. */
static void descend(const struct level *l, int step, int *dx, int *dy)
{
    int x, y, steps = 0;

    do {
        x = *dx;
        y = *dy;
        search(l, 1, step, dx, dy);
    } while ((x != *dx || y != *dy) && ++steps < MOST_STEPS);
}

static int block_cost(const struct level *l, int x0, int y0, int dx, int dy)
{
    int sum = 0, x, y;

    for (y = y0; y < y0 + BLOCK; y++)
        for (x = x0; x < x0 + BLOCK; x++)
            sum += abs(l->a[(ptrdiff_t)y * l->w + x] - l->b[(ptrdiff_t)(y + dy) * l->w + x + dx]);
    return sum;
}

/* Whether most of the blocks that differ without the displacement fit much better with it. */
static bool most_agree(const struct level *l, int dx, int dy)
{
    int differ = 0, agree = 0, x, y;

    for (y = SHIFT_MAX; y + BLOCK + SHIFT_MAX <= l->h; y += BLOCK)
        for (x = SHIFT_MAX; x + BLOCK + SHIFT_MAX <= l->w; x += BLOCK) {
            const int still = block_cost(l, x, y, 0, 0);

            if (still < 4 * BLOCK * BLOCK)
                continue;
            differ++;
            agree += block_cost(l, x, y, dx, dy) * 3 < still * 2;
        }
    return agree >= 12 && agree * 3 >= differ * 2;
}

static enum sc_status make_levels(const struct surface *a, const struct surface *b, struct level *levels, int *n_out,
                                  struct sc_error *err)
{
    int n = 0;

    for (n = 0; n < LEVELS; n++) {
        struct level *l = &levels[n];
        size_t size;

        l->w = a->width >> n;
        l->h = a->height >> n;
        if (n && (l->w < LEAST_SIDE || l->h < LEAST_SIDE))
            break;
        size = (size_t)l->w * (size_t)l->h;
        if (!(l->a = malloc(2 * size)))
            return fail_memory(err);
        l->b = l->a + size;
        if (n) {
            halve(levels[n - 1].a, levels[n - 1].w, l->a, l->w, l->h);
            halve(levels[n - 1].b, levels[n - 1].w, l->b, l->w, l->h);
            continue;
        }
        for (int y = 0; y < l->h; y++)
            for (int x = 0; x < l->w; x++) {
                l->a[(size_t)y * (size_t)l->w + (size_t)x] = a->plane[0][y * a->stride + x];
                l->b[(size_t)y * (size_t)l->w + (size_t)x] = b->plane[0][y * b->stride + x];
            }
    }
    *n_out = n;
    return SC_OK;
}

enum sc_status shift_find(const struct surface *a, const struct surface *b, int *dx_out, int *dy_out,
                          struct sc_error *err)
{
    struct level levels[LEVELS] = { 0 };
    int n = 0, i, dx = 0, dy = 0;
    enum sc_status s = make_levels(a, b, levels, &n, err);

    *dx_out = *dy_out = 0;
    if (!s) {
        for (i = n - 1; i >= 0; i--) {
            dx *= 2;
            dy *= 2;
            if (i == n - 1)
                search(&levels[i], SHIFT_MAX >> i, 1, &dx, &dy);
            else
                descend(&levels[i], i ? 1 : 2, &dx, &dy);
        }
        if ((dx || dy) && abs(dx) <= SHIFT_MAX && abs(dy) <= SHIFT_MAX &&
            cost(&levels[0], dx, dy, 1) * 4 < cost(&levels[0], 0, 0, 1) * 3 && most_agree(&levels[0], dx, dy)) {
            *dx_out = dx;
            *dy_out = dy;
        }
    }
    for (i = 0; i < LEVELS; i++)
        free(levels[i].a);
    return s;
}
