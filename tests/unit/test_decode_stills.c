/* decode/: stills, alone and in sequence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>
#include <libavutil/frame.h>
#include <png.h>
#include <webp/encode.h>

#include "base/buffer.h"
#include "base/listing.h"
#include "decode/decode.h"
#include "decode/exif.h"
#include "tests/kit/check.h"
#include "tests/kit/list.h"
#include "tests/kit/media.h"

#define WIDTH 37
#define HEIGHT 21

static struct picture *first(const char *path, struct sc_info *info)
{
    struct decode_settings settings = { .source.path = path };
    struct decoder *d = NULL;
    struct picture *p = NULL;
    struct sc_error err = { 0 };

    if (decode_open(&d, &settings, &err) || decode_next(d, &p, &err))
        fail_msg("%s", err.text);
    if (info) {
        *info = *decode_info(d);
        info->path = info->container = info->codec = info->pixel_format = info->colour = NULL;
    }
    decode_close(&d);
    assert_non_null(p);
    return p;
}

static void refuse(const char *path, enum sc_status status, const char *words)
{
    struct decode_settings settings = { .source.path = path };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };

    assert_int_equal(decode_open(&d, &settings, &err), status);
    assert_null(d);
    if (!strstr(err.text, words))
        fail_msg("'%s' instead of '%s'", err.text, words);
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);

    assert_non_null(f);
    assert_non_null(data);
    *size = fread(data, 1, 1 << 20, f);
    fclose(f);
    return data;
}

static void make_plain(const char *path, int width, int height, uint32_t colour)
{
    uint8_t *rgb = malloc((size_t)width * height * 3);

    for (int i = 0; i < width * height; i++) {
        rgb[3 * i] = colour >> 16;
        rgb[3 * i + 1] = colour >> 8;
        rgb[3 * i + 2] = colour;
    }
    media_still(path, width, height, rgb);
    free(rgb);
}

/* ---- PNG ---- */

static void make_png(const char *path, int colour, int depth, int interlace, const uint8_t *row, size_t row_size)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    FILE *f = fopen(path, "wb");
    png_color palette[4] = { { 255, 0, 0 }, { 0, 255, 0 }, { 0, 0, 255 }, { 9, 9, 9 } };
    png_byte alpha[2] = { 255, 64 };
    png_bytep rows[HEIGHT];

    assert_non_null(f);
    assert_true(row_size <= WIDTH * 8);
    png_init_io(png, f);
    png_set_IHDR(png, info, WIDTH, HEIGHT, depth, colour, interlace, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    if (colour == PNG_COLOR_TYPE_PALETTE) {
        png_set_PLTE(png, info, palette, 4);
        png_set_tRNS(png, info, alpha, 2, NULL);
    }
    for (int y = 0; y < HEIGHT; y++)
        rows[y] = (png_bytep)row;
    png_set_rows(png, info, rows);
    png_write_png(png, info, 0, NULL);
    png_destroy_write_struct(&png, &info);
    fclose(f);
}

