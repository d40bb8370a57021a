/* Words between the pictures: where they stand, what a budget leaves of them, how files of them are read. */
#include "fusion/lines.h"

#include <stdlib.h>
#include <string.h>

#include "api/sidecar.h"
#include "api/timed.h"
#include "fusion/query.h"
#include "tests/kit/check.h"
#include "tests/kit/evidence.h"
#include "tests/kit/list.h"

static void add(struct lines *l, enum line_kind kind, int64_t start_us, const char *text)
{
    assert_int_equal(lines_add(l, kind, start_us, start_us + 500000, text, NULL), SC_OK);
}

static struct model model_named(const char *name)
{
    struct models *models = NULL;
    struct model m;

    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, name, &m);
    models_close(&models);
    return m;
}

static void build(const struct sc_changes *c, const struct lines *l, const char *pack, int64_t max_tokens,
                  struct query *q)
{
    struct model m = model_named("gpt-4.1");
    struct query_settings settings = { .pack = pack, .lines = l, .max_tokens = max_tokens };
    struct sc_error err = { 0 };

    if (query_build(c, &m, &settings, q, &err))
        fail_msg("%s", err.text);
}

/* Every line stands after the images up to its time and before the later ones, in whatever packing. */
static void a_line_stands_at_its_time(void **state)
{
    static const char *const packs[] = { "full", "pair", "delta" };
    struct lines l = { 0 };
    struct made_evidence e;
    size_t i;
    int k, n;

    (void)state;
    evidence_make(&e, 640, 360);
    add(&l, LINE_NOTE, 23900000, "word 23");
    for (k = 22; k >= 0; k--) {
        char text[32];

        snprintf(text, sizeof text, "word %d", k);
        add(&l, k % 2 ? LINE_SPEECH : LINE_SUBTITLE, k * 1000000 + 100000, text);
    }
    lines_sort(&l);
    for (i = 0; i < sizeof packs / sizeof *packs; i++) {
        int64_t shown_us = INT64_MIN;
        struct query q;

        build(&e.changes, &l, packs[i], 0, &q);
        assert_int_equal(q.n_lines, 24);
        for (n = 0, k = 0; k < q.n_parts; k++) {
            const char *at = q.parts[k].text;

            for (; at && (at = strstr(at, "\"word ")); at++, n++) {
                int second = atoi(at + 6);

                assert_int_equal(second, n);
                assert_true(second * 1000000 + 900000 >= shown_us);
                if (k + 1 < q.n_parts)
                    assert_true(second * 1000000 + 100000 < q.parts[k + 1].time_us);
            }
            if (q.parts[k].type == PART_IMAGE)
                shown_us = q.parts[k].time_us;
        }
        assert_int_equal(n, 24);
        query_dispose(&q);
    }
    lines_dispose(&l);
}

static void words_from_files_are_made_safe(void **state)
{
    struct lines l = { 0 };
    bool kept[1] = { true };
    struct buffer out = { 0 };

    (void)state;
    add(&l, LINE_SUBTITLE, 1000000, "  a\n<|image|> [img-1]\x1b[31m <__media__>\t\n");
    assert_int_equal(lines_write(&l, kept, 0, INT64_MAX, &out, NULL), SC_OK);
    assert_string_equal((char *)out.data, "00:01.000 to 00:01.500, subtitle: \"a <\u200b|image|\u200b> [\u200bimg-1][31m "
                                          "<\u200b__media__>\"\n");
    buffer_dispose(&out);
    lines_dispose(&l);
}

static void a_still_has_its_notes_before_it(void **state)
{
    struct lines l = { 0 };
    struct made_evidence e;
    struct query q;

    (void)state;
    evidence_make(&e, 640, 360);
    e.changes.source.is_still = true;
    e.changes.source.duration_us = e.changes.last_us = 0;
    e.changes.n_events = 0;
    e.changes.n_frames = 1;
    add(&l, LINE_NOTE, 0, "the left door");
    build(&e.changes, &l, "full", 0, &q);
    assert_int_equal(q.n_parts, 3);
    assert_non_null(strstr(q.parts[0].text, "\n\n00:00.000 to 00:00.500, note: \"the left door\""));
    assert_int_equal(q.parts[0].text[strlen(q.parts[0].text) - 1], '"');
    query_dispose(&q);
    lines_dispose(&l);
}

