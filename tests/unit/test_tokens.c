/* Image tokens by every rule, the sizes chosen for them, and the estimate for text. */
#include "fusion/tokens.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct model model_named(const char *name)
{
    struct models *models = NULL;
    struct model m;

    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, name, &m);
    models_close(&models);
    return m;
}

static struct model with_rule(const char *rule)
{
    struct model m = { .family = "test", .image_exact = true };

    strcpy(m.rule, rule);
    return m;
}

static struct image_tokens count(const struct model *m, int w, int h, enum image_detail detail)
{
    struct image_tokens t;
    struct sc_error err = { 0 };

    assert_int_equal(tokens_image(m, w, h, detail, &t, &err), SC_OK);
    return t;
}

/* Computed from the published rules by an independent program; the anchors are measured bills and Meta's own dumps. */
static const struct vector {
    int w, h;
    int columns, rows, tiles, patches, llama4;       /* Llama 4's processor */
    int cpp_columns, cpp_rows, separators, llamacpp; /* llama.cpp, older and newer builds */
    int tiles_high, patches32, mini, nano;           /* OpenAI */
} vectors[] = {
    { 1, 1, 1, 1, 1, 144, 147, 0, 0, 147, 146, 255, 1, 2, 3 },
    { 64, 64, 1, 1, 1, 144, 147, 0, 0, 147, 146, 255, 4, 7, 10 },
    { 128, 64, 1, 1, 1, 144, 147, 0, 0, 147, 146, 255, 8, 13, 20 },
    { 224, 224, 1, 1, 1, 144, 147, 0, 0, 147, 146, 255, 49, 80, 121 },
    { 320, 180, 1, 1, 1, 144, 147, 0, 0, 147, 146, 255, 60, 98, 148 },
    { 336, 189, 1, 1, 1, 144, 147, 0, 0, 147, 146, 255, 66, 107, 163 },
    { 336, 336, 1, 1, 1, 144, 147, 0, 0, 147, 146, 255, 121, 197, 298 },
    { 337, 336, 2, 1, 2, 432, 437, 2, 1, 437, 434, 255, 121, 197, 298 },
    { 336, 337, 1, 2, 2, 432, 437, 1, 2, 437, 434, 255, 121, 197, 298 },
    { 512, 288, 2, 1, 2, 432, 437, 2, 1, 437, 434, 255, 144, 234, 355 },
    { 512, 512, 2, 2, 4, 720, 727, 2, 2, 727, 722, 255, 256, 415, 630 },
    { 640, 360, 2, 2, 4, 720, 727, 2, 2, 727, 722, 425, 240, 389, 591 },
    { 640, 480, 2, 2, 4, 720, 727, 2, 2, 727, 722, 425, 300, 486, 738 },
    { 480, 640, 2, 2, 4, 720, 727, 2, 2, 727, 722, 425, 300, 486, 738 },
    { 672, 336, 2, 1, 2, 432, 437, 2, 1, 437, 434, 425, 231, 375, 569 },
    { 672, 378, 2, 2, 4, 720, 727, 2, 2, 727, 722, 425, 252, 409, 620 },
    { 672, 672, 2, 2, 4, 720, 727, 2, 2, 727, 722, 765, 441, 715, 1085 },
    { 768, 768, 3, 3, 9, 1440, 1452, 3, 3, 1452, 1442, 765, 576, 934, 1417 },
    { 854, 480, 3, 2, 6, 1008, 1017, 3, 2, 1017, 1010, 425, 405, 657, 997 },
    { 896, 512, 3, 2, 6, 1008, 1017, 3, 2, 1017, 1010, 425, 448, 726, 1103 },
    { 910, 512, 3, 2, 6, 1008, 1017, 3, 2, 1017, 1010, 425, 464, 752, 1142 },
    { 1000, 100, 3, 1, 3, 576, 582, 3, 1, 582, 578, 425, 128, 208, 315 },
    { 100, 1000, 1, 3, 3, 576, 582, 1, 3, 582, 578, 425, 128, 208, 315 },
    { 1008, 567, 3, 2, 6, 1008, 1017, 3, 2, 1017, 1010, 765, 576, 934, 1417 },
    { 1024, 576, 4, 2, 8, 1296, 1307, 3, 2, 1017, 1010, 765, 576, 934, 1417 },
    { 1024, 768, 4, 3, 12, 1872, 1887, 3, 3, 1452, 1442, 765, 768, 1245, 1890 },
    { 1024, 1024, 4, 4, 16, 2448, 2467, 3, 3, 1452, 1442, 765, 1024, 1659, 2520 },
    { 1080, 1920, 3, 5, 15, 2304, 2322, 2, 3, 1017, 1010, 1105, 1508, 2443, 3710 },
    { 1280, 720, 4, 3, 12, 1872, 1887, 3, 2, 1017, 1010, 1105, 920, 1491, 2264 },
    { 1280, 1280, 4, 4, 16, 2448, 2467, 3, 3, 1452, 1442, 765, 1521, 2465, 3742 },
    { 1344, 756, 4, 3, 12, 1872, 1887, 3, 2, 1017, 1010, 1105, 1008, 1633, 2480 },
    { 1344, 1008, 4, 3, 12, 1872, 1887, 3, 3, 1452, 1442, 765, 1344, 2178, 3307 },
    { 1344, 1344, 4, 4, 16, 2448, 2467, 3, 3, 1452, 1442, 765, 1521, 2465, 3742 },
    { 1680, 945, 5, 3, 15, 2304, 2322, 3, 2, 1017, 1010, 1105, 1508, 2443, 3710 },
    { 1600, 900, 5, 3, 15, 2304, 2322, 3, 2, 1017, 1010, 1105, 1450, 2349, 3567 },
    { 1800, 2400, 3, 4, 12, 1872, 1887, 3, 3, 1452, 1442, 765, 1452, 2353, 3572 },
    { 2400, 1800, 4, 3, 12, 1872, 1887, 3, 3, 1452, 1442, 765, 1452, 2353, 3572 },
    { 1920, 1080, 5, 3, 15, 2304, 2322, 3, 2, 1017, 1010, 1105, 1508, 2443, 3710 },
    { 2048, 4096, 3, 5, 15, 2304, 2322, 2, 3, 1017, 1010, 1105, 1458, 2362, 3587 },
    { 2049, 513, 7, 2, 14, 2160, 2177, 3, 1, 582, 578, 1445, 1105, 1791, 2719 },
    { 2050, 513, 7, 2, 14, 2160, 2177, 3, 1, 582, 578, 765, 1105, 1791, 2719 },
    { 2560, 1440, 5, 3, 15, 2304, 2322, 3, 2, 1017, 1010, 1105, 1508, 2443, 3710 },
    { 2688, 672, 8, 2, 16, 2448, 2467, 3, 1, 582, 578, 765, 1444, 2340, 3553 },
    { 3840, 2160, 5, 3, 15, 2304, 2322, 3, 2, 1017, 1010, 1105, 1508, 2443, 3710 },
    { 4000, 1474, 6, 2, 12, 1872, 1887, 3, 2, 1017, 1010, 1445, 1449, 2348, 3565 },
    { 4096, 2160, 5, 3, 15, 2304, 2322, 3, 2, 1017, 1010, 1105, 1484, 2405, 3651 },
    { 5376, 336, 16, 1, 16, 2448, 2467, 3, 1, 582, 578, 765, 1296, 2100, 3189 },
    { 10000, 100, 16, 1, 16, 2448, 2467, 3, 1, 582, 578, 765, 1252, 2029, 3080 },
};

