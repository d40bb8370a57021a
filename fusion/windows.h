/* Windows: the chosen frames of a long video in several runs, each for a query of its own. An event stays whole, and the
 * last settled frame before a window goes with it, so that each begins with what is known.
 * Thread-safety: safe. */
#ifndef FUSION_WINDOWS_H
#define FUSION_WINDOWS_H

#include "base/error.h"

#define WINDOWS_MAX 100          /* of one question */

struct window {
    int from, to;            /* chosen frames: indices into evidence->frames, to not among them */
    int lead;                /* the settled frame before them; -1: none */
};

/* Split the evidence into as few windows as hold at most max_frames each, the lead counted; max_windows of them if these
 * would be more, which then hold more. One with a longer event is longer. *out: free(). At least one window. */
SC_CHECKED enum sc_status windows_split(const struct sc_changes *evidence, int max_frames, int max_windows,
                                        struct window **out, int *n_out, struct sc_error *err);

/* Fill out->events and out->frames with those of the window (events that have a frame there, or go on then), out->first_us
 * and out->last_us with its ends; the rest of out stays as it is. out: sc_changes_free. */
SC_CHECKED enum sc_status windows_cut(const struct sc_changes *evidence, const struct window *w, struct sc_changes *out,
                                      struct sc_error *err);

#endif
