/* Blocks that are hidden: what lies there makes no difference, and what does not stays as it was. */
#include "frames/mask.h"

#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#define W 320
#define H 180

/* 1280x720 as 320x180: blocks of 16 displayed pixels. */
static struct signature *picture(unsigned seed)
{
    struct signature *s = signature_new(W, H);
    int i;

    assert_non_null(s);
    s->width = 1280;
    s->height = 720;
    for (i = 0; i < s->grid_w * s->grid_h; i++)
        s->blocks[i] = (struct signature_block){ (uint16_t)(1600 + (unsigned)i * 7 % 160), 120, 130, 3, 9 };
    for (i = 0; i < W; i++)
        s->cols[i] = (uint16_t)(1600 + seed % 50);
    for (i = 0; i < H; i++)
        s->rows[i] = (uint16_t)(1600 + seed % 50);
    return s;
}

static bool is_hidden(const struct signature *s, int x, int y)
{
    return signature_is_hidden(&s->blocks[y * s->grid_w + x]);
}

static int n_hidden(const struct signature *s)
{
    int i, n = 0;

    for (i = 0; i < s->grid_w * s->grid_h; i++)
        n += signature_is_hidden(&s->blocks[i]);
    return n;
}

static struct mask *open_mask(const struct mask_settings *settings)
{
    struct mask_settings s = *settings;
    struct mask *m;

    s.width = 1280;
    s.height = 720;
    assert_int_equal(mask_open(&m, &s, NULL), SC_OK);
    return m;
}

static void nothing_to_hide_is_no_mask(void **state)
{
    struct mask_settings settings = { .width = 1280, .height = 720 };
    struct signature *s = picture(1), *copy = signature_copy(s);
    struct mask *m;

    (void)state;
    assert_int_equal(mask_open(&m, &settings, NULL), SC_OK);
    assert_null(m);
    mask_apply(m, s);
    assert_memory_equal(s->blocks, copy->blocks, (size_t)(s->grid_w * s->grid_h) * sizeof *s->blocks);
    assert_int_equal(mask_trim(m, (struct sc_box){ 1, 2, 3, 4 }).w, 3);
    mask_close(&m);
    signature_free(&s);
    signature_free(&copy);
}

static void what_an_ignored_box_touches_is_hidden(void **state)
{
    struct sc_box box = { 31, 32, 18, 16 };      /* from the last pixel of column 1 to the first of column 3 */
    struct mask *m = open_mask(&(struct mask_settings){ .ignore = &box, .n_ignore = 1 });
    struct signature *s = picture(1);

    (void)state;
    mask_apply(m, s);
    assert_int_equal(n_hidden(s), 3);
    assert_true(is_hidden(s, 1, 2) && is_hidden(s, 2, 2) && is_hidden(s, 3, 2));
    mask_close(&m);
    signature_free(&s);
}

static void only_what_the_boxes_touch_stays(void **state)
{
    struct sc_box boxes[2] = { { 0, 0, 16, 16 }, { 1264, 704, 100, 100 } };
    struct mask *m = open_mask(&(struct mask_settings){ .only = boxes, .n_only = 2 });
    struct signature *s = picture(1);

    (void)state;
    mask_apply(m, s);
    assert_int_equal(n_hidden(s), s->grid_w * s->grid_h - 2);
    assert_false(is_hidden(s, 0, 0));
    assert_false(is_hidden(s, 79, 44));
    mask_close(&m);
    signature_free(&s);
}

/* A picture of another size, black in its left half. */
static void a_picture_is_stretched_and_hides_where_it_is_black(void **state)
{
    struct signature *s = picture(1), *half = signature_new(64, 64);
    struct mask *m;
    int i;

    (void)state;
    for (i = 0; i < 16 * 16; i++)
        half->blocks[i].y = i % 16 < 8 ? 0 : 4080;
    m = open_mask(&(struct mask_settings){ .picture = half });
    mask_apply(m, s);
    assert_int_equal(n_hidden(s), 40 * 45);
    assert_true(is_hidden(s, 39, 20));
    assert_false(is_hidden(s, 40, 20));
    mask_close(&m);
    signature_free(&half);
    signature_free(&s);
}

static void with_a_crop_boxes_are_of_the_whole_picture(void **state)
{
    struct sc_box box = { 640, 360, 4, 4 };
    struct mask *m = open_mask(&(struct mask_settings){ .ignore = &box, .n_ignore = 1,
                                                        .crop = { 640, 360, 320, 180 } });
    struct signature *s = picture(1);

    (void)state;
    s->width = 320;
    s->height = 180;             /* blocks of 4 pixels */
    mask_apply(m, s);
    assert_int_equal(n_hidden(s), 1);
    assert_true(is_hidden(s, 0, 0));
    mask_close(&m);
    signature_free(&s);
}

