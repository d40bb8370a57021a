/* From a decoded picture to its signature.
 *
 * The planes are averaged over whole samples, as they lie in memory: rows are added up into one accumulator, which is
 * folded into small pixels once for each small row. Then everything is small: range, turning, blocks. */
#include "frames/pixels/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

#include "frames/pixels/convert.h"

#define TILE 4096               /* samples of a row that are added up at a time: stays in the first-level cache */
#define TILE_ROWS 256           /* 256 * 255 fits uint16_t, 256 * 65535 fits uint32_t */
#define RUN 64                  /* samples in a loop of constant length, which compilers turn into vector code */
#define SMALL_MAX (SIGNATURE_SIDE * SIGNATURE_SIDE)
#define WHITE 4080              /* 255 in 1/16 level */

/* The samples from..to-1 of a row or column that one small pixel averages. */
struct run {
    int from, to;
};

struct measurer {
    struct sc_box crop;
    struct converter flatten, to_yuv;
    AVFrame *yuv;               /* reused while its size stays the same */
    uint16_t acc16[TILE];
    uint32_t acc32[TILE];
    uint32_t sums[SIGNATURE_SIDE]; /* of one-byte samples: 255 * 2^28 / 320 at most */
    uint64_t wide_sums[SIGNATURE_SIDE];
    int width;                  /* of all runs across, or 0 */
    struct run across[SIGNATURE_SIDE], down[SIGNATURE_SIDE];
    uint16_t coded[SMALL_MAX];  /* a small plane in 1/16 level, as coded */
    uint16_t luma[SMALL_MAX];   /* small luma as displayed */
    uint16_t chroma[2][SIGNATURE_MAX_GRID * SIGNATURE_MAX_GRID]; /* a sample for each block, as displayed */
};

/* One plane's samples: where they lie and what they mean. */
struct plane {
    const uint8_t *data;
    ptrdiff_t stride;
    int width, height;          /* samples */
    int step;                   /* samples from one to the next of the same kind: 2 for interleaved chroma */
    int first;                  /* 0, or 1 for the second kind of interleaved chroma */
    bool wide;                  /* two bytes a sample */
    int zero, zero_level;       /* value of black or neutral chroma, and what it is in 1/16 level of full range */
    int extent;                 /* values from black to white, or from lowest to highest chroma */
    int log2_w, log2_h;         /* subsampling */
};

/* The coded region and the small picture that it becomes, before turning. */
struct target {
    int x, y, w, h;
    int small_w, small_h;
};

enum sc_status measure_open(struct measurer **out, struct sc_box crop, struct sc_error *err)
{
    *out = NULL;
    if (crop.x < 0 || crop.y < 0 || crop.w < 0 || crop.h < 0)
        return fail(err, SC_ERR_INVALID, "crop '%d,%d,%d,%d' has negative numbers", crop.x, crop.y, crop.w, crop.h);
    *out = calloc(1, sizeof **out);
    if (!*out)
        return fail_memory(err);
    (*out)->crop = crop;
    return SC_OK;
}

void measure_close(struct measurer **m)
{
    if (!m || !*m)
        return;
    converter_dispose(&(*m)->flatten);
    converter_dispose(&(*m)->to_yuv);
    av_frame_free(&(*m)->yuv);
    free(*m);
    *m = NULL;
}

/* Whether the planes can be read as they are: Y'CbCr or gray, whole bytes in this machine's order, no alpha. */
static bool is_direct(const AVFrame *f)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    const uint64_t odd = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_FLOAT |
                         AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_BAYER;
    const union { uint16_t v; uint8_t b[2]; } order = { .v = 1 };
    int bytes;

    if (!d || d->flags & odd || (d->nb_components != 1 && d->nb_components != 3))
        return false;
    bytes = d->comp[0].depth > 8 ? 2 : 1;
    if (d->comp[0].depth < 8 || d->comp[0].depth + d->comp[0].shift > 16 || d->comp[0].step != bytes)
        return false;
    if (bytes == 2 && !!(d->flags & AV_PIX_FMT_FLAG_BE) == order.b[0])
        return false;
    return d->nb_components == 1 ||
           (d->comp[1].plane > 0 && d->comp[2].plane > 0 && d->comp[1].depth == d->comp[0].depth &&
            d->comp[1].step <= 2 * bytes && d->comp[1].step == d->comp[2].step);
}