static void every_png_layout_keeps_its_samples(void **state)
{
    static const struct {
        int colour, depth;
        const char *sample;      /* repeated along the row */
        int sample_size;
        const char *format;
        uint16_t expected[4];    /* of the first sample */
        int n, bytes;
    } cases[] = {
        { PNG_COLOR_TYPE_GRAY, 1, "\x80", 1, "gray", { 255 }, 1, 1 },
        { PNG_COLOR_TYPE_GRAY, 8, "\x4D", 1, "gray", { 0x4D }, 1, 1 },
        { PNG_COLOR_TYPE_GRAY, 16, "\x12\x34", 2, "gray16le", { 0x1234 }, 1, 2 },
        { PNG_COLOR_TYPE_GRAY_ALPHA, 8, "\x4D\x80", 2, "ya8", { 0x4D, 0x80 }, 2, 1 },
        { PNG_COLOR_TYPE_GRAY_ALPHA, 16, "\x12\x34\x56\x78", 4, "ya16le", { 0x1234, 0x5678 }, 2, 2 },
        { PNG_COLOR_TYPE_RGB, 8, "\x10\x20\x30", 3, "rgb24", { 0x10, 0x20, 0x30 }, 3, 1 },
        { PNG_COLOR_TYPE_RGB, 16, "\x11\x12\x21\x22\x31\x32", 6, "rgb48le", { 0x1112, 0x2122, 0x3132 }, 3, 2 },
        { PNG_COLOR_TYPE_RGBA, 8, "\x10\x20\x30\x40", 4, "rgba", { 0x10, 0x20, 0x30, 0x40 }, 4, 1 },
        { PNG_COLOR_TYPE_RGBA, 16, "\x11\x12\x21\x22\x31\x32\x41\x42", 8, "rgba64le",
          { 0x1112, 0x2122, 0x3132, 0x4142 }, 4, 2 },
        { PNG_COLOR_TYPE_PALETTE, 2, "\x40", 1, "rgba", { 0, 255, 0, 64 }, 4, 1 },
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int interlace = 0; interlace < 2; interlace++) {
            uint8_t row[WIDTH * 8];
            struct decode_settings settings = { .source.path = "layout.png" };
            struct decoder *d = NULL;
            struct picture *p = NULL;

            for (size_t k = 0; k < sizeof row; k++)
                row[k] = (uint8_t)cases[i].sample[k % cases[i].sample_size];
            make_png("layout.png", cases[i].colour, cases[i].depth, interlace, row, sizeof row);
            assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
            assert_int_equal(decode_next(d, &p, NULL), SC_OK);
            assert_string_equal(decode_info(d)->pixel_format, cases[i].format);
            assert_string_equal(decode_info(d)->codec, "png");
            assert_true(decode_info(d)->is_still);
            assert_int_equal(p->av->color_range, AVCOL_RANGE_JPEG);
            for (int c = 0; c < cases[i].n; c++) {
                const uint8_t *sample = p->av->data[0] + (HEIGHT - 1) * p->av->linesize[0] + c * cases[i].bytes;
                int value = cases[i].bytes == 2 ? sample[0] | sample[1] << 8 : sample[0];

                if (cases[i].colour == PNG_COLOR_TYPE_PALETTE) /* pixel 0 of the byte is index 1 */
                    value = p->av->data[0][c];
                if (cases[i].depth == 1)
                    value = p->av->data[0][0];
                assert_int_equal(value, cases[i].expected[c]);
            }
            picture_unref(&p);
            decode_close(&d);
        }
    }
}

static void what_shows_through_is_the_background(void **state)
{
    struct decode_settings settings = { .source.path = "layout.png" };
    struct decoder *d = NULL;
    struct picture *p = first("layout.png", NULL);
    (void)state;

    assert_int_equal(p->background_rgb, 0xFFFFFF);
    picture_unref(&p);
    settings.source.has_background = true;
    settings.source.background_rgb = 0x102030;
    assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
    assert_int_equal(decode_next(d, &p, NULL), SC_OK);
    assert_int_equal(p->background_rgb, 0x102030);
    picture_unref(&p);
    decode_close(&d);
}

static void a_png_that_is_cut_off_is_refused(void **state)
{
    size_t size;
    uint8_t *data;
    (void)state;

    make_plain("whole.png", 64, 64, 0x123456);
    data = read_file("whole.png", &size);
    write_file("cut.png", data, size - 30);
    free(data);
    refuse("cut.png", SC_ERR_FORMAT, "'cut.png' is a damaged PNG: it is cut off");
}

