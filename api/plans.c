/* Render plans for single frames and contact sheets. */
#include "api/plans.h"

#include <math.h>
#include <string.h>

#define DEFAULT_QUALITY 90
#define BOX_RGB 0xFF3B30
#define CELL_SIDE 400            /* longer side of a picture in a contact sheet, pixels */
#define CELL_GAP 8
#define CAPTION 20               /* height of the line below each picture */
#define LETTERS 10
#define SHEET_RGB 0x202124

static enum sc_status no_plan(struct sc_error *err)
{
    return fail(err, SC_ERR_LIMIT, "too many pictures for one plan");
}

static bool is_full_chroma(const struct sc_info *info)
{
    const char *format = info->pixel_format ? info->pixel_format : "";

    return strstr(format, "444") || strstr(format, "rgb") || strstr(format, "bgr") || strstr(format, "gbr") ||
           strstr(format, "pal8");
}

/* Within side x side, never enlarged; side 0: unchanged. */
static double fit(const struct sc_info *info, int side, int *w_out, int *h_out)
{
    int longer = info->width > info->height ? info->width : info->height;
    double scale;

    if (!side || side > PLAN_MAX_SIDE)
        side = PLAN_MAX_SIDE;
    scale = longer > side ? (double)side / longer : 1;
    *w_out = (int)fmax(1, lround(info->width * scale));
    *h_out = (int)fmax(1, lround(info->height * scale));
    return scale;
}

static struct sc_box scaled(struct sc_box box, double scale, int x, int y, int w, int h)
{
    struct sc_box b = { (int)floor(box.x * scale), (int)floor(box.y * scale), 0, 0 };

    b.w = (int)fmin(w, ceil((box.x + box.w) * scale)) - b.x;
    b.h = (int)fmin(h, ceil((box.y + box.h) * scale)) - b.y;
    b.w = b.w < 1 ? 1 : b.w;
    b.h = b.h < 1 ? 1 : b.h;
    b.x = (b.x > w - b.w ? w - b.w : b.x) + x;
    b.y = (b.y > h - b.h ? h - b.h : b.y) + y;
    return b;
}

static bool has_box(const struct sc_changes *c, const struct sc_box *box)
{
    return box->w > 0 && box->h > 0 && !(box->w >= c->source.width && box->h >= c->source.height);
}

static bool add_box(struct plan_image *image, const struct sc_frame *f, double scale, struct sc_box dest)
{
    struct plan_mark *m = plan_add_mark(image, scaled(f->box, scale, dest.x, dest.y, dest.w, dest.h), "");

    if (m) {
        m->rgb = BOX_RGB;
        m->thickness = 2;
    }
    return m != NULL;
}

static bool add_words(struct plan_image *image, int x, int y, int letters, const char *text)
{
    struct plan_mark *m = plan_add_mark(image, (struct sc_box){ x, y, 0, 0 }, text);

    if (m) {
        m->rgb = 0xFFFFFF;
        m->text_size = letters;
    }
    return m != NULL;
}

static void caption(const struct sc_changes *c, const struct sc_frame *f, char *out, size_t size)
{
    char time[32];

    sc_format_time(f->time_us, time);
    if (f->event >= 0 && f->event < c->n_events)
        snprintf(out, size, "%s %s %d %s", time, sc_role_name(f->role), f->event + 1,
                 sc_kind_name(c->events[f->event].kind));
    else
        snprintf(out, size, "%s %s", time, sc_role_name(f->role));
}

enum sc_status plan_frame(struct plan *p, const struct sc_changes *c, int i,
                          const struct sc_frames_settings *settings, struct sc_error *err)
{
    const struct sc_frame *f = &c->frames[i];
    struct plan_image *image;
    char words[64];
    int w, h;
    double scale = fit(&c->source, settings->max_side, &w, &h);

    if (!(image = plan_add_image(p, w, h)))
        return no_plan(err);
    image->format = settings->format;
    image->quality = settings->quality ? settings->quality : DEFAULT_QUALITY;
    image->full_chroma = is_full_chroma(&c->source);
    if (!plan_add_placement(image, f->time_us, (struct sc_box){ 0 }, (struct sc_box){ 0, 0, w, h }))
        return no_plan(err);
    if (!settings->mark)
        return SC_OK;
    caption(c, f, words, sizeof words);
    if (has_box(c, &f->box) && !add_box(image, f, scale, (struct sc_box){ 0, 0, w, h }))
        return no_plan(err);
    return add_words(image, 4, 4, h >= 720 ? 2 * LETTERS : LETTERS, words) ? SC_OK : no_plan(err);
}

enum sc_status plan_sheet(struct plan *p, const struct sc_changes *c, enum sc_image_format format,
                          struct sc_error *err)
{
    struct plan_image *image;
    int w, h, columns, rows, i;
    double scale = fit(&c->source, CELL_SIDE, &w, &h);

    /* About as wide as high on a 16:9 screen. */
    columns = (int)ceil(sqrt(c->n_frames * (h + CAPTION) * 16.0 / (9.0 * (w + CELL_GAP))));
    columns = columns < 1 ? 1 : columns > c->n_frames ? c->n_frames : columns;
    rows = (c->n_frames + columns - 1) / columns;
    image = plan_add_image(p, columns * (w + CELL_GAP) + CELL_GAP, rows * (h + CAPTION + CELL_GAP) + CELL_GAP);
    if (!image)
        return fail(err, SC_ERR_LIMIT, "%d pictures do not fit on one sheet; use --max-frames", c->n_frames);
    image->format = format;
    image->quality = DEFAULT_QUALITY;
    image->full_chroma = true;
    image->background_rgb = SHEET_RGB;
    for (i = 0; i < c->n_frames; i++) {
        const struct sc_frame *f = &c->frames[i];
        struct sc_box dest = { CELL_GAP + i % columns * (w + CELL_GAP),
                               CELL_GAP + i / columns * (h + CAPTION + CELL_GAP), w, h };
        char words[64];

        caption(c, f, words, sizeof words);
        if (!plan_add_placement(image, f->time_us, (struct sc_box){ 0 }, dest) ||
            !add_words(image, dest.x, dest.y + h + 4, LETTERS, words) ||
            (has_box(c, &f->box) && !add_box(image, f, scale, dest)))
            return no_plan(err);
    }
    return SC_OK;
}
