/* Light, displacement and remaining difference between two signatures. */
#include "frames/difference.h"

#include <math.h>
#include <stdlib.h>

/* A picture whose blocks vary less than this (levels, standard deviation) says nothing about gain. */
#define FLAT_LEVELS 2.0

/* Light is fitted to the blocks that lie within some such distance of it, levels, in so many rounds, from several
 * starts: all blocks, a shift, a gain. A bright car on a dark road while the exposure changes spoils the first. */
#define FIT_LEVELS 4.0f
#define FIT_ROUNDS 4
#define FIT_ENOUGH 0.9          /* a start that explains so much of the picture needs no other: noise of one level */
#define FIT_GAIN 1e-4           /* a round that changes the line by less was the last: a fortieth of a level */
#define FIT_OFFSET 0.01

/* Sums are kept in so many parts, which become the lanes of a vector, and are of levels about the middle one, so that
 * single precision is enough for 6400 blocks. */
#define LANES 8
#define MIDDLE 128.0f

#define FOG_GAIN 0.9
#define FOG_OFFSET 20.0         /* levels */

/* A block mean that differs less is the same, for explaining one picture by another: noise, coarse quantisation. */
#define EXPLAINED_LEVELS 5.0f

/* A block whose content is this near, levels, need not be looked for elsewhere, nor a row of blocks so near as a whole:
 * a third of what a jump is at least. */
#define NEAR_LEVELS 1.5f
#define ROW_LEVELS 3.0f

/* A block that changes less than this, levels, while two pictures are mixed does not count as changing: twice what
 * coarse quantisation moves a block mean by. */
#define MIXING_LEVELS 3.0f

/* A zoom takes away such a part of what differs in each outer third, and both directions agree on it by this factor. */
#define ZOOM_TRUST 0.4
#define ZOOM_AGREE 2.5

bool difference_comparable(const struct signature *a, const struct signature *b)
{
    return a->small_w == b->small_w && a->small_h == b->small_h && a->width == b->width && a->height == b->height;
}

void grid_luma(struct grid *out, const struct signature *s)
{
    const int n = s->grid_w * s->grid_h;
    int masked = 0;
    out->w = s->grid_w;
    out->h = s->grid_h;
    for (int i = 0; i < n; i++) {
        out->y[i] = s->blocks[i].y / 16.0f;
        out->hidden[i] = signature_is_hidden(&s->blocks[i]);
        masked |= out->hidden[i];
    }
    for (int i = n; i % LANES; i++)
        out->y[i] = 0;
    out->masked = masked;
}

void grid_from_signature(struct grid *out, const struct signature *s)
{
    const int n = s->grid_w * s->grid_h;
    grid_luma(out, s);
    for (int i = 0; i < n; i++) {
        out->u[i] = s->blocks[i].u;
        out->v[i] = s->blocks[i].v;
        out->texture[i] = s->blocks[i].texture / 2.0f;
    }
    for (int i = n; i % LANES; i++)
        out->u[i] = out->v[i] = out->texture[i] = 0;
}

struct light light_none(void)
{
    return (struct light){ .gain = 1, .chroma_gain = 1 };
}

static bool is_counted(const struct grid *a, const struct grid *b, int i)
{
    return !a->hidden[i] && !b->hidden[i];
}

/* Two grids side by side, and how much each block counts: 1 or 0. */
struct pairs {
    const struct grid *a, *b;
    int n;                      /* rounded up to whole LANES */
    double counted;
    float use[DIFFERENCE_MAX_BLOCKS];
};

static void pair_up(struct pairs *p, const struct grid *a, const struct grid *b, const bool *skip)
{
    int n = a->w * a->h, counted = 0;
    p->a = a;
    p->b = b;
    p->n = (n + LANES - 1) / LANES * LANES;
    for (int i = 0; i < n; i++) {
        int use = !(a->hidden[i] | b->hidden[i] | (skip && skip[i]));
        p->use[i] = (float)use;
        counted += use;
    }
    for (int i = n; i < p->n; i++)
        p->use[i] = 0;
    p->counted = counted;
}

/* Weighted sums of a straight line through pairs, about MIDDLE. */
struct line {
    double w, x, y, xx, xy;
};

