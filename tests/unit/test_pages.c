/* Decisions about pages on a screen, and about cameras: scrolling, typing, pans, zooms, what the pictures are of. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"
#include "tests/kit/decided.h"

/* ---- scrolling ---- */

/* A line of letters that are the same wherever it stands. */
static void line(struct drawn *p, double x, double y, double w, double luma, int seed)
{
    for (int k = 0; 12 * k < w; k++)
        if ((k * 7 + seed * 13 + k * k * seed) % 5)
            drawn_rect(p, x + 12 * k, y, 6 + (k + seed) % 3, 16, luma, 128, 128);
}

/* A long page of paragraphs, seen from y on in a window. */
static void draw_page_at(struct drawn *p, double y)
{
    drawn_fill(p, 236, 128, 128);
    for (int k = 0; k < 40; k++) {
        double at = 100 + k * 90 - y;
        if (at > -80 && at < 720)
            for (int l = 0; l < 2; l++)
                line(p, 120, at + 28 * l, 300 + 53 * (k * 7 % 10), 40, 2 * k + l);
    }
    drawn_rect(p, 0, 0, 1280, 80, 90, 140, 120); /* what does not scroll */
    drawn_rect(p, 0, 660, 1280, 60, 200, 128, 128);
}

static double wheel(double s)   /* eight turns of 60 pixels, each in one picture */
{
    int turns = s < 2 ? 0 : 1 + (int)((s - 2) / 0.4 + 1e-9);
    return 60.0 * (turns > 8 ? 8 : turns);
}

static void paint_wheel(struct drawn *p, int i)
{
    draw_page_at(p, wheel((double)i / RATE));
}

static void check_scroll(const struct sc_changes *c, int64_t start_us, double dx, double dy)
{
    assert_int_equal(c->profile, SC_PROFILE_SCREEN);
    assert_int_equal(c->n_events, 1);
    assert_int_equal(c->events[0].kind, SC_SCROLL);
    assert_true(llabs(c->events[0].start_us - start_us) <= 2 * PICTURE_US);
    assert_true(abs((int)(c->events[0].dx - dx)) <= 12 + abs((int)dx) / 20);
    assert_true(abs((int)(c->events[0].dy - dy)) <= 12 + abs((int)dy) / 20);
    assert_true(c->events[0].box.y >= 40 && c->events[0].box.y + c->events[0].box.h <= 700);
}

static void a_page_turned_by_the_wheel_is_one_scroll_with_its_distance(void **state)
{
    (void)state;
    for (int normal = 0; normal < 2; normal++) {
        struct sc_changes c = decide_clip(&(struct clip){ 8 * RATE, 0, normal, paint_wheel }, 0);
        check_scroll(&c, 2000000, 0, -480);
        assert_true(decided_shows(&c, c.events[0].end_us, 8000000));
        decided_dispose(&c);
    }
}

static void paint_smooth(struct drawn *p, int i)
{
    double s = (double)i / RATE, part = s < 2 ? 0 : s > 4 ? 1 : (s - 2) / 2;
    draw_page_at(p, 700 * part * part * (3 - 2 * part));
}

static void a_page_that_glides_is_one_scroll(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 7 * RATE, 0, false, paint_smooth }, 0);
    check_scroll(&c, 2080000, 0, -700);
    decided_dispose(&c);
}

static void paint_terminal(struct drawn *p, int i)
{
    double s = (double)i / RATE;
    int first = s < 2 ? 0 : s > 6 ? 40 : (int)((s - 2) * 10);
    drawn_fill(p, 18, 128, 128);
    for (int k = 0; k < 34; k++)
        line(p, 20, 10 + 20 * k, 180 + 29 * ((first + k) * 13 % 31), 200, first + k);
}

static void output_that_runs_through_a_terminal_is_one_scroll(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 8 * RATE, 0, false, paint_terminal }, 0);
    assert_int_equal(c.profile, SC_PROFILE_SCREEN);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].kind, SC_SCROLL);
    assert_true(c.events[0].dy < -560 && c.events[0].dy > -1000); /* 800; lines that fly by in one picture are one */
    decided_dispose(&c);
}

static void paint_window(struct drawn *p, int i)
{
    double s = (double)i / RATE;
    drawn_fill(p, 120, 150, 110);
    double y = s < 2 ? 100 : s > 3 ? 300 : 100 + 200 * (s - 2);
    drawn_rect(p, 400, y, 500, 260, 240, 128, 128);
    drawn_lines(p, 420, y + 30, 400, 200, 40, 3);
}

