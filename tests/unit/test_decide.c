/* Decisions about drawn pictures: what happened is known to the picture. */
#include "frames/decide.h"

#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"
#include "tests/kit/decided.h"

/* ---- local changes ---- */

static const double flip_s[] = { 3.2, 5.6, 10.12, 12.4, 16.92, 20.2 };

static int n_flips(double s)
{
    int n = 0;
    for (size_t k = 0; k < sizeof flip_s / sizeof *flip_s; k++)
        n += s >= flip_s[k] - 1e-9;
    return n;
}

static void paint_button(struct drawn *p, int i)
{
    paint_page(p);
    bool pressed = n_flips((double)i / RATE) % 2;
    drawn_rect(p, 1000, 300, 40, 24, pressed ? 60 : 170, 128, 128);
}

static void check_button(bool normal)
{
    struct sc_changes c = decide_clip(&(struct clip){ 24 * RATE, 0, normal, paint_button }, 0);
    assert_int_equal(c.n_events, 6);
    for (int k = 0; k < 6; k++) {
        assert_int_equal(c.events[k].start_us, (int64_t)(flip_s[k] * 1e6 + 0.5));
        struct sc_box b = c.events[k].box;
        assert_true(b.x <= 1008 && b.x + b.w >= 1032 && b.w <= 80 && b.h <= 64);
        assert_true(decided_shows(&c, c.events[k].start_us, k < 5 ? c.events[k + 1].start_us : 24000000));
    }
    assert_true(decided_shows(&c, 0, 3200000));
    decided_dispose(&c);
}

static void a_button_pressed_six_times_is_six_events_and_seven_states(void **state)
{
    (void)state;
    check_button(false);
}

static void and_the_same_when_looking_less(void **state)
{
    (void)state;
    check_button(true);
}

static void paint_hue(struct drawn *p, int i)
{
    drawn_texture(p, 5);
    drawn_rect(p, 600, 400, 40, 40, 120, i < 3 * RATE ? 100 : 150, i < 3 * RATE ? 150 : 100);
}

static void a_change_of_hue_at_equal_luma_is_seen(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 6 * RATE, 0, false, paint_hue }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].start_us, 3000000);
    assert_true(c.events[0].share < 0.01);
    assert_true(c.events[0].yuv_after[1] > c.events[0].yuv_before[1] + 20);
    decided_dispose(&c);
}

static void paint_object(struct drawn *p, int i)
{
    drawn_texture(p, 3);
    if (i >= 3 * RATE && i < 7 * RATE)
        drawn_rect(p, 500, 300, 90, 70, 20, 100, 160);
    drawn_noise(p, 6, (uint32_t)i);
}

static void an_object_appears_and_disappears_in_noise(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 10 * RATE, 0, false, paint_object }, 0);
    assert_int_equal(c.n_events, 2);
    assert_int_equal(c.events[0].kind, SC_APPEAR);
    assert_int_equal(c.events[0].start_us, 3000000);
    assert_int_equal(c.events[1].kind, SC_DISAPPEAR);
    assert_int_equal(c.events[1].start_us, 7000000);
    assert_true(c.events[1].same_as_us >= 0);
    decided_dispose(&c);
}

static void paint_mover(struct drawn *p, int i)
{
    drawn_texture(p, 4);
    if (i >= 3 * RATE && i < 6 * RATE)
        drawn_rect(p, -100 + (i - 3 * RATE) * 1400.0 / (3 * RATE), 300, 100, 80, 230, 100, 160);
    drawn_noise(p, 4, (uint32_t)i);
}

static void what_moves_through_is_one_event_shown_at_its_peak(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 10 * RATE, 0, false, paint_mover }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].kind, SC_MOVE);
    assert_true(c.events[0].dx > 600);
    assert_true(c.events[0].start_us >= 3000000 && c.events[0].start_us < 3300000);
    assert_true(c.events[0].box.w > 1000);
    assert_true(decided_shows(&c, 3200000, 5900000));
    decided_dispose(&c);
}

static void paint_two(struct drawn *p, int i)
{
    drawn_texture(p, 6);
    if (i >= 3 * RATE)
        drawn_rect(p, 100, 100, 90, 70, 20, 100, 160);
    if (i >= 3 * RATE + 4)
        drawn_rect(p, 1000, 500, 90, 70, 235, 160, 100);
}

static void changes_in_two_places_are_two_events(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 6 * RATE, 0, false, paint_two }, 0);
    assert_int_equal(c.n_events, 2);
    assert_int_equal(c.events[1].start_us, 3160000);
    decided_dispose(&c);
}

static void paint_blink(struct drawn *p, int i)
{
    paint_page(p);
    if (i == 4 * RATE)
        drawn_rect(p, 1000, 300, 60, 60, 20, 128, 128);
}

