/* A quartile that jumps. */
#include "frames/refresh.h"

#include <math.h>
#include <stdbool.h>

/* Measured on static scenes with a sensor's noise: the quartile is 0.2 to 0.25 tolerances in the key pictures of good
 * codings, 0.48 at CRF 40, and below 0.02 in the pictures between. The hundredth block from the top steps by 2.1 to 4.1
 * times as much. */
#define STEP_TIMES 5.5f      /* with room for the last of the hundredth */
#define STEP_MOST 1.0f       /* more is a change of three quarters of the picture */
#define STANDS_OUT 5.0f      /* against the usual quartile: noise that is coded in each picture does not */
#define USUAL_S 0.5f         /* time constant of what is usual */

#define BINS 64              /* of STEP_MOST / BINS each */

static float quartile(const float *step, int n)
{
    int count[BINS + 1] = { 0 }, below = 0, bin = 0;
    for (int i = 0; i < n; i++)
        count[step[i] < STEP_MOST ? (int)(step[i] * (BINS / STEP_MOST)) : BINS]++;
    while (bin < BINS && (below += count[bin]) * 4 <= n)
        bin++;
    return (float)bin * (STEP_MOST / BINS);
}

void refresh_start(struct refresh *r)
{
    r->usual = STEP_MOST; /* until something is known, no picture stands out */
}

float refresh_add(struct refresh *r, const float *step, int n, float dt)
{
    float q = quartile(step, n);
    bool anew = n && q < STEP_MOST && q > STANDS_OUT * r->usual;
    r->usual += (q - r->usual) * (1 - expf(-dt / USUAL_S));
    return anew ? STEP_TIMES * q : 0;
}
