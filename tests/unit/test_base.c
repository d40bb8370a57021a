/* base/: buffers, text made harmless, packed values, times. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "base/pack.h"
#include "base/text.h"

static void a_buffer_refuses_to_pass_its_limit(void **state)
{
    struct sc_error err = { 0 };
    struct buffer b = { .limit = 3 };

    (void)state;
    assert_int_equal(buffer_add(&b, "abcd", 4, &err), SC_ERR_LIMIT);
    assert_string_equal(err.text, "more than 3 bytes");
    assert_int_equal(b.size, 0);
    assert_int_equal(buffer_add(&b, "abc", 3, &err), SC_OK);
    assert_int_equal(buffer_add(&b, "d", 1, &err), SC_ERR_LIMIT);
    assert_string_equal((char *)b.data, "abc");
    buffer_dispose(&b);
}

static void a_buffer_ends_in_a_nul(void **state)
{
    struct buffer b = { 0 };
    char *taken;
    int i;

    (void)state;
    for (i = 0; i < 1000; i++)
        assert_int_equal(buffer_print(&b, NULL, "%03d,", i % 1000), SC_OK);
    assert_int_equal(b.size, 4000);
    assert_int_equal(b.data[4000], 0);
    taken = buffer_take(&b);
    assert_int_equal(strlen(taken), 4000);
    free(taken);
    taken = buffer_take(&b);
    assert_string_equal(taken, "");
    free(taken);
}

static void deeper_errors_get_words_in_front(void **state)
{
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(fail(&err, SC_ERR_FORMAT, "no video stream"), SC_ERR_FORMAT);
    assert_int_equal(fail_in(&err, SC_ERR_FORMAT, "'%s'", "a.mp4"), SC_ERR_FORMAT);
    assert_string_equal(err.text, "'a.mp4': no video stream");
    assert_int_equal(fail_in(NULL, SC_ERR_IO, "x"), SC_ERR_IO);
}

static void utf8_is_known_by_the_table(void **state)
{
    static const struct { const char *text; size_t size, length, unfinished; } rows[] = {
        { "a", 1, 1, 0 },
        { "\xC3\xA9", 2, 2, 0 },
        { "\xC3", 1, 0, 1 },
        { "\xE6\x97\xA5", 3, 3, 0 },
        { "\xE6\x97", 2, 0, 2 },
        { "\xF0\x9F\x98\x80", 4, 4, 0 },
        { "\xF0\x9F\x98", 3, 0, 3 },
        { "\xC0\x80", 2, 0, 0 },         /* overlong */
        { "\xED\xA0\x80", 3, 0, 0 },     /* surrogate */
        { "\xF4\x90\x80\x80", 4, 0, 0 }, /* past U+10FFFF */
        { "\x80", 1, 0, 0 },
        { "", 0, 0, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(text_utf8_length(rows[i].text, rows[i].size), rows[i].length);
        assert_int_equal(text_utf8_unfinished(rows[i].text, rows[i].size), rows[i].unfinished);
    }
}

static char *visible(const char *text, size_t size, bool multiline)
{
    struct buffer b = { 0 };

    assert_int_equal(text_add_visible(&b, text, size, multiline, NULL), SC_OK);
    return buffer_take(&b);
}

