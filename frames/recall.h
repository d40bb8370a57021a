/* Shots that were seen, to know one that comes back.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_RECALL_H
#define FRAMES_RECALL_H

#include "frames/difference.h"

#define RECALL_MOST 64       /* pictures remembered; the oldest are forgotten */

struct recall {
    struct signature *seen[RECALL_MOST];
    int n, next;
};

/* Remember a picture. signature: copied. */
SC_CHECKED enum sc_status recall_keep(struct recall *r, const struct signature *s, struct sc_error *err);

/* The time of the earliest remembered picture that shows the same as s, or -1. */
int64_t recall_find(const struct recall *r, const struct signature *s);

void recall_dispose(struct recall *r);

#endif
