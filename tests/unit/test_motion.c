/* The camera's motion between two grids: found, undone, and what does not follow it. */
#include <math.h>
#include <stdlib.h>

#include "frames/motion.h"
#include "tests/kit/check.h"

#define W 80
#define H 45

static struct grid *new_grid(void)
{
    struct grid *g = calloc(1, sizeof *g);
    assert_non_null(g);
    g->w = W;
    g->h = H;
    return g;
}

/* Hills of some blocks' width. */
static double ground(double x, double y)
{
    return 120 + 30 * sin(0.55 * x + 0.3 * y) + 25 * cos(0.7 * y - 0.2 * x) + 20 * sin(0.11 * x * y / 10 + x / 3);
}

/* The ground as it looks after the motion. */
static struct grid *draw(const struct motion *m, double light)
{
    struct grid *g = new_grid();
    for (int i = 0; i < W * H; i++) {
        double dx, dy;
        motion_at(m, g, i % W, i / W, &dx, &dy);
        g->y[i] = (float)(ground(i % W - dx, i / W - dy) + light);
        g->u[i] = g->v[i] = 128;
        g->texture[i] = 5;
    }
    return g;
}

static const struct motion none = { 0 }, hand = { .dx = 1.7, .dy = -0.6, .zoom = 0.03, .turn = 0.02 };

static void assert_motion(const struct motion *a, const struct motion *b, double by)
{
    assert_true(fabs(a->dx - b->dx) < by && fabs(a->dy - b->dy) < by);
    assert_true(fabs(a->zoom - b->zoom) < by / 20 && fabs(a->turn - b->turn) < by / 20);
}

static void a_motion_is_found_whatever_the_light(void **state)
{
    (void)state;
    struct grid *a = draw(&none, 0), *b = draw(&hand, 12);
    struct motion found = motion_fit(a, b, &none, 1);
    assert_motion(&found, &hand, 0.1);
    free(a);
    free(b);
}

static void a_far_one_is_found_from_a_guess_that_is_near(void **state)
{
    (void)state;
    const struct motion far = { .dx = -9, .dy = 3.4 }, guess[] = { none, { .dx = -8.5, .dy = 3 } };
    struct grid *a = draw(&none, 0), *b = draw(&far, 0);
    struct motion found = motion_fit(a, b, guess, 2);
    assert_motion(&found, &far, 0.1);
    free(a);
    free(b);
}

static void there_and_back_is_nowhere(void **state)
{
    (void)state;
    struct motion back = motion_back(&hand), there = motion_then(&hand, &back);
    assert_motion(&there, &none, 1e-9);
    struct motion twice = motion_then(&hand, &hand);
    struct grid *g = new_grid();
    double dx, dy, ex, ey;
    motion_at(&twice, g, 50, 20, &dx, &dy);
    motion_at(&hand, g, 50, 20, &ex, &ey);
    double x = 50 - ex, y = 20 - ey;
    motion_at(&hand, g, x, y, &ex, &ey);
    assert_true(fabs(50 - dx - (x - ex)) < 1e-9 && fabs(20 - dy - (y - ey)) < 1e-9);
    free(g);
}

static void what_does_not_follow_it_is_away_and_what_is_new_is_unseen(void **state)
{
    (void)state;
    struct motion m = { .dx = -5 };
    struct grid *a = draw(&none, 0), *b = draw(&m, 8);
    uint8_t *away = malloc(DIFFERENCE_MAX_BLOCKS);
    int n = 0, unseen = 0;
    assert_non_null(away);
    for (int y = 20; y < 24; y++)
        for (int x = 30; x < 36; x++)
            b->u[y * W + x] = 160;
    motion_compare(a, b, &m, away);
    assert_true(m.holds);
    for (int i = 0; i < W * H; i++) {
        bool inside = i % W >= 30 && i % W < 36 && i / W >= 20 && i / W < 24;
        unseen += away[i] == MOTION_UNSEEN && i % W >= W - 5;
        n += away[i] != MOTION_UNSEEN && away[i] >= MOTION_SCALE;
        assert_true(!inside || away[i] >= MOTION_SCALE);
    }
    assert_int_equal(n, 24);
    assert_int_equal(unseen, 5 * H);
    free(away);
    free(a);
    free(b);
}

static void a_wrong_motion_does_not_hold(void **state)
{
    (void)state;
    struct motion wrong = { .dx = 6, .dy = -4 };
    struct grid *a = draw(&none, 0), *b = draw(&hand, 0);
    uint8_t *away = malloc(DIFFERENCE_MAX_BLOCKS);
    assert_non_null(away);
    motion_compare(a, b, &wrong, away);
    assert_false(wrong.holds);
    free(away);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_motion_is_found_whatever_the_light),
        cmocka_unit_test(a_far_one_is_found_from_a_guess_that_is_near),
        cmocka_unit_test(there_and_back_is_nowhere),
        cmocka_unit_test(what_does_not_follow_it_is_away_and_what_is_new_is_unseen),
        cmocka_unit_test(a_wrong_motion_does_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