/* The same in parts. */
struct lanes {
    float w[LANES], x[LANES], y[LANES], xx[LANES], xy[LANES];
};

static inline void lanes_add(struct lanes *l, int k, float w, float x, float y)
{
    l->w[k] += w;
    l->x[k] += w * x;
    l->y[k] += w * y;
    l->xx[k] += w * x * x;
    l->xy[k] += w * x * y;
}

static struct line lanes_sum(const struct lanes *l)
{
    struct line sum = { 0 };
    for (int k = 0; k < LANES; k++) {
        sum.w += (double)l->w[k];
        sum.x += (double)l->x[k];
        sum.y += (double)l->y[k];
        sum.xx += (double)l->xx[k];
        sum.xy += (double)l->xy[k];
    }
    return sum;
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
    *offset = my + MIDDLE - *gain * (mx + MIDDLE);
}

/* The straight line through all blocks that count, weighed by how near they are to the line l; all alike without. */
static struct line weigh(const struct pairs *p, const struct light *l)
{
    const float *a = p->a->y, *b = p->b->y, *use = p->use;
    float gain = l ? (float)l->gain / FIT_LEVELS : 0, scale = l ? 1 / FIT_LEVELS : 0;
    float offset = l ? (float)(l->offset + (l->gain - 1) * MIDDLE) / FIT_LEVELS : 0;
    struct lanes sums = { 0 };
    for (int i = 0; i < p->n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            float x = a[i + k] - MIDDLE, y = b[i + k] - MIDDLE, r = y * scale - gain * x - offset;
            float near = 1 / (1 + r * r);
            lanes_add(&sums, k, use[i + k] * near * near, x, y);
        }
    return lanes_sum(&sums);
}

/* The middle value of b - a (or of 100 b / a), over the blocks that count. */
static double middle(const struct pairs *p, bool ratio)
{
    const struct grid *a = p->a, *b = p->b;
    int counts[1024] = { 0 }, n = 0, seen = 0;
    for (int i = 0; i < a->w * a->h; i++) {
        if (p->use[i] <= 0)
            continue;
        float v = ratio ? 100 * (b->y[i] + 1) / (a->y[i] + 1) : b->y[i] - a->y[i] + 512;
        counts[v < 0 ? 0 : v > 1023 ? 1023 : (int)v]++;
        n++;
    }
    for (int v = 0; v < 1024; v++)
        if ((seen += counts[v]) * 2 >= n)
            return ratio ? v / 100.0 : v - 511.5;
    return ratio ? 1 : 0;
}

/* Improve the line round by round; returns how much of the picture it explains, 0..1. */
static double refine(const struct pairs *p, struct light *l)
{
    struct line luma = { 0 };
    for (int round = 0; round < FIT_ROUNDS; round++) {
        struct light before = *l;
        luma = weigh(p, l);
        line_solve(&luma, &l->gain, &l->offset);
        if (fabs(l->gain - before.gain) < FIT_GAIN && fabs(l->offset - before.offset) < FIT_OFFSET)
            break;
    }
    return p->counted > 0 ? luma.w / p->counted : 0;
}

/* One gain for both planes about their means, and how far each mean moves. scale: levels, as FIT_LEVELS; 0: all blocks
 * count alike. */
