/* Reading error replies. */
#include "client/failure.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/json.h"

/* A string, or a number as one. */
static void scalar(char *out, size_t size, const json_t *value)
{
    if (json_is_integer(value))
        snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        client_json_line(out, size, value);
}

static int64_t count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) > 0 ? json_integer_value(value) : 0;
}

/* FastAPI's "detail": text, or a list of {"msg"}. */
static const json_t *detail_message(const json_t *root)
{
    const json_t *detail = json_object_get(root, "detail");

    return json_is_array(detail) ? json_object_get(json_array_get(detail, 0), "msg") : detail;
}

static void read_error_object(const json_t *error, struct failure *out)
{
    const json_t *inner = json_object_get(error, "innererror");

    client_json_line(out->message, sizeof out->message, json_object_get(error, "message"));
    scalar(out->type, sizeof out->type, json_object_get(error, "type"));
    scalar(out->code, sizeof out->code, json_object_get(error, "code"));
    scalar(out->param, sizeof out->param, json_object_get(error, "param"));
    if (!out->type[0])
        scalar(out->type, sizeof out->type, json_object_get(error, "status"));
    if (!out->code[0])
        scalar(out->code, sizeof out->code, json_object_get(inner, "code"));
    out->n_prompt = count(json_object_get(error, "n_prompt_tokens"));
    out->n_context = count(json_object_get(error, "n_ctx"));
}

/* {"object":"error","message":...}, {"statusCode":401,"message":...}, {"detail":...} */
static bool read_flat(const json_t *root, struct failure *out)
{
    const char *object = json_string_value(json_object_get(root, "object"));
    const json_t *detail = detail_message(root);

    if (json_is_string(detail)) {
        client_json_line(out->message, sizeof out->message, detail);
        return true;
    }
    if (!json_is_string(json_object_get(root, "message")) || json_object_get(root, "choices") ||
        (object && strcmp(object, "error")))
        return false;
    read_error_object(root, out);
    return true;
}

bool failure_from_json(const json_t *root, struct failure *out)
{
    const json_t *error, *errors;

    *out = (struct failure){ 0 };
    if (json_is_array(root))
        root = json_array_get(root, 0);
    error = json_object_get(root, "error");
    errors = json_object_get(root, "errors");
    if (!json_is_object(error) && !json_is_string(error) && json_array_size(errors))
        error = json_array_get(errors, 0);
    if (json_is_string(error)) {
        client_json_line(out->message, sizeof out->message, error);
        scalar(out->type, sizeof out->type, json_object_get(root, "error_type"));
    } else if (json_is_object(error)) {
        read_error_object(error, out);
    } else if (!read_flat(root, out)) {
        return false;
    }
    if (!out->status && strlen(out->code) == 3 && strspn(out->code, "0123456789") == 3)
        out->status = atoi(out->code);
    return true;
}

static bool has(const char *text, const char *part)
{
    return strcasestr(text, part) != NULL;
}

static bool says(const struct failure *f, const char *word)
{
    return !strcasecmp(f->code, word) || !strcasecmp(f->type, word);
}

/* The number behind a phrase: "maximum context length is 8,192 tokens". -1: not there. */
static int64_t number_after(const char *text, const char *phrase)
{
    const char *at = strcasestr(text, phrase);
    int64_t value = 0;

    if (!at)
        return -1;
    at += strlen(phrase);
    at += strcspn(at, "0123456789.;");
    if (*at < '0' || *at > '9')
        return -1;
    for (; (*at >= '0' && *at <= '9') || (*at == ',' && at[1] >= '0' && at[1] <= '9'); at++)
        if (*at != ',' && value < INT64_C(1000000000000))
            value = value * 10 + (*at - '0');
    return value;
}

static int64_t first_number_after(const char *text, const char *const *phrases)
{
    int64_t value = -1;

    for (; *phrases && value < 0; phrases++)
        value = number_after(text, *phrases);
    return value;
}

static bool is_too_many_images(struct failure *f)
{
    static const char *const phrases[] = { "at most", "number of images", "exceeds limit", "limit of", "up to",
                                           "maximum of", NULL };
    const char *m = f->message;
    int64_t n;

    if (!has(m, "image") || !((has(m, "at most") && !has(m, "token") && !has(m, "pixel") && !has(m, "byte")) ||
                              has(m, "number of images") || has(m, "too many images") || has(m, "image count")))
        return false;
    n = first_number_after(m, phrases);
    f->allowed_images = n > 0 && n < 100000 ? (int)n : 0;
    return true;
}

