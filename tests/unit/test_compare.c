/* Pairs of pictures whose difference is known: drawn here, and real ones with labels. */
#include "frames/pixels/compare.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>

#include "decode/decode.h"
#include "tests/kit/check.h"
#include "tests/kit/list.h"

static const struct sc_box whole = { 0 };

/* A picture with planes of its own. */
static struct picture blank(enum AVPixelFormat format, int w, int h)
{
    struct picture p = { .av = av_frame_alloc(), .width = w, .height = h };

    p.av->format = format;
    p.av->width = w;
    p.av->height = h;
    p.av->color_range = AVCOL_RANGE_JPEG;
    p.av->colorspace = AVCOL_SPC_SMPTE170M;
    assert_int_equal(av_frame_get_buffer(p.av, 0), 0);
    return p;
}

static void set_pixel(struct picture *p, int x, int y, int luma, int u, int v)
{
    p->av->data[0][y * p->av->linesize[0] + x] = (uint8_t)(luma < 0 ? 0 : luma > 255 ? 255 : luma);
    p->av->data[1][y * p->av->linesize[1] + x] = (uint8_t)u;
    p->av->data[2][y * p->av->linesize[2] + x] = (uint8_t)v;
}

static unsigned noise(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 24;
}

/* Something like a photograph: slopes, waves and edges in a plane without end, and noise. */
static int scene(int x, int y)
{
    return (int)(120 + 50 * sin(x * 0.031) * cos(y * 0.023) + 30 * sin((x + 2 * y) * 0.11) +
                 ((x / 47 + y / 31) % 3 - 1) * 22);
}

static struct picture photograph(int w, int h, int dx, int dy, double gain, double offset, int amplitude,
                                 unsigned seed)
{
    struct picture p = blank(AV_PIX_FMT_YUV444P, w, h);
    int x, y;

    for (y = 0; y < h; y++)
        for (x = 0; x < w; x++) {
            const int grain = amplitude ? (int)(noise(&seed) % (unsigned)(2 * amplitude + 1)) - amplitude : 0;

            set_pixel(&p, x, y, (int)(scene(x - dx, y - dy) * gain + offset) + grain, 110, 140);
        }
    return p;
}

static struct picture page(int w, int h)
{
    struct picture p = blank(AV_PIX_FMT_YUV444P, w, h);
    int x, y;

    for (y = 0; y < h; y++)
        for (x = 0; x < w; x++)
            set_pixel(&p, x, y, y < 60 ? 60 : 245, 128, 128);
    return p;
}

static void rectangle(struct picture *p, int x0, int y0, int w, int h, int luma, int u, int v)
{
    int x, y;

    for (y = y0; y < y0 + h; y++)
        for (x = x0; x < x0 + w; x++)
            set_pixel(p, x, y, luma, u, v);
}

static struct sc_comparison compared(const struct picture *a, const struct picture *b, struct sc_box within)
{
    struct compare_settings settings = { .within = within };
    struct sc_comparison c;
    struct sc_error err = { 0 };

    if (compare_pictures(a, b, &settings, &c, &err))
        fail_msg("%s", err.text);
    return c;
}

static void assert_box(struct sc_box box, int x, int y, int w, int h, int near)
{
    if (abs(box.x - x) > near || abs(box.y - y) > near || abs(box.x + box.w - x - w) > near ||
        abs(box.y + box.h - y - h) > near)
        fail_msg("box %d,%d,%d,%d instead of %d,%d,%d,%d", box.x, box.y, box.w, box.h, x, y, w, h);
}