static void a_window_that_is_dragged_does_not_scroll(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 6 * RATE, 0, false, paint_window }, 0);
    assert_true(c.n_events >= 1 && c.n_events <= 2);
    assert_int_equal(decided_count(&c, SC_SCROLL), 0);
    decided_dispose(&c);
}

/* ---- typing ---- */

static void type(struct drawn *p, double s, double from_s, double key_s, int letters, double x, double y)
{
    int n = s < from_s ? 0 : 1 + (int)((s - from_s) / key_s);
    for (int k = 0; k < n && k < letters; k++)
        drawn_rect(p, x + 14 * k, y, 6 + k % 4, 18, 30, 128, 128);
}

static void paint_typing(struct drawn *p, int i)
{
    double s = (double)i / RATE;
    drawn_fill(p, 236, 128, 128);
    drawn_rect(p, 0, 0, 1280, 60, 90, 140, 120);
    type(p, s, 2, 0.12, 24, 200, 300);
    type(p, s, 9, 0.5, 8, 200, 400);
    if (s >= 16)
        drawn_lines(p, 200, 500, 400, 40, 30, 2);
}

static void each_burst_of_typing_is_one_event_and_a_line_of_output_is_text(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 20 * RATE, 0, false, paint_typing }, 0);
    assert_int_equal(c.n_events, 3);
    assert_int_equal(c.events[0].kind, SC_TYPING);
    assert_true(llabs(c.events[0].start_us - 2000000) <= 200000);
    assert_true(c.events[0].box.x <= 210 && c.events[0].box.x + c.events[0].box.w >= 500 && c.events[0].box.h <= 60);
    assert_int_equal(c.events[1].kind, SC_TYPING);
    assert_true(llabs(c.events[1].start_us - 9000000) <= 200000);
    assert_true(c.events[2].kind == SC_TEXT || c.events[2].kind == SC_APPEAR);
    decided_dispose(&c);
}

/* A field is entered, and left: a frame around it, that comes with the first letter. */
static void paint_field(struct drawn *p, int i)
{
    double s = (double)i / RATE;
    drawn_fill(p, 236, 128, 128);
    drawn_rect(p, 0, 0, 1280, 60, 90, 140, 120);
    if (s >= 3 && s < 6) {
        drawn_rect(p, 184, 280, 432, 60, 70, 170, 110);
        drawn_rect(p, 190, 286, 420, 48, 236, 128, 128);
    }
    type(p, s, 3, 0.16, 16, 200, 300);
}

static void the_frame_of_a_field_does_not_hide_that_it_is_typed_into(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 9 * RATE, 0, false, paint_field }, 0);
    assert_int_equal(c.n_events, 1);
    assert_int_equal(c.events[0].kind, SC_TYPING);
    decided_dispose(&c);
}

/* ---- dialogs ---- */

/* The page goes dark, and a white dialog stands before it. */
static void paint_dialog(struct drawn *p, int i)
{
    double s = (double)i / RATE;
    double light = s >= 3 && s < 6 ? 0.55 : 1;
    drawn_fill(p, 250 * light, 128, 128);
    drawn_rect(p, 0, 0, 1280, 60, 90 * light, 128 + 12 * light, 128 - 8 * light);
    for (int k = 0; k < 16; k++)
        line(p, 120, 100 + 36 * k, 300 + 53 * (k * 7 % 10), 40 * light, k);
    drawn_rect(p, 900, 300, 200, 200, 170 * light, 128, 128);
    if (light < 1) {
        drawn_rect(p, 432, 224, 464, 240, 250, 128, 128);
        line(p, 460, 260, 200, 40, 3);
    }
}

static void a_dialog_over_a_darkened_page_is_one_event_with_its_box(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 9 * RATE, 0, false, paint_dialog }, 0);
    int dialogs = 0;
    for (int i = 0; i < c.n_events; i++) {
        const struct sc_event *e = &c.events[i];
        if (e->kind == SC_LIGHT)
            continue;
        assert_int_equal(e->kind, dialogs ? SC_DISAPPEAR : SC_APPEAR);
        assert_int_equal(e->start_us, dialogs ? 6000000 : 3000000);
        assert_true(e->box.x >= 416 && e->box.x <= 432 && e->box.y >= 208 && e->box.y <= 224);
        assert_true(e->box.w >= 464 && e->box.w <= 496 && e->box.h >= 240 && e->box.h <= 272);
        dialogs++;
    }
    assert_int_equal(dialogs, 2);
    decided_dispose(&c);
}