static struct plane plane_of(const AVFrame *f, int component)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    const AVComponentDescriptor *c = &d->comp[component];
    bool full = convert_is_full_range(f);
    int depth_up = c->depth - 8 + c->shift;
    struct plane p = { 0 };

    p.data = f->data[c->plane];
    p.stride = f->linesize[c->plane];
    p.wide = c->depth > 8;
    p.step = c->step / (p.wide ? 2 : 1);
    p.first = c->offset / (p.wide ? 2 : 1);
    p.log2_w = component ? d->log2_chroma_w : 0;
    p.log2_h = component ? d->log2_chroma_h : 0;
    p.width = AV_CEIL_RSHIFT(f->width, p.log2_w);
    p.height = AV_CEIL_RSHIFT(f->height, p.log2_h);
    p.zero = component ? 128 << depth_up : full ? 0 : 16 << depth_up;
    p.zero_level = component ? 128 * 16 : 0;
    p.extent = full ? ((1 << c->depth) - 1) << c->shift : (component ? 224 : 219) << depth_up;
    return p;
}

static void add_row8(uint16_t *restrict acc, const uint8_t *restrict row, int n)
{
    int x, k;

    for (x = 0; x + RUN <= n; x += RUN)
        for (k = 0; k < RUN; k++)
            acc[x + k] = (uint16_t)(acc[x + k] + row[x + k]);
    for (; x < n; x++)
        acc[x] = (uint16_t)(acc[x] + row[x]);
}

/* Two at a time: half the traffic of the accumulator. The two after them are called for meanwhile, as rows are too far
 * apart for the hardware to see them coming. */
static void add_rows8(uint16_t *restrict acc, const uint8_t *restrict row, const uint8_t *restrict next, int n)
{
    const uintptr_t ahead = (uintptr_t)next + (uintptr_t)(next - row);
    int x, k;

    for (x = 0; x + RUN <= n; x += RUN) {
        __builtin_prefetch((const void *)(ahead + (uintptr_t)x));
        __builtin_prefetch((const void *)(ahead + (uintptr_t)(next - row) + (uintptr_t)x));
        for (k = 0; k < RUN; k++)
            acc[x + k] = (uint16_t)(acc[x + k] + row[x + k] + next[x + k]);
    }
    for (; x < n; x++)
        acc[x] = (uint16_t)(acc[x] + row[x] + next[x]);
}

static void add_row16(uint32_t *restrict acc, const uint16_t *restrict row, int n)
{
    int x, k;

    for (x = 0; x + RUN <= n; x += RUN)
        for (k = 0; k < RUN; k++)
            acc[x + k] += row[x + k];
    for (; x < n; x++)
        acc[x] += row[x];
}

/* Add up a tile of some rows, at most TILE_ROWS, into the accumulator. */
static void add_tile(struct measurer *m, const struct plane *p, int left, int n, struct run rows)
{
    const uint8_t *at = p->data + rows.from * p->stride + (ptrdiff_t)left * p->step * (p->wide ? 2 : 1);
    int y = rows.from;

    n *= p->step;
    if (p->wide) {
        memset(m->acc32, 0, (size_t)n * sizeof *m->acc32);
        for (; y < rows.to; y++, at += p->stride)
            add_row16(m->acc32, (const uint16_t *)(const void *)at, n);
        return;
    }
    memset(m->acc16, 0, (size_t)n * sizeof *m->acc16);
    for (; y + 1 < rows.to; y += 2, at += 2 * p->stride)
        add_rows8(m->acc16, at, at + p->stride, n);
    if (y < rows.to)
        add_row8(m->acc16, at, n);
}

static inline void fold_width(uint32_t *restrict sums, const uint16_t *restrict acc, int n, int width)
{
    int i, x;

    for (i = 0; i < n; i++, acc += width) {
        uint32_t sum = 0;

        for (x = 0; x < width; x++)
            sum += acc[x];
        sums[i] += sum;
    }
}

/* The runs of the usual picture widths, all equal: constants make short loops cheap. False: not one of these. */
static bool fold_equal(struct measurer *m, int n, int width)
{
    switch (width) {
    case 2: fold_width(m->sums, m->acc16, n, 2); return true;
    case 4: fold_width(m->sums, m->acc16, n, 4); return true;
    case 6: fold_width(m->sums, m->acc16, n, 6); return true;
    case 8: fold_width(m->sums, m->acc16, n, 8); return true;
    case 12: fold_width(m->sums, m->acc16, n, 12); return true;
    case 24: fold_width(m->sums, m->acc16, n, 24); return true;
    }
    return false;
}