static void a_local_change_of_one_picture_is_an_event(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 8 * RATE, 0, false, paint_blink }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].start_us, 4000000);
    assert_true(decided_shows(&c, 4000000, 4000001));
    decided_dispose(&c);
}

static void paint_gray_text(struct drawn *p, int i)
{
    drawn_fill(p, 160, 128, 128);
    drawn_rect(p, 0, 0, 1280, 24, 90, 128, 128);
    if (i >= 2 * RATE)
        drawn_lines(p, 300, 300, 300, 40, 130, 4);
}

static void gray_text_on_gray_is_seen(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 4 * RATE, 0, false, paint_gray_text }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].start_us, 2000000);
    decided_dispose(&c);
}

/* ---- light ---- */

static double ramp(double s)
{
    return s < 3 ? 1 : s < 6 ? 1 - 0.5 * (s - 3) / 3 : s < 9 ? 0.5 + 0.5 * (s - 6) / 3 : 1;
}

static void paint_ramp(struct drawn *p, int i)
{
    drawn_texture(p, 8);
    drawn_light(p, ramp((double)i / RATE), 0);
    drawn_noise(p, 4, (uint32_t)i);
}

static void a_brightness_ramp_is_one_event_of_light(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 12 * RATE, 0, false, paint_ramp }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].kind, SC_LIGHT);
    assert_int_equal(c.n_frames, 2);
    decided_dispose(&c);
}

static void paint_object_in_ramp(struct drawn *p, int i)
{
    drawn_texture(p, 8);
    if (i >= 5 * RATE)
        drawn_rect(p, 500, 300, 90, 70, 20, 100, 160);
    drawn_light(p, ramp((double)i / RATE), 0);
    drawn_noise(p, 4, (uint32_t)i);
}

static void a_local_change_while_the_light_changes_is_found(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 12 * RATE, 0, false, paint_object_in_ramp }, 0);
    assert_int_equal(c.n_events, 2);
    assert_int_equal(c.events[1].kind, SC_APPEAR);
    assert_int_equal(c.events[1].start_us, 5000000);
    decided_dispose(&c);
}

static void paint_flash(struct drawn *p, int i)
{
    drawn_texture(p, 9);
    if (i >= 3 * RATE && i < 3 * RATE + 2)
        drawn_light(p, 1, 110);
    drawn_noise(p, 4, (uint32_t)i);
}

static void a_flash_is_named_and_never_chosen(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 6 * RATE, 0, false, paint_flash }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].kind, SC_FLASH);
    assert_int_equal(c.n_frames, 2);
    decided_dispose(&c);
}

static void paint_noise(struct drawn *p, int i)
{
    drawn_texture(p, 10);
    drawn_noise(p, 24, (uint32_t)i);
}

static void noise_alone_is_silent(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 20 * RATE, 0, false, paint_noise }, 0);
    assert_int_equal(c.n_events, 0);
    assert_int_equal(c.n_frames, 2);
    decided_dispose(&c);
}

/* ---- shots ---- */

static void paint_cuts(struct drawn *p, int i)
{
    drawn_texture(p, 20 + (uint32_t)(i / 31));
    drawn_noise(p, 4, (uint32_t)i);
}

static void check_cuts(bool normal)
{
    struct sc_changes c = decide_clip(&(struct clip){ 31 * 21, 0, normal, paint_cuts }, 64);
    assert_int_equal(c.n_events, 20);
    for (int k = 0; k < 20; k++) {
        assert_int_equal(c.events[k].kind, SC_CUT);
        assert_int_equal(c.events[k].start_us, (int64_t)(k + 1) * 31 * PICTURE_US);
        assert_true(decided_shows(&c, c.events[k].start_us, c.events[k].start_us + 31 * PICTURE_US));
    }
    decided_dispose(&c);
}

static void twenty_cuts_are_twenty_events_exact_to_the_picture(void **state)
{
    (void)state;
    check_cuts(false);
}

static void and_cuts_the_same_when_looking_less(void **state)
{
    (void)state;
    check_cuts(true);
}

static void paint_dissolve(struct drawn *p, int i)
{
    struct drawn *other = drawn_new(1280, 720);
    double s = (double)i / RATE;
    paint_page(p);
    drawn_texture(other, 31);
    drawn_mix(p, other, s < 3 ? 0 : s < 9 ? (s - 3) / 6 : 1);
    drawn_free(&other);
}

