/* The table of services, read from JSON. */
#include "client/service.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "client/dialects/dialect.h"
#include "client/json.h"
#include "client/probe.h"

#define GENERIC "openai-compatible"
#define OUR_FILE "built-in services.json"
#define USER_FILE "services.json"
#define BEARER "Authorization: Bearer "
#define BATCH_REQUESTS 50000     /* where a row does not say it */
#define MAX_HEADER 50            /* characters in the name of a header */

extern const char client_services_json[];

struct services {
    json_t *root;            /* array of merged rows; the services point into it */
    struct service *rows;
    int n;
};

/* ---- one member of a row ---- */

enum member_type { MEMBER_TEXT, MEMBER_BOOL, MEMBER_COUNT, MEMBER_BYTES, MEMBER_SHARE, MEMBER_OVERRIDES, MEMBER_PRICES,
                   MEMBER_FORMATS, MEMBER_TRANSCRIPTION, MEMBER_PROBE, MEMBER_AUTH, MEMBER_HEADER, MEMBER_DIALECT,
                   MEMBER_NAME };

static const struct member {
    const char *name;
    enum member_type type;
    size_t offset;
} members[] = {
    { "name", MEMBER_NAME, 0 },
    { "url", MEMBER_TEXT, offsetof(struct service, url) },
    { "key_variable", MEMBER_TEXT, offsetof(struct service, key_variable) },
    { "key_command", MEMBER_TEXT, offsetof(struct service, key_command) },
    { "key_required", MEMBER_BOOL, offsetof(struct service, key_required) },
    { "auth", MEMBER_AUTH, 0 },
    { "sign", MEMBER_TEXT, offsetof(struct service, sign) },
    { "dialect", MEMBER_DIALECT, 0 },
    { "default_model", MEMBER_TEXT, offsetof(struct service, default_model) },
    { "local", MEMBER_BOOL, offsetof(struct service, is_local) },
    { "detail", MEMBER_BOOL, offsetof(struct service, has_detail) },
    { "max_completion_tokens", MEMBER_BOOL, offsetof(struct service, has_max_completion_tokens) },
    { "stream_usage", MEMBER_BOOL, offsetof(struct service, has_stream_usage) },
    { "obfuscation_switch", MEMBER_BOOL, offsetof(struct service, has_obfuscation_switch) },
    { "store", MEMBER_BOOL, offsetof(struct service, has_store) },
    { "json_schema", MEMBER_BOOL, offsetof(struct service, has_json_schema) },
    { "counts_tokens", MEMBER_BOOL, offsetof(struct service, counts_tokens) },
    { "limit_images", MEMBER_COUNT, offsetof(struct service, limit_images) },
    { "limit_body_bytes", MEMBER_BYTES, offsetof(struct service, limit_body_bytes) },
    { "image_formats", MEMBER_FORMATS, 0 },
    { "limit_requests_a_minute", MEMBER_BYTES, offsetof(struct service, limit_requests_a_minute) },
    { "limit_tokens_a_minute", MEMBER_BYTES, offsetof(struct service, limit_tokens_a_minute) },
    { "limit_in_flight", MEMBER_COUNT, offsetof(struct service, limit_in_flight) },
    { "batch_bytes", MEMBER_BYTES, offsetof(struct service, batch_bytes) },
    { "batch_requests", MEMBER_COUNT, offsetof(struct service, batch_requests) },
    { "batch_price", MEMBER_SHARE, 0 },
    { "idempotency_header", MEMBER_HEADER, offsetof(struct service, idempotency_header) },
    { "overrides", MEMBER_OVERRIDES, offsetof(struct service, overrides) },
    { "prices", MEMBER_PRICES, offsetof(struct service, prices) },
    { "transcription", MEMBER_TRANSCRIPTION, offsetof(struct service, transcription) },
    { "probe", MEMBER_PROBE, offsetof(struct service, probe) },
    { "state", MEMBER_TEXT, offsetof(struct service, state) },
    { "documented", MEMBER_TEXT, offsetof(struct service, documented) },
    { "quirks", MEMBER_TEXT, offsetof(struct service, quirks) },
};

static const struct member *find_member(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof members / sizeof *members; i++)
        if (!strcmp(members[i].name, name))
            return &members[i];
    return NULL;
}

