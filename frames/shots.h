/* Shots: the pictures of the last seconds, and where in them one shot ends and another begins.
 *
 * Pictures are put in as they come and taken out a few seconds later, when it is known what each of them is: part of
 * a shot, the first of a new one, or one that belongs to none (in a transition, or a flash). Cuts, dissolves, fades,
 * wipes and flashes are added to the list on the way.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_SHOTS_H
#define FRAMES_SHOTS_H

#include "frames/candidate.h"
#include "frames/difference.h"

struct shots;

enum place { PLACE_INSIDE, PLACE_STARTS, PLACE_BETWEEN };

struct placed {
    const struct signature *signature; /* valid until the next call */
    enum place place;
    double content;          /* difference to the picture before, levels (difference_content) */
};

struct shots *shots_new(double sensitivity);   /* NULL: out of memory */
void shots_free(struct shots **s);

/* signature: borrowed, copied. */
SC_CHECKED enum sc_status shots_put(struct shots *s, const struct signature *signature, struct sc_error *err);

/* No more will come: everything can be taken out. */
void shots_end(struct shots *s);

/* *taken false: put more in first, or nothing is left. */
SC_CHECKED enum sc_status shots_take(struct shots *s, struct placed *out, bool *taken, struct candidates *list,
                                     struct sc_error *err);

#endif
