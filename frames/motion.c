/* Fit, light, ranges. */
#include "frames/motion.h"

#include <math.h>
#include <string.h>

#define PARAMETERS 5            /* displacement, magnification, turning; and the offset of the light */

#define COARSE_ROUNDS 5         /* on means of three by three blocks, */
#define FINE_ROUNDS 4           /* and on the blocks */
#define COARSE_LEVELS 10.0f     /* a block so far off counts half */
#define FINE_LEVELS 5.0f
#define STEP_ENOUGH 0.005       /* blocks: a round that changes less was the last */

#define BORDER 1                /* blocks: the outermost are cut off, or hold the edge of a black bar */
#define EITHER_WAY 0.5          /* blocks: a block may have come from so far beside where the motion says */

/* How far out of the range of where it may have come from a block may be, levels; where there is detail, blocks are no
 * mixtures of those that they lie between, by this part of it. */
#define LUMA 7.0f
#define CHROMA 4.0f
#define TEXTURE 8.0f
#define DETAIL_PART 0.6f

#define DETAIL 3.0f             /* levels of texture: a block that says whether the motion is right */
#define DETAIL_SHARE 0.06       /* of the blocks of a quarter have that, */
#define QUARTERS 3              /* in so many quarters, */
#define HOLDS 0.88              /* and so many of them fit */
#define OVERLAP 0.35            /* of the picture is in both */

void motion_at(const struct motion *m, const struct grid *g, double x, double y, double *dx, double *dy)
{
    double cx = x - (g->w - 1) / 2.0, cy = y - (g->h - 1) / 2.0;
    *dx = m->dx + m->zoom * cx - m->turn * cy;
    *dy = m->dy + m->zoom * cy + m->turn * cx;
}

/* As the linear map c -> A c - t from the newer picture's place to the older's: A = (1 - zoom, turn; -turn, 1 - zoom). */
struct motion motion_then(const struct motion *a, const struct motion *b)
{
    double p = 1 - a->zoom, q = a->turn, r = 1 - b->zoom, s = b->turn;
    return (struct motion){ .dx = a->dx + p * b->dx + q * b->dy, .dy = a->dy - q * b->dx + p * b->dy,
                            .zoom = 1 - (p * r - q * s), .turn = p * s + q * r, .holds = a->holds && b->holds };
}

struct motion motion_back(const struct motion *m)
{
    double p = 1 - m->zoom, q = m->turn, n = p * p + q * q;
    return (struct motion){ .dx = -(p * m->dx - q * m->dy) / n, .dy = -(q * m->dx + p * m->dy) / n,
                            .zoom = 1 - p / n, .turn = -q / n, .holds = m->holds };
}

static void smooth(const struct grid *g, float *out)
{
    for (int y = 0; y < g->h; y++)
        for (int x = 0; x < g->w; x++) {
            float sum = 0;
            int n = 0;
            for (int j = y > 0 ? y - 1 : 0; j <= y + 1 && j < g->h; j++)
                for (int i = x > 0 ? x - 1 : 0; i <= x + 1 && i < g->w; i++, n++)
                    sum += g->y[j * g->w + i];
            out[y * g->w + x] = sum / (float)n;
        }
}

/* Luma of both pictures, smooth or not, on one grid. */
struct planes {
    const struct grid *shape;
    const float *a, *b;
    const bool *hidden_a, *hidden_b;
};

/* The older picture's value for a block of the newer one. */
static bool sample(const struct planes *p, const struct motion *m, int x, int y, float *out)
{
    const int w = p->shape->w, h = p->shape->h;
    double dx, dy;
    motion_at(m, p->shape, x, y, &dx, &dy);
    double fx = x - dx, fy = y - dy;
    if (!(fx >= BORDER && fy >= BORDER && fx <= w - 1 - BORDER && fy <= h - 1 - BORDER))
        return false;
    int x0 = fx < w - 2 ? (int)fx : w - 2, y0 = fy < h - 2 ? (int)fy : h - 2, i = y0 * w + x0;
    float px = (float)(fx - x0), py = (float)(fy - y0);
    if (p->hidden_a[i] || p->hidden_a[i + 1] || p->hidden_a[i + w] || p->hidden_a[i + w + 1] ||
        p->hidden_b[y * w + x])
        return false;
    *out = (1 - py) * ((1 - px) * p->a[i] + px * p->a[i + 1]) + py * ((1 - px) * p->a[i + w] + px * p->a[i + w + 1]);
    return true;
}

