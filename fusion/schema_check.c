/* Does an answer obey its JSON Schema? */
#include "fusion/schema_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct checking {
    json_t *root;
    struct place place;
    char *complaint;         /* of SCHEMA_COMPLAINT_SIZE; the first one stays */
    int depth, n_quiet;      /* n_quiet: inside alternatives, where a failure need not be one */
    int64_t steps;
};

static bool wrong(struct checking *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(struct checking *c, const char *format, ...)
{
    char what[SCHEMA_COMPLAINT_SIZE - SCHEMA_PLACE_SIZE];
    va_list args;

    if (c->n_quiet || *c->complaint)
        return false;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(c->complaint, SCHEMA_COMPLAINT_SIZE, "%s %s", c->place.text, what);
    return false;
}

static bool obeys(struct checking *c, json_t *value, const json_t *schema);

static bool has_type(const json_t *value, const char *type)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return !strcmp(type, "object");
    case JSON_ARRAY:
        return !strcmp(type, "array");
    case JSON_STRING:
        return !strcmp(type, "string");
    case JSON_INTEGER:
        return !strcmp(type, "integer") || !strcmp(type, "number");
    case JSON_REAL: /* 2.0 is an integer: JSON Schema Core, section 4.2.3 */
        return !strcmp(type, "number") ||
               (!strcmp(type, "integer") && json_real_value(value) == floor(json_real_value(value)));
    case JSON_TRUE:
    case JSON_FALSE:
        return !strcmp(type, "boolean");
    case JSON_NULL:
        return !strcmp(type, "null");
    }
    return false;
}

static bool type_obeys(struct checking *c, const json_t *value, const json_t *type)
{
    char names[96] = "";
    size_t i, n = 0;

    if (!type)
        return true;
    if (json_is_string(type))
        return has_type(value, json_string_value(type)) || wrong(c, "has to be of type %s", json_string_value(type));
    for (i = 0; i < json_array_size(type); i++) {
        const char *name = json_string_value(json_array_get(type, i));

        if (has_type(value, name))
            return true;
        if (n < sizeof names)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? " or " : "", name);
    }
    return wrong(c, "has to be of type %s", names);
}

static bool same(const json_t *a, const json_t *b)
{
    return json_is_number(a) && json_is_number(b) ? json_number_value(a) == json_number_value(b) : json_equal(a, b);
}

static bool is_listed(struct checking *c, const json_t *value, const json_t *list)
{
    char *words;
    size_t i;

    for (i = 0; i < json_array_size(list); i++)
        if (same(value, json_array_get(list, i)))
            return true;
    if (!list || c->n_quiet)
        return !list;
    words = json_dumps(list, JSON_COMPACT);
    wrong(c, "has to be one of %s", words ? words : "those allowed");
    free(words);
    return false;
}

static int64_t count_characters(const json_t *text)
{
    const unsigned char *at = (const unsigned char *)json_string_value(text);
    size_t size = json_string_length(text), i;
    int64_t n = 0;

    for (i = 0; i < size; i++)
        n += (at[i] & 0xC0) != 0x80;
    return n;
}

static bool count_obeys(struct checking *c, const json_t *schema, int64_t n, const char *least, const char *most,
                        const char *of)
{
    const json_t *low = json_object_get(schema, least), *high = json_object_get(schema, most);

    if (low && n < json_integer_value(low))
        return wrong(c, "has to have %lld %s or more", (long long)json_integer_value(low), of);
    if (high && n > json_integer_value(high))
        return wrong(c, "has to have %lld %s or fewer", (long long)json_integer_value(high), of);
    return true;
}

static bool number_obeys(struct checking *c, double value, const json_t *schema)
{
    const json_t *low = json_object_get(schema, "minimum"), *above = json_object_get(schema, "exclusiveMinimum");
    const json_t *high = json_object_get(schema, "maximum"), *below = json_object_get(schema, "exclusiveMaximum");

    if (low && value < json_number_value(low))
        return wrong(c, "has to be %g or more", json_number_value(low));
    if (above && value <= json_number_value(above))
        return wrong(c, "has to be more than %g", json_number_value(above));
    if (high && value > json_number_value(high))
        return wrong(c, "has to be %g or less", json_number_value(high));
    if (below && value >= json_number_value(below))
        return wrong(c, "has to be less than %g", json_number_value(below));
    return true;
}

static bool array_obeys(struct checking *c, const json_t *value, const json_t *schema)
{
    const json_t *items = json_object_get(schema, "items");
    size_t i;

    if (!count_obeys(c, schema, (int64_t)json_array_size(value), "minItems", "maxItems", "items"))
        return false;
    for (i = 0; items && i < json_array_size(value); i++) {
        size_t n = place_enter_item(&c->place, i);
        bool good = obeys(c, json_array_get(value, i), items);

        place_leave(&c->place, n);
        if (!good)
            return false;
    }
    return true;
}