static void controls_become_visible(void **state)
{
    static const struct { const char *text, *line, *lines; } rows[] = {
        { "plain", "plain", "plain" },
        { "a\x1b[2Jb", "a\\x1b[2Jb", "a\\x1b[2Jb" },
        { "a\nb\tc", "a\\x0ab\\x09c", "a\nb\tc" },
        { "\xC2\x9B" "31m", "\\x9b31m", "\\x9b31m" },          /* C1 CSI */
        { "x\xE2\x80\xAEy", "x\\u202ey", "x\\u202ey" },        /* right-to-left override */
        { "\xFFz", "\xEF\xBF\xBDz", "\xEF\xBF\xBDz" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *line = visible(rows[i].text, strlen(rows[i].text), false);
        char *lines = visible(rows[i].text, strlen(rows[i].text), true);

        assert_string_equal(line, rows[i].line);
        assert_string_equal(lines, rows[i].lines);
        free(line);
        free(lines);
    }
}

static void json_strings_are_escaped(void **state)
{
    static const char text[] = "a\"b\\c\n\x01\xC3\xA9\xFF";
    struct buffer b = { 0 };

    (void)state;
    assert_int_equal(text_add_json(&b, text, sizeof text - 1, NULL), SC_OK);
    assert_string_equal((char *)b.data, "\"a\\\"b\\\\c\\n\\u0001\xC3\xA9\xEF\xBF\xBD\"");
    buffer_dispose(&b);
}

static void packed_values_come_back(void **state)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b };
    struct unpacker u = { 0 };
    struct sc_box box = { -1, 2, 3, 4 }, back;
    char *text;

    (void)state;
    pack_u8(&p, 200);
    pack_u16(&p, 50000);
    pack_u32(&p, 4000000000u);
    pack_i32(&p, -5);
    pack_i64(&p, INT64_MIN);
    pack_f64(&p, -0.125);
    pack_text(&p, "h\xC3\xA9");
    pack_text(&p, NULL);
    pack_box(&p, box);
    assert_int_equal(p.status, SC_OK);
    u.data = b.data;
    u.size = b.size;
    assert_int_equal(unpack_u8(&u), 200);
    assert_int_equal(unpack_u16(&u), 50000);
    assert_int_equal(unpack_u32(&u), 4000000000u);
    assert_int_equal(unpack_i32(&u), -5);
    assert_true(unpack_i64(&u) == INT64_MIN);
    assert_true(unpack_f64(&u) == -0.125);
    text = unpack_text(&u, 10);
    assert_string_equal(text, "h\xC3\xA9");
    free(text);
    assert_null(unpack_text(&u, 10));
    assert_false(u.failed);
    back = unpack_box(&u);
    assert_memory_equal(&back, &box, sizeof box);
    assert_int_equal(u.at, u.size);
    buffer_dispose(&b);
}

static void unpacking_stops_at_what_does_not_fit(void **state)
{
    static const uint8_t nan[8] = { 0, 0, 0, 0, 0, 0, 0xF8, 0x7F }, long_text[6] = { 0xFF, 0, 0, 0, 'a', 'b' };
    struct unpacker u = { .data = nan, .size = 3 };

    (void)state;
    assert_int_equal(unpack_u32(&u), 0);
    assert_true(u.failed);
    assert_int_equal(unpack_u8(&u), 0);
    u = (struct unpacker){ .data = nan, .size = 8 };
    unpack_f64(&u);
    assert_true(u.failed);
    u = (struct unpacker){ .data = long_text, .size = 6 };
    assert_null(unpack_text(&u, 1000));
    assert_true(u.failed);
}

static void times_are_read_and_written(void **state)
{
    static const struct { const char *text; bool good; int64_t us; } rows[] = {
        { "12", true, 12000000 },       { "12.5", true, 12500000 },   { "1:02", true, 62000000 },
        { "1:02:03.5", true, 3723500000 }, { "500ms", true, 500000 }, { "90s", true, 90000000 },
        { "2m", true, 120000000 },      { "1h", true, 3600000000 },   { ".5", true, 500000 },
        { "0", true, 0 },               { "0.000001", true, 1 },      { "1:75", false, 0 },
        { "", false, 0 },               { ".", false, 0 },            { "-1", false, 0 },
        { "1:2:3:4", false, 0 },        { "1e3", false, 0 },          { "1:02s", false, 0 },
        { "1.5:00", false, 0 },         { "99999999999999999999", false, 0 }, { "12 ", false, 0 },
    };
    char out[32];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = -7;

        if (sc_parse_time(rows[i].text, &us) != rows[i].good || (rows[i].good && us != rows[i].us))
            fail_msg("'%s' gives %lld", rows[i].text, (long long)us);
    }
    assert_string_equal(sc_format_time(62345000, out), "01:02.345");
    assert_string_equal(sc_format_time(3723456789, out), "1:02:03.457");
    assert_string_equal(sc_format_time(0, out), "00:00.000");
    assert_string_equal(sc_format_time(59999600, out), "01:00.000");
    assert_string_equal(sc_format_time(-1500000, out), "-00:01.500");
}

static void every_kind_and_role_has_a_name(void **state)
{
    int i, j;

    (void)state;
    for (i = 0; i < SC_N_KINDS; i++)
        for (j = 0; j < i; j++)
            assert_string_not_equal(sc_kind_name((enum sc_kind)i), sc_kind_name((enum sc_kind)j));
    for (i = 0; i < SC_N_ROLES; i++)
        assert_non_null(sc_role_name((enum sc_role)i));
    assert_string_equal(sc_kind_name((enum sc_kind)99), "other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_refuses_to_pass_its_limit),
        cmocka_unit_test(a_buffer_ends_in_a_nul),
        cmocka_unit_test(deeper_errors_get_words_in_front),
        cmocka_unit_test(utf8_is_known_by_the_table),
        cmocka_unit_test(controls_become_visible),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(packed_values_come_back),
        cmocka_unit_test(unpacking_stops_at_what_does_not_fit),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(every_kind_and_role_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
