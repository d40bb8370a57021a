/* What files say of themselves: EXIF in all its wrappings, container tags and chapters. */
#include "decode/metadata.h"

#include <string.h>

#include <libavformat/avformat.h>
#include <libavutil/mem.h>

#include "base/buffer.h"
#include "decode/exif.h"
#include "tests/kit/check.h"
#include "tests/kit/list.h"
#include "tests/kit/media.h"

static enum sc_status add_fact(void *user, const char *name, const char *text, struct sc_error *err)
{
    return buffer_print(user, err, "%s=%s|", name, text);
}

static enum sc_status add_chapter(void *user, int64_t start_us, int64_t end_us, const char *title, struct sc_error *err)
{
    return buffer_print(user, err, "%.1f-%.1f=%s|", (double)start_us / 1e6, (double)end_us / 1e6, title);
}

static void check_file(const char *path, const char *expected)
{
    struct decode_settings settings = { .source.path = path };
    struct buffer got = { 0 };
    const struct metadata_sink sink = { add_fact, add_chapter, &got };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };

    if (decode_open(&d, &settings, &err) || metadata_read(d, &sink, &err))
        fail_msg("%s: %s", path, err.text);
    assert_string_equal(got.data ? (char *)got.data : "", expected);
    decode_close(&d);
    buffer_dispose(&got);
}

/* ---- EXIF ---- */

