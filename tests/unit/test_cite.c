/* Times cited in answers, held against what was shown. */
#include "fusion/cite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fusion/query.h"
#include "tests/kit/evidence.h"

static struct made_evidence evidence;

static void build(const char *pack, int max_images, struct query *q)
{
    struct query_settings settings = { .pack = pack, .max_images = max_images };
    struct models *models = NULL;
    struct model m;

    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, "gpt-4.1", &m);
    models_close(&models);
    evidence_make(&evidence, 640, 360);
    assert_int_equal(query_build(&evidence.changes, &m, &settings, q, NULL), SC_OK);
}

static void times_are_found_and_known_as_exactly_as_they_are_written(void **state)
{
    static const struct {
        const char *text;
        int n;
        int64_t time_us;         /* of the last one */
        int frame, event;
        bool known;
    } cases[] = {
        { "At [00:04.120] it appears.", 1, 4120000, 2, 0, true },
        { "[00:04.1]", 1, 4100000, 2, 0, true },
        { "[0:04.12]", 1, 4120000, 2, 0, true },
        { "[00:12]", 1, 12000000, 5, 1, true },
        { "[00:04.119]", 1, 4119000, 2, 0, true },
        { "[00:04.125]", 1, 4125000, -1, -1, false },
        { "[00:09.500] it moves", 1, 9500000, -1, 1, false },   /* while event 1 goes on, but not shown */
        { "[00:55.000]", 1, 55000000, -1, -1, false },
        { "[00:00.000] and [00:23.960]", 2, 23960000, 8, -1, true },
        { "[00:04.120 - 00:12.480]", 2, 12480000, 5, 1, true },
        { "[00:04.120\xE2\x80\x93" "00:12.480]", 2, 12480000, 5, 1, true },
        { "[00:04.120, 00:10.000]", 2, 10000000, 4, 1, true },
        { "[00:04.120] then [00:04.120]", 1, 4120000, 2, 0, true },
        { "[ 00:04.120]", 1, 4120000, 2, 0, true },
        { "no brackets 00:04.120", 0, 0, 0, 0, false },
        { "[1] [12.5] [a] [] [", 0, 0, 0, 0, false },
        { "[::] [00:] [:30] [99999999999:00] [00:04.120", 1, 4120000, 2, 0, true },
        { "", 0, 0, 0, 0, false },
    };
    struct query q;
    size_t i;

    (void)state;
    build("full", 0, &q);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sc_citation *list = NULL;
        int n = -1;

        assert_int_equal(cite_find(cases[i].text, &evidence.changes, &q.views, &list, &n, NULL), SC_OK);
        if (n != cases[i].n)
            print_error("%s\n", cases[i].text);
        assert_int_equal(n, cases[i].n);
        if (n) {
            assert_int_equal(list[n - 1].time_us, cases[i].time_us);
            assert_int_equal(list[n - 1].frame, cases[i].frame);
            assert_int_equal(list[n - 1].event, cases[i].event);
            assert_int_equal(list[n - 1].known, cases[i].known);
        }
        free(list);
    }
    query_dispose(&q);
}

static void what_was_left_out_is_not_known(void **state)
{
    struct sc_citation *list = NULL;
    struct query q;
    int n;

    (void)state;
    build("full", 3, &q); /* the ends and the cut */
    assert_int_equal(cite_find("[00:04.120] [00:20.000]", &evidence.changes, &q.views, &list, &n, NULL), SC_OK);
    assert_int_equal(n, 2);
    assert_false(list[0].known);
    assert_true(list[1].known);
    free(list);
    query_dispose(&q);
}

static void the_other_half_of_a_pair_is_known(void **state)
{
    struct sc_citation *list = NULL;
    struct query q;
    int n;

    (void)state;
    build("pair", 0, &q);
    assert_int_equal(cite_find("[00:04.000]", &evidence.changes, &q.views, &list, &n, NULL), SC_OK);
    assert_int_equal(n, 1);
    assert_true(list[0].known);
    assert_int_equal(list[0].event, 0);
    free(list);
    query_dispose(&q);
}

static void a_flood_of_times_ends(void **state)
{
    struct sc_citation *list = NULL;
    char *text = calloc(2 * CITE_MAX, 16);
    struct query q;
    size_t at = 0;
    int n, i;

    (void)state;
    assert_non_null(text);
    for (i = 0; i < 2 * CITE_MAX; i++)
        at += (size_t)sprintf(text + at, "[%02d:%02d.5]", i / 60, i % 60);
    build("full", 0, &q);
    assert_int_equal(cite_find(text, &evidence.changes, &q.views, &list, &n, NULL), SC_OK);
    assert_int_equal(n, CITE_MAX);
    free(list);
    free(text);
    query_dispose(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_found_and_known_as_exactly_as_they_are_written),
        cmocka_unit_test(what_was_left_out_is_not_known),
        cmocka_unit_test(the_other_half_of_a_pair_is_known),
        cmocka_unit_test(a_flood_of_times_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
