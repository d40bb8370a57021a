/* Parts of a picture, grown to what their tokens buy. */
#include "fusion/crop.h"

enum {
    LEAST_MARGIN_PX = 16, MOST_MARGIN_PX = 48,
    LEAST_CROP_PX = 128,     /* smaller ones show a thing without what it stands on */
    COARSE_PX = 16,
};

static int min_int(int a, int b) { return a < b ? a : b; }
static int max_int(int a, int b) { return a > b ? a : b; }

bool box_contains(struct sc_box outer, struct sc_box inner)
{
    if (!outer.w || !outer.h)
        return true;
    return inner.w && inner.h && outer.x <= inner.x && outer.y <= inner.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

bool box_overlaps(struct sc_box a, struct sc_box b)
{
    if (!a.w || !a.h || !b.w || !b.h)
        return true;
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

struct sc_box box_union(struct sc_box a, struct sc_box b)
{
    int x = min_int(a.x, b.x), y = min_int(a.y, b.y);

    return (struct sc_box){ x, y, max_int(a.x + a.w, b.x + b.w) - x, max_int(a.y + a.h, b.y + b.h) - y };
}

/* A stretch of length around the middle of start and size, inside 0..all. */
static int placed(int start, int size, int length, int all)
{
    int from = start + size / 2 - length / 2;

    return max_int(0, min_int(from, all - length));
}

static struct sc_box resized(struct sc_box box, int w, int h, int width, int height)
{
    return (struct sc_box){ placed(box.x, box.w, w, width), placed(box.y, box.h, h, height), w, h };
}

static int margin(int side) { return max_int(LEAST_MARGIN_PX, min_int(MOST_MARGIN_PX, side / 8)); }

struct sc_box crop_with_context(struct sc_box box, int width, int height)
{
    int x = margin(box.w), y = margin(box.h);
    struct sc_box inside = { max_int(0, box.x - x), max_int(0, box.y - y), 0, 0 };

    inside.w = min_int(width, box.x + box.w + x) - inside.x;
    inside.h = min_int(height, box.y + box.h + y) - inside.y;
    return resized(inside, min_int(width, max_int(inside.w, LEAST_CROP_PX)),
                   min_int(height, max_int(inside.h, LEAST_CROP_PX)), width, height);
}

static int across(int n, int cell) { return n * cell + (n - 1) * VIEW_GAP_PX; }

/* Whether a canvas of such cells is seen whole for at most max_tokens. */
static bool buys(const struct model *model, int columns, int rows, int w, int h, int64_t max_tokens)
{
    int width = across(columns, w), height = across(rows, h);
    struct image_tokens t;

    return tokens_sees_all(model, width, height) &&
           !tokens_image(model, width, height, view_detail(model, width, height), &t, NULL) && t.tokens <= max_tokens;
}

static void set_canvas(const struct model *model, int columns, int rows, int w, int h, struct crop *out)
{
    struct image_tokens t = { 0 };

    out->columns = columns;
    out->rows = rows;
    out->cell_w = w;
    out->cell_h = h;
    out->width = across(columns, w);
    out->height = across(rows, h);
    out->detail = view_detail(model, out->width, out->height);
    out->tokens = tokens_image(model, out->width, out->height, out->detail, &t, NULL) ? INT64_MAX / 4 : t.tokens;
}

bool crop_native(const struct model *model, struct sc_box need, int width, int height, int columns, int rows,
                 int64_t max_tokens, struct crop *out)
{
    int w = need.w, h = need.h, step;
    bool grew;

    if (!buys(model, columns, rows, w, h, max_tokens))
        return false;
    set_canvas(model, columns, rows, w, h, out);
    for (step = COARSE_PX; step; step = step == COARSE_PX ? 1 : 0) {
        do {
            grew = false;
            if (w + step <= width && buys(model, columns, rows, w + step, h, out->tokens)) {
                w += step;
                grew = true;
            }
            if (h + step <= height && buys(model, columns, rows, w, h + step, out->tokens)) {
                h += step;
                grew = true;
            }
        } while (grew);
    }
    set_canvas(model, columns, rows, w, h, out);
    out->box = resized(need, w, h, width, height);
    return true;
}

static void set_shrunk(const struct model *model, struct sc_box need, int64_t max_tokens, struct crop *out)
{
    enum image_detail detail;
    int w, h;

    (void)view_whole_size(model, need.w, need.h, max_tokens, &w, &h, &detail);
    set_canvas(model, 1, 1, w, h, out);
    out->box = need;
}

int64_t crop_cost(const struct model *model, struct sc_box need, int64_t max_tokens)
{
    struct crop c;

    if (buys(model, 1, 1, need.w, need.h, max_tokens))
        set_canvas(model, 1, 1, need.w, need.h, &c);
    else
        set_shrunk(model, need, max_tokens, &c);
    return c.tokens;
}

void crop_fit(const struct model *model, struct sc_box need, int width, int height, int64_t max_tokens,
              struct crop *out)
{
    if (!crop_native(model, need, width, height, 1, 1, max_tokens, out))
        set_shrunk(model, need, max_tokens, out);
}
