/* The results of a batch: files with a line for each question, read as if each were the reply to a request. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "client/batch_own.h"
#include "client/json.h"

#define MAX_LINE_BYTES ((size_t)32 << 20)
#define EXPIRED "expired"

/* The body of one response becomes an answer the way it would have over a connection of its own. */
static enum sc_status decode(const struct client_call *call, int status, const json_t *body,
                             struct client_answer *answer, struct sc_error *err)
{
    struct attempt a = { .answer = answer };
    struct listener l = { .call = &a.call, .answer = answer };
    struct exchange x = { .head = { .status = status, .content_type = "application/json", .should_retry = -1 } };
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("");
    bool enough = false;
    enum sc_status s;

    if (!text)
        return fail_memory(err);
    attempt_fill_in(&a, call, NULL);
    a.call.stream = false;
    a.call.on_text = NULL;
    answer->tries = 1;
    x.result = listener_bytes(&l, &x.head, text, strlen(text), &enough, &x.error);
    s = listener_end(&l, &x, err);
    attempt_close_answer(&a, s);
    listener_dispose(&l);
    free(text);
    return s;
}

/* A question that was not asked: the batch expired, was cancelled, or could not read its line. */
static enum sc_status not_asked(const struct client_call *call, const json_t *error, struct client_answer *answer,
                                struct sc_error *err)
{
    struct failure f = { 0 };
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *message = json_string_value(json_object_get(error, "message"));

    client_one_line(f.code, sizeof f.code, code ? code : "", code ? strlen(code) : 0);
    client_one_line(f.message, sizeof f.message, message ? message : "", message ? strlen(message) : 0);
    failure_redact(f.message, call->key);
    answer->class = strstr(f.code, EXPIRED) || strstr(f.code, "cancel") ? CLIENT_TRANSIENT : CLIENT_BAD_REQUEST;
    return fail(err, SC_ERR_SERVICE, "%s: not answered in the batch: %s%s%s", call->service->name,
                f.message[0] ? f.message : f.code[0] ? f.code : "no reason given", f.message[0] && f.code[0] ? ", " : "",
                f.message[0] ? f.code : "");
}

bool batch_read_line(const struct client_call *call, const char *line, size_t size, batch_answered *answered, void *user,
                     enum sc_status *status_out, struct sc_error *err)
{
    struct client_answer answer = { .prompt_tokens = -1, .output_tokens = -1, .cached_tokens = -1 };
    struct sc_error why = { 0 };
    json_t *root = client_json(line, size);
    const char *id = json_string_value(json_object_get(root, "custom_id"));
    const json_t *response = json_object_get(root, "response"), *error = json_object_get(root, "error");
    const json_t *status = json_object_get(response, "status_code");
    bool is_line = id && (json_is_object(response) || json_is_object(error));
    enum sc_status s;

    *status_out = SC_OK;
    if (is_line) {
        s = json_is_object(response) && json_integer_value(status) >= 100 && json_integer_value(status) < 600
                ? decode(call, (int)json_integer_value(status), json_object_get(response, "body"), &answer, &why)
                : not_asked(call, error, &answer, &why);
        *status_out = s == SC_ERR_NOMEM ? fail_memory(err) : answered(user, id, s, &answer, &why);
    }
    buffer_dispose(&answer.text);
    json_decref(root);
    return is_line;
}

/* A line without its end; *more is false at the end of the file. */
static enum sc_status next_line(FILE *f, struct buffer *line, bool *more, struct sc_error *err)
{
    int c;
    enum sc_status s = SC_OK;
    char piece[4096];
    size_t n = 0;

    buffer_clear(line);
    while (!s && (c = getc_unlocked(f)) != EOF && c != '\n') {
        piece[n++] = (char)c;
        if (n == sizeof piece) {
            s = buffer_add(line, piece, n, err);
            n = 0;
        }
    }
    *more = !s && !(c == EOF && !n && !line->size);
    return s ? s : buffer_add(line, piece, n, err);
}

static enum sc_status read_results(struct batch *b, FILE *f, batch_answered *answered, void *user,
                                   struct sc_error *err)
{
    struct buffer line = { .limit = MAX_LINE_BYTES };
    bool more = true;
    long number = 0;
    enum sc_status s = SC_OK, told;

    while (!s && !(s = next_line(f, &line, &more, err)) && more) {
        number++;
        if (!line.size)
            continue;
        if (!batch_read_line(&b->call, (const char *)line.data, line.size, answered, user, &told, err))
            s = fail(err, SC_ERR_SERVICE, "%s: line %ld of the results of a batch is none", b->call.service->name,
                     number);
        else
            s = told;
    }
    buffer_dispose(&line);
    return s;
}

static enum sc_status fetch_file(struct batch *b, const char *id, batch_answered *answered, void *user,
                                 struct sc_error *err)
{
    char path[BATCH_ID_SIZE + 32];
    struct page_request request = { .path = path, .accept = "*/*" };
    struct client_page page = { 0 };
    enum sc_status s;

    if (!*id)
        return SC_OK;
    snprintf(path, sizeof path, "/files/%s/content", id);
    request.to = tmpfile();
    if (!request.to)
        return fail(err, SC_ERR_IO, "there is no room for a temporary file");
    if (!(s = batch_exchange(b, &request, true, &page, err))) {
        rewind(request.to);
        s = read_results(b, request.to, answered, user, err);
    }
    fclose(request.to);
    buffer_dispose(&page.body);
    return s;
}

enum sc_status batch_fetch(struct batch *b, batch_answered *answered, void *user, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < b->state.n && !s; i++) {
        struct batch_part *part = &b->state.parts[i];

        if (part->step != BATCH_ENDED)
            continue;
        if (!(s = fetch_file(b, part->output, answered, user, err)) &&
            !(s = fetch_file(b, part->errors, answered, user, err))) {
            part->step = BATCH_FETCHED;
            s = batch_save(b, err);
        }
    }
    return s;
}