static bool object_obeys(struct checking *c, json_t *value, const json_t *schema)
{
    const json_t *properties = json_object_get(schema, "properties"), *required = json_object_get(schema, "required");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const char *name;
    json_t *member;
    size_t i;

    for (i = 0; i < json_array_size(required); i++)
        if (!json_object_get(value, json_string_value(json_array_get(required, i))))
            return wrong(c, "has to have \"%.80s\"", json_string_value(json_array_get(required, i)));
    json_object_foreach(value, name, member) {
        const json_t *its = json_object_get(properties, name);
        size_t n;
        bool good;

        its = its ? its : others;
        if (json_is_false(its))
            return wrong(c, "may not have \"%.80s\"", name);
        if (!json_is_object(its))
            continue;
        n = place_enter_member(&c->place, name);
        good = obeys(c, member, its);
        place_leave(&c->place, n);
        if (!good)
            return false;
    }
    return true;
}

static bool any_obeys(struct checking *c, json_t *value, const json_t *list)
{
    bool good = !list;
    size_t i;

    c->n_quiet++;
    for (i = 0; i < json_array_size(list) && !good; i++)
        good = obeys(c, value, json_array_get(list, i));
    c->n_quiet--;
    return good || wrong(c, "fits none of its alternatives");
}

/* The keywords for the value's own type. */
static bool content_obeys(struct checking *c, json_t *value, const json_t *schema)
{
    if (json_is_object(value))
        return object_obeys(c, value, schema);
    if (json_is_array(value))
        return array_obeys(c, value, schema);
    if (json_is_string(value))
        return count_obeys(c, schema, count_characters(value), "minLength", "maxLength", "characters");
    return !json_is_number(value) || number_obeys(c, json_number_value(value), schema);
}

static bool obeys(struct checking *c, json_t *value, const json_t *schema)
{
    const json_t *reference = json_object_get(schema, "$ref"), *fixed = json_object_get(schema, "const");
    bool good;

    if (c->depth >= 2 * SCHEMA_MAX_DEPTH || ++c->steps > SCHEMA_MAX_STEPS) {
        c->n_quiet = 0;
        return wrong(c, "is too deep or too large to be checked");
    }
    c->depth++;
    good = type_obeys(c, value, json_object_get(schema, "type")) &&
           is_listed(c, value, json_object_get(schema, "enum")) &&
           (!fixed || same(value, fixed) || wrong(c, "is not what it has to be")) &&
           (!reference || obeys(c, value, schema_referred(c->root, json_string_value(reference)))) &&
           any_obeys(c, value, json_object_get(schema, "anyOf")) && content_obeys(c, value, schema);
    c->depth--;
    return good;
}

/* ---- the answer ---- */

/* What is inside of one code fence that is all there is, or the whole, without blanks around it. */
static const char *inner_text(const char *answer, size_t *size_out)
{
    size_t size;

    answer += strspn(answer, " \t\r\n");
    for (size = strlen(answer); size && strchr(" \t\r\n", answer[size - 1]); size--)
        ;
    if (size >= 6 && !strncmp(answer, "```", 3) && !strncmp(answer + size - 3, "```", 3)) {
        size_t tag = strcspn(answer, "\n") + 1;

        if (tag < size - 3) {
            *size_out = size - 3 - tag;
            return answer + tag;
        }
    }
    *size_out = size;
    return answer;
}

/* A dump has raw controls and marks of direction only inside of texts; there they become escapes. */
static enum sc_status write_harmless(const char *dump, char **out, struct sc_error *err)
{
    struct buffer escaped = { 0 }, visible = { 0 };
    size_t size = strlen(dump), start = 0, i;
    enum sc_status s = SC_OK;

    for (i = 0; i < size && !s; i++) {
        const unsigned char *c = (const unsigned char *)dump + i;
        bool is_c1 = c[0] == 0xC2 && c[1] < 0xA0;

        if (!is_c1 && c[0] != 0x7F)
            continue;
        if (!(s = buffer_add(&escaped, dump + start, i - start, err)))
            s = buffer_print(&escaped, err, "\\u%04x", is_c1 ? c[1] : c[0]);
        i += is_c1;
        start = i + 1;
    }
    if (!s && !(s = buffer_add(&escaped, dump + start, size - start, err)) &&
        !(s = text_add_visible(&visible, (char *)escaped.data, escaped.size, true, err)))
        *out = buffer_take(&visible);
    buffer_dispose(&escaped);
    buffer_dispose(&visible);
    return !s && !*out ? fail_memory(err) : s;
}

enum sc_status schema_check(const struct schema *s, const char *answer, char **json_out,
                            char complaint[SCHEMA_COMPLAINT_SIZE], struct sc_error *err)
{
    struct checking c = { .root = s->root, .place = { "$" }, .complaint = complaint };
    enum sc_status status = SC_OK;
    json_error_t at;
    size_t size;
    const char *text = inner_text(answer, &size);
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &at);
    char *dump = NULL;

    *json_out = NULL;
    *complaint = '\0';
    if (!value) {
        snprintf(complaint, SCHEMA_COMPLAINT_SIZE, "the answer is no JSON: line %d, column %d: %.200s", at.line,
                 at.column, at.text);
    } else if (obeys(&c, value, s->root)) {
        dump = json_dumps(value, JSON_INDENT(1) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        status = dump ? write_harmless(dump, json_out, err) : fail_memory(err);
    }
    free(dump);
    json_decref(value);
    return status;
}