#define N_VECTORS (sizeof vectors / sizeof *vectors)

static void llama4_matches_the_vectors(void **state)
{
    struct model m = model_named("llama-4-scout");
    size_t i;

    (void)state;
    for (i = 0; i < N_VECTORS; i++) {
        const struct vector *v = &vectors[i];
        struct image_tokens t = count(&m, v->w, v->h, DETAIL_AUTO);
        int columns, rows;

        tokens_llama4_grid(v->w, v->h, 16, &columns, &rows);
        assert_int_equal(columns, v->columns);
        assert_int_equal(rows, v->rows);
        assert_int_equal(t.columns, v->columns);
        assert_int_equal(t.rows, v->rows);
        assert_int_equal(t.columns * t.rows, v->tiles);
        assert_int_equal(t.patches, v->patches);
        assert_int_equal(t.tokens, v->llama4);
        assert_true(t.exact);
    }
}

static void llamacpp_matches_the_vectors(void **state)
{
    struct model new = with_rule("llama4-llamacpp"), old = with_rule("llama4-llamacpp-separators");
    size_t i;

    (void)state;
    for (i = 0; i < N_VECTORS; i++) {
        const struct vector *v = &vectors[i];
        struct image_tokens t = count(&new, v->w, v->h, DETAIL_AUTO);

        assert_int_equal(t.columns, v->cpp_columns);
        assert_int_equal(t.rows, v->cpp_rows);
        assert_int_equal(t.tokens, v->llamacpp);
        assert_int_equal(count(&old, v->w, v->h, DETAIL_AUTO).tokens, v->separators);
    }
}

