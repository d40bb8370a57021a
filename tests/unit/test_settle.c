/* Events of a stream, told as they settle: the same as of the whole, once each, and soon; memory does not grow. */
#include <malloc.h>
#include <stdlib.h>

#include "frames/decide.h"
#include "tests/kit/check.h"
#include "tests/kit/decided.h"

struct told {
    struct sc_event events[4096];
    int64_t at_us[4096];     /* time of the picture with which it was told */
    int n;
    int64_t now_us;
};

static enum sc_status on_event(void *user, const struct sc_event *event, struct sc_error *err)
{
    struct told *t = user;

    (void)err;
    assert_in_range(t->n, 0, 4095);
    t->at_us[t->n] = t->now_us;
    t->events[t->n++] = *event;
    return SC_OK;
}

static struct decider *open_decider(enum sc_profile profile)
{
    struct decider *d = NULL;

    assert_int_equal(decide_open(&d, &(struct sc_look_settings){ .profile = profile }, NULL), SC_OK);
    return d;
}

static void add(struct decider *d, struct told *t, const struct signature *s)
{
    assert_int_equal(decide_add(d, s, NULL), SC_OK);
    t->now_us = s->time_us;
    assert_int_equal(decide_settled(d, false, on_event, t, NULL), SC_OK);
}

static void finish(struct decider **d, struct told *t)
{
    assert_int_equal(decide_settled(*d, true, on_event, t, NULL), SC_OK);
    decide_close(d);
}

static void paint_events(struct drawn *p, int i)
{
    paint_page(p);
    if (i >= 2 * RATE)
        drawn_rect(p, 900, 100, 120, 80, 60, 90, 200);
    if (i >= 4 * RATE && i < 16 * RATE)
        drawn_rect(p, 950, 400, 200, 120, 80, 170, 100);
    if (i >= 18 * RATE)
        drawn_fill(p, 30, 100, 160);
    if (i >= 21 * RATE)
        drawn_rect(p, 300, 300, 220, 160, 220, 128, 128);
}

static int by_start(const void *a, const void *b)
{
    const struct sc_event *x = a, *y = b;

    return x->start_us < y->start_us ? -1 : x->start_us > y->start_us;
}

static void a_stream_tells_what_the_whole_tells(void **state)
{
    const struct clip clip = { 32 * RATE, 0, false, paint_events };
    struct sc_changes whole = decide_clip_with(&clip, &(struct sc_look_settings){ .profile = SC_PROFILE_SCREEN });
    struct decider *d = open_decider(SC_PROFILE_SCREEN);
    struct told *t = calloc(1, sizeof *t);
    (void)state;

    for (int i = 0; i < clip.pictures; i++) {
        struct signature *s = clip_picture(&clip, i);

        add(d, t, s);
        signature_free(&s);
    }
    assert_in_range(t->n, 4, 20);
    for (int i = 0; i < t->n; i++)  /* soon */
        assert_in_range(t->at_us[i] - t->events[i].end_us, 0, DECIDE_SETTLE_US + PICTURE_US);
    finish(&d, t);
    qsort(t->events, (size_t)t->n, sizeof *t->events, by_start);
    assert_int_equal(t->n, whole.n_events);
    for (int i = 0; i < t->n; i++) {
        const struct sc_event *a = &t->events[i], *b = &whole.events[i];

        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->start_us, b->start_us);
        assert_int_equal(a->end_us, b->end_us);
        assert_int_equal(a->before_us, b->before_us);
        assert_int_equal(a->after_us, b->after_us);
        assert_int_equal(a->same_as_us, b->same_as_us);
        assert_memory_equal(&a->box, &b->box, sizeof a->box);
    }
    decided_dispose(&whole);
    free(t);
}

static void paint_cursor(struct drawn *p, int i)
{
    paint_page(p);
    if (i)
        drawn_rect(p, 1000, 400, 12, 24, 20, 128, 128);
}

/* A cursor that blinks for ever: told as repeating, once, and nothing piles up. */
static void what_repeats_is_told_once_and_memory_is_flat(void **state)
{
    const struct clip clip = { 2, 0, false, paint_cursor };
    struct signature *looks[] = { clip_picture(&clip, 0), clip_picture(&clip, 1) };
    struct decider *d = open_decider(SC_PROFILE_SCREEN);
    struct told *t = calloc(1, sizeof *t);
    size_t then = 0, now;
    int n_then = 0, repeating = 0;
    (void)state;

    /* What is older than ten minutes is forgotten. Five pictures a second, a blink each second. */
    for (int i = 0; i < 13 * 60 * 5; i++) {
        struct signature *s = looks[i / 5 % 2 && i > 10];

        s->time_us = (int64_t)i * 200000;
        add(d, t, s);
        if (i == 11 * 60 * 5) {
            then = mallinfo2().uordblks;
            n_then = t->n;
        }
    }
    now = mallinfo2().uordblks;
    for (int i = 0; i < t->n; i++)
        repeating += t->events[i].kind == SC_REPEATING;
    assert_int_equal(repeating, 1);
    assert_in_range(t->n, 1, 12);
    assert_int_equal(t->n, n_then);
    assert_in_range(now, 0, then + 65536);
    finish(&d, t);
    signature_free(&looks[0]);
    signature_free(&looks[1]);
    free(t);
}

static void nothing_comes_of_nothing(void **state)
{
    struct decider *d = open_decider(SC_PROFILE_AUTO);
    struct told *t = calloc(1, sizeof *t);
    (void)state;

    assert_int_equal(decide_settled(d, false, on_event, t, NULL), SC_OK);
    finish(&d, t);
    assert_int_equal(t->n, 0);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_tells_what_the_whole_tells),
        cmocka_unit_test(what_repeats_is_told_once_and_memory_is_flat),
        cmocka_unit_test(nothing_comes_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
