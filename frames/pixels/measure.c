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
#define RUN 32                  /* samples in a loop of constant length, which compilers turn into vector code */
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
    uint64_t sums[SIGNATURE_SIDE];
    struct run across[SIGNATURE_SIDE];
    uint16_t coded[3][SMALL_MAX];   /* small Y, U, V in 1/16 level, as coded */
    uint16_t shown[3][SMALL_MAX];   /* the same, as displayed */
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

static void add_row16(uint32_t *restrict acc, const uint16_t *restrict row, int n)
{
    int x, k;

    for (x = 0; x + RUN <= n; x += RUN)
        for (k = 0; k < RUN; k++)
            acc[x + k] += row[x + k];
    for (; x < n; x++)
        acc[x] += row[x];
}

/* What small pixel i of n averages out of from..from+count-1 of the luma samples; at least one sample. */
static struct run run_of(int i, int n, int from, int count, int log2, int limit)
{
    struct run r;

    r.from = (from + (int)((int64_t)i * count / n)) >> log2;
    r.to = (from + (int)((int64_t)(i + 1) * count / n)) >> log2;
    r.from = r.from < limit ? r.from : limit - 1;
    r.to = r.to > r.from ? r.to : r.from + 1;
    r.to = r.to < limit ? r.to : limit;
    return r;
}

/* Add what the accumulator holds of samples tile..tile+n-1 to the sums of the small pixels. */
static void fold(struct measurer *m, const struct plane *p, int small_w, int tile, int n)
{
    int i, x;

    for (i = 0; i < small_w; i++) {
        const int from = m->across[i].from > tile ? m->across[i].from - tile : 0;
        const int to = m->across[i].to < tile + n ? m->across[i].to - tile : n;
        uint64_t sum = 0;

        if (p->wide)
            for (x = from * p->step + p->first; x < to * p->step; x += p->step)
                sum += m->acc32[x];
        else
            for (x = from * p->step + p->first; x < to * p->step; x += p->step)
                sum += m->acc16[x];
        m->sums[i] += sum;
    }
}

static void add_rows(struct measurer *m, const struct plane *p, int left, int n, struct run rows)
{
    const uint8_t *at = p->data + rows.from * p->stride + (ptrdiff_t)left * p->step * (p->wide ? 2 : 1);
    int y;

    if (p->wide)
        memset(m->acc32, 0, (size_t)(n * p->step) * sizeof *m->acc32);
    else
        memset(m->acc16, 0, (size_t)(n * p->step) * sizeof *m->acc16);
    for (y = rows.from; y < rows.to; y++, at += p->stride)
        if (p->wide)
            add_row16(m->acc32, (const uint16_t *)(const void *)at, n * p->step);
        else
            add_row8(m->acc16, at, n * p->step);
}

/* Add up some rows, tile by tile, into the sums of one small row. */
static void sum_rows(struct measurer *m, const struct plane *p, int small_w, struct run rows)
{
    const int tile_max = TILE / p->step, right = m->across[small_w - 1].to;
    int tile, row, n;

    memset(m->sums, 0, (size_t)small_w * sizeof *m->sums);
    for (tile = m->across[0].from; tile < right; tile += n) {
        n = right - tile < tile_max ? right - tile : tile_max;
        for (row = rows.from; row < rows.to; row += TILE_ROWS) {
            struct run some = { row, rows.to - row < TILE_ROWS ? rows.to : row + TILE_ROWS };

            add_rows(m, p, tile, n, some);
            fold(m, p, small_w, tile, n);
        }
    }
}

/* A sum of count samples as a full-range level in 1/16. */
static uint16_t level(const struct plane *p, uint64_t sum, int64_t count)
{
    const int64_t whole = count * p->extent;
    const int64_t scaled = ((int64_t)sum - count * p->zero) * WHITE + p->zero_level * whole + whole / 2;

    return (uint16_t)(scaled <= 0 ? 0 : scaled >= WHITE * whole ? WHITE : scaled / whole);
}

static void shrink(struct measurer *m, const struct plane *p, const struct target *t, uint16_t *out)
{
    int i, j;

    for (i = 0; i < t->small_w; i++)
        m->across[i] = run_of(i, t->small_w, t->x, t->w, p->log2_w, p->width);
    for (j = 0; j < t->small_h; j++) {
        const struct run rows = run_of(j, t->small_h, t->y, t->h, p->log2_h, p->height);

        sum_rows(m, p, t->small_w, rows);
        for (i = 0; i < t->small_w; i++)
            *out++ = level(p, m->sums[i], (int64_t)(m->across[i].to - m->across[i].from) * (rows.to - rows.from));
    }
}

