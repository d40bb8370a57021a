/* What a closed local event was: its extent, colours and kind, out of the blocks that took part.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_KINDS_H
#define FRAMES_KINDS_H

#include "frames/blocks.h"
#include "frames/candidate.h"

/* How the difference wandered over the picture while the event went on. */
struct path {
    int64_t peak_us;
    double peak;             /* strength there */
    int peak_blocks;         /* most blocks that differed in one picture */
    double first_x, first_y, last_x, last_y; /* centre of the difference, blocks */
    bool placed;             /* the four are set */
    bool slow;               /* it was found by what has become of the place (frames/drift.h) */
};

/* Describe the member blocks as one change from start_us to end_us. shape: any picture of the shot, for sizes. */
struct candidate kinds_describe(const struct blocks *b, const bool *members, const struct signature *shape,
                                const struct path *path, int64_t start_us, int64_t end_us);

#endif