/* Counts that a real llama.cpp server gave. */
static void llamacpp_matches_the_server(void **state)
{
    static const struct {
        int w, h, columns, rows, tokens;
    } seen[] = {
        { 336, 336, 0, 0, 146 },     { 337, 337, 2, 2, 722 },   { 672, 336, 2, 1, 434 },   { 336, 672, 1, 2, 434 },
        { 1008, 336, 3, 1, 578 },    { 100, 2000, 1, 3, 578 },  { 640, 360, 2, 2, 722 },   { 640, 480, 2, 2, 722 },
        { 672, 672, 2, 2, 722 },     { 800, 600, 3, 2, 1010 },  { 854, 480, 3, 2, 1010 },  { 1280, 720, 3, 2, 1010 },
        { 1920, 1080, 3, 2, 1010 },  { 3840, 2160, 3, 2, 1010 }, { 1080, 1920, 2, 3, 1010 }, { 1008, 1008, 3, 3, 1442 },
    };
    struct model m = with_rule("llama4-llamacpp");
    size_t i;

    (void)state;
    for (i = 0; i < sizeof seen / sizeof *seen; i++) {
        struct image_tokens t = count(&m, seen[i].w, seen[i].h, DETAIL_HIGH);

        assert_int_equal(t.columns, seen[i].columns);
        assert_int_equal(t.rows, seen[i].rows);
        assert_int_equal(t.tokens, seen[i].tokens);
    }
}

static void openai_matches_the_vectors(void **state)
{
    struct model full = model_named("gpt-4.1"), mini = model_named("gpt-4.1-mini"), nano = model_named("gpt-4.1-nano");
    size_t i;

    (void)state;
    for (i = 0; i < N_VECTORS; i++) {
        const struct vector *v = &vectors[i];

        assert_int_equal(count(&full, v->w, v->h, DETAIL_HIGH).tokens, v->tiles_high);
        assert_int_equal(count(&full, v->w, v->h, DETAIL_AUTO).tokens, v->tiles_high);
        assert_int_equal(count(&full, v->w, v->h, DETAIL_LOW).tokens, 85);
        assert_int_equal(count(&mini, v->w, v->h, DETAIL_HIGH).patches, v->patches32);
        assert_int_equal(count(&mini, v->w, v->h, DETAIL_HIGH).tokens, v->mini);
        assert_int_equal(count(&nano, v->w, v->h, DETAIL_HIGH).tokens, v->nano);
    }
}

