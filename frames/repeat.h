/* What repeats or never rests: recognised among the candidates of a source, reported once, muted.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_REPEAT_H
#define FRAMES_REPEAT_H

#include "frames/candidate.h"

/* list: sorted. Sets muted, and makes the first of what repeats a SC_REPEATING with its count and whole span. */
void repeat_mute(struct candidates *list);

#endif