static void the_same_samples_are_identical(void **state)
{
    struct picture a = photograph(320, 180, 0, 0, 1, 0, 3, 1), b = photograph(320, 180, 0, 0, 1, 0, 3, 1);
    struct sc_comparison c = compared(&a, &b, whole);

    (void)state;
    assert_true(c.identical);
    assert_false(c.changed);
    assert_int_equal(c.n_regions, 0);
    sc_comparison_dispose(&c);
    b.av->data[2][179 * b.av->linesize[2] + 319] ^= 1;
    c = compared(&a, &b, whole);
    assert_false(c.identical);
    assert_false(c.changed);
    sc_comparison_dispose(&c);
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

static void a_small_square_is_found_to_the_pixel(void **state)
{
    static const struct { int x, y; bool photo; int luma, u, v; } rows[] = {
        { 400, 300, false, 90, 90, 160 }, { 403, 301, false, 90, 90, 160 }, { 0, 100, false, 90, 128, 128 },
        { 1256, 696, false, 90, 128, 128 }, { 77, 333, false, 225, 128, 128 }, { 601, 333, true, 240, 110, 140 },
        { 601, 333, true, 20, 110, 140 }, { 200, 205, false, 245, 90, 160 }, /* a hue of equal luma */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture a = rows[i].photo ? photograph(1280, 720, 0, 0, 1, 0, 2, 1) : page(1280, 720);
        struct picture b = rows[i].photo ? photograph(1280, 720, 0, 0, 1, 0, 2, 9) : page(1280, 720);
        struct sc_comparison c;

        rectangle(&b, rows[i].x, rows[i].y, 24, 24, rows[i].luma, rows[i].u, rows[i].v);
        c = compared(&a, &b, whole);
        if (c.n_regions != 1)
            fail_msg("row %zu: %d regions", i, c.n_regions);
        assert_box(c.regions[0].box, rows[i].x, rows[i].y, 24, 24, 1);
        assert_int_equal(c.regions[0].kind, SC_APPEAR);
        assert_in_range(c.regions[0].yuv_after[0], rows[i].luma - 2, rows[i].luma + 2);
        assert_in_range(c.regions[0].yuv_after[1], rows[i].u - 2, rows[i].u + 2);
        assert_true(c.score > 0.4 && c.score <= 1);
        assert_true(fabs(c.share - 576.0 / (1280 * 720)) < 0.0002);
        sc_comparison_dispose(&c);
        c = compared(&b, &a, whole);
        assert_int_equal(c.n_regions, 1);
        assert_int_equal(c.regions[0].kind, SC_DISAPPEAR);
        sc_comparison_dispose(&c);
        av_frame_free(&a.av);
        av_frame_free(&b.av);
    }
}

static void light_is_no_change_and_is_told(void **state)
{
    static const struct { double gain, offset; } rows[] = { { 0.7, 10 }, { 1.2, -12 }, { 1, 15 }, { 0.5, 0 } };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture a = photograph(640, 360, 0, 0, 1, 0, 2, 1);
        struct picture b = photograph(640, 360, 0, 0, rows[i].gain, rows[i].offset, 2, 7);
        struct sc_comparison c = compared(&a, &b, whole);

        if (c.changed)
            fail_msg("row %zu: changed", i);
        assert_true(fabs(c.light_gain - rows[i].gain) < 0.03);
        assert_true(fabs(c.light_offset - rows[i].offset) < 4);
        sc_comparison_dispose(&c);
        av_frame_free(&a.av);
        av_frame_free(&b.av);
    }
}

