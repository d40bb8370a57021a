/* Render plans for the files that the library writes itself: single frames and contact sheets.
 * Thread-safety: safe. */
#ifndef API_PLANS_H
#define API_PLANS_H

#include "frames/plan.h"

/* One image for frame i of c, scaled down to max_side (0: as it is), its event's box and time drawn if mark is set. */
SC_CHECKED enum sc_status plan_frame(struct plan *p, const struct sc_changes *c, int i,
                                     const struct sc_frames_settings *settings, struct sc_error *err);

/* One image with all chosen frames, times and boxes drawn. */
SC_CHECKED enum sc_status plan_sheet(struct plan *p, const struct sc_changes *c, enum sc_image_format format,
                                     struct sc_error *err);

#endif
