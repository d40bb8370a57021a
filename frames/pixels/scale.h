/* From a part of a picture to samples of a given size, as displayed: turned, square, SDR, opaque.
 * Thread-safety: one thread at a time for each scaler. */
#ifndef FRAMES_PIXELS_SCALE_H
#define FRAMES_PIXELS_SCALE_H

#include "decode/picture.h"
#include "frames/pixels/canvas.h"
#include "frames/pixels/convert.h"

struct tonemap;

/* Tables kept from picture to picture; = { 0 } at first. */
struct scaler {
    struct converter flatten, align, scale;
    struct tonemap *tonemap;
};

void scaler_dispose(struct scaler *s);

/* Fill the whole of out with crop (displayed pixels, clipped; no box: all) of pic, exact to the pixel also where the
 * chroma is subsampled. SC_ERR_INVALID: crop lies outside the picture. */
SC_CHECKED enum sc_status scale_picture(struct scaler *s, const struct picture *pic, struct sc_box crop,
                                        struct surface *out, struct sc_error *err);

#endif
