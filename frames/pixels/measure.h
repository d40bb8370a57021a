/* From a decoded picture to its signature, on the planes as the decoder gives them.
 * Cost: one pass over Y, U, V. Thread-safety: one thread at a time for each measurer. */
#ifndef FRAMES_PIXELS_MEASURE_H
#define FRAMES_PIXELS_MEASURE_H

#include "decode/picture.h"
#include "frames/signature.h"

struct measurer;

/* crop: displayed pixels, no box: the whole picture. *out: measure_close. */
SC_CHECKED enum sc_status measure_open(struct measurer **out, struct sc_box crop, struct sc_error *err);
void measure_close(struct measurer **m);

/* Any pixel format that libswscale reads; planar YUV and gray of 8 to 16 bit without conversion. Picture size and
 * format may change from call to call. *out: signature_free. SC_ERR_INVALID: the crop lies outside the picture. */
SC_CHECKED enum sc_status measure(struct measurer *m, const struct picture *pic, struct signature **out,
                                  struct sc_error *err);

#endif
