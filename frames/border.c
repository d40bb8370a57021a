/* Whether a border of an event may lie between two pictures. */
#include "frames/decide.h"

#include <math.h>
#include <stdlib.h>

#include "frames/blocks.h"

#define BORDER_BLOCKS 2        /* so many differing blocks are worth a closer look */
#define BORDER_SURE 2.0f       /* or a single one that differs so many tolerances */
#define NOISE_MOST 0.3f        /* tolerances: a whole picture that differs by more is not noise */
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

bool decide_border_between(const struct signature *a, const struct signature *b, double sensitivity)
{
    if (!difference_comparable(a, b))
        return true;
    struct grid *g = malloc(2 * sizeof *g);
    if (!g)
        return true;
    grid_from_signature(&g[0], a);
    grid_from_signature(&g[1], b);
    struct light l = light_fit(&g[0], &g[1], NULL);
    light_apply(&g[0], &l);
    float distance[DIFFERENCE_MAX_BLOCKS], most = 0;
    int n = 0, over = 0;
    for (int i = 0; i < g[0].w * g[0].h; i++) {
        if (g[0].hidden[i] || g[1].hidden[i])
            continue;
        struct sample x = { g[0].y[i], g[0].u[i], g[0].v[i], g[0].texture[i] };
        struct sample y = { g[1].y[i], g[1].u[i], g[1].v[i], g[1].texture[i] };
        distance[n++] = sample_distance(&x, &y);
    }
    free(g);
    if (!n)
        return false;
    float noise = fminf(middle(distance, n), NOISE_MOST);
    float tolerance = block_allowance(noise) / (float)(sensitivity > 0 ? sensitivity : 1);
    for (int i = 0; i < n; i++) {
        over += distance[i] > tolerance;
        most = distance[i] > most ? distance[i] : most;
    }
    return most > BORDER_SURE * tolerance || over >= BORDER_BLOCKS;
}
