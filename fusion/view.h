/* What one image of a query shows: pictures placed on a canvas, at a size and a cost, before a pixel is drawn.
 * Thread-safety: plain data. */
#ifndef FUSION_VIEW_H
#define FUSION_VIEW_H

#include "fusion/tokens.h"

enum view_kind {
    VIEW_WHOLE,              /* one whole frame */
    VIEW_PART,               /* a part of one frame */
    VIEW_PAIR,               /* a frame before and one after, or the same part of both */
    VIEW_SHEET,              /* many frames in rows, the time drawn on each */
};

struct view_picture {
    int64_t time_us;
    int frame;               /* the chosen frame it is: index into evidence->frames; -1: none */
    struct sc_box crop;      /* displayed pixels; no box: the whole picture */
    struct sc_box dest;      /* on the canvas */
};

struct view {
    enum view_kind kind;
    int64_t time_us;         /* of the picture it is about: a pair's second, a sheet's first */
    enum sc_role role;
    int event;
    int width, height;       /* of the canvas */
    enum image_detail detail;
    struct image_tokens cost;
    int columns, rows;       /* of the pictures on it */
    struct view_picture *pictures;
    int n_pictures;
};

struct views {
    struct view *items;
    int n;
};

#define VIEW_GAP_PX 6        /* between the pictures of an image */
#define VIEW_GAP_RGB 0xFF00FF       /* of pairs */
#define VIEW_SHEET_RGB 0x808080

/* Append an empty view, a picture. The pointers are valid until the next call. NULL: out of memory. */
struct view *views_add(struct views *v);
struct view_picture *view_add_picture(struct view *v, int64_t time_us, int frame, struct sc_box crop,
                                      struct sc_box dest);
void views_dispose(struct views *v);

/* The detail for an image of this size: DETAIL_AUTO where the model has none, low where it is enough. */
enum image_detail view_detail(const struct model *model, int width, int height);

/* The size of a whole width x height picture worth at most max_tokens, with its detail. False: the smallest useful
 * size costs more; it is set all the same. */
bool view_whole_size(const struct model *model, int width, int height, int64_t max_tokens, int *width_out,
                     int *height_out, enum image_detail *detail_out);

/* Set the size of the canvas and what it costs. */
SC_CHECKED enum sc_status view_set_size(struct view *v, const struct model *model, int width, int height,
                                        enum image_detail detail, struct sc_error *err);

#endif