static void what_is_hidden_makes_no_difference(void **state)
{
    struct sc_box boxes[2] = { { 100, 100, 300, 200 }, { 0, 400, 1280, 20 } };
    struct mask *m = open_mask(&(struct mask_settings){ .ignore = boxes, .n_ignore = 2 });
    struct signature *a = picture(1), *b = picture(1);
    int x, y;

    (void)state;
    for (y = 6; y < 19; y++)
        for (x = 6; x < 25; x++) {
            b->blocks[y * b->grid_w + x] = (struct signature_block){ 4080, 1, 2, 99, 255 };
            b->cols[4 * x] = 4000;
            b->rows[4 * y + 3] = 4000;
        }
    b->cols[0] = 4000;           /* the wide one crosses every column */
    mask_apply(m, a);
    mask_apply(m, b);
    assert_memory_equal(a->blocks, b->blocks, (size_t)(a->grid_w * a->grid_h) * sizeof *a->blocks);
    assert_memory_equal(a->cols, b->cols, W * sizeof *a->cols);
    assert_memory_equal(a->rows, b->rows, H * sizeof *a->rows);
    assert_int_equal(a->mean_y, b->mean_y);
    assert_int_equal(a->deviation_y, b->deviation_y);
    mask_close(&m);
    signature_free(&a);
    signature_free(&b);
}

static void what_is_not_hidden_stays_as_it_was(void **state)
{
    struct sc_box box = { 0, 0, 160, 160 };
    struct mask *m = open_mask(&(struct mask_settings){ .ignore = &box, .n_ignore = 1 });
    struct signature *s = picture(33);

    (void)state;
    mask_apply(m, s);
    assert_int_equal(s->blocks[44 * 80 + 79].texture, 3);
    assert_int_equal(s->cols[40], 1633);         /* the first column that crosses nothing hidden */
    assert_int_equal(s->rows[40], 1633);
    assert_true(s->cols[39] != 1633);
    assert_true(s->mean_y >= 1600 && s->mean_y < 1760);
    mask_close(&m);
    signature_free(&s);
}

static void everything_hidden_is_gray(void **state)
{
    struct sc_box box = { 0, 0, 5000, 5000 };
    struct mask *m = open_mask(&(struct mask_settings){ .ignore = &box, .n_ignore = 1 });
    struct signature *s = picture(1);

    (void)state;
    mask_apply(m, s);
    assert_int_equal(n_hidden(s), 80 * 45);
    assert_int_equal(s->deviation_y, 0);
    assert_int_equal(mask_trim(m, (struct sc_box){ 0, 0, 1280, 720 }).w, 0);
    mask_close(&m);
    signature_free(&s);
}

static void boxes_are_trimmed_to_what_is_visible(void **state)
{
    struct sc_box ignored = { 160, 0, 160, 720 };
    static const struct { struct sc_box box, want; } rows[] = {
        { { 100, 50, 30, 30 }, { 100, 50, 30, 30 } },   /* apart from it */
        { { 100, 50, 100, 30 }, { 100, 50, 60, 30 } },  /* reaches into it */
        { { 200, 50, 200, 30 }, { 320, 50, 80, 30 } },  /* comes out of it */
        { { 100, 50, 300, 30 }, { 100, 50, 300, 30 } }, /* on both sides of it */
        { { 200, 50, 20, 30 }, { 0, 0, 0, 0 } },        /* inside */
        { { 5000, 50, 20, 30 }, { 0, 0, 0, 0 } },
    };
    struct mask *m = open_mask(&(struct mask_settings){ .ignore = &ignored, .n_ignore = 1 });
    struct signature *s = picture(1);
    size_t i;

    (void)state;
    mask_apply(m, s);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sc_box got = mask_trim(m, rows[i].box);

        assert_memory_equal(&got, &rows[i].want, sizeof got);
    }
    mask_close(&m);
    signature_free(&s);
}

/* Pictures may change their size in the middle of a stream. */
static void it_follows_the_size_of_the_pictures(void **state)
{
    struct sc_box box = { 0, 0, 16, 16 };
    struct mask *m = open_mask(&(struct mask_settings){ .ignore = &box, .n_ignore = 1 });
    struct signature *s = picture(1), *other = signature_new(20, 20);

    (void)state;
    other->width = other->height = 40;           /* blocks of 8 displayed pixels */
    mask_apply(m, s);
    mask_apply(m, other);
    assert_int_equal(n_hidden(s), 1);
    assert_int_equal(n_hidden(other), 4);
    mask_close(&m);
    signature_free(&s);
    signature_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_hide_is_no_mask),
        cmocka_unit_test(what_an_ignored_box_touches_is_hidden),
        cmocka_unit_test(only_what_the_boxes_touch_stays),
        cmocka_unit_test(a_picture_is_stretched_and_hides_where_it_is_black),
        cmocka_unit_test(with_a_crop_boxes_are_of_the_whole_picture),
        cmocka_unit_test(what_is_hidden_makes_no_difference),
        cmocka_unit_test(what_is_not_hidden_stays_as_it_was),
        cmocka_unit_test(everything_hidden_is_gray),
        cmocka_unit_test(boxes_are_trimmed_to_what_is_visible),
        cmocka_unit_test(it_follows_the_size_of_the_pictures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