/* What a member has to be; NULL: it is. */
static const char *set_count(struct service *s, const struct member *m, const json_t *value)
{
    json_int_t n = json_integer_value(value);
    json_int_t most = m->type == MEMBER_COUNT ? 1000000 : (json_int_t)1 << 40;

    if (!json_is_integer(value) || n < 0 || n > most)
        return "a whole number, not negative";
    if (m->type == MEMBER_COUNT)
        *(int *)((char *)s + m->offset) = (int)n;
    else
        *(int64_t *)((char *)s + m->offset) = n;
    return NULL;
}

/* How many characters of the text are a header's name. */
static size_t header_name(const char *text)
{
    return text ? strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") : 0;
}

/* "bearer", or the beginning of a header line: "api-key: ". */
static const char *set_auth(struct service *s, const char *text)
{
    size_t name = header_name(text);

    if (text && !strcmp(text, "bearer"))
        s->auth_header = BEARER;
    else if (name && text[name] == ':' && !strpbrk(text, "\r\n"))
        s->auth_header = text;
    else
        return "\"bearer\" or the beginning of a header line, like \"api-key: \"";
    return NULL;
}

static const char *set_text(struct service *s, const struct member *m, const json_t *value)
{
    const char *text = json_string_value(value);

    switch (m->type) {
    case MEMBER_AUTH:
        return set_auth(s, text);
    case MEMBER_HEADER:
        if (!header_name(text) || text[header_name(text)] || strlen(text) > MAX_HEADER)
            return "the name of a header, like \"Idempotency-Key\"";
        *(const char **)((char *)s + m->offset) = text;
        return NULL;
    case MEMBER_DIALECT:
        s->dialect = text ? dialect_find(text) : NULL;
        return s->dialect ? NULL : "the name of a dialect, like \"openai-chat\"";
    case MEMBER_NAME:
        if (!text || !*text || strlen(text) >= sizeof s->name)
            return "a text of 1 to 31 characters";
        snprintf(s->name, sizeof s->name, "%s", text);
        return NULL;
    default:
        if (!text)
            return "a text";
        *(const char **)((char *)s + m->offset) = text;
        return NULL;
    }
}

static const char *check_overrides(const json_t *value)
{
    const char *family;
    json_t *changes;

    if (!json_is_object(value))
        return "an object";
    json_object_foreach((json_t *)value, family, changes)
        if (!json_is_object(changes))
            return "an object of objects, one for each family of models";
    return NULL;
}

static const char *check_prices(const json_t *value)
{
    const char *pattern;
    json_t *price;

    if (!json_is_object(value))
        return "an object";
    json_object_foreach((json_t *)value, pattern, price)
        if (!json_is_number(json_object_get(price, "in")) || !json_is_number(json_object_get(price, "out")))
            return "an object like {\"model*\": {\"in\": 2.0, \"out\": 8.0, \"date\": \"2026-10\"}}";
    return NULL;
}

static const char *check_formats(const json_t *value)
{
    static const char *const known[] = { "jpeg", "png", "webp", "gif", "bmp", "tiff", "avif", "heic" };
    const char *what = "a list of formats, like [\"jpeg\", \"png\"]; known are jpeg, png, webp, gif, bmp, tiff, avif, heic";
    const json_t *format;
    size_t i, k;

    if (!json_array_size(value))
        return what;
    json_array_foreach(value, i, format) {
        for (k = 0; k < sizeof known / sizeof *known; k++)
            if (json_is_string(format) && !strcmp(json_string_value(format), known[k]))
                break;
        if (k == sizeof known / sizeof *known)
            return what;
    }
    return NULL;
}

static const char *check_transcription(const json_t *value)
{
    const json_t *limit = json_object_get(value, "limit_bytes"), *usd = json_object_get(value, "usd_a_minute");

    if (!json_is_string(json_object_get(value, "model")) || (limit && json_integer_value(limit) < 1000000) ||
        (usd && !(json_number_value(usd) >= 0)))
        return "an object like {\"model\": \"whisper-1\", \"limit_bytes\": 25000000, \"usd_a_minute\": 0.006}";
    return NULL;
}

