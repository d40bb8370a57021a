/* Global light between two pictures: b = gain * a + offset, found from the means of their blocks and robust against
 * the parts that really changed. Exposure, lamps and daylight are taken out with it before pictures are compared.
 * Thread-safety: safe. */
#ifndef FRAMES_PIXELS_LIGHT_H
#define FRAMES_PIXELS_LIGHT_H

#include "frames/pixels/canvas.h"

#define LIGHT_BLOCK 8            /* pixels along a block */
#define LIGHT_TONES 16           /* classes of luma */

struct light {
    double gain, offset;         /* luma, 0..255; 1 and 0 when the light is the same */
    bool changed;                /* nearly the whole picture follows it: more than noise */
    bool drawn;                  /* most of a is perfectly flat: a screen, not a photograph */
    float bend[LIGHT_TONES];     /* what each class of luma adds to the line */
    double chroma_gain;          /* around 128 */
    double chroma_offset[2];
};

/* a, b: Y'CbCr of the same size. SC_ERR_NOMEM. */
SC_CHECKED enum sc_status light_find(const struct surface *a, const struct surface *b, struct light *out,
                                     struct sc_error *err);

/* Show a in the light of b. In photographs and film what is left of slow changes from place to place (a lamp to one
 * side, vignetting) is taken out too. SC_ERR_NOMEM. */
SC_CHECKED enum sc_status light_take_out(const struct light *l, struct surface *a, const struct surface *b,
                                      struct sc_error *err);

#endif