static void chroma_round(const struct pairs *p, struct light *l, float scale)
{
    const float *au = p->a->u, *av = p->a->v, *bu = p->b->u, *bv = p->b->v, *use = p->use;
    float gain = (float)l->chroma_gain, du = (float)l->du, dv = (float)l->dv, part = scale > 0 ? 1 / scale : 0;
    struct lanes us = { 0 }, vs = { 0 };
    for (int i = 0; i < p->n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            float xu = au[i + k] - MIDDLE, yu = bu[i + k] - MIDDLE, xv = av[i + k] - MIDDLE, yv = bv[i + k] - MIDDLE;
            float ru = (yu - gain * xu - du) * part, rv = (yv - gain * xv - dv) * part;
            float w = use[i + k] / (1 + ru * ru + rv * rv);
            lanes_add(&us, k, w, xu, yu);
            lanes_add(&vs, k, w, xv, yv);
        }
    struct line u = lanes_sum(&us), v = lanes_sum(&vs);
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
    struct light best = light_none();
    struct pairs p;
    double most = -1;
    pair_up(&p, a, b, skip);
    for (int i = 0; i < 3 && most < FIT_ENOUGH; i++) {
        struct light start = light_none();
        if (i == 0) {
            start.offset = middle(&p, false);
        } else if (i == 1) {
            start.gain = middle(&p, true);
        } else {
            struct line all = weigh(&p, NULL);
            line_solve(&all, &start.gain, &start.offset);
        }
        double explained = refine(&p, &start);
        if (explained > most) {
            most = explained;
            best = start;
        }
    }
    if (is_fog(&best)) {
        best = light_none();
        best.offset = middle(&p, false);
    }
    for (int round = 0; round < 3; round++)
        chroma_round(&p, &best, round ? 2 : 0); /* levels: chroma is whole numbers and quiet */
    return best;
}

void light_apply(struct grid *a, const struct light *l, bool open)
{
    float gain = (float)l->gain, offset = (float)l->offset, chroma = (float)l->chroma_gain;
    float du = (float)l->du + MIDDLE, dv = (float)l->dv + MIDDLE;
    for (int i = 0; i < a->w * a->h; i++) {
        float y = gain * a->y[i] + offset;
        a->y[i] = open ? y : y < 0 ? 0 : y > 255 ? 255 : y;
        a->u[i] = chroma * (a->u[i] - MIDDLE) + du;
        a->v[i] = chroma * (a->v[i] - MIDDLE) + dv;
        a->texture[i] *= gain;
    }
}

static float block_distance(const struct grid *a, int i, const struct grid *b, int j)
{
    return fabsf(a->y[i] - b->y[j]) + fabsf(a->u[i] - b->u[j]) + fabsf(a->v[i] - b->v[j]) +
           0.5f * fabsf(a->texture[i] - b->texture[j]);
}

/* Lower best[from..to-1] of a row of b to the distances from the row of a that lies dy rows away, dx blocks to the
 * side. */
static void nearest(const struct grid *a, const struct grid *b, int y, int dy, int dx, float *restrict best)
{
    const int from = dx < 0 ? -dx : 0, to = dx > 0 ? b->w - dx : b->w, i = y * b->w, j = (y + dy) * a->w + dx;
    const float *ay = a->y + j, *au = a->u + j, *av = a->v + j, *at = a->texture + j;
    const float *by = b->y + i, *bu = b->u + i, *bv = b->v + i, *bt = b->texture + i;
    for (int x = from; x < to; x++) {
        float d = fabsf(ay[x] - by[x]) + fabsf(au[x] - bu[x]) + fabsf(av[x] - bv[x]) + 0.5f * fabsf(at[x] - bt[x]);
        if (a->masked && a->hidden[j + x])
            continue;
        best[x] = d < best[x] ? d : best[x];
    }
}

double difference_content(const struct grid *a, const struct grid *b, int reach)
{
    float here[SIGNATURE_MAX_GRID], best[SIGNATURE_MAX_GRID];
    double sum = 0;
    int n = 0;
    for (int y = 0; y < b->h; y++) {
        const int i = y * b->w;
        float all = 0, left = 0;
        int counted = 0;
        for (int x = 0; x < b->w; x++) {
            here[x] = best[x] = is_counted(a, b, i + x) ? block_distance(a, i + x, b, i + x) : 0;
            all += here[x];
            counted += is_counted(a, b, i + x);
        }
        for (int dy = -reach; dy <= reach && all > ROW_LEVELS * (float)counted; dy++)
            for (int dx = -reach; dx <= reach; dx++)
                if (y + dy >= 0 && y + dy < a->h)
                    nearest(a, b, y, dy, dx, best);
        for (int x = 0; x < b->w; x++)
            left += here[x] > NEAR_LEVELS ? best[x] : here[x];
        sum += (double)left;
        n += counted;
    }
    return n ? sum / n : 0;
}