/* The width that all runs have, ascending and without gaps, if they fit one tile of simple samples; else 0. */
static int equal_width(const struct measurer *m, const struct plane *p, int n)
{
    const int width = m->across[0].to - m->across[0].from;
    int i;

    if (p->wide || p->step != 1 || (int64_t)n * width > TILE)
        return 0;
    for (i = 1; i < n; i++)
        if (m->across[i].from != m->across[i - 1].to || m->across[i].to - m->across[i].from != width)
            return 0;
    return width;
}

/* Add what the accumulator holds of samples tile..tile+n-1 to the sums of the runs across. */
static void fold(struct measurer *m, const struct plane *p, int n_across, int tile, int n)
{
    const uint16_t *acc16 = m->acc16 + p->first;
    const uint32_t *acc32 = m->acc32 + p->first;
    const int step = p->step;
    int i, x;

    for (i = 0; i < n_across; i++) {
        const int from = m->across[i].from > tile ? (m->across[i].from - tile) * step : 0;
        const int to = m->across[i].to < tile + n ? (m->across[i].to - tile) * step : n * step;
        uint32_t sum = 0;

        if (p->wide) {
            for (x = from; x < to; x += step)
                m->wide_sums[i] += acc32[x];
            continue;
        }
        for (x = from; x < to; x += step)
            sum += acc16[x];
        m->sums[i] += sum;
    }
}

/* Add up some rows, tile by tile, into the sums of the runs across. */
static void sum_rows(struct measurer *m, const struct plane *p, int n_across, struct run all, struct run rows)
{
    const int tile_max = TILE / p->step;
    int tile, row, n;

    memset(m->sums, 0, sizeof m->sums);
    if (p->wide)
        memset(m->wide_sums, 0, sizeof m->wide_sums);
    for (tile = all.from; tile < all.to; tile += n) {
        n = all.to - tile < tile_max ? all.to - tile : tile_max;
        for (row = rows.from; row < rows.to; row += TILE_ROWS) {
            struct run some = { row, rows.to - row < TILE_ROWS ? rows.to : row + TILE_ROWS };

            add_tile(m, p, tile, n, some);
            if (!fold_equal(m, n_across, m->width))
                fold(m, p, n_across, tile, n);
        }
    }
}

static inline uint16_t level_of(double v)
{
    return (uint16_t)(int)(v < 0 ? 0 : v > WHITE ? WHITE : v);
}

/* Average the runs of m->across and m->down: n_across x n_down levels in 1/16 of full range. */
static void shrink(struct measurer *m, const struct plane *p, int n_across, int n_down, uint16_t *restrict out)
{
    const double zero = p->zero_level + 0.5 - (double)p->zero * WHITE / p->extent;
    struct run all = m->across[0];
    double share[SIGNATURE_SIDE];
    int i, j;

    m->width = equal_width(m, p, n_across);
    for (i = 0; i < n_across; i++) {
        all.from = m->across[i].from < all.from ? m->across[i].from : all.from;
        all.to = m->across[i].to > all.to ? m->across[i].to : all.to;
        share[i] = (double)WHITE / ((double)p->extent * (m->across[i].to - m->across[i].from));
    }
    for (j = 0; j < n_down; j++, out += n_across) {
        const double scale = 1.0 / (m->down[j].to - m->down[j].from);

        sum_rows(m, p, n_across, all, m->down[j]);
        if (p->wide)
            for (i = 0; i < n_across; i++)
                out[i] = level_of((double)(int64_t)m->wide_sums[i] * share[i] * scale + zero);
        else
            for (i = 0; i < n_across; i++)
                out[i] = level_of((int32_t)m->sums[i] * share[i] * scale + zero);
    }
}

/* What small pixels i..k-1 of n average out of from..from+count-1 of the luma samples; at least one sample. */
static struct run run_of(int i, int k, int n, int from, int count, int log2, int limit)
{
    struct run r;

