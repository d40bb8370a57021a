/* Ten kinds of change, three codecs, two qualities: each is told at its time and place, and nothing else is. */
#include <stdlib.h>

#include "tests/kit/check.h"
#include "tests/kit/probe.h"

#define VP9 "deadline=realtime:cpu-used=8:lag-in-frames=0:b=0"

/* As good as cameras and screen recorders write, and as coarse as CRF 40. */
static const struct coding {
    const char *label;
    struct media_options options;
} codings[] = {
    { "H.264", { .codec = "libx264", .encoder_options = "preset=veryfast:crf=22:g=50" } },
    { "H.264, coarse", { .codec = "libx264", .encoder_options = "preset=veryfast:crf=40:g=50" } },
    { "VP9", { .codec = "libvpx-vp9", .encoder_options = VP9 ":crf=30:g=50" } },
    { "VP9, coarse", { .codec = "libvpx-vp9", .encoder_options = VP9 ":crf=50:g=50" } },
    { "MJPEG", { .codec = "mjpeg", .encoder_options = "flags=+qscale:global_quality=354" } },
    { "MJPEG, coarse", { .codec = "mjpeg", .encoder_options = "flags=+qscale:global_quality=2360" } },
};

#define N_CODINGS (int)(sizeof codings / sizeof *codings)

static const struct sc_box thing = { 301, 93, 46, 58 }, small = { 131, 170, 8, 8 };

static void paint_appear(struct media *m, int i)
{
    probe_scene(m, 1);
    if (i >= 47)
        probe_thing(m, thing, 3);
}

static void paint_disappear(struct media *m, int i)
{
    probe_scene(m, 2);
    if (i < 52)
        probe_thing(m, thing, 4);
}

static void paint_move(struct media *m, int i)
{
    probe_scene(m, 3);
    probe_thing(m, (struct sc_box){ (i - 30) * 12 - 46, 120, 46, 58 }, 5);
}

static void paint_small(struct media *m, int i)
{
    probe_scene(m, 4);
    if (i >= 51)
        media_rect(m, small.x, small.y, small.w, small.h, 0xF8F4F0);
}

static void paint_text(struct media *m, int i)
{
    probe_scene(m, 5);
    if (i >= 43)
        media_text(m, 60, 200, 3, 0xFFFFFF, "NEXT STOP HARBOUR");
}

static void paint_cut(struct media *m, int i)
{
    probe_scene(m, i < 53 ? 6 : 7);
}

static void paint_dissolve(struct media *m, int i)
{
    probe_scene(m, 8);
    if (i >= 40)
        probe_mix_scene(m, 9, i < 65 ? (i - 39) / 26.0 : 1);
}

static void paint_fade(struct media *m, int i)
{
    int away = abs(i - 52);
    probe_scene(m, i < 52 ? 10 : 11);
    if (away < 15)
        probe_light(m, away <= 3 ? 0 : (away - 3) / 12.0, 0);
}

static void paint_light(struct media *m, int i)
{
    probe_scene(m, 12);
    if (i >= 57)
        probe_thing(m, thing, 6);
    probe_light(m, i < 40 ? 1 : i < 75 ? 1 - 0.45 * (i - 39) / 36 : 0.55, 0);
}

static void paint_flash(struct media *m, int i)
{
    probe_scene(m, 13);
    if (i == 75)
        probe_thing(m, thing, 8);
    if (i == 35 || i == 36)
        probe_light(m, 1, 90);
}

static const struct probe probes[] = {
    { .name = "appear", .paint = paint_appear, .truths = { { PROBE_IS(SC_APPEAR), 47, 47, thing } } },
    { .name = "disappear", .paint = paint_disappear, .truths = { { PROBE_IS(SC_DISAPPEAR), 52, 52, thing } } },
    { .name = "move", .paint = paint_move, .truths = { { PROBE_IS(SC_MOVE), 31, 74, { 0, 120, 480, 58 } } } },
    { .name = "small", .paint = paint_small, .truths = { { PROBE_IS(SC_APPEAR), 51, 51, small, .iou = 0.35 } } },
    { .name = "text", .paint = paint_text,
      .truths = { { PROBE_IS(SC_TEXT), 43, 43, { 60, 200, 303, 21 } } } },
    { .name = "cut", .paint = paint_cut, .truths = { { PROBE_IS(SC_CUT), 53, 53 } } },
    { .name = "dissolve", .paint = paint_dissolve, .truths = { { PROBE_IS(SC_DISSOLVE), 40, 65 } } },
    { .name = "fade", .paint = paint_fade, .truths = { { PROBE_IS(SC_FADE), 38, 66 } } },
    { .name = "light", .paint = paint_light,
      .truths = { { PROBE_IS(SC_LIGHT), 40, 75, .off = 5, .not_chosen = true },
                  { PROBE_IS(SC_APPEAR), 57, 57, thing } } },
    { .name = "flash", .paint = paint_flash,
      .truths = { { PROBE_IS(SC_FLASH), 35, 37, .not_chosen = true },
                  { PROBE_IS(SC_MOVE) | PROBE_IS(SC_APPEAR) | PROBE_IS(SC_OTHER), 75, 76, thing } } },
};

#define N_PROBES (int)(sizeof probes / sizeof *probes)

static void each_kind_is_told_in_every_coding(void **state)
{
    int wrong = 0;
    (void)state;
    for (int k = 0; k < N_PROBES; k++) {
        struct probe p = probes[k];
        struct media_options options[N_CODINGS];
        for (int i = 0; i < N_CODINGS; i++)
            options[i] = codings[i].options;
        p.pictures = 100;
        p.noise = 3;
        probe_draw(&p, options, N_CODINGS);
        for (int i = 0; i < N_CODINGS; i++)
            wrong += probe_look(&p, i, codings[i].label, NULL);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_told_in_every_coding),
    };
    for (int i = 0; i < N_CODINGS; i++)
        if (!media_has_encoder(codings[i].options.codec)) {
            printf("skip each_kind_is_told_in_every_coding: no encoder %s\n", codings[i].options.codec);
            return 0;
        }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
