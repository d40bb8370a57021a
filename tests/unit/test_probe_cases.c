/* What is hard to tell apart: short changes and faint ones, the first and the last moments, light, the camera.
 * Each is a probe of its own, in H.264 as cameras write it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"
#include "tests/kit/probe.h"

static const struct media_options camera = { .codec = "libx264", .encoder_options = "preset=veryfast:crf=23:g=50" };

#define LOCAL                                                                                                          \
    (PROBE_IS(SC_APPEAR) | PROBE_IS(SC_DISAPPEAR) | PROBE_IS(SC_MOVE) | PROBE_IS(SC_TEXT) | PROBE_IS(SC_OTHER))

static const struct sc_box thing = { 205, 93, 46, 58 }, page_line = { 60, 120, 243, 14 };

static void check(struct probe p)
{
    if (!media_has_encoder(camera.codec))
        skip();
    probe_draw(&p, &camera, 1);
    assert_int_equal(probe_look(&p, 0, "normal", NULL), 0);
    assert_int_equal(probe_look(&p, 0, "full", &(struct sc_look_settings){ .effort = SC_FULL }), 0);
}

static void paint_wire(struct media *m, int i)
{
    probe_scene(m, 24);
    if (i >= 46)
        media_rect(m, 120, 131, 160, 1, 0xFFFFFF);
    if (i >= 71)
        media_rect(m, 371, 60, 1, 150, 0x000000);
}

static void thin_lines_are_seen(void **state)
{
    (void)state;
    check((struct probe){ .name = "lines", .pictures = 100, .paint = paint_wire, .noise = 2,
                          .truths = { { LOCAL, 46, 46, { 120, 129, 160, 5 }, .iou = 0.2 },
                                      { LOCAL, 71, 71, { 369, 60, 5, 150 }, .iou = 0.2 } } });
}

static void paint_gray_text(struct media *m, int i)
{
    media_fill(m, 0x9A9A9A);
    media_rect(m, 0, 0, PROBE_W, 24, 0x606060);
    media_text(m, 60, 60, 2, 0x303030, "THESE LINES STAND HERE ALWAYS");
    if (i >= 47)
        media_text(m, page_line.x, page_line.y, 2, 0x888888, "A LINE IN FAINT GRAY");
}

static void gray_text_on_gray_is_seen(void **state)
{
    (void)state;
    check((struct probe){ .name = "gray-text", .pictures = 100, .paint = paint_gray_text,
                          .excused = PROBE_IS(SC_FREEZE), .truths = { { PROBE_IS(SC_TEXT), 47, 47, page_line } } });
}

static void paint_early(struct media *m, int i)
{
    probe_scene(m, 25);
    if (i >= 6)
        probe_thing(m, thing, 3);
}

static void a_change_in_the_first_moments_is_told(void **state)
{
    (void)state;
    check((struct probe){ .name = "early", .pictures = 75, .paint = paint_early, .noise = 2,
                          .truths = { { PROBE_IS(SC_APPEAR), 6, 6, thing } } });
}

static void paint_late(struct media *m, int i)
{
    probe_scene(m, 26);
    if (i >= 66)
        probe_thing(m, thing, 3);
}

static void and_one_in_the_last_half_second(void **state)
{
    (void)state;
    check((struct probe){ .name = "late", .pictures = 75, .paint = paint_late, .noise = 2,
                          .truths = { { PROBE_IS(SC_APPEAR), 66, 66, thing } } });
}

static void paint_last(struct media *m, int i)
{
    probe_scene(m, 26);
    if (i >= 73)
        probe_thing(m, thing, 3);
}

static void and_one_in_the_last_two_pictures(void **state)
{
    (void)state;
    check((struct probe){ .name = "last", .pictures = 75, .paint = paint_last, .noise = 2,
                          .truths = { { LOCAL, 73, 73, thing } } });
}

static void paint_infrared(struct media *m, int i)
{
    probe_scene(m, 27);
    if (i < 50)
        return;
    probe_gray(m);
    probe_light(m, 1.1, i < 53 ? 6 * (i - 49) : 24);
}

static void a_camera_that_goes_over_to_infrared_is_one_event_of_light(void **state)
{
    (void)state;
    check((struct probe){ .name = "infrared", .pictures = 125, .paint = paint_infrared, .noise = 3,
                          .truths = { { PROBE_IS(SC_LIGHT), 50, 53 } } });
}

static void paint_cloud(struct media *m, int i)
{
    probe_scene(m, 28);
    for (int y = 0; y < PROBE_H; y++)
        for (int x = 0; x < PROBE_W; x++) {
            uint8_t *at = media_pixels(m) + 3 * (y * PROBE_W + x);
            double dx = (x - (-150 + 5.2 * i)) / 90, dy = (y - 150) / 70.0, shade = 1 - 0.35 * exp(-dx * dx - dy * dy);
            for (int k = 0; k < 3; k++)
                at[k] = (uint8_t)(at[k] * shade);
        }
}

static void the_shadow_of_a_cloud_is_no_local_change(void **state)
{
    (void)state;
    check((struct probe){ .name = "cloud", .pictures = 175, .paint = paint_cloud, .noise = 2,
                          .excused = PROBE_IS(SC_LIGHT) });
}

static void paint_zoom(struct media *m, int i)
{
    probe_scene_at(m, 31, 0, 0, i < 40 ? 1 : i < 90 ? 1 + 0.5 * (i - 39) / 51 : 1.5);
}

static void a_zoom_is_the_cameras(void **state)
{
    (void)state;
    check((struct probe){ .name = "zoom", .pictures = 150, .paint = paint_zoom, .noise = 2,
                          .truths = { { PROBE_IS(SC_CAMERA), 40, 90, .off = 8, .not_chosen = true } } });
}

/* Pressed for a quarter of a second, six times. */
static void paint_button(struct media *m, int i)
{
    media_fill(m, 0xE8E8E8);
    media_rect(m, 0, 0, PROBE_W, 24, 0x606060);
    media_text(m, 60, 60, 2, 0x303030, "PRESS THE BUTTON");
    media_rect(m, 200, 130, 70, 24, i >= 40 && (i - 40) % 30 < 6 && i < 200 ? 0x3070C0 : 0xB0B0B0);
    media_text(m, 216, 136, 2, 0x202020, "OK");
}

