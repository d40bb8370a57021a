/* How different two aligned pictures are, block by block.
 *
 * Three things make blocks differ without a change: noise, which is estimated from the flat blocks; edges that do not
 * lie exactly on each other, against which the best of nine displacements by a pixel counts; and textures that move or
 * were compressed differently, which is estimated from the textured blocks as a share of their texture. */
#include "frames/pixels/residue.h"

#include <math.h>
#include <stdlib.h>

#define SMALL_SIDE 960           /* pictures up to here get the smaller blocks */
#define FLAT 2.0f                /* texture, levels per pixel */
#define TEXTURED 4.0f
#define LEAST_BLOCKS 24          /* for an estimate */
#define SPREADS 4.0f             /* robust deviations above the median */
#define TO_DEVIATION 1.4826f     /* from a median absolute deviation */
#define LEAST_Y 2.5f             /* levels: what even perfect pictures may differ by */
#define LEAST_C 3.0f
#define MOST_Y 9.0f              /* an estimate above this has seen a change, not noise */
#define MOST_C 7.0f
#define RESTLESS 0.95f           /* from here on textures are taken to move by more than a block... */
#define FAR 3                    /* ...by up to so many */
#define LEAST_RESTLESS 0.15f     /* share of the texture that always may differ */
#define MOST_RESTLESS 1.1f       /* share of the texture: leaves in the wind */
#define CALM 0.3f                /* the most in drawn pictures (text does not move by itself) and between scenes */
#define UNRELATED 0.5f           /* correlation of two scenes, at most */
#define RELATED 0.8f             /* of one, at least */

#define SATURATED 0.06f          /* tolerance of chroma for each level of saturation: gain is never quite right */
#define EDGE 0.5f                /* the same for each level that the neighbours' chroma differs by */

struct facts {
    float y, c;                  /* mean differences, levels */
    float texture;               /* of the calmer of the two, here and around */
    float own_texture[2];
    float mean[2][3];            /* of both pictures' Y', Cb, Cr */
    float loose;                 /* tolerance of chroma at saturated colours and beside edges of colour */
};

struct frame {
    const struct surface *a, *b;
    int side;
};

static int clamp(int v, int most)
{
    return v < 0 ? 0 : v > most ? most : v;
}

/* Mean absolute luma difference of a block to the one dx, dy beside it; beyond the border the last pixel counts. */
static float luma_difference(const struct frame *f, int x0, int y0, int w, int h, int dx, int dy)
{
    const bool inside = x0 + dx >= 0 && y0 + dy >= 0 && x0 + w + dx <= f->b->width && y0 + h + dy <= f->b->height;
    int sum = 0, x, y;

    for (y = y0; y < y0 + h; y++) {
        const uint8_t *a = f->a->plane[0] + y * f->a->stride;
        const uint8_t *b = f->b->plane[0] + clamp(y + dy, f->b->height - 1) * f->b->stride;

        if (inside)
            for (x = x0; x < x0 + w; x++)
                sum += abs(a[x] - b[x + dx]);
        else
            for (x = x0; x < x0 + w; x++)
                sum += abs(a[x] - b[clamp(x + dx, f->b->width - 1)]);
    }
    return (float)sum / (float)(w * h);
}

static float best_luma_difference(const struct frame *f, int x, int y, int w, int h)
{
    float best = luma_difference(f, x, y, w, h, 0, 0);
    int dx, dy;

    for (dy = -1; dy <= 1 && best > 1; dy++)
        for (dx = -1; dx <= 1; dx++)
            if (dx || dy) {
                const float d = luma_difference(f, x, y, w, h, dx, dy);

                best = d < best ? d : best;
            }
    return best;
}

static float mean_of(const struct surface *s, int k, int x0, int y0, int w, int h)
{
    int sum = 0, x, y;

    for (y = y0; y < y0 + h; y++)
        for (x = x0; x < x0 + w; x++)
            sum += s->plane[k][y * s->stride + x];
    return (float)sum / (float)(w * h);
}

static float texture_of(const struct surface *s, int x0, int y0, int w, int h)
{
    int sum = 0, x, y;

    for (y = y0; y < y0 + h; y++) {
        const uint8_t *row = s->plane[0] + y * s->stride, *below = y + 1 < s->height ? row + s->stride : row;

        for (x = x0; x < x0 + w; x++)
            sum += abs(row[x] - row[x + 1 < s->width ? x + 1 : x]) + abs(row[x] - below[x]);
    }
    return (float)sum / (float)(2 * w * h);
}

static struct facts facts_of(const struct frame *f, int x, int y)
{
    const int w = f->a->width - x < f->side ? f->a->width - x : f->side;
    const int h = f->a->height - y < f->side ? f->a->height - y : f->side;
    struct facts facts = { .y = best_luma_difference(f, x, y, w, h),
                           .own_texture = { texture_of(f->a, x, y, w, h), texture_of(f->b, x, y, w, h) } };
    int k;

    for (k = 0; k < 3; k++) {
        facts.mean[0][k] = mean_of(f->a, k, x, y, w, h);
        facts.mean[1][k] = mean_of(f->b, k, x, y, w, h);
    }
    facts.c = fmaxf(fabsf(facts.mean[0][1] - facts.mean[1][1]), fabsf(facts.mean[0][2] - facts.mean[1][2]));
    return facts;
}

