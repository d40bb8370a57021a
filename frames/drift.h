/* What goes over into another state so slowly that its reference follows it: a morph, water that rises, a plant that
 * droops. Each block has an anchor, what it looked like when a change of it was last told; a place that has gone far from
 * its anchors, and rests there, changed.
 * Thread-safety: plain functions over data that the caller owns. */
#ifndef FRAMES_DRIFT_H
#define FRAMES_DRIFT_H

#include "frames/blocks.h"

#define DRIFT_EVERY_US 1000000 /* so often it is looked for */

/* What the blocks look like now is what their next slow change begins with. */
void drift_anchor(struct block *k);
void drift_anchor_all(struct blocks *b);

/* Look how far the blocks are from their anchors. Once every DRIFT_EVERY_US. */
void drift_look(struct blocks *b, int64_t now_us);

/* A place that changed slowly, and rests or (last: nothing follows) still goes on: members are its blocks, of which
 * first_us, final_us, before and the peaks tell of the change then. False: there is none, or none after the first *from
 * labels, of which *from is moved on. label: room for all blocks, filled by the call with *from = 0. */
bool drift_next(struct blocks *b, int64_t now_us, bool last, short *label, int *from, bool *members);

#endif
