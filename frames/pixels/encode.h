/* A finished surface as JPEG or PNG bytes.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_PIXELS_ENCODE_H
#define FRAMES_PIXELS_ENCODE_H

#include "base/buffer.h"
#include "frames/pixels/canvas.h"

/* Append s, which holds Y'CbCr, as a baseline JFIF file without any other metadata.
 * quality      1..100
 * full_chroma  4:4:4; else 4:2:0, each chroma sample the mean of its four pixels (JFIF's centred chroma) */
SC_CHECKED enum sc_status encode_jpeg(const struct surface *s, int quality, bool full_chroma, struct buffer *out,
                                      struct sc_error *err);

/* Append s, which holds RGB, as rows of three bytes a pixel. */
SC_CHECKED enum sc_status encode_rgb(const struct surface *s, struct buffer *out, struct sc_error *err);

/* Append s, which holds RGB, as 8-bit PNG marked as sRGB. */
SC_CHECKED enum sc_status encode_png(const struct surface *s, struct buffer *out, struct sc_error *err);

#endif
