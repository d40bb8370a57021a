/* Light, displacement and remaining difference between two signatures. */
#include "frames/difference.h"

#include <math.h>
#include <string.h>

/* A picture whose blocks vary less than this (levels, standard deviation) says nothing about gain. */
#define FLAT_LEVELS 2.0

/* Light is fitted to the blocks that lie within some such distance of it, levels, in so many rounds, from several
 * starts: all blocks, a shift, a gain. A bright car on a dark road while the exposure changes spoils the first. */
#define FIT_LEVELS 4.0
#define FIT_ROUNDS 4

#define FOG_GAIN 0.9
#define FOG_OFFSET 20.0         /* levels */

/* A block mean that differs less is the same, for explaining one picture by another: noise, coarse quantisation. */
#define EXPLAINED_LEVELS 5.0

/* A block whose content is this near, levels, need not be looked for elsewhere. */
#define NEAR_LEVELS 1.5f

/* A block that changes less than this, levels, while two pictures are mixed does not count as changing: twice what
 * coarse quantisation moves a block mean by. */
#define MIXING_LEVELS 3.0

bool difference_comparable(const struct signature *a, const struct signature *b)
{
    return a->small_w == b->small_w && a->small_h == b->small_h && a->width == b->width && a->height == b->height;
}

void grid_from_signature(struct grid *out, const struct signature *s)
{
    out->w = s->grid_w;
    out->h = s->grid_h;
    for (int i = 0; i < s->grid_w * s->grid_h; i++) {
        const struct signature_block *b = &s->blocks[i];
        out->y[i] = b->y / 16.0f;
        out->u[i] = b->u;
        out->v[i] = b->v;
        out->texture[i] = b->texture / 2.0f;
        out->hidden[i] = signature_is_hidden(b);
    }
}

struct light light_none(void)
{
    return (struct light){ .gain = 1, .chroma_gain = 1 };
}

static bool is_counted(const struct grid *a, const struct grid *b, const bool *skip, int i)
{
    return !a->hidden[i] && !b->hidden[i] && !(skip && skip[i]);
}

/* Weighted sums of a straight line through pairs. */
struct line {
    double w, x, y, xx, xy;
};

static void line_add(struct line *l, double w, double x, double y)
{
    l->w += w;
    l->x += w * x;
    l->y += w * y;
    l->xx += w * x * x;
    l->xy += w * x * y;
}

static void line_solve(const struct line *l, double *gain, double *offset)
{
    if (l->w <= 0)
        return;
    double mx = l->x / l->w, my = l->y / l->w;
    double variance = l->xx / l->w - mx * mx;
    *gain = variance > FLAT_LEVELS * FLAT_LEVELS ? (l->xy / l->w - mx * my) / variance : 1;
    if (*gain < 0.02)
        *gain = 0.02;
    if (*gain > 50)
        *gain = 50;
    *offset = my - *gain * mx;
}

/* The straight line through all blocks that count, weighed by how near they are to the line l; all alike without. */
static struct line weigh(const struct grid *a, const struct grid *b, const bool *skip, const struct light *l)
{
    struct line luma = { 0 };
    for (int i = 0; i < a->w * a->h; i++) {
        if (!is_counted(a, b, skip, i))
            continue;
        double r = l ? (b->y[i] - l->gain * a->y[i] - l->offset) / FIT_LEVELS : 0;
        double near = 1 / (1 + r * r);
        line_add(&luma, near * near, a->y[i], b->y[i]);
    }
    return luma;
}

/* The middle value of b - a (or of 100 b / a), over the blocks that count. */
static double middle(const struct grid *a, const struct grid *b, const bool *skip, bool ratio)
{
    int counts[1024] = { 0 }, n = 0, seen = 0;
    for (int i = 0; i < a->w * a->h; i++) {
        if (!is_counted(a, b, skip, i))
            continue;
        double v = ratio ? 100 * (b->y[i] + 1) / (a->y[i] + 1) : b->y[i] - a->y[i] + 512;
        counts[v < 0 ? 0 : v > 1023 ? 1023 : (int)v]++;
        n++;
    }
    for (int v = 0; v < 1024; v++)
        if ((seen += counts[v]) * 2 >= n)
            return ratio ? v / 100.0 : v - 511.5;
    return ratio ? 1 : 0;
}

/* Improve the line round by round; returns how much of the picture it explains, 0..1. */
static double refine(const struct grid *a, const struct grid *b, const bool *skip, struct light *l)
{
    struct line luma = { 0 };
    int n = 0;
    for (int round = 0; round < FIT_ROUNDS; round++) {
        luma = weigh(a, b, skip, l);
        line_solve(&luma, &l->gain, &l->offset);
    }
    for (int i = 0; i < a->w * a->h; i++)
        n += is_counted(a, b, skip, i);
    return n ? luma.w / n : 0;
}

