/* Which pictures to show under a budget: greedy coverage over events and time, first and last always in.
 * Thread-safety: safe. */
#ifndef FRAMES_CHOOSE_H
#define FRAMES_CHOOSE_H

#include "base/error.h"

#define CHOOSE_BY_DEFAULT 32    /* frames */

/* Times of pictures all over the source, ascending: thinned out as it gets longer, so that there are never more. */
#define MOMENTS_MOST 4096

struct moments {
    int64_t every;           /* one picture in so many is kept */
    int64_t seen;
    int n;
    int64_t at_us[MOMENTS_MOST];
};

void moments_add(struct moments *m, int64_t time_us);

/* Choose at most max_frames (>= 1) for c->events and fill c->frames, n_frames (replacing what was there; ranks from 1).
 * c->first_us, last_us, profile and the events must be set. context: of which pictures to take some for the stretches
 * in which nothing happens, as far as max_frames is not reached without; NULL: none. */
SC_CHECKED enum sc_status choose_frames(struct sc_changes *c, int max_frames, const struct moments *context,
                                        struct sc_error *err);

/* Choose the pictures at n times instead, in any order; times outside the source stand for its ends, equal ones for one
 * picture. Each belongs to the event that goes on then. */
SC_CHECKED enum sc_status choose_moments(struct sc_changes *c, const int64_t *times_us, int n, struct sc_error *err);

#endif
