/* frames/activity: where packets look alive, and when they say nothing. */
#include <math.h>
#include <string.h>

#include "tests/kit/check.h"

#include "frames/activity.h"

#define PICTURE_US 40000
#define MINUTE (60 * 25)

/* Packets as an encoder with pyramids of B-pictures gives them, in coding order: the ups and downs of noise, and more
 * bytes by this factor between two times. */
struct stream {
    int group;                   /* pictures from key to key */
    double key, forward, between, inner; /* bytes */
    double noise;                /* of the sizes: up to so large a part, either way */
    double from_s, to_s, more;
};

static double wobble(int i, double noise)
{
    return 1 + noise * ((double)((unsigned)i * 2654435761u >> 8 & 0xFFFF) / 32768 - 1);
}

static void add(struct activity *a, const struct stream *s, int i, int at, double bytes)
{
    const double t = at * (PICTURE_US * 1e-6);
    const bool more = t >= s->from_s && t < s->to_s;

    assert_true(activity_add(a, (int64_t)at * PICTURE_US, (int)(bytes * wobble(i, s->noise) * (more ? s->more : 1)),
                             at % s->group == 0));
}

static struct activity *run(const struct stream *s, int pictures)
{
    static const int order[] = { 4, 2, 1, 3 };
    struct activity *a = activity_new(640 * 360);

    assert_non_null(a);
    for (int i = 0; i < pictures; i += 4)
        for (int k = 0; k < 4; k++) {
            const int at = i + order[k];
            const double bytes = at % s->group == 0 ? s->key : k == 0 ? s->forward : k == 1 ? s->between : s->inner;

            add(a, s, i + k, at, bytes);
        }
    activity_judge(a);
    return a;
}

static bool is_alive(const struct activity *a, double from_s, double to_s)
{
    int64_t begin_us, end_us;

    return activity_next(a, (int64_t)(from_s * 1e6), (int64_t)(to_s * 1e6), &begin_us, &end_us);
}

static void layers_are_told_by_their_times(void **state)
{
    static const int times[] = { 0, 8, 4, 2, 1, 3, 6, 5, 7, 9, 10 }, layers[] = { 0, 1, 2, 3, 4, 4, 3, 4, 4, 1, 1 };
    struct layering l = { 0 };

    (void)state;
    for (int i = 0; i < 11; i++)
        assert_int_equal(layering_add(&l, times[i] * 40000, i == 0), layers[i]);
    assert_int_equal(layering_add(&l, 440000, true), 0);
    assert_int_equal(layering_add(&l, 480000, false), 1);
}

static void a_pyramid_of_sizes_is_quiet(void **state)
{
    const struct stream s = { .group = 600, .key = 9000, .forward = 700, .between = 150, .inner = 90, .noise = 0.5 };
    struct activity *a = run(&s, 5 * MINUTE);

    (void)state;
    assert_int_equal(activity_doubt(a), ACTIVITY_TRUSTED);
    assert_false(is_alive(a, 0, 300));
    activity_free(&a);
    assert_null(a);
}

static void two_seconds_of_larger_packets_are_found(void **state)
{
    const struct stream s = { .group = 600, .key = 9000, .forward = 700, .between = 150, .inner = 90, .noise = 0.3,
                              .from_s = 130, .to_s = 132, .more = 2.5 };
    struct activity *a = run(&s, 5 * MINUTE);
    int64_t begin_us = 0, end_us = 0;

    (void)state;
    assert_true(activity_next(a, 0, 300000000, &begin_us, &end_us));
    assert_in_range(begin_us, 125000000, 131000000);
    assert_in_range(end_us, 131500000, 137000000);
    assert_false(is_alive(a, 0, 120));
    assert_false(is_alive(a, 140, 300));
    activity_free(&a);
}

/* With short groups the first pictures are larger each time, as some encoders have it. */
static void what_is_usual_at_a_place_is_no_news(void **state)
{
    struct activity *a = activity_new(640 * 360);

    (void)state;
    for (int i = 0; i < 5 * MINUTE; i++) {
        const int place = i % 100, bytes = place == 0 ? 9000 : place < 25 ? 2400 : 600;

        assert_true(activity_add(a, (int64_t)i * PICTURE_US, (int)(bytes * wobble(i, 0.2)), place == 0));
    }
    activity_judge(a);
    assert_false(is_alive(a, 5, 300));
    activity_free(&a);
}

static void a_constant_rate_is_doubted(void **state)
{
    const struct stream s = { .group = 50, .key = 16000, .forward = 4000, .between = 4000, .inner = 4000,
                              .noise = 0.02 };
    const struct stream still = { .group = 600, .key = 9000, .forward = 40, .between = 40, .inner = 40 };
    struct activity *a = run(&s, 5 * MINUTE), *b = run(&still, 5 * MINUTE);

    (void)state;
    assert_int_equal(activity_doubt(a), ACTIVITY_FLAT);
    assert_int_equal(activity_doubt(b), ACTIVITY_TRUSTED); /* a page on which nothing happens is as even */
    activity_free(&a);
    activity_free(&b);
}

static void key_pictures_that_are_none_are_doubted(void **state)
{
    const struct stream s = { .group = 100, .key = 1000, .forward = 900, .between = 900, .inner = 900, .noise = 0.5 };
    struct activity *a = run(&s, 5 * MINUTE);

    (void)state;
    assert_int_equal(activity_doubt(a), ACTIVITY_KEYLESS);
    activity_free(&a);
}

static void pictures_that_are_all_key_pictures_are_told_by_size(void **state)
{
    const struct stream s = { .group = 1, .key = 20000, .noise = 0.1, .from_s = 100, .to_s = 104, .more = 1.5 };
    struct activity *a = run(&s, 5 * MINUTE);

    (void)state;
    assert_true(is_alive(a, 98, 106));
    assert_false(is_alive(a, 0, 90));
    activity_free(&a);
}

static void what_is_forgotten_is_not_needed(void **state)
{
    const struct stream s = { .group = 100, .key = 9000, .forward = 700, .between = 150, .inner = 90, .noise = 0.3,
                              .from_s = 1000, .to_s = 1003, .more = 3 };
    struct activity *a = run(&s, 20 * MINUTE);

    (void)state;
    activity_forget(a, 600000000);
    activity_judge(a);
    assert_true(is_alive(a, 998, 1005));
    assert_false(is_alive(a, 600, 990));
    activity_free(&a);
}

static void hostile_times_are_refused_or_harmless(void **state)
{
    struct activity *a = activity_new(0);

    (void)state;
    assert_true(activity_add(a, -5000000, -1, true));
    assert_true(activity_add(a, 0, 0, false));
    assert_false(activity_add(a, INT64_MAX, 100, false));
    assert_true(activity_add(a, 1000000, INT32_MAX, false));
    activity_judge(a);
    is_alive(a, 0, 9e12);
    activity_forget(a, INT64_MAX / 2);
    activity_judge(a);
    assert_false(is_alive(a, 0, 9e12));
    activity_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_are_told_by_their_times),
        cmocka_unit_test(a_pyramid_of_sizes_is_quiet),
        cmocka_unit_test(two_seconds_of_larger_packets_are_found),
        cmocka_unit_test(what_is_usual_at_a_place_is_no_news),
        cmocka_unit_test(a_constant_rate_is_doubted),
        cmocka_unit_test(key_pictures_that_are_none_are_doubted),
        cmocka_unit_test(pictures_that_are_all_key_pictures_are_told_by_size),
        cmocka_unit_test(what_is_forgotten_is_not_needed),
        cmocka_unit_test(hostile_times_are_refused_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
