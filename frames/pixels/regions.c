/* From block scores to regions. */
#include "frames/pixels/regions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOW 1.5f                 /* scores of blocks that belong to a region */
#define SURE 3.0f                /* the strong ones of a region are at least as sure */
#define LEAST_EVIDENCE 14.0      /* sum over the blocks of what is above noise */
#define OF_STRONG 0.2f           /* blocks under this share of the region's strong ones are its surroundings... */
#define SURROUNDING 2.5f         /* ...unless they are as sure as this themselves */
#define SOFT 0.4f                /* a change of light: the border's steps are less than this share of the change */
#define SOFT_MOST 15.0f          /* levels from block to block; more is an edge in any case */
#define PLAIN 0.5f               /* of the absolute difference: under it the texture changed, not the light */
#define KIN 0.5f                 /* light comes and goes in one scene, not between two */
#define STRONG 0.9f              /* quantile that stands for the strongest, outliers aside */
#define LEAST_PIXEL 8.0f         /* levels: a pixel that differs */
#define PIXEL_OF_STRONG 0.25f
#define CHROMA_WEIGHT 0.6f       /* chroma is blurred by its subsampling: its edges count later */

/* One connected set of blocks while it is looked at. */
struct group {
    int label, n;
    int x0, y0, x1, y1;          /* blocks, x1 and y1 beyond the last */
    float strong;
    double evidence;
};

struct finder {
    const struct residue *d;
    const struct surface *a, *b;
    struct sc_box within;
    uint8_t *on;                 /* blocks that belong to a change */
    int *label;                  /* of groups; 0: none */
    int *stack;
    float *work;                 /* one value for each pixel at most */
    uint8_t *mask;
};

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

static float quantile(float *values, int n, float q)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return n ? values[(int)(q * (float)(n - 1))] : 0;
}

/* ---- blocks ---- */

static bool is_within(const struct finder *f, int x, int y)
{
    const int side = f->d->side, px = x * side, py = y * side;

    return px + side > f->within.x && py + side > f->within.y && px < f->within.x + f->within.w &&
           py < f->within.y + f->within.h;
}

static void switch_on(struct finder *f)
{
    int x, y, i = 0;

    for (y = 0; y < f->d->h; y++)
        for (x = 0; x < f->d->w; x++, i++)
            f->on[i] = f->d->blocks[i].score >= LOW && is_within(f, x, y);
}

/* Label what is connected to block start over gaps of up to two blocks. */
static struct group flood(struct finder *f, int start, int label)
{
    const int w = f->d->w, h = f->d->h;
    struct group g = { .label = label, .x0 = w, .y0 = h };
    int n = 0, x, y;

    f->stack[n++] = start;
    f->label[start] = label;
    while (n) {
        const int i = f->stack[--n], cx = i % w, cy = i / w;

        g.n++;
        g.x0 = cx < g.x0 ? cx : g.x0;
        g.y0 = cy < g.y0 ? cy : g.y0;
        g.x1 = cx >= g.x1 ? cx + 1 : g.x1;
        g.y1 = cy >= g.y1 ? cy + 1 : g.y1;
        g.evidence += f->d->blocks[i].score - 1;
        for (y = cy - 2 < 0 ? 0 : cy - 2; y <= cy + 2 && y < h; y++)
            for (x = cx - 2 < 0 ? 0 : cx - 2; x <= cx + 2 && x < w; x++)
                if (f->on[y * w + x] && !f->label[y * w + x]) {
                    f->label[y * w + x] = label;
                    f->stack[n++] = y * w + x;
                }
    }
    return g;
}

/* Call visit for each block of the group. */
#define EACH_BLOCK(f, g, i, x, y)                                                                                      \
    for (int y = (g)->y0; y < (g)->y1; y++)                                                                            \
        for (int x = (g)->x0, i = y * (f)->d->w + x; x < (g)->x1; x++, i++)                                            \
            if ((f)->label[i] == (g)->label)

/* The score that half of the evidence reaches: what the region is about, however much soft surroundings it has. */
static void find_strong(struct finder *f, struct group *g)
{
    double sum = 0;
    int n = 0;

    EACH_BLOCK(f, g, i, x, y)
        f->work[n++] = f->d->blocks[i].score;
    qsort(f->work, (size_t)n, sizeof *f->work, by_value);
    do
        sum += f->work[--n] - 1;
    while (n && 2 * sum < g->evidence);
    g->strong = f->work[n];
}