static void headers_that_lie_about_size_cost_nothing(void **state)
{
    static const uint8_t png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xA0\0\1\x86\xA0\x08\2\0\0\0\x27\x30\x9C\x9F";
    size_t size;
    uint8_t *jpeg;
    (void)state;

    write_file("huge.png", png, sizeof png - 1);
    refuse("huge.png", SC_ERR_LIMIT, "picture of 100000x100000");
    make_plain("huge.jpg", 64, 64, 0x123456);
    jpeg = read_file("huge.jpg", &size);
    for (size_t i = 0; i + 9 < size; i++)
        if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0)
            memcpy(jpeg + i + 5, "\xFF\xDC\xFF\xDC", 4);
    write_file("huge.jpg", jpeg, size);
    free(jpeg);
    refuse("huge.jpg", SC_ERR_LIMIT, "picture of 65500x65500");
}

/* ---- JPEG ---- */

/* Orientation in an EXIF block of one entry. */
static size_t exif_block(uint8_t *out, int orientation, bool big)
{
    static const uint8_t little[] = "Exif\0\0II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\0\0\0\0\0\0\0\0";
    static const uint8_t large[] = "Exif\0\0MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0\0\0\0\0\0\0\0";

    memcpy(out, big ? large : little, 32);
    out[big ? 25 : 24] = (uint8_t)orientation;
    return 32;
}

static void make_jpeg(const char *path, J_COLOR_SPACE space, int components, const uint8_t *pixel, int h, int v,
                      int orientation)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    FILE *f = fopen(path, "wb");
    uint8_t row[WIDTH * 4], exif[32];
    JSAMPROW rows[1] = { row };

    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_stdio_dest(&j, f);
    j.image_width = WIDTH;
    j.image_height = HEIGHT;
    j.input_components = components;
    j.in_color_space = space;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, 98, TRUE);
    if (space == JCS_CMYK && h == 2)
        jpeg_set_colorspace(&j, JCS_YCCK);
    j.comp_info[0].h_samp_factor = h;
    j.comp_info[0].v_samp_factor = v;
    jpeg_start_compress(&j, TRUE);
    if (orientation)
        jpeg_write_marker(&j, JPEG_APP0 + 1, exif, (unsigned)exif_block(exif, orientation, orientation & 1));
    for (int x = 0; x < WIDTH * components; x++)
        row[x] = pixel[x % components];
    while (j.next_scanline < j.image_height)
        jpeg_write_scanlines(&j, rows, 1);
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    fclose(f);
}

static void jpeg_planes_stay_as_they_are(void **state)
{
    static const struct {
        int h, v;
        enum AVPixelFormat format;
    } cases[] = { { 1, 1, AV_PIX_FMT_YUV444P }, { 2, 1, AV_PIX_FMT_YUV422P }, { 2, 2, AV_PIX_FMT_YUV420P },
                  { 1, 2, AV_PIX_FMT_YUV440P }, { 4, 1, AV_PIX_FMT_YUV411P } };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct picture *p;

        make_jpeg("planes.jpg", JCS_RGB, 3, (const uint8_t[]){ 200, 60, 30 }, cases[i].h, cases[i].v, 0);
        p = first("planes.jpg", NULL);
        assert_int_equal(p->av->format, cases[i].format);
        assert_int_equal(p->av->color_range, AVCOL_RANGE_JPEG);
        assert_int_equal(p->width, WIDTH);
        assert_int_equal(p->height, HEIGHT);
        /* 0.299 R + 0.587 G + 0.114 B, and so on: JFIF 1.02. */
        assert_true(abs(p->av->data[0][(HEIGHT - 1) * p->av->linesize[0] + WIDTH - 1] - 98) <= 2);
        assert_true(abs(p->av->data[1][0] - 89) <= 2);
        assert_true(abs(p->av->data[2][0] - 200) <= 2);
        picture_unref(&p);
    }
}

static void gray_and_rgb_jpegs_pass(void **state)
{
    struct picture *p;
    (void)state;

    make_jpeg("gray.jpg", JCS_GRAYSCALE, 1, (const uint8_t[]){ 77 }, 1, 1, 0);
    p = first("gray.jpg", NULL);
    assert_int_equal(p->av->format, AV_PIX_FMT_GRAY8);
    assert_true(abs(p->av->data[0][WIDTH - 1] - 77) <= 1);
    picture_unref(&p);
}

