/* Signatures of pictures whose every sample is known. */
#include "frames/pixels/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

#include "tests/kit/check.h"

static const struct sc_box no_box = { 0 };

static struct picture new_picture(enum AVPixelFormat format, int w, int h, bool full)
{
    struct picture p = { .av = av_frame_alloc(), .width = w, .height = h, .background_rgb = 0xFFFFFF };

    assert_non_null(p.av);
    p.av->format = format;
    p.av->width = w;
    p.av->height = h;
    p.av->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    p.av->colorspace = AVCOL_SPC_SMPTE170M;
    assert_int_equal(av_frame_get_buffer(p.av, 0), 0);
    return p;
}

/* Write one sample of a component; x, y in that component's own samples. */
static void put(struct picture *p, int component, int x, int y, unsigned value)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(p->av->format);
    const AVComponentDescriptor *c = &d->comp[component];
    uint8_t *at = p->av->data[c->plane] + y * p->av->linesize[c->plane] + x * c->step + c->offset;

    value <<= c->shift;
    at[0] = (uint8_t)value;
    if (c->depth > 8)
        at[1] = (uint8_t)(value >> 8);
}

static int side(const struct picture *p, int component, bool vertical)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(p->av->format);
    bool chroma = (component == 1 || component == 2) && !(d->flags & AV_PIX_FMT_FLAG_RGB);

    if (vertical)
        return chroma ? AV_CEIL_RSHIFT(p->av->height, d->log2_chroma_h) : p->av->height;
    return chroma ? AV_CEIL_RSHIFT(p->av->width, d->log2_chroma_w) : p->av->width;
}

static void flood(struct picture *p, int component, unsigned value)
{
    int x, y;

    for (y = 0; y < side(p, component, true); y++)
        for (x = 0; x < side(p, component, false); x++)
            put(p, component, x, y, value);
}

static struct signature *measured(const struct picture *p, struct sc_box crop)
{
    struct measurer *m = NULL;
    struct signature *s = NULL;
    struct sc_error err = { 0 };

    assert_int_equal(measure_open(&m, crop, &err), SC_OK);
    if (measure(m, p, &s, &err))
        fail_msg("%s", err.text);
    measure_close(&m);
    return s;
}

static void every_format_gives_the_same_levels(void **state)
{
    static const struct {
        enum AVPixelFormat format;
        bool full;
        unsigned y, u, v;
        int expect_y, expect_u, expect_v;
    } rows[] = {
        { AV_PIX_FMT_YUV420P, false, 126, 90, 200, 2049, 85, 210 },
        { AV_PIX_FMT_YUV420P, false, 16, 128, 128, 0, 128, 128 },
        { AV_PIX_FMT_YUV420P, false, 235, 16, 240, 4080, 1, 255 },
        { AV_PIX_FMT_YUV420P, false, 3, 128, 128, 0, 128, 128 },      /* below black */
        { AV_PIX_FMT_YUV420P, false, 255, 128, 128, 4080, 128, 128 }, /* above white */
        { AV_PIX_FMT_YUV420P, true, 126, 90, 200, 2016, 90, 200 },
        { AV_PIX_FMT_YUVJ422P, false, 126, 90, 200, 2016, 90, 200 },
        { AV_PIX_FMT_YUV444P, true, 255, 0, 255, 4080, 0, 255 },
        { AV_PIX_FMT_YUV410P, true, 77, 90, 200, 1232, 90, 200 },
        { AV_PIX_FMT_NV12, false, 126, 90, 200, 2049, 85, 210 },
        { AV_PIX_FMT_NV21, false, 126, 90, 200, 2049, 85, 210 },
        { AV_PIX_FMT_YUV420P10, false, 504, 360, 800, 2049, 85, 210 },
        { AV_PIX_FMT_YUV422P12, false, 2016, 1440, 3200, 2049, 85, 210 },
        { AV_PIX_FMT_YUV444P16, true, 65535, 32768, 32768, 4080, 128, 128 },
        { AV_PIX_FMT_P010, false, 504, 360, 800, 2049, 85, 210 },
        { AV_PIX_FMT_GRAY8, true, 126, 0, 0, 2016, 128, 128 },
        { AV_PIX_FMT_GRAY10, true, 1023, 0, 0, 4080, 128, 128 },
        { AV_PIX_FMT_YUYV422, false, 126, 90, 200, 2049, 85, 210 },   /* by libswscale */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture p = new_picture(rows[i].format, 643, 357, rows[i].full);
        const int n = av_pix_fmt_desc_get(rows[i].format)->nb_components;
        struct signature *s;
        int k;

        flood(&p, 0, rows[i].y);
        if (n > 1) {
            flood(&p, 1, rows[i].u);
            flood(&p, 2, rows[i].v);
        }
        s = measured(&p, no_box);
        for (k = 0; k < s->grid_w * s->grid_h; k++) {
            const struct signature_block *b = &s->blocks[k];
            const int near = rows[i].format == AV_PIX_FMT_YUYV422 ? 16 : 0;

            if (abs(b->y - rows[i].expect_y) > near || abs(b->u - rows[i].expect_u) > near / 16 ||
                abs(b->v - rows[i].expect_v) > near / 16 || b->texture || b->spread)
                fail_msg("row %zu, block %d: %d %d %d %d %d", i, k, b->y, b->u, b->v, b->texture, b->spread);
        }
        assert_in_range(s->mean_y, rows[i].expect_y > 16 ? rows[i].expect_y - 16 : 0, rows[i].expect_y + 16);
        assert_int_equal(s->deviation_y, 0);
        signature_free(&s);
        av_frame_free(&p.av);
    }
}