    r.from = (from + (int)((int64_t)i * count / n)) >> log2;
    r.to = (from + (int)((int64_t)k * count / n)) >> log2;
    r.from = r.from < limit ? r.from : limit - 1;
    r.to = r.to > r.from ? r.to : r.from + 1;
    r.to = r.to < limit ? r.to : limit;
    return r;
}

/* The same for block i along a side of n small pixels, counted from the side that is displayed first. */
static struct run block_run(int i, bool reversed, int n, int from, int count, int log2, int limit)
{
    int a = i * SIGNATURE_BLOCK, b = a + SIGNATURE_BLOCK < n ? a + SIGNATURE_BLOCK : n;

    return reversed ? run_of(n - b, n - a, n, from, count, log2, limit) : run_of(a, b, n, from, count, log2, limit);
}

/* Mirror, then turn clockwise: where each displayed small pixel comes from. */
static void turn(const struct picture *pic, const struct target *t, const uint16_t *in, uint16_t *out)
{
    const int w = pic->turns & 1 ? t->small_h : t->small_w, h = pic->turns & 1 ? t->small_w : t->small_h;
    int x, y;

    for (y = 0; y < h; y++)
        for (x = 0; x < w; x++) {
            int sx = x, sy = y;

            switch (pic->turns & 3) {
            case 1: sx = y, sy = t->small_h - 1 - x; break;
            case 2: sx = t->small_w - 1 - x, sy = t->small_h - 1 - y; break;
            case 3: sx = t->small_w - 1 - y, sy = x; break;
            }
            if (pic->mirror)
                sx = t->small_w - 1 - sx;
            *out++ = in[sy * t->small_w + sx];
        }
}

static void shrink_luma(struct measurer *m, const struct picture *pic, const struct plane *p, const struct target *t)
{
    const bool upright = !(pic->turns & 3) && !pic->mirror;
    int i;

    for (i = 0; i < t->small_w; i++)
        m->across[i] = run_of(i, i + 1, t->small_w, t->x, t->w, 0, p->width);
    for (i = 0; i < t->small_h; i++)
        m->down[i] = run_of(i, i + 1, t->small_h, t->y, t->h, 0, p->height);
    shrink(m, p, t->small_w, t->small_h, upright ? m->luma : m->coded);
    if (!upright)
        turn(pic, t, m->coded, m->luma);
}

/* Chroma is wanted for blocks only; a block is counted from the displayed corner, so the runs are laid that way. */
static void shrink_chroma(struct measurer *m, const struct picture *pic, const struct plane *p,
                          const struct target *t, uint16_t *out)
{
    const bool right = (pic->turns == 2 || pic->turns == 3) != pic->mirror;     /* coded x runs against the display */
    const bool bottom = pic->turns == 1 || pic->turns == 2;
    const int grid_w = (t->small_w + SIGNATURE_BLOCK - 1) / SIGNATURE_BLOCK;
    const int grid_h = (t->small_h + SIGNATURE_BLOCK - 1) / SIGNATURE_BLOCK;
    int i, x, y;

    for (i = 0; i < grid_w; i++)
        m->across[i] = block_run(i, right, t->small_w, t->x, t->w, p->log2_w, p->width);
    for (i = 0; i < grid_h; i++)
        m->down[i] = block_run(i, bottom, t->small_h, t->y, t->h, p->log2_h, p->height);
    shrink(m, p, grid_w, grid_h, pic->turns & 1 ? m->coded : out);
    if (pic->turns & 1)
        for (y = 0; y < grid_w; y++)
            for (x = 0; x < grid_h; x++)
                *out++ = m->coded[x * grid_w + y];
}

/* Sum of squares of up to SIGNATURE_SIDE levels. */
static uint64_t squares_of(const uint16_t *luma, int n)
{
    uint64_t sum = 0;
    int x, k;

    for (x = 0; x < n; x += RUN) {
        const int to = n - x < RUN ? n - x : RUN;
        uint32_t some = 0; /* 64 * 4080^2 fits */

        for (k = 0; k < to; k++)
            some += (uint32_t)luma[x + k] * luma[x + k];
        sum += some;
    }
    return sum;
}