static void ink_becomes_light(void **state)
{
    /* libjpeg writes Adobe's marker: 255 is no ink. 51 of 255 left of red, all of green, half of all by black. */
    static const uint8_t pixel[] = { 51, 255, 128, 128 };
    (void)state;

    for (int h = 1; h <= 2; h++) { /* plain CMYK, and YCCK */
        struct picture *p;

        make_jpeg("ink.jpg", JCS_CMYK, 4, pixel, h, h, 0);
        p = first("ink.jpg", NULL);
        assert_int_equal(p->av->format, AV_PIX_FMT_RGB24);
        if (!list_is_near(list_rgb(p, WIDTH - 1, HEIGHT - 1), 0x1A8040, 4))
            fail_msg("%06x", list_rgb(p, WIDTH - 1, HEIGHT - 1));
        picture_unref(&p);
    }
}

static void all_eight_orientations_are_understood(void **state)
{
    static const struct {
        int turns;
        bool mirror;
    } expected[9] = { { 0, 0 }, { 0, 0 }, { 0, 1 }, { 2, 0 }, { 2, 1 }, { 3, 1 }, { 1, 0 }, { 1, 1 }, { 3, 0 } };
    (void)state;

    for (int o = 0; o <= 8; o++) {
        struct picture *p;

        make_jpeg("turned.jpg", JCS_RGB, 3, (const uint8_t[]){ 1, 2, 3 }, 2, 2, o);
        p = first("turned.jpg", NULL);
        assert_int_equal(p->turns, expected[o].turns);
        assert_int_equal(p->mirror, expected[o].mirror);
        assert_int_equal(p->width, o >= 5 ? HEIGHT : WIDTH);
        picture_unref(&p);
    }
}

static void boxes_go_back_through_mirrors_and_turns(void **state)
{
    (void)state;
    for (int o = 1; o <= 8; o++) {
        /* Where EXIF says that the coded top left corner is shown: 0 left/top, 1 right/bottom. */
        static const int right[9] = { 0, 0, 1, 1, 0, 0, 1, 1, 0 }, bottom[9] = { 0, 0, 0, 1, 1, 0, 0, 1, 1 };
        struct picture *p;
        struct sc_box b;

        make_jpeg("turned.jpg", JCS_RGB, 3, (const uint8_t[]){ 1, 2, 3 }, 2, 2, o);
        p = first("turned.jpg", NULL);
        b = picture_to_coded(p, (struct sc_box){ right[o] ? p->width - 3 : 0, bottom[o] ? p->height - 3 : 0, 3, 3 });
        if (b.x || b.y || b.w != 3 || b.h != 3)
            fail_msg("orientation %d: %d,%d %dx%d", o, b.x, b.y, b.w, b.h);
        picture_unref(&p);
    }
}

static void exif_that_lies_is_harmless(void **state)
{
    uint8_t block[32], copy[32];
    (void)state;

    for (int big = 0; big < 2; big++) {
        exif_block(block, 6, big);
        assert_int_equal(exif_orientation(block, 32), 6);
        for (size_t size = 0; size < 26; size++)
            assert_int_equal(exif_orientation(block, size), 0);
        for (int i = 0; i < 32 * 256; i++) {
            memcpy(copy, block, 32);
            copy[i / 256] = (uint8_t)i;
            assert_in_range(exif_orientation(copy, 32), 0, 8);
        }
    }
}

static void a_jpeg_that_is_cut_off_shows_its_top(void **state)
{
    uint8_t *rgb = malloc(200 * 200 * 3), *data;
    size_t size;
    struct picture *p;
    (void)state;

    for (int i = 0; i < 200 * 200; i++) {
        uint32_t c = media_texture(i % 200, i / 200, 5);

        rgb[3 * i] = c >> 16;
        rgb[3 * i + 1] = c >> 8;
        rgb[3 * i + 2] = c;
    }
    media_still("whole.jpg", 200, 200, rgb);
    data = read_file("whole.jpg", &size);
    write_file("cut.jpg", data, size / 2);
    p = first("cut.jpg", NULL);
    assert_true(p->flags & PICTURE_DAMAGED);
    assert_true(list_is_near(list_rgb(p, 100, 10), media_texture(100, 10, 5), 12));
    picture_unref(&p);
    free(data);
    free(rgb);
}