/* Switch off the blocks that are weak beside the strong ones of their group. */
static void trim(struct finder *f)
{
    const int n = f->d->w * f->d->h;
    int start, label = 0;

    memset(f->label, 0, (size_t)n * sizeof *f->label);
    for (start = 0; start < n; start++)
        if (f->on[start] && !f->label[start]) {
            struct group g = flood(f, start, ++label);

            find_strong(f, &g);
            EACH_BLOCK(f, &g, i, x, y)
                f->on[i] = f->d->blocks[i].score >= fminf(g.strong * OF_STRONG, SURROUNDING);
        }
    memset(f->label, 0, (size_t)n * sizeof *f->label);
}

static float step_between(const struct residue_block *p, const struct residue_block *q)
{
    return fmaxf(fabsf(p->step[0] - q->step[0]),
                 fmaxf(fabsf(p->step[1] - q->step[1]), fabsf(p->step[2] - q->step[2])));
}

/* Light and shadow come and go without edges: the difference ramps up over a wide border. Border blocks may be covered
 * in part only, so the step is taken from the block before to the block behind them. */
static bool is_soft(struct finder *f, const struct group *g)
{
    static const int ways[4][2] = { { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 } };
    const struct residue_block none = { 0 };
    float steps, change;
    double absolute = 0, plain = 0;
    int n = 0, k;

    EACH_BLOCK(f, g, i, x, y) {
        absolute += f->d->blocks[i].y;
        plain += fabsf(f->d->blocks[i].step[0]);
        f->work[n++] = step_between(&f->d->blocks[i], &none);
    }
    change = quantile(f->work, n, 0.75f);
    if (plain < PLAIN * absolute)
        return false;
    n = 0;
    EACH_BLOCK(f, g, i, x, y)
        for (k = 0; k < 4; k++) {
            const int out_x = x + ways[k][0], out_y = y + ways[k][1];
            const int in_x = x - ways[k][0], in_y = y - ways[k][1];
            const bool has_in = in_x >= 0 && in_y >= 0 && in_x < f->d->w && in_y < f->d->h;
            const struct residue_block *outer;

            if (out_x < 0 || out_y < 0 || out_x >= f->d->w || out_y >= f->d->h ||
                f->label[out_y * f->d->w + out_x] == g->label)
                continue;
            outer = &f->d->blocks[out_y * f->d->w + out_x];
            f->work[n++] = fmaxf(step_between(&f->d->blocks[i], outer),
                                 has_in ? step_between(&f->d->blocks[in_y * f->d->w + in_x], outer) : 0);
        }
    steps = quantile(f->work, n, 0.5f);
    return n && steps < fminf(SOFT * change, SOFT_MOST);
}

/* ---- pixels ---- */

static float pixel_difference(const struct finder *f, int x, int y)
{
    const ptrdiff_t at_a = y * f->a->stride + x, at_b = y * f->b->stride + x;
    const int luma = abs(f->a->plane[0][at_a] - f->b->plane[0][at_b]);
    const int u = abs(f->a->plane[1][at_a] - f->b->plane[1][at_b]);
    const int v = abs(f->a->plane[2][at_a] - f->b->plane[2][at_b]);

    return fmaxf((float)luma, CHROMA_WEIGHT * (float)(u > v ? u : v));
}

static struct sc_box box_of(const struct finder *f, const struct group *g, int margin)
{
    const int side = f->d->side;
    const int x0 = g->x0 * side - margin, y0 = g->y0 * side - margin;
    const int x1 = g->x1 * side + margin, y1 = g->y1 * side + margin;
    struct sc_box b = { x0 > 0 ? x0 : 0, y0 > 0 ? y0 : 0, x1 < f->a->width ? x1 : f->a->width,
                        y1 < f->a->height ? y1 : f->a->height };

    b.w -= b.x;
    b.h -= b.y;
    return b;
}

/* Is the block of this pixel, or one beside it, in the group? */
static bool is_near(const struct finder *f, const struct group *g, int px, int py)
{
    const int cx = px / f->d->side, cy = py / f->d->side;
    int x, y;

    for (y = cy - 1 < 0 ? 0 : cy - 1; y <= cy + 1 && y < f->d->h; y++)
        for (x = cx - 1 < 0 ? 0 : cx - 1; x <= cx + 1 && x < f->d->w; x++)
            if (f->label[y * f->d->w + x] == g->label)
                return true;
    return false;
}

static float pixel_threshold(struct finder *f, const struct group *g)
{
    const struct sc_box box = box_of(f, g, 0);
    int n = 0, x, y;

    for (y = box.y; y < box.y + box.h; y++)
        for (x = box.x; x < box.x + box.w; x++)
            if (f->label[y / f->d->side * f->d->w + x / f->d->side] == g->label)
                f->work[n++] = pixel_difference(f, x, y);
    return fmaxf(PIXEL_OF_STRONG * quantile(f->work, n, STRONG), fmaxf(LEAST_PIXEL, f->d->noise_y));
}

