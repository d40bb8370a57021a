/* What was found while the camera moved: which of it counts.
 * Thread-safety: plain functions over data that the caller owns. */
#ifndef FRAMES_PANNED_H
#define FRAMES_PANNED_H

#include "frames/candidate.h"

/* Mute the movements that are none of the camera's, what a movement left behind, and what of frames/mover.h has no
 * movement. width: of the picture, displayed pixels. moving_us: since when the camera is in a movement that goes on;
 * INT64_MAX: it is not. */
void panned_mute(struct candidates *list, int width, int64_t moving_us);

#endif