static void paint_dissolve_of_pages(struct drawn *p, int i)
{
    struct drawn *other = drawn_new(1280, 720);
    double s = (double)i / RATE;
    paint_page(p);
    drawn_fill(other, 240, 128, 128);
    drawn_lines(other, 300, 200, 700, 450, 60, 77);
    drawn_rect(other, 40, 100, 220, 520, 120, 110, 150);
    drawn_mix(p, other, s < 3 ? 0 : s < 9 ? (s - 3) / 6 : 1);
    drawn_free(&other);
}

static void check_dissolve(painter *paint, bool normal)
{
    struct sc_changes c = decide_clip(&(struct clip){ 12 * RATE, 0, normal, paint }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].kind, SC_DISSOLVE);
    assert_true(llabs(c.events[0].start_us - 3000000) < 750000); /* an eighth: where pages begin to differ */
    assert_true(llabs(c.events[0].end_us - 9000000) < 600000);
    assert_true(decided_shows(&c, 8500000, 12000000));
    decided_dispose(&c);
}

static void a_dissolve_of_six_seconds_is_one_event(void **state)
{
    (void)state;
    check_dissolve(paint_dissolve, false);
}

static void and_so_is_one_between_two_pages(void **state)
{
    (void)state;
    check_dissolve(paint_dissolve_of_pages, false);
}

static void and_the_dissolve_when_looking_less(void **state)
{
    (void)state;
    check_dissolve(paint_dissolve, true);
}

static void paint_fade(struct drawn *p, int i)
{
    double s = (double)i / RATE;
    drawn_texture(p, s < 4 ? 40 : 41);
    drawn_light(p, s < 3 ? 1 : s < 4 ? 4 - s : s < 5 ? s - 4 : 1, 0);
    drawn_noise(p, 2, (uint32_t)i);
}

static void a_fade_through_black_is_one_event(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 8 * RATE, 0, false, paint_fade }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].kind, SC_FADE);
    assert_true(llabs(c.events[0].start_us - 3000000) <= 120000);
    assert_true(llabs(c.events[0].end_us - 5000000) <= 120000);
    decided_dispose(&c);
}

static void paint_wipe(struct drawn *p, int i)
{
    struct drawn *other = drawn_new(1280, 720);
    double s = (double)i / RATE;
    drawn_texture(p, 50);
    drawn_texture(other, 51);
    drawn_paste(p, other, 0, 0, s < 3 ? 0 : s < 4 ? (s - 3) * 1280 : 1280, 720);
    drawn_free(&other);
}

static void a_wipe_is_one_event(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 8 * RATE, 0, false, paint_wipe }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].kind, SC_WIPE);
    assert_true(llabs(c.events[0].start_us - 3000000) <= 120000);
    assert_true(llabs(c.events[0].end_us - 4000000) <= 120000);
    decided_dispose(&c);
}

static void paint_returning(struct drawn *p, int i)
{
    drawn_texture(p, i / 50 % 2 ? 61 : 60);
    drawn_noise(p, 4, (uint32_t)i);
}

static void a_shot_that_comes_back_is_known(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 150, 0, false, paint_returning }, 0);
    assert_int_equal(c.n_events, 2);
    assert_true(c.events[0].same_as_us < 0);
    assert_true(c.events[1].same_as_us >= 0 && c.events[1].same_as_us < 50 * PICTURE_US);
    decided_dispose(&c);
}

/* ---- camera, screens, repetition, nothing ---- */

static void paint_shake(struct drawn *p, int i)
{
    static const int to[8][2] = { { 0, 0 }, { 6, 2 }, { -4, 5 }, { 3, -6 },
                                  { -6, -3 }, { 5, 4 }, { -2, 6 }, { 4, -4 } };
    drawn_texture(p, 70);
    if (i > 2 * RATE && i < 6 * RATE)
        drawn_shift(p, to[i / 3 % 8][0], to[i / 3 % 8][1]);
}

static void a_shaken_camera_makes_no_local_changes(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 9 * RATE, 0, false, paint_shake }, 0);
    assert_int_equal(c.n_events, decided_count(&c, SC_CAMERA));
    assert_int_equal(c.n_frames, 2);
    decided_dispose(&c);
}

static void paint_clock(struct drawn *p, int i)
{
    paint_page(p);
    drawn_lines(p, 1180, 8, 60, 24, 220, (uint32_t)(i / RATE));
    if (i >= 18 * RATE)
        drawn_rect(p, 400, 250, 400, 200, 60, 120, 140);
}

static void a_running_clock_is_reported_once_and_a_dialog_besides(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 24 * RATE, 0, false, paint_clock }, 0);
    assert_int_equal(c.n_events, 2);
    assert_int_equal(c.events[0].kind, SC_REPEATING);
    assert_true(c.events[0].count >= 8);
    assert_int_equal(c.events[1].start_us, 18000000);
    decided_dispose(&c);
}

