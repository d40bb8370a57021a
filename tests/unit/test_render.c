/* Rendered images, decoded again: every colour and place is known. */
#include "frames/pixels/render.h"

#include <stdlib.h>
#include <string.h>

#include <libavutil/frame.h>
#include <libavutil/log.h>
#include <png.h>
#include <turbojpeg.h>

#include "frames/pixels/canvas.h"
#include "frames/pixels/font.h"
#include "frames/pixels/scale.h"
#include "frames/pixels/tonemap.h"
#include "tests/kit/check.h"
#include "tests/kit/list.h"
#include "tests/kit/media.h"

#define FPS 10

static const struct sc_box whole = { 0 };

/* The images of a rendering, kept. */
struct shelf {
    struct buffer data[64];
    int order[64];
    int n;
};

static enum sc_status keep(void *user, int image, const struct buffer *data, struct sc_error *err)
{
    struct shelf *shelf = user;

    shelf->order[shelf->n++] = image;
    return buffer_add(&shelf->data[image], data->data, data->size, err);
}

static void clear(struct shelf *shelf)
{
    int i;

    for (i = 0; i < 64; i++)
        buffer_dispose(&shelf->data[i]);
    shelf->n = 0;
}

/* Decode a JPEG or PNG to RGB rows without gaps; the sizes must be as expected. */
static uint8_t *decoded(const struct buffer *b, int width, int height)
{
    uint8_t *rgb = malloc((size_t)width * (size_t)height * 3);

    assert_non_null(b->data);
    if (b->data[0] == 0xFF) {
        tjhandle tj = tjInitDecompress();
        int w, h, sub, space;

        assert_int_equal(tjDecompressHeader3(tj, b->data, b->size, &w, &h, &sub, &space), 0);
        assert_int_equal(w, width);
        assert_int_equal(h, height);
        assert_int_equal(tjDecompress2(tj, b->data, b->size, rgb, w, 0, h, TJPF_RGB, TJFLAG_ACCURATEDCT), 0);
        tjDestroy(tj);
    } else {
        png_image png = { .version = PNG_IMAGE_VERSION };

        assert_true(png_image_begin_read_from_memory(&png, b->data, b->size));
        assert_int_equal(png.width, width);
        assert_int_equal(png.height, height);
        png.format = PNG_FORMAT_RGB;
        assert_true(png_image_finish_read(&png, NULL, rgb, 0, NULL));
    }
    return rgb;
}

static void assert_colour(const uint8_t *rgb, int width, int x, int y, uint32_t expected, int near)
{
    const uint8_t *at = rgb + 3 * (y * width + x);
    const int r = expected >> 16 & 255, g = expected >> 8 & 255, b = expected & 255;

    if (abs(at[0] - r) > near || abs(at[1] - g) > near || abs(at[2] - b) > near)
        fail_msg("%d,%d is %02x%02x%02x, not %06x", x, y, at[0], at[1], at[2], (unsigned)expected);
}

static struct decoder *opened(const char *path)
{
    struct decode_settings settings = { .source = { .path = path }, .threads = 1 };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };

    if (decode_open(&d, &settings, &err))
        fail_msg("%s", err.text);
    return d;
}

static void rendered(const char *path, const struct plan *plan, struct shelf *shelf)
{
    struct decoder *d = opened(path);
    struct sc_error err = { 0 };

    if (render(d, plan, keep, shelf, &err))
        fail_msg("%s", err.text);
    decode_close(&d);
}

static const uint32_t patches[] = { 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFFFF, 0x000000, 0x808080, 0xC08040, 0x2060A0 };

#define PATCH 40

static void draw_patches(struct media *m)
{
    size_t i;

    media_fill(m, 0x808080);
    for (i = 0; i < sizeof patches / sizeof *patches; i++)
        media_rect(m, (int)i * PATCH, 0, PATCH, PATCH, patches[i]);
}

