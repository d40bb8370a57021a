/* The choice of pictures for given events. */
#include "frames/choose.h"

#include <stdlib.h>

#include "tests/kit/check.h"

static struct sc_event event_at(double start_s, double end_s, enum sc_kind kind, struct sc_box box)
{
    int64_t start = (int64_t)(start_s * 1e6), end = (int64_t)(end_s * 1e6);
    return (struct sc_event){ .start_us = start, .peak_us = (start + end) / 2, .end_us = end,
                              .before_us = start - 40000, .after_us = end + 200000, .kind = kind, .box = box,
                              .share = box.w ? 0.02 : 1, .score = 0.9, .same_as_us = -1, .count = 1 };
}

static struct sc_changes changes_of(struct sc_event *events, int n)
{
    return (struct sc_changes){ .events = events, .n_events = n, .last_us = 20000000 };
}

static void choose(struct sc_changes *c, int max_frames)
{
    assert_int_equal(choose_frames(c, max_frames, NULL, NULL), SC_OK);
    for (int i = 1; i < c->n_frames; i++)
        assert_true(c->frames[i].time_us > c->frames[i - 1].time_us);
}

static void the_ends_are_always_in(void **state)
{
    (void)state;
    struct sc_changes c = changes_of(NULL, 0);
    choose(&c, 8);
    assert_int_equal(c.n_frames, 2);
    assert_int_equal(c.frames[0].role, SC_FIRST);
    assert_int_equal(c.frames[0].rank, 1);
    assert_int_equal(c.frames[1].role, SC_LAST);
    assert_int_equal(c.frames[1].time_us, 20000000);
    free(c.frames);
}

static void an_event_is_shown_by_its_aftermath_which_is_the_next_before(void **state)
{
    (void)state;
    const struct sc_box box = { 10, 10, 40, 40 };
    struct sc_event events[] = { event_at(4, 4, SC_APPEAR, box), event_at(10, 10, SC_DISAPPEAR, box) };
    struct sc_changes c = changes_of(events, 2);
    choose(&c, 8);
    assert_int_equal(c.n_frames, 4);
    assert_int_equal(c.frames[1].time_us, 4200000);
    assert_int_equal(c.frames[1].role, SC_AFTER);
    assert_int_equal(c.frames[1].event, 0);
    assert_string_equal(c.frames[1].reason, "after event 0: appear at 10,10");
    assert_int_equal(c.frames[2].time_us, 10200000);
    free(c.frames);
}

static void what_moves_through_is_shown_at_its_peak(void **state)
{
    (void)state;
    struct sc_event events[] = { event_at(4, 8, SC_MOVE, (struct sc_box){ 10, 10, 400, 40 }) };
    struct sc_changes c = changes_of(events, 1);
    choose(&c, 8);
    assert_int_equal(c.n_frames, 3);
    assert_int_equal(c.frames[1].role, SC_PEAK);
    assert_int_equal(c.frames[1].time_us, 6000000);
    free(c.frames);
}

static void what_is_no_change_gets_no_picture(void **state)
{
    (void)state;
    static const enum sc_kind kinds[] = { SC_FLASH, SC_CAMERA, SC_REPEATING, SC_FREEZE, SC_BLACK, SC_BLANK, SC_LIGHT };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct sc_event events[] = { event_at(4, 9, kinds[i], (struct sc_box){ 0 }) };
        struct sc_changes c = changes_of(events, 1);
        choose(&c, 8);
        assert_int_equal(c.n_frames, 2);
        free(c.frames);
    }
}

static void a_lamp_switched_on_gets_one(void **state)
{
    (void)state;
    struct sc_event events[] = { event_at(4, 4, SC_LIGHT, (struct sc_box){ 0 }) };
    struct sc_changes c = changes_of(events, 1);
    choose(&c, 8);
    assert_int_equal(c.n_frames, 3);
    free(c.frames);
}

static void one_picture_shows_two_changes_that_end_together(void **state)
{
    (void)state;
    struct sc_event events[] = { event_at(4, 4, SC_APPEAR, (struct sc_box){ 10, 10, 40, 40 }),
                                 event_at(4.1, 4.1, SC_APPEAR, (struct sc_box){ 300, 10, 40, 40 }) };
    struct sc_changes c = changes_of(events, 2);
    choose(&c, 8);
    assert_int_equal(c.n_frames, 3);
    free(c.frames);
}

static void pictures_can_be_named_by_their_times(void **state)
{
    (void)state;
    struct sc_event events[] = { event_at(4, 6, SC_APPEAR, (struct sc_box){ 10, 10, 40, 40 }) };
    struct sc_changes c = changes_of(events, 1);
    const int64_t times[] = { 12000000, 5000000, 12000000, 99000000 };

    choose(&c, 8);
    assert_int_equal(choose_moments(&c, times, 4, NULL), SC_OK);
    assert_int_equal(c.n_frames, 3);
    assert_int_equal(c.frames[0].time_us, 5000000);
    assert_int_equal(c.frames[0].event, 0);
    assert_int_equal(c.frames[0].role, SC_PEAK);
    assert_int_equal(c.frames[0].rank, 2);
    assert_int_equal(c.frames[1].time_us, 12000000);
    assert_int_equal(c.frames[1].event, -1);
    assert_int_equal(c.frames[1].role, SC_CONTEXT);
    assert_int_equal(c.frames[2].time_us, c.last_us);
    free(c.frames);
}

static void the_budget_holds_and_ranks_are_an_order(void **state)
{
    (void)state;
    struct sc_event events[15];
    for (int i = 0; i < 15; i++)
        events[i] = event_at(1 + i, 1 + i, SC_CUT, (struct sc_box){ 0 });
    for (int max = 1; max < 20; max++) {
        struct sc_changes c = changes_of(events, 15);
        int seen = 0;
        choose(&c, max);
        assert_true(c.n_frames <= max);
        for (int i = 0; i < c.n_frames; i++)
            seen |= 1 << c.frames[i].rank;
        assert_int_equal(seen, (1 << (c.n_frames + 1)) - 2);
        free(c.frames);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ends_are_always_in),
        cmocka_unit_test(an_event_is_shown_by_its_aftermath_which_is_the_next_before),
        cmocka_unit_test(what_moves_through_is_shown_at_its_peak),
        cmocka_unit_test(what_is_no_change_gets_no_picture),
        cmocka_unit_test(a_lamp_switched_on_gets_one),
        cmocka_unit_test(one_picture_shows_two_changes_that_end_together),
        cmocka_unit_test(pictures_can_be_named_by_their_times),
        cmocka_unit_test(the_budget_holds_and_ranks_are_an_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
