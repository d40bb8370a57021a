/* Whether a border of an event may lie between two pictures. */
#include "frames/decide.h"

#include <stdlib.h>

#include "frames/blocks.h"

#define BORDER_BLOCKS 2        /* so many differing blocks are worth a closer look */
#define BORDER_SURE 2.0f       /* or a single one that differs so many tolerances */

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
    int n = 0;
    bool sure = false;
    float tolerance = 1 / (float)(sensitivity > 0 ? sensitivity : 1);
    for (int i = 0; i < g[0].w * g[0].h; i++) {
        struct sample x = { g[0].y[i], g[0].u[i], g[0].v[i], g[0].texture[i] };
        struct sample y = { g[1].y[i], g[1].u[i], g[1].v[i], g[1].texture[i] };
        float distance = sample_distance(&x, &y);
        n += distance > tolerance;
        sure = sure || distance > BORDER_SURE * tolerance;
    }
    free(g);
    return sure || n >= BORDER_BLOCKS;
}