static void jpegs_in_a_row_are_a_video(void **state)
{
    uint8_t *data;
    size_t size;
    FILE *f = fopen("row.bin", "wb");
    struct list l;
    (void)state;

    assert_non_null(f);
    for (int i = 0; i < 3; i++) {
        make_plain("one.jpg", 32, 32, 0x400000u * i);
        data = read_file("one.jpg", &size);
        assert_int_equal(fwrite(data, 1, size, f), size);
        free(data);
    }
    fclose(f);
    l = list_pictures("row.bin", NULL);
    assert_int_equal(l.n, 3);
    assert_true(l.items[0].hash != l.items[2].hash);
    list_dispose(&l);
}

static void names_do_not_decide(void **state)
{
    struct picture *p;
    (void)state;

    make_plain("red.png", 8, 8, 0xFF0000);
    assert_int_equal(rename("red.png", "red.mp4"), 0);
    p = first("red.mp4", NULL);
    assert_int_equal(list_rgb(p, 0, 0), 0xFF0000);
    picture_unref(&p);
}

static void other_still_formats_come_through_libav(void **state)
{
    static const char *const files[] = { "other.bmp", "other.tiff", "other.ppm", "other.webp" };
    (void)state;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct sc_info info;
        struct picture *p;

        if (!strcmp(files[i], "other.webp") && !media_has_encoder("libwebp"))
            continue;
        make_plain(files[i], 31, 9, 0x3264C8);
        p = first(files[i], &info);
        assert_true(info.is_still);
        assert_int_equal(info.n_pictures, 1);
        assert_int_equal(p->width, 31);
        if (!list_is_near(list_rgb(p, 30, 8), 0x3264C8, 1))
            fail_msg("%s: %06x", files[i], list_rgb(p, 30, 8));
        picture_unref(&p);
    }
}

/* ---- animated WebP ---- */

static void put(struct buffer *b, const void *data, size_t size)
{
    assert_int_equal(buffer_add(b, data, size, NULL), SC_OK);
}

static void put_u32(struct buffer *b, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        put(b, &(uint8_t){ (uint8_t)(v >> 8 * i) }, 1);
}

/* A rectangle of w x h at x, y (even), for duration ms. Source: WebP container specification, "ANMF". */
static void put_frame(struct buffer *b, int x, int y, int w, int h, uint32_t colour, int duration)
{
    uint8_t *rgba = malloc((size_t)w * h * 4), *file = NULL;
    size_t size;

    for (int i = 0; i < w * h; i++) {
        rgba[4 * i] = colour >> 16;
        rgba[4 * i + 1] = colour >> 8;
        rgba[4 * i + 2] = colour;
        rgba[4 * i + 3] = 255;
    }
    size = WebPEncodeLosslessRGBA(rgba, w, h, 4 * w, &file);
    assert_true(size > 12);
    put(b, "ANMF", 4);
    put_u32(b, 16 + (uint32_t)size - 12, 4);
    put_u32(b, x / 2, 3);
    put_u32(b, y / 2, 3);
    put_u32(b, w - 1, 3);
    put_u32(b, h - 1, 3);
    put_u32(b, duration, 3);
    put_u32(b, 0, 1);
    put(b, file + 12, size - 12);
    WebPFree(file);
    free(rgba);
}

