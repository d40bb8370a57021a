/* A recording answered from. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "client/digest.h"
#include "client/recording.h"
#include "client/url.h"

struct played {
    const json_t *request, *reply, *end; /* borrowed from lines */
    size_t first, n;         /* lines of its pieces */
    bool is_used;
};

struct replay {
    pthread_mutex_t lock;
    json_t *lines;
    struct played *played;
    size_t n;
};

/* ---- read ---- */

static bool is_text(const json_t *object, const char *name)
{
    return json_is_string(json_object_get(object, name));
}

static bool is_count(const json_t *object, const char *name)
{
    return json_is_integer(json_object_get(object, name));
}

static bool is_limit(const json_t *list)
{
    size_t i;

    for (i = 0; i < 3; i++)
        if (!json_is_integer(json_array_get(list, i)))
            return false;
    return json_array_size(list) == 3;
}

static bool is_head(const json_t *head)
{
    return json_is_integer(json_object_get(head, "seechange_recording")) &&
           json_integer_value(json_object_get(head, "seechange_recording")) == 1 && is_text(head, "service") &&
           is_text(head, "dialect") && is_text(head, "base_url") && is_text(head, "model") &&
           is_count(head, "context_tokens");
}

static bool is_request(const json_t *r)
{
    return is_text(r, "method") && is_text(r, "path") && is_text(r, "sha256");
}

static bool is_reply(const json_t *r)
{
    json_int_t status = json_integer_value(json_object_get(r, "status"));

    return status >= 100 && status <= 999 && is_text(r, "content_type") && is_text(r, "encoding") &&
           is_text(r, "location_host") && is_text(r, "error_type") && is_count(r, "retry_after_ms") &&
           is_count(r, "should_retry") && is_limit(json_object_get(r, "requests")) &&
           is_limit(json_object_get(r, "tokens"));
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_piece(const json_t *line)
{
    const char *hex = json_string_value(json_object_get(line, "hex"));

    return is_count(line, "at_ms") &&
           (is_text(line, "text") || (hex && strlen(hex) % 2 == 0 && strspn(hex, "0123456789abcdef") == strlen(hex)));
}

static bool is_end(const json_t *line)
{
    const char *end = json_string_value(json_object_get(line, "end"));

    return end && (!strcmp(end, "over") || !strcmp(end, "cancelled") || (!strcmp(end, "broken") && is_text(line, "error")));
}

/* Line i belongs to the exchange that is being read, or begins one. False: neither. */
static bool take_line(struct replay *r, const json_t *line, size_t i)
{
    struct played *last = r->n ? &r->played[r->n - 1] : NULL;
    const json_t *request = json_object_get(line, "request"), *reply = json_object_get(line, "reply");

    if (request) {
        if ((last && !last->end) || !is_request(request))
            return false;
        r->played[r->n++] = (struct played){ .request = request, .first = i + 1 };
        return true;
    }
    if (!last || last->end)
        return false;
    if (reply) {
        if (last->reply || last->n || !is_reply(reply))
            return false;
        last->reply = reply;
        last->first = i + 1;
        return true;
    }
    if (is_end(line)) {
        last->end = line;
        return true;
    }
    last->n++;
    return last->reply && is_piece(line);
}

static enum sc_status read_lines(struct replay *r, const char *text, size_t size, struct sc_error *err)
{
    size_t i, n;

    for (i = 0; size; i++) {
        const char *end = memchr(text, '\n', size);
        json_t *line;

        n = end ? (size_t)(end - text) : size;
        line = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(line)) {
            json_decref(line);
            return fail(err, SC_ERR_FORMAT, "line %zu of the recording is none", i + 1);
        }
        if (json_array_append_new(r->lines, line))
            return fail_memory(err);
        text += n + (end != NULL);
        size -= n + (end != NULL);
    }
    n = json_array_size(r->lines);
    r->played = calloc(n + 1, sizeof *r->played);
    if (!r->played)
        return fail_memory(err);
    if (!is_head(json_array_get(r->lines, 0)))
        return fail(err, SC_ERR_FORMAT, "no recording");
    for (i = 1; i < n; i++)
        if (!take_line(r, json_array_get(r->lines, i), i))
            return fail(err, SC_ERR_FORMAT, "line %zu of the recording is out of place, or not whole", i + 1);
    if (r->n && !r->played[r->n - 1].end)
        return fail(err, SC_ERR_FORMAT, "the recording breaks off");
    return SC_OK;
}

enum sc_status replay_open(struct replay **out, const char *text, size_t size, struct sc_error *err)
{
    struct replay *r = calloc(1, sizeof *r);
    enum sc_status s;

    *out = NULL;
    if (!r)
        return fail_memory(err);
    pthread_mutex_init(&r->lock, NULL);
    r->lines = json_array();
    s = !r->lines ? fail_memory(err)
        : size > RECORDING_MAX_BYTES ? fail(err, SC_ERR_LIMIT, "a recording of more than %zu bytes", RECORDING_MAX_BYTES)
                                     : read_lines(r, text, size, err);
    if (s)
        replay_close(&r);
    *out = r;
    return s;
}

void replay_close(struct replay **r)
{
    if (!*r)
        return;
    pthread_mutex_destroy(&(*r)->lock);
    json_decref((*r)->lines);
    free((*r)->played);
    free(*r);
    *r = NULL;
}

struct recording_head replay_head(const struct replay *r)
{
    const json_t *head = json_array_get(r->lines, 0);
    json_int_t context = json_integer_value(json_object_get(head, "context_tokens"));