/* OpenAI's documentation, its calculator, and bills. */
static void openai_matches_the_documented_examples(void **state)
{
    struct model full = model_named("gpt-4.1"), mini = model_named("gpt-4.1-mini"), nano = model_named("gpt-4.1-nano");
    struct model o4 = model_named("o4-mini"), small = model_named("gpt-4o-mini"), o3 = model_named("o3");
    struct image_tokens t;

    (void)state;
    assert_int_equal(count(&full, 4096, 8192, DETAIL_LOW).tokens, 85);
    assert_int_equal(count(&full, 2048, 4096, DETAIL_HIGH).tokens, 1105);
    assert_int_equal(count(&full, 2049, 513, DETAIL_HIGH).tokens, 1445);
    assert_int_equal(count(&full, 2050, 513, DETAIL_HIGH).tokens, 765);
    t = count(&mini, 1800, 2400, DETAIL_HIGH);
    assert_int_equal(t.columns, 33);
    assert_int_equal(t.rows, 44);
    assert_int_equal(t.tokens, 2353);
    assert_false(t.exact);
    assert_true(count(&mini, 1008, 567, DETAIL_HIGH).exact);
    assert_int_equal(count(&mini, 4000, 1474, DETAIL_HIGH).tokens, 2348);
    assert_int_equal(count(&nano, 1920, 1080, DETAIL_HIGH).tokens, 3710);
    assert_int_equal(count(&o4, 1024, 1024, DETAIL_HIGH).tokens, 1762);
    assert_int_equal(count(&small, 512, 512, DETAIL_HIGH).tokens, 2833 + 5667);
    assert_int_equal(count(&o3, 1024, 1024, DETAIL_HIGH).tokens, 75 + 4 * 150);
}

static void sizes_of_one_picture_cost_the_known_sums(void **state)
{
    static const int tokens[17] = { 0, 147, 437, 582, 727, 872, 1017, 1162, 1307, 1452, 1597, 1742, 1887, 2032, 2177,
                                    2322, 2467 };
    struct model m = model_named("llama4");
    int n;

    (void)state;
    for (n = 1; n <= 16; n++)
        assert_int_equal(count(&m, 336 * n, 336, DETAIL_AUTO).tokens, tokens[n]);
}

/* The text of a request is left out: everything else is exact. */
static void whole_llama4_requests_cost_what_the_formula_says(void **state)
{
    struct model m = model_named("llama4");
    int64_t small = count(&m, 336, 189, DETAIL_AUTO).tokens, large = count(&m, 1920, 1080, DETAIL_AUTO).tokens;

    (void)state;
    assert_true(m.layout_exact);
    assert_int_equal(m.layout_base + small, 157);
    assert_int_equal(m.layout_base + 8 * small, 1186);
    assert_int_equal(m.layout_base + 8 * large, 18586);
    assert_int_equal(m.layout_base + m.layout_message + small, 162);
    assert_int_equal(m.layout_base + m.layout_message + 8 * small, 1191);
    assert_int_equal(m.layout_base + m.layout_message + 8 * large, 18591);
}