static void rgb_becomes_full_range_bt601(void **state)
{
    static const struct { uint8_t r, g, b; int y, u, v; } rows[] = {
        { 255, 0, 0, 76, 85, 255 },   { 0, 255, 0, 150, 44, 21 },  { 0, 0, 255, 29, 255, 107 },
        { 255, 255, 255, 255, 128, 128 }, { 0, 0, 0, 0, 128, 128 }, { 90, 90, 90, 90, 128, 128 },
    };
    size_t i;
    int k;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture p = new_picture(AV_PIX_FMT_RGB24, 640, 360, true);
        struct signature *s;

        flood(&p, 0, rows[i].r);
        flood(&p, 1, rows[i].g);
        flood(&p, 2, rows[i].b);
        s = measured(&p, no_box);
        k = s->grid_w * s->grid_h / 2;
        if (abs(s->blocks[k].y - 16 * rows[i].y) > 24 || abs(s->blocks[k].u - rows[i].u) > 2 ||
            abs(s->blocks[k].v - rows[i].v) > 2)
            fail_msg("row %zu: %d/16 %d %d", i, s->blocks[k].y, s->blocks[k].u, s->blocks[k].v);
        signature_free(&s);
        av_frame_free(&p.av);
    }
}

static void transparent_samples_show_the_background(void **state)
{
    struct picture p = new_picture(AV_PIX_FMT_RGBA, 64, 64, true);
    struct signature *s;
    int x, y;

    (void)state;
    for (y = 0; y < 64; y++)
        for (x = 0; x < 64; x++)
            put(&p, 3, x, y, x < 32 ? 0 : 255);
    flood(&p, 0, 0);
    flood(&p, 1, 0);
    flood(&p, 2, 0);
    s = measured(&p, no_box);
    assert_int_equal(s->blocks[0].y, 4080);
    assert_int_equal(s->blocks[15].y, 0);
    signature_free(&s);
    p.background_rgb = 0xFF0000;
    s = measured(&p, no_box);
    assert_in_range(s->blocks[0].y, 75 * 16, 78 * 16);
    assert_in_range(s->blocks[0].v, 253, 255);
    signature_free(&s);
    av_frame_free(&p.av);
}

static unsigned noise(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 24;
}

/* The definition, written down without any thought of speed. */
static double naive_mean(const struct picture *p, int i, int small_w, int j, int small_h)
{
    const int x0 = (int)((int64_t)i * p->av->width / small_w), x1 = (int)((int64_t)(i + 1) * p->av->width / small_w);
    const int y0 = (int)((int64_t)j * p->av->height / small_h), y1 = (int)((int64_t)(j + 1) * p->av->height / small_h);
    double sum = 0;
    int x, y;

    for (y = y0; y < y1; y++)
        for (x = x0; x < x1; x++)
            sum += p->av->data[0][y * p->av->linesize[0] + x];
    return sum * 16 / ((x1 - x0) * (y1 - y0));
}

static void each_sample_counts_once_and_exactly(void **state)
{
    static const struct { int w, h, small_w, small_h; } sizes[] = {
        { 641, 359, 320, 179 }, { 1920, 270, 320, 45 }, { 5000, 333, 320, 21 }, { 359, 641, 179, 320 },
        { 320, 180, 320, 180 }, { 321, 3, 320, 3 }, { 33, 20, 33, 20 }, { 9001, 1, 320, 1 },
    };
    size_t k;

    (void)state;
    for (k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct picture p = new_picture(AV_PIX_FMT_GRAY8, sizes[k].w, sizes[k].h, true);
        struct signature *s;
        unsigned seed = 7;
        double total = 0;
        int x, y;

        for (y = 0; y < sizes[k].h; y++)
            for (x = 0; x < sizes[k].w; x++)
                put(&p, 0, x, y, noise(&seed) * (unsigned)(1 + x % 7) / 7);
        s = measured(&p, no_box);
        assert_int_equal(s->small_w, sizes[k].small_w);
        assert_int_equal(s->small_h, sizes[k].small_h);
        for (x = 0; x < s->small_w; x++) {
            double column = 0;

            for (y = 0; y < s->small_h; y++)
                column += floor(naive_mean(&p, x, s->small_w, y, s->small_h) + 0.5);
            total += column;
            if (fabs(column / s->small_h - s->cols[x]) > 0.51)
                fail_msg("size %zu, column %d: %d instead of %f", k, x, s->cols[x], column / s->small_h);
        }
        assert_true(fabs(total / s->small_w / s->small_h - s->mean_y) <= 0.51);
        signature_free(&s);
        av_frame_free(&p.av);
    }
}

