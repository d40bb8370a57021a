/* Which events are too small or too short. */
#include "frames/filter.h"

#include <string.h>

#include "tests/kit/check.h"

#define S 1000000

static const struct sc_box small = { 100, 100, 20, 20 }, large = { 300, 100, 200, 200 }, whole = { 0, 0, 1000, 1000 };

static struct sc_event event(enum sc_kind kind, int64_t start_us, int64_t end_us, struct sc_box box, int y0, int y1)
{
    return (struct sc_event){ .kind = kind, .start_us = start_us, .end_us = end_us, .box = box, .same_as_us = -1,
                              .yuv_before = { (uint8_t)y0, 128, 128 }, .yuv_after = { (uint8_t)y1, 128, 128 } };
}

/* The starts of the events that are left, in seconds: "1 5 " */
static const char *left(const struct sc_event *events, int n, double min_size, int64_t min_us)
{
    static char text[200];
    struct sc_event copy[8];
    struct sc_changes c = { .events = copy, .n_events = n, .source = { .width = 1000, .height = 1000 } };
    int i;

    memcpy(copy, events, (size_t)n * sizeof *copy);
    assert_int_equal(filter_events(&c, min_size, min_us, NULL), SC_OK);
    text[0] = 0;
    for (i = 0; i < c.n_events; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d ", (int)(c.events[i].start_us / S));
    return text;
}

static void small_boxes_are_left_out(void **state)
{
    const struct sc_event events[] = {
        event(SC_APPEAR, 1 * S, 1 * S, small, 10, 20),  /* 0.0004 of the picture */
        event(SC_APPEAR, 2 * S, 2 * S, large, 10, 20),  /* 0.04 */
        event(SC_CUT, 3 * S, 3 * S, whole, 10, 20),
    };

    (void)state;
    assert_string_equal(left(events, 3, 0, 0), "1 2 3 ");
    assert_string_equal(left(events, 3, 0.0004, 0), "1 2 3 ");
    assert_string_equal(left(events, 3, 0.0005, 0), "2 3 ");
    assert_string_equal(left(events, 3, 1, 0), "3 ");
    assert_string_equal(left(events, 0, 1, 5 * S), "");
}

static void what_passes_must_take_long_enough(void **state)
{
    const struct sc_event events[] = {
        event(SC_MOVE, 1 * S, 2 * S, large, 50, 50),
        event(SC_MOVE, 5 * S, 9 * S, large, 50, 50),
        event(SC_FLASH, 20 * S, 20 * S + 40000, whole, 50, 50),
        event(SC_OTHER, 30 * S, 30 * S + 40000, small, 50, 51),
    };

    (void)state;
    assert_string_equal(left(events, 4, 0, 0), "1 5 20 30 ");
    assert_string_equal(left(events, 4, 0, 40000), "1 5 20 30 ");
    assert_string_equal(left(events, 4, 0, 500000), "1 5 ");
    assert_string_equal(left(events, 4, 0, 3 * S), "5 ");
}

static void what_stays_is_never_too_short(void **state)
{
    const struct sc_event events[] = {
        event(SC_CUT, 1 * S, 1 * S, whole, 10, 90),
        event(SC_APPEAR, 2 * S, 2 * S, small, 10, 90),
        event(SC_OTHER, 3 * S, 3 * S, large, 10, 90),
        event(SC_TEXT, 4 * S, 4 * S, (struct sc_box){ 600, 600, 50, 10 }, 10, 90),
    };

    (void)state;
    assert_string_equal(left(events, 4, 0, 60 * S), "1 2 3 4 ");
}

static void what_is_undone_too_soon_goes_with_what_undid_it(void **state)
{
    struct sc_event events[] = {
        event(SC_APPEAR, 1 * S, 1 * S, small, 50, 200),
        event(SC_APPEAR, 2 * S, 2 * S, large, 50, 200),     /* elsewhere */
        event(SC_DISAPPEAR, 3 * S, 3 * S, (struct sc_box){ 102, 98, 20, 22 }, 200, 52),
    };

    (void)state;
    assert_string_equal(left(events, 3, 0, 2 * S), "1 2 3 ");
    assert_string_equal(left(events, 3, 0, 2 * S + 1), "2 ");
    events[2].yuv_after[0] = 90;                            /* something else came there */
    assert_string_equal(left(events, 3, 0, 10 * S), "1 2 3 ");
}

/* A page, another for two seconds, the first again: told by the picture that is the same. */
static void a_shot_that_is_over_too_soon_goes_with_both_its_cuts(void **state)
{
    struct sc_event events[] = {
        event(SC_CUT, 1 * S, 1 * S, whole, 0, 0),
        event(SC_CUT, 3 * S, 3 * S, whole, 0, 0),
        event(SC_CUT, 4 * S, 4 * S, whole, 0, 0),
    };

    (void)state;
    events[1].same_as_us = 500000;
    assert_string_equal(left(events, 3, 0, 5 * S), "4 ");
    events[1].same_as_us = 1 * S;                           /* the same as what came with the first cut */
    assert_string_equal(left(events, 3, 0, 5 * S), "1 3 4 ");
}

/* A blinker: on, off, on for good. The first two cancel out, the third stays. */
static void an_event_undoes_only_one_other(void **state)
{
    const struct sc_event events[] = {
        event(SC_APPEAR, 1 * S, 1 * S, small, 50, 200),
        event(SC_DISAPPEAR, 2 * S, 2 * S, small, 200, 50),
        event(SC_APPEAR, 3 * S, 3 * S, small, 50, 200),
    };

    (void)state;
    assert_string_equal(left(events, 3, 0, 10 * S), "3 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_boxes_are_left_out),
        cmocka_unit_test(what_passes_must_take_long_enough),
        cmocka_unit_test(what_stays_is_never_too_short),
        cmocka_unit_test(what_is_undone_too_soon_goes_with_what_undid_it),
        cmocka_unit_test(a_shot_that_is_over_too_soon_goes_with_both_its_cuts),
        cmocka_unit_test(an_event_undoes_only_one_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
