/* Who comes in or leaves where something moves all the time. */
#include <math.h>
#include <stdlib.h>

#include "tests/kit/check.h"
#include "tests/kit/decided.h"

static void walker(struct drawn *p, double x, double y)
{
    drawn_rect(p, x, y, 44, 150, 25, 120, 140);
    drawn_rect(p, x + 8, y - 36, 28, 36, 190, 110, 150);
}

static void busy_scene(struct drawn *p, int i)
{
    double s = (double)i / RATE;
    drawn_texture(p, 4);
    walker(p, 600 + 200 * sin(s), 200 + 20 * cos(1.7 * s));
    drawn_noise(p, 3, (uint32_t)i);
}

/* Comes in from the right at 5 s, stays with the other for a while, and leaves to the left at 11 s. */
static void paint_coming_and_going(struct drawn *p, int i)
{
    double s = (double)i / RATE, x = s < 7.5 ? 1280 - 240 * (s - 4.9) : 656;
    busy_scene(p, i);
    walker(p, s < 8 ? x : 656 - 240 * (s - 8), 240);
}

static const struct sc_event *near_border(const struct sc_changes *c, int64_t at_us, bool left)
{
    for (int i = 0; i < c->n_events; i++) {
        const struct sc_event *e = &c->events[i];
        if (e->kind == SC_MOVE && e->start_us < at_us + 600000 && e->end_us > at_us - 600000 && e->box.w < 200 &&
            (left ? e->box.x == 0 : e->box.x + e->box.w == 1280))
            return e;
    }
    return NULL;
}

static void who_comes_in_and_who_leaves_is_told_amid_others(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 20 * RATE, 0, false, paint_coming_and_going }, 0);
    const struct sc_event *in = near_border(&c, 5000000, false), *out = near_border(&c, 10700000, true);
    assert_non_null(in);
    assert_non_null(out);
    assert_true(in->dx < 0 && out->dx < 0);
    assert_true(decided_shows(&c, in->start_us, in->end_us + 1));
    assert_true(decided_shows(&c, out->start_us, out->end_us + 1));
    decided_dispose(&c);
}

static void who_stays_in_the_middle_crosses_nothing(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 16 * RATE, 0, false, busy_scene }, 0);
    for (int i = 0; i < c.n_events; i++)
        assert_true(c.events[i].box.x > 0 && c.events[i].box.x + c.events[i].box.w < 1280);
    decided_dispose(&c);
}

static void paint_sleeve(struct drawn *p, int i)
{
    double s = (double)i / RATE;
    busy_scene(p, i);
    drawn_rect(p, 1240 + 30 * sin(5 * s), 300, 80, 90, 60, 140, 120);
}

static void a_sleeve_at_the_border_neither_comes_nor_goes(void **state)
{
    (void)state;
    struct sc_changes c = decide_clip(&(struct clip){ 16 * RATE, 0, false, paint_sleeve }, 0);
    assert_null(near_border(&c, 8000000, false));
    decided_dispose(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_in_and_who_leaves_is_told_amid_others),
        cmocka_unit_test(who_stays_in_the_middle_crosses_nothing),
        cmocka_unit_test(a_sleeve_at_the_border_neither_comes_nor_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
