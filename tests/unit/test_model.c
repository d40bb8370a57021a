/* The table of model families: which row a name finds, what users and services may change. */
#include "fusion/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cmocka.h>

extern const char client_services_json[];

static void names_find_their_family(void **state)
{
    static const struct {
        const char *name, *family;
    } cases[] = {
        { "meta-llama/Llama-4-Scout-17B-16E-Instruct", "llama4" },
        { "Llama-4-Maverick-17B-128E-Instruct-FP8", "llama4" },
        { "llama4:scout", "llama4" },
        { "us.meta.llama4-scout-17b-instruct-v1:0", "llama4" },
        { "tiny-llama4", "llama4" },
        { "gpt-4.1", "gpt-4.1" },
        { "gpt-4.1-2025-04-14", "gpt-4.1" },
        { "openai/gpt-4.1", "gpt-4.1" },
        { "GPT-4.1-Mini", "gpt-4.1-mini" },
        { "gpt-4.1-nano-2025-04-14", "gpt-4.1-nano" },
        { "gpt-4o", "gpt-4o" },
        { "chatgpt-4o-latest", "gpt-4o" },
        { "gpt-4o-mini", "gpt-4o-mini" },
        { "o4-mini-2025-04-16", "o4-mini" },
        { "openai/o3", "openai-o" },
        { "gpt-6-luna", "gpt-later" },
        { "qwen2.5-vl", "unknown" },
        { "", "unknown" },
        { NULL, "unknown" },
    };
    struct models *m = NULL;
    struct model found;
    size_t i;

    (void)state;
    assert_int_equal(models_open(&m, NULL, NULL), SC_OK);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        models_find(m, cases[i].name, &found);
        assert_string_equal(found.family, cases[i].family);
        assert_true(found.usd_in < 0 && found.usd_out < 0);
    }
    models_close(&m);
    assert_null(m);
    models_close(&m);
}

static void a_users_row_comes_first(void **state)
{
    struct models *m = NULL;
    struct model found;

    (void)state;
    assert_int_equal(models_open(&m, "{\"families\": [{\"family\": \"mine\", \"patterns\": [\"my-*\", \"gpt-4.1\"],"
                                     " \"rule\": \"fixed\", \"fixed_tokens\": 256, \"has_detail\": true}]}", NULL),
                     SC_OK);
    models_find(m, "MY-model", &found);
    assert_string_equal(found.family, "mine");
    assert_string_equal(found.rule, "fixed");
    assert_int_equal(found.fixed_tokens, 256);
    assert_true(found.has_detail);
    models_find(m, "gpt-4.1", &found);
    assert_string_equal(found.family, "mine");
    models_find(m, "gpt-4.1-mini", &found);
    assert_string_equal(found.family, "gpt-4.1-mini");
    models_close(&m);
}

static void a_users_row_of_a_known_family_changes_only_what_it_says(void **state)
{
    struct models *m = NULL;
    struct model found;

    (void)state;
    assert_int_equal(models_open(&m, "{\"version\": 1, \"families\": [{\"family\": \"llama4\", \"max_images\": 5}]}",
                                 NULL), SC_OK);
    models_find(m, "llama-4-scout", &found);
    assert_int_equal(found.max_images, 5);
    assert_int_equal(found.best_tokens, 1017);
    assert_string_equal(found.rule, "llama4");
    models_close(&m);
}

