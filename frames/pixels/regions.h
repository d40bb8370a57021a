/* From block scores to regions: connected, merged when they nearly touch, light without edges left out, and boxes made
 * exact to the pixel.
 * Thread-safety: safe. */
#ifndef FRAMES_PIXELS_REGIONS_H
#define FRAMES_PIXELS_REGIONS_H

#include "frames/pixels/residue.h"

struct region {
    struct sc_box box;           /* pixels of the compared surfaces */
    double score;                /* 0..1 */
    int n_changed;               /* pixels that really differ */
    enum sc_kind kind;
};

/* At most max regions, the largest first. a, b as they were compared; look only within. *n_out: how many.
 * *mask_out: for each pixel whether it belongs to a change of a region, a byte each; free() it.
 * SC_ERR_NOMEM. */
SC_CHECKED enum sc_status regions_find(struct region *out, int max, int *n_out, uint8_t **mask_out,
                                       const struct residue *d, const struct surface *a, const struct surface *b,
                                       struct sc_box within, struct sc_error *err);

#endif
