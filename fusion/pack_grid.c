/* The packing `grid`: contact sheets, the frames in rows with their times drawn on them. */
#include "fusion/pack.h"

#define WANTED_CELL_PX 336       /* the longer side of a cell, if the budget allows */

struct layout {
    int columns, rows;
    int cell_w, cell_h;
    enum image_detail detail;
};

static int longer(int w, int h) { return w > h ? w : h; }

/* The cells of a sheet of columns x rows that costs at most in->max_tokens. */
static struct layout cells(const struct pack_input *in, int columns, int rows)
{
    const struct sc_info *source = &in->evidence->source;
    int gaps_x = VIEW_GAP_PX * (columns - 1), gaps_y = VIEW_GAP_PX * (rows - 1), w, h;
    struct layout l = { .columns = columns, .rows = rows };

    (void)view_whole_size(in->model, columns * source->width + gaps_x, rows * source->height + gaps_y,
                          in->max_tokens, &w, &h, &l.detail);
    l.cell_w = (w - gaps_x) / columns;
    l.cell_h = (int)((int64_t)source->height * l.cell_w / source->width);
    if (l.cell_h > (h - gaps_y) / rows) {
        l.cell_h = (h - gaps_y) / rows;
        l.cell_w = (int)((int64_t)source->width * l.cell_h / source->height);
    }
    l.cell_w = l.cell_w > 1 ? l.cell_w : 1;
    l.cell_h = l.cell_h > 1 ? l.cell_h : 1;
    return l;
}

/* Neither a ribbon nor a tower: at most twice as wide as high, or five thirds as high as wide. */
static bool is_sheet_like(const struct sc_info *source, int columns, int rows)
{
    int64_t w = (int64_t)columns * source->width, h = (int64_t)rows * source->height;

    return w <= 2 * h && 3 * h <= 5 * w;
}

/* The columns that make the cells for n frames on one sheet largest. */
static struct layout best_layout(const struct pack_input *in, int n)
{
    struct layout best = { 0 };
    int columns;

    for (columns = 1; columns <= n; columns++) {
        int rows = (n + columns - 1) / columns;
        struct layout l;

        if (!is_sheet_like(&in->evidence->source, columns, rows) && (columns < n || best.cell_w))
            continue;
        l = cells(in, columns, rows);
        if (l.cell_w > best.cell_w)
            best = l;
    }
    return best;
}

/* How many frames go on a sheet so that its cells are large enough; at least one. */
static int frames_on_a_sheet(const struct pack_input *in)
{
    const struct sc_info *source = &in->evidence->source;
    int wanted = longer(source->width, source->height), n;

    wanted = wanted < WANTED_CELL_PX ? wanted : WANTED_CELL_PX;
    for (n = 1; n < in->n_frames; n++) {
        struct layout l = best_layout(in, n + 1);

        if (longer(l.cell_w, l.cell_h) < wanted * 7 / 8)
            break;
    }
    return n;
}

static enum sc_status add_sheet(const struct pack_input *in, const int *frames, int n, struct layout l,
                                struct views *out, struct sc_error *err)
{
    const struct sc_changes *c = in->evidence;
    struct view *v = views_add(out);
    int i;

    if (!v)
        return fail_memory(err);
    l.rows = (n + l.columns - 1) / l.columns;
    for (i = 0; i < n; i++) {
        struct sc_box dest = { i % l.columns * (l.cell_w + VIEW_GAP_PX), i / l.columns * (l.cell_h + VIEW_GAP_PX),
                               l.cell_w, l.cell_h };

        if (!view_add_picture(v, c->frames[frames[i]].time_us, frames[i], (struct sc_box){ 0 }, dest))
            return fail_memory(err);
    }
    v->kind = VIEW_SHEET;
    v->time_us = c->frames[frames[0]].time_us;
    v->role = c->frames[frames[0]].role;
    v->event = c->frames[frames[0]].event;
    v->columns = l.columns;
    v->rows = l.rows;
    return view_set_size(v, in->model, l.columns * (l.cell_w + VIEW_GAP_PX) - VIEW_GAP_PX,
                         l.rows * (l.cell_h + VIEW_GAP_PX) - VIEW_GAP_PX, l.detail, err);
}

static enum sc_status pack(const struct pack_input *in, struct views *out, struct sc_error *err)
{
    int on_a_sheet = frames_on_a_sheet(in), n_sheets = (in->n_frames + on_a_sheet - 1) / on_a_sheet;
    int each = (in->n_frames + n_sheets - 1) / n_sheets, i;
    struct layout l = best_layout(in, each);
    enum sc_status s = SC_OK;

    for (i = 0; i < in->n_frames && !s; i += each) {
        int n = in->n_frames - i < each ? in->n_frames - i : each;

        s = n == 1 ? pack_whole(in, in->frames[i], out, err) : add_sheet(in, in->frames + i, n, l, out, err);
    }
    return s;
}

const struct packing packing_grid = {
    .name = "grid",
    .about = "The images are contact sheets: the frames stand in rows, to be read row by row from the upper left, each "
             "with its time drawn in its upper left corner, grey lines between them.",
    .pack = pack,
};