/* Mark the pixels that differ and bound them. A lone pixel in a row or column must differ twice as much. */
static void fill_mask(struct finder *f, const struct group *g, uint8_t value, struct region *r)
{
    const struct sc_box box = box_of(f, g, f->d->side);
    const float least = pixel_threshold(f, g);
    float *column = f->work, *row = f->work + box.w;
    int x, y, x0 = box.w, x1 = 0, y0 = box.h, y1 = 0;

    memset(f->work, 0, (size_t)(box.w + box.h) * sizeof *f->work);
    for (y = 0; y < box.h; y++)
        for (x = 0; x < box.w; x++) {
            const float differs = pixel_difference(f, box.x + x, box.y + y);

            if (differs < least || !is_near(f, g, box.x + x, box.y + y))
                continue;
            f->mask[(size_t)(box.y + y) * (size_t)f->a->width + (size_t)(box.x + x)] = value;
            r->n_changed++;
            column[x] += differs < 2 * least ? 1 : 2;
            row[y] += differs < 2 * least ? 1 : 2;
        }
    for (x = 0; x < box.w; x++)
        if (column[x] >= 2) {
            x0 = x < x0 ? x : x0;
            x1 = x + 1;
        }
    for (y = 0; y < box.h; y++)
        if (row[y] >= 2) {
            y0 = y < y0 ? y : y0;
            y1 = y + 1;
        }
    r->box = x1 > x0 && y1 > y0 ? (struct sc_box){ box.x + x0, box.y + y0, x1 - x0, y1 - y0 } : box_of(f, g, 0);
}

/* ---- kinds ---- */

/* How much each picture steps at the border of the changed pixels: where something is, it has an outline. */
static void outline_contrast(const struct finder *f, const struct sc_box *box, uint8_t value, double out[2])
{
    const struct surface *pictures[2] = { f->a, f->b };
    int64_t sum[2] = { 0 }, n = 0;
    int x, y, p, k, way;

    for (y = box->y; y < box->y + box->h; y++)
        for (x = box->x; x < box->x + box->w; x++)
            for (way = 0; way < 4; way++) {
                const int tx = x + (way == 0 ? 2 : way == 1 ? -2 : 0), ty = y + (way == 2 ? 2 : way == 3 ? -2 : 0);

                if (tx < 0 || ty < 0 || tx >= f->a->width || ty >= f->a->height ||
                    f->mask[(size_t)y * (size_t)f->a->width + (size_t)x] != value ||
                    f->mask[(size_t)ty * (size_t)f->a->width + (size_t)tx] == value)
                    continue;
                n++;
                for (p = 0; p < 2; p++)
                    for (k = 0; k < 3; k++)
                        sum[p] += abs(pictures[p]->plane[k][y * pictures[p]->stride + x] -
                                      pictures[p]->plane[k][ty * pictures[p]->stride + tx]);
            }
    for (p = 0; p < 2; p++)
        out[p] = n ? (double)sum[p] / (double)n : 0;
}

/* The level that best parts the luma of a box in two (Otsu); *share_out: of the variance that the two explain. */
static int part_in_two(const struct surface *s, struct sc_box box, double *share_out)
{
    double n = (double)box.w * box.h, sum = 0, squares = 0, below_n = 0, below = 0, best = 0;
    int histogram[256] = { 0 }, level = 0, x, y, i;

    for (y = box.y; y < box.y + box.h; y++)
        for (x = box.x; x < box.x + box.w; x++)
            histogram[s->plane[0][y * s->stride + x]]++;
    for (i = 0; i < 256; i++) {
        sum += (double)i * histogram[i];
        squares += (double)i * i * histogram[i];
    }
    for (i = 0; i < 255; i++) {
        double apart;

        below_n += histogram[i];
        below += (double)i * histogram[i];
        if (below_n <= 0 || below_n >= n)
            continue;
        apart = below / below_n - (sum - below) / (n - below_n);
        apart = below_n * (n - below_n) * apart * apart / n;
        if (apart > best) {
            best = apart;
            level = i;
        }
    }
    squares -= sum * sum / n;
    *share_out = squares > n ? best / squares : 0;
    return level;
}

