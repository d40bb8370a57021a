/* Views as values. */
#include "fusion/view.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more item at the end of an array that grows by doubling. Returns the zeroed item, or NULL. */
static void *grow(void **items, int n, size_t item_size)
{
    uint8_t *more;

    if ((n & (n - 1)) == 0) {
        more = realloc(*items, (size_t)(n ? 2 * n : 1) * item_size);
        if (!more)
            return NULL;
        *items = more;
    }
    return memset((uint8_t *)*items + (size_t)n * item_size, 0, item_size);
}

struct view *views_add(struct views *v)
{
    void *items = v->items;
    struct view *view = grow(&items, v->n, sizeof *view);

    v->items = items;
    if (!view)
        return NULL;
    v->n++;
    view->event = -1;
    view->columns = view->rows = 1;
    return view;
}

struct view_picture *view_add_picture(struct view *v, int64_t time_us, int frame, struct sc_box crop,
                                      struct sc_box dest)
{
    void *items = v->pictures;
    struct view_picture *p = grow(&items, v->n_pictures, sizeof *p);

    v->pictures = items;
    if (!p)
        return NULL;
    v->n_pictures++;
    *p = (struct view_picture){ .time_us = time_us, .frame = frame, .crop = crop, .dest = dest };
    return p;
}

void views_dispose(struct views *v)
{
    int i;

    for (i = 0; i < v->n; i++)
        free(v->items[i].pictures);
    free(v->items);
    memset(v, 0, sizeof *v);
}

enum image_detail view_detail(const struct model *model, int width, int height)
{
    if (!model->has_detail)
        return DETAIL_AUTO;
    return tokens_low_is_enough(model, width, height) ? DETAIL_LOW : DETAIL_HIGH;
}

bool view_whole_size(const struct model *model, int width, int height, int64_t max_tokens, int *width_out,
                     int *height_out, enum image_detail *detail_out)
{
    bool fits = tokens_size_within(model, width, height, DETAIL_HIGH, max_tokens, width_out, height_out);

    *detail_out = model->has_detail ? DETAIL_HIGH : DETAIL_AUTO;
    if (!model->has_detail || (fits && !tokens_low_is_enough(model, *width_out, *height_out)))
        return fits;
    *detail_out = DETAIL_LOW;
    return tokens_size_within(model, width, height, DETAIL_LOW, max_tokens, width_out, height_out);
}

enum sc_status view_set_size(struct view *v, const struct model *model, int width, int height,
                             enum image_detail detail, struct sc_error *err)
{
    v->width = width;
    v->height = height;
    v->detail = detail;
    return tokens_image(model, width, height, detail, &v->cost, err);
}