static const char *set_member(struct service *s, const struct member *m, json_t *value)
{
    switch (m->type) {
    case MEMBER_BOOL:
        *(bool *)((char *)s + m->offset) = json_is_true(value);
        return json_is_boolean(value) ? NULL : "true or false";
    case MEMBER_COUNT:
    case MEMBER_BYTES:
        return set_count(s, m, value);
    case MEMBER_SHARE:
        s->batch_price = json_number_value(value);
        return json_number_value(value) > 0 && json_number_value(value) <= 1 ? NULL : "a number above 0, at most 1";
    case MEMBER_OVERRIDES:
        s->overrides = value;
        return check_overrides(value);
    case MEMBER_FORMATS:
        s->image_formats = value;
        return check_formats(value);
    case MEMBER_TRANSCRIPTION:
        s->transcription = value;
        return check_transcription(value);
    case MEMBER_PRICES:
        s->prices = value;
        return check_prices(value);
    case MEMBER_PROBE:
        s->probe = value;
        return probe_check(value);
    default:
        return set_text(s, m, value);
    }
}

static enum sc_status read_row(struct service *s, json_t *row, const char *file, struct sc_error *err)
{
    const char *name = json_string_value(json_object_get(row, "name")), *key, *want;
    json_t *value;

    *s = (struct service){ .dialect = dialect_find("openai-chat"), .has_stream_usage = true,
                           .has_json_schema = true, .batch_price = 1, .state = "works", .documented = "" };
    json_object_foreach(row, key, value) {
        const struct member *m = find_member(key);

        if (!m)
            return fail(err, SC_ERR_INVALID, "%s: row '%s' has an unknown member '%s'", file, name, key);
        want = json_is_null(value) ? NULL : set_member(s, m, value);
        if (want)
            return fail(err, SC_ERR_INVALID, "%s: row '%s': '%s' has to be %s", file, name, key, want);
    }
    if (s->url && strncmp(s->url, "http://", 7) && strncmp(s->url, "https://", 8))
        return fail(err, SC_ERR_INVALID, "%s: row '%s': 'url' has to begin with http:// or https://", file, name);
    return SC_OK;
}

/* ---- the rows of both files ---- */

static json_t *find_row(json_t *rows, const char *name)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) {
        const char *other = json_string_value(json_object_get(row, "name"));

        if (other && !strcmp(other, name))
            return row;
    }
    return NULL;
}

/* Add the row, or change the one of the same name, and see at once whether the result is one. */
static enum sc_status merge_row(json_t *rows, json_t *row, size_t number, const char *file, struct sc_error *err)
{
    const char *name = json_string_value(json_object_get(row, "name"));
    struct service checked;
    json_t *old;
    enum sc_status s;

    if (!name)
        return fail(err, SC_ERR_INVALID, "%s: row %zu has no 'name'", file, number + 1);
    if ((s = read_row(&checked, row, file, err)))
        return s;
    old = find_row(rows, name);
    return (old ? json_object_update(old, row) : json_array_append(rows, row)) ? fail_memory(err) : SC_OK;
}

static enum sc_status merge_file(json_t *rows, const char *text, const char *file, struct sc_error *err)
{
    json_error_t where;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &where), *row;
    json_t *list = json_object_get(root, "services");
    enum sc_status s = SC_OK;
    size_t i;

    if (!root)
        s = fail(err, SC_ERR_INVALID, "%s: line %d: %s", file, where.line, where.text);
    else if (!json_is_array(list))
        s = fail(err, SC_ERR_INVALID, "%s: has to be {\"services\": [rows]}", file);
    json_array_foreach(list, i, row)
        if (!s)
            s = merge_row(rows, row, i, file, err);
    json_decref(root);
    return s;
}

static enum sc_status read_rows(struct services *s, struct sc_error *err)
{
    size_t i, n = json_array_size(s->root);

    s->rows = calloc(n + 1, sizeof *s->rows);
    if (!s->rows)
        return fail_memory(err);
    for (i = 0; i < n; i++) {
        enum sc_status status = read_row(&s->rows[i], json_array_get(s->root, i), USER_FILE, err);

        if (status)
            return status;
    }
    s->n = (int)n;
    return SC_OK;
}

