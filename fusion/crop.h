/* Parts of a picture cut so that no token is wasted: as large as the tiles or patches that are paid for anyway.
 * Thread-safety: safe. */
#ifndef FUSION_CROP_H
#define FUSION_CROP_H

#include "fusion/view.h"

struct crop {
    struct sc_box box;       /* displayed pixels of the picture */
    int columns, rows;       /* of such cells on the canvas */
    int cell_w, cell_h;      /* as sent; smaller than the box if the model or the budget has no room for it */
    int width, height;       /* of the canvas */
    enum image_detail detail;
    int64_t tokens;
};

/* The box with some of what is around it, inside the picture. */
struct sc_box crop_with_context(struct sc_box box, int width, int height);

/* Fill *out with columns x rows cells that show need at native resolution for at most max_tokens, grown to what the
 * same tokens buy. False: there is no room. */
bool crop_native(const struct model *model, struct sc_box need, int width, int height, int columns, int rows,
                 int64_t max_tokens, struct crop *out);

/* One cell that shows need, shrunk if it has to be. */
void crop_fit(const struct model *model, struct sc_box need, int width, int height, int64_t max_tokens,
              struct crop *out);

/* What crop_fit's would cost. */
int64_t crop_cost(const struct model *model, struct sc_box need, int64_t max_tokens);

bool box_contains(struct sc_box outer, struct sc_box inner); /* no box is the whole picture */
bool box_overlaps(struct sc_box a, struct sc_box b);
struct sc_box box_union(struct sc_box a, struct sc_box b);

#endif
