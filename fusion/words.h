/* Words for what was measured: places, colours, directions, shares, durations. English, for people and for models.
 * The same numbers give the same words in every locale. Thread-safety: safe. */
#ifndef FUSION_WORDS_H
#define FUSION_WORDS_H

#include "base/error.h"

/* "in the upper left", "at the top", "across the middle", "over the whole picture". No box (w or h of 0) is the whole
 * picture of width x height. Static. */
const char *words_place(struct sc_box box, int width, int height);

/* "dark blue", "light grey" for a mean colour (full range BT.601). Static. */
const char *words_colour(const uint8_t yuv[3]);

/* Whether the colour is one that people name, no grey. */
bool words_is_coloured(const uint8_t yuv[3]);

/* "to the left", "up and to the right"; "" for no displacement. y grows downwards. Static. */
const char *words_direction(double dx, double dy);

/* Write "1.3 %", "less than 0.1 %", "100 %". share: 0..1. out needs 32 bytes. Returns out. */
char *words_share(double share, char out[32]);

/* Write "0.04 s", "6.5 s" or, from a minute on, "1:02.3 min". out needs 32 bytes. Returns out. */
char *words_duration(int64_t us, char out[32]);

#endif
