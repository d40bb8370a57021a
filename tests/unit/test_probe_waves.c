/* What waves is told once, with its place and from when to when it does; what passes before it is told as ever. */
#include <math.h>
#include <stdlib.h>

#include "tests/kit/check.h"
#include "tests/kit/probe.h"

#define LOCAL                                                                                                          \
    (PROBE_IS(SC_APPEAR) | PROBE_IS(SC_DISAPPEAR) | PROBE_IS(SC_MOVE) | PROBE_IS(SC_TEXT) | PROBE_IS(SC_OTHER))

static const struct media_options camera = { .codec = "libx264", .encoder_options = "preset=veryfast:crf=23:g=50" };
static const struct sc_box tree = { 300, 40, 140, 100 }, lake = { 0, 150, 480, 120 };

static void check(struct probe p)
{
    if (!media_has_encoder(camera.codec))
        skip();
    p.noise = 2;
    probe_draw(&p, &camera, 1);
    assert_int_equal(probe_look(&p, 0, "normal", NULL), 0);
}

/* Leaves that swing by four pixels, not all alike; i: the picture that they are in, or were in when the wind dropped. */
static void leaves(struct media *m, int i)
{
    for (int y = tree.y; y < tree.y + tree.h; y++)
        for (int x = tree.x; x < tree.x + tree.w; x++) {
            double phase = 2 * M_PI * i / 21 + x / 35 + y / 25;
            uint32_t leaf = media_texture(2 * x + (int)lround(8 * sin(phase)), 2 * y + (int)lround(4 * cos(phase)), 30);
            media_rect(m, x, y, 1, 1, leaf);
        }
}

/* Ripples in three directions, the nearer the longer. */
static void water(struct media *m, int i)
{
    for (int y = lake.y; y < lake.y + lake.h; y++)
        for (int x = 0; x < PROBE_W; x++) {
            double t = i / 25.0, d = 0.4 + 0.6 * (y - lake.y) / lake.h;
            double v = sin(y / (2.0 * d) + x / 23.0 + 5 * t) + sin(y / (3.3 * d) - x / 31.0 + 7.3 * t) +
                       sin(y / (5.1 * d) + x / 11.0 - 3.7 * t);
            media_rect(m, x, y, 1, 1,
                       (uint32_t)lround(60 + 9 * v) << 16 | (uint32_t)lround(85 + 12 * v) << 8 |
                           (uint32_t)lround(105 + 14 * v));
        }
}

static void paint_leaves(struct media *m, int i)
{
    probe_scene(m, 29);
    leaves(m, i);
    if (i >= 203)
        probe_thing(m, (struct sc_box){ 100, 150, 46, 58 }, 3);
}

static void leaves_that_wave_are_told_once_and_what_appears_beside_them_too(void **state)
{
    (void)state;
    check((struct probe){ .name = "leaves", .pictures = 300, .paint = paint_leaves,
                          .truths = { { PROBE_IS(SC_REPEATING), 0, 300, tree, .iou = 0.75, .not_chosen = true },
                                      { PROBE_IS(SC_APPEAR), 203, 203, { 100, 150, 46, 58 } } } });
}

static void paint_passer(struct media *m, int i)
{
    probe_scene(m, 29);
    leaves(m, i);
    probe_thing(m, (struct sc_box){ PROBE_W - (i - 250) * 8, 60, 46, 70 }, 5);
}

static void someone_who_passes_before_a_tree_is_told(void **state)
{
    (void)state;
    check((struct probe){ .name = "passer", .pictures = 400, .paint = paint_passer,
                          .truths = { { PROBE_IS(SC_REPEATING), 0, 400, tree, .iou = 0.75, .not_chosen = true },
                                      { PROBE_IS(SC_MOVE), 251, 315, { 0, 60, 480, 70 }, .iou = 0.6 } } });
}

static void paint_stays(struct media *m, int i)
{
    probe_scene(m, 29);
    leaves(m, i);
    if (i >= 270)
        probe_thing(m, (struct sc_box){ 340, 60, 50, 70 }, 3);
}

static void and_one_who_comes_up_before_it_and_stays(void **state)
{
    (void)state;
    check((struct probe){ .name = "stays", .pictures = 400, .paint = paint_stays,
                          .truths = { { PROBE_IS(SC_REPEATING), 0, 400, tree, .iou = 0.75, .not_chosen = true },
                                      { LOCAL, 270, 275, { 340, 60, 50, 70 } } } });
}

static void paint_wind(struct media *m, int i)
{
    probe_scene(m, 29);
    leaves(m, i < 100 ? 100 : i < 475 ? i : 475);
}

static void a_tree_waves_from_when_the_wind_rises_to_when_it_drops(void **state)
{
    (void)state;
    check((struct probe){ .name = "wind", .pictures = 800, .paint = paint_wind,
                          .truths = { { PROBE_IS(SC_REPEATING), 100, 475, tree, .off = 6, .iou = 0.75,
                                        .not_chosen = true } } });
}

static void paint_water(struct media *m, int i)
{
    probe_scene(m, 33);
    water(m, i);
}

static void water_is_told_once(void **state)
{
    (void)state;
    check((struct probe){ .name = "water", .pictures = 300, .paint = paint_water,
                          .truths = { { PROBE_IS(SC_REPEATING), 0, 300, lake, .iou = 0.75, .not_chosen = true } } });
}

static void paint_boat(struct media *m, int i)
{
    probe_scene(m, 33);
    water(m, i);
    probe_thing(m, (struct sc_box){ (i - 300) * 5 - 60, 190, 60, 30 }, 5);
}

static void a_boat_on_the_water_is_told(void **state)
{
    (void)state;
    check((struct probe){ .name = "boat", .pictures = 475, .paint = paint_boat,
                          .truths = { { PROBE_IS(SC_REPEATING), 0, 475, lake, .iou = 0.75, .not_chosen = true },
                                      { PROBE_IS(SC_MOVE), 301, 408, { 0, 190, 480, 30 }, .iou = 0.6 } } });
}

/* Five that pass one after another, at their own paces. */
static void paint_passing(struct media *m, int i)
{
    static const int from[] = { 20, 95, 160, 250, 325 };
    probe_scene(m, 34);
    for (int k = 0; k < 5; k++)
        probe_thing(m, (struct sc_box){ (i - from[k]) * (10 + k) - 46, 120, 46, 58 }, 5);
}

static void what_passes_one_after_another_does_not_wave(void **state)
{
    static const int from[] = { 20, 95, 160, 250, 325 }, to[] = { 74, 144, 204, 291, 363 };
    struct probe p = { .name = "passing", .pictures = 400, .paint = paint_passing };
    (void)state;
    for (int k = 0; k < 5; k++)
        p.truths[k] = (struct truth){ .kinds = PROBE_IS(SC_MOVE), .from = from[k] + 1, .to = to[k],
                                      .box = { 0, 120, 480, 58 } };
    check(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_that_wave_are_told_once_and_what_appears_beside_them_too),
        cmocka_unit_test(someone_who_passes_before_a_tree_is_told),
        cmocka_unit_test(and_one_who_comes_up_before_it_and_stays),
        cmocka_unit_test(a_tree_waves_from_when_the_wind_rises_to_when_it_drops),
        cmocka_unit_test(water_is_told_once),
        cmocka_unit_test(a_boat_on_the_water_is_told),
        cmocka_unit_test(what_passes_one_after_another_does_not_wave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
