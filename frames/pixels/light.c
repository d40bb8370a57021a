/* Global light between two pictures.
 *
 * Three explanations are tried, the simplest first: the same light, an offset, a gain and an offset. A gain must be
 * borne out by several tones, since two tones always fit a line, and a button that turned from dark to bright is no
 * light. */
#include "frames/pixels/light.h"

#include <math.h>
#include <stdlib.h>

#define NEAR 3.0                 /* levels: a block mean that fits */
#define PAIRS 4001               /* for the median slope */
#define LEAST_CONTRAST 16        /* levels between the blocks of a pair */
#define BEND_MOST 10             /* levels */
#define NODES 16                 /* places along a side where slow light is measured */
#define SLOW_MOST 0.2f           /* share that slow light may make brighter or darker */
#define FOOT 4.0f                /* levels added before dividing: black has no ratio */
#define DRAWN_SHARE 0.4          /* of perfectly flat blocks, in a drawn picture */
#define DRAWN_TONES 4            /* tones that most of these have */

/* Means of the blocks of both pictures. */
struct blocks {
    int n, across, down;
    float *mean[2][3];
};

static float block_mean(const struct surface *s, int k, int x, int y)
{
    const int w = s->width - x < LIGHT_BLOCK ? s->width - x : LIGHT_BLOCK;
    const int h = s->height - y < LIGHT_BLOCK ? s->height - y : LIGHT_BLOCK;
    int sum = 0, i, j;

    for (j = 0; j < h; j++)
        for (i = 0; i < w; i++)
            sum += s->plane[k][(y + j) * s->stride + x + i];
    return (float)sum / (float)(w * h);
}

static enum sc_status blocks_make(struct blocks *out, const struct surface *a, const struct surface *b,
                                  struct sc_error *err)
{
    const int across = (a->width + LIGHT_BLOCK - 1) / LIGHT_BLOCK, down = (a->height + LIGHT_BLOCK - 1) / LIGHT_BLOCK;
    float *all = malloc(6 * (size_t)across * (size_t)down * sizeof *all);
    int k, x, y, at = 0;