static void a_change_is_found_under_other_light(void **state)
{
    struct picture a = photograph(640, 360, 0, 0, 1, 0, 2, 1), b = photograph(640, 360, 0, 0, 0.7, 10, 2, 7);
    struct sc_comparison c;

    (void)state;
    rectangle(&b, 300, 150, 40, 30, 220, 110, 140);
    c = compared(&a, &b, whole);
    assert_int_equal(c.n_regions, 1);
    assert_box(c.regions[0].box, 300, 150, 40, 30, 2);
    assert_true(fabs(c.light_gain - 0.7) < 0.03);
    sc_comparison_dispose(&c);
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

static void a_button_that_turns_bright_is_no_light(void **state)
{
    struct picture a = page(640, 360), b = page(640, 360);
    struct sc_comparison c;

    (void)state;
    rectangle(&a, 0, 60, 400, 300, 40, 128, 128);
    rectangle(&b, 0, 60, 400, 300, 200, 128, 128);
    c = compared(&a, &b, whole);
    assert_true(c.changed);
    assert_box(c.regions[0].box, 0, 60, 400, 300, 1);
    sc_comparison_dispose(&c);
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

/* White that stays white while the page around it goes dark, and comes back. */
static void a_white_dialog_is_found_whichever_way_the_light_goes(void **state)
{
    static const int tones[] = { 40, 90, 130, 170, 210 };
    struct picture a = page(640, 360), b = page(640, 360);
    int k, way;

    (void)state;
    for (k = 0; k < 5; k++)
        rectangle(&a, 20 + 120 * k, 80, 100, 250, tones[k], 128, 128);
    rectangle(&b, 0, 0, 640, 60, 33, 128, 128);
    rectangle(&b, 0, 60, 640, 300, 135, 128, 128);
    for (k = 0; k < 5; k++)
        rectangle(&b, 20 + 120 * k, 80, 100, 250, (int)(tones[k] * 0.55), 128, 128);
    rectangle(&b, 200, 100, 240, 160, 245, 128, 128);
    for (way = 0; way < 2; way++) {
        struct sc_comparison c = way ? compared(&b, &a, whole) : compared(&a, &b, whole);

        assert_true(fabs(c.light_gain - (way ? 1 / 0.55 : 0.55)) < 0.1);
        assert_int_equal(c.n_regions, 1);
        assert_box(c.regions[0].box, 200, 100, 240, 160, 1);
        assert_int_equal(c.regions[0].kind, way ? SC_DISAPPEAR : SC_APPEAR);
        sc_comparison_dispose(&c);
    }
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

static void displacement_is_no_change_and_is_told(void **state)
{
    static const int rows[][2] = { { 3, 0 }, { -3, 2 }, { 0, 17 }, { 30, -29 } };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture a = photograph(640, 360, 0, 0, 1, 0, 2, 1);
        struct picture b = photograph(640, 360, rows[i][0], rows[i][1], 1, 0, 2, 5);
        struct sc_comparison c = compared(&a, &b, whole);

        assert_int_equal(c.shift_x, rows[i][0]);
        assert_int_equal(c.shift_y, rows[i][1]);
        if (c.changed)
            fail_msg("row %zu: %d regions, the first %d,%d,%d,%d", i, c.n_regions, c.regions[0].box.x,
                     c.regions[0].box.y, c.regions[0].box.w, c.regions[0].box.h);
        sc_comparison_dispose(&c);
        av_frame_free(&a.av);
        av_frame_free(&b.av);
    }
}

static void a_change_is_found_beside_displacement(void **state)
{
    struct picture a = photograph(640, 360, 0, 0, 1, 0, 2, 1), b = photograph(640, 360, 5, 4, 1, 0, 2, 5);
    struct sc_comparison c;

    (void)state;
    rectangle(&b, 205, 104, 40, 40, 250, 110, 140);    /* that is 200,100 in a */
    c = compared(&a, &b, whole);
    assert_int_equal(c.shift_x, 5);
    assert_int_equal(c.n_regions, 1);
    assert_box(c.regions[0].box, 200, 100, 40, 40, 2);
    sc_comparison_dispose(&c);
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

static void noise_is_no_change(void **state)
{
    static const int amplitudes[] = { 1, 4, 10 };
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct picture a = photograph(640, 360, 0, 0, 1, 0, amplitudes[i], 1);
        struct picture b = photograph(640, 360, 0, 0, 1, 0, amplitudes[i], 99);
        struct sc_comparison c = compared(&a, &b, whole);

        assert_false(c.identical);
        if (c.changed)
            fail_msg("noise of %d is a change", amplitudes[i]);
        sc_comparison_dispose(&c);
        av_frame_free(&a.av);
        av_frame_free(&b.av);
    }
}

static void two_scenes_are_one_change_of_everything(void **state)
{
    struct picture a = photograph(640, 360, 0, 0, 1, 0, 2, 1), b = page(640, 360);
    struct sc_comparison c = compared(&a, &b, whole);

    (void)state;
    assert_true(c.changed);
    assert_true(c.share > 0.7);
    assert_int_equal(c.regions[0].kind, SC_OTHER);
    assert_box(c.regions[0].box, 0, 0, 640, 360, 8);
    sc_comparison_dispose(&c);
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

static void several_changes_come_largest_first(void **state)
{
    struct picture a = page(640, 360), b = page(640, 360);
    struct sc_comparison c;

    (void)state;
    rectangle(&b, 40, 80, 16, 16, 30, 128, 128);
    rectangle(&b, 300, 200, 100, 60, 90, 128, 128);
    rectangle(&a, 500, 100, 40, 40, 120, 128, 128);
    c = compared(&a, &b, whole);
    assert_int_equal(c.n_regions, 3);
    assert_box(c.regions[0].box, 300, 200, 100, 60, 1);
    assert_box(c.regions[1].box, 500, 100, 40, 40, 1);
    assert_box(c.regions[2].box, 40, 80, 16, 16, 1);
    assert_int_equal(c.regions[1].kind, SC_DISAPPEAR);
    sc_comparison_dispose(&c);
    c = compared(&a, &b, (struct sc_box){ 20, 70, 100, 100 });
    assert_int_equal(c.n_regions, 1);
    assert_box(c.regions[0].box, 40, 80, 16, 16, 1);
    sc_comparison_dispose(&c);
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

/* Columns of strokes like those of letters. */
static void write_line(struct picture *p, int x0, int y0, int letters, unsigned seed)
{
    int i, k;

    for (i = 0; i < letters; i++)
        for (k = 0; k < 3; k++) {
            const int tall = 6 + (int)(noise(&seed) % 8);

            rectangle(p, x0 + i * 10 + k * 3, y0 + 14 - tall, 1 + (k == 0), tall, 20, 128, 128);
        }
}

static void text_is_called_text(void **state)
{
    struct picture a = page(640, 360), b = page(640, 360);
    struct sc_comparison c;

    (void)state;
    write_line(&b, 100, 150, 20, 3);
    c = compared(&a, &b, whole);
    assert_int_equal(c.n_regions, 1);
    assert_int_equal(c.regions[0].kind, SC_TEXT);
    assert_box(c.regions[0].box, 100, 150, 198, 14, 3);
    sc_comparison_dispose(&c);
    write_line(&a, 100, 150, 20, 77);    /* another text in the same place */
    c = compared(&a, &b, whole);
    assert_true(c.changed);
    sc_comparison_dispose(&c);
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

static void other_sizes_and_orientations_are_brought_together(void **state)
{
    struct picture a = blank(AV_PIX_FMT_YUV444P, 400, 200), b = blank(AV_PIX_FMT_YUV444P, 400, 800);
    struct sc_comparison c;
    int x, y;

    (void)state;
    for (y = 0; y < 200; y++)
        for (x = 0; x < 400; x++)
            set_pixel(&a, x, y, 60 + x / 4 + y / 4, 128, 128);
    b.turns = 1;
    b.width = 800;
    b.height = 400;
    /* Turned clockwise: the coded column x is the displayed row, the coded row y the displayed column 799 - y. */
    for (y = 0; y < 800; y++)
        for (x = 0; x < 400; x++)
            set_pixel(&b, x, y, 60 + (799 - y) / 8 + x / 8, 128, 128);
    c = compared(&a, &b, whole);
    assert_false(c.changed);
    sc_comparison_dispose(&c);
    rectangle(&b, 100, 200, 80, 80, 250, 128, 128);
    c = compared(&a, &b, whole);
    assert_int_equal(c.n_regions, 1);
    assert_box(c.regions[0].box, 260, 50, 40, 40, 1);
    sc_comparison_dispose(&c);
    av_frame_free(&a.av);
    av_frame_free(&b.av);
}

static void tiny_and_odd_pictures_are_fine(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 3, 2 }, { 5, 900 }, { 2500, 3 }, { 33, 33 } };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int w = sizes[i][0], h = sizes[i][1];
        struct picture a = blank(AV_PIX_FMT_YUV444P, w, h), b = blank(AV_PIX_FMT_YUV444P, w, h);
        struct sc_comparison c;

        rectangle(&a, 0, 0, w, h, 20, 128, 128);
        rectangle(&b, 0, 0, w, h, 20, 128, 128);
        rectangle(&b, 0, 0, (w + 1) / 2, (h + 1) / 2, 220, 60, 200);
        c = compared(&a, &b, whole);
        assert_false(c.identical);
        sc_comparison_dispose(&c);
        av_frame_free(&a.av);
        av_frame_free(&b.av);
    }
}

/* ---- real pairs with labels ---- */

static struct picture *still(const char *path)
{
    struct decode_settings settings = { .source = { .path = path } };
    struct decoder *d = NULL;
    struct picture *p = NULL;
    struct sc_error err = { 0 };

    if (decode_open(&d, &settings, &err) || decode_next(d, &p, &err))
        fail_msg("%s", err.text);
    decode_close(&d);
    assert_non_null(p);
    return p;
}

static double overlap(struct sc_box a, struct sc_box b)
{
    const int w = (a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w) - (a.x > b.x ? a.x : b.x);
    const int h = (a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h) - (a.y > b.y ? a.y : b.y);
    const double both = w > 0 && h > 0 ? (double)w * h : 0;

    return both / ((double)a.w * a.h + (double)b.w * b.h - both);
}

static void check_pair(const char *folder, const char *name)
{
    char path[1024];
    json_t *label, *change;
    struct picture *a, *b;
    struct sc_comparison c;
    size_t i, n_expected = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    label = json_load_file(path, 0, NULL);
    assert_non_null(label);
    snprintf(path, sizeof path, "%s/%s", folder, json_string_value(json_object_get(label, "a")));
    a = still(path);
    snprintf(path, sizeof path, "%s/%s", folder, json_string_value(json_object_get(label, "b")));
    b = still(path);
    c = compared(a, b, whole);
    json_array_foreach(json_object_get(label, "changes"), i, change) {
        const json_t *box = json_object_get(change, "bbox");
        struct sc_box expected = { (int)json_integer_value(json_array_get(box, 0)),
                                   (int)json_integer_value(json_array_get(box, 1)),
                                   (int)json_integer_value(json_array_get(box, 2)),
                                   (int)json_integer_value(json_array_get(box, 3)) };
        double best = 0;
        int k;

        /* What only passed between the two pictures is in neither. */
        if (!strcmp(json_string_value(json_object_get(change, "kind")), "object_moves_through"))
            continue;
        n_expected++;
        for (k = 0; k < c.n_regions; k++)
            best = fmax(best, overlap(c.regions[k].box, expected));
        if (best < 0.6)
            fail_msg("%s: change %zu overlaps by %.2f", name, i, best);
    }
    if ((size_t)c.n_regions != n_expected)
        fail_msg("%s: %d regions instead of %zu", name, c.n_regions, n_expected);
    sc_comparison_dispose(&c);
    picture_unref(&a);
    picture_unref(&b);
    json_decref(label);
}

static void labelled_pairs_are_told_apart(void **state)
{
    const char *shared = list_shared();
    char folder[512];
    struct dirent *entry;
    DIR *dir;
    int n = 0;

    (void)state;
    if (!shared)
        skip();
    snprintf(folder, sizeof folder, "%s/videos/pairs", shared);
    dir = opendir(folder);
    if (!dir)
        skip();
    while ((entry = readdir(dir)))
        if (strstr(entry->d_name, ".json")) {
            check_pair(folder, entry->d_name);
            n++;
        }
    closedir(dir);
    assert_true(n > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_samples_are_identical),
        cmocka_unit_test(a_small_square_is_found_to_the_pixel),
        cmocka_unit_test(light_is_no_change_and_is_told),
        cmocka_unit_test(a_change_is_found_under_other_light),
        cmocka_unit_test(a_button_that_turns_bright_is_no_light),
        cmocka_unit_test(a_white_dialog_is_found_whichever_way_the_light_goes),
        cmocka_unit_test(displacement_is_no_change_and_is_told),
        cmocka_unit_test(a_change_is_found_beside_displacement),
        cmocka_unit_test(noise_is_no_change),
        cmocka_unit_test(two_scenes_are_one_change_of_everything),
        cmocka_unit_test(several_changes_come_largest_first),
        cmocka_unit_test(text_is_called_text),
        cmocka_unit_test(other_sizes_and_orientations_are_brought_together),
        cmocka_unit_test(tiny_and_odd_pictures_are_fine),
        cmocka_unit_test(labelled_pairs_are_told_apart),
    };

    av_log_set_level(AV_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