/* Mean difference that is left, each block counting for no more than four times COARSE_LEVELS. */
static double cost(const struct planes *p, const struct motion *m)
{
    double sum = 0;
    int n = 0;
    for (int y = BORDER; y < p->shape->h - BORDER; y += 2)
        for (int x = BORDER; x < p->shape->w - BORDER; x += 2) {
            float from;
            if (!sample(p, m, x, y, &from))
                continue;
            sum += fmin(fabs((double)(p->b[y * p->shape->w + x] - from)), 4 * (double)COARSE_LEVELS);
            n++;
        }
    return n * 4 > OVERLAP * p->shape->w * p->shape->h ? sum / n : 1e9;
}

/* Solve the symmetric system in place; false: it says too little. */
static bool solve(double a[PARAMETERS][PARAMETERS + 1])
{
    for (int k = 0; k < PARAMETERS; k++) {
        if (a[k][k] < 1e-6)
            return false;
        for (int r = 0; r < PARAMETERS; r++) {
            if (r == k)
                continue;
            double part = a[r][k] / a[k][k];
            for (int c = k; c <= PARAMETERS; c++)
                a[r][c] -= part * a[k][c];
        }
    }
    for (int k = 0; k < PARAMETERS; k++)
        a[k][PARAMETERS] /= a[k][k];
    return true;
}

/* One round; returns how far the picture's corners went, blocks, or -1. */
static double improve(const struct planes *p, struct motion *m, float levels, double *offset)
{
    const int w = p->shape->w, h = p->shape->h;
    double a[PARAMETERS][PARAMETERS + 1] = { { 0 } };
    for (int y = BORDER; y < h - BORDER; y++)
        for (int x = BORDER; x < w - BORDER; x++) {
            const int i = y * w + x;
            float from;
            if (!sample(p, m, x, y, &from))
                continue;
            float gx = (p->b[i + 1] - p->b[i - 1]) / 2, gy = (p->b[i + w] - p->b[i - w]) / 2;
            float r = p->b[i] - from - (float)*offset, off = r / levels, weight = 1 / (1 + off * off * off * off);
            float cx = (float)x - (float)(w - 1) / 2, cy = (float)y - (float)(h - 1) / 2;
            float j[PARAMETERS + 1] = { -gx, -gy, -(gx * cx + gy * cy), gx * cy - gy * cx, 1, r };
            for (int k = 0; k < PARAMETERS; k++)
                for (int c = k; c <= PARAMETERS; c++)
                    a[k][c] += (double)(weight * j[k] * j[c]);
        }
    for (int k = 0; k < PARAMETERS; k++)
        for (int c = 0; c < k; c++)
            a[k][c] = a[c][k];
    if (!solve(a))
        return -1;
    m->dx += a[0][PARAMETERS];
    m->dy += a[1][PARAMETERS];
    m->zoom += a[2][PARAMETERS];
    m->turn += a[3][PARAMETERS];
    *offset += a[4][PARAMETERS];
    return fabs(a[0][PARAMETERS]) + fabs(a[1][PARAMETERS]) +
           (fabs(a[2][PARAMETERS]) + fabs(a[3][PARAMETERS])) * (w + h) / 2;
}

struct motion motion_fit(const struct grid *a, const struct grid *b, const struct motion *guess, int n)
{
    float sa[DIFFERENCE_MAX_BLOCKS], sb[DIFFERENCE_MAX_BLOCKS];
    smooth(a, sa);
    smooth(b, sb);
    struct planes coarse = { b, sa, sb, a->hidden, b->hidden }, fine = { b, a->y, b->y, a->hidden, b->hidden };
    struct motion best = guess[0];
    double least = cost(&coarse, &best), offset = 0;
    for (int i = 1; i < n; i++) {
        double c = cost(&coarse, &guess[i]);
        if (c < least) {
            least = c;
            best = guess[i];
        }
    }
    for (int round = 0; round < COARSE_ROUNDS + FINE_ROUNDS; round++) {
        bool is_fine = round >= COARSE_ROUNDS;
        double step = improve(is_fine ? &fine : &coarse, &best, is_fine ? FINE_LEVELS : COARSE_LEVELS, &offset);
        if (step >= 0 && step > STEP_ENOUGH)
            continue;
        if (is_fine)
            break;
        round = COARSE_ROUNDS - 1;
    }
    return best;
}