static void another_profile_knows_no_pages(void **state)
{
    (void)state;
    const struct sc_look_settings camera = { .profile = SC_PROFILE_CAMERA, .max_frames = 32 };
    struct sc_changes c = decide_clip_with(&(struct clip){ 20 * RATE, 0, false, paint_typing }, &camera);
    assert_int_equal(c.profile, SC_PROFILE_CAMERA);
    assert_int_equal(decided_count(&c, SC_TYPING), 0);
    decided_dispose(&c);
    c = decide_clip_with(&(struct clip){ 8 * RATE, 0, false, paint_wheel }, &camera);
    assert_int_equal(decided_count(&c, SC_SCROLL), 0);
    decided_dispose(&c);
}

/* ---- cameras ---- */

static void paint_pan(struct drawn *p, int i)
{
    double s = (double)i / RATE, way = s < 2 ? 0 : s > 4 ? 300 : 150 * (s - 2);
    struct drawn *scene = drawn_copy(p);
    drawn_texture(p, 7);
    drawn_texture(scene, 8);
    drawn_mix(p, scene, 0.2);
    drawn_shift(p, -way, 0);
    drawn_noise(p, 3, (uint32_t)i);
    drawn_free(&scene);
}

static void a_pan_is_one_event_of_the_camera(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 6 * RATE, 0, false, paint_pan }, 0);
    assert_int_equal(c.profile, SC_PROFILE_CAMERA);
    assert_int_equal(decided_count(&c, SC_CAMERA), 1);
    for (int i = 0; i < c.n_events; i++)
        if (c.events[i].kind == SC_CAMERA) {
            assert_true(llabs(c.events[i].start_us - 2000000) <= 300000);
            assert_true(llabs(c.events[i].end_us - 4000000) <= 300000);
            assert_true(c.events[i].dx < -250 && c.events[i].dx > -350);
        }
    assert_int_equal(c.n_events, 1);
    decided_dispose(&c);
}

static void paint_shots(struct drawn *p, int i)
{
    drawn_texture(p, (uint32_t)(i / (3 * RATE)) + 1);
    drawn_noise(p, 2, (uint32_t)i);
}

static void what_is_cut_often_is_a_film(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 15 * RATE, 0, false, paint_shots }, 0);
    assert_int_equal(c.profile, SC_PROFILE_FILM);
    assert_int_equal(decided_count(&c, SC_CUT), 4);
    decided_dispose(&c);
}

/* ---- context ---- */

static void paint_object(struct drawn *p, int i)
{
    drawn_texture(p, 3);
    if (i >= 3 * RATE)
        drawn_rect(p, 500, 300, 90, 70, 20, 100, 160);
}

static void quiet_time_gets_pictures_only_on_request(void **state)
{
    (void)state;
    const struct clip clip = { 20 * RATE, 0, false, paint_object };
    const struct sc_look_settings with = { .context = true, .max_frames = 9 };
    struct sc_changes without = decide_clip(&clip, 9), c = decide_clip_with(&clip, &with);
    assert_int_equal(without.n_frames, 3);
    assert_int_equal(c.n_frames, 9);
    int n = 0;
    for (int i = 0; i < c.n_frames; i++) {
        n += c.frames[i].role == SC_CONTEXT;
        assert_true(i == 0 || c.frames[i].time_us - c.frames[i - 1].time_us > 400000);
        assert_int_equal(c.frames[i].time_us % PICTURE_US, 0);
        assert_true(c.frames[i].role != SC_CONTEXT || c.frames[i].rank > 3);
    }
    assert_int_equal(n, 6);
    decided_dispose(&without);
    decided_dispose(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_turned_by_the_wheel_is_one_scroll_with_its_distance),
        cmocka_unit_test(a_page_that_glides_is_one_scroll),
        cmocka_unit_test(output_that_runs_through_a_terminal_is_one_scroll),
        cmocka_unit_test(a_window_that_is_dragged_does_not_scroll),
        cmocka_unit_test(each_burst_of_typing_is_one_event_and_a_line_of_output_is_text),
        cmocka_unit_test(the_frame_of_a_field_does_not_hide_that_it_is_typed_into),
        cmocka_unit_test(a_dialog_over_a_darkened_page_is_one_event_with_its_box),
        cmocka_unit_test(another_profile_knows_no_pages),
        cmocka_unit_test(a_pan_is_one_event_of_the_camera),
        cmocka_unit_test(what_is_cut_often_is_a_film),
        cmocka_unit_test(quiet_time_gets_pictures_only_on_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
