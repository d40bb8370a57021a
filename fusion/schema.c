/* Is it a JSON Schema of which every word is understood? */
#include "fusion/schema_parts.h"

#include <stdlib.h>
#include <string.h>

#define DEFINITIONS "#/$defs/"

extern const char fusion_schemas_changes_json[], fusion_schemas_caption_json[];

const char *schema_text(const struct schema *s) { return s->text; }
const char *schema_label(const struct schema *s) { return s->label; }
bool schema_is_strict(const struct schema *s) { return s->is_strict; }

const char *schema_built_in(const char *name)
{
    return !strcmp(name, "changes") ? fusion_schemas_changes_json
         : !strcmp(name, "caption") ? fusion_schemas_caption_json : NULL;
}

/* ---- places ---- */

size_t place_enter_member(struct place *p, const char *name)
{
    size_t n = strlen(p->text);

    snprintf(p->text + n, sizeof p->text - n, ".%s", name);
    return n;
}

size_t place_enter_item(struct place *p, size_t i)
{
    size_t n = strlen(p->text);

    snprintf(p->text + n, sizeof p->text - n, "[%zu]", i);
    return n;
}

void place_leave(struct place *p, size_t n) { p->text[n] = '\0'; }

/* ---- is it a schema ---- */

enum value_kind { IS_SCHEMA, IS_SCHEMAS, IS_ALTERNATIVES, IS_TYPE, IS_NAMES, IS_LIST, IS_NUMBER, IS_COUNT, IS_OTHERS,
                  IS_REFERENCE, IS_ANYTHING };

static const struct keyword {
    const char *name;
    enum value_kind kind;
} keywords[] = {
    { "type", IS_TYPE }, { "properties", IS_SCHEMAS }, { "required", IS_NAMES }, { "additionalProperties", IS_OTHERS },
    { "items", IS_SCHEMA }, { "minItems", IS_COUNT }, { "maxItems", IS_COUNT }, { "enum", IS_LIST },
    { "const", IS_ANYTHING }, { "anyOf", IS_ALTERNATIVES }, { "minimum", IS_NUMBER }, { "maximum", IS_NUMBER },
    { "exclusiveMinimum", IS_NUMBER }, { "exclusiveMaximum", IS_NUMBER }, { "minLength", IS_COUNT },
    { "maxLength", IS_COUNT }, { "$defs", IS_SCHEMAS }, { "$ref", IS_REFERENCE }, { "title", IS_ANYTHING },
    { "description", IS_ANYTHING }, { "default", IS_ANYTHING }, { "examples", IS_ANYTHING }, { "$schema", IS_ANYTHING },
    { "$id", IS_ANYTHING }, { "$comment", IS_ANYTHING },
};

struct reading {
    const char *name;
    json_t *root;
    struct place place;
    int depth;
    bool is_strict;
    struct sc_error *err;
};

static enum sc_status refuse(const struct reading *r, const char *what)
{
    return fail(r->err, SC_ERR_INVALID, "schema '%s': %s %s", r->name, r->place.text, what);
}

static enum sc_status read_schema(struct reading *r, const json_t *schema);

static enum sc_status read_schemas(struct reading *r, const json_t *schemas)
{
    enum sc_status s = SC_OK;
    const char *name;
    json_t *its;

    if (!json_is_object(schemas))
        return refuse(r, "has to be an object of schemas");
    json_object_foreach((json_t *)schemas, name, its) {
        size_t n = place_enter_member(&r->place, name);

        if ((s = read_schema(r, its)))
            return s;
        place_leave(&r->place, n);
    }
    return s;
}

static enum sc_status read_alternatives(struct reading *r, const json_t *list)
{
    enum sc_status s = SC_OK;
    size_t i;

    if (!json_array_size(list))
        return refuse(r, "has to be a list of schemas");
    for (i = 0; i < json_array_size(list) && !s; i++) {
        size_t n = place_enter_item(&r->place, i);

        if (!(s = read_schema(r, json_array_get(list, i))))
            place_leave(&r->place, n);
    }
    return s;
}

static bool is_type_name(const json_t *value)
{
    static const char *const names[] = { "object", "array", "string", "number", "integer", "boolean", "null" };
    const char *text = json_string_value(value);
    size_t i;

    for (i = 0; text && i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], text))
            return true;
    return false;
}

static bool are_texts(const json_t *list, bool of_types)
{
    size_t i;

    for (i = 0; i < json_array_size(list); i++)
        if (of_types ? !is_type_name(json_array_get(list, i)) : !json_is_string(json_array_get(list, i)))
            return false;
    return json_is_array(list);
}

const json_t *schema_referred(json_t *root, const char *reference)
{
    if (!strcmp(reference, "#"))
        return root;
    if (strncmp(reference, DEFINITIONS, sizeof DEFINITIONS - 1) || strpbrk(reference, "~%"))
        return NULL;
    return json_object_get(json_object_get(root, "$defs"), reference + sizeof DEFINITIONS - 1);
}

