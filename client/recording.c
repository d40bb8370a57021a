/* Exchanges written down. */
#include "client/recording.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "client/digest.h"
#include "client/failure.h"
#include "client/retry.h"
#include "client/url.h"

struct recording {
    pthread_mutex_t lock;
    struct buffer text;
    bool is_torn;
};

/* ---- a reply while it comes ---- */

static bool has_room(struct reply_tape *t)
{
    struct tape_piece *pieces;
    int capacity = t->capacity ? t->capacity * 2 : 16;

    if (t->n < t->capacity)
        return true;
    pieces = reallocarray(t->pieces, (size_t)capacity, sizeof *pieces);
    if (!pieces)
        return false;
    t->pieces = pieces;
    t->capacity = capacity;
    return true;
}

void reply_tape_add(struct reply_tape *t, const char *bytes, size_t size)
{
    t->bytes.limit = RECORDING_MAX_BYTES;
    t->is_torn = t->is_torn || !has_room(t) || buffer_add(&t->bytes, bytes, size, NULL);
    if (!t->is_torn)
        t->pieces[t->n++] = (struct tape_piece){ retry_clock_ms() - t->began_ms, size };
}

void reply_tape_dispose(struct reply_tape *t)
{
    buffer_dispose(&t->bytes);
    free(t->pieces);
    *t = (struct reply_tape){ 0 };
}

/* The key, and the parts of one that is a pair, as asterisks of the same length. */
static void redact(struct buffer *bytes, const char *key)
{
    size_t n;
    uint8_t *at;

    for (; key && *key; key += n + (key[n] == ':')) {
        n = strcspn(key, ":");
        while (n >= 4 && bytes->size && (at = memmem(bytes->data, bytes->size, key, n)))
            memset(at, '*', n);
    }
}

/* ---- lines ---- */

static enum sc_status add_line(struct recording *r, json_t *line, struct sc_error *err)
{
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    enum sc_status s = text ? buffer_text(&r->text, text, err) : fail_memory(err);

    s = s ? s : buffer_text(&r->text, "\n", err);
    free(text);
    json_decref(line);
    return s;
}

/* "" for what is no UTF-8. */
static json_t *text_json(const char *text)
{
    json_t *string = text ? json_string(text) : NULL;

    return string ? string : json_string("");
}

enum sc_status recording_open(struct recording **out, const struct recording_head *head, struct sc_error *err)
{
    struct recording *r = calloc(1, sizeof *r);
    char told[URL_TOLD_SIZE];
    enum sc_status s;

    *out = NULL;
    if (!r)
        return fail_memory(err);
    pthread_mutex_init(&r->lock, NULL);
    r->text.limit = RECORDING_MAX_BYTES;
    s = add_line(r, json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:I}", "seechange_recording", 1, "program",
                              "seechange " SC_VERSION, "service", text_json(head->service), "dialect",
                              text_json(head->dialect), "base_url", text_json(url_told(head->base_url, told)), "model",
                              text_json(head->model), "context_tokens", (json_int_t)head->context_tokens), err);
    if (s)
        recording_close(&r);
    *out = r;
    return s;
}

void recording_close(struct recording **r)
{
    if (!*r)
        return;
    pthread_mutex_destroy(&(*r)->lock);
    buffer_dispose(&(*r)->text);
    free(*r);
    *r = NULL;
}

const struct buffer *recording_text(const struct recording *r)
{
    return r->is_torn ? NULL : &r->text;
}

/* Text as it is, pictures as what they are. */
static enum sc_status describe_body(const struct body *body, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < body->n_pieces && !s; i++) {
        const struct body_piece *p = &body->pieces[i];
        uint8_t digest[DIGEST_SIZE];
        char hex[DIGEST_HEX_SIZE];

        if (!p->data) {
            s = buffer_add(out, body->text.data + p->offset, p->size, err);
            continue;
        }
        if (!(s = digest_bytes(p->data, p->size, digest, err))) {
            digest_hex(digest, hex);
            s = buffer_print(out, err, "(%zu bytes, sha256 %s)", p->size, hex);
        }
    }
    return s;
}

static enum sc_status add_request(struct recording *r, const struct exchange *x, struct sc_error *err)
{
    struct buffer text = { 0 };
    uint8_t digest[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE] = "", *path = NULL;
    enum sc_status s = url_path(x->url, &path, err);