/* Many fine strokes of two tones in a band wider than it is high. */
static bool looks_like_text(const struct surface *s, struct sc_box box)
{
    double share, strokes = 0;
    const int level = part_in_two(s, box, &share);
    int x, y, rows = 0;

    if (box.h < 5 || box.w < 2 * box.h || box.h > s->height / 4 || share < 0.75)
        return false;
    for (y = box.y + box.h / 4; y < box.y + box.h - box.h / 4; y++, rows++)
        for (x = box.x + 1; x < box.x + box.w; x++)
            strokes += (s->plane[0][y * s->stride + x] > level) != (s->plane[0][y * s->stride + x - 1] > level);
    strokes /= rows ? rows : 1;
    return strokes >= 8 && strokes >= 2.0 * box.w / box.h;
}

static enum sc_kind kind_of(const struct finder *f, const struct region *r, uint8_t value)
{
    double contrast[2];

    if (2 * (int64_t)r->box.w * r->box.h > (int64_t)f->a->width * f->a->height)
        return SC_OTHER;
    outline_contrast(f, &r->box, value, contrast);
    if (looks_like_text(f->b, r->box))
        return SC_TEXT;
    if (contrast[1] > 1.5 * contrast[0] + 3)
        return SC_APPEAR;
    if (contrast[0] > 1.5 * contrast[1] + 3)
        return SC_DISAPPEAR;
    return SC_OTHER;
}

/* ---- all together ---- */

static void clip_to(struct sc_box *b, struct sc_box within)
{
    const int x1 = b->x + b->w < within.x + within.w ? b->x + b->w : within.x + within.w;
    const int y1 = b->y + b->h < within.y + within.h ? b->y + b->h : within.y + within.h;

    b->x = b->x > within.x ? b->x : within.x;
    b->y = b->y > within.y ? b->y : within.y;
    b->w = x1 - b->x;
    b->h = y1 - b->y;
}

static int by_size(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    return x->n != y->n ? (x->n > y->n ? -1 : 1) : x->label - y->label;
}

/* Keep the largest groups in order. */
static void keep(struct group *groups, int *n, int max, const struct group *g)
{
    if (*n < max) {
        groups[(*n)++] = *g;
    } else if (by_size(g, &groups[max - 1]) < 0) {
        groups[max - 1] = *g;
    } else {
        return;
    }
    qsort(groups, (size_t)*n, sizeof *groups, by_size);
}

static bool is_a_change(struct finder *f, struct group *g)
{
    if (g->evidence < LEAST_EVIDENCE)
        return false;
    find_strong(f, g);
    return g->strong >= SURE && (f->d->kinship < KIN || !is_soft(f, g));
}

static void find_groups(struct finder *f, struct group *groups, int max, int *n_out)
{
    const int n = f->d->w * f->d->h;
    int start, label = 0;

    switch_on(f);
    trim(f);
    *n_out = 0;
    for (start = 0; start < n; start++)
        if (f->on[start] && !f->label[start]) {
            struct group g = flood(f, start, ++label);

            if (is_a_change(f, &g))
                keep(groups, n_out, max, &g);
        }
}

static void describe(struct finder *f, const struct group *g, uint8_t value, struct region *out)
{
    *out = (struct region){ .score = 1 - exp(-g->strong / 6) };
    fill_mask(f, g, value, out);
    clip_to(&out->box, f->within);
    out->kind = kind_of(f, out, value);
}

enum sc_status regions_find(struct region *out, int max, int *n_out, uint8_t **mask_out, const struct residue *d,
                            const struct surface *a, const struct surface *b, struct sc_box within,
                            struct sc_error *err)
{
    const size_t blocks = (size_t)d->w * (size_t)d->h, pixels = (size_t)a->width * (size_t)a->height;
    const size_t most = 4 * blocks > pixels ? 4 * blocks : pixels;
    struct finder f = { .d = d, .a = a, .b = b, .within = within };
    struct group *groups = malloc((size_t)max * sizeof *groups);
    enum sc_status s = SC_OK;
    int i;

    *n_out = 0;
    f.on = malloc(blocks);
    f.label = calloc(blocks, sizeof *f.label);
    f.stack = malloc(blocks * sizeof *f.stack);
    f.work = malloc((most + (size_t)a->width + (size_t)a->height) * sizeof *f.work);
    f.mask = calloc(pixels, 1);
    if (!groups || !f.on || !f.label || !f.stack || !f.work || !f.mask) {
        s = fail_memory(err);
        goto done;
    }
    find_groups(&f, groups, max, n_out);
    for (i = 0; i < *n_out; i++)
        describe(&f, &groups[i], (uint8_t)(i + 1), &out[i]);
    *mask_out = f.mask;
    f.mask = NULL;
done:
    free(groups);
    free(f.on);
    free(f.label);
    free(f.stack);
    free(f.work);
    free(f.mask);
    return s;
}
