/* The table of model families: JSON rows to struct model, and names to rows. */
#include "fusion/model.h"

#include <fnmatch.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fusion/tokens.h"

#define MAX_ROWS 4096
#define MAX_COUNT 1000000000

extern const char fusion_models_json[];

struct row {
    struct model model;
    json_t *patterns;        /* array of strings; owned */
};

struct models {
    struct row *rows;
    size_t n_rows;
};

/* ---- members ---- */

enum member_type { NAME, COUNT, COUNT64, FLAG };

static const struct member {
    const char *name;
    enum member_type type;
    size_t offset, size;
} members[] = {
#define MEMBER(m, t) { #m, t, offsetof(struct model, m), sizeof ((struct model *)0)->m }
    MEMBER(rule, NAME),
    MEMBER(max_tiles, COUNT),
    MEMBER(base_tokens, COUNT),
    MEMBER(tile_tokens, COUNT),
    MEMBER(patch_permille, COUNT),
    MEMBER(max_patches, COUNT),
    MEMBER(fixed_tokens, COUNT),
    MEMBER(image_exact, FLAG),
    MEMBER(max_images, COUNT),
    MEMBER(limit_images, COUNT),
    MEMBER(max_side, COUNT),
    MEMBER(best_tokens, COUNT),
    MEMBER(context_tokens, COUNT64),
    MEMBER(layout_base, COUNT),
    MEMBER(layout_message, COUNT),
    MEMBER(layout_exact, FLAG),
    MEMBER(label_style, NAME),
    MEMBER(has_detail, FLAG),
#undef MEMBER
};

static const struct member *find_member(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof members / sizeof *members; i++)
        if (!strcmp(members[i].name, name))
            return &members[i];
    return NULL;
}

static enum sc_status set_name(char *to, size_t size, const char *name, const json_t *value, struct sc_error *err)
{
    if (!json_is_string(value) || !*json_string_value(value))
        return fail(err, SC_ERR_INVALID, "'%s' is not a word", name);
    if (strlen(json_string_value(value)) >= size)
        return fail(err, SC_ERR_INVALID, "'%s' has more than %zu characters", name, size - 1);
    memset(to, 0, size);
    memcpy(to, json_string_value(value), strlen(json_string_value(value)));
    return SC_OK;
}

static enum sc_status set_member(struct model *model, const struct member *m, const json_t *value,
                                 struct sc_error *err)
{
    char *at = (char *)model + m->offset;
    int count;
    int64_t count64;
    bool flag;

    switch (m->type) {
    case NAME:
        return set_name(at, m->size, m->name, value, err);
    case FLAG:
        if (!json_is_boolean(value))
            return fail(err, SC_ERR_INVALID, "'%s' is neither true nor false", m->name);
        flag = json_is_true(value);
        memcpy(at, &flag, sizeof flag);
        return SC_OK;
    default:
        if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > MAX_COUNT)
            return fail(err, SC_ERR_INVALID, "'%s' is not a whole number from 0 to %d", m->name, MAX_COUNT);
        count64 = json_integer_value(value);
        count = (int)count64;
        memcpy(at, m->type == COUNT ? (void *)&count : (void *)&count64, m->size);
        return SC_OK;
    }
}

static enum sc_status check_model(const struct model *model, struct sc_error *err)
{
    if (!tokens_has_rule(model->rule))
        return fail(err, SC_ERR_INVALID, "unknown rule '%s'; docs/TOKENS.md lists them", model->rule);
    if (strcmp(model->label_style, "interleaved") && strcmp(model->label_style, "sequence"))
        return fail(err, SC_ERR_INVALID, "unknown label_style '%s': interleaved or sequence", model->label_style);
    if (model->max_tiles > 4096)
        return fail(err, SC_ERR_INVALID, "'max_tiles' is more than 4096");
    return SC_OK;
}

static enum sc_status set_members(struct model *model, json_t *json, struct sc_error *err)
{
    const char *name;
    json_t *value;
    enum sc_status s;

    if (!json_is_object(json))
        return fail(err, SC_ERR_INVALID, "not an object");
    json_object_foreach(json, name, value) {
        const struct member *m = find_member(name);

        if (!m)
            return fail(err, SC_ERR_INVALID, "unknown member '%s'", name);
        if ((s = set_member(model, m, value, err)))
            return s;
    }
    return check_model(model, err);
}

enum sc_status model_override(struct model *model, const struct json_t *overrides, struct sc_error *err)
{
    const char *const keys[] = { "*", model->family };
    struct model changed = *model;
    enum sc_status s;
    size_t i;

    if (overrides && !json_is_object(overrides))
        return fail(err, SC_ERR_INVALID, "overrides are not an object keyed by family");
    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_t *json = overrides ? json_object_get(overrides, keys[i]) : NULL;

        if (json && (s = set_members(&changed, json, err)))
            return fail_in(err, s, "overrides of '%s'", keys[i]);
    }
    *model = changed;
    return SC_OK;
}

/* ---- rows ---- */

static const struct row *row_of_family(const struct models *m, const char *family)
{
    size_t i;

    for (i = 0; i < m->n_rows; i++)
        if (!strcmp(m->rows[i].model.family, family))
            return &m->rows[i];
    return NULL;
}

static enum sc_status set_patterns(struct row *row, json_t *value, struct sc_error *err)
{
    size_t i;

