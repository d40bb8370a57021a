/* Rough boxes made exact on the pictures themselves, by a real worker. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"
#include "tests/kit/media.h"

#include "worker/worker.h"

#define W 1280
#define H 720
#define N_PICTURES 150
#define TICK_US 40000

static const struct sc_box square = { 301, 203, 37, 21 };   /* there from picture 50 on */
static const struct sc_box blink = { 905, 405, 30, 30 };    /* there in pictures 100 to 102 */

static const struct sc_box rough_square = { 288, 192, 64, 48 }, rough_blink = { 896, 400, 48, 48 };

static void draw(const char *path)
{
    struct media *m = media_open(path, W, H, &(struct media_options){ .codec = "mpeg4", .encoder_options = "g=25" });
    int i;

    for (i = 0; i < N_PICTURES; i++) {
        media_fill(m, 0xC0C0C0);
        media_rect(m, 640, 100, 300, 200, 0x606060);
        if (i >= 50)
            media_rect(m, square.x, square.y, square.w, square.h, 0x203060);
        if (i >= 100 && i < 103)
            media_rect(m, blink.x, blink.y, blink.w, blink.h, 0x208020);
        media_write(m);
    }
    media_close(&m);
}

static bool about(struct sc_box got, struct sc_box want)
{
    const int off = 8;           /* what a block of the codec smears */

    return got.x <= want.x && got.y <= want.y && got.x + got.w >= want.x + want.w &&
           got.y + got.h >= want.y + want.h && got.x >= want.x - off && got.y >= want.y - off &&
           got.x + got.w <= want.x + want.w + off && got.y + got.h <= want.y + want.h + off;
}

static bool same(struct sc_box a, struct sc_box b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

static struct worker *start(void)
{
    struct worker_settings settings = { 0 };
    struct sc_source source = { .path = "refine.avi" };
    struct sc_info info;
    struct worker *w;

    assert_int_equal(worker_open(&w, &settings, NULL), SC_OK);
    assert_int_equal(worker_open_input(w, 0, &source, &info, NULL), SC_OK);
    sc_info_dispose(&info);
    return w;
}

static const struct rough_box both[2] = {
    { 99 * TICK_US, 101 * TICK_US, 110 * TICK_US, { 896, 400, 48, 48 } },
    { 49 * TICK_US, 50 * TICK_US, 60 * TICK_US, { 288, 192, 64, 48 } },
};

static void boxes_become_exact(void **state)
{
    struct refine_settings settings = { .max_pictures = 5000 };
    struct rough_box items[2] = { both[0], both[1] };
    double shares[2] = { 0.5, 0.5 };
    struct worker *w = start();

    (void)state;
    assert_int_equal(worker_refine(w, 0, &settings, items, shares, 2, NULL), SC_OK);
    assert_true(about(items[0].box, blink));    /* by its peak: it has gone again */
    assert_true(about(items[1].box, square));
    assert_true(shares[1] > 0.0002 && shares[1] < 0.005);
    worker_close(&w);
}

static void what_comes_first_in_the_list_comes_first(void **state)
{
    struct refine_settings settings = { .max_pictures = 60 };    /* enough for one */
    struct rough_box items[2] = { both[0], both[1] };
    double shares[2] = { 0.5, 0.5 };
    struct worker *w = start();

    (void)state;
    assert_int_equal(worker_refine(w, 0, &settings, items, shares, 2, NULL), SC_OK);
    assert_true(about(items[0].box, blink));
    assert_true(same(items[1].box, rough_square));
    assert_true(shares[1] == 0.5);
    settings.max_pictures = 0;
    items[0] = both[0];
    assert_int_equal(worker_refine(w, 0, &settings, items, shares, 2, NULL), SC_OK);
    assert_true(same(items[0].box, rough_blink));
    worker_close(&w);
}

static void a_box_where_nothing_differs_stays(void **state)
{
    static const struct sc_box rows[] = {
        { 96, 96, 64, 64 },
        { 5000, 5000, 64, 64 },          /* outside the picture */
        { -500, -500, 64, 64 },
        { 0, 0, 0, 0 },
    };
    struct refine_settings settings = { .max_pictures = 5000 };
    struct worker *w = start();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rough_box item = { both[1].before_us, both[1].peak_us, both[1].after_us, rows[i] };
        double share = 0.5;

        assert_int_equal(worker_refine(w, 0, &settings, &item, &share, 1, NULL), SC_OK);
        assert_true(same(item.box, rows[i]));
    }
    worker_close(&w);
}

static void it_stays_inside_the_crop(void **state)
{
    struct refine_settings settings = { .max_pictures = 5000, .crop = { 310, 190, 400, 300 } };
    struct rough_box item = both[1];
    double share = 0.5;
    struct worker *w = start();

    (void)state;
    assert_int_equal(worker_refine(w, 0, &settings, &item, &share, 1, NULL), SC_OK);
    assert_int_equal(item.box.x, 310);
    assert_true(item.box.x + item.box.w >= square.x + square.w);
    worker_close(&w);
}

/* Many boxes at once, more than pictures may be held: some stay rough, none is lost, the result is the same again. */
static void many_boxes_do_not_need_much_memory(void **state)
{
    enum { N = 120 };
    struct refine_settings settings = { .max_pictures = 5000 };
    struct rough_box items[2][N];
    double shares[2][N];
    struct worker *w = start();
    int run, i, n_exact = 0;

    (void)state;
    for (run = 0; run < 2; run++) {
        for (i = 0; i < N; i++) {
            items[run][i] = (struct rough_box){ (i % 45) * TICK_US, (52 + i % 40) * TICK_US,
                                                (60 + i % 80) * TICK_US, rough_square };
            shares[run][i] = 0.5;
        }
        items[run][0] = both[1];
        assert_int_equal(worker_refine(w, 0, &settings, items[run], shares[run], N, NULL), SC_OK);
    }
    for (i = 0; i < N; i++) {
        assert_true(same(items[0][i].box, items[1][i].box));
        assert_true(same(items[0][i].box, rough_square) || about(items[0][i].box, square));
        n_exact += !same(items[0][i].box, rough_square);
    }
    assert_true(n_exact >= 8 && n_exact < N);
    assert_true(about(items[0][0].box, square));
    worker_close(&w);
}

static void times_that_do_not_ascend_are_refused(void **state)
{
    struct refine_settings settings = { .max_pictures = 5000 };
    struct rough_box item = { 5, 4, 6, { 0, 0, 8, 8 } };
    double share = 0;
    struct worker *w = start();

    (void)state;
    assert_int_equal(worker_refine(w, 0, &settings, &item, &share, 1, NULL), SC_ERR_INVALID);
    worker_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_become_exact),
        cmocka_unit_test(what_comes_first_in_the_list_comes_first),
        cmocka_unit_test(a_box_where_nothing_differs_stays),
        cmocka_unit_test(it_stays_inside_the_crop),
        cmocka_unit_test(many_boxes_do_not_need_much_memory),
        cmocka_unit_test(times_that_do_not_ascend_are_refused),
    };

    draw("refine.avi");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
