/* A change as a map: one picture in dim gray, and on it in colour how much each small block differs from another.
 * Thread-safety: safe. */
#ifndef FRAMES_PIXELS_HEAT_H
#define FRAMES_PIXELS_HEAT_H

#include "decode/picture.h"
#include "frames/pixels/canvas.h"

#define HEAT_MAX_SIDE 1280       /* pixels along the longer side of a map, at most */

/* before, shown: pictures of the same displayed size. within: displayed pixels that are coloured; no box: all.
 * in_its_light: what global light alone makes is taken out first. out: RGB, surface_dispose. */
SC_CHECKED enum sc_status heat_draw(const struct picture *before, const struct picture *shown, struct sc_box within,
                                    bool in_its_light, struct surface *out, struct sc_error *err);

#endif
