/* JSON Schemas: which are understood, which answers obey, and what is said of those that do not. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "fusion/schema.h"

static struct schema *read_or_die(const char *text)
{
    struct schema *s = NULL;
    struct sc_error err = { 0 };

    if (schema_read(text, "dir/my schema.v2.json", &s, &err))
        fail_msg("%s: %s", text, err.text);
    return s;
}

/* complaint NULL: obeys. */
static void check_answer(const char *schema, const char *answer, const char *complaint)
{
    struct schema *s = read_or_die(schema);
    char said[SCHEMA_COMPLAINT_SIZE], *json;

    assert_int_equal(schema_check(s, answer, &json, said, NULL), SC_OK);
    if ((json != NULL) != !complaint || !strcmp(said, "") != !complaint || (complaint && strcmp(said, complaint)))
        fail_msg("%s against %s: %s", answer, schema, said);
    free(json);
    schema_close(&s);
}

#define OBJECT(properties, rest) "{\"type\":\"object\",\"properties\":{" properties "}" rest "}"
#define CLOSED ",\"additionalProperties\":false"

static void answers_obey_or_are_told_why_not(void **state)
{
    static const struct { const char *schema, *answer, *complaint; } cases[] = {
        { "{}", "17", NULL },
        { "{}", "", "the answer is no JSON: line 1, column 0: unexpected token near end of file" },
        { "{\"type\":\"string\"}", "\"a\"", NULL },
        { "{\"type\":\"string\"}", "1", "$ has to be of type string" },
        { "{\"type\":[\"string\",\"null\"]}", "null", NULL },
        { "{\"type\":[\"string\",\"null\"]}", "true", "$ has to be of type string or null" },
        { "{\"type\":\"integer\"}", "2.0", NULL },
        { "{\"type\":\"integer\"}", "2.5", "$ has to be of type integer" },
        { "{\"type\":\"number\"}", "2", NULL },
        { OBJECT("\"a\":{\"type\":\"integer\"}", ",\"required\":[\"a\"]"), "{\"a\":1,\"b\":2}", NULL },
        { OBJECT("\"a\":{\"type\":\"integer\"}", ",\"required\":[\"a\"]"), "{\"b\":2}", "$ has to have \"a\"" },
        { OBJECT("\"a\":{\"type\":\"integer\"}", CLOSED), "{\"b\":2}", "$ may not have \"b\"" },
        { OBJECT("\"a\":{}", ",\"additionalProperties\":{\"type\":\"null\"}"), "{\"a\":1,\"b\":2}",
          "$.b has to be of type null" },
        { "{\"items\":" OBJECT("\"a\":{\"type\":\"integer\"}", "") "}", "[{\"a\":1},{\"a\":\"x\"}]",
          "$[1].a has to be of type integer" },
        { "{\"minItems\":1,\"maxItems\":2}", "[]", "$ has to have 1 items or more" },
        { "{\"minItems\":1,\"maxItems\":2}", "[1,2,3]", "$ has to have 2 items or fewer" },
        { "{\"minItems\":1,\"maxItems\":2}", "\"no list\"", NULL },
        { "{\"enum\":[\"a\",1,null]}", "1.0", NULL },
        { "{\"enum\":[\"a\",1,null]}", "\"b\"", "$ has to be one of [\"a\",1,null]" },
        { "{\"const\":{\"a\":[1]}}", "{\"a\":[1]}", NULL },
        { "{\"const\":3}", "4", "$ is not what it has to be" },
        { "{\"minimum\":0,\"maximum\":1}", "1", NULL },
        { "{\"minimum\":0,\"maximum\":1}", "-0.5", "$ has to be 0 or more" },
        { "{\"minimum\":0,\"maximum\":1}", "2", "$ has to be 1 or less" },
        { "{\"exclusiveMinimum\":0,\"exclusiveMaximum\":1}", "0", "$ has to be more than 0" },
        { "{\"exclusiveMinimum\":0,\"exclusiveMaximum\":1}", "1", "$ has to be less than 1" },
        { "{\"minLength\":2,\"maxLength\":2}", "\"\xC3\xA4\xE6\x97\xA5\"", NULL },
        { "{\"minLength\":2,\"maxLength\":2}", "\"\xC3\xA4\"", "$ has to have 2 characters or more" },
        { "{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":5,\"type\":\"integer\"}]}", "7", NULL },
        { "{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":5,\"type\":\"integer\"}]}", "3",
          "$ fits none of its alternatives" },
        { "{\"$defs\":{\"t\":{\"type\":\"string\"}},\"items\":{\"$ref\":\"#/$defs/t\"}}", "[\"a\",3]",
          "$[1] has to be of type string" },
        { OBJECT("\"next\":{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#\"}]}", CLOSED ",\"required\":[\"next\"]"),
          "{\"next\":{\"next\":{\"next\":null}}}", NULL },
        { "{\"type\":\"integer\"}", " \n```json\n7\n```\n", NULL },
        { "{\"type\":\"integer\"}", "```\n7```", NULL },
        { "{\"type\":\"integer\"}", "Here: 7", "the answer is no JSON: line 1, column 4: invalid token near 'Here'" },
        { "{}", "{\"a\":1,\"a\":2}", "the answer is no JSON: line 1, column 10: duplicate object key near '\"a\"'" },
        { "{}", "{\"a\":1} thanks", "the answer is no JSON: line 1, column 14: end of file expected near 'thanks'" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        check_answer(cases[i].schema, cases[i].answer, cases[i].complaint);
}

static void what_would_not_be_checked_is_refused_by_name(void **state)
{
    static const struct { const char *schema, *error; } cases[] = {
        { "{", "schema 's': line 1: string or '}' expected near end of file" },
        { "[]", "schema 's': $ has to be a schema, an object" },
        { "{\"pattern\":\"^a\"}", "schema 's': $.pattern is a keyword that is not checked here; docs/FUSION.md lists those "
                                  "that are" },
        { OBJECT("\"a\":{\"oneOf\":[]}", ""), "schema 's': $.properties.a.oneOf is a keyword that is not checked here; "
                                              "docs/FUSION.md lists those that are" },
        { "{\"type\":\"text\"}", "schema 's': $.type has to be the name of a type, or a list of some" },
        { "{\"type\":[]}", "schema 's': $.type has to be the name of a type, or a list of some" },
        { "{\"required\":[1]}", "schema 's': $.required has to be a list of names" },
        { "{\"enum\":[]}", "schema 's': $.enum has to be a list of values" },
        { "{\"minItems\":-1}", "schema 's': $.minItems has to be a whole number, not negative" },
        { "{\"maximum\":\"1\"}", "schema 's': $.maximum has to be a number" },
        { "{\"items\":[{}]}", "schema 's': $.items has to be a schema, an object" },
        { "{\"anyOf\":[]}", "schema 's': $.anyOf has to be a list of schemas" },
        { "{\"anyOf\":[{},{\"not\":{}}]}", "schema 's': $.anyOf[1].not is a keyword that is not checked here; "
                                           "docs/FUSION.md lists those that are" },
        { "{\"$ref\":\"#/$defs/none\"}", "schema 's': $.$ref has to be \"#\" or \"#/$defs/NAME\" of a schema that is there" },
        { "{\"$ref\":\"http://a/b\"}", "schema 's': $.$ref has to be \"#\" or \"#/$defs/NAME\" of a schema that is there" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sc_error err = { 0 };
        struct schema *s;

        assert_int_equal(schema_read(cases[i].schema, "s", &s, &err), SC_ERR_INVALID);
        assert_null(s);
        assert_string_equal(err.text, cases[i].error);
    }
}

static void what_is_too_deep_or_too_much_ends(void **state)
{
    enum { DEEP = 300 };
    char text[DEEP * 12] = "", answer[2 * DEEP + 8] = "";
    struct sc_error err = { 0 };
    struct schema *s;
    char said[SCHEMA_COMPLAINT_SIZE], *json;
    int i;

    (void)state;
    for (i = 0; i < DEEP; i++)
        strcat(text, "{\"items\":");
    strcat(text, "{}");
    for (i = 0; i < DEEP; i++)
        strcat(text, "}");
    assert_int_equal(schema_read(text, "s", &s, &err), SC_ERR_INVALID);
    assert_non_null(strstr(err.text, "is nested too deeply"));

    check_answer("{\"$ref\":\"#\"}", "1", "$ is too deep or too large to be checked");
    for (i = 0; i < DEEP; i++)
        strcat(answer, "[");
    for (i = 0; i < DEEP; i++)
        strcat(answer, "]");
    s = read_or_die("{\"items\":{\"$ref\":\"#\"}}");
    assert_int_equal(schema_check(s, answer, &json, said, NULL), SC_OK);
    assert_null(json);
    assert_non_null(strstr(said, "is too deep or too large to be checked"));
    schema_close(&s);
    /* Two ways at each of a hundred steps, none of which fits. */
    check_answer("{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1", "$ is too deep or too large to be checked");
}

static void the_answer_comes_back_harmless(void **state)
{
    struct schema *s = read_or_die("{}");
    char said[SCHEMA_COMPLAINT_SIZE], *json;

    (void)state;
    assert_int_equal(schema_check(s, "{\"b\":\"\\u009b1m\\u007f\\u001b[2J\\u202e \xC3\xA4\\n\",\"a\":0.1}", &json, said, NULL),
                     SC_OK);
    assert_string_equal(json, "{\n \"b\": \"\\u009b1m\\u007f\\u001B[2J\\u202e \xC3\xA4\\n\",\n \"a\": 0.1\n}");
    free(json);
    schema_close(&s);
}

static void services_get_one_line_and_a_plain_name(void **state)
{
    struct schema *s = read_or_die("{\"$schema\":\"x\",\"$id\":\"y\",\n \"type\":\"object\",\"properties\":{}\n}");

    (void)state;
    assert_string_equal(schema_text(s), "{\"type\":\"object\",\"properties\":{}}");
    assert_string_equal(schema_label(s), "my_schema_v2");
    schema_close(&s);
}

static void strict_is_what_openai_takes_as_strict(void **state)
{
    static const struct { const char *schema; bool strict; } cases[] = {
        { OBJECT("\"a\":{}", CLOSED ",\"required\":[\"a\"]"), true },
        { OBJECT("\"a\":{}", CLOSED), false },
        { OBJECT("\"a\":{}", ",\"required\":[\"a\"]"), false },
        { OBJECT("\"a\":{\"maxLength\":3}", CLOSED ",\"required\":[\"a\"]"), false },
        { OBJECT("\"a\":{\"items\":" OBJECT("\"b\":{}", "") "}", CLOSED ",\"required\":[\"a\"]"), false },
        { "{\"type\":\"array\"}", false },
        { "{\"anyOf\":[{}]}", false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schema *s = read_or_die(cases[i].schema);

        if (schema_is_strict(s) != cases[i].strict)
            fail_msg("%s", cases[i].schema);
        schema_close(&s);
    }
}

static void ours_are_strict(void **state)
{
    static const char *const names[] = { "changes", "caption" };
    struct sc_error err = { 0 };
    struct schema *s;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        if (schema_read(schema_built_in(names[i]), names[i], &s, &err))
            fail_msg("%s", err.text);
        assert_true(schema_is_strict(s));
        assert_string_equal(schema_label(s), names[i]);
        schema_close(&s);
    }
    assert_null(schema_built_in("changes.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_obey_or_are_told_why_not),
        cmocka_unit_test(what_would_not_be_checked_is_refused_by_name),
        cmocka_unit_test(what_is_too_deep_or_too_much_ends),
        cmocka_unit_test(the_answer_comes_back_harmless),
        cmocka_unit_test(services_get_one_line_and_a_plain_name),
        cmocka_unit_test(strict_is_what_openai_takes_as_strict),
        cmocka_unit_test(ours_are_strict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