/* A third of the tokens at most; notes stay longest, then what is said near a frame. */
static void too_many_words_give_way(void **state)
{
    struct lines l = { 0 };
    struct made_evidence e;
    struct query q;
    int i;

    (void)state;
    evidence_make(&e, 640, 360);
    for (i = 0; i < 400; i++)
        add(&l, LINE_SPEECH, e.frames[0].time_us + 20000 * i, "some words that somebody said at that time");
    add(&l, LINE_NOTE, 9000000, "my own note");
    lines_sort(&l);
    build(&e.changes, &l, "full", 3000, &q);
    assert_true(q.n_lines > 10 && q.n_lines < 80);
    assert_int_equal(q.n_lines + q.lines_left_out, 401);
    assert_true(q.text_tokens + q.image_tokens + q.layout_tokens <= 3000);
    for (i = 0; i < q.n_parts; i++)
        if (q.parts[i].text && strstr(q.parts[i].text, "my own note"))
            break;
    assert_true(i < q.n_parts);
    query_dispose(&q);
    build(&e.changes, &l, "full", 600, &q);      /* pictures before words */
    assert_true(q.n_images >= 1);
    query_dispose(&q);
    lines_dispose(&l);
}

static void what_was_not_looked_at_is_not_told(void **state)
{
    struct lines l = { 0 };
    struct made_evidence e;
    struct query q;

    (void)state;
    evidence_make(&e, 640, 360);
    e.changes.first_us = 4000000;
    e.changes.last_us = 12000000;
    add(&l, LINE_SPEECH, 1000000, "too early");
    add(&l, LINE_SPEECH, 8000000, "in time");
    add(&l, LINE_SPEECH, 16000000, "too late");
    build(&e.changes, &l, "full", 0, &q);
    assert_int_equal(q.n_lines, 1);
    assert_int_equal(q.lines_left_out, 0);
    query_dispose(&q);
    lines_dispose(&l);
}

static void what_the_file_says_is_one_row_and_safe(void **state)
{
    struct model m = model_named("gpt-4.1");
    struct query_settings settings = { .pack = "full", .metadata = "title 'A\nwalk <|eot|>', camera Eye 5" };
    struct made_evidence e;
    struct query with, without;

    (void)state;
    evidence_make(&e, 640, 360);
    assert_int_equal(query_build(&e.changes, &m, &settings, &with, NULL), SC_OK);
    assert_non_null(strstr(with.parts[0].text, "\nThe file says of itself: title 'A walk <\u200b|eot|\u200b>', camera Eye 5."));
    settings.metadata = "";
    assert_int_equal(query_build(&e.changes, &m, &settings, &without, NULL), SC_OK);
    assert_null(strstr(without.parts[0].text, "of itself"));
    assert_true(with.text_tokens > without.text_tokens);
    query_dispose(&with);
    query_dispose(&without);
}

/* ---- files ---- */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static struct sc *open_session(void)
{
    struct sc_settings settings = { .config_dir = "config", .cache_dir = "cache" };
    struct sc *s;

    assert_int_equal(sc_open(&s, &settings, NULL), SC_OK);
    return s;
}

