/* Displacement against pictures up to a second old. */
#include "frames/sway.h"

#include <math.h>

#define ANCHOR_US 400000     /* a new anchor so often: the oldest is 0.8 to 1.2 s old, as old as references become */
#define MOST_PX 16           /* looked for, small pixels */
#define FALL_S 1.0           /* time constant of coming to rest */

/* A passing car also moves the projections: a displacement counts when it explains this part of what differs between
 * them, the more the longer it is. Measured: hand-held shake of 1 to 4 px 0.2 to 0.7, pans 0.4 to 0.6, cars 0.02 to
 * 0.25 at lengths of 6 px and more. */
#define TRUST_SHORT 0.15
#define TRUST_LONG 0.4
#define SHORT_PX 5.0

bool sway_is_trusted(const struct shift *s)
{
    double length = hypot(s->dx, s->dy);
    return s->confidence > (length < SHORT_PX ? TRUST_SHORT : TRUST_LONG);
}

enum sc_status sway_start(struct sway *w, const struct signature *first, struct sc_error *err)
{
    sway_dispose(w);
    w->anchor[0] = signature_copy(first);
    w->last_us = first->time_us;
    return w->anchor[0] ? SC_OK : fail_memory(err);
}

static enum sc_status new_anchor(struct sway *w, const struct signature *s, struct sc_error *err)
{
    struct signature *copy = signature_copy(s);
    if (!copy)
        return fail_memory(err);
    signature_free(&w->anchor[SWAY_ANCHORS - 1]);
    for (int i = SWAY_ANCHORS - 1; i > 0; i--)
        w->anchor[i] = w->anchor[i - 1];
    w->anchor[0] = copy;
    return SC_OK;
}

enum sc_status sway_add(struct sway *w, const struct signature *s, struct sc_error *err)
{
    w->amount *= exp((double)(w->last_us - s->time_us) * 1e-6 / FALL_S);
    w->last_us = s->time_us;
    w->shift = (struct shift){ 0 };
    for (int i = 0; i < SWAY_ANCHORS && w->anchor[i]; i++) {
        struct shift shift = difference_shift(w->anchor[i], s, MOST_PX);
        if (!sway_is_trusted(&shift))
            continue;
        w->shift = shift;
        w->amount = fmax(w->amount, hypot(shift.dx, shift.dy));
    }
    if (w->amount < 0.1)
        w->amount = 0;
    return s->time_us - w->anchor[0]->time_us >= ANCHOR_US ? new_anchor(w, s, err) : SC_OK;
}

void sway_dispose(struct sway *w)
{
    for (int i = 0; i < SWAY_ANCHORS; i++)
        signature_free(&w->anchor[i]);
    *w = (struct sway){ 0 };
}
