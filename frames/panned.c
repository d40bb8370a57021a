/* Passages, what is left behind, parallax. */
#include "frames/panned.h"

#include <math.h>
#include <stdlib.h>

#define PAN 0.04                /* of the picture's width: a pan, not a shake */
#define PANNED_US 250000        /* longer than a step: an object put down while the camera moves is one */
#define EARLY_US 200000         /* the camera's own movement is known to begin within so long */
#define SETTLED_US 1000000      /* blocks hold still again so long after the camera does */
#define PASSAGE 0.9             /* cosine between two directions that are the same */
#define NEAR_THINGS 2           /* so many at a time that may stand near: they do, and the model does not hold */

static bool touch(const struct sc_box *a, const struct sc_box *b)
{
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

static bool at_one_time(const struct sc_event *a, const struct sc_event *b)
{
    return a->start_us <= b->end_us && b->start_us <= a->end_us;
}

/* Something large that moves through is no camera, though the sums of rows and columns follow it. */
static bool is_passage(const struct candidates *list, const struct sc_event *camera)
{
    for (int i = 0; i < list->n; i++) {
        const struct candidate *c = &list->items[i];
        const struct sc_event *e = &c->event;
        if (!c->muted && !c->against && e->kind == SC_MOVE && e->start_us <= camera->start_us &&
            e->end_us >= camera->end_us &&
            e->dx * camera->dx + e->dy * camera->dy > PASSAGE * hypot(e->dx, e->dy) * hypot(camera->dx, camera->dy))
            return true;
    }
    return false;
}

/* A picture that the camera has left is not in another state; nor is a place in it, when the camera went far. Where its
 * motion can be taken out, what passes is found without it. */
static void mute_left_behind(struct candidates *list, const struct candidate *camera, bool far)
{
    const struct sc_event *moves = &camera->event;
    for (int i = 0; i < list->n; i++) {
        struct candidate *c = &list->items[i];
        const struct sc_event *e = &c->event;
        bool passing = e->kind == SC_MOVE || e->kind == SC_OTHER;
        if (!(c->blocks || c->crossing) || c->against || !(camera->held || (!passing && (far || c->whole))))
            continue;
        if (e->start_us >= moves->start_us - (camera->held ? EARLY_US : 0) && e->start_us <= moves->end_us &&
            e->end_us <= moves->end_us + SETTLED_US && e->end_us - e->start_us > PANNED_US)
            c->muted = true, c->crossing = false;
    }
}

/* Another place is lighter or darker, and no lamp was switched. */
static void mute_light(struct candidates *list, const struct sc_event *moves)
{
    for (int i = 0; i < list->n; i++) {
        struct candidate *c = &list->items[i];
        c->muted = c->muted || (c->event.kind == SC_LIGHT && c->event.start_us >= moves->start_us &&
                                c->event.start_us <= moves->end_us + SETTLED_US);
    }
}

static bool in_a_movement(const struct candidates *list, const struct sc_event *e, int64_t moving_us)
{
    for (int i = 0; i < list->n; i++) {
        const struct candidate *c = &list->items[i];
        if (!c->muted && c->event.kind == SC_CAMERA && at_one_time(&c->event, e))
            return true;
    }
    return e->end_us >= moving_us;
}

/* Things that stand near, beside which this is another one; or what is told as another change already. */
static bool is_doubtful(const struct candidates *list, const struct candidate *c)
{
    int near = 0;
    for (int i = 0; i < list->n; i++) {
        const struct candidate *other = &list->items[i];
        if (!at_one_time(&other->event, &c->event))
            continue;
        near += other->near;
        if (!other->muted && !other->against && !other->crossing && !other->whole &&
            touch(&other->event.box, &c->event.box))
            return true;
    }
    return near >= NEAR_THINGS;
}

void panned_mute(struct candidates *list, int width, int64_t moving_us)
{
    for (int i = 0; i < list->n; i++) {
        struct candidate *c = &list->items[i];
        if (c->event.kind != SC_CAMERA || c->muted)
            continue;
        c->muted = is_passage(list, &c->event);
        if (c->muted)
            continue;
        bool far = hypot(c->event.dx, c->event.dy) > PAN * width;
        mute_left_behind(list, c, far);
        if (far)
            mute_light(list, &c->event);
    }
    for (int i = 0; i < list->n; i++) {
        struct candidate *c = &list->items[i];
        if (c->against && !c->muted)
            c->muted = !in_a_movement(list, &c->event, moving_us) || is_doubtful(list, c);
    }
}