static void put(uint8_t *at, uint32_t v, int bytes, bool big)
{
    for (int i = 0; i < bytes; i++)
        at[big ? bytes - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

static void entry(uint8_t *at, int tag, int type, uint32_t n, uint32_t value, bool big)
{
    put(at, (uint32_t)tag, 2, big);
    put(at + 2, (uint32_t)type, 2, big);
    put(at + 4, n, 4, big);
    put(at + 8, value, 4, big);
}

/* Make, model, and a date in EXIF's own directory. Returns its size. */
static size_t make_exif(uint8_t out[200], bool big)
{
    memset(out, 0, 200);
    memcpy(out, big ? "MM\0*" : "II*\0", 4);
    put(out + 4, 8, 4, big);
    put(out + 8, 3, 2, big);
    entry(out + 10, EXIF_MAKE, 2, 6, 100, big);
    entry(out + 22, EXIF_MODEL, 2, 8, 110, big);
    entry(out + 34, 0x8769, 4, 1, 60, big);
    put(out + 60, 1, 2, big);
    entry(out + 62, EXIF_DATE_TAKEN, 2, 20, 130, big);
    memcpy(out + 100, "Acme ", 6);
    memcpy(out + 110, "Eye 5", 6);
    memcpy(out + 130, "2024:05:01 12:30:00", 20);
    return 150;
}

#define SAYS "date=2024-05-01 12:30:00|camera=Acme Eye 5|"

static void write_with(const char *from, const char *to, size_t at, const uint8_t *bytes, size_t size)
{
    static uint8_t file[1 << 20];
    FILE *f = fopen(from, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(file, 1, sizeof file, f);
    fclose(f);
    assert_non_null(f = fopen(to, "wb"));
    assert_int_equal(fwrite(file, 1, at, f), at);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fwrite(file + at, 1, n - at, f), n - at);
    fclose(f);
}

static void exif_is_found_in_jpeg_and_png(void **state)
{
    uint8_t exif[200], app1[300] = { 0xFF, 0xE1, 0, 0, 'E', 'x', 'i', 'f', 0, 0 }, rgb[16 * 16 * 3] = { 0 };
    size_t n = make_exif(exif, true), found;
    char text[8];

    (void)state;
    media_still("plain.jpg", 16, 16, rgb);
    check_file("plain.jpg", "");
    put(app1 + 2, (uint32_t)n + 8, 2, true);
    memcpy(app1 + 10, exif, n);
    write_with("plain.jpg", "with.jpg", 2, app1, n + 10);
    check_file("with.jpg", SAYS);
    make_exif(exif, false);
    memcpy(app1 + 10, exif, n);
    write_with("plain.jpg", "little.jpg", 2, app1, n + 10);
    check_file("little.jpg", SAYS);
    assert_ptr_equal(exif_find(exif, n, &found), exif);       /* a TIFF */
    assert_int_equal(found, n);
    assert_true(exif_text(exif, n, EXIF_DATE_TAKEN, text, sizeof text));
    assert_string_equal(text, "2024:05");
    assert_false(exif_text(exif, n, EXIF_DATE, text, sizeof text));
}

/* Every cut and every byte that lies: no reading past the end (this runs under ASan). */
static void damaged_exif_is_nothing(void **state)
{
    uint8_t exif[200];
    char text[64];
    size_t n = make_exif(exif, false), i;
    int v;

    (void)state;
    for (i = 0; i < n; i++) {
        uint8_t *copy = test_malloc(i ? i : 1);

        memcpy(copy, exif, i);
        exif_text(copy, i, EXIF_MAKE, text, sizeof text);
        exif_text(copy, i, EXIF_DATE_TAKEN, text, sizeof text);
        exif_orientation(copy, i);
        test_free(copy);
    }
    for (i = 4; i < n; i++)
        for (v = 0; v < 256; v += 51) {
            uint8_t was = exif[i];

            exif[i] = (uint8_t)v;
            exif_text(exif, n, EXIF_MODEL, text, sizeof text);
            exif_text(exif, n, EXIF_DATE_TAKEN, text, sizeof text);
            exif_orientation(exif, n);
            exif[i] = was;
        }
}

/* ---- containers ---- */

static void add_one(AVFormatContext *out, int i, const char *title, int64_t start_s, int64_t end_s)
{
    AVChapter *c = av_mallocz(sizeof *c);

    c->id = i;
    c->time_base = (AVRational){ 1, 1 };
    c->start = start_s;
    c->end = end_s;
    av_dict_set(&c->metadata, "title", title, 0);
    out->chapters[i] = c;
}

/* Remux with tags and two chapters. */
static void tag_file(const char *from, const char *to)
{
    AVFormatContext *in = NULL, *out = NULL;
    AVPacket *packet = av_packet_alloc();

    assert_int_equal(avformat_open_input(&in, from, NULL, NULL), 0);
    assert_true(avformat_find_stream_info(in, NULL) >= 0);
    assert_true(avformat_alloc_output_context2(&out, NULL, NULL, to) >= 0);
    assert_non_null(avformat_new_stream(out, NULL));
    assert_true(avcodec_parameters_copy(out->streams[0]->codecpar, in->streams[0]->codecpar) >= 0);
    out->streams[0]->codecpar->codec_tag = 0;
    av_dict_set(&out->metadata, "title", "A walk", 0);
    av_dict_set(&out->metadata, "creation_time", "2024-05-01T12:30:00.000000Z", 0);
    av_dict_set(&out->metadata, "location", "+52.5+13.4/", 0);
    out->chapters = av_calloc(2, sizeof *out->chapters);
    out->nb_chapters = 2;
    add_one(out, 0, "In", 0, 1);
    add_one(out, 1, "Out", 1, 2);
    assert_true(avio_open(&out->pb, to, AVIO_FLAG_WRITE) >= 0);
    assert_true(avformat_write_header(out, NULL) >= 0);
    while (av_read_frame(in, packet) >= 0) {
        av_packet_rescale_ts(packet, in->streams[0]->time_base, out->streams[0]->time_base);
        packet->pos = -1;
        assert_true(av_interleaved_write_frame(out, packet) >= 0);
    }
    av_packet_free(&packet);
    assert_true(av_write_trailer(out) >= 0);
    avio_closep(&out->pb);
    avformat_free_context(out);
    avformat_close_input(&in);
}

static void containers_tell_title_date_and_chapters(void **state)
{
    struct media *m = media_open("v.mkv", 64, 48, &(struct media_options){ .codec = "mpeg4" });
    int i;

    (void)state;
    for (i = 0; i < 50; i++) {
        media_fill(m, 0x808080);
        media_write(m);
    }
    media_close(&m);
    check_file("v.mkv", "");
    tag_file("v.mkv", "tagged.mp4");
    check_file("tagged.mp4", "title=A walk|date=2024-05-01T12:30:00.000000Z|0.0-1.0=In|1.0-2.0=Out|");
    tag_file("v.mkv", "tagged.mkv");
    check_file("tagged.mkv", "title=A walk|date=2024-05-01T12:30:00.000000Z|0.0-1.0=In|1.0-2.0=Out|");
}

static int set_up(void **state)
{
    (void)state;
    list_enter_folder();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    list_leave_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exif_is_found_in_jpeg_and_png),
        cmocka_unit_test(damaged_exif_is_nothing),
        cmocka_unit_test(containers_tell_title_date_and_chapters),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
