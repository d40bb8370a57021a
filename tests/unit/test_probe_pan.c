/* A camera that pans, zooms and shakes: what moves or comes up before it meanwhile is told, and nothing else is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"
#include "tests/kit/probe.h"

#define FIRST 25                /* pictures in which the camera moves */
#define LAST 115
#define PICTURES 150

/* The camera's, as cameras write, as coarse as CRF 38. */
static const struct coding {
    const char *label;
    struct media_options options;
} codings[] = {
    { "fine", { .codec = "libx264", .encoder_options = "preset=veryfast:crf=23:g=50" } },
    { "coarse", { .codec = "libx264", .encoder_options = "preset=veryfast:crf=38:g=50" } },
};

#define N_CODINGS (int)(sizeof codings / sizeof *codings)
#define PASSING (PROBE_IS(SC_MOVE) | PROBE_IS(SC_OTHER))
#define CAMERA { PROBE_IS(SC_CAMERA), FIRST, LAST, .off = 10, .not_chosen = true }

/* How far the camera has come by picture i, in pictures at full speed: it starts and stops within a quarter of a second. */
static double way(int i)
{
    const double soft = 6;
    double t = fmin(fmax(i - FIRST, 0), LAST - FIRST), in = fmin(t, soft), out = fmax(t - (LAST - FIRST - soft), 0);
    return in * in / (2 * soft) + fmax(fmin(t, LAST - FIRST - soft) - soft, 0) + out - out * out / (2 * soft);
}

static double wobble(int i, double period, double phase)
{
    return i < FIRST || i > LAST ? 0 : sin(2 * M_PI * i / period + phase) - sin(2 * M_PI * FIRST / period + phase);
}

static void pan(struct media *m, uint32_t seed, int i, double x, double y)
{
    probe_scene_at(m, seed, x * way(i), y * way(i), 1);
}

static void paint_slow(struct media *m, int i)
{
    pan(m, 41, i, 0.9, 0);
}

static void paint_fast(struct media *m, int i)
{
    pan(m, 42, i, 6.5, 0);
}

static void paint_diagonal(struct media *m, int i)
{
    pan(m, 43, i, -3, 2);
}

static void paint_zoom(struct media *m, int i)
{
    probe_scene_at(m, 44, 0, 0, 1 + 0.008 * way(i));
}

static void shake(struct media *m, uint32_t seed, int i)
{
    probe_scene_at(m, seed, 7 * wobble(i, 17, 0) + 3 * wobble(i, 7, 1), 5 * wobble(i, 13, 2), 1);
}

static void paint_shake(struct media *m, int i)
{
    shake(m, 45, i);
}

/* Bushes in front of it, which the camera passes one and a half times as fast. */
static void paint_parallax(struct media *m, int i)
{
    pan(m, 46, i, 3, 0);
    for (int k = 0; k < 7; k++)
        probe_thing(m, (struct sc_box){ 60 + 150 * k - (int)lround(4.5 * way(i)), 150 + 13 * (k % 3), 40, 60 }, 60 + k);
}

/* The ground before it, twice as fast: no one motion explains the picture. */
static void paint_layers(struct media *m, int i)
{
    static uint8_t far[PROBE_W * PROBE_H * 3 / 2];
    pan(m, 48, i, 2, 0);
    memcpy(far, media_pixels(m), sizeof far);
    pan(m, 49, i, 4, 0);
    memcpy(media_pixels(m), far, sizeof far);
}

static void paint_caption(struct media *m, int i)
{
    pan(m, 47, i, 3, 1);
    media_text(m, 40, 220, 3, 0xFFFFFF, "HARBOUR STREET");
}

static const struct probe empty[] = {
    { .name = "pan-slow", .paint = paint_slow, .truths = { CAMERA } },
    { .name = "pan-fast", .paint = paint_fast, .truths = { CAMERA } },
    { .name = "pan-diagonal", .paint = paint_diagonal, .truths = { CAMERA } },
    { .name = "pan-zoom", .paint = paint_zoom, .truths = { CAMERA } },
    { .name = "pan-shake", .paint = paint_shake, .truths = { CAMERA } },
    { .name = "pan-parallax", .paint = paint_parallax, .truths = { CAMERA } },
    { .name = "pan-layers", .paint = paint_layers, .truths = { CAMERA } },
    { .name = "pan-caption", .paint = paint_caption, .truths = { CAMERA } },
};

