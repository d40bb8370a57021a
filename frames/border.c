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

/* Distances of the blocks that are not hidden, in the same light; which: their indices. Returns how many; -1: no
 * memory. */
static int distances(const struct signature *a, const struct signature *b, float *distance, short *which)
{
    struct grid *g = malloc(2 * sizeof *g);
    int n = 0;
    if (!g)
        return -1;
    grid_from_signature(&g[0], a);
    grid_from_signature(&g[1], b);
    struct light l = light_fit(&g[0], &g[1], NULL);
    light_apply(&g[0], &l, false);
    for (int i = 0; i < g[0].w * g[0].h; i++) {
        if (g[0].hidden[i] || g[1].hidden[i])
            continue;
        struct sample x = { g[0].y[i], g[0].u[i], g[0].v[i], g[0].texture[i] };
        struct sample y = { g[1].y[i], g[1].u[i], g[1].v[i], g[1].texture[i] };
        which[n] = (short)i;
        distance[n++] = sample_distance(&x, &y);
    }
    free(g);
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
