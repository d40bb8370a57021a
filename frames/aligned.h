/* The last pictures of a camera's movement, each compared with those before and after it, its motion taken out.
 * Thread-safety: plain functions over data that the caller owns. */
#ifndef FRAMES_ALIGNED_H
#define FRAMES_ALIGNED_H

#include "frames/motion.h"

#define ALIGNED_LAGS 3          /* pictures before and after that each is compared with */
#define ALIGNED_PICTURES (2 * ALIGNED_LAGS + 2)

struct look {
    int64_t time_us;
    struct grid grid;
    struct motion from[ALIGNED_LAGS];                    /* the motion since each of those before it, the nearest first; */
    uint8_t past[ALIGNED_LAGS][DIFFERENCE_MAX_BLOCKS];   /* how far away from each, as motion_compare says it, */
    uint8_t future[ALIGNED_LAGS][DIFFERENCE_MAX_BLOCKS]; /* and from each of those after it. Where the motion does not
                                                            hold, or there is no such picture, all is unseen */
};

/* Begins zeroed. */
struct aligned {
    struct look room[ALIGNED_PICTURES];
    struct look *at[ALIGNED_PICTURES]; /* the newest first, */
    int n;                             /* so many */
    int steps, held, far;    /* steps in which the camera moved or no motion held; in which it held; which went far */
};

/* The next picture. before: the one before it, or NULL. Of the same size all. */
void aligned_add(struct aligned *a, const struct signature *picture, const struct signature *before);

/* The block of the picture before that block i of this one lies on; -1: outside. */
int aligned_under(const struct look *newer, int i);

#endif