static void tall_pictures_do_not_overflow(void **state)
{
    struct picture p = new_picture(AV_PIX_FMT_GRAY8, 3, 200000, true);
    struct signature *s;

    (void)state;
    flood(&p, 0, 255);
    s = measured(&p, no_box);
    assert_int_equal(s->small_w, 1);
    assert_int_equal(s->small_h, 320);
    assert_int_equal(s->rows[160], 4080);
    signature_free(&s);
    av_frame_free(&p.av);
}

static void small_pictures_are_not_enlarged(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 2, 2 }, { 17, 3 }, { 320, 1 } };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct picture p = new_picture(AV_PIX_FMT_YUV420P, sizes[i][0], sizes[i][1], true);
        struct signature *s;

        flood(&p, 0, 50);
        flood(&p, 1, 60);
        flood(&p, 2, 70);
        s = measured(&p, no_box);
        assert_int_equal(s->small_w, sizes[i][0]);
        assert_int_equal(s->small_h, sizes[i][1]);
        assert_int_equal(s->blocks[0].y, 800);
        assert_int_equal(s->blocks[0].u, 60);
        assert_int_equal(s->blocks[0].v, 70);
        signature_free(&s);
        av_frame_free(&p.av);
    }
}

/* A wide picture with one white and red-tinted corner, top left as coded. */
static struct picture corner_picture(void)
{
    struct picture p = new_picture(AV_PIX_FMT_YUV420P, 640, 320, true);
    int x, y;

    flood(&p, 0, 10);
    flood(&p, 1, 128);
    flood(&p, 2, 128);
    for (y = 0; y < 160; y++)
        for (x = 0; x < 320; x++) {
            put(&p, 0, x, y, 250);
            put(&p, 2, x / 2, y / 2, 200);
        }
    return p;
}

