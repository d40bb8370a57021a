/* Typing: text that grows along its line, told as one event for each burst.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_TYPING_H
#define FRAMES_TYPING_H

#include "frames/blocks.h"
#include "frames/candidate.h"

/* Whether the member blocks of one event changed one after the other in reading order. */
bool typing_is_progress(const struct blocks *b, const bool *members);

/* Join the letters, words and lines of a burst, as far as they were found apart. list: sorted. width: of the
 * pictures, displayed pixels. */
void typing_join(struct candidates *list, int width);

#endif
