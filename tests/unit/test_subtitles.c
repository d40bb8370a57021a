/* Subtitles: files, streams and captions that the test makes, as plain lines with their times. */
#include "decode/subtitles.h"

#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"
#include "tests/kit/list.h"
#include "tests/kit/media.h"
#include "tests/kit/subtitled.h"

/* "1.000-2.500 words / second row|" for each line. */
static enum sc_status note(void *user, const struct subtitle_line *line, struct sc_error *err)
{
    struct buffer *out = user;
    const char *row = line->text;
    enum sc_status s = buffer_print(out, err, "%.3f-%.3f ", (double)line->start_us / 1e6, (double)line->end_us / 1e6);

    for (; !s && row; row = strchr(row, '\n') ? strchr(row, '\n') + 1 : NULL)
        s = buffer_print(out, err, "%s%.*s", row == line->text ? "" : " / ", (int)strcspn(row, "\n"), row);
    return s ? s : buffer_text(out, "|", err);
}

static void check_lines(const struct buffer *got, const char *expected)
{
    assert_string_equal(got->data ? (char *)got->data : "", expected);
}

/* ---- files ---- */

static void files_of_every_format_are_read(void **state)
{
    static const struct { const char *name, *text, *lines; } rows[] = {
        { "a.srt", "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i> {\\an8}there,\n <font color=\"red\">who</font>?\n\n"
                   "2\n00:01:02,500 --> 00:01:03,000\n[img-3] <b>x</b>\n", "1.000-2.500 Hello there, / who?|"
                                                                          "62.500-63.000 [img-3] x|" },
        { "a.vtt", "WEBVTT\n\nNOTE not this\n\n00:01.000 --> 00:02.000 align:start\n<v Roger>Hello <b>you</b> &amp; me\n",
          "1.000-2.000 Hello you & me|" },
        { "a.ass", "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, "
                   "MarginV, Effect, Text\n"
                   "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\pos(3,4)\\b1}Second{\\b0}\\Nrow, with commas\n"
                   "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,First\\hone\n"
                   "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,not this\n"
                   "Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0{\\p0}drawn\n",
          "1.000-2.000 First one|3.000-4.000 Second / row, with commas|5.000-6.000 drawn|" },
        { "old.srt", "1\n00:00:01,000 --> 00:00:02,000\ncaf\xE9 \x96 d\xE9j\xE0\n",    /* Windows-1252 */
          "1.000-2.000 caf\xC3\xA9 \xE2\x80\x93 d\xC3\xA9j\xC3\xA0|" },
        { "twice.srt", "1\n00:00:01,000 --> 00:00:02,000\nsame\n\n2\n00:00:02,000 --> 00:00:03,000\nsame\n\n"
                       "3\n00:00:05,000 --> 00:00:06,000\nsame\n", "1.000-3.000 same|5.000-6.000 same|" },
        { "tags.srt", "1\n00:00:01,000 --> 00:00:02,000\n<i></i>\n\n2\n00:00:02,000 --> 00:00:03,000\nx\n",
          "2.000-3.000 x|" },
        { "misnamed.txt", "1\n00:00:01,000 --> 00:00:02,000\nhello\n", "1.000-2.000 hello|" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer got = { 0 };
        const struct subtitle_sink sink = { .on_line = note, .user = &got };
        struct subtitle_track track;
        struct sc_error err = { 0 };

        if (subtitles_file(rows[i].name, (const uint8_t *)rows[i].text, strlen(rows[i].text), &sink, &track, &err))
            fail_msg("%s: %s", rows[i].name, err.text);
        check_lines(&got, rows[i].lines);
        buffer_dispose(&got);
    }
}

static void what_is_no_subtitles_is_refused(void **state)
{
    static const char *const rows[] = { "hello", "\x1A\x45\xDF\xA3\x01\x02", "RIFF\x10\0\0\0WAVE", "#EXTM3U\nx.ts\n",
                                        "ffconcat version 1.0\nfile '/etc/passwd'\n" };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer got = { 0 };
        const struct subtitle_sink sink = { .on_line = note, .user = &got };
        struct subtitle_track track;
        struct sc_error err = { 0 };

        assert_int_equal(subtitles_file("x.srt.bin", (const uint8_t *)rows[i], strlen(rows[i]), &sink, &track, &err),
                         SC_ERR_FORMAT);
        assert_non_null(strstr(err.text, "x.srt.bin"));
        assert_int_equal(got.size, 0);
        buffer_dispose(&got);
    }
}

/* ---- streams ---- */

