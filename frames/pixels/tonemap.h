/* High dynamic range and wide gamut made watchable on an ordinary display.
 *
 * PQ and HLG (ITU-R BT.2100) become light, BT.2020 primaries become BT.709, highlights are rolled off by the
 * curve of ITU-R BT.2390 section 5 so that HDR reference white (203 cd/m2, ITU-R BT.2408) is bright and not burnt
 * out, and the result gets the sRGB curve.
 * Thread-safety: one thread at a time for each tone mapper. */
#ifndef FRAMES_PIXELS_TONEMAP_H
#define FRAMES_PIXELS_TONEMAP_H

#include <libavutil/frame.h>

#include "frames/pixels/canvas.h"

struct tonemap;

/* Whether a picture must go through here to be shown: PQ or HLG. */
bool tonemap_is_needed(const AVFrame *f);

/* Prepare for pictures of f's transfer and peak, reusing *t (which may point to NULL). *t: tonemap_close.
 * SC_ERR_NOMEM. */
SC_CHECKED enum sc_status tonemap_open(struct tonemap **t, const AVFrame *f, struct sc_error *err);
void tonemap_close(struct tonemap **t);

/* 16-bit planar R'G'B' (AV_PIX_FMT_GBRP16) with the source's transfer to out, an RGB surface of the same size. */
void tonemap_apply(const struct tonemap *t, const AVFrame *gbr, struct surface *out);

#endif