/* The older picture as it looks from where the newer one was taken; what it doesn't show is hidden. */
static void warp(const struct grid *a, const struct motion *m, struct grid *out)
{
    out->w = a->w;
    out->h = a->h;
    out->masked = true;
    for (int y = 0; y < a->h; y++)
        for (int x = 0; x < a->w; x++) {
            const int i = y * a->w + x;
            double dx, dy;
            motion_at(m, a, x, y, &dx, &dy);
            int fx = (int)lround(fmax(fmin(x - dx, 1e4), -1e4)), fy = (int)lround(fmax(fmin(y - dy, 1e4), -1e4));
            int j = fy * a->w + fx;
            bool seen = fx >= BORDER && fy >= BORDER && fx < a->w - BORDER && fy < a->h - BORDER && !a->hidden[j];
            out->hidden[i] = !seen;
            out->y[i] = seen ? a->y[j] : 0;
            out->u[i] = seen ? a->u[j] : 0;
            out->v[i] = seen ? a->v[j] : 0;
            out->texture[i] = seen ? a->texture[j] : 0;
        }
    for (int i = a->w * a->h; i % 8; i++)
        out->y[i] = out->u[i] = out->v[i] = out->texture[i] = 0;
}

struct range {
    float low, high;
};

static inline void range_add(struct range *r, float v)
{
    r->low = v < r->low ? v : r->low;
    r->high = v > r->high ? v : r->high;
}

static inline float range_off(const struct range *r, float v)
{
    return v < r->low ? r->low - v : v > r->high ? v - r->high : 0;
}

float motion_away(const struct grid *a, const struct grid *b, int i, double fx, double fy)
{
    if (!(fx >= 0 && fy >= 0 && fx < a->w && fy < a->h))
        return -1;
    int x0 = (int)floor(fx - EITHER_WAY), x1 = (int)ceil(fx + EITHER_WAY);
    int y0 = (int)floor(fy - EITHER_WAY), y1 = (int)ceil(fy + EITHER_WAY);
    if (x0 < BORDER || y0 < BORDER || x1 >= a->w - BORDER || y1 >= a->h - BORDER || b->hidden[i])
        return -1;
    struct range y = { 1e9f, -1e9f }, u = y, v = y, t = y;
    for (int j = y0; j <= y1; j++)
        for (int k = j * a->w + x0; k <= j * a->w + x1; k++) {
            if (a->hidden[k])
                return -1;
            range_add(&y, a->y[k]);
            range_add(&u, a->u[k]);
            range_add(&v, a->v[k]);
            range_add(&t, a->texture[k]);
        }
    float detail = DETAIL_PART * (t.high > b->texture[i] ? t.high : b->texture[i]);
    float luma = range_off(&y, b->y[i]) / (LUMA + detail), texture = range_off(&t, b->texture[i]) / (TEXTURE + detail);
    float cu = range_off(&u, b->u[i]) / CHROMA, cv = range_off(&v, b->v[i]) / CHROMA;
    float most = luma > texture ? luma : texture, chroma = cu > cv ? cu : cv;
    return most > chroma ? most : chroma;
}

static bool explains(const struct grid *b, const uint8_t *away)
{
    int detail[4] = { 0 }, fits = 0, all = 0, seen = 0, quarters = 0;
    for (int i = 0; i < b->w * b->h; i++) {
        if (away[i] == MOTION_UNSEEN)
            continue;
        seen++;
        if (b->texture[i] < DETAIL)
            continue;
        detail[(i % b->w >= b->w / 2) + 2 * (i / b->w >= b->h / 2)]++;
        all++;
        fits += away[i] < MOTION_SCALE;
    }
    for (int q = 0; q < 4; q++)
        quarters += detail[q] > DETAIL_SHARE * b->w * b->h / 4;
    return seen > OVERLAP * b->w * b->h && quarters >= QUARTERS && fits > HOLDS * all;
}

void motion_compare(const struct grid *a, const struct grid *b, struct motion *m, uint8_t *away)
{
    struct grid moved, lit = *b;
    warp(a, m, &moved);
    struct light l = light_fit(&moved, b, NULL);
    light_undo(&l);
    light_apply(&lit, &l, false);
    for (int y = 0; y < b->h; y++)
        for (int x = 0; x < b->w; x++) {
            double dx, dy;
            motion_at(m, b, x, y, &dx, &dy);
            float d = motion_away(a, &lit, y * b->w + x, x - dx, y - dy);
            away[y * b->w + x] = d < 0                             ? MOTION_UNSEEN
                                 : d * MOTION_SCALE >= MOTION_MOST ? MOTION_MOST
                                                                   : (uint8_t)(d * MOTION_SCALE);
        }
    m->holds = explains(b, away);
}
