/* Events that are too small or too short to be reported. */
#include "frames/filter.h"

#include <stdlib.h>

#define SAME_PLACE 0.5           /* of the area that two boxes cover together must be in both */
#define SAME_COLOUR 4            /* levels: what noise and compression move the mean colour of a box by */

static bool is_small(const struct sc_changes *c, const struct sc_event *e, double min_size)
{
    return (double)e->box.w * e->box.h < min_size * c->source.width * c->source.height;
}

static bool same_colour(const uint8_t a[3], const uint8_t b[3])
{
    return abs(a[0] - b[0]) <= SAME_COLOUR && abs(a[1] - b[1]) <= SAME_COLOUR && abs(a[2] - b[2]) <= SAME_COLOUR;
}

/* Whether all is as before when it is over. */
static bool is_passing(const struct sc_event *e)
{
    switch (e->kind) {
    case SC_MOVE: case SC_FLASH: case SC_CAMERA: case SC_REPEATING: case SC_FREEZE: case SC_BLACK: case SC_BLANK:
        return true;
    case SC_OTHER:
        return same_colour(e->yuv_before, e->yuv_after);
    default:
        return false;
    }
}

static double overlap(int a, int a_size, int b, int b_size)
{
    const double from = a > b ? a : b;
    const double to = (double)a + a_size < (double)b + b_size ? (double)a + a_size : (double)b + b_size;

    return to > from ? to - from : 0;
}

static bool same_place(const struct sc_box *a, const struct sc_box *b)
{
    const double both = overlap(a->x, a->w, b->x, b->w) * overlap(a->y, a->h, b->y, b->h);

    return both > SAME_PLACE * ((double)a->w * a->h + (double)b->w * b->h - both);
}

static bool undoes(const struct sc_event *later, const struct sc_event *e)
{
    if (!same_place(&later->box, &e->box))
        return false;
    if (later->same_as_us >= 0)
        return later->same_as_us < e->start_us;
    return same_colour(later->yuv_after, e->yuv_before) && !same_colour(later->yuv_before, later->yuv_after);
}

static void mark_short(const struct sc_changes *c, int i, int64_t min_us, bool *dropped)
{
    const struct sc_event *e = &c->events[i];
    int k;

    if (is_passing(e)) {
        dropped[i] = dropped[i] || e->end_us - e->start_us < min_us;
        return;
    }
    for (k = i + 1; k < c->n_events && c->events[k].start_us - e->start_us < min_us; k++)
        if (!dropped[k] && !is_passing(&c->events[k]) && undoes(&c->events[k], e)) {
            dropped[i] = dropped[k] = true;
            return;
        }
}

enum sc_status filter_events(struct sc_changes *c, double min_size, int64_t min_duration_us, struct sc_error *err)
{
    bool *dropped = calloc((size_t)c->n_events + 1, sizeof *dropped);
    int i, n = 0;

    if (!dropped)
        return fail_memory(err);
    for (i = 0; i < c->n_events; i++)
        if (!dropped[i])
            mark_short(c, i, min_duration_us, dropped);
    for (i = 0; i < c->n_events; i++)
        if (!dropped[i] && !is_small(c, &c->events[i], min_size))
            c->events[n++] = c->events[i];
    c->n_events = n;
    free(dropped);
    return SC_OK;
}