enum sc_status services_open(struct services **out, const char *user_json, struct sc_error *err)
{
    struct services *s = calloc(1, sizeof *s);
    enum sc_status status;

    if (!s || !(s->root = json_array())) {
        free(s);
        return fail_memory(err);
    }
    if ((status = merge_file(s->root, client_services_json, OUR_FILE, err)) ||
        (user_json && (status = merge_file(s->root, user_json, USER_FILE, err))) || (status = read_rows(s, err))) {
        services_close(&s);
        return status;
    }
    *out = s;
    return SC_OK;
}

void services_close(struct services **s)
{
    if (!*s)
        return;
    free((*s)->rows);
    json_decref((*s)->root);
    free(*s);
    *s = NULL;
}

const struct service *services_find(const struct services *s, const char *name)
{
    int i;

    for (i = 0; i < s->n; i++)
        if (!strcmp(s->rows[i].name, name))
            return &s->rows[i];
    return NULL;
}

const struct service *services_generic(const struct services *s)
{
    return services_find(s, GENERIC);
}

int services_count(const struct services *s)
{
    return s->n;
}

const struct service *services_at(const struct services *s, int i)
{
    return i >= 0 && i < s->n ? &s->rows[i] : NULL;
}

/* ---- what rows say ---- */

/* Append the value of the variable that begins at name (behind "${"). */
static enum sc_status add_variable(const struct service *s, const char *name, size_t size, struct buffer *out,
                                   struct sc_error *err)
{
    char variable[64];
    const char *value;

    snprintf(variable, sizeof variable, "%.*s", (int)(size < sizeof variable ? size : 0), name);
    value = getenv(variable);
    if (!value || !*value)
        return fail(err, SC_ERR_INVALID, "%s: set %s, or give --base-url", s->name, variable);
    if (value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")])
        return fail(err, SC_ERR_INVALID, "%s: %s has to be a plain name, not '%.80s'", s->name, variable, value);
    return buffer_text(out, value, err);
}

enum sc_status service_url(const struct service *s, char **out, struct sc_error *err)
{
    struct buffer url = { 0 };
    const char *at = s->url, *begin, *end;
    enum sc_status status = SC_OK;

    if (!at)
        return fail(err, SC_ERR_INVALID, "%s: give its --base-url", s->name);
    while (!status && (begin = strstr(at, "${")) && (end = strchr(begin, '}'))) {
        if (!(status = buffer_add(&url, at, (size_t)(begin - at), err)))
            status = add_variable(s, begin + 2, (size_t)(end - begin - 2), &url, err);
        at = end + 1;
    }
    if (!status)
        status = buffer_text(&url, at, err);
    if (!status)
        *out = buffer_take(&url);
    buffer_dispose(&url);
    return !status && !*out ? fail_memory(err) : status;
}

const char *service_auth(const struct service *s)
{
    return s->auth_header ? s->auth_header : s->dialect->auth_header ? s->dialect->auth_header : BEARER;
}

int service_batch_requests(const struct service *s)
{
    return s->batch_requests ? s->batch_requests : BATCH_REQUESTS;
}

bool service_takes_image(const struct service *s, const char *content_type)
{
    const char *name = strrchr(content_type, '/');
    const json_t *format;
    size_t i;

    json_array_foreach(s->image_formats, i, format)
        if (name && !strcmp(json_string_value(format), name + 1))
            return true;
    return !s->image_formats;
}

char *service_image_formats(const struct service *s, char out[100])
{
    const json_t *format;
    size_t i, used = 0;

    out[0] = 0;
    json_array_foreach(s->image_formats, i, format)
        if (used < 100)
            used += (size_t)snprintf(out + used, 100 - used, "%s%s", i ? ", " : "", json_string_value(format));
    return out;
}

bool service_price(const struct service *s, const char *model, double *in_out, double *out_out)
{
    const char *pattern;
    json_t *price, *in, *out;

    json_object_foreach((json_t *)s->prices, pattern, price) {
        if (fnmatch(pattern, model, FNM_CASEFOLD))
            continue;
        in = json_object_get(price, "in");
        out = json_object_get(price, "out");
        if (!json_is_number(in) || !json_is_number(out))
            return false;
        *in_out = json_number_value(in);
        *out_out = json_number_value(out);
        return true;
    }
    return false;
}