static void colours_come_out_as_they_went_in(void **state)
{
    static const struct { const char *pixel_format; bool bt709, full; } sources[] = {
        { "yuv420p", true, false }, { "yuv420p", false, false }, { "yuv444p", true, true },
        { "yuv420p10le", true, false }, { "bgr0", false, true },
    };
    static const struct { enum sc_image_format format; bool full_chroma; } outputs[] = {
        { SC_JPEG, true }, { SC_JPEG, false }, { SC_PNG, false },
    };
    const int width = PATCH * 8;
    size_t i, k, n;

    (void)state;
    for (i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct media_options options = { .codec = "ffv1", .pixel_format = sources[i].pixel_format, .rate_num = FPS,
                                         .rate_den = 1, .bt709 = sources[i].bt709, .full_range = sources[i].full };
        struct media *m = media_open("colours.mkv", width, PATCH, &options);
        struct plan plan = { 0 };
        struct shelf shelf = { 0 };

        draw_patches(m);
        media_write(m);
        media_close(&m);
        for (k = 0; k < 3; k++) {
            struct plan_image *image = plan_add_image(&plan, width, PATCH);

            image->format = outputs[k].format;
            image->full_chroma = outputs[k].full_chroma;
            image->quality = 100;
            plan_add_placement(image, 0, whole, (struct sc_box){ 0, 0, width, PATCH });
        }
        rendered("colours.mkv", &plan, &shelf);
        for (k = 0; k < 3; k++) {
            uint8_t *rgb = decoded(&shelf.data[k], width, PATCH);

            for (n = 0; n < 8; n++)
                assert_colour(rgb, width, (int)n * PATCH + PATCH / 2, PATCH / 2, patches[n], 3);
            free(rgb);
        }
        clear(&shelf);
        plan_dispose(&plan);
    }
}

/* Frame i of the counting film is grey 10 * i + 20. */
static void make_counting_film(const char *path, int n_frames)
{
    struct media_options options = { .codec = "ffv1", .pixel_format = "yuv444p", .rate_num = FPS, .rate_den = 1,
                                     .full_range = true };
    struct media *m = media_open(path, 64, 48, &options);
    int i;

    for (i = 0; i < n_frames; i++) {
        const uint32_t grey = (uint32_t)(i % 20 * 10 + 20);

        media_fill(m, grey << 16 | grey << 8 | grey);
        media_write(m);
    }
    media_close(&m);
}

static void times_find_the_displayed_picture(void **state)
{
    static const struct { int64_t time_us; int frame; } rows[] = {
        { 0, 0 }, { -5000000, 0 }, { INT64_MIN, 0 }, { 99999, 0 }, { 100000, 1 }, { 150000, 1 }, { 1900000, 19 },
        { 60000000, 600 % 20 }, { 60050000, 600 % 20 }, { 120000000, 19 }, { INT64_MAX, 19 }, { 700000, 7 },
        { 119900000, 1199 % 20 }, { 119800000, 1198 % 20 },
    };
    const size_t n = sizeof rows / sizeof *rows;
    struct plan plan = { 0 };
    struct shelf shelf = { 0 };
    size_t i;

    (void)state;
    make_counting_film("count.mkv", 1200);
    for (i = 0; i < n; i++) {
        struct plan_image *image = plan_add_image(&plan, 16, 16);

        image->format = SC_PNG;
        plan_add_placement(image, rows[i].time_us, whole, (struct sc_box){ 0, 0, 16, 16 });
    }
    rendered("count.mkv", &plan, &shelf);
    assert_int_equal(shelf.n, n);
    for (i = 0; i < n; i++) {
        const uint32_t grey = (uint32_t)(rows[i].frame * 10 + 20);
        uint8_t *rgb = decoded(&shelf.data[i], 16, 16);

        assert_colour(rgb, 16, 8, 8, grey << 16 | grey << 8 | grey, 1);
        free(rgb);
    }
    clear(&shelf);
    plan_dispose(&plan);
}

static void images_come_as_they_become_complete(void **state)
{
    struct plan plan = { 0 };
    struct shelf shelf = { 0 };
    int i;

    (void)state;
    make_counting_film("short.mkv", 10);
    for (i = 0; i < 4; i++) {
        struct plan_image *image = plan_add_image(&plan, 32, 16);

        if (i == 2)
            continue;
        plan_add_placement(image, i == 0 ? 800000 : 0, whole, (struct sc_box){ 0, 0, 16, 16 });
        plan_add_placement(image, i == 3 ? 300000 : 200000, whole, (struct sc_box){ 16, 0, 16, 16 });
    }
    rendered("short.mkv", &plan, &shelf);
    assert_int_equal(shelf.n, 4);
    assert_int_equal(shelf.order[0], 2);    /* nothing to wait for */
    assert_int_equal(shelf.order[1], 1);
    assert_int_equal(shelf.order[2], 3);
    assert_int_equal(shelf.order[3], 0);
    clear(&shelf);
    plan_dispose(&plan);
}

