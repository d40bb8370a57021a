/* Images in the making: three full-size planes, drawn into by whole boxes.
 * Thread-safety: one thread at a time for each surface. */
#ifndef FRAMES_PIXELS_CANVAS_H
#define FRAMES_PIXELS_CANVAS_H

#include "base/error.h"

/* Planes of one byte a sample: R, G, B, or full-range BT.601 Y', Cb, Cr as JPEG has them. */
struct surface {
    int width, height;
    ptrdiff_t stride;        /* of each plane */
    bool rgb;
    uint8_t *plane[3];
};

/* Planes of its own, filled with a colour. surface_dispose. SC_ERR_NOMEM. */
SC_CHECKED enum sc_status surface_make(struct surface *out, int width, int height, bool rgb, uint32_t colour_rgb,
                                       struct sc_error *err);
void surface_dispose(struct surface *s);

/* A part of s, without samples of its own; box must lie within s. */
struct surface surface_part(const struct surface *s, struct sc_box box);

/* Fill a box, clipped to s. */
void surface_fill(struct surface *s, struct sc_box box, uint32_t rgb);

/* The outline of a box, thickness pixels inwards, clipped to s. */
void surface_outline(struct surface *s, struct sc_box box, int thickness, uint32_t rgb);

/* Text in cells of font_height pixels on a dark ground with x, y as its top left corner; moved left and up where it
 * would leave s. What is not ASCII becomes '?'. */
void surface_text(struct surface *s, int x, int y, int text_size, uint32_t rgb, const char *text);

/* 0xRRGGBB as samples of s. */
void surface_colour(const struct surface *s, uint32_t rgb, uint8_t out[3]);

/* RGB in place to full-range BT.601 Y'CbCr (T.871). */
void surface_to_yuv(struct surface *s);

#endif