static void is_turned_and_mirrored_as_displayed(void **state)
{
    /* where the coded top left corner is shown */
    static const struct { int turns; bool mirror, right, bottom; } rows[] = {
        { 0, false, false, false }, { 1, false, true, false }, { 2, false, true, true }, { 3, false, false, true },
        { 0, true, true, false },   { 1, true, true, true },   { 2, true, false, true }, { 3, true, false, false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture p = corner_picture();
        struct signature *s;
        int x, y;

        p.turns = rows[i].turns;
        p.mirror = rows[i].mirror;
        p.width = p.turns & 1 ? 320 : 640;
        p.height = p.turns & 1 ? 640 : 320;
        s = measured(&p, no_box);
        assert_int_equal(s->small_w, p.turns & 1 ? 160 : 320);
        for (y = 0; y < s->grid_h; y++)
            for (x = 0; x < s->grid_w; x++) {
                bool in = (x >= s->grid_w / 2) == rows[i].right && (y >= s->grid_h / 2) == rows[i].bottom;

                assert_int_equal(s->blocks[y * s->grid_w + x].y, in ? 4000 : 160);
                assert_int_equal(s->blocks[y * s->grid_w + x].v, in ? 200 : 128);
            }
        signature_free(&s);
        av_frame_free(&p.av);
    }
}

static void sample_aspect_is_applied(void **state)
{
    struct picture p = corner_picture();
    struct signature *s;

    (void)state;
    p.width = 1280;
    s = measured(&p, no_box);
    assert_int_equal(s->width, 1280);
    assert_int_equal(s->small_w, 320);
    assert_int_equal(s->small_h, 80);
    assert_int_equal(s->blocks[39].y, 4000);
    assert_int_equal(s->blocks[40].y, 160);
    signature_free(&s);
    p.width = 200;
    p.height = 300;
    s = measured(&p, no_box);
    assert_int_equal(s->small_w, 200);
    assert_int_equal(s->small_h, 300);
    signature_free(&s);
    av_frame_free(&p.av);
}

static void a_crop_is_a_picture_of_its_own(void **state)
{
    struct picture p = corner_picture();
    struct signature *s = measured(&p, (struct sc_box){ 300, 140, 40, 40 });

    (void)state;
    assert_int_equal(s->width, 40);
    assert_int_equal(s->small_w, 40);
    assert_int_equal(s->blocks[0].y, 4000);
    assert_int_equal(s->blocks[4 * 10 + 4].y, 4000);
    assert_int_equal(s->blocks[4 * 10 + 5].y, 160);
    assert_int_equal(s->blocks[5 * 10 + 4].y, 160);
    signature_free(&s);
    s = measured(&p, (struct sc_box){ 600, 300, 1000, 1000 });
    assert_int_equal(s->width, 40);
    assert_int_equal(s->height, 20);
    signature_free(&s);
    av_frame_free(&p.av);
}

static void a_crop_outside_is_refused(void **state)
{
    struct picture p = corner_picture();
    struct measurer *m = NULL;
    struct signature *s = NULL;
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(measure_open(&m, (struct sc_box){ 640, 0, 8, 8 }, &err), SC_OK);
    assert_int_equal(measure(m, &p, &s, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "crop '640,0,8,8' lies outside the picture of 640x320");
    assert_null(s);
    measure_close(&m);
    assert_int_equal(measure_open(&m, (struct sc_box){ -1, 0, 8, 8 }, &err), SC_ERR_INVALID);
    assert_null(m);
    av_frame_free(&p.av);
}

static void texture_and_spread_tell_stripes_from_flat(void **state)
{
    struct picture p = new_picture(AV_PIX_FMT_GRAY8, 320, 320, true);
    struct signature *s;
    int x, y;

    (void)state;
    for (y = 0; y < 320; y++)
        for (x = 0; x < 320; x++)
            put(&p, 0, x, y, x < 160 ? 100 : 100 + (unsigned)(x & 1) * 40);
    s = measured(&p, no_box);
    assert_int_equal(s->blocks[5].texture, 0);
    assert_int_equal(s->blocks[5].spread, 0);
    assert_int_equal(s->blocks[60].spread, 40);
    assert_int_equal(s->blocks[60].texture, 40);    /* 40 to the right, 0 below, in half levels */
    assert_in_range(s->deviation_y, 16 * 16, 19 * 16);
    signature_free(&s);
    av_frame_free(&p.av);
}

static void one_measurer_takes_any_sequence_of_sizes(void **state)
{
    static const struct { enum AVPixelFormat format; int w, h; } rows[] = {
        { AV_PIX_FMT_YUV420P, 64, 48 }, { AV_PIX_FMT_RGB24, 33, 17 }, { AV_PIX_FMT_RGB24, 400, 300 },
        { AV_PIX_FMT_BGRA, 400, 300 },  { AV_PIX_FMT_GRAY8, 1, 1 },   { AV_PIX_FMT_PAL8, 20, 20 },
        { AV_PIX_FMT_YUVA420P, 21, 23 }, { AV_PIX_FMT_MONOBLACK, 65, 5 },
    };
    struct measurer *m = NULL;
    size_t i;

    (void)state;
    assert_int_equal(measure_open(&m, no_box, NULL), SC_OK);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture p = new_picture(rows[i].format, rows[i].w, rows[i].h, true);
        struct signature *s = NULL;
        int k;

        for (k = 0; k < 4 && p.av->data[k]; k++)
            memset(p.av->data[k], 128, p.av->buf[k] ? (size_t)p.av->buf[k]->size - 64 : 1024);
        p.flags = PICTURE_KEY;
        p.time_us = 77;
        p.packet_bytes = 9;
        assert_int_equal(measure(m, &p, &s, NULL), SC_OK);
        assert_int_equal(s->flags, PICTURE_KEY);
        assert_int_equal(s->time_us, 77);
        assert_int_equal(s->packet_bytes, 9);
        signature_free(&s);
        av_frame_free(&p.av);
    }
    measure_close(&m);
    assert_null(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_gives_the_same_levels),
        cmocka_unit_test(rgb_becomes_full_range_bt601),
        cmocka_unit_test(transparent_samples_show_the_background),
        cmocka_unit_test(each_sample_counts_once_and_exactly),
        cmocka_unit_test(tall_pictures_do_not_overflow),
        cmocka_unit_test(small_pictures_are_not_enlarged),
        cmocka_unit_test(is_turned_and_mirrored_as_displayed),
        cmocka_unit_test(sample_aspect_is_applied),
        cmocka_unit_test(a_crop_is_a_picture_of_its_own),
        cmocka_unit_test(a_crop_outside_is_refused),
        cmocka_unit_test(texture_and_spread_tell_stripes_from_flat),
        cmocka_unit_test(one_measurer_takes_any_sequence_of_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
