/* Whether a border of an event may lie between two pictures. */
#include "frames/decide.h"

#include <math.h>
#include <stdlib.h>

#include "frames/blocks.h"

#define BORDER_BLOCKS 2        /* so many differing blocks are worth a closer look */
#define BORDER_SURE 2.0f       /* or a single one that differs so many tolerances */
#define NOISE_MOST 0.3f        /* tolerances: a whole picture that differs by more is not noise */
#define NOISE_LEARNED 1.0f     /* tolerances: no block becomes blind */
#define NOISE_RISE_S 1.0f      /* time constants: what goes on at a place is known soon and forgotten slowly */
#define NOISE_FALL_S 8.0f
#define STEPS 64               /* of the histogram, to a tolerance */

/* The middle distance of the blocks: what is everywhere is noise, or motion everywhere. */
static float middle(const float *distance, int n)
{
    int counts[2 * STEPS + 1] = { 0 }, seen = 0, i = 0;
    for (int j = 0; j < n; j++)
        counts[distance[j] < 2 ? (int)(distance[j] * STEPS) : 2 * STEPS]++;
    while ((seen += counts[i]) * 2 < n)
        i++;
    return (float)i / STEPS;
}

/* The running noise of a block follows what is seen fast upward and slowly downward, as frames/blocks.c does. */
static void learn(struct border_noise *noise, int i, float distance, float rise, float fall)
{
    float d = distance < NOISE_LEARNED ? distance : NOISE_LEARNED;
    noise->at[i] += (d - noise->at[i]) * (d > noise->at[i] ? rise : fall);
}

/* Distances of the blocks that are not hidden, in the same light; which: their indices. Returns how many. */
static int distances(const struct signature *a, const struct signature *b, float *distance, short *which)
{
    struct grid before, after;
    int n = 0;
    grid_from_signature(&before, a);
    grid_from_signature(&after, b);
    struct light l = light_fit(&before, &after, NULL);
    light_apply(&before, &l, false);
    for (int i = 0; i < before.w * before.h; i++) {
        if (before.hidden[i] || after.hidden[i])
            continue;
        struct sample x = { before.y[i], before.u[i], before.v[i], before.texture[i] };
        struct sample y = { after.y[i], after.u[i], after.v[i], after.texture[i] };
        which[n] = (short)i;
        distance[n++] = sample_distance(&x, &y);
    }
    return n;
}

bool decide_border_between(struct border_noise *noise, const struct signature *a, const struct signature *b,
                           double sensitivity)
{
    float distance[DIFFERENCE_MAX_BLOCKS];
    short which[DIFFERENCE_MAX_BLOCKS];
    int over = 0, n_blocks = b->grid_w * b->grid_h;
    bool sure = false;
    int n = difference_comparable(a, b) ? distances(a, b, distance, which) : -1;
    if (n <= 0)
        return n < 0;
    if (noise && noise->n != n_blocks)
        *noise = (struct border_noise){ .n = n_blocks };
    float all = middle(distance, n), part = (float)(1 / (sensitivity > 0 ? sensitivity : 1));
    float dt = (float)(b->time_us - a->time_us) * 1e-6f;
    float rise = 1 - expf(-dt / NOISE_RISE_S), fall = 1 - expf(-dt / NOISE_FALL_S);
    all = all < NOISE_MOST ? all : NOISE_MOST;
    for (int i = 0; i < n; i++) {
        float usual = noise && noise->at[which[i]] > all ? noise->at[which[i]] : all;
        float tolerance = block_allowance(usual) * part;
        over += distance[i] > tolerance;
        sure |= distance[i] > BORDER_SURE * tolerance;
        if (noise)
            learn(noise, which[i], distance[i], rise, fall);
    }
    return sure || over >= BORDER_BLOCKS;
}