static enum sc_status refuse(void *user, int image, const struct buffer *data, struct sc_error *err)
{
    (void)image;
    (void)data;
    ++*(int *)user;
    return fail(err, SC_ERR_CANCELLED, "enough");
}

static void the_sink_can_end_it(void **state)
{
    struct plan plan = { 0 };
    struct sc_error err = { 0 };
    struct decoder *d;
    int calls = 0, i;

    (void)state;
    make_counting_film("short.mkv", 3);
    for (i = 0; i < 3; i++)
        plan_add_placement(plan_add_image(&plan, 16, 16), i * 100000, whole, (struct sc_box){ 0, 0, 16, 16 });
    d = opened("short.mkv");
    assert_int_equal(render(d, &plan, refuse, &calls, &err), SC_ERR_CANCELLED);
    assert_string_equal(err.text, "enough");
    assert_int_equal(calls, 1);
    decode_close(&d);
    plan_dispose(&plan);
}

static void placements_off_the_canvas_are_refused(void **state)
{
    struct plan plan = { 0 };
    struct sc_error err = { 0 };
    struct shelf shelf = { 0 };
    struct decoder *d;

    (void)state;
    make_counting_film("short.mkv", 3);
    d = opened("short.mkv");
    plan_add_placement(plan_add_image(&plan, 16, 16), 0, whole, (struct sc_box){ 1, 0, 16, 16 });
    assert_int_equal(render(d, &plan, keep, &shelf, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "image 0 of the plan: placement '1,0,16,16' is not on its image of 16x16");
    plan.images[0].placements[0].dest = (struct sc_box){ 0, 0, 16, 16 };
    plan.images[0].placements[0].crop = (struct sc_box){ 64, 0, 16, 16 };
    assert_int_equal(render(d, &plan, keep, &shelf, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "picture at 0.000 s: crop '64,0,16,16' lies outside the picture of 64x48");
    decode_close(&d);
    plan_dispose(&plan);
}

/* A picture of one colour with a 1x1-pixel net of known colours would alias; big squares at odd places do not. */
static void crops_are_exact_to_the_pixel(void **state)
{
    static const struct { const char *pixel_format; int x, y; } rows[] = {
        { "yuv444p", 0, 0 }, { "yuv444p", 37, 21 }, { "yuv420p", 36, 20 }, { "yuv420p", 37, 21 }, { "yuv420p", 37, 20 },
        { "yuv422p", 37, 21 }, { "bgr0", 37, 21 }, { "yuv420p10le", 37, 21 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct media_options options = { .codec = "ffv1", .pixel_format = rows[i].pixel_format, .rate_num = FPS,
                                         .rate_den = 1 };
        struct media *m = media_open("crop.mkv", 160, 90, &options);
        struct plan plan = { 0 };
        struct plan_image *image = plan_add_image(&plan, 30, 30);
        struct shelf shelf = { 0 };
        uint8_t *rgb;

        media_fill(m, 0xFFFFFF);
        media_rect(m, rows[i].x + 10, rows[i].y + 10, 10, 10, 0x000000);
        media_write(m);
        media_close(&m);
        image->format = SC_PNG;
        plan_add_placement(image, 0, (struct sc_box){ rows[i].x, rows[i].y, 30, 30 },
                           (struct sc_box){ 0, 0, 30, 30 });
        rendered("crop.mkv", &plan, &shelf);
        rgb = decoded(&shelf.data[0], 30, 30);
        assert_colour(rgb, 30, 9, 15, 0xFFFFFF, 8);
        assert_colour(rgb, 30, 10, 15, 0x000000, 8);
        assert_colour(rgb, 30, 19, 15, 0x000000, 8);
        assert_colour(rgb, 30, 20, 15, 0xFFFFFF, 8);
        assert_colour(rgb, 30, 15, 9, 0xFFFFFF, 8);
        assert_colour(rgb, 30, 15, 10, 0x000000, 8);
        assert_colour(rgb, 30, 15, 19, 0x000000, 8);
        assert_colour(rgb, 30, 15, 20, 0xFFFFFF, 8);
        free(rgb);
        clear(&shelf);
        plan_dispose(&plan);
    }
}

static void rotated_video_is_upright(void **state)
{
    struct media_options options = { .codec = "mpeg4", .rate_num = FPS, .rate_den = 1, .rotation = 90 };
    struct plan plan = { 0 };
    struct plan_image *image;
    struct shelf shelf = { 0 };
    struct media *m;
    uint8_t *rgb;

    (void)state;
    m = media_open("turned.mp4", 160, 96, &options);
    media_fill(m, 0x202020);
    media_rect(m, 0, 0, 80, 48, 0xFF0000);
    media_write(m);
    media_close(&m);
    image = plan_add_image(&plan, 48, 80);
    image->format = SC_PNG;
    plan_add_placement(image, 0, whole, (struct sc_box){ 0, 0, 48, 80 });
    rendered("turned.mp4", &plan, &shelf);
    rgb = decoded(&shelf.data[0], 48, 80);
    assert_colour(rgb, 48, 36, 20, 0xFF0000, 12);    /* top left is top right now */
    assert_colour(rgb, 48, 12, 20, 0x202020, 12);
    assert_colour(rgb, 48, 36, 60, 0x202020, 12);
    free(rgb);
    clear(&shelf);
    plan_dispose(&plan);
}

static struct picture corner(enum AVPixelFormat format, int w, int h)
{
    struct picture p = { .av = av_frame_alloc(), .width = w, .height = h, .background_rgb = 0x00FF00 };
    int k;

    p.av->format = format;
    p.av->width = w;
    p.av->height = h;
    p.av->color_range = AVCOL_RANGE_JPEG;
    p.av->colorspace = AVCOL_SPC_SMPTE170M;
    assert_int_equal(av_frame_get_buffer(p.av, 0), 0);
    for (k = 0; k < 4 && p.av->data[k]; k++)
        memset(p.av->data[k], k ? 128 : 0,
               (size_t)p.av->linesize[k] * (size_t)(k && format == AV_PIX_FMT_YUV420P ? (h + 1) / 2 : h));
    return p;
}

static void every_turn_and_mirror_is_right(void **state)
{
    static const struct { int turns; bool mirror; int x, y; } rows[] = {
        { 0, false, 0, 0 }, { 1, false, 1, 0 }, { 2, false, 1, 1 }, { 3, false, 0, 1 },
        { 0, true, 1, 0 },  { 1, true, 1, 1 },  { 2, true, 0, 1 },  { 3, true, 0, 0 },
    };
    size_t i;
    int x, y;

    (void)state;
    for (i = 0; i < 8; i++) {
        struct picture p = corner(AV_PIX_FMT_YUV444P, 60, 40);
        struct scaler s = { 0 };
        struct surface out;

        for (y = 0; y < 20; y++)
            memset(p.av->data[0] + y * p.av->linesize[0], 255, 30);
        p.turns = rows[i].turns;
        p.mirror = rows[i].mirror;
        p.width = p.turns & 1 ? 40 : 60;
        p.height = p.turns & 1 ? 60 : 40;
        assert_int_equal(surface_make(&out, p.width, p.height, false, 0, NULL), SC_OK);
        assert_int_equal(scale_picture(&s, &p, whole, &out, NULL), SC_OK);
        for (y = 0; y < p.height; y++)
            for (x = 0; x < p.width; x++)
                assert_int_equal(out.plane[0][y * out.stride + x],
                                 (x >= p.width / 2) == rows[i].x && (y >= p.height / 2) == rows[i].y ? 255 : 0);
        surface_dispose(&out);
        scaler_dispose(&s);
        av_frame_free(&p.av);
    }
}

static void transparency_shows_the_background(void **state)
{
    struct picture p = corner(AV_PIX_FMT_RGBA, 20, 20);
    struct scaler s = { 0 };
    struct surface out;
    int i;

    (void)state;
    for (i = 0; i < 20 * 20; i++)
        p.av->data[0][i / 20 * p.av->linesize[0] + i % 20 * 4 + 3] = i % 20 < 10 ? 0 : 128;
    assert_int_equal(surface_make(&out, 20, 20, true, 0, NULL), SC_OK);
    assert_int_equal(scale_picture(&s, &p, whole, &out, NULL), SC_OK);
    assert_int_equal(out.plane[1][10 * 20 + 3], 255);
    assert_int_equal(out.plane[0][10 * 20 + 3], 0);
    assert_in_range(out.plane[1][10 * 20 + 16], 126, 128);
    surface_dispose(&out);
    scaler_dispose(&s);
    av_frame_free(&p.av);
}

static void very_long_pictures_are_scaled(void **state)
{
    static const int sizes[][4] = {
        { 30000, 1, 50, 67 }, { 1, 20000, 300, 5 }, { 16000, 2, 1, 1 }, { 3, 16000, 16, 16 }, { 12000, 40, 100, 2 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct picture p = corner(AV_PIX_FMT_YUV420P, sizes[i][0], sizes[i][1]);
        struct scaler s = { 0 };
        struct surface out;
        struct sc_error err = { 0 };

        memset(p.av->data[0], 77, (size_t)p.av->linesize[0] * (size_t)sizes[i][1]);
        assert_int_equal(surface_make(&out, sizes[i][2], sizes[i][3], false, 0, NULL), SC_OK);
        if (scale_picture(&s, &p, whole, &out, &err))
            fail_msg("row %zu: %s", i, err.text);
        assert_in_range(out.plane[0][0], 76, 78);
        assert_in_range(out.plane[1][out.width * out.height - 1], 127, 129);
        surface_dispose(&out);
        scaler_dispose(&s);
        av_frame_free(&p.av);
    }
}

/* PQ code of reference white and the like, straight from BT.2408 table 1. */
static void high_dynamic_range_is_watchable(void **state)
{
    static const struct { enum AVColorTransferCharacteristic transfer; int code; int least, most; } rows[] = {
        { AVCOL_TRC_SMPTE2084, 0, 0, 2 },
        { AVCOL_TRC_SMPTE2084, 389, 90, 150 },      /* 18 % grey, 26 nits: 38 % */
        { AVCOL_TRC_SMPTE2084, 594, 215, 245 },     /* 203 nits, 58 % */
        { AVCOL_TRC_SMPTE2084, 769, 250, 255 },     /* 1000 nits */
        { AVCOL_TRC_SMPTE2084, 1023, 255, 255 },
        { AVCOL_TRC_ARIB_STD_B67, 0, 0, 2 },
        { AVCOL_TRC_ARIB_STD_B67, 389, 90, 150 },   /* 18 % grey: 38 % */
        { AVCOL_TRC_ARIB_STD_B67, 767, 215, 245 },  /* 75 % */
        { AVCOL_TRC_ARIB_STD_B67, 1023, 250, 255 },
    };
    int last = -1;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct picture p = corner(AV_PIX_FMT_YUV444P10, 16, 16);
        struct scaler s = { 0 };
        struct surface out;
        int k, at;

        p.av->color_trc = rows[i].transfer;
        p.av->colorspace = AVCOL_SPC_BT2020_NCL;
        for (k = 0; k < 3; k++)
            for (at = 0; at < 256; at++)
                ((uint16_t *)(void *)(p.av->data[k] + at / 16 * p.av->linesize[k]))[at % 16] =
                    (uint16_t)(k ? 512 : rows[i].code);
        assert_int_equal(surface_make(&out, 16, 16, true, 0, NULL), SC_OK);
        assert_int_equal(scale_picture(&s, &p, whole, &out, NULL), SC_OK);
        for (k = 0; k < 3; k++)
            if (out.plane[k][8 * 16 + 8] < rows[i].least || out.plane[k][8 * 16 + 8] > rows[i].most)
                fail_msg("row %zu: %d", i, out.plane[k][8 * 16 + 8]);
        if (rows[i].code)
            assert_true(out.plane[1][0] >= last);
        last = out.plane[1][0];
        surface_dispose(&out);
        scaler_dispose(&s);
        av_frame_free(&p.av);
    }
}

static void odd_sizes_and_extremes_are_encoded(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 2, 1 }, { 1, 9 }, { 17, 3 }, { 333, 1 } };
    size_t i, k;

    (void)state;
    make_counting_film("short.mkv", 1);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int w = sizes[i][0], h = sizes[i][1];
        struct plan plan = { 0 };
        struct shelf shelf = { 0 };

        for (k = 0; k < 3; k++) {
            struct plan_image *image = plan_add_image(&plan, w, h);

            image->format = k == 2 ? SC_PNG : SC_JPEG;
            image->full_chroma = k == 1;
            plan_add_placement(image, 0, whole, (struct sc_box){ 0, 0, w, h });
        }
        rendered("short.mkv", &plan, &shelf);
        for (k = 0; k < 3; k++) {
            uint8_t *rgb = decoded(&shelf.data[k], w, h);

            assert_colour(rgb, w, w - 1, h - 1, 0x141414, 4);
            free(rgb);
        }
        clear(&shelf);
        plan_dispose(&plan);
    }
}