static void fill_lines(struct signature *s, const uint16_t *luma)
{
    uint32_t cols[SIGNATURE_SIDE] = { 0 };
    uint64_t sum = 0, squares = 0;
    double mean, n = (double)s->small_w * s->small_h;
    int x, y;

    for (y = 0; y < s->small_h; y++, luma += s->small_w) {
        uint32_t row = 0;

        for (x = 0; x < s->small_w; x++) {
            row += luma[x];
            cols[x] += luma[x];
        }
        squares += squares_of(luma, s->small_w);
        sum += row;
        s->rows[y] = (uint16_t)((row + (uint32_t)s->small_w / 2) / (uint32_t)s->small_w);
    }
    for (x = 0; x < s->small_w; x++)
        s->cols[x] = (uint16_t)((cols[x] + (uint32_t)s->small_h / 2) / (uint32_t)s->small_h);
    mean = (double)sum / n;
    s->mean_y = (uint16_t)(mean + 0.5);
    s->deviation_y = (uint16_t)(sqrt(fmax(0, (double)squares / n - mean * mean)) + 0.5);
}

static uint8_t to_level(uint32_t sixteenths)
{
    return (uint8_t)(sixteenths >= 255 * 16 ? 255 : (sixteenths + 8) / 16);
}

/* What the small pixels of a row of blocks come to, column by column; all fits: 8 * 4080 is the most. */
struct columns {
    int16_t sum[SIGNATURE_SIDE], steps[SIGNATURE_SIDE], least[SIGNATURE_SIDE], most[SIGNATURE_SIDE];
};

static inline int16_t larger(int16_t a, int16_t b)
{
    return a > b ? a : b;
}

static inline int16_t smaller(int16_t a, int16_t b)
{
    return a < b ? a : b;
}

/* Add a row of n small pixels; below: the one under it, or NULL. */
static void add_columns(struct columns *restrict c, const int16_t *restrict luma, const int16_t *restrict below, int n)
{
    int x;

    for (x = 0; x < n; x++) {
        c->sum[x] = (int16_t)(c->sum[x] + luma[x]);
        c->least[x] = smaller(c->least[x], luma[x]);
        c->most[x] = larger(c->most[x], luma[x]);
    }
    for (x = 0; x < n - 1; x++)
        c->steps[x] = (int16_t)(c->steps[x] + larger(luma[x], luma[x + 1]) - smaller(luma[x], luma[x + 1]));
    for (x = 0; below && x < n; x++)
        c->steps[x] = (int16_t)(c->steps[x] + larger(luma[x], below[x]) - smaller(luma[x], below[x]));
}

/* The block of the columns from..from+w-1 and h rows; n_steps: differences that were added up. */
static void fill_block(struct signature_block *block, const struct columns *c, int from, int w, int h, int n_steps)
{
    uint32_t sum = 0, steps = 0;
    const uint32_t n = (uint32_t)(w * h);
    int least = WHITE, most = 0, x;

    for (x = from; x < from + w; x++) {
        sum += (uint32_t)c->sum[x];
        steps += (uint32_t)c->steps[x];
        least = c->least[x] < least ? c->least[x] : least;
        most = c->most[x] > most ? c->most[x] : most;
    }
    block->y = (uint16_t)((sum + n / 2) / n);
    block->spread = to_level((uint32_t)(most - least));
    steps = n_steps ? (steps + (uint32_t)n_steps * 4) / ((uint32_t)n_steps * 8) : 0;
    block->texture = (uint8_t)(steps > 255 ? 255 : steps);
}

static void fill_blocks(struct signature *s, const struct measurer *m)
{
    const int full = SIGNATURE_BLOCK;
    struct columns c;
    int bx, by, x, y, at = 0;

    for (by = 0; by < s->grid_h; by++) {
        const int h = s->small_h - by * full < full ? s->small_h - by * full : full;
        const bool more_below = by * full + h < s->small_h;

        memset(&c, 0, sizeof c);
        for (x = 0; x < s->small_w; x++)
            c.least[x] = WHITE;
        for (y = by * full; y < by * full + h; y++) {
            const int16_t *luma = (const int16_t *)m->luma + y * s->small_w;

            add_columns(&c, luma, y + 1 < s->small_h ? luma + s->small_w : NULL, s->small_w);
        }
        for (bx = 0; bx < s->grid_w; bx++, at++) {
            const int w = s->small_w - bx * full < full ? s->small_w - bx * full : full;
            const bool more_right = bx * full + w < s->small_w;

            fill_block(&s->blocks[at], &c, bx * full, w, h, 2 * w * h - (more_right ? 0 : h) - (more_below ? 0 : w));
            s->blocks[at].u = to_level(m->chroma[0][at]);
            s->blocks[at].v = to_level(m->chroma[1][at]);
        }
    }
}