/* One gain for both planes about their means, and how far each mean moves. */
static void chroma_round(const struct grid *a, const struct grid *b, const bool *skip, struct light *l, double scale)
{
    struct line u = { 0 }, v = { 0 };
    for (int i = 0; i < a->w * a->h; i++) {
        if (!is_counted(a, b, skip, i))
            continue;
        double ru = (b->u[i] - 128 - l->chroma_gain * (a->u[i] - 128) - l->du) / scale;
        double rv = (b->v[i] - 128 - l->chroma_gain * (a->v[i] - 128) - l->dv) / scale;
        double w = 1 / (1 + ru * ru + rv * rv);
        line_add(&u, w, a->u[i] - 128, b->u[i] - 128);
        line_add(&v, w, a->v[i] - 128, b->v[i] - 128);
    }
    if (u.w <= 0)
        return;
    double spread = (u.xx + v.xx) / u.w - (u.x * u.x + v.x * v.x) / (u.w * u.w);
    double common = (u.xy + v.xy) / u.w - (u.x * u.y + v.x * v.y) / (u.w * u.w);
    l->chroma_gain = spread > FLAT_LEVELS * FLAT_LEVELS ? common / spread : 1;
    l->chroma_gain = l->chroma_gain < 0 ? 0 : l->chroma_gain > 4 ? 4 : l->chroma_gain;
    l->du = u.y / u.w - l->chroma_gain * u.x / u.w;
    l->dv = v.y / v.w - l->chroma_gain * v.x / v.w;
}

/* Less contrast about a bright level, or more: no lamp does that, a page that dissolves does. */
static bool is_fog(const struct light *l)
{
    return (l->gain < FOG_GAIN && l->offset > FOG_OFFSET) || (l->gain > 1 / FOG_GAIN && l->offset < -FOG_OFFSET);
}

struct light light_fit(const struct grid *a, const struct grid *b, const bool *skip)
{
    struct light start[3] = { light_none(), light_none(), light_none() }, best = light_none();
    struct line all = weigh(a, b, skip, NULL);
    double most = -1;
    line_solve(&all, &start[0].gain, &start[0].offset);
    start[1].offset = middle(a, b, skip, false);
    start[2].gain = middle(a, b, skip, true);
    for (int i = 0; i < 3; i++) {
        double explained = refine(a, b, skip, &start[i]);
        if (explained > most) {
            most = explained;
            best = start[i];
        }
    }
    if (is_fog(&best)) {
        best = light_none();
        best.offset = middle(a, b, skip, false);
    }
    for (int round = 0; round < 3; round++)
        chroma_round(a, b, skip, &best, round ? 2 : 1e6); /* levels: chroma is whole numbers and quiet */
    return best;
}

void light_apply(struct grid *a, const struct light *l)
{
    for (int i = 0; i < a->w * a->h; i++) {
        double y = l->gain * a->y[i] + l->offset;
        a->y[i] = (float)(y < 0 ? 0 : y > 255 ? 255 : y);
        a->u[i] = (float)(128 + l->chroma_gain * (a->u[i] - 128) + l->du);
        a->v[i] = (float)(128 + l->chroma_gain * (a->v[i] - 128) + l->dv);
        a->texture[i] = (float)(a->texture[i] * l->gain);
    }
}

static float block_distance(const struct grid *a, int i, const struct grid *b, int j)
{
    return fabsf(a->y[i] - b->y[j]) + fabsf(a->u[i] - b->u[j]) + fabsf(a->v[i] - b->v[j]) +
           0.5f * fabsf(a->texture[i] - b->texture[j]);
}

double difference_content(const struct grid *a, const struct grid *b, int reach)
{
    double sum = 0;
    int n = 0;
    for (int y = 0; y < b->h; y++) {
        int y0 = y > reach ? y - reach : 0, y1 = y + reach < a->h ? y + reach : a->h - 1;
        for (int x = 0; x < b->w; x++) {
            int x0 = x > reach ? x - reach : 0, x1 = x + reach < a->w ? x + reach : a->w - 1;
            float best = block_distance(a, y * a->w + x, b, y * b->w + x);
            if (!is_counted(a, b, NULL, y * b->w + x))
                continue;
            for (int yy = y0; yy <= y1 && best > NEAR_LEVELS; yy++)
                for (int xx = x0; xx <= x1; xx++) {
                    if (a->hidden[yy * a->w + xx])
                        continue;
                    float d = block_distance(a, yy * a->w + xx, b, y * b->w + x);
                    best = d < best ? d : best;
                }
            sum += best;
            n++;
        }
    }
    return n ? sum / n : 0;
}

