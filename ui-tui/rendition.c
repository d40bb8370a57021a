/* Pixels to what a terminal shows. chafa draws symbols and sixels; kitty takes the pixels themselves. */
#include "ui-tui/rendition.h"

#include <chafa.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PIXELS_WIDE 1600     /* enough to see; a terminal takes time for more */

static bool has_pixels(enum graphics g)
{
    return g == GRAPHICS_KITTY || g == GRAPHICS_SIXEL || g == GRAPHICS_ITERM2;
}

void rendition_room(const struct terminal *t, int cols, int rows, int *width_out, int *height_out)
{
    const int w = cols * t->cell_width, h = rows * t->cell_height;

    *width_out = w > MAX_PIXELS_WIDE ? MAX_PIXELS_WIDE : w < 1 ? 1 : w;
    *height_out = h > MAX_PIXELS_WIDE ? MAX_PIXELS_WIDE : h < 1 ? 1 : h;
}

/* Cells for a picture of that shape: as large as fits. */
static void fit(const struct terminal *t, const struct sc_pixels *p, struct rendition *r, int cols, int rows)
{
    const double aspect = (double)p->width / p->height * t->cell_height / t->cell_width;
    const double wide = fmin(cols, rows * aspect);

    r->cols = (int)fmin(cols, fmax(1, lround(wide)));
    r->rows = (int)fmin(rows, fmax(1, lround(wide / aspect)));
}

static ChafaCanvasMode canvas_mode(const struct terminal *t)
{
    return t->colours >= 1 << 24 ? CHAFA_CANVAS_MODE_TRUECOLOR
           : t->colours >= 256   ? CHAFA_CANVAS_MODE_INDEXED_240
           : t->colours >= 16    ? CHAFA_CANVAS_MODE_INDEXED_16
           : t->colours >= 8     ? CHAFA_CANVAS_MODE_INDEXED_8
                                 : CHAFA_CANVAS_MODE_FGBG;
}

static ChafaCanvasConfig *canvas_config(const struct terminal *t, const struct rendition *r)
{
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    ChafaSymbolMap *symbols = chafa_symbol_map_new();
    const bool pixels = has_pixels(r->graphics);

    chafa_symbol_map_add_by_tags(symbols, !t->utf8        ? CHAFA_SYMBOL_TAG_ASCII
                                          : t->colours < 256 ? CHAFA_SYMBOL_TAG_HALF | CHAFA_SYMBOL_TAG_SPACE |
                                                                   CHAFA_SYMBOL_TAG_SOLID | CHAFA_SYMBOL_TAG_STIPPLE
                                                             : CHAFA_SYMBOL_TAG_HALF | CHAFA_SYMBOL_TAG_QUAD |
                                                                   CHAFA_SYMBOL_TAG_SPACE | CHAFA_SYMBOL_TAG_SOLID |
                                                                   CHAFA_SYMBOL_TAG_BLOCK);
    chafa_canvas_config_set_symbol_map(config, symbols);
    chafa_symbol_map_unref(symbols);
    chafa_canvas_config_set_geometry(config, r->cols, r->rows);
    chafa_canvas_config_set_cell_geometry(config, t->cell_width, t->cell_height);
    chafa_canvas_config_set_canvas_mode(config, pixels ? CHAFA_CANVAS_MODE_TRUECOLOR : canvas_mode(t));
    chafa_canvas_config_set_pixel_mode(config, r->graphics == GRAPHICS_SIXEL    ? CHAFA_PIXEL_MODE_SIXELS
                                               : r->graphics == GRAPHICS_ITERM2 ? CHAFA_PIXEL_MODE_ITERM2
                                                                                : CHAFA_PIXEL_MODE_SYMBOLS);
    if (!t->colours && !pixels) {
        chafa_canvas_config_set_dither_mode(config, CHAFA_DITHER_MODE_ORDERED);
        chafa_canvas_config_set_fg_color(config, t->is_light ? 0 : 0xFFFFFF);
        chafa_canvas_config_set_bg_color(config, t->is_light ? 0xFFFFFF : 0);
    }
    return config;
}

/* chafa 1.12 takes rows of three bytes a pixel for longer than they are when their size is no multiple of four. */
static uint8_t *with_alpha(const struct sc_pixels *p)
{
    const size_t n = (size_t)p->width * (size_t)p->height;
    uint8_t *rgba = malloc(4 * n);
    size_t i;

    for (i = 0; rgba && i < n; i++) {
        memcpy(rgba + 4 * i, p->rgb + 3 * i, 3);
        rgba[4 * i + 3] = 255;
    }
    return rgba;
}

static bool draw(const struct terminal *t, const struct sc_pixels *p, struct rendition *r)
{
    uint8_t *rgba = with_alpha(p);
    ChafaCanvasConfig *config = canvas_config(t, r);
    ChafaCanvas *canvas = chafa_canvas_new(config);
    ChafaTermDb *db = chafa_term_db_new();
    ChafaTermInfo *info = chafa_term_db_get_fallback_info(db);
    GString *text;

    if (rgba)
        chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGBA8_UNASSOCIATED, rgba, p->width, p->height, 4 * p->width);
    free(rgba);
    text = chafa_canvas_print(canvas, info);
    r->bytes = malloc(text->len + 1);
    if (r->bytes)
        memcpy(r->bytes, text->str, text->len + 1);
    r->size = text->len;
    g_string_free(text, TRUE);
    chafa_term_info_unref(info);
    chafa_term_db_unref(db);
    chafa_canvas_unref(canvas);
    chafa_canvas_config_unref(config);
    return r->bytes;
}

static bool encode_base64(const struct sc_pixels *p, struct rendition *r)
{
    gchar *text = g_base64_encode(p->rgb, 3 * (size_t)p->width * (size_t)p->height);

    r->size = strlen(text);
    r->bytes = malloc(r->size + 1);
    if (r->bytes)
        memcpy(r->bytes, text, r->size + 1);
    g_free(text);
    return r->bytes;
}

/* Others on the same terminal have images too: begin where they are not likely to be. Three bytes, because in tmux the
 * id is written as a colour. */
static unsigned new_id(void)
{
    static atomic_uint last;

    return (((unsigned)getpid() & 0xFF) << 16 | ((atomic_fetch_add(&last, 1) + 1) & 0xFFFF)) | 0x10000;
}

struct rendition *rendition_make(const struct terminal *t, const struct sc_pixels *pixels, int cols, int rows)
{
    struct rendition *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->graphics = t->graphics;
    r->n_refs = 1;
    r->width = pixels->width;
    r->height = pixels->height;
    fit(t, pixels, r, cols, rows);
    if (r->graphics == GRAPHICS_KITTY)
        r->id = new_id();
    if (!(r->graphics == GRAPHICS_KITTY ? encode_base64(pixels, r) : draw(t, pixels, r)))
        rendition_unref(&r);
    return r;
}

struct rendition *rendition_ref(struct rendition *r)
{
    if (r)
        r->n_refs++;
    return r;
}

void rendition_unref(struct rendition **r)
{
    if (*r && --(*r)->n_refs == 0) {
        free((*r)->bytes);
        free(*r);
    }
    *r = NULL;
}