/* The planes to read: f's own, or converted ones that m keeps. */
static enum sc_status planes_for(struct measurer *m, const struct picture *pic, const AVFrame **out,
                                 struct sc_error *err)
{
    AVFrame *flat = NULL;
    enum sc_status s = SC_OK;

    *out = pic->av;
    if (is_direct(pic->av))
        return SC_OK;
    if (m->yuv && (m->yuv->width != pic->av->width || m->yuv->height != pic->av->height))
        av_frame_free(&m->yuv);
    if (!m->yuv && !(m->yuv = convert_new_frame(pic->av->width, pic->av->height, AV_PIX_FMT_YUV444P)))
        return fail_memory(err);
    if (convert_has_alpha(pic->av))
        s = convert_flatten(&m->flatten, pic->av, pic->background_rgb, &flat, err);
    if (!s)
        s = convert(&m->to_yuv, flat ? flat : pic->av, m->yuv, err);
    av_frame_free(&flat);
    *out = m->yuv;
    return s;
}

/* Displayed pixels to look at, clipped to the picture. */
static enum sc_status region_of(const struct measurer *m, const struct picture *pic, struct sc_box *out,
                                struct sc_error *err)
{
    struct sc_box c = m->crop;

    if (!c.w || !c.h) {
        *out = (struct sc_box){ 0, 0, pic->width, pic->height };
        return SC_OK;
    }
    if (c.x >= pic->width || c.y >= pic->height)
        return fail(err, SC_ERR_INVALID, "crop '%d,%d,%d,%d' lies outside the picture of %dx%d", c.x, c.y, c.w, c.h,
                    pic->width, pic->height);
    c.w = c.w < pic->width - c.x ? c.w : pic->width - c.x;
    c.h = c.h < pic->height - c.y ? c.h : pic->height - c.y;
    *out = c;
    return SC_OK;
}

static void small_size(struct sc_box region, int *w, int *h)
{
    const int64_t longer = region.w > region.h ? region.w : region.h;

    *w = region.w;
    *h = region.h;
    if (longer <= SIGNATURE_SIDE)
        return;
    *w = (int)(((int64_t)region.w * SIGNATURE_SIDE + longer / 2) / longer);
    *h = (int)(((int64_t)region.h * SIGNATURE_SIDE + longer / 2) / longer);
    *w = *w < 1 ? 1 : *w;
    *h = *h < 1 ? 1 : *h;
}

static void shrink_all(struct measurer *m, const struct picture *pic, const AVFrame *f, const struct target *t)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    struct plane p = plane_of(f, 0);
    int c, i;

    shrink_luma(m, pic, &p, t);
    for (c = 0; c < 2; c++) {
        if (d->nb_components > 1) {
            p = plane_of(f, c + 1);
            shrink_chroma(m, pic, &p, t, m->chroma[c]);
            continue;
        }
        for (i = 0; i < SIGNATURE_MAX_GRID * SIGNATURE_MAX_GRID; i++)
            m->chroma[c][i] = 128 * 16;
    }
}

enum sc_status measure(struct measurer *m, const struct picture *pic, struct signature **out, struct sc_error *err)
{
    struct sc_box region = { 0 }, coded;
    struct target t;
    const AVFrame *f;
    enum sc_status status;
    int w, h;

    *out = NULL;
    if ((status = region_of(m, pic, &region, err)) || (status = planes_for(m, pic, &f, err)))
        return status;
    small_size(region, &w, &h);
    coded = picture_to_coded(pic, region);
    t = (struct target){ coded.x, coded.y, coded.w, coded.h, pic->turns & 1 ? h : w, pic->turns & 1 ? w : h };
    *out = signature_new(w, h);
    if (!*out)
        return fail_memory(err);
    shrink_all(m, pic, f, &t);
    (*out)->time_us = pic->time_us;
    (*out)->flags = pic->flags;
    (*out)->packet_bytes = pic->packet_bytes;
    (*out)->width = region.w;
    (*out)->height = region.h;
    fill_lines(*out, m->luma);
    fill_blocks(*out, m);
    return SC_OK;
}
