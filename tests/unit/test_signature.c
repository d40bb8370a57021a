/* Signatures as values: nothing is lost on the way, nothing malformed comes in. */
#include "frames/signature.h"

#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

static struct signature *example(int small_w, int small_h)
{
    struct signature *s = signature_new(small_w, small_h);
    int i;

    assert_non_null(s);
    s->time_us = -5000000000;
    s->flags = 5;
    s->packet_bytes = 1234;
    s->width = small_w * 3;
    s->height = small_h * 3;
    s->mean_y = 2000;
    s->deviation_y = 333;
    for (i = 0; i < s->grid_w * s->grid_h; i++)
        s->blocks[i] = (struct signature_block){ (uint16_t)(i * 7 % 4081), (uint8_t)i, (uint8_t)(i * 3),
                                                 (uint8_t)(i * 5), (uint8_t)(i * 11) };
    for (i = 0; i < small_w; i++)
        s->cols[i] = (uint16_t)(i * 13 % 4081);
    for (i = 0; i < small_h; i++)
        s->rows[i] = (uint16_t)(i * 17 % 4081);
    return s;
}

static struct buffer packed(const struct signature *s)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b };

    signature_pack(s, &p);
    assert_int_equal(p.status, SC_OK);
    return b;
}

static void assert_same(const struct signature *a, const struct signature *b)
{
    struct buffer x = packed(a), y = packed(b);

    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.data, y.data, x.size);
    buffer_dispose(&x);
    buffer_dispose(&y);
}

static void has_room_for_its_grid(void **state)
{
    static const struct { int w, h, grid_w, grid_h; } rows[] = {
        { 320, 180, 80, 45 }, { 1, 1, 1, 1 }, { 5, 4, 2, 1 }, { 179, 320, 45, 80 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct signature *s = example(rows[i].w, rows[i].h);

        assert_int_equal(s->grid_w, rows[i].grid_w);
        assert_int_equal(s->grid_h, rows[i].grid_h);
        signature_free(&s);
        assert_null(s);
    }
}

static void refuses_sizes_out_of_range(void **state)
{
    (void)state;
    assert_null(signature_new(0, 10));
    assert_null(signature_new(10, -1));
    assert_null(signature_new(321, 10));
    assert_null(signature_new(10, 321));
}

static void comes_back_as_it_was_packed(void **state)
{
    struct signature *s = example(317, 45), *back;
    struct buffer b = packed(s);
    struct unpacker u = { b.data, b.size, 0, false };

    (void)state;
    back = signature_unpack(&u);
    assert_non_null(back);
    assert_false(u.failed);
    assert_int_equal(u.at, b.size);
    assert_int_equal(back->time_us, -5000000000);
    assert_int_equal(back->width, 951);
    assert_int_equal(back->blocks[7].v, 21);
    assert_int_equal(back->rows[44], s->rows[44]);
    assert_same(s, back);
    buffer_dispose(&b);
    signature_free(&s);
    signature_free(&back);
}

static void copies_share_nothing(void **state)
{
    struct signature *s = example(64, 36), *copy = signature_copy(s);

    (void)state;
    assert_same(s, copy);
    s->blocks[0].y ^= 1;
    s->cols[3] ^= 1;
    assert_int_not_equal(copy->blocks[0].y, s->blocks[0].y);
    assert_int_not_equal(copy->cols[3], s->cols[3]);
    signature_free(&s);
    signature_free(&copy);
}

static void refuses_every_truncation(void **state)
{
    struct signature *s = example(20, 12);
    struct buffer b = packed(s);
    size_t size;

    (void)state;
    for (size = 0; size < b.size; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        struct unpacker u = { exact, size, 0, false };

        memcpy(exact, b.data, size);
        assert_null(signature_unpack(&u));
        assert_true(u.failed);
        free(exact);
    }
    buffer_dispose(&b);
    signature_free(&s);
}

static void refuses_lies(void **state)
{
    /* offset and value of one changed 16-bit word, high byte included */
    static const struct { size_t at; uint16_t value; const char *what; } rows[] = {
        { 0, 2, "another version" },
        { 15, 0x8000, "negative packet size" },
        { 19, 0x8000, "negative width" },
        { 17, 0x0000, "width 0" },
        { 25, 0, "no small column" },
        { 25, 321, "too many small columns" },
        { 27, 0xFFFF, "too many small rows" },
        { 29, 4081, "mean over white" },
        { 31, 0xFFFF, "deviation over white" },
        { 33, 4081, "block over white" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct signature *s = example(20, 12), *back;
        struct buffer b;
        struct unpacker u = { 0 };

        s->width = 60;
        b = packed(s);
        b.data[rows[i].at] = (uint8_t)rows[i].value;
        b.data[rows[i].at + 1] = (uint8_t)(rows[i].value >> 8);
        u.data = b.data;
        u.size = b.size;
        back = signature_unpack(&u);
        if (back || !u.failed)
            fail_msg("took %s", rows[i].what);
        buffer_dispose(&b);
        signature_free(&s);
    }
}

static void boxes_tile_the_picture(void **state)
{
    struct signature *s = signature_new(320, 179);
    struct sc_box a, b, all;

    (void)state;
    s->width = 1921;
    s->height = 1073;
    all = signature_to_box(s, 0, 0, s->grid_w, s->grid_h);
    assert_int_equal(all.x, 0);
    assert_int_equal(all.y, 0);
    assert_int_equal(all.w, 1921);
    assert_int_equal(all.h, 1073);
    a = signature_to_box(s, 3, 5, 4, 6);
    b = signature_to_box(s, 4, 6, 80, 45);
    assert_int_equal(a.x + a.w, b.x);
    assert_int_equal(a.y + a.h, b.y);
    assert_int_equal(b.x + b.w, 1921);
    assert_int_equal(b.y + b.h, 1073);
    assert_in_range(a.w, 24, 25);
    signature_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_room_for_its_grid),
        cmocka_unit_test(refuses_sizes_out_of_range),
        cmocka_unit_test(comes_back_as_it_was_packed),
        cmocka_unit_test(copies_share_nothing),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_lies),
        cmocka_unit_test(boxes_tile_the_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