static bool is_too_long(struct failure *f)
{
    static const char *const limits[] = { "context length is", "context length of", "available context size (",
                                          "context window of", "limit", NULL };
    static const char *const sizes[] = { "you requested", "request has", "resulted in", "requested", "request (",
                                         "contains", "input length", NULL };
    const char *m = f->message;
    int64_t limit, size;

    if (!says(f, "context_length_exceeded") && !says(f, "exceed_context_size_error") &&
        !has(m, "maximum context length") && !has(m, "available context size") && !has(m, "prompt is too long") &&
        !has(m, "exceeds the context") && !has(m, "input is too long") && !has(m, "exceed context") &&
        !(has(m, "inputs") && has(m, "max_new_tokens")) && !(f->status == 429 && has(m, "request too large")))
        return false;
    limit = f->n_context ? f->n_context : first_number_after(m, limits);
    size = f->n_prompt ? f->n_prompt : first_number_after(m, sizes);
    f->overshoot_tokens = limit > 0 && size > limit ? size - limit : 0;
    f->limit_tokens = f->overshoot_tokens ? limit : 0;
    return true;
}

static bool is_model_missing(const struct failure *f)
{
    const char *m = f->message;

    return says(f, "model_not_found") || says(f, "model_decommissioned") || says(f, "DeploymentNotFound") ||
           says(f, "ResourceNotFoundException") || has(m, "model identifier is invalid") ||
           (says(f, "not_found_error") && !strncmp(m, "model:", 6)) ||
           ((f->status == 404 || f->status == 400) && has(m, "model") &&
            (has(m, "not found") || has(m, "does not exist") || has(m, "decommissioned") || has(m, "not a valid model")));
}

static bool is_filtered(const struct failure *f)
{
    return says(f, "content_filter") || says(f, "content_policy_violation") ||
           says(f, "ResponsibleAIPolicyViolation") ||
           (f->status == 403 && (has(f->message, "moderation") || has(f->message, "flagged")));
}

static enum client_class class_of_status(int status)
{
    if (status == 401 || status == 403)
        return CLIENT_AUTH;
    if (status == 402)
        return CLIENT_QUOTA;
    if (status == 413)
        return CLIENT_TOO_LARGE;
    if (status == 408 || status == 409 || status == 425 || status == 429 || status == 498 || status >= 500)
        return CLIENT_TRANSIENT;
    return CLIENT_BAD_REQUEST;
}

void failure_classify(struct failure *f)
{
    if (says(f, "insufficient_quota") || says(f, "ServiceQuotaExceededException") ||
        has(f->message, "exceeded your current quota") || has(f->message, "credit balance is too low"))
        f->class = CLIENT_QUOTA;
    else if (is_too_many_images(f))
        f->class = CLIENT_TOO_MANY_IMAGES;
    else if (is_too_long(f))
        f->class = CLIENT_TOO_LONG;
    else if (is_model_missing(f))
        f->class = CLIENT_MODEL_MISSING;
    else if (is_filtered(f))
        f->class = CLIENT_REFUSED;
    else if (says(f, "image_too_large") || says(f, "request_too_large"))
        f->class = CLIENT_TOO_LARGE;
    else if ((f->status == 503 && has(f->message, "loading")) || says(f, "ModelNotReadyException"))
        f->class = CLIENT_LOADING;
    else if (!f->status && (says(f, "overloaded_error") || says(f, "server_error") || says(f, "rate_limit_exceeded") ||
                             says(f, "rate_limit_error") || says(f, "api_error") || says(f, "ThrottlingException") ||
                             says(f, "ServiceUnavailableException") || says(f, "InternalServerException")))
        f->class = CLIENT_TRANSIENT;
    else
        f->class = class_of_status(f->status);
    f->retry = f->class == CLIENT_TRANSIENT || f->class == CLIENT_LOADING;
}

/* Text of a proxy is worth showing, a page is not. */
static void read_plain(const char *body, size_t size, struct failure *out)
{
    size_t i;

    for (i = 0; i < size && strchr(" \t\r\n\xEF\xBB\xBF", body[i]) && body[i]; i++)
        continue;
    if (i == size || body[i] == '<' || body[i] == '{' || body[i] == '[' || memchr(body, 0, size))
        return;
    client_one_line(out->message, sizeof out->message / 2, body + i, size - i);
    if (has(out->message, "<html") || has(out->message, "<body"))
        out->message[0] = 0;
}

