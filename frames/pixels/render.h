/* Execute a render plan: decode just the pictures that it names (neighbours share one decode), crop, scale by area
 * averaging, place, mark, encode. Times are matched to the picture displayed at that time. Placements that overlap
 * are laid in the order of their times.
 * Thread-safety: one thread at a time for each decoder. */
#ifndef FRAMES_PIXELS_RENDER_H
#define FRAMES_PIXELS_RENDER_H

#include "decode/decode.h"
#include "frames/plan.h"

/* Called once for each image, in the order in which they become complete; data is valid for the call.
 * A status other than SC_OK ends the rendering and is returned. */
typedef enum sc_status render_sink(void *user, int image, const struct buffer *data, struct sc_error *err);

SC_CHECKED enum sc_status render(struct decoder *d, const struct plan *plan, render_sink *sink, void *user,
                                 struct sc_error *err);

#endif
