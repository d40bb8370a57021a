/* A front that moves across the picture, old on one side and new on the other. */
#include "frames/transition.h"

#include <math.h>
#include <stdlib.h>

#define FRONT_LEVELS 12.0       /* a block must change by so much to say when the front passed it */
#define FRONT_SHARE 0.4         /* of the blocks must */
#define FRONT_BETWEEN 0.3       /* at most such a part of these is neither old nor new on the way */
#define FRONT_NEAR 0.35         /* of the way from old to new counts as the one or the other */
#define FRONT_FIT 0.75          /* how well time must follow from place (coefficient of determination) */
#define FRONT_PICTURES 4        /* at least so many pictures on the way, */
#define FRONT_REST 2            /* and so many after it: it has arrived */

/* Sums for the regression of time on place, t = p + q x + r y. */
struct plane {
    double n, x, y, t, xx, yy, xy, xt, yt, tt;
};

static double determination(const struct plane *s)
{
    double xx = s->xx - s->x * s->x / s->n, yy = s->yy - s->y * s->y / s->n, xy = s->xy - s->x * s->y / s->n;
    double xt = s->xt - s->x * s->t / s->n, yt = s->yt - s->y * s->t / s->n, tt = s->tt - s->t * s->t / s->n;
    double det = xx * yy - xy * xy;
    if (det <= 0 || tt <= 0)
        return 0;
    double q = (xt * yy - yt * xy) / det, r = (yt * xx - xt * xy) / det;
    return (q * xt + r * yt) / tt;
}

struct front {
    int passed[DIFFERENCE_MAX_BLOCKS]; /* picture of the row in which the block was first new; 0: not yet, -1: no use */
    int useful, between;
    struct grid a, m, b;
};

static bool useful_blocks(struct front *f)
{
    int n = f->a.w * f->a.h;
    for (int i = 0; i < n; i++) {
        f->passed[i] = fabsf(f->b.y[i] - f->a.y[i]) > FRONT_LEVELS ? 0 : -1;
        f->useful += !f->passed[i];
    }
    return f->useful > FRONT_SHARE * n;
}

static void follow_front(struct front *f, int picture)
{
    for (int i = 0; i < f->a.w * f->a.h; i++) {
        if (f->passed[i])
            continue;
        float way = (f->m.y[i] - f->a.y[i]) / (f->b.y[i] - f->a.y[i]);
        if (fabsf(way - 1) < FRONT_NEAR)
            f->passed[i] = picture;
        else if (fabsf(way) >= FRONT_NEAR)
            f->between++;
    }
}

static struct plane plane_of(const struct front *f)
{
    struct plane s = { 0 };
    for (int i = 0; i < f->a.w * f->a.h; i++) {
        if (f->passed[i] <= 0)
            continue;
        double x = i % f->a.w, y = i / f->a.w, t = f->passed[i];
        s.n++;
        s.x += x, s.y += y, s.t += t;
        s.xx += x * x, s.yy += y * y, s.xy += x * y, s.xt += x * t, s.yt += y * t, s.tt += t * t;
    }
    return s;
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The pictures by which a fiftieth and all but a fiftieth of the blocks had been passed: the rest is motion. */
static void borders(struct front *f, int *start, int *end)
{
    int n = 0;
    for (int i = 0; i < f->a.w * f->a.h; i++)
        if (f->passed[i] > 0)
            f->passed[n++] = f->passed[i];
    qsort(f->passed, (size_t)n, sizeof *f->passed, by_value);
    *start = f->passed[n / 50];
    *end = f->passed[n - 1 - n / 50];
}

struct transition transition_wipe(const struct signature *const *row, int n)
{
    struct transition t = { .kind = SC_OTHER };
    struct front *f = calloc(1, sizeof *f);
    if (!f || n < FRONT_PICTURES + 2)
        goto done;
    grid_luma(&f->a, row[0]);
    grid_luma(&f->b, row[n - 1]);
    if (!useful_blocks(f))
        goto done;
    for (int i = 1; i < n; i++) {
        grid_luma(&f->m, row[i]);
        follow_front(f, i);
    }
    struct plane s = plane_of(f);
    if (s.n < 0.9 * f->useful || determination(&s) < FRONT_FIT)
        goto done;
    borders(f, &t.start, &t.end);
    int took = t.end - t.start;
    if (took < FRONT_PICTURES || t.end > n - 1 - FRONT_REST || f->between > FRONT_BETWEEN * f->useful * took)
        goto done;
    t.kind = SC_WIPE;
    t.end = t.end < n - 1 ? t.end + 1 : t.end;
    t.start_us = row[t.start]->time_us;
    t.end_us = row[t.end]->time_us;
    t.peak_us = row[(t.start + t.end) / 2]->time_us;
done:
    free(f);
    return t;
}
