/* Llama 4's prompt layout as ids, against the published sequences. */
#include "fusion/llama4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fusion/query.h"
#include "tests/kit/evidence.h"

/* Runs of equal ids: id, how many, ..., 0. */
static void assert_runs(const struct buffer *b, const int32_t *runs)
{
    const int32_t *ids = (const int32_t *)(const void *)b->data;
    size_t n = b->size / sizeof *ids, at = 0;

    for (; *runs; runs += 2) {
        int32_t i;

        for (i = 0; i < runs[1]; i++) {
            assert_true(at < n);
            assert_int_equal(ids[at++], runs[0]);
        }
    }
    assert_int_equal(at, n);
}

static void images_are_laid_out_as_published(void **state)
{
    static const struct {
        int columns, rows;
        int32_t runs[24];
    } cases[] = {
        { 1, 1, { 200080, 1, 200090, 1, 200092, 144, 200081, 1 } },
        { 2, 1, { 200080, 1, 200092, 144, 200084, 1, 200092, 144, 200085, 1, 200090, 1, 200092, 144, 200081, 1 } },
        { 1, 2, { 200080, 1, 200092, 144, 200085, 1, 200092, 144, 200085, 1, 200090, 1, 200092, 144, 200081, 1 } },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer b = { 0 };

        assert_int_equal(llama4_image_ids(cases[i].columns, cases[i].rows, &b, NULL), SC_OK);
        assert_runs(&b, cases[i].runs);
        buffer_dispose(&b);
    }
}

/* Meta's token dumps of 512x512 and 1280x1280 pictures: 720 and 2448 patches, 2 and 12 x-, 2 and 4 y-separators. */
static void separators_are_as_many_as_published(void **state)
{
    static const struct {
        int side;
        size_t patches, x, y, all;
    } cases[] = { { 2, 720, 2, 2, 727 }, { 4, 2448, 12, 4, 2467 } };
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer b = { 0 };
        size_t patches = 0, x = 0, y = 0;
        const int32_t *ids;

        assert_int_equal(llama4_image_ids(cases[i].side, cases[i].side, &b, NULL), SC_OK);
        ids = (const int32_t *)(const void *)b.data;
        assert_int_equal(b.size / sizeof *ids, cases[i].all);
        for (k = 0; k < cases[i].all; k++) {
            patches += ids[k] == LLAMA4_PATCH;
            x += ids[k] == LLAMA4_TILE_X;
            y += ids[k] == LLAMA4_TILE_Y;
        }
        assert_int_equal(patches, cases[i].patches);
        assert_int_equal(x, cases[i].x);
        assert_int_equal(y, cases[i].y);
        buffer_dispose(&b);
    }
}

static void a_request_has_the_published_frame(void **state)
{
    static const int32_t begin = LLAMA4_BEGIN_OF_TEXT, content = 4711;
    static const int32_t runs[] = { 200000, 1, 200005, 1, 1556, 1, 200006, 1, 368, 1, 4711, 1, 200008, 1,
                                    200005, 1, 140680, 1, 200006, 1, 368, 1, 0 };
    struct buffer b = { 0 };

    (void)state;
    assert_int_equal(buffer_add(&b, &begin, sizeof begin, NULL), SC_OK);
    assert_int_equal(llama4_message_ids(LLAMA4_USER, &content, 1, &b, NULL), SC_OK);
    assert_int_equal(llama4_header_ids(LLAMA4_ASSISTANT, &b, NULL), SC_OK);
    assert_runs(&b, runs);
    buffer_dispose(&b);
}