static void broken_rows_are_errors_that_name_them(void **state)
{
    static const struct {
        const char *json, *words;
    } cases[] = {
        { "{\"families\": [{\"family\": \"a\", \"patterns\": [\"a\"], \"tilez\": 3}]}",
          "models.json: row 1: 'a': unknown member 'tilez'" },
        { "{\"families\": [{\"family\": \"llama4\"}, {\"family\": \"b\"}]}", "models.json: row 2: 'b': no 'patterns'" },
        { "{\"families\": [{\"family\": \"a\", \"patterns\": [\"a\"], \"rule\": \"guess\"}]}",
          "models.json: row 1: 'a': unknown rule 'guess'; docs/TOKENS.md lists them" },
        { "{\"families\": [{\"family\": \"a\", \"patterns\": [\"a\"], \"max_images\": \"8\"}]}",
          "models.json: row 1: 'a': 'max_images' is not a whole number from 0 to 1000000000" },
        { "{\"families\": [{\"family\": \"a\", \"patterns\": [\"a\"], \"max_images\": -1}]}",
          "models.json: row 1: 'a': 'max_images' is not a whole number from 0 to 1000000000" },
        { "{\"families\": [{\"family\": \"a\", \"patterns\": [\"a\"], \"has_detail\": 1}]}",
          "models.json: row 1: 'a': 'has_detail' is neither true nor false" },
        { "{\"families\": [{\"family\": \"a\", \"patterns\": [3]}]}",
          "models.json: row 1: 'a': a pattern is not text" },
        { "{\"families\": [{\"family\": \"a\", \"patterns\": [\"a\"], \"label_style\": \"loud\"}]}",
          "models.json: row 1: 'a': unknown label_style 'loud': interleaved or sequence" },
        { "{\"families\": [{\"patterns\": [\"a\"]}]}", "models.json: row 1: 'family' is not a word" },
        { "{\"families\": [{\"family\": \"a-name-of-more-than-thirty-one-bytes\"}]}",
          "models.json: row 1: 'family' has more than 31 characters" },
        { "{\"families\": [7]}", "models.json: row 1: not an object" },
        { "{\"families\": {}}", "models.json: no list 'families' of at most 4096 rows" },
        { "[]", "models.json: no list 'families' of at most 4096 rows" },
        { "{\"version\": 2, \"families\": []}", "models.json: 'version' is not 1" },
        { "{\"family\": []}", "models.json: unknown member 'family'" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct models *m = NULL;
        struct sc_error err = { 0 };

        assert_int_equal(models_open(&m, cases[i].json, &err), SC_ERR_INVALID);
        assert_null(m);
        assert_string_equal(err.text, cases[i].words);
    }
}

static void text_that_is_no_json_is_refused_with_its_line(void **state)
{
    struct models *m = NULL;
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(models_open(&m, "{\n\"families\": [,]}", &err), SC_ERR_INVALID);
    assert_non_null(strstr(err.text, "models.json: line 2"));
}

static enum sc_status override(struct model *m, const char *json, struct sc_error *err)
{
    json_t *overrides = json_loads(json, 0, NULL);
    enum sc_status s;

    assert_non_null(overrides);
    s = model_override(m, overrides, err);
    json_decref(overrides);
    return s;
}

static void a_service_overrides_its_family(void **state)
{
    struct models *m = NULL;
    struct model found;

    (void)state;
    assert_int_equal(models_open(&m, NULL, NULL), SC_OK);
    models_find(m, "llama4:scout", &found);
    models_close(&m);
    assert_int_equal(model_override(&found, NULL, NULL), SC_OK);
    assert_int_equal(override(&found, "{\"gpt-4.1\": {\"max_side\": 100}}", NULL), SC_OK);
    assert_int_equal(found.max_side, 0);
    assert_int_equal(override(&found, "{\"llama4\": {\"rule\": \"llama4-llamacpp\", \"max_side\": 336,"
                                      " \"image_exact\": false}}", NULL), SC_OK);
    assert_string_equal(found.rule, "llama4-llamacpp");
    assert_int_equal(found.max_side, 336);
    assert_false(found.image_exact);
    assert_int_equal(found.best_tokens, 1017);
}

static void an_override_for_all_gives_way_to_the_familys_own(void **state)
{
    struct model m = { .family = "llama4", .rule = "llama4", .label_style = "interleaved" };

    (void)state;
    assert_int_equal(override(&m, "{\"llama4\": {\"max_side\": 336}, \"*\": {\"max_side\": 100, \"max_images\": 3}}",
                              NULL), SC_OK);
    assert_int_equal(m.max_side, 336);
    assert_int_equal(m.max_images, 3);
}

static void the_overrides_of_all_services_are_accepted(void **state)
{
    json_t *json = json_loads(client_services_json, 0, NULL), *row, *overrides;
    const char *family;
    size_t i, n = 0;

    (void)state;
    assert_non_null(json);
    json_array_foreach(json_object_get(json, "services"), i, row) {
        json_t *ignored;

        overrides = json_object_get(row, "overrides");
        json_object_foreach(overrides, family, ignored) {
            struct model m = { .rule = "llama4", .label_style = "interleaved" };
            struct sc_error err = { 0 };

            snprintf(m.family, sizeof m.family, "%s", family);
            if (model_override(&m, overrides, &err))
                print_error("%s: %s\n", json_string_value(json_object_get(row, "name")), err.text);
            assert_int_equal(err.code, SC_OK);
            n++;
        }
    }
    assert_true(n > 0);
    json_decref(json);
}

static void a_bad_override_changes_nothing(void **state)
{
    struct model m = { .family = "llama4", .rule = "llama4", .label_style = "interleaved" }, before = m;
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(override(&m, "{\"llama4\": {\"max_side\": 336, \"max_sides\": 3}}", &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "overrides of 'llama4': unknown member 'max_sides'");
    assert_int_equal(override(&m, "{\"llama4\": {\"max_side\": 1.5}}", &err), SC_ERR_INVALID);
    assert_int_equal(override(&m, "{\"llama4\": {\"rule\": \"none\"}}", &err), SC_ERR_INVALID);
    assert_int_equal(override(&m, "{\"llama4\": []}", &err), SC_ERR_INVALID);
    assert_int_equal(override(&m, "[]", &err), SC_ERR_INVALID);
    assert_memory_equal(&m, &before, sizeof m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_find_their_family),
        cmocka_unit_test(a_users_row_comes_first),
        cmocka_unit_test(a_users_row_of_a_known_family_changes_only_what_it_says),
        cmocka_unit_test(broken_rows_are_errors_that_name_them),
        cmocka_unit_test(text_that_is_no_json_is_refused_with_its_line),
        cmocka_unit_test(a_service_overrides_its_family),
        cmocka_unit_test(an_override_for_all_gives_way_to_the_familys_own),
        cmocka_unit_test(the_overrides_of_all_services_are_accepted),
        cmocka_unit_test(a_bad_override_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