double difference_correlation(const struct grid *a, const struct grid *b)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    int n = 0;
    for (int i = 0; i < a->w * a->h; i++) {
        double x = a->y[i], y = b->y[i];
        if (!is_counted(a, b, i))
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

/* Mean absolute difference of two projections, each about its own mean, b moved back by d; 1/16 level. */
static double projection_cost(const uint16_t *a, const uint16_t *b, int n, int d)
{
    int from = d > 0 ? d : 0, to = d > 0 ? n : n + d, difference = 0, sum = 0;
    if (to - from < n / 2)
        return 1e9;
    for (int i = from; i < to; i++)
        difference += b[i] - a[i - d];
    const int mean = (2 * difference + (difference < 0 ? -1 : 1) * (to - from)) / (2 * (to - from));
    for (int i = from; i < to; i++)
        sum += abs(b[i] - a[i - d] - mean);
    return (double)sum / (to - from);
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

/* By how much the outer thirds of a projection moved apart, as part of the distance between them. */
static double spreading(const uint16_t *a, const uint16_t *b, int n, int max)
{
    double gone[2] = { 0 }, left[2] = { 0 };
    int third = n / 3;
    double low = projection_shift(a, b, third, max < third / 2 ? max : third / 2 - 1, &gone[0], &left[0]);
    double high = projection_shift(a + n - third, b + n - third, third, max < third / 2 ? max : third / 2 - 1, &gone[1],
                                   &left[1]);
    for (int i = 0; i < 2; i++)
        if (gone[i] < ZOOM_TRUST * (gone[i] + left[i] + 2)) /* 2: an eighth of a level, what rounding leaves */
            return 0;
    return (high - low) / (n - third);
}

double difference_zoom(const struct signature *a, const struct signature *b, int max_px)
{
    double x = spreading(a->cols, b->cols, a->small_w, max_px), y = spreading(a->rows, b->rows, a->small_h, max_px);
    double less = fmin(fabs(x), fabs(y)), more = fmax(fabs(x), fabs(y));
    return x * y > 0 && more < ZOOM_AGREE * less ? (x + y) / 2 : 0;
}

void light_undo(struct light *l)
{
    l->gain = 1 / l->gain;
    l->offset = -l->offset * l->gain;
    l->chroma_gain = l->chroma_gain > 0.1 ? 1 / l->chroma_gain : 1; /* a gray picture has lost its colours */
    l->du = -l->du * l->chroma_gain;
    l->dv = -l->dv * l->chroma_gain;
}

double difference_luma(const struct signature *a, const struct signature *b)
{
    int sum = 0, n = a->grid_w * a->grid_h;
    for (int i = 0; i < n; i++)
        sum += abs(a->blocks[i].y - b->blocks[i].y);
    return n ? (double)sum / (16.0 * n) : 0;
}

struct mixing difference_mixing(const struct grid *a, const struct grid *m, const struct grid *b, double part)
{
    struct mixing out = { 0 };
    float size[LANES] = { 0 }, off[LANES] = { 0 }, after = (float)part, before = 1 - after;
    int moved[LANES] = { 0 };
    struct pairs p;
    double all_off = 0;
    int all_moved = 0;
    pair_up(&p, a, b, NULL);
    for (int i = 0; i < p.n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            float d = fabsf(b->y[i + k] - a->y[i + k]) * p.use[i + k];
            size[k] += d;
            off[k] += fabsf(m->y[i + k] - before * a->y[i + k] - after * b->y[i + k]) * p.use[i + k];
            moved[k] += d > MIXING_LEVELS;
        }
    if (p.counted <= 0)
        return out;
    for (int k = 0; k < LANES; k++) {
        out.size += (double)size[k];
        all_off += (double)off[k];
        all_moved += moved[k];
    }
    out.bend = all_off / (out.size + 0.01 * p.counted);
    out.size /= p.counted;
    out.share = all_moved / p.counted;
    return out;
}

double difference_explained(const struct grid *a, const struct grid *b)
{
    int n = 0, of = 0;
    for (int i = 0; i < a->w * a->h; i++) {
        int counted = is_counted(a, b, i);
        of += counted;
        n += counted & (fabsf(a->y[i] - b->y[i]) < EXPLAINED_LEVELS);
    }
    return of ? (double)n / of : 1;
}