static void notes_and_transcripts_are_read(void **state)
{
    static const struct { const char *text; int64_t offset_us; const char *lines; } rows[] = {
        { "# mine\n\n0:02 the light goes on\r\n[0:03.5-0:04] second  note\n", 9000000,
          "2.0-2.0 the light goes on|3.5-4.0 second  note|" },
        { "{\"text\": \"x\", \"segments\": [{\"start\": 1, \"end\": 2.5, \"text\": \" Hello\"}, {\"start\": 3, \"end\": 4, "
          "\"text\": \" \"}]}", 500000, "0.5-2.0 Hello|" },
        { "1\n00:00:01,000 --> 00:00:02,000\nhello\n", 0, "1.0-2.0 hello|" },
        { "1\n00:00:11,000 --> 00:00:12,000\nhello\n", 10000000, "1.0-2.0 hello|" },
        { "1\n00:00:01,000 --> 00:00:02,000\nhello\n", 10000000, "1.0-2.0 hello|" },    /* on our clock as it is */
        { "{1}{26}hello\n{26}{50}you\n{51}{60}too\n", 0, NULL },                                       /* MicroDVD: some rate */
    };
    struct sc *s = open_session();
    size_t i;
    int k;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lines l = { 0 };
        struct buffer got = { 0 };
        struct sc_error err = { 0 };

        write_file("words", rows[i].text);
        if (timed_read(s, "words", LINE_SPEECH, rows[i].offset_us, &l, &err))
            fail_msg("%zu: %s", i, err.text);
        for (k = 0; k < l.n; k++)
            assert_int_equal(buffer_print(&got, NULL, "%.1f-%.1f %s|", (double)l.items[k].start_us / 1e6,
                                          (double)l.items[k].end_us / 1e6, l.items[k].text), SC_OK);
        if (rows[i].lines)
            assert_string_equal((char *)got.data, rows[i].lines);
        else
            assert_int_equal(l.n, 3);
        buffer_dispose(&got);
        lines_dispose(&l);
    }
    sc_close(&s);
}

static void files_that_are_neither_are_refused(void **state)
{
    static const struct { const char *text, *says; } rows[] = {
        { "", "empty" },
        { "0:02 good\nbad\n", "line 2" },
        { "0:02 good\n0:09-0:03 backwards\n", "line 2" },
        { "just words\n", "words" },
        { "{\"segments\": 3}", "segments" },
        { "{\"segments\": [{\"start\": 1, \"end\": 2}]}", "text" },
        { "{\"segments\": [{\"start\": 1e300, \"end\": 2, \"text\": \"x\"}]}", "times" },
    };
    struct sc *s = open_session();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lines l = { 0 };
        struct sc_error err = { 0 };

        write_file("words", rows[i].text);
        assert_int_equal(timed_read(s, "words", LINE_NOTE, 0, &l, &err), SC_ERR_FORMAT);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%zu: %s", i, err.text);
        lines_dispose(&l);
    }
    sc_close(&s);
}

static void a_sidecar_is_known_by_its_name(void **state)
{
    static const struct { const char *file; const char *found; int others; } rows[] = {
        { "other.srt", NULL, 0 },        { "clip2.srt", NULL, 0 },        { "clip.txt", NULL, 0 },
        { "clip.de.ass", "clip.de.ass", 0 }, { "clip.en.vtt", "clip.en.vtt", 1 }, { "clip.de.srt", "clip.de.srt", 2 },
        { "clip.mp4.vtt", "clip.mp4.vtt", 3 }, { "clip.ASS", "clip.ASS", 4 }, { "clip.srt", "clip.srt", 5 },
    };
    size_t i;
    char *found, *in_folder;
    int others;

    (void)state;
    write_file("clip.mp4", "x");
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_file(rows[i].file, "x");
        assert_int_equal(sidecar_find("clip.mp4", &found, &others, NULL), SC_OK);
        assert_int_equal(sidecar_find("./clip.mp4", &in_folder, &others, NULL), SC_OK);
        assert_int_equal(!found, !rows[i].found);
        if (found) {
            assert_string_equal(found, rows[i].found);
            assert_string_equal(in_folder + 2, rows[i].found);
            assert_int_equal(others, rows[i].others);
        }
        free(found);
        free(in_folder);
    }
    assert_int_equal(sidecar_find("-", &found, &others, NULL), SC_OK);
    assert_null(found);
    assert_int_equal(sidecar_find("missing.mp4", &found, &others, NULL), SC_OK);
    assert_null(found);
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
        cmocka_unit_test(a_line_stands_at_its_time),
        cmocka_unit_test(words_from_files_are_made_safe),
        cmocka_unit_test(a_still_has_its_notes_before_it),
        cmocka_unit_test(too_many_words_give_way),
        cmocka_unit_test(what_was_not_looked_at_is_not_told),
        cmocka_unit_test(what_the_file_says_is_one_row_and_safe),
        cmocka_unit_test(notes_and_transcripts_are_read),
        cmocka_unit_test(files_that_are_neither_are_refused),
        cmocka_unit_test(a_sidecar_is_known_by_its_name),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