static void animated_webp_is_a_video_of_whole_canvases(void **state)
{
    static const int64_t times_us[] = { 0, 250000, 290000, 1290000 };
    struct buffer b = { 0 };
    struct list l, rest;
    struct decoder *d = NULL;
    struct decode_settings settings = { .source.path = "anim.webp" };
    struct picture *p = NULL;
    uint32_t size;
    (void)state;

    put(&b, "RIFF\0\0\0\0WEBPVP8X\12\0\0\0\2\0\0\0", 24);
    put_u32(&b, 40 - 1, 3);
    put_u32(&b, 20 - 1, 3);
    put(&b, "ANIM\6\0\0\0\0\0\0\0\0\0", 14);
    put_frame(&b, 0, 0, 40, 20, 0xFF0000, 250);
    put_frame(&b, 20, 0, 20, 20, 0x00FF00, 40);
    put_frame(&b, 0, 10, 20, 10, 0x0000FF, 1000);
    put_frame(&b, 0, 0, 2, 2, 0x000000, 500);
    size = (uint32_t)b.size - 8;
    for (int i = 0; i < 4; i++)
        b.data[4 + i] = (uint8_t)(size >> 8 * i);
    write_file("anim.webp", b.data, b.size);
    buffer_dispose(&b);

    l = list_pictures("anim.webp", NULL);
    assert_int_equal(l.n, 4);
    for (int k = 0; k < 4; k++)
        assert_int_equal(l.items[k].time_us, times_us[k]);
    assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
    assert_string_equal(decode_info(d)->codec, "webp");
    assert_int_equal(decode_info(d)->duration_us, 1790000);
    assert_int_equal(decode_info(d)->n_pictures, 4);
    assert_false(decode_info(d)->is_still);
    assert_int_equal(decode_seek(d, 250001, NULL), SC_OK);
    assert_int_equal(decode_next(d, &p, NULL), SC_OK);
    assert_int_equal(p->time_us, 290000);
    assert_int_equal(list_hash(p), l.items[2].hash);
    assert_int_equal(list_rgb(p, 5, 2), 0xFF0000);
    assert_int_equal(list_rgb(p, 30, 2), 0x00FF00);
    assert_int_equal(list_rgb(p, 5, 15), 0x0000FF);
    picture_unref(&p);
    assert_int_equal(decode_seek(d, 0, NULL), SC_OK);
    rest = list_rest(d);
    assert_int_equal(rest.n, 4);
    assert_int_equal(rest.items[3].hash, l.items[3].hash);
    list_dispose(&rest);
    list_dispose(&l);
    decode_close(&d);
}

/* ---- sequences ---- */

static void names_sort_as_people_count(void **state)
{
    static const char *const sorted[] = { "a", "a1", "a01", "a2", "a10", "a10b", "b", "b99999999999999999999998",
                                          "b99999999999999999999999", "b100000000000000000000000" };
    (void)state;

    for (int i = 0; i < 10; i++) {
        for (int k = 0; k < 10; k++) {
            int order = listing_compare(sorted[i], sorted[k]);

            if (!strcmp(sorted[i], "a01") && !strcmp(sorted[k], "a1")) /* equal as numbers: any fixed order */
                assert_int_not_equal(order, 0);
            else if (!(!strcmp(sorted[i], "a1") && !strcmp(sorted[k], "a01")))
                assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
        }
    }
}

/* Five pictures of other sizes and formats, named so that bytes would sort them wrongly. */
static void make_folder(void)
{
    if (mkdir("stills", 0777) < 0)
        return;
    make_plain("stills/img1.png", 20, 10, 0x110000);
    make_plain("stills/img2.jpg", 40, 20, 0x220000);
    make_plain("stills/img3.bmp", 20, 10, 0x330000);
    make_plain("stills/img10.png", 60, 30, 0xAA0000);
    make_plain("stills/img11.png", 20, 10, 0xBB0000);
    write_file("stills/notes.txt", "Pay the printer\n", 16);
    write_file("stills/.hidden.png", "\x89PNG\r\n\x1a\n", 8);
    mkdir("stills/img4.png", 0777);
}

