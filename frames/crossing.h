/* Crossings: what comes in over the picture's border, or leaves over it, while other things move.
 *
 * Along each side the outermost blocks are watched. A stretch of them that differs for a while was crossed by something;
 * whether more or less than before differs in the strip behind it afterwards says which way it went. What returns to the
 * same (leaves at the border) went nowhere.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_CROSSING_H
#define FRAMES_CROSSING_H

#include "frames/blocks.h"
#include "frames/candidate.h"

#define CROSSINGS_MOST 16       /* at a time on one side */

struct crossing {
    bool used;
    bool follows, inward;       /* closely behind another one, which went that way */
    uint8_t yuv[3];             /* mean of the border where it came up */
    int from, to;               /* its widest stretch, blocks along the side, to excluded */
    int now_from, now_to;       /* and that of the last picture in which it differed */
    int64_t start_us, last_us;
    bool free;                  /* the border does not differ any more: */
    uint8_t after[SIGNATURE_MAX_GRID];  /* what does behind it, in the first such picture */
    uint8_t before[SIGNATURE_MAX_GRID]; /* blocks that differed in the strip behind each of the side, just before */
    double strength;            /* most, tolerances summed over the stretch */
    int most;                   /* blocks that differed in the strip behind it, */
    int64_t most_us;            /* and when for the last time */
    double now, high;           /* the same for the outermost blocks alone: of the last picture, and most, */
    double low;                 /* and least since then, */
    int64_t low_us;             /* when, */
    uint8_t between[SIGNATURE_MAX_GRID]; /* and what differed behind the border then */
};

struct crossings {
    struct crossing at[4][CROSSINGS_MOST]; /* left, right, top, bottom */
    uint8_t depth[4][SIGNATURE_MAX_GRID]; /* blocks that differ in the strip behind each block of a side */
};

void crossings_start(struct crossings *c);

/* The next picture, compared already. shape: any picture of the shot. What has crossed is added to the list as
 * SC_MOVE, with crossing set. */
SC_CHECKED enum sc_status crossings_add(struct crossings *c, const struct blocks *b, const struct signature *shape,
                                        struct candidates *list, struct sc_error *err);

#endif