static void marks_and_background_are_drawn(void **state)
{
    struct plan plan = { 0 };
    struct plan_image *image = plan_add_image(&plan, 120, 80);
    struct shelf shelf = { 0 };
    struct plan_mark *m;
    uint8_t *rgb;
    int bright = 0, x, y;

    (void)state;
    make_counting_film("short.mkv", 1);
    image->format = SC_PNG;
    image->background_rgb = 0x336699;
    m = plan_add_mark(image, (struct sc_box){ 20, 30, 90, 40 }, "");
    m->rgb = 0xFFCC00;
    m->thickness = 3;
    m = plan_add_mark(image, (struct sc_box){ 4, 4, 0, 0 }, "Hi\xC3");
    m->text_size = 9;
    m->rgb = 0x000030;    /* too dark for its ground: drawn white */
    m = plan_add_mark(image, (struct sc_box){ -50, -50, 1000, 1000 }, "clipped");
    m->thickness = 1;
    rendered("short.mkv", &plan, &shelf);
    rgb = decoded(&shelf.data[0], 120, 80);
    assert_colour(rgb, 120, 60, 50, 0x336699, 0);
    assert_colour(rgb, 120, 20, 30, 0xFFCC00, 0);
    assert_colour(rgb, 120, 22, 45, 0xFFCC00, 0);
    assert_colour(rgb, 120, 23, 45, 0x336699, 0);
    assert_colour(rgb, 120, 109, 69, 0xFFCC00, 0);
    assert_colour(rgb, 120, 110, 69, 0x336699, 0);
    for (y = 6; y < 6 + FONT_CELL_H; y++)
        for (x = 6; x < 6 + 3 * FONT_CELL_W; x++)
            bright += rgb[3 * (y * 120 + x)] == 255;
    assert_in_range(bright, 20, 60);
    free(rgb);
    clear(&shelf);
    plan_dispose(&plan);
}

