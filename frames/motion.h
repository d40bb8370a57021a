/* The camera's motion between two pictures, and what of one is not in the other once it is taken out.
 *
 * A similarity: displacement, magnification, turning. It is fitted to the luma of the blocks by weighted least squares
 * on its gradients (Lucas, Kanade: An iterative image registration technique, 1981), in rounds, where what does not fit
 * counts less each time. A block is then compared with all that it may have come from within half a block, so that
 * parallax, rolling shutter and interpolation within that say nothing.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_MOTION_H
#define FRAMES_MOTION_H

#include "frames/difference.h"

/* What was at (x, y) - d in the older picture is at (x, y) in the newer: d = (dx + zoom * cx - turn * cy,
 * dy + zoom * cy + turn * cx) with (cx, cy) from the middle of the picture. All in blocks. */
struct motion {
    double dx, dy, zoom, turn;
    bool holds;              /* it explains nearly all of what has detail, in most of the picture */
};

void motion_at(const struct motion *m, const struct grid *g, double x, double y, double *dx, double *dy);

/* First along a, then along b. */
struct motion motion_then(const struct motion *a, const struct motion *b);
struct motion motion_back(const struct motion *m);

/* The motion from a to b, starting from the best of n guesses (n > 0). holds is not set. */
struct motion motion_fit(const struct grid *a, const struct grid *b, const struct motion *guess, int n);

#define MOTION_SCALE 16         /* parts of a tolerance in which distances are kept, */
#define MOTION_MOST 254         /* up to this many */
#define MOTION_UNSEEN 255       /* the block was not in the other picture */

/* How far each block of b is from anything it may have come from in a, after the motion from a to b and the light
 * between them: away[i] for each block. Sets m->holds. */
void motion_compare(const struct grid *a, const struct grid *b, struct motion *m, uint8_t *away);

/* How far block i of b is from anything about (x, y) in a, in tolerances; negative: it is not in a. */
float motion_away(const struct grid *a, const struct grid *b, int i, double x, double y);

#endif
