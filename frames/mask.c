/* Blocks of signatures hidden by boxes and by a picture. */
#include "frames/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRAY 2048               /* 1/16 level: a column or row that is hidden from end to end */
#define WHITE 4080
#define SPREAD_OF_DEVIATION 3.46 /* max - min over standard deviation of evenly spread values: the root of 12 */

struct mask {
    struct sc_box *ignore, *only;
    int n_ignore, n_only;
    struct signature *picture;
    int width, height;
    struct sc_box crop;
    struct signature *shape;    /* what hidden was made for: its sizes alone are used */
    bool hidden[SIGNATURE_MAX_GRID * SIGNATURE_MAX_GRID];
};

static struct sc_box *copy_boxes(const struct sc_box *boxes, int n)
{
    struct sc_box *copy = calloc((size_t)n + 1, sizeof *copy);

    if (copy && n)
        memcpy(copy, boxes, (size_t)n * sizeof *copy);
    return copy;
}

enum sc_status mask_open(struct mask **out, const struct mask_settings *settings, struct sc_error *err)
{
    struct mask *m;

    *out = NULL;
    if (!settings->n_ignore && !settings->n_only && !settings->picture)
        return SC_OK;
    m = calloc(1, sizeof *m);
    if (!m)
        return fail_memory(err);
    m->ignore = copy_boxes(settings->ignore, settings->n_ignore);
    m->only = copy_boxes(settings->only, settings->n_only);
    m->picture = settings->picture ? signature_copy(settings->picture) : NULL;
    m->n_ignore = settings->n_ignore;
    m->n_only = settings->n_only;
    m->width = settings->width;
    m->height = settings->height;
    m->crop = settings->crop;
    *out = m;
    if (m->ignore && m->only && !m->picture == !settings->picture)
        return SC_OK;
    mask_close(out);
    return fail_memory(err);
}

void mask_close(struct mask **m)
{
    if (!*m)
        return;
    free((*m)->ignore);
    free((*m)->only);
    signature_free(&(*m)->picture);
    signature_free(&(*m)->shape);
    free(*m);
    *m = NULL;
}

static bool touch(struct sc_box a, struct sc_box b)
{
    return a.x < (int64_t)b.x + b.w && b.x < (int64_t)a.x + a.w && a.y < (int64_t)b.y + b.h &&
           b.y < (int64_t)a.y + a.h;
}

static bool touches_any(struct sc_box b, const struct sc_box *boxes, int n)
{
    int i;

    for (i = 0; i < n; i++)
        if (touch(b, boxes[i]))
            return true;
    return false;
}

/* First and last block of the mask's picture along one side that part of the whole picture lies on. */
static void span(int at, int size, int whole, int grid, int *first, int *last)
{
    *first = (int)((int64_t)at * grid / whole);
    *last = (int)(((int64_t)at + size) * grid / whole - (((int64_t)at + size) * grid % whole == 0));
    *first = *first < 0 ? 0 : *first >= grid ? grid - 1 : *first;
    *last = *last < *first ? *first : *last >= grid ? grid - 1 : *last;
}

static bool is_dark(const struct mask *m, struct sc_box b)
{
    const struct signature *p = m->picture;
    int64_t sum = 0, n = 0;
    int x0, x1, y0, y1, x, y;

    span(b.x, b.w, m->width, p->grid_w, &x0, &x1);
    span(b.y, b.h, m->height, p->grid_h, &y0, &y1);
    for (y = y0; y <= y1; y++)
        for (x = x0; x <= x1; x++, n++)
            sum += p->blocks[y * p->grid_w + x].y;
    return sum * 2 < n * WHITE;
}

static struct sc_box block_box(const struct mask *m, const struct signature *s, int x, int y)
{
    struct sc_box b = signature_to_box(s, x, y, x + 1, y + 1);

    if (m->crop.w > 0 && m->crop.h > 0) {
        b.x += m->crop.x;
        b.y += m->crop.y;
    }
    return b;
}

static bool is_hidden(const struct mask *m, struct sc_box b)
{
    return touches_any(b, m->ignore, m->n_ignore) || (m->n_only && !touches_any(b, m->only, m->n_only)) ||
           (m->picture && is_dark(m, b));
}

