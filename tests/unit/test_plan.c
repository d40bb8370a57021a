/* Render plans as values: nothing is lost on the way, nothing malformed comes in. */
#include "frames/plan.h"

#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

static const struct sc_box no_box = { 0 };

static struct plan example(void)
{
    struct plan p = { 0 };
    struct plan_image *i = plan_add_image(&p, 640, 360);
    struct plan_mark *m;

    assert_non_null(i);
    i->format = SC_PNG;
    i->background_rgb = 0x102030;
    assert_non_null(plan_add_placement(i, 40000, no_box, (struct sc_box){ 0, 0, 320, 360 }));
    assert_non_null(plan_add_placement(i, 80000, (struct sc_box){ 5, 6, 7, 8 }, (struct sc_box){ 320, 0, 320, 360 }));
    m = plan_add_mark(i, (struct sc_box){ 10, 20, 30, 40 }, "00:01.000");
    assert_non_null(m);
    m->rgb = 0xFF8000;
    m->thickness = 3;
    m->text_size = 18;
    i = plan_add_image(&p, 16, 16);
    i->quality = 75;
    i->full_chroma = true;
    return p;
}

static struct buffer packed(const struct plan *p)
{
    struct buffer b = { 0 };
    struct packer out = { .out = &b };

    plan_pack(p, &out);
    assert_int_equal(out.status, SC_OK);
    return b;
}

static void comes_back_as_it_was_packed(void **state)
{
    struct plan p = example(), back = { 0 };
    struct buffer a = packed(&p), b;
    struct unpacker u = { a.data, a.size, 0, false };

    (void)state;
    assert_int_equal(plan_unpack(&back, &u, NULL), SC_OK);
    assert_int_equal(u.at, a.size);
    assert_int_equal(back.n_images, 2);
    assert_int_equal(back.images[0].n_placements, 2);
    assert_int_equal(back.images[0].placements[1].crop.h, 8);
    assert_int_equal(back.images[0].marks[0].rgb, 0xFF8000);
    assert_string_equal(back.images[0].marks[0].text, "00:01.000");
    assert_true(back.images[1].full_chroma);
    b = packed(&back);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    buffer_dispose(&a);
    buffer_dispose(&b);
    plan_dispose(&p);
    plan_dispose(&back);
}

static void an_empty_plan_is_fine(void **state)
{
    struct plan p = { 0 }, back;
    struct buffer a = packed(&p);
    struct unpacker u = { a.data, a.size, 0, false };

    (void)state;
    assert_int_equal(plan_unpack(&back, &u, NULL), SC_OK);
    assert_int_equal(back.n_images, 0);
    buffer_dispose(&a);
}

static void refuses_every_truncation(void **state)
{
    struct plan p = example(), back;
    struct buffer a = packed(&p);
    struct sc_error err = { 0 };
    size_t size;

    (void)state;
    for (size = 0; size < a.size; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        struct unpacker u = { exact, size, 0, false };

        memcpy(exact, a.data, size);
        assert_int_equal(plan_unpack(&back, &u, &err), SC_ERR_FORMAT);
        assert_true(u.failed);
        assert_null(back.images);
        free(exact);
    }
    buffer_dispose(&a);
    plan_dispose(&p);
}

static void set_size(struct plan *p) { p->images[0].width = 0; }
static void set_format(struct plan *p) { p->images[0].format = (enum sc_image_format)7; }
static void set_quality(struct plan *p) { p->images[1].quality = 0; }
static void set_dest_off(struct plan *p) { p->images[0].placements[0].dest.x = 321; }
static void set_dest_empty(struct plan *p) { p->images[0].placements[0].dest.w = 0; }
static void set_dest_huge(struct plan *p) { p->images[0].placements[0].dest.w = INT32_MAX; }
static void set_crop_negative(struct plan *p) { p->images[0].placements[1].crop.w = -1; }
static void set_mark_far(struct plan *p) { p->images[0].marks[0].box.x = INT32_MIN; }
static void set_mark_thick(struct plan *p) { p->images[0].marks[0].thickness = INT32_MAX; }
static void set_text_huge(struct plan *p) { p->images[0].marks[0].text_size = INT32_MAX; }

static void refuses_lies(void **state)
{
    static void (*const lies[])(struct plan *) = {
        set_size, set_format, set_quality, set_dest_off, set_dest_empty, set_dest_huge, set_crop_negative,
        set_mark_far, set_mark_thick, set_text_huge,
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct plan p = example(), back;
        struct buffer a;
        struct unpacker u = { 0 };

        lies[i](&p);
        a = packed(&p);
        u.data = a.data;
        u.size = a.size;
        if (plan_unpack(&back, &u, NULL) != SC_ERR_FORMAT)
            fail_msg("took lie %zu", i);
        buffer_dispose(&a);
        plan_dispose(&p);
    }
}

static void a_count_without_items_allocates_nothing(void **state)
{
    static const uint8_t bytes[] = { PLAN_VERSION, 0xFF, 0x0F, 0, 0 };
    struct unpacker u = { bytes, sizeof bytes, 0, false };
    struct sc_error err = { 0 };
    struct plan p;

    (void)state;
    assert_int_equal(plan_unpack(&p, &u, &err), SC_ERR_FORMAT);
    assert_string_equal(err.text, "render plan holds a wrong number of images");
}

static void stops_at_its_maxima(void **state)
{
    struct plan p = { 0 };
    struct plan_image *i = plan_add_image(&p, 8, 8);
    int n;

    (void)state;
    assert_null(plan_add_image(&p, 0, 8));
    assert_null(plan_add_image(&p, 8, PLAN_MAX_SIDE + 1));
    for (n = 0; n < PLAN_MAX_PLACEMENTS; n++)
        assert_non_null(plan_add_placement(i, n, no_box, no_box));
    assert_null(plan_add_placement(i, n, no_box, no_box));
    assert_int_equal(i->n_placements, PLAN_MAX_PLACEMENTS);
    assert_int_equal(i->placements[777].time_us, 777);
    plan_dispose(&p);
    assert_null(p.images);
}

static void long_mark_text_is_cut(void **state)
{
    struct plan p = { 0 };
    struct plan_image *i = plan_add_image(&p, 8, 8);
    char text[200];
    struct plan_mark *m;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    m = plan_add_mark(i, no_box, text);
    assert_int_equal(strlen(m->text), sizeof m->text - 1);
    plan_dispose(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was_packed),
        cmocka_unit_test(an_empty_plan_is_fine),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_lies),
        cmocka_unit_test(a_count_without_items_allocates_nothing),
        cmocka_unit_test(stops_at_its_maxima),
        cmocka_unit_test(long_mark_text_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