static void paint_slides(struct drawn *p, int i)
{
    drawn_texture(p, 80 + (uint32_t)(i / 3));
}

static void stills_at_one_a_second_work(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 12, 1, false, paint_slides }, 0);
    assert_int_equal(c.n_events, 3);
    for (int k = 0; k < 3; k++)
        assert_int_equal(c.events[k].start_us, (int64_t)(k + 1) * 3000000);
    decided_dispose(&c);
}

static void paint_black(struct drawn *p, int i)
{
    drawn_texture(p, 90);
    if (i >= 3 * RATE && i < 8 * RATE)
        drawn_fill(p, 0, 128, 128);
}

static void a_black_stretch_is_named(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 11 * RATE, 0, false, paint_black }, 0);
    assert_int_equal(decided_count(&c, SC_BLACK), 1);
    decided_dispose(&c);
}

static void one_picture_and_none(void **state)
{
    (void)state;
    struct sc_changes one = decide_clip(&(struct clip){ 1, 0, false, paint_noise }, 0);
    struct sc_changes none = decide_clip(&(struct clip){ 0, 0, false, paint_noise }, 0);
    assert_int_equal(one.n_events, 0);
    assert_int_equal(one.n_frames, 1);
    assert_int_equal(one.frames[0].role, SC_FIRST);
    assert_int_equal(none.n_frames, 0);
    decided_dispose(&one);
    decided_dispose(&none);
}

static void pictures_out_of_order_are_refused(void **state)
{
    (void)state;
    struct clip c = { 2, 0, false, paint_noise };
    struct sc_look_settings settings = { 0 };
    struct decider *d = NULL;
    struct signature *b = clip_picture(&c, 1), *a = clip_picture(&c, 0);
    assert_int_equal(decide_open(&d, &settings, NULL), SC_OK);
    assert_int_equal(decide_add(d, b, NULL), SC_OK);
    assert_int_equal(decide_add(d, a, NULL), SC_ERR_INVALID);
    signature_free(&a);
    signature_free(&b);
    decide_close(&d);
}

static void a_quiet_page_has_no_border(void **state)
{
    (void)state;
    struct clip quiet = { 0, 0, false, paint_noise }, button = { 0, 0, false, paint_button };
    struct signature *a = clip_picture(&quiet, 0), *b = clip_picture(&quiet, 5);
    struct signature *up = clip_picture(&button, 3 * RATE), *down = clip_picture(&button, 4 * RATE);
    assert_false(decide_border_between(NULL, a, b, 1));
    assert_true(decide_border_between(NULL, up, down, 1));
    assert_true(decide_border_between(NULL, a, up, 1));
    signature_free(&a);
    signature_free(&b);
    signature_free(&up);
    signature_free(&down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_button_pressed_six_times_is_six_events_and_seven_states),
        cmocka_unit_test(and_the_same_when_looking_less),
        cmocka_unit_test(a_change_of_hue_at_equal_luma_is_seen),
        cmocka_unit_test(an_object_appears_and_disappears_in_noise),
        cmocka_unit_test(what_moves_through_is_one_event_shown_at_its_peak),
        cmocka_unit_test(changes_in_two_places_are_two_events),
        cmocka_unit_test(a_local_change_of_one_picture_is_an_event),
        cmocka_unit_test(gray_text_on_gray_is_seen),
        cmocka_unit_test(a_brightness_ramp_is_one_event_of_light),
        cmocka_unit_test(a_local_change_while_the_light_changes_is_found),
        cmocka_unit_test(a_flash_is_named_and_never_chosen),
        cmocka_unit_test(noise_alone_is_silent),
        cmocka_unit_test(twenty_cuts_are_twenty_events_exact_to_the_picture),
        cmocka_unit_test(and_cuts_the_same_when_looking_less),
        cmocka_unit_test(a_dissolve_of_six_seconds_is_one_event),
        cmocka_unit_test(and_so_is_one_between_two_pages),
        cmocka_unit_test(and_the_dissolve_when_looking_less),
        cmocka_unit_test(a_fade_through_black_is_one_event),
        cmocka_unit_test(a_wipe_is_one_event),
        cmocka_unit_test(a_shot_that_comes_back_is_known),
        cmocka_unit_test(a_shaken_camera_makes_no_local_changes),
        cmocka_unit_test(a_running_clock_is_reported_once_and_a_dialog_besides),
        cmocka_unit_test(stills_at_one_a_second_work),
        cmocka_unit_test(a_black_stretch_is_named),
        cmocka_unit_test(one_picture_and_none),
        cmocka_unit_test(pictures_out_of_order_are_refused),
        cmocka_unit_test(a_quiet_page_has_no_border),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