static void a_folder_of_stills_is_a_video(void **state)
{
    static const int widths[] = { 20, 40, 20, 60, 20 };
    struct decode_settings settings = { .source = { .path = "stills", .still_rate = 4 } };
    struct list l;
    struct decoder *d = NULL;
    struct picture *p = NULL;
    struct packet_facts facts;
    bool end;
    int n = 0;
    (void)state;

    make_folder();
    l = list_pictures("stills", &settings);
    assert_int_equal(l.n, 5);
    assert_int_equal(l.damage.n_packets, 0);
    for (int k = 0; k < 5; k++) {
        assert_int_equal(l.items[k].time_us, k * 250000);
        assert_int_equal(l.items[k].width, widths[k]);
    }
    assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
    assert_true(decode_info(d)->is_stills);
    assert_false(decode_info(d)->is_still);
    assert_string_equal(decode_info(d)->container, "stills");
    assert_int_equal(decode_info(d)->n_pictures, 5);
    assert_int_equal(decode_info(d)->duration_us, 1250000);
    for (int k = 4; k >= 0; k--) {
        assert_int_equal(decode_seek(d, k * 250000 - 249999, NULL), SC_OK);
        assert_int_equal(decode_next(d, &p, NULL), SC_OK);
        assert_int_equal(p->time_us, l.items[k].time_us);
        assert_int_equal(list_hash(p), l.items[k].hash);
        picture_unref(&p);
    }
    assert_int_equal(decode_seek(d, 0, NULL), SC_OK);
    while (!decode_next_packet(d, &facts, &end, NULL) && !end)
        n += facts.key && facts.bytes > 0;
    assert_int_equal(n, 5);
    decode_close(&d);
    list_dispose(&l);
}

/* A quarter of the samples along each side, the same colours, the displayed size as it is. */
static void jpegs_of_a_folder_can_be_had_with_fewer_samples(void **state)
{
    const struct decode_settings settings = { .source = { .path = "reduced" } };
    struct decoder *d = NULL;
    struct picture *p = NULL;
    (void)state;

    mkdir("reduced", 0777);
    make_jpeg("reduced/1.jpg", JCS_RGB, 3, (const uint8_t[]){ 200, 60, 30 }, 2, 2, 6);
    make_jpeg("reduced/2.jpg", JCS_GRAYSCALE, 1, (const uint8_t[]){ 77 }, 1, 1, 0);
    make_jpeg("reduced/3.jpg", JCS_CMYK, 4, (const uint8_t[]){ 9, 9, 9, 9 }, 1, 1, 0);
    assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
    decode_set_reduced(d, WIDTH / 4);
    assert_int_equal(decode_next(d, &p, NULL), SC_OK);
    assert_int_equal(p->time_us, 0);
    assert_int_equal(p->av->width, (WIDTH + 3) / 4);
    assert_int_equal(p->av->height, (HEIGHT + 3) / 4);
    assert_int_equal(p->width, HEIGHT);
    assert_int_equal(p->height, WIDTH);
    assert_true(abs(p->av->data[0][0] - 98) <= 2);
    assert_true(abs(p->av->data[1][p->av->width - 1] - 89) <= 2);
    assert_true(abs(p->av->data[2][(p->av->height - 1) * p->av->linesize[2]] - 200) <= 2);
    picture_unref(&p);
    assert_int_equal(decode_next(d, &p, NULL), SC_OK);
    assert_int_equal(p->av->format, AV_PIX_FMT_GRAY8);
    assert_int_equal(p->av->width, (WIDTH + 3) / 4);
    assert_int_equal(p->width, WIDTH);
    assert_true(abs(p->av->data[0][p->av->width - 1] - 77) <= 2);
    picture_unref(&p);
    assert_int_equal(decode_next(d, &p, NULL), SC_OK); /* what can't be reduced comes as it is */
    assert_int_equal(p->av->width, WIDTH);
    picture_unref(&p);
    decode_set_reduced(d, 0);
    assert_int_equal(decode_next(d, &p, NULL), SC_OK);
    assert_int_equal(p->time_us, 0);
    assert_int_equal(p->av->width, WIDTH);
    picture_unref(&p);
    decode_close(&d);
}

