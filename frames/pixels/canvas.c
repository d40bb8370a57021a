/* Images in the making. */
#include "frames/pixels/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "frames/pixels/font.h"

#define GROUND_RGB 0x101418      /* behind text: dark enough for every light colour */
#define LEAST_TEXT_LUMA 110      /* darker text would not be read on it, and becomes white */

/* Y'CbCr of T.871 (BT.601 full range) in 16-bit fixed point. */
static void to_yuv(const uint8_t rgb[3], uint8_t out[3])
{
    const int r = rgb[0], g = rgb[1], b = rgb[2], half = 1 << 15;

    out[0] = (uint8_t)((19595 * r + 38470 * g + 7471 * b + half) >> 16);
    out[1] = (uint8_t)((-11059 * r - 21709 * g + 32768 * b + (128 << 16) + half - 1) >> 16);
    out[2] = (uint8_t)((32768 * r - 27439 * g - 5329 * b + (128 << 16) + half - 1) >> 16);
}

void surface_colour(const struct surface *s, uint32_t rgb, uint8_t out[3])
{
    const uint8_t parts[3] = { (uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb };

    if (s->rgb)
        memcpy(out, parts, 3);
    else
        to_yuv(parts, out);
}

void surface_to_yuv(struct surface *s)
{
    int x, y;

    for (y = 0; y < s->height; y++)
        for (x = 0; x < s->width; x++) {
            const ptrdiff_t at = y * s->stride + x;
            const uint8_t rgb[3] = { s->plane[0][at], s->plane[1][at], s->plane[2][at] };
            uint8_t yuv[3];

            to_yuv(rgb, yuv);
            s->plane[0][at] = yuv[0];
            s->plane[1][at] = yuv[1];
            s->plane[2][at] = yuv[2];
        }
    s->rgb = false;
}

enum sc_status surface_make(struct surface *out, int width, int height, bool rgb, uint32_t colour_rgb,
                            struct sc_error *err)
{
    const size_t size = (size_t)width * (size_t)height;

    *out = (struct surface){ .width = width, .height = height, .stride = width, .rgb = rgb };
    out->plane[0] = malloc(3 * size);
    if (!out->plane[0])
        return fail_memory(err);
    out->plane[1] = out->plane[0] + size;
    out->plane[2] = out->plane[1] + size;
    surface_fill(out, (struct sc_box){ 0, 0, width, height }, colour_rgb);
    return SC_OK;
}

void surface_dispose(struct surface *s)
{
    free(s->plane[0]);
    *s = (struct surface){ 0 };
}

struct surface surface_part(const struct surface *s, struct sc_box box)
{
    struct surface part = *s;
    int k;

    for (k = 0; k < 3; k++)
        part.plane[k] += box.y * s->stride + box.x;
    part.width = box.w;
    part.height = box.h;
    return part;
}

static struct sc_box clip(const struct surface *s, struct sc_box b)
{
    const int64_t right = (int64_t)b.x + b.w, bottom = (int64_t)b.y + b.h;

    b.x = b.x > 0 ? b.x : 0;
    b.y = b.y > 0 ? b.y : 0;
    b.w = (int)((right < s->width ? right : s->width) - b.x);
    b.h = (int)((bottom < s->height ? bottom : s->height) - b.y);
    return b;
}

void surface_fill(struct surface *s, struct sc_box box, uint32_t rgb)
{
    const struct sc_box b = clip(s, box);
    uint8_t colour[3];
    int k, y;

    surface_colour(s, rgb, colour);
    for (k = 0; k < 3 && b.w > 0; k++)
        for (y = b.y; y < b.y + b.h; y++)
            memset(s->plane[k] + y * s->stride + b.x, colour[k], (size_t)b.w);
}

void surface_outline(struct surface *s, struct sc_box box, int thickness, uint32_t rgb)
{
    const int across = thickness < box.w / 2 ? thickness : (box.w + 1) / 2;
    const int down = thickness < box.h / 2 ? thickness : (box.h + 1) / 2;

    surface_fill(s, (struct sc_box){ box.x, box.y, box.w, down }, rgb);
    surface_fill(s, (struct sc_box){ box.x, box.y + box.h - down, box.w, down }, rgb);
    surface_fill(s, (struct sc_box){ box.x, box.y, across, box.h }, rgb);
    surface_fill(s, (struct sc_box){ box.x + box.w - across, box.y, across, box.h }, rgb);
}

static void draw_glyph(struct surface *s, int x, int y, int scale, uint32_t rgb, char c)
{
    int row, column;

    for (row = 0; row < FONT_CELL_H; row++)
        for (column = 0; column < FONT_CELL_W; column++)
            if (font_dot(c, column, row))
                surface_fill(s, (struct sc_box){ x + column * scale, y + row * scale, scale, scale }, rgb);
}

void surface_text(struct surface *s, int x, int y, int text_size, uint32_t rgb, const char *text)
{
    const int luma = (int)((rgb >> 16 & 255) * 299 + (rgb >> 8 & 255) * 587 + (rgb & 255) * 114) / 1000;
    const int scale = text_size < FONT_CELL_H ? 1 : (text_size + FONT_CELL_H / 2) / FONT_CELL_H;
    const int length = (int)strlen(text);
    struct sc_box ground = { x, y, (length * FONT_CELL_W + 3) * scale, (FONT_CELL_H + 2) * scale };
    int i;

    if (!length)
        return;
    if (ground.x + ground.w > s->width)
        ground.x = ground.w < s->width ? s->width - ground.w : 0;
    if (ground.y + ground.h > s->height)
        ground.y = ground.h < s->height ? s->height - ground.h : 0;
    ground.x = ground.x > 0 ? ground.x : 0;
    ground.y = ground.y > 0 ? ground.y : 0;
    surface_fill(s, ground, GROUND_RGB);
    for (i = 0; i < length; i++)
        draw_glyph(s, ground.x + (2 + i * FONT_CELL_W) * scale, ground.y + 2 * scale, scale,
                   luma < LEAST_TEXT_LUMA ? 0xFFFFFF : rgb, text[i]);
}