/* Ids of a request with all its images and no word of text. */
static size_t request_ids(const struct query *q)
{
    struct buffer content = { 0 }, request = { 0 };
    int32_t begin = LLAMA4_BEGIN_OF_TEXT;
    size_t n;
    int i;

    for (i = 0; i < q->n_parts; i++)
        if (q->parts[i].type == PART_IMAGE)
            assert_int_equal(llama4_image_ids(q->parts[i].cost.columns, q->parts[i].cost.rows, &content, NULL), SC_OK);
    assert_int_equal(buffer_add(&request, &begin, sizeof begin, NULL), SC_OK);
    assert_int_equal(llama4_message_ids(LLAMA4_SYSTEM, NULL, 0, &request, NULL), SC_OK);
    assert_int_equal(llama4_message_ids(LLAMA4_USER, (int32_t *)content.data, content.size / sizeof begin, &request,
                                        NULL), SC_OK);
    assert_int_equal(llama4_header_ids(LLAMA4_ASSISTANT, &request, NULL), SC_OK);
    n = request.size / sizeof begin;
    buffer_dispose(&content);
    buffer_dispose(&request);
    return n;
}

static void whole_requests_count_what_their_ids_are(void **state)
{
    static const struct {
        int width, height, n_images;
        int64_t best_tokens, expected; /* beside the text */
    } cases[] = { /* an independent program's counts */
        { 336, 189, 1, 0, 162 }, { 336, 189, 8, 0, 1191 }, { 1920, 1080, 8, 0, 18591 }, { 1920, 1080, 8, 1017, 8151 },
    };
    struct models *models = NULL;
    struct made_evidence e;
    struct model m;
    size_t i;

    (void)state;
    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, "llama4", &m);
    models_close(&models);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct query_settings settings = { .pack = "full", .max_images = cases[i].n_images };
        struct query q;

        evidence_make(&e, cases[i].width, cases[i].height);
        m.best_tokens = (int)cases[i].best_tokens;
        assert_int_equal(query_build(&e.changes, &m, &settings, &q, NULL), SC_OK);
        assert_int_equal(q.image_tokens + q.layout_tokens, cases[i].expected);
        assert_int_equal(request_ids(&q), cases[i].expected);
        query_dispose(&q);
    }
}

static void impossible_grids_are_refused(void **state)
{
    static const int grids[][2] = { { 0, 1 }, { 1, 0 }, { -1, -1 }, { 17, 1 }, { 4, 5 }, { 65536, 65536 } };
    struct buffer b = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof grids / sizeof *grids; i++)
        assert_int_equal(llama4_image_ids(grids[i][0], grids[i][1], &b, NULL), SC_ERR_INVALID);
    assert_int_equal(b.size, 0);
}

static void writes_a_query_as_a_prompt(void **state)
{
    struct query_part parts[] = { { .type = PART_TEXT, .text = "One:" }, { .type = PART_IMAGE },
                                  { .type = PART_TEXT, .text = "What changed?" } };
    struct query query = { .system = "Look.", .parts = parts, .n_parts = 3, .n_images = 1 };
    struct buffer out = { 0 };

    (void)state;
    assert_int_equal(llama4_prompt_text(&query, "<M>", &out, NULL), SC_OK);
    assert_string_equal(out.data, "<|header_start|>system<|header_end|>\n\nLook.<|eot|>"
                                  "<|header_start|>user<|header_end|>\n\nOne:<M>What changed?<|eot|>"
                                  "<|header_start|>assistant<|header_end|>\n\n");
    buffer_clear(&out);
    query.system = NULL;
    query.n_parts = 1;
    assert_int_equal(llama4_prompt_text(&query, "<M>", &out, NULL), SC_OK);
    assert_string_equal(out.data, "<|header_start|>user<|header_end|>\n\nOne:<|eot|>"
                                  "<|header_start|>assistant<|header_end|>\n\n");
    buffer_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_laid_out_as_published),
        cmocka_unit_test(separators_are_as_many_as_published),
        cmocka_unit_test(a_request_has_the_published_frame),
        cmocka_unit_test(whole_requests_count_what_their_ids_are),
        cmocka_unit_test(impossible_grids_are_refused),
        cmocka_unit_test(writes_a_query_as_a_prompt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