double difference_correlation(const struct grid *a, const struct grid *b)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    int n = 0;
    for (int i = 0; i < a->w * a->h; i++) {
        double x = a->y[i], y = b->y[i];
        if (!is_counted(a, b, NULL, i))
            continue;
        n++;
        sa += x;
        sb += y;
        saa += x * x;
        sbb += y * y;
        sab += x * y;
    }
    if (!n)
        return 1;
    double va = saa / n - sa / n * sa / n, vb = sbb / n - sb / n * sb / n;
    if (va < 0.25 || vb < 0.25) /* levels squared: flat */
        return va < 0.25 && vb < 0.25 ? 1 : 0;
    return (sab / n - sa / n * sb / n) / sqrt(va * vb);
}

/* Sum of absolute differences of two projections, each about its own mean, b moved back by d. */
static double projection_cost(const uint16_t *a, const uint16_t *b, int n, int d)
{
    int from = d > 0 ? d : 0, to = d > 0 ? n : n + d;
    if (to - from < n / 2)
        return 1e9;
    double ma = 0, mb = 0, sum = 0;
    for (int i = from; i < to; i++) {
        ma += a[i - d];
        mb += b[i];
    }
    ma /= to - from;
    mb /= to - from;
    for (int i = from; i < to; i++)
        sum += fabs((b[i] - mb) - (a[i - d] - ma));
    return sum / (to - from);
}

/* The best displacement along one axis; *gone and *left sum the cost taken away and what is left. */
static double projection_shift(const uint16_t *a, const uint16_t *b, int n, int max, double *gone, double *left)
{
    double still = projection_cost(a, b, n, 0), best = still;
    int at = 0;
    for (int d = -max; d <= max; d++) {
        double c = projection_cost(a, b, n, d);
        if (c < best) {
            best = c;
            at = d;
        }
    }
    double before = projection_cost(a, b, n, at - 1), after = projection_cost(a, b, n, at + 1);
    double curve = before + after - 2 * best;
    *gone += still - best;
    *left += best;
    if (before > 1e8 || after > 1e8 || curve <= 0)
        return at;
    double part = 0.5 * (before - after) / curve;
    return at + (part < -0.5 ? -0.5 : part > 0.5 ? 0.5 : part);
}

struct shift difference_shift(const struct signature *a, const struct signature *b, int max_px)
{
    double gone = 0, left = 0;
    struct shift s = { 0 };
    s.dx = projection_shift(a->cols, b->cols, a->small_w, max_px, &gone, &left);
    s.dy = projection_shift(a->rows, b->rows, a->small_h, max_px, &gone, &left);
    s.confidence = gone + left > 0 ? gone / (gone + left + 4) : 0; /* 4: a quarter level, what rounding leaves */
    return s;
}

void light_undo(struct light *l)
{
    l->gain = 1 / l->gain;
    l->offset = -l->offset * l->gain;
    l->chroma_gain = l->chroma_gain > 0.1 ? 1 / l->chroma_gain : 1; /* a gray picture has lost its colours */
    l->du = -l->du * l->chroma_gain;
    l->dv = -l->dv * l->chroma_gain;
}

struct mixing difference_mixing(const struct grid *a, const struct grid *m, const struct grid *b, double part)
{
    struct mixing out = { 0 };
    double off = 0;
    int n = 0, moved = 0;
    for (int i = 0; i < a->w * a->h; i++) {
        double d = b->y[i] - a->y[i];
        if (!is_counted(a, b, NULL, i))
            continue;
        n++;
        out.size += fabs(d);
        off += fabs(m->y[i] - (1 - part) * a->y[i] - part * b->y[i]);
        moved += fabs(d) > MIXING_LEVELS;
    }
    if (!n)
        return out;
    out.bend = off / (out.size + 0.01 * n);
    out.size /= n;
    out.share = (double)moved / n;
    return out;
}

double difference_explained(const struct grid *a, const struct grid *b)
{
    int n = 0, of = 0;
    for (int i = 0; i < a->w * a->h; i++) {
        of += is_counted(a, b, NULL, i);
        n += is_counted(a, b, NULL, i) && fabsf(a->y[i] - b->y[i]) < EXPLAINED_LEVELS;
    }
    return of ? (double)n / of : 1;
}