static void turning_a_picture_turns_its_grid(void **state)
{
    static const char *const names[] = { "llama4", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano" };
    size_t i, k;

    (void)state;
    for (k = 0; k < sizeof names / sizeof *names; k++) {
        struct model m = model_named(names[k]);

        for (i = 0; i < N_VECTORS; i++) {
            struct image_tokens a = count(&m, vectors[i].w, vectors[i].h, DETAIL_HIGH);
            struct image_tokens b = count(&m, vectors[i].h, vectors[i].w, DETAIL_HIGH);

            assert_int_equal(a.tokens, b.tokens);
            if (k == 0) {
                assert_int_equal(a.columns, b.rows);
                assert_int_equal(a.rows, b.columns);
            }
        }
    }
}

static void any_size_stays_within_the_rules(void **state)
{
    struct model llama = model_named("llama4"), full = model_named("gpt-4.1"), mini = model_named("gpt-4.1-mini");
    unsigned seed = 1;
    int i;

    (void)state;
    for (i = 0; i < 4000; i++) {
        int w, h;
        int64_t t;

        seed = seed * 1103515245 + 12345;
        w = 1 + (int)(seed >> 8) % (i % 2 ? 700 : 65535);
        seed = seed * 1103515245 + 12345;
        h = 1 + (int)(seed >> 8) % (i % 3 ? 700 : 65535);
        t = count(&llama, w, h, DETAIL_AUTO).tokens;
        assert_true(t == 147 || (t > 147 + 145 && t <= 2467 && (t - 147) % 145 == 0));
        assert_int_equal(w <= 336 && h <= 336, t == 147);
        t = count(&full, w, h, DETAIL_HIGH).tokens;
        assert_true((t - 85) % 170 == 0 && t >= 255 && t <= 1445);
        if (w <= 512 && h <= 512)
            assert_int_equal(t, 255);
        assert_in_range(count(&mini, w, h, DETAIL_HIGH).patches, 1, 1536);
    }
}

static void enlarging_a_large_picture_keeps_its_grid(void **state)
{
    int factor, columns, rows;

    (void)state;
    for (factor = 1; factor <= 30; factor++) {
        tokens_llama4_grid(1920 * factor, 1080 * factor, 16, &columns, &rows);
        assert_int_equal(columns, 5);
        assert_int_equal(rows, 3);
    }
}

static void impossible_sizes_and_rules_are_refused(void **state)
{
    struct model m = model_named("llama4"), none = with_rule("abacus");
    struct image_tokens t;
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(tokens_image(&m, 0, 10, DETAIL_AUTO, &t, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "no image has 0x10 pixels");
    assert_int_equal(tokens_image(&m, 10, -1, DETAIL_AUTO, &t, &err), SC_ERR_INVALID);
    assert_int_equal(tokens_image(&none, 10, 10, DETAIL_AUTO, &t, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "unknown image rule 'abacus' of model family 'test'");
}

static void the_largest_sizes_do_not_overflow(void **state)
{
    static const char *const names[] = { "llama4", "gpt-4.1", "gpt-4.1-mini", "something-else" };
    struct model cpp = with_rule("llama4-llamacpp");
    size_t i;
    int w, h;

    (void)state;
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        struct model m = model_named(names[i]);

        assert_true(count(&m, 65535, 65535, DETAIL_HIGH).tokens > 0);
        assert_true(count(&m, INT_MAX, INT_MAX, DETAIL_HIGH).tokens > 0);
        assert_true(count(&m, INT_MAX, 1, DETAIL_HIGH).tokens > 0);
        tokens_best_size(&m, INT_MAX, 3, &w, &h);
        assert_true(w > 0 && h > 0);
    }
    assert_int_equal(count(&cpp, INT_MAX, INT_MAX, DETAIL_HIGH).tokens, 1442);
}

static void unknown_and_fixed_rules_count_too(void **state)
{
    struct model unknown = model_named("some-vision-model"), fixed = with_rule("fixed");

    (void)state;
    fixed.fixed_tokens = 2048;
    assert_int_equal(count(&fixed, 640, 480, DETAIL_AUTO).tokens, 2048);
    assert_false(count(&unknown, 640, 480, DETAIL_AUTO).exact);
    assert_int_equal(count(&unknown, 640, 480, DETAIL_AUTO).tokens, 40 * 30 + 30);
    assert_int_equal(count(&unknown, 64, 48, DETAIL_AUTO).tokens, 600);
}

static void best_sizes_waste_no_tile(void **state)
{
    static const struct {
        const char *model;
        int w, h, best_w, best_h;
    } cases[] = {
        { "llama4", 1920, 1080, 1008, 567 }, /* 6 tiles */
        { "llama4", 3840, 2160, 1008, 567 },
        { "llama4", 1080, 1920, 567, 1008 },
        { "llama4", 1280, 720, 1008, 567 },
        { "llama4", 640, 480, 640, 480 },    /* never enlarged */
        { "llama4", 640, 360, 597, 336 },    /* 24 rows are not worth a row of tiles */
        { "llama4", 350, 197, 336, 189 },    /* nor 14 columns a second tile */
        { "llama4", 320, 240, 320, 240 },
        { "llama4", 1024, 1024, 672, 672 },
        { "llama4", 1, 1, 1, 1 },
        { "llama4", 10000, 1, 2016, 1 },
        { "gpt-4.1", 1920, 1080, 910, 512 }, /* 2 tiles; 1024x576 would be 4 */
        { "gpt-4.1", 1080, 1920, 512, 910 },
        { "gpt-4.1", 1600, 1200, 1024, 768 },
        { "gpt-4.1", 1000, 1000, 768, 768 },
        { "gpt-4.1", 640, 360, 640, 360 },
        { "gpt-4.1", 520, 292, 512, 288 },
        { "gpt-4.1-mini", 1920, 1080, 1024, 576 },
        { "gpt-4.1-nano", 640, 480, 640, 480 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct model m = model_named(cases[i].model);
        int w, h;

        tokens_best_size(&m, cases[i].w, cases[i].h, &w, &h);
        assert_int_equal(w, cases[i].best_w);
        assert_int_equal(h, cases[i].best_h);
    }
}

static void no_side_passes_the_limit_of_the_service(void **state)
{
    struct model m = model_named("llama4");
    int w, h;

    (void)state;
    strcpy(m.rule, "llama4-llamacpp");
    m.max_side = 336;
    tokens_best_size(&m, 1920, 1080, &w, &h);
    assert_int_equal(w, 336);
    assert_int_equal(h, 189);
    assert_int_equal(count(&m, w, h, DETAIL_AUTO).tokens, 146);
}

static void sizes_stay_within_a_budget_and_say_when_they_cannot(void **state)
{
    struct model m = model_named("llama4"), mini = model_named("gpt-4.1-mini");
    int w, h;

    (void)state;
    assert_true(tokens_size_within(&m, 1920, 1080, DETAIL_HIGH, 600, &w, &h));
    assert_true(count(&m, w, h, DETAIL_HIGH).tokens <= 600);
    assert_true(tokens_size_within(&m, 1920, 1080, DETAIL_HIGH, 147, &w, &h));
    assert_int_equal(w, 336);
    assert_false(tokens_size_within(&m, 1920, 1080, DETAIL_HIGH, 146, &w, &h));
    assert_true(tokens_size_within(&mini, 1920, 1080, DETAIL_HIGH, 300, &w, &h));
    assert_in_range(count(&mini, w, h, DETAIL_HIGH).tokens, 250, 300);
    assert_false(tokens_size_within(&mini, 1920, 1080, DETAIL_HIGH, 30, &w, &h));
    assert_int_equal(w, 256);
}

/* Counts of OpenAI's and Meta's vocabularies are smaller for all of these. */
static void text_estimates_are_upper_but_not_absurd(void **state)
{
    static const struct {
        const char *text;
        int least, most;
    } cases[] = {
        { "", 0, 0 },
        { "a", 1, 1 },
        { "What changed between these frames?", 6, 14 },
        { "Frame 3 of 7 at 00:41.200 (after event 2: appear, at the right)", 26, 34 },
        { "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 3, 9 },
        { "0123456789", 4, 10 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_in_range(tokens_text_estimate(cases[i].text), cases[i].least, cases[i].most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(llama4_matches_the_vectors),
        cmocka_unit_test(llamacpp_matches_the_vectors),
        cmocka_unit_test(llamacpp_matches_the_server),
        cmocka_unit_test(openai_matches_the_vectors),
        cmocka_unit_test(openai_matches_the_documented_examples),
        cmocka_unit_test(sizes_of_one_picture_cost_the_known_sums),
        cmocka_unit_test(whole_llama4_requests_cost_what_the_formula_says),
        cmocka_unit_test(turning_a_picture_turns_its_grid),
        cmocka_unit_test(any_size_stays_within_the_rules),
        cmocka_unit_test(enlarging_a_large_picture_keeps_its_grid),
        cmocka_unit_test(impossible_sizes_and_rules_are_refused),
        cmocka_unit_test(the_largest_sizes_do_not_overflow),
        cmocka_unit_test(unknown_and_fixed_rules_count_too),
        cmocka_unit_test(best_sizes_waste_no_tile),
        cmocka_unit_test(no_side_passes_the_limit_of_the_service),
        cmocka_unit_test(sizes_stay_within_a_budget_and_say_when_they_cannot),
        cmocka_unit_test(text_estimates_are_upper_but_not_absurd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
