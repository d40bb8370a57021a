/* A ring of pictures, and their pairs. */
#include "frames/aligned.h"

#include <math.h>
#include <string.h>

#include "frames/camera.h"

#define SHIFT_MOST_PX 24        /* small pixels, as frames/camera.c looks for them */
#define GAP_US 700000           /* pictures farther apart say nothing of what moved between them */
#define FAR 0.75                /* blocks: so far frames/blocks.c takes a movement for granted */

/* Compare the newest picture with the one lag + 1 before it, both ways. guess: where to look for the motion. */
static void pair(struct aligned *s, int lag, const struct motion *guess, int n)
{
    struct look *b = s->at[0], *a = s->at[lag + 1];
    struct motion *m = &b->from[lag];
    *m = motion_fit(&a->grid, &b->grid, guess, n);
    struct motion back = motion_back(m);
    motion_compare(&a->grid, &b->grid, m, b->past[lag]);
    motion_compare(&b->grid, &a->grid, &back, a->future[lag]);
    m->holds = m->holds && back.holds;
    if (m->holds)
        return;
    memset(b->past[lag], MOTION_UNSEEN, sizeof b->past[lag]);
    memset(a->future[lag], MOTION_UNSEEN, sizeof a->future[lag]);
}

static struct look *push(struct aligned *a, const struct signature *picture)
{
    for (int k = 0; !a->n && k < ALIGNED_PICTURES; k++)
        a->at[k] = &a->room[k];
    struct look *newest = a->at[ALIGNED_PICTURES - 1];
    for (int k = ALIGNED_PICTURES - 1; k > 0; k--)
        a->at[k] = a->at[k - 1];
    a->at[0] = newest;
    a->n += a->n < ALIGNED_PICTURES;
    newest->time_us = picture->time_us;
    grid_from_signature(&newest->grid, picture);
    memset(newest->from, 0, sizeof newest->from);
    memset(newest->past, MOTION_UNSEEN, sizeof newest->past);
    memset(newest->future, MOTION_UNSEEN, sizeof newest->future);
    return newest;
}

static void count(struct aligned *a, const struct motion *m)
{
    if (m->holds && !camera_moves(m))
        return;
    a->steps++;
    a->held += m->holds;
    a->far += fmax(hypot(m->dx, m->dy), fabs(m->zoom) * a->at[0]->grid.w / 2) >= FAR;
}

void aligned_add(struct aligned *a, const struct signature *picture, const struct signature *before)
{
    struct look *newest = push(a, picture);
    if (!before || picture->time_us - before->time_us > GAP_US)
        return;
    struct shift shift = difference_shift(before, picture, SHIFT_MOST_PX);
    const struct motion guess[] = { { 0 },
                                    { .dx = shift.dx / SIGNATURE_BLOCK, .dy = shift.dy / SIGNATURE_BLOCK },
                                    { .zoom = difference_zoom(before, picture, SHIFT_MOST_PX / 2) },
                                    a->at[1]->from[0] };
    pair(a, 0, guess, (int)(sizeof guess / sizeof *guess));
    count(a, &newest->from[0]);
    for (int lag = 1; lag < ALIGNED_LAGS && lag + 1 < a->n; lag++) {
        struct motion both = motion_then(&a->at[lag]->from[0], &newest->from[lag - 1]);
        if (!both.holds)
            return;
        pair(a, lag, &both, 1);
    }
}

int aligned_under(const struct look *newer, int i)
{
    const struct grid *g = &newer->grid;
    double dx, dy;
    int x = i % g->w, y = i / g->w;
    motion_at(&newer->from[0], g, x, y, &dx, &dy);
    x = (int)lround(x - dx), y = (int)lround(y - dy);
    return x < 0 || y < 0 || x >= g->w || y >= g->h ? -1 : y * g->w + x;
}
