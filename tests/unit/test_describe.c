/* The answer from the evidence alone, and the words that it and the queries are made of. */
#include "fusion/describe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fusion/words.h"
#include "tests/kit/evidence.h"
#include "tests/kit/golden.h"

static void check_golden(const char *name, const struct sc_changes *c)
{
    struct buffer out = { 0 };

    assert_int_equal(describe_changes(c, &out, NULL), SC_OK);
    golden_check(name, (char *)out.data);
    buffer_dispose(&out);
}

static void changes_are_told_line_by_line(void **state)
{
    struct made_evidence e;

    (void)state;
    evidence_make(&e, 640, 360);
    e.changes.damage.n_packets = 3;
    e.changes.damage.first_us = 12000000;
    e.changes.damage.last_us = 14000000;
    check_golden("describe-changes.txt", &e.changes);
}

/* One line for each kind, with whatever numbers. */
static void every_kind_has_its_words(void **state)
{
    struct made_evidence e;
    struct sc_event events[SC_N_KINDS];
    int i;

    (void)state;
    evidence_make(&e, 640, 360);
    for (i = 0; i < SC_N_KINDS; i++) {
        events[i] = e.events[0];
        events[i].kind = (enum sc_kind)i;
        events[i].start_us = 1000000 * i;
        events[i].end_us = events[i].start_us + (i % 2 ? 400000 : 800000);
        if (i >= SC_CUT && i != SC_REPEATING && i != SC_OTHER && i != SC_FLASH)
            events[i].box = (struct sc_box){ 0 };
        if (i == SC_MOVE || i == SC_SCROLL || i == SC_CAMERA)
            events[i].dy = -40;
        if (i == SC_REPEATING)
            events[i].count = 12;
    }
    events[SC_OTHER].same_as_us = 0;
    e.changes.events = events;
    e.changes.n_events = SC_N_KINDS;
    check_golden("describe-kinds.txt", &e.changes);
}

static void assert_text(const struct sc_changes *c, const char *expected)
{
    struct buffer out = { 0 };

    assert_int_equal(describe_changes(c, &out, NULL), SC_OK);
    assert_string_equal((char *)out.data, expected);
    buffer_dispose(&out);
}

static void no_change_is_said_plainly(void **state)
{
    struct made_evidence e;

    (void)state;
    evidence_make(&e, 640, 360);
    e.changes.n_events = 0;
    assert_text(&e.changes, "Nothing changed in 24.0 s (640x360).\n");
    e.changes.first_us = 5000000;
    e.changes.last_us = 9000000;
    assert_text(&e.changes, "Nothing changed between 00:05.000 and 00:09.000 (640x360).\n");
}

static void a_picture_that_stands_still_is_no_change(void **state)
{
    struct made_evidence e;

    (void)state;
    evidence_make(&e, 640, 360);
    e.changes.n_events = 1;
    e.events[0].kind = SC_FREEZE;
    e.events[0].box = (struct sc_box){ 0 };
    e.events[0].start_us = 0;
    e.events[0].end_us = 24000000;
    assert_text(&e.changes, "Nothing changed in 24.0 s (640x360).\n"
                            "[00:00.000 to 00:24.000] The picture stood still for 24.0 s.\n");
}

static void a_still_is_not_described(void **state)
{
    struct made_evidence e;

    (void)state;
    evidence_make(&e, 4000, 3000);
    e.changes.source.is_still = true;
    assert_text(&e.changes, "One still picture of 4000x3000 pixels: there is nothing to compare it with, and no model "
                            "has looked at what it shows.\n");
}

static void what_comes_and_goes_is_told_as_such(void **state)
{
    struct made_evidence e;
    struct buffer out = { 0 };

    (void)state;
    evidence_make(&e, 640, 360);
    e.changes.n_events = 2;
    e.events[1].kind = SC_DISAPPEAR;
    e.events[1].box = e.events[0].box;
    assert_int_equal(describe_changes(&e.changes, &out, NULL), SC_OK);
    assert_non_null(strstr((char *)out.data, "; something disappeared there at [00:09.000]."));
    assert_non_null(strstr((char *)out.data, "; it does not come back."));
    buffer_clear(&out);
    e.events[1].kind = SC_CUT;
    e.events[1].box = (struct sc_box){ 0 };
    assert_int_equal(describe_changes(&e.changes, &out, NULL), SC_OK);
    assert_null(strstr((char *)out.data, "still there"));
    buffer_dispose(&out);
}