/* Mirror, then turn clockwise: where each displayed small pixel comes from. */
static void turn(const struct picture *pic, const struct target *t, int shown_w, int shown_h, const uint16_t *in,
                 uint16_t *out)
{
    int x, y;

    for (y = 0; y < shown_h; y++)
        for (x = 0; x < shown_w; x++) {
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

static void fill_lines(struct signature *s, const uint16_t *luma)
{
    uint32_t cols[SIGNATURE_SIDE] = { 0 };
    uint64_t sum = 0, squares = 0;
    double mean, n = (double)s->small_w * s->small_h;
    int x, y;

    for (y = 0; y < s->small_h; y++) {
        uint32_t row = 0;

        for (x = 0; x < s->small_w; x++, luma++) {
            row += *luma;
            cols[x] += *luma;
            squares += (uint64_t)*luma * *luma;
        }
        sum += row;
        s->rows[y] = (uint16_t)((row + (uint32_t)s->small_w / 2) / (uint32_t)s->small_w);
    }
    for (x = 0; x < s->small_w; x++)
        s->cols[x] = (uint16_t)((cols[x] + (uint32_t)s->small_h / 2) / (uint32_t)s->small_h);
    mean = (double)sum / n;
    s->mean_y = (uint16_t)(mean + 0.5);
    s->deviation_y = (uint16_t)(sqrt(fmax(0, (double)squares / n - mean * mean)) + 0.5);
}

static uint8_t chroma_mean(uint32_t sum, uint32_t n)
{
    uint32_t v = (sum + n * 8) / (n * 16);

    return (uint8_t)(v > 255 ? 255 : v);
}

static void fill_block(struct signature *s, struct measurer *m, int bx, int by)
{
    const int x1 = (bx + 1) * SIGNATURE_BLOCK < s->small_w ? (bx + 1) * SIGNATURE_BLOCK : s->small_w;
    const int y1 = (by + 1) * SIGNATURE_BLOCK < s->small_h ? (by + 1) * SIGNATURE_BLOCK : s->small_h;
    struct signature_block *block = &s->blocks[by * s->grid_w + bx];
    uint32_t sum = 0, u = 0, v = 0, n = 0, steps = 0, n_steps = 0;
    int least = WHITE, most = 0, x, y;

    for (y = by * SIGNATURE_BLOCK; y < y1; y++)
        for (x = bx * SIGNATURE_BLOCK; x < x1; x++) {
            const int at = y * s->small_w + x;
            const int luma = m->shown[0][at];

            sum += (uint32_t)luma;
            u += m->shown[1][at];
            v += m->shown[2][at];
            n++;
            least = luma < least ? luma : least;
            most = luma > most ? luma : most;
            if (x + 1 < s->small_w)
                steps += (uint32_t)abs(m->shown[0][at + 1] - luma), n_steps++;
            if (y + 1 < s->small_h)
                steps += (uint32_t)abs(m->shown[0][at + s->small_w] - luma), n_steps++;
        }
    block->y = (uint16_t)((sum + n / 2) / n);
    block->u = chroma_mean(u, n);
    block->v = chroma_mean(v, n);
    block->spread = (uint8_t)((most - least + 8) / 16);
    steps = n_steps ? (steps + n_steps * 4) / (n_steps * 8) : 0;
    block->texture = (uint8_t)(steps > 255 ? 255 : steps);
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

static void shrink_all(struct measurer *m, const struct picture *pic, const AVFrame *f, const struct target *t, int w,
                       int h)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    int c, i;

    for (c = 0; c < 3; c++) {
        if (c < d->nb_components) {
            struct plane p = plane_of(f, c);

            shrink(m, &p, t, m->coded[c]);
            turn(pic, t, w, h, m->coded[c], m->shown[c]);
            continue;
        }
        for (i = 0; i < w * h; i++)
            m->shown[c][i] = 128 * 16;
    }
}

enum sc_status measure(struct measurer *m, const struct picture *pic, struct signature **out, struct sc_error *err)
{
    struct sc_box region = { 0 }, coded;
    struct target t;
    const AVFrame *f;
    enum sc_status status;
    int w, h, bx, by;

    *out = NULL;
    if ((status = region_of(m, pic, &region, err)) || (status = planes_for(m, pic, &f, err)))
        return status;
    small_size(region, &w, &h);
    coded = picture_to_coded(pic, region);
    t = (struct target){ coded.x, coded.y, coded.w, coded.h, pic->turns & 1 ? h : w, pic->turns & 1 ? w : h };
    *out = signature_new(w, h);
    if (!*out)
        return fail_memory(err);
    shrink_all(m, pic, f, &t, w, h);
    (*out)->time_us = pic->time_us;
    (*out)->flags = pic->flags;
    (*out)->packet_bytes = pic->packet_bytes;
    (*out)->width = region.w;
    (*out)->height = region.h;
    fill_lines(*out, m->shown[0]);
    for (by = 0; by < (*out)->grid_h; by++)
        for (bx = 0; bx < (*out)->grid_w; bx++)
            fill_block(*out, m, bx, by);
    return SC_OK;
}
