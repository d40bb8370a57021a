/* What repeats, what goes together, and what points: recognised among the candidates of a source, reported once, muted.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_REPEAT_H
#define FRAMES_REPEAT_H

#include "frames/candidate.h"

/* Who comes in or leaves is told only where that is not what a change begins or ends with anyway. list: sorted. */
void repeat_mute_crossings(struct candidates *list);

/* What changed where a page was scrolled at that time is part of the scrolling. list: sorted. */
void repeat_mute_scrolled(struct candidates *list);

/* list: sorted; width, height: of the picture. Sets muted, makes the first of what repeats a SC_REPEATING with its
 * count and whole span, and joins what are parts of one change. */
void repeat_mute(struct candidates *list, int width, int height);

#endif
