/* Words for what was measured. */
#include "fusion/words.h"

#include <math.h>
#include <stdio.h>

/* 0: in the first third, 1: in the middle, 2: in the last, 3: over two thirds and more. */
static int third(int64_t start, int64_t length, int64_t all)
{
    int64_t centre = 2 * start + length; /* doubled */

    if (3 * length >= 2 * all)
        return 3;
    return 3 * centre < 2 * all ? 0 : 3 * centre > 4 * all ? 2 : 1;
}

const char *words_place(struct sc_box box, int width, int height)
{
    static const char *const places[4][4] = { /* down, across */
        { "in the upper left", "at the top", "in the upper right", "across the top" },
        { "at the left", "in the centre", "at the right", "across the middle" },
        { "in the lower left", "at the bottom", "in the lower right", "across the bottom" },
        { "down the left side", "down the middle", "down the right side", "over most of the picture" },
    };

    if (box.w <= 0 || box.h <= 0 || width <= 0 || height <= 0 ||
        (20 * (int64_t)box.w >= 19 * (int64_t)width && 20 * (int64_t)box.h >= 19 * (int64_t)height))
        return "over the whole picture";
    return places[third(box.y, box.h, height)][third(box.x, box.w, width)];
}

struct rgb {
    int r, g, b, max, chroma;
};

static int clamp(int v) { return v < 0 ? 0 : v > 255 ? 255 : v; }

/* ITU-R BT.601 with full range, as in JFIF; factors of 1/1000. */
static struct rgb to_rgb(const uint8_t yuv[3])
{
    int y = 1000 * yuv[0], u = yuv[1] - 128, v = yuv[2] - 128, min;
    struct rgb c = { clamp((y + 1402 * v) / 1000), clamp((y - 344 * u - 714 * v) / 1000), clamp((y + 1772 * u) / 1000),
                     0, 0 };

    c.max = c.r > c.g ? c.r : c.g;
    c.max = c.max > c.b ? c.max : c.b;
    min = c.r < c.g ? c.r : c.g;
    min = min < c.b ? min : c.b;
    c.chroma = c.max - min;
    return c;
}

bool words_is_coloured(const uint8_t yuv[3])
{
    struct rgb c = to_rgb(yuv);

    return c.chroma >= 60 && 5 * c.chroma >= 2 * c.max;
}

static int hue(struct rgb c)
{
    if (c.max == c.r)
        return (60 * (c.g - c.b) / c.chroma + 360) % 360;
    return c.max == c.g ? 120 + 60 * (c.b - c.r) / c.chroma : 240 + 60 * (c.r - c.g) / c.chroma;
}

const char *words_colour(const uint8_t yuv[3])
{
    static const char *const greys[] = { "black", "dark grey", "grey", "light grey", "white" };
    static const int grey_ends[] = { 32, 85, 165, 226, 256 };
    static const struct {
        int end;
        const char *dark, *middle, *light;
    } hues[] = {
        { 16, "dark red", "red", "light red" },
        { 44, "brown", "orange", "light orange" },
        { 68, "olive", "yellow", "light yellow" },
        { 165, "dark green", "green", "light green" },
        { 195, "dark cyan", "cyan", "light cyan" },
        { 258, "dark blue", "blue", "light blue" },
        { 290, "dark purple", "purple", "light purple" },
        { 345, "dark pink", "pink", "light pink" },
        { 361, "dark red", "red", "light red" },
    };
    struct rgb c = to_rgb(yuv);
    int i;

    if (c.chroma < 24 || 6 * c.chroma < c.max) {
        for (i = 0; yuv[0] >= grey_ends[i]; i++)
            ;
        return greys[i];
    }
    for (i = 0; hue(c) >= hues[i].end; i++)
        ;
    if (c.max < 150)
        return hues[i].dark;
    return c.max - c.chroma > 120 ? hues[i].light : hues[i].middle;
}

const char *words_direction(double dx, double dy)
{
    static const char *const directions[3][3] = {
        { "up and to the left", "up", "up and to the right" },
        { "to the left", "", "to the right" },
        { "down and to the left", "down", "down and to the right" },
    };
    double ax = fabs(dx), ay = fabs(dy);
    int x = ax < 0.5 || ax * 2.5 < ay ? 1 : dx < 0 ? 0 : 2;
    int y = ay < 0.5 || ay * 2.5 < ax ? 1 : dy < 0 ? 0 : 2;

    return directions[y][x];
}

char *words_share(double share, char out[32])
{
    int permille = (int)lround(1000 * fmin(fmax(share, 0), 1));

    if (permille == 0)
        snprintf(out, 32, "less than 0.1 %%");
    else if (permille < 100 && permille % 10)
        snprintf(out, 32, "%d.%d %%", permille / 10, permille % 10);
    else
        snprintf(out, 32, "%d %%", (permille + 5) / 10);
    return out;
}

char *words_duration(int64_t us, char out[32])
{
    int64_t ms = us > 0 ? (us + 500) / 1000 : 0, tenths = (ms + 50) / 100;

    if (ms < 1000)
        snprintf(out, 32, "%d.%02d s", (int)(ms / 1000), (int)(ms % 1000 / 10));
    else if (tenths < 600)
        snprintf(out, 32, "%d.%d s", (int)(tenths / 10), (int)(tenths % 10));
    else
        snprintf(out, 32, "%lld:%02d.%d min", (long long)(tenths / 600), (int)(tenths % 600 / 10), (int)(tenths % 10));
    return out;
}