static void a_button_pressed_six_times_is_six_events(void **state)
{
    struct probe p = { .name = "button", .pictures = 240, .paint = paint_button, .excused = PROBE_IS(SC_FREEZE) };
    (void)state;
    for (int i = 0; i < 6; i++)
        p.truths[i] = (struct truth){ .kinds = LOCAL, .from = 40 + 30 * i, .to = 46 + 30 * i,
                                      .box = { 200, 130, 70, 24 } };
    check(p);
}

/* Shown for more than a minute and gone for as long, again and again, on an even page. */
static void paint_visitor(struct media *m, int i)
{
    media_fill(m, 0xE8E8E8);
    if (i / 65 % 2)
        media_rect(m, 60, 60, 90, 90, 0xC03030);
}

static void what_comes_and_goes_at_long_intervals_is_told_each_time(void **state)
{
    struct probe p = { .name = "visitor", .pictures = 700, .rate = 1, .paint = paint_visitor,
                       .excused = PROBE_IS(SC_FREEZE) | PROBE_IS(SC_BLANK) };
    (void)state;
    for (int i = 0; i < 10; i++)
        p.truths[i] = (struct truth){ .kinds = PROBE_IS(i % 2 ? SC_DISAPPEAR : SC_APPEAR), .from = 65 * (i + 1),
                                      .to = 65 * (i + 1), .box = { 60, 60, 90, 90 } };
    check(p);
}

/* One thing becomes another within a minute, too slowly to be seen from picture to picture. */
static void paint_morph(struct media *m, int i)
{
    static uint8_t before[PROBE_W * PROBE_H * 3];
    uint8_t *at = media_pixels(m);
    double part = i < 25 ? 0 : i < 325 ? (i - 25) / 300.0 : 1;
    probe_scene(m, 31);
    memcpy(before, at, sizeof before);
    probe_thing(m, thing, 5);
    for (size_t k = 0; k < sizeof before; k++)
        at[k] = (uint8_t)(before[k] + part * (at[k] - before[k]) + 0.5);
}

static void a_thing_that_comes_within_a_minute_is_one_event(void **state)
{
    (void)state;
    check((struct probe){ .name = "morph", .pictures = 425, .rate = 5, .paint = paint_morph, .noise = 2,
                          .truths = { { LOCAL, 25, 325, thing, .off = 75, .iou = 0.5 } } });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thin_lines_are_seen),
        cmocka_unit_test(gray_text_on_gray_is_seen),
        cmocka_unit_test(a_change_in_the_first_moments_is_told),
        cmocka_unit_test(and_one_in_the_last_half_second),
        cmocka_unit_test(and_one_in_the_last_two_pictures),
        cmocka_unit_test(a_camera_that_goes_over_to_infrared_is_one_event_of_light),
        cmocka_unit_test(the_shadow_of_a_cloud_is_no_local_change),
        cmocka_unit_test(a_zoom_is_the_cameras),
        cmocka_unit_test(a_thing_that_comes_within_a_minute_is_one_event),
        cmocka_unit_test(a_button_pressed_six_times_is_six_events),
        cmocka_unit_test(what_comes_and_goes_at_long_intervals_is_told_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