    return (struct recording_head){
        .service = json_string_value(json_object_get(head, "service")),
        .dialect = json_string_value(json_object_get(head, "dialect")),
        .base_url = json_string_value(json_object_get(head, "base_url")),
        .model = json_string_value(json_object_get(head, "model")),
        .context_tokens = context > 0 ? context : 0,
    };
}

/* ---- played ---- */

static void copy(char *out, size_t size, const json_t *object, const char *name)
{
    snprintf(out, size, "%s", json_string_value(json_object_get(object, name)));
}

static struct rate_limit limit_of(const json_t *list)
{
    return (struct rate_limit){ json_integer_value(json_array_get(list, 0)),
                                json_integer_value(json_array_get(list, 1)),
                                json_integer_value(json_array_get(list, 2)) };
}

static void fill_head(struct reply_head *h, const json_t *reply)
{
    if (!reply)
        return;
    h->status = (int)json_integer_value(json_object_get(reply, "status"));
    h->retry_after_ms = json_integer_value(json_object_get(reply, "retry_after_ms"));
    h->should_retry = (int)json_integer_value(json_object_get(reply, "should_retry"));
    h->requests = limit_of(json_object_get(reply, "requests"));
    h->tokens = limit_of(json_object_get(reply, "tokens"));
    copy(h->content_type, sizeof h->content_type, reply, "content_type");
    copy(h->encoding, sizeof h->encoding, reply, "encoding");
    copy(h->location_host, sizeof h->location_host, reply, "location_host");
    copy(h->error_type, sizeof h->error_type, reply, "error_type");
}

static enum sc_status hand_over(struct exchange *x, const char *bytes, size_t size, bool *enough)
{
    x->received_bytes += (int64_t)size;
    return size ? x->on_bytes(x->user, &x->head, bytes, size, enough, &x->error) : SC_OK;
}

static enum sc_status play_piece(struct exchange *x, const json_t *line, bool *enough, struct sc_error *err)
{
    const json_t *text = json_object_get(line, "text");
    const char *hex = json_string_value(json_object_get(line, "hex"));
    struct buffer bytes = { 0 };
    enum sc_status s = SC_OK;

    if (json_is_string(text))
        return hand_over(x, json_string_value(text), json_string_length(text), enough);
    for (; hex && *hex && !s; hex += 2) {
        char c = (char)(digit(hex[0]) << 4 | digit(hex[1]));

        s = buffer_add(&bytes, &c, 1, err);
    }
    s = s ? s : hand_over(x, (const char *)bytes.data, bytes.size, enough);
    buffer_dispose(&bytes);
    return s;
}

static enum sc_status play(const struct replay *r, const struct played *p, struct exchange *x, struct sc_error *err)
{
    const char *end = json_string_value(json_object_get(p->end, "end"));
    bool enough = false;
    size_t i;

    x->head = (struct reply_head){ .retry_after_ms = -1, .should_retry = -1, .requests = { -1, -1, -1 },
                                   .tokens = { -1, -1, -1 } };
    fill_head(&x->head, p->reply);
    x->result = SC_OK;
    x->is_sent = x->has_name = x->has_connection = true;
    x->received_bytes = 0;
    x->may_pass = json_is_true(json_object_get(p->end, "may_pass"));
    for (i = 0; i < p->n && !x->result && !enough; i++)
        x->result = play_piece(x, json_array_get(r->lines, p->first + i), &enough, err);
    if (!x->result && !enough && !strcmp(end, "broken"))
        x->result = fail(&x->error, SC_ERR_NETWORK, "%s", json_string_value(json_object_get(p->end, "error")));
    else if (!x->result && !enough && !strcmp(end, "cancelled"))
        x->result = fail(&x->error, SC_ERR_NETWORK, "the recording was cancelled here");
    return x->result == SC_ERR_NOMEM ? fail_memory(err) : SC_OK;
}

/* The next one that is not used up; NULL: none. */
static struct played *find(struct replay *r, const char *method, const char *path)
{
    size_t i;

    for (i = 0; i < r->n; i++) {
        const json_t *request = r->played[i].request;

        if (!r->played[i].is_used && !strcmp(json_string_value(json_object_get(request, "method")), method) &&
            !strcmp(json_string_value(json_object_get(request, "path")), path))
            return &r->played[i];
    }
    return NULL;
}

static enum sc_status compare(const struct played *p, struct body *body, bool *differs, struct sc_error *err)
{
    uint8_t digest[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE] = "";
    enum sc_status s = body ? digest_body(body, digest, err) : SC_OK;

    if (body && !s)
        digest_hex(digest, hex);
    *differs = strcmp(hex, json_string_value(json_object_get(p->request, "sha256"))) != 0;
    return s;
}

enum sc_status replay_play(struct replay *r, struct exchange *x, bool *differs_out, struct sc_error *err)
{
    const char *method = x->body ? "POST" : "GET";
    char *path = NULL;
    struct played *p = NULL;
    enum sc_status s = url_path(x->url, &path, err);

    pthread_mutex_lock(&r->lock);
    if (!s && (p = find(r, method, path)))
        p->is_used = true;
    pthread_mutex_unlock(&r->lock);
    if (!s && !p)
        s = fail(err, SC_ERR_INVALID, "the recording has no further reply to %s %.200s", method, path);
    free(path);
    if (s || (s = compare(p, x->body, differs_out, err)))
        return s;
    return play(r, p, x, err);
}
