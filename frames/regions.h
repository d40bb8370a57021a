/* Connected regions of marked blocks.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_REGIONS_H
#define FRAMES_REGIONS_H

#include "frames/difference.h"

/* Label the connected regions of the marked blocks: label[i] is 1..n for marked blocks, 0 for others. Blocks count as
 * neighbours up to reach apart (1: they touch, also at corners). Returns n. */
int regions_label(const bool *marked, int w, int h, int reach, short *label);

#endif
