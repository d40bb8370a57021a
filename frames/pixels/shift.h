/* Small global displacement between two pictures: a camera that was nudged, a page that moved by a few pixels.
 * Thread-safety: safe. */
#ifndef FRAMES_PIXELS_SHIFT_H
#define FRAMES_PIXELS_SHIFT_H

#include "frames/pixels/canvas.h"

#define SHIFT_MAX 32             /* pixels, each way */

/* What is at x, y in a is at x + *dx_out, y + *dy_out in b, for most of what has structure; 0, 0 if that explains
 * nothing better. a, b: Y'CbCr of the same size and light. SC_ERR_NOMEM. */
SC_CHECKED enum sc_status shift_find(const struct surface *a, const struct surface *b, int *dx_out, int *dy_out,
                                     struct sc_error *err);

#endif
