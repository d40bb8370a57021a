/* The times that several answers cite: which of them are the same moment, and who cites it. */
#include "fusion/moments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S 1000000

static struct sc_citation cite(int64_t time_us, int frame, int event)
{
    return (struct sc_citation){ .time_us = time_us, .frame = frame, .event = event, .known = frame >= 0 };
}

/* Two answers of one time each: are they one moment? */
static bool are_one(struct sc_citation a, struct sc_citation b)
{
    const struct cited answers[] = { { 0, &a, 1 }, { 1, &b, 1 } };
    struct sc_moment *moments = NULL;
    bool one;
    int n = 0;

    assert_int_equal(moments_find(answers, 2, &moments, &n, NULL), SC_OK);
    one = n == 1;
    assert_int_equal(moments[0].agreed, one);
    assert_int_equal(moments[0].cited_by, one ? 3 : a.time_us <= b.time_us ? 1 : 2);
    free(moments);
    return one;
}

static void times_of_one_event_or_one_picture_or_near_each_other_are_one_moment(void **state)
{
    (void)state;
    assert_true(are_one(cite(4 * S, 1, 0), cite(9 * S, 2, 0)));      /* before and after the same event */
    assert_true(are_one(cite(9 * S, 2, 0), cite(4 * S, 1, 0)));
    assert_true(are_one(cite(4 * S, 1, -1), cite(4 * S, 1, 3)));     /* the same picture */
    assert_true(are_one(cite(4 * S, -1, -1), cite(5 * S, -1, -1)));  /* written to the second */
    assert_true(are_one(cite(4 * S, -1, -1), cite(4 * S + 1, 2, 1)));
    assert_false(are_one(cite(4 * S, -1, -1), cite(5 * S + 1, -1, -1)));
    assert_false(are_one(cite(4 * S, 1, 0), cite(4 * S + 1, 2, 1))); /* two events, however near */
    assert_false(are_one(cite(0, -1, -1), cite(INT64_MAX, -1, -1)));
}

static void moments_are_by_time_and_tell_who_cites_them(void **state)
{
    const struct sc_citation a[] = { cite(20 * S, 4, 2), cite(4 * S, 1, 0) };
    const struct sc_citation b[] = { cite(4 * S, 1, 0), cite(50 * S, -1, -1), cite(20 * S + 500000, -1, -1) };
    const struct sc_citation c[] = { cite(5 * S, 2, 0) };
    const struct cited answers[] = { { 0, a, 2 }, { 2, b, 3 }, { 5, c, 1 } };
    struct sc_moment *m = NULL;
    int n = 0;

    (void)state;
    assert_int_equal(moments_find(answers, 3, &m, &n, NULL), SC_OK);
    assert_int_equal(n, 3);
    assert_int_equal(m[0].time_us, 4 * S);
    assert_int_equal(m[0].event, 0);
    assert_int_equal(m[0].cited_by, 1 | 1 << 2 | 1 << 5);
    assert_true(m[0].agreed);
    assert_int_equal(m[1].time_us, 20 * S);
    assert_int_equal(m[1].event, 2);
    assert_int_equal(m[1].cited_by, 1 | 1 << 2);
    assert_true(m[1].known);
    assert_false(m[1].agreed);
    assert_int_equal(m[2].time_us, 50 * S);
    assert_int_equal(m[2].event, -1);
    assert_int_equal(m[2].cited_by, 1 << 2);
    assert_false(m[2].known);
    free(m);
}

static void answers_without_times_have_no_moment(void **state)
{
    const struct cited answers[] = { { 0, NULL, 0 }, { 1, NULL, 0 } };
    struct sc_moment *m = NULL;
    int n = -1;

    (void)state;
    assert_int_equal(moments_find(answers, 2, &m, &n, NULL), SC_OK);
    assert_int_equal(n, 0);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_one_event_or_one_picture_or_near_each_other_are_one_moment),
        cmocka_unit_test(moments_are_by_time_and_tell_who_cites_them),
        cmocka_unit_test(answers_without_times_have_no_moment),
    };

    return cmocka_run_group_tests_name("moments", tests, NULL, NULL);
}
