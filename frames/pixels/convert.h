/* libswscale kept behind two calls: pictures in another format and size with right colours, and transparency laid
 * over its background. One converter keeps its tables from call to call while sizes and formats stay the same.
 * Thread-safety: one thread at a time for each converter. */
#ifndef FRAMES_PIXELS_CONVERT_H
#define FRAMES_PIXELS_CONVERT_H

#include <libavutil/frame.h>

#include "base/error.h"

struct SwsContext;

struct convert_shape {
    int src_w, src_h, src_format, src_matrix, src_chroma;
    int src_full;            /* 0 or 1; a bool would leave bytes that no one sets, and shapes are compared as bytes */
    int dst_w, dst_h, dst_format;
    int flags;
};

/* One prepared conversion; = { 0 } at first. */
struct converter {
    struct SwsContext *sws;
    struct convert_shape shape;
};

void converter_dispose(struct converter *c);

/* Convert in to the size and format of out (whose planes are there), scaling by area when it gets smaller and bicubic
 * when larger. Y'CbCr comes out as full-range BT.601 whatever the source was; RGB as full range. */
SC_CHECKED enum sc_status convert(struct converter *c, const AVFrame *in, AVFrame *out, struct sc_error *err);

/* Whether samples can be transparent: alpha planes and palettes with alpha. */
bool convert_has_alpha(const AVFrame *in);

/* in over a background as RGB0 of the same size. *out: av_frame_free. */
SC_CHECKED enum sc_status convert_flatten(struct converter *c, const AVFrame *in, uint32_t background_rgb,
                                          AVFrame **out, struct sc_error *err);

/* A frame with planes of its own. NULL: out of memory. */
AVFrame *convert_new_frame(int width, int height, int format);

/* Whether Y' and RGB values use all of 0..max, and libswscale's number of the matrix. */
bool convert_is_full_range(const AVFrame *in);
int convert_matrix(const AVFrame *in);

#endif
