/* Results as JSON: what has no value is null, text from outside is repaired and harmless, numbers are short. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "include/seechange.h"
#include "tests/kit/check.h"

static struct sc_info source(const char *path)
{
    return (struct sc_info){ .path = (char *)path, .width = 640, .height = 360, .sar_num = 1, .sar_den = 1 };
}

static json_t *parsed(char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    if (!json)
        fail_msg("%s in %s", error.text, text);
    free(text);
    return json;
}

static char *text_of(const struct sc_changes *c)
{
    char *text = NULL;

    assert_int_equal(sc_changes_json(c, &text, NULL), SC_OK);
    return text;
}

static void a_path_of_any_bytes_is_valid_and_harmless(void **state)
{
    struct sc_changes c = { .version = 1, .source = source("a\xFF\x1B[31m\xC2\x9B\xE2\x80\xAE\x7F\"\\\n.mp4") };
    char *text = text_of(&c);
    json_t *json;
    const unsigned char *p;

    (void)state;
    for (p = (const unsigned char *)text; *p; p++)
        assert_true(*p == '\n' || (*p >= 0x20 && *p != 0x7F));
    assert_null(strstr(text, "\xC2\x9B"));
    assert_null(strstr(text, "\xE2\x80\xAE"));
    json = parsed(text);
    assert_string_equal(json_string_value(json_object_get(json_object_get(json, "source"), "path")),
                        "a\xEF\xBF\xBD\x1B[31m\xC2\x9B\xE2\x80\xAE\x7F\"\\\n.mp4");
    json_decref(json);
}

static void what_is_not_known_is_null(void **state)
{
    struct sc_event event = { .before_us = -1, .after_us = -1, .same_as_us = -1, .count = 1 };
    struct sc_frame frame = { .event = -1, .rank = 1 };
    struct sc_changes c = { .version = 1, .source = source(NULL), .events = &event, .n_events = 1, .frames = &frame,
                            .n_frames = 1 };
    json_t *json = parsed(text_of(&c));
    json_t *of_source = json_object_get(json, "source");
    json_t *of_event = json_array_get(json_object_get(json, "events"), 0);
    json_t *of_frame = json_array_get(json_object_get(json, "frames"), 0);

    (void)state;
    assert_true(json_is_null(json_object_get(of_source, "path")));
    assert_true(json_is_null(json_object_get(of_source, "fps")));
    assert_true(json_is_null(json_object_get(of_source, "duration_s")));
    assert_true(json_is_null(json_object_get(of_event, "before_s")));
    assert_true(json_is_null(json_object_get(of_event, "same_as_s")));
    assert_true(json_is_null(json_object_get(of_frame, "event")));
    assert_true(json_is_null(json_object_get(of_frame, "box")));
    assert_true(json_is_null(json_object_get(json_object_get(json, "damage"), "first_s")));
    json_decref(json);
}

static void a_box_that_is_the_whole_picture_is_written_out(void **state)
{
    struct sc_event event = { .kind = SC_CUT, .count = 1 };
    struct sc_changes c = { .version = 1, .source = source("x"), .events = &event, .n_events = 1 };
    char *text = text_of(&c);

    (void)state;
    assert_non_null(strstr(text, "\"box\": [0, 0, 640, 360]"));
    free(text);
}

static void numbers_have_six_decimals_at_most_in_any_locale(void **state)
{
    struct sc_event event = { .start_us = 100000, .peak_us = 1234567, .end_us = 359999999999, .share = 1.0 / 3,
                              .score = NAN, .dx = -0.125, .count = 1 };
    struct sc_changes c = { .version = 1, .source = source("x"), .events = &event, .n_events = 1 };
    char *text;

    (void)state;
    setlocale(LC_ALL, "de_DE.UTF-8"); /* a decimal comma, where this locale is installed */
    text = text_of(&c);
    setlocale(LC_ALL, "C");
    assert_non_null(strstr(text, "\"start_s\": 0.1,"));
    assert_non_null(strstr(text, "\"peak_s\": 1.234567,"));
    assert_non_null(strstr(text, "\"end_s\": 359999.999999,"));
    assert_non_null(strstr(text, "\"share\": 0.333333,"));
    assert_non_null(strstr(text, "\"score\": null,"));
    assert_non_null(strstr(text, "\"dx\": -0.125,"));
    free(text);
}

static void a_row_takes_a_line(void **state)
{
    struct sc_event events[3] = { { .count = 1 }, { .count = 1 }, { .count = 1 } };
    struct sc_changes c = { .version = 1, .source = source("x"), .events = events, .n_events = 3 };
    char *text = NULL;
    const char *p;
    int n = 0;

    (void)state;
    assert_int_equal(sc_changes_jsonl(&c, &text, NULL), SC_OK);
    for (p = text; (p = strchr(p, '\n')); p++)
        n++;
    assert_int_equal(n, 4);
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
}

static void an_empty_answer_has_all_members(void **state)
{
    struct sc_answer a = { .prompt_tokens = -1, .output_tokens = -1, .cached_tokens = -1, .price_usd = -1 };
    static const char *const nulls[] = { "service", "model", "text", "finish", "body_bytes", "price_usd", "changes" };
    char *text = NULL;
    json_t *json;
    size_t i;

    (void)state;
    assert_int_equal(sc_answer_json(&a, &text, NULL), SC_OK);
    json = parsed(text);
    for (i = 0; i < sizeof(nulls) / sizeof(*nulls); i++)
        assert_true(json_is_null(json_object_get(json, nulls[i])));
    assert_int_equal(json_array_size(json_object_get(json, "images")), 0);
    assert_true(json_is_null(json_object_get(json_object_get(json, "usage"), "prompt_tokens")));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_of_any_bytes_is_valid_and_harmless),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(a_box_that_is_the_whole_picture_is_written_out),
        cmocka_unit_test(numbers_have_six_decimals_at_most_in_any_locale),
        cmocka_unit_test(a_row_takes_a_line),
        cmocka_unit_test(an_empty_answer_has_all_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
