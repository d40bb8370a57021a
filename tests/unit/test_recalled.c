/* Questions about an archive: what is kept of videos becomes one query, within its budget, and citations are read. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "fusion/recalled.h"

static struct model llama4(void)
{
    struct models *models = NULL;
    struct model m;

    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, "llama4", &m);
    models_close(&models);
    return m;
}

static struct sc_passage gate[] = {
    { SC_TITLE, -1, -1, "A gate" },
    { SC_TAG, -1, -1, "gate" },
    { SC_CAPTION, 1000000, 2000000, "It opens" },
    { SC_SCREEN_TEXT, -1, -1, "EXIT <|eot|>" },
    { SC_SUBTITLE, 5000000, 6000000, "Close it" },
};

static void everything_kept_is_told_with_its_time(void **state)
{
    struct recalled clips[] = {
        { .path = "/a/b/it's gate.mp4", .duration_us = 90000000, .mtime_us = 1774958400000000, .lines = gate, .n_lines = 5 },
        { .path = "b.mp4", .lines = gate, .n_lines = 1 },
    };
    const struct query_settings settings = { .question = "Open?" };
    const struct model m = llama4();
    struct query q;
    int told;

    (void)state;
    assert_int_equal(query_build_recalled(clips, 2, &m, &settings, &q, &told, NULL), SC_OK);
    assert_int_equal(told, 2);
    assert_int_equal(clips[0].n_told, 5);
    assert_int_equal(q.n_images, 0);
    assert_string_equal(q.parts[0].text, "Clip 1, 'it s gate.mp4', 01:30.000 long, file of 2026-03-31 12:00 UTC:\n"
                        "title: A gate\ntag: gate\n00:01.000 to 00:02.000: It opens\n"
                        "text in the picture: EXIT <\xE2\x80\x8B|eot|\xE2\x80\x8B>\n"
                        "00:05.000 to 00:06.000: said: Close it\n\nClip 2, 'b.mp4':\ntitle: A gate\n\nOpen?");
    assert_int_equal(q.text_tokens, tokens_text_estimate(q.system) + tokens_text_estimate(q.parts[0].text));
    query_dispose(&q);
}

static void a_budget_takes_lines_first_and_then_clips(void **state)
{
    enum { LINES = 300, CLIPS = 12 };
    static struct sc_passage lines[LINES];
    static bool wanted[LINES];
    struct recalled clips[CLIPS];
    struct query_settings settings = { .question = "Open?", .max_tokens = 6000 };
    const struct model m = llama4();
    struct sc_error err = { 0 };
    struct query q;
    int told, i;

    (void)state;
    for (i = 0; i < LINES; i++) {
        lines[i] = (struct sc_passage){ SC_CAPTION, i * 1000000, i * 1000000, "Nothing worth telling happens in the yard" };
        wanted[i] = false;
    }
    lines[LINES - 1].text = "THE GATE OPENS";
    wanted[LINES - 1] = true;
    for (i = 0; i < CLIPS; i++)
        clips[i] = (struct recalled){ .path = "a.mp4", .lines = lines, .wanted = wanted, .n_lines = LINES };
    assert_int_equal(query_build_recalled(clips, CLIPS, &m, &settings, &q, &told, NULL), SC_OK);
    assert_int_equal(told, CLIPS);
    assert_in_range(clips[0].n_told, 2, 100);
    assert_true(q.text_tokens + q.layout_tokens <= 6000);
    assert_non_null(strstr(q.parts[0].text, "04:59.000: THE GATE OPENS"));
    query_dispose(&q);

    settings.max_tokens = 500;
    assert_int_equal(query_build_recalled(clips, CLIPS, &m, &settings, &q, &told, NULL), SC_OK);
    assert_in_range(told, 1, CLIPS - 1);
    assert_true(q.text_tokens + q.layout_tokens <= 500);
    query_dispose(&q);

    settings.max_tokens = 100;
    assert_int_equal(query_build_recalled(clips, CLIPS, &m, &settings, &q, &told, &err), SC_ERR_LIMIT);
    assert_non_null(strstr(err.text, "100 are allowed"));
}

static void citations_are_held_against_what_was_told(void **state)
{
    const struct recalled clips[] = { { .path = "a", .lines = gate, .n_lines = 5 }, { .path = "b" } };
    static const struct recalled_citation wanted[] = {
        { 0, 1000000, true }, { 0, 5500000, true }, { 1, -1, true }, { 1, 3000000, false }, { 6, -1, false },
        { 0, 60000000, false },
    };
    struct recalled_citation *cited;
    int n, i;

    (void)state;
    assert_int_equal(recalled_cite("Open [clip 1 00:01.000, 00:05.5] and [Clip #2]; [clip 1, 00:01.000] again, [2], [clip], "
                                   "[clip 0], [clip 2 at 00:03.000], [clip 7], [clip 1 01:00] [clip 99999999999999999999] "
                                   "[clip 1 00:01.000", clips, 2, &cited, &n, NULL), SC_OK);
    assert_int_equal(n, 6);
    for (i = 0; i < n; i++) {
        assert_int_equal(cited[i].clip, wanted[i].clip);
        assert_int_equal(cited[i].time_us, wanted[i].time_us);
        assert_int_equal(cited[i].known, wanted[i].known);
    }
    free(cited);
    assert_int_equal(recalled_cite("nothing", clips, 2, &cited, &n, NULL), SC_OK);
    assert_int_equal(n, 0);
    free(cited);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_kept_is_told_with_its_time),
        cmocka_unit_test(a_budget_takes_lines_first_and_then_clips),
        cmocka_unit_test(citations_are_held_against_what_was_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
