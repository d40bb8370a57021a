/* Scrolling: a part of a drawn page that shows, a moment later, the same some way up or down (or to the side).
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_SCROLL_H
#define FRAMES_SCROLL_H

#include "frames/difference.h"

struct scroll {
    struct signature *anchor; /* what the next picture is compared with */
    int matched, unmatched;  /* steps of the open burst: those found to be a displacement, and other changes there */
    int x0, y0, x1, y1;      /* its place, blocks */
    double dx, dy;           /* so far, small pixels: which way what is shown moved */
    int64_t start_us, last_us, peak_us;
    double most;             /* of the displacements of one step */
};

/* A new shot, or the beginning. */
SC_CHECKED enum sc_status scroll_start(struct scroll *w, const struct signature *first, struct sc_error *err);

/* The next picture. *ended: a burst is over, and times, box, share, dx and dy of *out are set. */
SC_CHECKED enum sc_status scroll_add(struct scroll *w, const struct signature *s, bool *ended, struct sc_event *out,
                                     struct sc_error *err);

/* No more pictures of this shot: the same for a burst that goes on. */
bool scroll_end(struct scroll *w, struct sc_event *out);

void scroll_dispose(struct scroll *w);

#endif
