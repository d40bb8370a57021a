/* Two pictures themselves, compared: global light and displacement taken out, then what is left, region by region,
 * exact to the pixel where the pictures are sharp. Used for `compare` and to make the boxes of events exact.
 * Thread-safety: safe. */
#ifndef FRAMES_PIXELS_COMPARE_H
#define FRAMES_PIXELS_COMPARE_H

#include "base/pack.h"
#include "decode/picture.h"

#define COMPARE_MAX_REGIONS 64

struct compare_settings {
    struct sc_box within;    /* displayed pixels of a; no box: everywhere */
    double sensitivity;      /* 0: 1 */
};

/* Fills out's identical, changed, share, score, light, shift and regions (not the infos and times).
 * out: sc_comparison_dispose. Pictures of different sizes are compared at the size of a. */
SC_CHECKED enum sc_status compare_pictures(const struct picture *a, const struct picture *b,
                                           const struct compare_settings *settings, struct sc_comparison *out,
                                           struct sc_error *err);

#endif