void failure_read(int status, const char *body, size_t size, struct failure *out)
{
    json_t *root = client_json(body, size);

    *out = (struct failure){ 0 };
    if (!root || !failure_from_json(root, out))
        read_plain(root ? "" : body, root ? 0 : size, out);
    if (root)
        json_decref(root);
    out->status = status;
    failure_classify(out);
}

/* Also a beginning of it where the text was cut off. */
static void redact(char *text, const char *key, size_t n)
{
    size_t size, left;
    char *at;

    while (n >= 4 && (at = memmem(text, strlen(text), key, n))) {
        memset(at, '*', 3);
        memmove(at + 3, at + n, strlen(at + n) + 1);
    }
    size = strlen(text);
    for (left = n < size ? n : size; left >= 4; left--)
        if (!memcmp(text + size - left, key, left)) {
            memcpy(text + size - left, "***", 4);
            return;
        }
}

void failure_redact(char *text, const char *key)
{
    size_t n;

    if (!key)
        return;
    redact(text, key, strlen(key));
    for (; *key; key += n + (key[n] == ':')) {
        n = strcspn(key, ":");
        redact(text, key, n);
    }
}

/* 1234567 as "1,234,567". */
static char *with_commas(int64_t value, char out[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)value), i, used = 0;

    for (i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = 0;
    return out;
}

static void describe(const struct failure *f, const struct failure_scene *scene, char *out, size_t size)
{
    const char *variable = scene->key_variable ? scene->key_variable : "the key";
    char number[32];

    switch (f->class) {
    case CLIENT_TRANSIENT:
        snprintf(out, size, "%s after %d %s; try again later",
                 f->status == 429 ? "rate limit" : "no answer", scene->tries, scene->tries == 1 ? "try" : "tries");
        return;
    case CLIENT_LOADING:
        snprintf(out, size, "still loading its model; try again later");
        return;
    case CLIENT_QUOTA:
        snprintf(out, size, "out of credit or quota; see the account's billing");
        return;
    case CLIENT_AUTH:
        snprintf(out, size, scene->had_key ? "key refused; check %s" : "wants a key; set %s", variable);
        return;
    case CLIENT_TOO_LONG:
        if (f->overshoot_tokens)
            snprintf(out, size, "context too long by %s tokens; try --max-images",
                     with_commas(f->overshoot_tokens, number));
        else
            snprintf(out, size, "context too long; try --max-images");
        return;
    case CLIENT_TOO_MANY_IMAGES:
        if (f->allowed_images)
            snprintf(out, size, "too many images; try --max-images %d", f->allowed_images);
        else
            snprintf(out, size, "too many images; try --max-images");
        return;
    case CLIENT_TOO_LARGE:
        snprintf(out, size, "request of %s bytes too large; try --max-images", with_commas(scene->sent_bytes, number));
        return;
    case CLIENT_MODEL_MISSING:
        snprintf(out, size, "no model '%.100s'; name another with --model", scene->model ? scene->model : "");
        return;
    case CLIENT_REFUSED:
        snprintf(out, size, "refused by a content filter; ask otherwise or leave frames out");
        return;
    case CLIENT_CUT_OFF:
        snprintf(out, size, "the answer broke off");
        return;
    case CLIENT_FINE:
    case CLIENT_BAD_REQUEST:
        snprintf(out, size, f->status == 404 ? "nothing there; check --base-url" : "request refused");
        return;
    }
}

enum sc_status failure_report(const struct failure *f, const struct failure_scene *scene, struct sc_error *err)
{
    enum sc_status code = f->class == CLIENT_TRANSIENT && !f->status ? SC_ERR_NETWORK : SC_ERR_SERVICE;
    char what[200], status[24] = "";

    describe(f, scene, what, sizeof what);
    if (f->status)
        snprintf(status, sizeof status, "HTTP %d", f->status);
    if (!status[0] && !f->message[0])
        return fail(err, code, "%s: %s", scene->service, what);
    return fail(err, code, "%s: %s (%s%s%.240s)", scene->service, what, status,
                status[0] && f->message[0] ? ": " : "", f->message);
}