static void draw(const char *path, const char *codec)
{
    struct media *m = media_open(path, 64, 48, &(struct media_options){ .codec = codec });
    int i;

    for (i = 0; i < 25; i++) {
        media_fill(m, 0x808080);
        media_write(m);
    }
    media_close(&m);
}

static struct decoder *open_file(const char *path)
{
    struct decode_settings settings = { .source.path = path };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };

    if (decode_open(&d, &settings, &err))
        fail_msg("%s", err.text);
    return d;
}

static enum sc_status read_stream(const char *path, int number, struct buffer *got, struct subtitle_track *track,
                                  struct sc_error *err)
{
    const struct subtitle_sink sink = { .on_line = note, .user = got };
    struct decoder *d = open_file(path);
    enum sc_status s = subtitles_embedded(d, number, &sink, track, err);

    decode_close(&d);
    return s;
}

static void check_stream(const char *path, int number, const char *name, const char *lines)
{
    struct buffer got = { 0 };
    struct subtitle_track track;
    struct sc_error err = { 0 };

    if (read_stream(path, number, &got, &track, &err))
        fail_msg("%s: %s", path, err.text);
    assert_string_equal(track.name, name);
    check_lines(&got, lines);
    buffer_dispose(&got);
}

#define ASS_HEADER "[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\nFormat: Name, Fontname, Fontsize\r\n" \
                   "Style: Default,Arial,16\r\n\r\n[Events]\r\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, " \
                   "MarginV, Effect, Text\r\n"

static void streams_are_read_on_the_clock_of_the_pictures(void **state)
{
    static const struct subtitled_stream two[] = { { "subrip", "eng", NULL }, { "ass", "deu", ASS_HEADER } };
    static const struct subtitled_line lines[] = {
        { 200000, 300000, "<b>Hello</b>", 0 }, { 250000, 100000, "0,0,Default,,0,0,0,,{\\i1}Guten\\NTag", 1 },
        { 600000, 200000, "Bye", 0 },
    };

    (void)state;
    draw("v.mkv", "mpeg4");
    subtitled_make("two.mkv", "v.mkv", 0, two, 2, lines, 3);
    check_stream("two.mkv", 0, "stream 1 of 2 (subrip, eng)", "0.200-0.500 Hello|0.600-0.800 Bye|");
    check_stream("two.mkv", 2, "stream 2 of 2 (ass, deu)", "0.250-0.350 Guten / Tag|");
    subtitled_make("late.mkv", "v.mkv", 7000000, two, 2, lines, 3);
    check_stream("late.mkv", 1, "stream 1 of 2 (subrip, eng)", "0.200-0.500 Hello|0.600-0.800 Bye|");
}

static void other_codecs_are_read_too(void **state)
{
    static const struct subtitled_stream mov = { "mov_text", NULL, NULL }, vtt = { "webvtt", "fra", NULL };
    static const struct subtitled_line line = { 200000, 300000, "Hello", 0 }, marked = { 200000, 300000, "<b>Salut</b>", 0 };

    (void)state;
    subtitled_make("mov.mp4", "v.mkv", 0, &mov, 1, &line, 1);
    check_stream("mov.mp4", 0, "stream 1 of 1 (mov_text)", "0.200-0.500 Hello|");
    subtitled_make("vtt.mkv", "v.mkv", 0, &vtt, 1, &marked, 1);
    check_stream("vtt.mkv", 0, "stream 1 of 1 (webvtt, fra)", "0.200-0.500 Salut|");
}

static void pictures_say_that_they_are_pictures(void **state)
{
    static const struct subtitled_stream both[] = { { "hdmv_pgs_subtitle", "eng", NULL }, { "subrip", NULL, NULL } };
    static const struct subtitled_line lines[] = { { 200000, 300000, "\x16", 0 }, { 300000, 300000, "Hello", 1 } };
    struct buffer got = { 0 };
    struct subtitle_track track;

    (void)state;
    subtitled_make("pgs.mkv", "v.mkv", 0, both, 1, lines, 1);
    assert_int_equal(read_stream("pgs.mkv", 0, &got, &track, NULL), SC_OK);
    assert_true(track.is_pictures);
    check_lines(&got, "");
    subtitled_make("both.mkv", "v.mkv", 0, both, 2, lines, 2);
    check_stream("both.mkv", 0, "stream 2 of 2 (subrip)", "0.300-0.600 Hello|");
}