/* Pictures may change their size on the way. */
static bool fits(const struct mask *m, const struct signature *s)
{
    return m->shape && m->shape->width == s->width && m->shape->height == s->height &&
           m->shape->small_w == s->small_w && m->shape->small_h == s->small_h;
}

static void lay_out(struct mask *m, const struct signature *s)
{
    int x, y;

    signature_free(&m->shape);
    m->shape = signature_copy(s); /* without one it is laid out again for the next picture */
    for (y = 0; y < s->grid_h; y++)
        for (x = 0; x < s->grid_w; x++)
            m->hidden[y * s->grid_w + x] = is_hidden(m, block_box(m, s, x, y));
}

/* Mean of the visible blocks from first on, each so many apart. *n_out of them. */
static uint16_t mean_of(const struct mask *m, const struct signature *s, int first, int step, int count, int *n_out)
{
    int sum = 0, i;

    *n_out = 0;
    for (i = 0; i < count; i++)
        if (!m->hidden[first + i * step]) {
            sum += s->blocks[first + i * step].y;
            ++*n_out;
        }
    return (uint16_t)(*n_out ? (sum + *n_out / 2) / *n_out : GRAY);
}

static void make_projections(const struct mask *m, struct signature *s)
{
    int i, n = 0;
    uint16_t mean = 0;

    for (i = 0; i < s->small_w; i++) {
        if (i % SIGNATURE_BLOCK == 0)
            mean = mean_of(m, s, i / SIGNATURE_BLOCK, s->grid_w, s->grid_h, &n);
        if (n < s->grid_h)
            s->cols[i] = mean;
    }
    for (i = 0; i < s->small_h; i++) {
        if (i % SIGNATURE_BLOCK == 0)
            mean = mean_of(m, s, i / SIGNATURE_BLOCK * s->grid_w, 1, s->grid_w, &n);
        if (n < s->grid_w)
            s->rows[i] = mean;
    }
}

static void make_means(const struct mask *m, struct signature *s)
{
    double sum = 0, squares = 0, within = 0;
    int i, n = 0;

    for (i = 0; i < s->grid_w * s->grid_h; i++) {
        const struct signature_block *b = &s->blocks[i];
        const double deviation = b->spread * 16 / SPREAD_OF_DEVIATION;

        if (m->hidden[i])
            continue;
        sum += b->y;
        squares += (double)b->y * b->y;
        within += deviation * deviation;
        n++;
    }
    s->mean_y = (uint16_t)(n ? sum / n + 0.5 : GRAY);
    s->deviation_y = (uint16_t)(n ? sqrt(fmax(0, (squares + within) / n - sum / n * (sum / n))) + 0.5 : 0);
}

void mask_apply(struct mask *m, struct signature *s)
{
    int i;

    if (!m)
        return;
    if (!fits(m, s))
        lay_out(m, s);
    make_projections(m, s);
    make_means(m, s);
    for (i = 0; i < s->grid_w * s->grid_h; i++)
        if (m->hidden[i])
            s->blocks[i] = signature_hidden;
}

struct sc_box mask_trim(const struct mask *m, struct sc_box box)
{
    int64_t x0 = INT32_MAX, y0 = INT32_MAX, x1 = INT32_MIN, y1 = INT32_MIN;
    int x, y;

    if (!m || !m->shape)
        return box;
    for (y = 0; y < m->shape->grid_h; y++)
        for (x = 0; x < m->shape->grid_w; x++) {
            const struct sc_box b = block_box(m, m->shape, x, y);

            if (m->hidden[y * m->shape->grid_w + x] || !touch(b, box))
                continue;
            x0 = b.x < x0 ? b.x : x0;
            y0 = b.y < y0 ? b.y : y0;
            x1 = (int64_t)b.x + b.w > x1 ? (int64_t)b.x + b.w : x1;
            y1 = (int64_t)b.y + b.h > y1 ? (int64_t)b.y + b.h : y1;
        }
    x0 = box.x > x0 ? box.x : x0;
    y0 = box.y > y0 ? box.y : y0;
    x1 = (int64_t)box.x + box.w < x1 ? (int64_t)box.x + box.w : x1;
    y1 = (int64_t)box.y + box.h < y1 ? (int64_t)box.y + box.h : y1;
    if (x1 <= x0 || y1 <= y0)
        return (struct sc_box){ 0 };
    return (struct sc_box){ (int)x0, (int)y0, (int)(x1 - x0), (int)(y1 - y0) };
}