static void every_character_has_its_own_look(void **state)
{
    char a, b;

    (void)state;
    for (a = ' '; a < '~'; a++)
        for (b = (char)(a + 1); b <= '~'; b++) {
            int differ = 0, x, y;

            for (y = 0; y < FONT_CELL_H; y++)
                for (x = 0; x < FONT_CELL_W; x++)
                    differ += font_dot(a, x, y) != font_dot(b, x, y);
            if (!differ)
                fail_msg("'%c' looks like '%c'", a, b);
        }
    for (a = ' '; a <= '~'; a++)
        for (b = 0; b < FONT_CELL_H; b++)
            assert_false(font_dot(a, FONT_CELL_W - 1, b));
}

static void the_same_plan_gives_the_same_bytes(void **state)
{
    struct plan plan = { 0 };
    struct shelf first = { 0 }, second = { 0 };
    int i;

    (void)state;
    make_counting_film("short.mkv", 10);
    for (i = 0; i < 4; i++) {
        struct plan_image *image = plan_add_image(&plan, 50, 37);

        image->format = i & 1 ? SC_PNG : SC_JPEG;
        plan_add_placement(image, i * 200000, (struct sc_box){ i, i, 40, 30 }, (struct sc_box){ 0, 0, 50, 37 });
    }
    rendered("short.mkv", &plan, &first);
    rendered("short.mkv", &plan, &second);
    for (i = 0; i < 4; i++) {
        assert_int_equal(first.data[i].size, second.data[i].size);
        assert_memory_equal(first.data[i].data, second.data[i].data, first.data[i].size);
    }
    clear(&first);
    clear(&second);
    plan_dispose(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_come_out_as_they_went_in),
        cmocka_unit_test(times_find_the_displayed_picture),
        cmocka_unit_test(images_come_as_they_become_complete),
        cmocka_unit_test(the_sink_can_end_it),
        cmocka_unit_test(placements_off_the_canvas_are_refused),
        cmocka_unit_test(crops_are_exact_to_the_pixel),
        cmocka_unit_test(rotated_video_is_upright),
        cmocka_unit_test(every_turn_and_mirror_is_right),
        cmocka_unit_test(transparency_shows_the_background),
        cmocka_unit_test(very_long_pictures_are_scaled),
        cmocka_unit_test(high_dynamic_range_is_watchable),
        cmocka_unit_test(odd_sizes_and_extremes_are_encoded),
        cmocka_unit_test(marks_and_background_are_drawn),
        cmocka_unit_test(every_character_has_its_own_look),
        cmocka_unit_test(the_same_plan_gives_the_same_bytes),
    };

    int failed;

    av_log_set_level(AV_LOG_ERROR);
    list_enter_folder();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    list_leave_folder();
    return failed;
}