static void a_stream_that_is_not_there_is_named(void **state)
{
    struct buffer got = { 0 };
    struct subtitle_track track;
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(read_stream("v.mkv", 0, &got, &track, &err), SC_OK);
    assert_string_equal(track.name, "");
    assert_int_equal(read_stream("two.mkv", 3, &got, &track, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "no subtitles 3 in 'two.mkv': it has 2");
}

/* ---- captions ---- */

/* Commands come twice, as broadcasters send them. */
static void command(struct media *m, uint8_t a, uint8_t b)
{
    media_caption(m, a, b);
    media_write(m);
    media_caption(m, a, b);
    media_write(m);
}

static void say(struct media *m, const char *text)
{
    for (; *text; text += text[1] ? 2 : 1) {
        media_caption(m, (uint8_t)text[0], (uint8_t)text[1]);
        media_write(m);
    }
}

static void wait(struct media *m, int n)
{
    while (n-- > 0) {
        media_caption(m, 0, 0);
        media_write(m);
    }
}

static struct media *start(const char *path)
{
    struct media *m = media_open(path, 64, 48, &(struct media_options){ .codec = "mpeg2video", .encoder_options = "bf=2" });

    media_fill(m, 0x808080);
    return m;
}

static void check_captions(const char *path, const char *lines)
{
    struct buffer got = { 0 };
    const struct subtitle_sink sink = { .on_line = note, .user = &got };
    struct decoder *d = open_file(path);
    struct subtitle_track track;
    struct sc_error err = { 0 };
    struct picture *p = NULL;

    if (subtitles_captions(d, &sink, &track, &err))
        fail_msg("%s", err.text);
    check_lines(&got, lines);
    while (!decode_next(d, &p, NULL) && p)
        picture_unref(&p);
    assert_int_equal(decode_info(d)->has_captions, *lines != '\0');
    buffer_dispose(&got);
    decode_close(&d);
}

/* CEA-608: resume caption loading, row 15, words, end of caption; erase displayed memory. */
static void captions_that_pop_on_are_read(void **state)
{
    struct media *m = start("pop.ts");

    (void)state;
    command(m, 0x14, 0x20);
    command(m, 0x14, 0x70);
    say(m, "HELLO YOU");
    command(m, 0x14, 0x2F);      /* begins with picture 9 */
    wait(m, 14);
    command(m, 0x14, 0x2C);      /* ends with picture 25 */
    wait(m, 10);
    media_close(&m);
    check_captions("pop.ts", "0.360-1.000 HELLO YOU|");
}

/* Roll-up, two rows: each row is told once. */
static void rows_that_roll_are_told_once(void **state)
{
    struct media *m = start("roll.ts");
    struct buffer got = { 0 };
    const struct subtitle_sink sink = { .on_line = note, .user = &got };
    struct subtitle_track track;
    struct decoder *d;
    const char *one, *two, *three;

    (void)state;
    command(m, 0x14, 0x25);
    command(m, 0x14, 0x70);
    say(m, "ONE AND");
    wait(m, 12);
    command(m, 0x14, 0x2D);
    say(m, "TWO AND");
    wait(m, 12);
    command(m, 0x14, 0x2D);
    say(m, "THREE");
    wait(m, 12);
    command(m, 0x14, 0x2D);
    wait(m, 12);
    media_close(&m);
    d = open_file("roll.ts");
    assert_int_equal(subtitles_captions(d, &sink, &track, NULL), SC_OK);
    one = strstr((char *)got.data, "ONE AND");
    two = strstr((char *)got.data, "TWO AND");
    three = strstr((char *)got.data, "THREE");
    assert_true(one && two && three && one < two && two < three);
    assert_null(strstr(one + 1, "ONE AND"));
    assert_null(strstr(two + 1, "TWO AND"));
    assert_null(strstr(three + 1, "THREE"));
    buffer_dispose(&got);
    decode_close(&d);
}

static void filling_is_no_caption(void **state)
{
    struct media *m = start("none.ts");

    (void)state;
    wait(m, 25);
    media_close(&m);
    check_captions("none.ts", "");
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
        cmocka_unit_test(files_of_every_format_are_read),
        cmocka_unit_test(what_is_no_subtitles_is_refused),
        cmocka_unit_test(streams_are_read_on_the_clock_of_the_pictures),
        cmocka_unit_test(other_codecs_are_read_too),
        cmocka_unit_test(pictures_say_that_they_are_pictures),
        cmocka_unit_test(a_stream_that_is_not_there_is_named),
        cmocka_unit_test(captions_that_pop_on_are_read),
        cmocka_unit_test(rows_that_roll_are_told_once),
        cmocka_unit_test(filling_is_no_caption),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