static void paint_crossing(struct media *m, int i)
{
    pan(m, 51, i, 3, 0);
    probe_thing(m, (struct sc_box){ (i - 45) * 9 - 46, 110, 46, 58 }, 5);
}

static void paint_thrown(struct media *m, int i)
{
    double t = (i - 60) / 25.0;
    pan(m, 52, i, 3, 0);
    if (i >= 60)
        probe_thing(m, (struct sc_box){ 330 - (int)(40 * t), (int)(270 - 380 * t + 190 * t * t), 26, 26 }, 7);
}

static void paint_zoomed(struct media *m, int i)
{
    paint_zoom(m, i);
    probe_thing(m, (struct sc_box){ 480 - (i - 40) * 7, 150, 40, 52 }, 8);
}

static void paint_shaken(struct media *m, int i)
{
    shake(m, 53, i);
    probe_thing(m, (struct sc_box){ (i - 40) * 8 - 46, 90, 46, 58 }, 9);
}

static void paint_followed(struct media *m, int i)
{
    pan(m, 54, i, 4, 0);
    int x = 200 + (int)lround(40 * wobble(i, 70, 0)), y = 100 + (int)lround(4 * wobble(i, 12, 0));
    probe_thing(m, (struct sc_box){ x, y, 40, 70 }, 5);
}

static void paint_appears(struct media *m, int i)
{
    pan(m, 55, i, 2, 0);
    if (i >= 71)
        probe_thing(m, (struct sc_box){ 420 - (int)lround(2 * way(i)), 93, 46, 58 }, 3);
}

static const struct probe busy[] = {
    { .name = "pan-crossing", .paint = paint_crossing,
      .truths = { CAMERA, { PASSING, 46, 103, { 0, 110, 480, 58 }, .off = 8 } } },
    { .name = "pan-thrown", .paint = paint_thrown,
      .truths = { CAMERA, { PASSING, 60, 110, { 276, 80, 80, 190 }, .off = 8, .iou = 0.3 } } },
    { .name = "pan-zoomed", .paint = paint_zoomed,
      .truths = { CAMERA, { PASSING, 41, 114, { 0, 150, 480, 52 }, .off = 8 } } },
    { .name = "pan-shaken", .paint = paint_shaken,
      .truths = { CAMERA, { PASSING, 41, 105, { 0, 90, 480, 58 }, .off = 8 } } },
    { .name = "pan-followed", .paint = paint_followed,
      .truths = { CAMERA, { PASSING, FIRST, LAST, { 160, 96, 120, 80 }, .off = 20, .iou = 0.3 } } },
    { .name = "pan-appears", .paint = paint_appears,
      .truths = { CAMERA, { PROBE_IS(SC_APPEAR), 71, 71, { 330, 93, 46, 58 }, .off = 5, .iou = 0.3 } } },
};

static int check(const struct probe *probe, int n)
{
    struct media_options options[N_CODINGS];
    int wrong = 0;
    for (int i = 0; i < N_CODINGS; i++)
        options[i] = codings[i].options;
    for (int k = 0; k < n; k++) {
        struct probe p = probe[k];
        p.pictures = PICTURES;
        p.noise = 3;
        probe_draw(&p, options, N_CODINGS);
        for (int i = 0; i < N_CODINGS; i++)
            wrong += probe_look(&p, i, codings[i].label, NULL);
    }
    return wrong;
}

static void a_camera_that_moves_is_all_there_is(void **state)
{
    (void)state;
    if (!media_has_encoder(codings[0].options.codec))
        skip();
    assert_int_equal(check(empty, (int)(sizeof empty / sizeof *empty)), 0);
}

static void what_moves_before_its_background_is_told(void **state)
{
    (void)state;
    if (!media_has_encoder(codings[0].options.codec))
        skip();
    assert_int_equal(check(busy, (int)(sizeof busy / sizeof *busy)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_camera_that_moves_is_all_there_is),
        cmocka_unit_test(what_moves_before_its_background_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