    if (!all)
        return fail_memory(err);
    out->n = across * down;
    out->across = across;
    out->down = down;
    for (k = 0; k < 6; k++)
        out->mean[k / 3][k % 3] = all + (ptrdiff_t)k * out->n;
    for (y = 0; y < a->height; y += LIGHT_BLOCK)
        for (x = 0; x < a->width; x += LIGHT_BLOCK, at++)
            for (k = 0; k < 3; k++) {
                out->mean[0][k][at] = block_mean(a, k, x, y);
                out->mean[1][k][at] = block_mean(b, k, x, y);
            }
    return SC_OK;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

static float median(float *values, int n)
{
    if (n == 0)
        return 0;
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

static bool fits(const struct blocks *b, int i, double gain, double offset)
{
    return fabs(b->mean[1][0][i] - gain * b->mean[0][0][i] - offset) <= NEAR;
}

/* Share of the blocks that fit; *tones_out: how many classes of luma have at least a fiftieth of the blocks in them
 * and fit for the most part. */
static double explained(const struct blocks *b, double gain, double offset, int *tones_out)
{
    int all[LIGHT_TONES] = { 0 }, fit[LIGHT_TONES] = { 0 }, n_fit = 0, i;

    for (i = 0; i < b->n; i++) {
        const int tone = (int)(b->mean[0][0][i] * LIGHT_TONES / 256);

        all[tone]++;
        if (!fits(b, i, gain, offset))
            continue;
        fit[tone]++;
        n_fit++;
    }
    for (*tones_out = 0, i = 0; i < LIGHT_TONES; i++)
        *tones_out += all[i] * 50 >= b->n && fit[i] * 2 > all[i];
    return (double)n_fit / b->n;
}

static double median_offset(const struct blocks *b, double gain, float *work)
{
    int i;

    for (i = 0; i < b->n; i++)
        work[i] = (float)(b->mean[1][0][i] - gain * b->mean[0][0][i]);
    return median(work, b->n);
}

/* The median slope over pairs of blocks (Theil and Sen), drawn the same way every time. */
static double median_gain(const struct blocks *b, float *work)
{
    uint32_t seed = 1;
    int n = 0, tries;

    for (tries = 0; tries < 8 * PAIRS && n < PAIRS; tries++) {
        int i, k;
        double step;

        i = (int)((seed = seed * 1664525u + 1013904223u) >> 4) % b->n;
        k = (int)((seed = seed * 1664525u + 1013904223u) >> 4) % b->n;
        step = b->mean[0][0][k] - b->mean[0][0][i];
        if (fabs(step) >= LEAST_CONTRAST)
            work[n++] = (float)((b->mean[1][0][k] - b->mean[1][0][i]) / step);
    }
    return n >= PAIRS / 8 ? median(work, n) : 1;
}

/* Least squares over the blocks that fit already, a few times. */
static void refine(const struct blocks *b, double *gain, double *offset)
{
    int round, i;

    for (round = 0; round < 5; round++) {
        double n = 0, x = 0, y = 0, xx = 0, xy = 0, spread;

        for (i = 0; i < b->n; i++)
            if (fabs(b->mean[1][0][i] - *gain * b->mean[0][0][i] - *offset) <= 3 * NEAR) {
                const double u = b->mean[0][0][i], v = b->mean[1][0][i];

                n++;
                x += u;
                y += v;
                xx += u * u;
                xy += u * v;
            }
        spread = xx - x * x / (n > 0 ? n : 1);
        if (n < 8 || spread < n * 16)
            return;
        *gain = (xy - x * y / n) / spread;
        *offset = (y - *gain * x) / n;
    }
}

/* Gamma and clipping bend the line at its ends, where black stays black and white white: the median residual of the
 * darkest and brightest classes of luma, if enough blocks are in them. */
static void find_bend(const struct blocks *b, struct light *l, float *work)
{
    int tone, i, n;

    for (tone = 0; tone < LIGHT_TONES; tone++) {
        if (tone > 1 && tone < LIGHT_TONES - 1)
            continue;
        for (n = 0, i = 0; i < b->n; i++)
            if ((int)(b->mean[0][0][i] * LIGHT_TONES / 256) == tone)
                work[n++] = (float)(b->mean[1][0][i] - l->gain * b->mean[0][0][i] - l->offset);
        l->bend[tone] = n * 100 >= b->n ? fminf(fmaxf(median(work, n), -BEND_MOST), BEND_MOST) : 0;
    }
}

static double bend_at(const struct light *l, double luma)
{
    const double at = luma * LIGHT_TONES / 256 - 0.5;
    const int i = at <= 0 ? 0 : (int)at, k = i + 1 < LIGHT_TONES ? i + 1 : i;
    const double part = at <= 0 ? 0 : at - i;

    return l->bend[i] * (1 - part) + l->bend[k] * part;
}

/* Chroma grows with the light, and white balance follows it. */
static void find_chroma(const struct blocks *b, struct light *l, float *work)
{
    double xx = 0, xy = 0;
    int i, k, n;

    for (i = 0; i < b->n; i++)
        for (k = 1; k < 3 && fits(b, i, l->gain, l->offset); k++) {
            xx += (b->mean[0][k][i] - 128.0) * (b->mean[0][k][i] - 128.0);
            xy += (b->mean[0][k][i] - 128.0) * (b->mean[1][k][i] - 128.0);
        }
    l->chroma_gain = xx > b->n ? xy / xx : l->gain;
    l->chroma_gain = fmin(fmax(l->chroma_gain, 0.3), 3);
    for (k = 1; k < 3; k++) {
        for (n = 0, i = 0; i < b->n; i++)
            if (fits(b, i, l->gain, l->offset))
                work[n++] = (float)(b->mean[1][k][i] - 128 - l->chroma_gain * (b->mean[0][k][i] - 128));
        l->chroma_offset[k - 1] = fmin(fmax(median(work, n), -8), 8);
    }
}

static void choose(const struct blocks *b, struct light *l, float *work)
{
    int tones;
    const double same = explained(b, 1, 0, &tones);
    double offset = median_offset(b, 1, work), gain, share;

    if (same >= 0.65) {
        l->offset = fabs(offset) <= NEAR ? offset : 0;
        return;
    }
    share = explained(b, 1, offset, &tones);
    if (share >= 0.8) {
        l->offset = offset;
        l->changed = true;
        return;
    }
    gain = median_gain(b, work);
    offset = median_offset(b, gain, work);
    refine(b, &gain, &offset);
    share = explained(b, gain, offset, &tones);
    if (gain < 0.1 || gain > 8 || share < 0.55 || share < same + 0.2 || tones < 3)
        return;
    l->gain = gain;
    l->offset = offset;
    l->changed = true;
}

static bool is_flat(const struct surface *s, int x0, int y0)
{
    const int first = s->plane[0][y0 * s->stride + x0];
    int x, y;

    for (y = y0; y < y0 + LIGHT_BLOCK && y < s->height; y++)
        for (x = x0; x < x0 + LIGHT_BLOCK && x < s->width; x++)
            if (s->plane[0][y * s->stride + x] != first)
                return false;
    return true;
}

/* Screens and drawings: much of them is perfectly flat, in few tones. Smooth walls have many. */
static bool is_drawn(const struct surface *s)
{
    int tones[256] = { 0 }, flat = 0, all = 0, top = 0, x, y, k;

    for (y = 0; y < s->height; y += LIGHT_BLOCK)
        for (x = 0; x < s->width; x += LIGHT_BLOCK, all++)
            if (is_flat(s, x, y)) {
                tones[s->plane[0][y * s->stride + x]]++;
                flat++;
            }
    for (k = 0; k < DRAWN_TONES; k++) {
        int most = 0, i;

        for (i = 1; i < 256; i++)
            most = tones[i] > tones[most] ? i : most;
        top += tones[most];
        tones[most] = 0;
    }
    return flat >= DRAWN_SHARE * all && top * 2 >= flat;
}

enum sc_status light_find(const struct surface *a, const struct surface *b, struct light *out, struct sc_error *err)
{
    struct blocks blocks = { 0 };
    enum sc_status s = blocks_make(&blocks, a, b, err);
    float *work = s ? NULL : malloc((size_t)(blocks.n > PAIRS ? blocks.n : PAIRS) * sizeof *work);

    *out = (struct light){ .gain = 1, .chroma_gain = 1, .drawn = is_drawn(a) };
    if (!s && !work)
        s = fail_memory(err);
    if (!s) {
        choose(&blocks, out, work);
        if (out->changed) {
            find_bend(&blocks, out, work);
            find_chroma(&blocks, out, work);
        }
    }
    free(work);
    free(blocks.mean[0][0]);
    return s;
}

static uint8_t clamp_level(double v)
{
    return (uint8_t)(v <= 0 ? 0 : v >= 255 ? 255 : v + 0.5);
}

static void apply_tables(const struct light *l, struct surface *a)
{
    uint8_t table[3][256];
    int k, i, x, y;

    for (i = 0; i < 256; i++) {
        table[0][i] = clamp_level(l->gain * i + l->offset + bend_at(l, i));
        for (k = 1; k < 3; k++)
            table[k][i] = clamp_level(128 + l->chroma_gain * (i - 128) + l->chroma_offset[k - 1]);
    }
    for (k = 0; k < 3; k++)
        for (y = 0; y < a->height; y++) {
            uint8_t *row = a->plane[k] + y * a->stride;

            for (x = 0; x < a->width; x++)
                row[x] = table[k][row[x]];
        }
}

/* Ratios of b to a at the middles of the cells of a grid, with a ring around that goes on as the border begins. */
struct field {
    float at[NODES + 2][NODES + 2];
};

/* The median ratio of the blocks around a node: three cells each way, and one at the border, so that the node stays
 * in the middle. */
static float node_value(const struct blocks *b, int i, int j, float *work)
{
    const int reach_x = i > 0 && i < NODES - 1, reach_y = j > 0 && j < NODES - 1;
    const int x0 = (i - reach_x) * b->across / NODES, x1 = (i + 1 + reach_x) * b->across / NODES;
    const int y0 = (j - reach_y) * b->down / NODES, y1 = (j + 1 + reach_y) * b->down / NODES;
    int n = 0, x, y;

    for (y = y0; y < y1; y++)
        for (x = x0; x < x1; x++)
            work[n++] = (b->mean[1][0][y * b->across + x] + FOOT) / (b->mean[0][0][y * b->across + x] + FOOT);
    return median(work, n);
}

static void fill_ring(struct field *f)
{
    const int last = NODES + 1;
    int i;

    for (i = 1; i <= NODES; i++) {
        f->at[i][0] = 2 * f->at[i][1] - f->at[i][2];
        f->at[i][last] = 2 * f->at[i][last - 1] - f->at[i][last - 2];
    }
    for (i = 0; i <= last; i++) {
        f->at[0][i] = 2 * f->at[1][i] - f->at[2][i];
        f->at[last][i] = 2 * f->at[last - 1][i] - f->at[last - 2][i];
    }
}

/* What is small beside the distance of the nodes is no light: the median of nine nodes passes it over. */
static void calm_down(const struct field *raw, struct field *out)
{
    int i, j, x, y;

    for (j = 1; j <= NODES; j++)
        for (i = 1; i <= NODES; i++) {
            float nine[9];
            int n = 0;

            for (y = j - 1; y <= j + 1; y++)
                for (x = i - 1; x <= i + 1; x++)
                    nine[n++] = raw->at[y][x];
            out->at[j][i] = fminf(fmaxf(median(nine, n), 1 - SLOW_MOST), 1 + SLOW_MOST);
        }
    fill_ring(out);
}

static void apply_field(const struct field *f, struct surface *a)
{
    int x, y;

    for (y = 0; y < a->height; y++) {
        const float v = ((float)y + 0.5f) / (float)a->height * NODES + 0.5f, fy = v - floorf(v);
        const float *up = f->at[(int)v], *down = f->at[(int)v + 1];
        uint8_t *row = a->plane[0] + y * a->stride;

        for (x = 0; x < a->width; x++) {
            const float u = ((float)x + 0.5f) / (float)a->width * NODES + 0.5f, fx = u - floorf(u);
            const int i = (int)u;
            const float ratio = (up[i] * (1 - fx) + up[i + 1] * fx) * (1 - fy) +
                                (down[i] * (1 - fx) + down[i + 1] * fx) * fy;

            row[x] = clamp_level((row[x] + FOOT) * ratio - FOOT);
        }
    }
}

static enum sc_status take_out_slow(struct surface *a, const struct surface *b, struct sc_error *err)
{
    struct field raw, calm;
    struct blocks blocks = { 0 };
    enum sc_status s = blocks_make(&blocks, a, b, err);
    float *work = s ? NULL : malloc((size_t)blocks.n * sizeof *work);
    int i, j;

    if (!s && !work)
        s = fail_memory(err);
    if (!s) {
        for (j = 0; j < NODES; j++)
            for (i = 0; i < NODES; i++)
                raw.at[j + 1][i + 1] = node_value(&blocks, i, j, work);
        fill_ring(&raw);
        calm_down(&raw, &calm);
        apply_field(&calm, a);
    }
    free(work);
    free(blocks.mean[0][0]);
    return s;
}

enum sc_status light_take_out(const struct light *l, struct surface *a, const struct surface *b, struct sc_error *err)
{
    if (l->changed || l->offset != 0)
        apply_tables(l, a);
    return l->drawn || a->width < NODES * LIGHT_BLOCK || a->height < NODES * LIGHT_BLOCK ? SC_OK
                                                                                         : take_out_slow(a, b, err);
}
