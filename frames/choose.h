/* Which pictures to show under a budget: greedy coverage over events and time, first and last always in.
 * Thread-safety: safe. */
#ifndef FRAMES_CHOOSE_H
#define FRAMES_CHOOSE_H

#include "base/error.h"

#define CHOOSE_BY_DEFAULT 32    /* frames */

/* Choose at most max_frames (>= 1) for c->events and fill c->frames, n_frames (replacing what was there; ranks from 1).
 * c->first_us, last_us and the events must be set. */
SC_CHECKED enum sc_status choose_frames(struct sc_changes *c, int max_frames, struct sc_error *err);

#endif