    if (!json_is_array(value) || !json_array_size(value))
        return fail(err, SC_ERR_INVALID, "'patterns' is not a list");
    for (i = 0; i < json_array_size(value); i++)
        if (!json_is_string(json_array_get(value, i)))
            return fail(err, SC_ERR_INVALID, "a pattern is not text");
    json_decref(row->patterns);
    row->patterns = json_incref(value);
    return SC_OK;
}

static enum sc_status set_row(struct row *row, json_t *json, struct sc_error *err)
{
    const char *name;
    json_t *value;
    enum sc_status s = SC_OK;

    json_object_foreach(json, name, value) {
        const struct member *m = find_member(name);

        if (m)
            s = set_member(&row->model, m, value, err);
        else if (!strcmp(name, "patterns"))
            s = set_patterns(row, value, err);
        else if (strcmp(name, "family") && strcmp(name, "source"))
            s = fail(err, SC_ERR_INVALID, "unknown member '%s'", name);
        if (s)
            return s;
    }
    if (!row->patterns)
        return fail(err, SC_ERR_INVALID, "no 'patterns'");
    return check_model(&row->model, err);
}

/* Append the row; one of a family that built_in has begins as a copy of it. */
static enum sc_status add_row(struct models *m, const struct models *built_in, json_t *json, struct sc_error *err)
{
    struct row *row = &m->rows[m->n_rows];
    const struct row *base;
    struct model named = { 0 };
    enum sc_status s;

    if (!json_is_object(json))
        return fail(err, SC_ERR_INVALID, "not an object");
    if ((s = set_name(named.family, sizeof named.family, "family", json_object_get(json, "family"), err)))
        return s;
    memset(row, 0, sizeof *row);
    strcpy(row->model.label_style, "interleaved");
    strcpy(row->model.rule, "unknown");
    if (built_in && (base = row_of_family(built_in, named.family))) {
        row->model = base->model;
        row->patterns = json_incref(base->patterns);
    }
    memcpy(row->model.family, named.family, sizeof named.family);
    row->model.usd_in = row->model.usd_out = -1;
    m->n_rows++;
    if ((s = set_row(row, json, err)))
        return fail_in(err, s, "'%s'", named.family);
    return SC_OK;
}

static enum sc_status add_rows(struct models *m, const struct models *built_in, const char *text, const char *file,
                               struct sc_error *err)
{
    json_error_t at;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &at), *families, *value;
    struct row *rows;
    size_t i, n;
    const char *name;
    enum sc_status s = SC_OK;

    if (!json)
        return fail(err, SC_ERR_INVALID, "%s: line %d: %s", file, at.line, at.text);
    json_object_foreach(json, name, value)
        if (strcmp(name, "version") && strcmp(name, "families") && !s)
            s = fail(err, SC_ERR_INVALID, "%s: unknown member '%s'", file, name);
    families = json_object_get(json, "families");
    n = json_array_size(families);
    if (!s && (!json_is_array(families) || n > MAX_ROWS))
        s = fail(err, SC_ERR_INVALID, "%s: no list 'families' of at most %d rows", file, MAX_ROWS);
    if (!s && json_object_get(json, "version") && json_integer_value(json_object_get(json, "version")) != 1)
        s = fail(err, SC_ERR_INVALID, "%s: 'version' is not 1", file);
    if (s)
        goto done;
    rows = realloc(m->rows, (m->n_rows + n + 1) * sizeof *rows);
    if (!rows) {
        s = fail_memory(err);
        goto done;
    }
    m->rows = rows;
    for (i = 0; i < n && !s; i++)
        if ((s = add_row(m, built_in, json_array_get(families, i), err)))
            fail_in(err, s, "%s: row %zu", file, i + 1);
done:
    json_decref(json);
    return s;
}

/* Move the rows of more behind those of m. */
static enum sc_status append_rows(struct models *m, struct models *more, struct sc_error *err)
{
    struct row *rows = realloc(m->rows, (m->n_rows + more->n_rows + 1) * sizeof *rows);

    if (!rows)
        return fail_memory(err);
    m->rows = rows;
    memcpy(rows + m->n_rows, more->rows, more->n_rows * sizeof *rows);
    m->n_rows += more->n_rows;
    more->n_rows = 0;
    return SC_OK;
}

enum sc_status models_open(struct models **out, const char *user_json, struct sc_error *err)
{
    struct models *m = calloc(1, sizeof *m), *built_in = calloc(1, sizeof *built_in);
    enum sc_status s;

    *out = NULL;
    if (!m || !built_in)
        s = fail_memory(err);
    else if (!(s = add_rows(built_in, NULL, fusion_models_json, "built-in models.json", err)) &&
             !(s = user_json ? add_rows(m, built_in, user_json, "models.json", err) : SC_OK) &&
             !(s = append_rows(m, built_in, err))) {
        *out = m;
        m = NULL;
    }
    models_close(&built_in);
    models_close(&m);
    return s;
}

void models_close(struct models **m)
{
    size_t i;

    if (!*m)
        return;
    for (i = 0; i < (*m)->n_rows; i++)
        json_decref((*m)->rows[i].patterns);
    free((*m)->rows);
    free(*m);
    *m = NULL;
}

static bool matches(const struct row *row, const char *name)
{
    size_t i;

    for (i = 0; i < json_array_size(row->patterns); i++)
        if (!fnmatch(json_string_value(json_array_get(row->patterns, i)), name, FNM_CASEFOLD))
            return true;
    return false;
}

void models_find(const struct models *m, const char *name, struct model *out)
{
    size_t i;

    for (i = 0; i + 1 < m->n_rows; i++)
        if (name && matches(&m->rows[i], name))
            break;
    *out = m->rows[i].model;
}
