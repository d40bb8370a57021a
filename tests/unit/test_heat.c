/* Change maps: colour where it differs and only there, gray elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"
#include "tests/kit/media.h"

#include "decode/decode.h"
#include "frames/pixels/heat.h"

#define W 320
#define H 240

/* A texture, brighter by so much, with a square at 160,80 of 32 pixels' side that is so much brighter again. */
static struct picture *scene(int brighter, int square)
{
    struct decode_settings settings = { .source = { .path = "scene.png" } };
    uint8_t *rgb = malloc((size_t)W * H * 3);
    struct decoder *d = NULL;
    struct picture *pic = NULL;
    int x, y;

    assert_non_null(rgb);
    for (y = 0; y < H; y++)
        for (x = 0; x < W; x++) {
            const bool inside = x >= 160 && x < 192 && y >= 80 && y < 112;
            const int v = 60 + (int)((x * 7 + y * 13) / 16 % 64) + brighter + (inside ? square : 0);

            memset(rgb + 3 * (y * W + x), v, 3);
        }
    media_still("scene.png", W, H, rgb);
    free(rgb);
    assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
    assert_int_equal(decode_next(d, &pic, NULL), SC_OK);
    assert_non_null(pic);
    decode_close(&d);
    return pic;
}

static bool is_gray(const struct surface *s, int x, int y)
{
    const ptrdiff_t at = y * s->stride + x;

    return s->plane[0][at] == s->plane[1][at] && s->plane[1][at] == s->plane[2][at];
}

/* Pixels that are not gray, in a box and outside of it. */
static void count_coloured(const struct surface *s, struct sc_box box, int *inside, int *outside)
{
    int x, y;

    *inside = *outside = 0;
    for (y = 0; y < s->height; y++)
        for (x = 0; x < s->width; x++) {
            if (is_gray(s, x, y))
                continue;
            if (x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h)
                ++*inside;
            else
                ++*outside;
        }
}

static const struct sc_box all = { 0 }, square = { 160, 80, 32, 32 };

static void what_differs_is_coloured(void **state)
{
    static const struct { int brighter, square; struct sc_box within; bool lit; int inside, outside; } rows[] = {
        { 0, 0, { 0 }, true, 0, 0 },                             /* nothing differs */
        { 0, 0, { 0 }, false, 0, 0 },
        { 0, 60, { 0 }, false, 32 * 32, 0 },
        { 0, 60, { 0 }, true, 32 * 32, 0 },
        { 0, 60, { 150, 70, 50, 50 }, true, 32 * 32, 0 },
        { 0, 60, { 0, 0, 100, 100 }, true, 0, 0 },               /* it differs elsewhere */
        { 20, 0, { 0 }, false, 32 * 32, W * H - 32 * 32 },       /* light is a difference, */
        { 20, 0, { 0 }, true, 0, 0 },                            /* or is not */
        { 20, 60, { 0 }, true, 32 * 32, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture *before = scene(0, 0), *shown = scene(rows[i].brighter, rows[i].square);
        struct surface map;
        int inside, outside;

        assert_int_equal(heat_draw(before, shown, rows[i].within, rows[i].lit, &map, NULL), SC_OK);
        assert_int_equal(map.width, W);
        assert_int_equal(map.height, H);
        count_coloured(&map, square, &inside, &outside);
        assert_int_equal(inside, rows[i].inside);
        assert_int_equal(outside, rows[i].outside);
        surface_dispose(&map);
        picture_unref(&before);
        picture_unref(&shown);
    }
}

static void more_is_hotter(void **state)
{
    int last = 0, brighter;

    (void)state;
    for (brighter = 10; brighter <= 90; brighter += 20) {
        struct picture *before = scene(0, 0), *shown = scene(0, brighter);
        struct surface map;

        assert_int_equal(heat_draw(before, shown, all, false, &map, NULL), SC_OK);
        assert_true(map.plane[1][90 * map.stride + 170] > last);    /* green rises all the way along the colours */
        last = map.plane[1][90 * map.stride + 170];
        surface_dispose(&map);
        picture_unref(&before);
        picture_unref(&shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_coloured),
        cmocka_unit_test(more_is_hotter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
