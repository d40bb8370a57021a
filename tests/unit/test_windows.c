/* Windows of a long video: events stay whole, each window begins with what is known; and the query that puts answers
 * together. */
#include "fusion/windows.h"

#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "fusion/merge.h"
#include "fusion/schema.h"
#include "tests/kit/evidence.h"

#define MAX_FRAMES 400

static struct sc_event events[MAX_FRAMES];
static struct sc_frame frames[MAX_FRAMES];
static struct sc_changes evidence = { .events = events, .frames = frames };

static void add_frame(enum sc_role role, int event)
{
    int i = evidence.n_frames++;

    frames[i] = (struct sc_frame){ .time_us = i * 1000000, .role = role, .event = event, .rank = i + 1 };
    evidence.last_us = frames[i].time_us;
}

/* First, then each event's before, peak and after, then last. */
static void make_long(int n_events)
{
    int i;

    evidence.n_frames = evidence.n_events = 0;
    add_frame(SC_FIRST, -1);
    for (i = 0; i < n_events; i++) {
        events[i] = (struct sc_event){ .start_us = (3 * i + 1) * 1000000, .end_us = (3 * i + 3) * 1000000, .score = 0.5 };
        evidence.n_events++;
        add_frame(SC_BEFORE, i);
        add_frame(SC_PEAK, i);
        add_frame(SC_AFTER, i);
    }
    add_frame(SC_LAST, -1);
}

/* The windows follow each other without a gap, none parts an event; returns how many there are. */
static int check_split(int max_frames, int max_windows, int *largest)
{
    struct window *w;
    int n, i, k, at = 0;

    assert_int_equal(windows_split(&evidence, max_frames, max_windows, &w, &n, NULL), SC_OK);
    *largest = 0;
    for (i = 0; i < n; i++) {
        int size = w[i].to - w[i].from + (w[i].lead >= 0);

        *largest = size > *largest ? size : *largest;
        assert_int_equal(w[i].from, at);
        assert_true(w[i].to > w[i].from);
        assert_int_equal(w[i].lead, i ? w[i].lead : -1);
        if (i)
            assert_in_range(w[i].lead, 0, w[i].from - 1);
        if (w[i].lead >= 0)
            assert_int_not_equal(frames[w[i].lead].role, SC_PEAK);
        for (k = w[i].from; k < w[i].to; k++)
            if (frames[k].event >= 0 && k + 1 < evidence.n_frames && frames[k + 1].event == frames[k].event)
                assert_true(k + 1 < w[i].to);
        at = w[i].to;
    }
    assert_int_equal(at, evidence.n_frames);
    free(w);
    return n;
}

static void events_stay_whole(void **state)
{
    int n_events, max_frames, largest;

    (void)state;
    for (n_events = 0; n_events < 40; n_events++)
        for (max_frames = 4; max_frames < 40; max_frames++) {
            int n;

            make_long(n_events);
            n = check_split(max_frames, WINDOWS_MAX, &largest);
            assert_in_range(largest, 1, max_frames);
            /* As few as there can be: one more event would have been too much, but for the lead and the ends. */
            assert_in_range(n, 1, 1 + evidence.n_frames / ((max_frames - 1) / 3 * 3));
        }
}

static void no_more_than_are_allowed(void **state)
{
    int largest;

    (void)state;
    make_long(30);
    assert_int_equal(check_split(8, WINDOWS_MAX, &largest), 15);
    assert_in_range(check_split(8, 5, &largest), 1, 5);
    assert_true(largest > 8);
    assert_int_equal(check_split(8, 1, &largest), 1);
    assert_int_equal(largest, 92);
}

static void one_long_event_is_one_window(void **state)
{
    int largest, i;

    (void)state;
    make_long(2);
    for (i = 2; i < 20; i++)
        add_frame(SC_PEAK, 1);
    assert_int_equal(check_split(4, WINDOWS_MAX, &largest), 2);
    evidence.n_frames = 0;
    for (i = 0; i < 12; i++)
        add_frame(SC_PEAK, 0);
    assert_int_equal(check_split(4, WINDOWS_MAX, &largest), 1);
}

