/* The render plan: plain data saying which images to make out of which pictures. Made without seeing a pixel,
 * executed by the worker (frames/pixels/render.h).
 *
 * An image is a canvas; pictures are placed on it (cropped, scaled), marks are drawn over them. A whole frame is one
 * placement that fills the canvas; before | after is two; a contact sheet is many.
 * Thread-safety: plain data. */
#ifndef FRAMES_PLAN_H
#define FRAMES_PLAN_H

#include "base/pack.h"

#define PLAN_VERSION 1
#define PLAN_MAX_IMAGES 4096
#define PLAN_MAX_PLACEMENTS 4096    /* in one image */
#define PLAN_MAX_MARKS 16384
#define PLAN_MAX_SIDE 16384

struct plan_placement {
    int64_t time_us;         /* which picture: the one displayed at that time (exact times come from signatures) */
    struct sc_box crop;      /* displayed pixels of the picture; no box: all of it */
    struct sc_box dest;      /* on the canvas */
};

struct plan_mark {
    struct sc_box box;       /* canvas: outline of a rectangle; no box (w = h = 0): only text at x, y */
    uint32_t rgb;
    int thickness;           /* of the outline, pixels; 0: no outline */
    int text_size;           /* height of the letters, pixels */
    char text[64];           /* drawn at the top left inside the box, on a dark ground; "" for none. ASCII */
};

struct plan_image {
    int width, height;       /* canvas */
    enum sc_image_format format;
    int quality;             /* JPEG */
    bool full_chroma;        /* JPEG: 4:4:4 instead of 4:2:0 */
    bool raw;                /* no file, but rows of RGB, three bytes a pixel; format is not read */
    uint32_t background_rgb;
    struct plan_placement *placements;
    int n_placements;
    struct plan_mark *marks;
    int n_marks;
};

struct plan {
    struct plan_image *images;
    int n_images;
};

/* Append; the pointer is valid until the next call. NULL: out of memory or over the maximum. */
struct plan_image *plan_add_image(struct plan *p, int width, int height);
struct plan_placement *plan_add_placement(struct plan_image *i, int64_t time_us, struct sc_box crop,
                                          struct sc_box dest);
struct plan_mark *plan_add_mark(struct plan_image *i, struct sc_box box, const char *text);
void plan_dispose(struct plan *p);

void plan_pack(const struct plan *p, struct packer *out);
SC_CHECKED enum sc_status plan_unpack(struct plan *out, struct unpacker *u, struct sc_error *err);

#endif