static enum sc_status read_keyword(struct reading *r, const struct keyword *k, const json_t *value)
{
    switch (k->kind) {
    case IS_SCHEMA:
        return read_schema(r, value);
    case IS_SCHEMAS:
        return read_schemas(r, value);
    case IS_ALTERNATIVES:
        return read_alternatives(r, value);
    case IS_OTHERS:
        return json_is_boolean(value) ? SC_OK : read_schema(r, value);
    case IS_TYPE:
        return is_type_name(value) || (json_array_size(value) && are_texts(value, true))
                   ? SC_OK : refuse(r, "has to be the name of a type, or a list of some");
    case IS_NAMES:
        return are_texts(value, false) ? SC_OK : refuse(r, "has to be a list of names");
    case IS_LIST:
        return json_array_size(value) ? SC_OK : refuse(r, "has to be a list of values");
    case IS_NUMBER:
        return json_is_number(value) ? SC_OK : refuse(r, "has to be a number");
    case IS_COUNT:
        return json_is_integer(value) && json_integer_value(value) >= 0
                   ? SC_OK : refuse(r, "has to be a whole number, not negative");
    case IS_REFERENCE:
        return json_is_string(value) && schema_referred(r->root, json_string_value(value))
                   ? SC_OK : refuse(r, "has to be \"#\" or \"#/$defs/NAME\" of a schema that is there");
    case IS_ANYTHING:
        break;
    }
    return SC_OK;
}

static const struct keyword *find_keyword(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (!strcmp(keywords[i].name, name))
            return &keywords[i];
    return NULL;
}

static bool is_closed(const json_t *schema)
{
    const json_t *properties = json_object_get(schema, "properties"), *required = json_object_get(schema, "required");

    return !properties || (json_is_false(json_object_get(schema, "additionalProperties")) &&
                           json_array_size(required) == json_object_size(properties));
}

static enum sc_status read_schema(struct reading *r, const json_t *schema)
{
    enum sc_status s = SC_OK;
    const char *name;
    json_t *value;

    if (!json_is_object(schema))
        return refuse(r, "has to be a schema, an object");
    if (++r->depth > SCHEMA_MAX_DEPTH)
        return refuse(r, "is nested too deeply");
    r->is_strict = r->is_strict && is_closed(schema) && !json_object_get(schema, "minLength") &&
                   !json_object_get(schema, "maxLength");
    json_object_foreach((json_t *)schema, name, value) {
        const struct keyword *k = find_keyword(name);
        size_t n = place_enter_member(&r->place, name);

        if (!k)
            return refuse(r, "is a keyword that is not checked here; docs/FUSION.md lists those that are");
        if ((s = read_keyword(r, k, value)))
            return s;
        place_leave(&r->place, n);
    }
    r->depth--;
    return s;
}

/* The last part of a path without its ending, for services: letters, digits, '_' and '-'. */
static void make_label(struct schema *s, const char *name)
{
    const char *base = strrchr(name, '/'), *dot;
    size_t n, i;

    base = base ? base + 1 : name;
    dot = strrchr(base, '.');
    n = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    for (i = 0; i < n && i < sizeof s->label - 1; i++) {
        char c = base[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';

        s->label[i] = c;
        if (!plain)
            s->label[i] = '_';
    }
    if (!i)
        snprintf(s->label, sizeof s->label, "answer");
}

static enum sc_status read_root(struct schema *s, const char *text, const char *name, struct sc_error *err)
{
    struct reading r = { .name = name, .place = { "$" }, .is_strict = true, .err = err };
    json_error_t at;
    enum sc_status status;

    if (strlen(text) > SCHEMA_MAX_BYTES)
        return fail(err, SC_ERR_LIMIT, "schema '%s': more than %zu bytes", name, SCHEMA_MAX_BYTES);
    r.root = s->root = json_loads(text, JSON_REJECT_DUPLICATES, &at);
    if (!s->root)
        return fail(err, SC_ERR_INVALID, "schema '%s': line %d: %s", name, at.line, at.text);
    if ((status = read_schema(&r, s->root)))
        return status;
    s->is_strict = r.is_strict && !strcmp("object", json_string_value(json_object_get(s->root, "type"))
                                                        ? json_string_value(json_object_get(s->root, "type")) : "");
    /* Words about the schema as a document, which some services refuse. */
    json_object_del(s->root, "$schema");
    json_object_del(s->root, "$id");
    s->text = json_dumps(s->root, JSON_COMPACT | JSON_REAL_PRECISION(15));
    return s->text ? SC_OK : fail_memory(err);
}

enum sc_status schema_read(const char *text, const char *name, struct schema **out, struct sc_error *err)
{
    struct schema *s = calloc(1, sizeof *s);
    enum sc_status status;

    *out = NULL;
    if (!s)
        return fail_memory(err);
    make_label(s, name);
    if ((status = read_root(s, text, name, err)))
        schema_close(&s);
    *out = s;
    return status;
}

void schema_close(struct schema **s)
{
    if (!*s)
        return;
    json_decref((*s)->root);
    free((*s)->text);
    free(*s);
    *s = NULL;
}