    if (!s && x->body && !(s = digest_body(x->body, digest, err)) && !(s = describe_body(x->body, &text, err)))
        digest_hex(digest, hex);
    if (!s)
        s = add_line(r, json_pack("{s:{s:s, s:s, s:I, s:s, s:o}}", "request", "method", x->body ? "POST" : "GET", "path",
                                  path, "size", (json_int_t)(x->body ? body_size(x->body) : 0), "sha256", hex, "body",
                                  x->body ? json_stringn(text.data ? (char *)text.data : "", text.size) : json_null()),
                     err);
    buffer_dispose(&text);
    free(path);
    return s;
}

static json_t *limit_json(const struct rate_limit *l)
{
    return json_pack("[I, I, I]", (json_int_t)l->limit, (json_int_t)l->remaining, (json_int_t)l->reset_ms);
}

static json_t *said(const char *text, const char *key)
{
    char copy[512];

    snprintf(copy, sizeof copy, "%s", text);
    failure_redact(copy, key);
    return text_json(copy);
}

static enum sc_status add_head(struct recording *r, const struct reply_head *h, const char *key, struct sc_error *err)
{
    return add_line(r, json_pack("{s:{s:i, s:o, s:o, s:o, s:o, s:I, s:i, s:o, s:o}}", "reply", "status", h->status,
                                 "content_type", said(h->content_type, key), "encoding", said(h->encoding, key),
                                 "location_host", said(h->location_host, key), "error_type", said(h->error_type, key),
                                 "retry_after_ms", (json_int_t)h->retry_after_ms, "should_retry", h->should_retry,
                                 "requests", limit_json(&h->requests), "tokens", limit_json(&h->tokens)), err);
}

static enum sc_status add_piece(struct recording *r, const uint8_t *bytes, const struct tape_piece *p,
                                struct sc_error *err)
{
    json_t *text = memchr(bytes, 0, p->size) ? NULL : json_stringn((const char *)bytes, p->size);
    struct buffer hex = { 0 };
    enum sc_status s = SC_OK;
    size_t i;

    if (text)
        return add_line(r, json_pack("{s:I, s:o}", "at_ms", (json_int_t)p->at_ms, "text", text), err);
    for (i = 0; i < p->size && !s; i++)
        s = buffer_print(&hex, err, "%02x", bytes[i]);
    if (!s)
        s = add_line(r, json_pack("{s:I, s:s%}", "at_ms", (json_int_t)p->at_ms, "hex",
                                  hex.data ? (const char *)hex.data : "", hex.size), err);
    buffer_dispose(&hex);
    return s;
}

static enum sc_status add_end(struct recording *r, const struct exchange *x, const struct reply_tape *tape,
                              const char *key, struct sc_error *err)
{
    const char *end = x->result == SC_ERR_CANCELLED ? "cancelled" : x->result == SC_ERR_NETWORK ? "broken" : "over";
    json_t *line = json_pack("{s:s, s:I}", "end", end, "at_ms", (json_int_t)(retry_clock_ms() - tape->began_ms));

    if (x->result == SC_ERR_NETWORK && line) {
        json_object_set_new(line, "error", said(x->error.text, key));
        json_object_set_new(line, "may_pass", json_boolean(x->may_pass));
    }
    return add_line(r, line, err);
}

static enum sc_status add_exchange(struct recording *r, const struct exchange *x, const struct reply_tape *tape,
                                   const char *key, struct sc_error *err)
{
    const uint8_t *at = tape->bytes.data;
    enum sc_status s = add_request(r, x, err);
    int i;

    if (!s && x->head.status)
        s = add_head(r, &x->head, key, err);
    for (i = 0; i < tape->n && !s; at += tape->pieces[i++].size)
        s = add_piece(r, at, &tape->pieces[i], err);
    return s ? s : add_end(r, x, tape, key, err);
}

void recording_add(struct recording *r, const struct exchange *x, struct reply_tape *tape, const char *key)
{
    redact(&tape->bytes, key);
    pthread_mutex_lock(&r->lock);
    r->is_torn = r->is_torn || tape->is_torn || add_exchange(r, x, tape, key, NULL);
    pthread_mutex_unlock(&r->lock);
}