static void a_window_is_evidence_of_its_own(void **state)
{
    struct sc_changes cut = { 0 };
    struct window w = { .from = 4, .to = 7, .lead = 3 };

    (void)state;
    make_long(4);
    assert_int_equal(windows_cut(&evidence, &w, &cut, NULL), SC_OK);
    assert_int_equal(cut.n_frames, 4);
    assert_int_equal(cut.frames[0].time_us, 3000000);
    assert_int_equal(cut.frames[0].role, SC_CONTEXT);
    assert_int_equal(cut.frames[0].event, -1);
    assert_int_equal(cut.n_events, 1);
    assert_int_equal(cut.events[0].start_us, events[1].start_us);
    assert_int_equal(cut.frames[1].event, 0);
    assert_int_equal(cut.first_us, 3000000);
    assert_int_equal(cut.last_us, 6000000);
    free(cut.events);
    free(cut.frames);
}

/* ---- putting together ---- */

static void answers_are_put_together_by_words_alone(void **state)
{
    static const struct merge_part parts[] = {
        { "/a/b/mon'day.mp4", 0, 41200000, "At [00:10.000] <|eot|> a car." }, { "tuesday.mp4", 41200000, 90000000, NULL },
    };
    struct query_settings settings = { .question = "On which day?" };
    struct models *models = NULL;
    struct schema *schema = NULL;
    struct model m;
    struct query q;

    (void)state;
    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, "llama4", &m);
    models_close(&models);
    assert_int_equal(query_build_merge(parts, 2, &m, &settings, &q, NULL), SC_OK);
    assert_int_equal(q.n_images, 0);
    assert_int_equal(q.n_parts, 1);
    assert_non_null(strstr(q.system, "put answers together"));
    assert_string_equal(q.parts[0].text, "Part 1 of 2, 'mon day.mp4' 00:00.000 to 00:41.200:\n"
                        "At [00:10.000] <\xE2\x80\x8B|eot|\xE2\x80\x8B> a car.\n\n"
                        "Part 2 of 2, 'tuesday.mp4' 00:41.200 to 01:30.000:\nThere is no answer about this part.\n\n"
                        "On which day?");
    assert_int_equal(q.text_tokens, tokens_text_estimate(q.system) + tokens_text_estimate(q.parts[0].text));
    query_dispose(&q);
    assert_int_equal(schema_read(schema_built_in("changes"), "changes", &schema, NULL), SC_OK);
    settings = (struct query_settings){ .schema = schema, .ask = PROMPT_CHANGES };
    assert_int_equal(query_build_merge(parts, 2, &m, &settings, &q, NULL), SC_OK);
    assert_non_null(strstr(q.parts[0].text, "One entry for each change"));
    assert_non_null(strstr(q.parts[0].text, "\"nothing_changed\""));
    query_dispose(&q);
    schema_close(&schema);
}

static void a_part_knows_that_it_is_one(void **state)
{
    struct query_settings settings = { .question = "Who?", .pack = "full", .part = 1, .n_parts = 3 };
    struct models *models = NULL;
    struct made_evidence e;
    struct model m;
    struct query q;

    (void)state;
    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, "llama4", &m);
    models_close(&models);
    evidence_make(&e, 640, 360);
    assert_int_equal(query_build(&e.changes, &m, &settings, &q, NULL), SC_OK);
    assert_non_null(strstr(q.parts[q.n_parts - 1].text, "Who?\n\nThis is part 2 of 3. You see one part"));
    query_dispose(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_stay_whole),
        cmocka_unit_test(no_more_than_are_allowed),
        cmocka_unit_test(one_long_event_is_one_window),
        cmocka_unit_test(a_window_is_evidence_of_its_own),
        cmocka_unit_test(answers_are_put_together_by_words_alone),
        cmocka_unit_test(a_part_knows_that_it_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