static void colours_have_names(void **state)
{
    static const struct {
        uint8_t yuv[3];
        const char *name;
    } cases[] = {
        { { 0, 128, 128 }, "black" },      { { 60, 128, 128 }, "dark grey" }, { { 128, 128, 128 }, "grey" },
        { { 200, 128, 128 }, "light grey" }, { { 255, 128, 128 }, "white" },  { { 76, 85, 255 }, "red" },
        { { 150, 44, 21 }, "green" },      { { 29, 255, 107 }, "blue" },      { { 226, 0, 149 }, "yellow" },
        { { 179, 171, 0 }, "cyan" },       { { 105, 212, 235 }, "pink" },     { { 170, 32, 189 }, "orange" },
        { { 15, 193, 118 }, "dark blue" }, { { 215, 150, 120 }, "light blue" }, { { 70, 100, 160 }, "brown" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(words_colour(cases[i].yuv), cases[i].name);
}

static void any_colour_has_a_name(void **state)
{
    uint8_t yuv[3];
    int y, u, v;

    (void)state;
    for (y = 0; y < 256; y += 15)
        for (u = 0; u < 256; u += 5)
            for (v = 0; v < 256; v += 5) {
                yuv[0] = (uint8_t)y;
                yuv[1] = (uint8_t)u;
                yuv[2] = (uint8_t)v;
                assert_true(strlen(words_colour(yuv)) >= 3);
            }
}

static void places_have_names(void **state)
{
    static const struct {
        struct sc_box box;
        const char *name;
    } cases[] = {
        { { 0, 0, 10, 10 }, "in the upper left" },   { { 145, 0, 10, 10 }, "at the top" },
        { { 290, 0, 10, 10 }, "in the upper right" }, { { 0, 145, 10, 10 }, "at the left" },
        { { 145, 145, 10, 10 }, "in the centre" },   { { 290, 145, 10, 10 }, "at the right" },
        { { 290, 290, 10, 10 }, "in the lower right" }, { { 0, 290, 300, 10 }, "across the bottom" },
        { { 0, 0, 20, 300 }, "down the left side" }, { { 10, 10, 250, 250 }, "over most of the picture" },
        { { 0, 0, 300, 300 }, "over the whole picture" }, { { 0, 0, 0, 0 }, "over the whole picture" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(words_place(cases[i].box, 300, 300), cases[i].name);
    assert_string_equal(words_place(cases[0].box, 0, 0), "over the whole picture");
}

static void directions_shares_and_durations_have_words(void **state)
{
    char out[32];

    (void)state;
    assert_string_equal(words_direction(0, 0), "");
    assert_string_equal(words_direction(10, 1), "to the right");
    assert_string_equal(words_direction(-10, -9), "up and to the left");
    assert_string_equal(words_direction(0.1, 7), "down");
    assert_string_equal(words_share(0.0125, out), "1.3 %");
    assert_string_equal(words_share(0.0002, out), "less than 0.1 %");
    assert_string_equal(words_share(0.5, out), "50 %");
    assert_string_equal(words_share(2, out), "100 %");
    assert_string_equal(words_duration(40000, out), "0.04 s");
    assert_string_equal(words_duration(999900, out), "1.0 s");
    assert_string_equal(words_duration(6520000, out), "6.5 s");
    assert_string_equal(words_duration(62300000, out), "1:02.3 min");
    assert_string_equal(words_duration(-5, out), "0.00 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_told_line_by_line),
        cmocka_unit_test(every_kind_has_its_words),
        cmocka_unit_test(no_change_is_said_plainly),
        cmocka_unit_test(a_picture_that_stands_still_is_no_change),
        cmocka_unit_test(a_still_is_not_described),
        cmocka_unit_test(what_comes_and_goes_is_told_as_such),
        cmocka_unit_test(colours_have_names),
        cmocka_unit_test(any_colour_has_a_name),
        cmocka_unit_test(places_have_names),
        cmocka_unit_test(directions_shares_and_durations_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