static void globs_and_patterns_choose(void **state)
{
    static const struct {
        const char *path;
        int n;
    } cases[] = { { "stills/*.png", 3 }, { "stills/img1*", 3 }, { "stills/img%d.png", 3 }, { "stills/img%02d.png", 2 },
                  { "stills/img?.*", 3 } };
    (void)state;

    make_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct list l = list_pictures(cases[i].path, NULL);

        if (l.n != cases[i].n)
            fail_msg("%s: %d pictures", cases[i].path, l.n);
        for (int k = 0; k < l.n; k++)
            assert_int_equal(l.items[k].time_us, k * 1000000);
        list_dispose(&l);
    }
    refuse("stills/x*.png", SC_ERR_FORMAT, "no pictures match 'stills/x*.png'");
    refuse("stills/y%03d.png", SC_ERR_FORMAT, "no pictures match");
    refuse("none%d/a.png", SC_ERR_INVALID, "not in a folder's");
}

static void a_still_that_can_not_be_decoded_is_damage(void **state)
{
    struct list l;
    (void)state;

    assert_int_equal(mkdir("broken", 0777), 0);
    write_file("broken/1.png", "\x89PNG\r\n\x1a\nrubbish", 15);
    make_plain("broken/2.png", 20, 10, 0x110000);
    write_file("broken/3.png", "\x89PNG\r\n\x1a\nrubbish", 15);
    make_plain("broken/4.png", 20, 10, 0x110000);
    l = list_pictures("broken", NULL);
    assert_int_equal(l.n, 2);
    assert_int_equal(l.items[0].time_us, 0);
    assert_int_equal(l.items[1].time_us, 2000000);
    assert_int_equal(l.damage.n_packets, 2);
    assert_int_equal(l.damage.last_us, 1000000);
    list_dispose(&l);
    unlink("broken/2.png");
    unlink("broken/4.png");
    refuse("broken", SC_ERR_FORMAT, "no picture in 'broken' could be decoded");
}

static void a_folder_without_pictures_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir("empty", 0777), 0);
    refuse("empty", SC_ERR_FORMAT, "no pictures in the folder 'empty'");
    write_file("empty/a.txt", "P1 is not a picture just because of its name", 44);
    refuse("empty", SC_ERR_FORMAT, "no picture");
}

static int enter(void **state)
{
    (void)state;
    list_enter_folder();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    list_leave_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_png_layout_keeps_its_samples),
        cmocka_unit_test(what_shows_through_is_the_background),
        cmocka_unit_test(a_png_that_is_cut_off_is_refused),
        cmocka_unit_test(headers_that_lie_about_size_cost_nothing),
        cmocka_unit_test(jpeg_planes_stay_as_they_are),
        cmocka_unit_test(gray_and_rgb_jpegs_pass),
        cmocka_unit_test(ink_becomes_light),
        cmocka_unit_test(all_eight_orientations_are_understood),
        cmocka_unit_test(boxes_go_back_through_mirrors_and_turns),
        cmocka_unit_test(exif_that_lies_is_harmless),
        cmocka_unit_test(a_jpeg_that_is_cut_off_shows_its_top),
        cmocka_unit_test(jpegs_in_a_row_are_a_video),
        cmocka_unit_test(names_do_not_decide),
        cmocka_unit_test(other_still_formats_come_through_libav),
        cmocka_unit_test(animated_webp_is_a_video_of_whole_canvases),
        cmocka_unit_test(names_sort_as_people_count),
        cmocka_unit_test(a_folder_of_stills_is_a_video),
        cmocka_unit_test(jpegs_of_a_folder_can_be_had_with_fewer_samples),
        cmocka_unit_test(globs_and_patterns_choose),
        cmocka_unit_test(a_still_that_can_not_be_decoded_is_damage),
        cmocka_unit_test(a_folder_without_pictures_is_refused),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