/* Look at the neighbours too: texture moves in from them, and chroma bleeds. */
static void look_around(struct facts *facts, int w, int h, int x, int y, int reach)
{
    struct facts *here = &facts[y * w + x];
    float loose[2], texture[2];
    int p, k, dx, dy;

    for (p = 0; p < 2; p++) {
        float edge = 0;

        texture[p] = 0;
        for (dy = -reach; dy <= reach; dy++)
            for (dx = -reach; dx <= reach; dx++) {
                const struct facts *there = &facts[clamp(y + dy, h - 1) * w + clamp(x + dx, w - 1)];

                texture[p] = fmaxf(texture[p], there->own_texture[p]);
                for (k = 1; k < 3 && abs(dx) <= 1 && abs(dy) <= 1; k++)
                    edge = fmaxf(edge, fabsf(there->mean[p][k] - here->mean[p][k]));
            }
        loose[p] = EDGE * edge +
                   SATURATED * fmaxf(fabsf(here->mean[p][1] - 128), fabsf(here->mean[p][2] - 128));
    }
    here->texture = fminf(texture[0], texture[1]);
    here->loose = fminf(loose[0], loose[1]);
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

/* The median and some robust deviations above it: what is still usual. Changes the values. */
static float usual_most(float *values, int n)
{
    float middle;
    int i;

    if (n < LEAST_BLOCKS)
        return 0;
    qsort(values, (size_t)n, sizeof *values, by_value);
    middle = values[n / 2];
    for (i = 0; i < n; i++)
        values[i] = fabsf(values[i] - middle);
    qsort(values, (size_t)n, sizeof *values, by_value);
    return middle + SPREADS * TO_DEVIATION * values[n / 2];
}

static float between(float v, float least, float most)
{
    return v < least ? least : v > most ? most : v;
}

/* Do the pictures show the same place at all? 1 when the means of their blocks go together, 0 for two scenes. */
static float kinship_of(const struct facts *facts, int n)
{
    double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    int i;

    for (i = 0; i < n; i++) {
        const double u = facts[i].mean[0][0], v = facts[i].mean[1][0];

        a += u;
        b += v;
        aa += u * u;
        bb += v * v;
        ab += u * v;
    }
    aa -= a * a / n;
    bb -= b * b / n;
    if (aa < n || bb < n)
        return 1;
    return between((float)((ab - a * b / n) / sqrt(aa * bb) - UNRELATED) / (RELATED - UNRELATED), 0, 1);
}

struct usual {
    float y, c, restless;
};

static struct usual usual_of(const struct facts *facts, int n, bool drawn, float kinship, float *work)
{
    const float most_restless = drawn ? CALM : CALM + kinship * (MOST_RESTLESS - CALM);
    struct usual usual;
    int i, n_flat = 0, n_textured = 0;

    for (i = 0; i < n; i++)
        if (facts[i].texture < FLAT)
            work[n_flat++] = facts[i].y;
    for (i = 0; i < n && n_flat < LEAST_BLOCKS; i++)
        work[n_flat++] = facts[i].y;
    usual.y = between(usual_most(work, n_flat), LEAST_Y, LEAST_Y + kinship * (MOST_Y - LEAST_Y));
    for (i = 0; i < n; i++)
        work[i] = facts[i].c;
    usual.c = between(usual_most(work, n), LEAST_C, LEAST_C + kinship * (MOST_C - LEAST_C));
    for (i = 0; i < n; i++)
        if (facts[i].texture >= TEXTURED)
            work[n_textured++] = facts[i].y / facts[i].texture;
    usual.restless = between(usual_most(work, n_textured), LEAST_RESTLESS, most_restless);
    return usual;
}

static void fill_blocks(struct residue *d, const struct facts *facts, const struct usual *usual, double sensitivity)
{
    int i, k;

    for (i = 0; i < d->w * d->h; i++) {
        const float of_y = facts[i].y / hypotf(usual->y, usual->restless * facts[i].texture);
        const float of_c = facts[i].c / (usual->c + facts[i].loose);

        d->blocks[i].score = fmaxf(of_y, of_c) * (float)sensitivity;
        d->blocks[i].y = facts[i].y;
        for (k = 0; k < 3; k++)
            d->blocks[i].step[k] = facts[i].mean[1][k] - facts[i].mean[0][k];
    }
}

enum sc_status residue_find(struct residue *out, const struct surface *a, const struct surface *b,
                               const struct residue_settings *settings, struct sc_error *err)
{
    const int longer = a->width > a->height ? a->width : a->height;
    const int side = longer <= SMALL_SIDE ? 4 : 8;
    const int w = (a->width + side - 1) / side, h = (a->height + side - 1) / side, n = w * h;
    struct frame frame = { a, b, side };
    struct facts *facts = malloc((size_t)n * sizeof *facts);
    float *work = malloc((size_t)(n + LEAST_BLOCKS) * sizeof *work);
    struct usual usual;
    int i;

    *out = (struct residue){ .side = side, .w = w, .h = h, .blocks = malloc((size_t)n * sizeof *out->blocks) };
    if (!facts || !work || !out->blocks) {
        free(facts);
        free(work);
        residue_dispose(out);
        return fail_memory(err);
    }
    for (i = 0; i < n; i++)
        facts[i] = facts_of(&frame, i % w * side, i / w * side);
    for (i = 0; i < n; i++)
        look_around(facts, w, h, i % w, i / w, 1);
    out->kinship = kinship_of(facts, n);
    usual = usual_of(facts, n, settings->drawn, out->kinship, work);
    for (i = 0; i < n && usual.restless > RESTLESS; i++)
        look_around(facts, w, h, i % w, i / w, FAR);
    usual.y += settings->slack * out->kinship;
    usual.c += settings->slack * out->kinship / 2;
    out->noise_y = usual.y;
    out->noise_c = usual.c;
    fill_blocks(out, facts, &usual, settings->sensitivity);
    free(facts);
    free(work);
    return SC_OK;
}

void residue_dispose(struct residue *d)
{
    free(d->blocks);
    *d = (struct residue){ 0 };
}
