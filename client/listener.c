/* From the bytes of a reply to an answer. */
#include "client/listener.h"

#include <string.h>
#include <strings.h>

#include "client/json.h"

#define MAX_ERROR_BYTES ((size_t)64 << 10)
#define MAX_WHOLE_BYTES ((size_t)32 << 20)
#define MAX_TEXT_BYTES ((size_t)16 << 20)

static void get_ready(struct listener *l)
{
    if (l->ready)
        return;
    l->ready = true;
    l->reply.prompt_tokens = l->reply.output_tokens = l->reply.cached_tokens = -1;
    l->framer.framing = l->call->service->dialect->framing;
    l->raw.limit = MAX_WHOLE_BYTES;
    l->answer->text.limit = MAX_TEXT_BYTES;
}

static enum sc_status hand_over(struct listener *l, struct buffer *text, struct sc_error *err)
{
    enum sc_status s;

    if (!text->size)
        return SC_OK;
    if ((s = buffer_add(&l->answer->text, text->data, text->size, err)))
        return s;
    if (l->call->on_text)
        l->call->on_text(l->call->user, (const char *)text->data, text->size);
    buffer_clear(text);
    return SC_OK;
}

/* Move what the reply said so far into the answer. */
static enum sc_status take_reply(struct listener *l, struct sc_error *err)
{
    struct client_answer *a = l->answer;
    const struct reply *r = &l->reply;
    enum sc_status s;

    if (r->refusal.size)
        a->refused = true;
    if (r->prompt_tokens >= 0)
        a->prompt_tokens = r->prompt_tokens;
    if (r->output_tokens >= 0)
        a->output_tokens = r->output_tokens;
    if (r->cached_tokens >= 0)
        a->cached_tokens = r->cached_tokens;
    memcpy(a->finish, r->finish, sizeof a->finish);
    failure_redact(a->finish, l->call->key);
    s = hand_over(l, &l->reply.text, err);
    return s ? s : hand_over(l, &l->reply.refusal, err);
}

static enum sc_status on_event(void *user, const char *event, const char *data, size_t size, struct sc_error *err)
{
    struct listener *l = user;
    enum sc_status s;

    if (l->reply.ended || l->reply.has_error)
        return SC_OK;
    s = l->call->service->dialect->decode_event(event, data, size, &l->reply, err);
    /* What was cut off by the end of the connection need not be whole. */
    if (s == SC_ERR_SERVICE && l->ending)
        return SC_OK;
    return s ? s : take_reply(l, err);
}

static bool is_compressed(const struct reply_head *head)
{
    return head->encoding[0] && strcasecmp(head->encoding, "identity");
}

/* By the status, the type and the first byte that is no blank: server-sent events never begin with a brace, and lines
 * of JSON look like a whole. False: the bytes so far do not tell. */
static bool find_form(struct listener *l, const struct reply_head *head, const char *bytes, size_t size)
{
    enum framing framing = l->call->service->dialect->framing;
    bool is_stream = framing_is(framing, head->content_type);
    size_t i;

    if (head->status / 100 != 2 || is_compressed(head)) {
        l->form = LISTENER_ERROR;
        return true;
    }
    for (i = 0; i < size && bytes[i] && strchr(" \t\r\n", bytes[i]); i++)
        continue;
    if (i == size)
        return false;
    if ((bytes[i] == '{' || bytes[i] == '[') && !(is_stream && framing != FRAMING_EVENTS))
        l->form = LISTENER_WHOLE;
    else if (bytes[i] == '<' || !(l->call->stream || is_stream))
        l->form = LISTENER_ERROR;
    else
        l->form = LISTENER_EVENTS;
    return true;
}

enum sc_status listener_bytes(void *user, const struct reply_head *head, const char *bytes, size_t size, bool *enough,
                              struct sc_error *err)
{
    struct listener *l = user;
    enum sc_status s;

    get_ready(l);
    l->began = l->began || head->status / 100 == 2;
    if (l->form == LISTENER_UNDECIDED && !find_form(l, head, bytes, size))
        return SC_OK;
    if (l->form == LISTENER_EVENTS) {
        s = framer_feed(&l->framer, bytes, size, on_event, l, err);
        *enough = l->reply.ended || l->reply.has_error;
        return s;
    }
    if (l->form == LISTENER_ERROR && size > MAX_ERROR_BYTES - l->raw.size) {
        size = MAX_ERROR_BYTES - l->raw.size;
        *enough = true;
    }
    return buffer_add(&l->raw, bytes, size, err);
}

static enum sc_status report(struct listener *l, const struct exchange *x, struct sc_error *err)
{
    const struct service *service = l->call->service;
    struct failure *f = &l->failure;
    struct failure_scene scene = { service->name, l->call->model, service->key_variable, l->call->key != NULL,
                                   x->body ? body_size(x->body) : 0, l->answer->tries };

    failure_redact(f->message, l->call->key);
    l->answer->class = f->class;
    l->answer->overshoot_tokens = f->overshoot_tokens;
    l->answer->limit_tokens = f->limit_tokens;
    l->answer->allowed_images = f->allowed_images;
    return failure_report(f, &scene, err);
}

/* What is told of a reply that is neither an answer nor the service's own words. */
static void describe_reply(struct listener *l, const struct reply_head *head)
{
    struct failure *f = &l->failure;
    char said[256];

    snprintf(said, sizeof said, "%s", head->status / 100 == 3 ? head->location_host
                                      : is_compressed(head) ? head->encoding : head->content_type);
    failure_redact(said, l->call->key);
    if (head->status / 100 == 3)
        snprintf(f->message, sizeof f->message, "redirected to '%.200s', which is not followed", said);
    else if (is_compressed(head))
        snprintf(f->message, sizeof f->message, "the reply is compressed ('%.60s'), and nobody asked for that", said);
    else
        snprintf(f->message, sizeof f->message, "the reply is no answer but '%.60s'", said);
}

static enum sc_status end_of_error(struct listener *l, const struct exchange *x, struct sc_error *err)
{
    const struct reply_head *head = &x->head;
    struct failure *f = &l->failure;
    bool is_text = l->raw.data && !is_compressed(head);

    failure_read(head->status, is_text ? (const char *)l->raw.data : "", is_text ? l->raw.size : 0, f);
    if (!f->type[0] && head->error_type[0]) {
        memcpy(f->type, head->error_type, sizeof f->type);
        failure_classify(f);
    }
    if (head->should_retry >= 0 && f->class != CLIENT_QUOTA)
        f->retry = head->should_retry;
    if (head->status / 100 == 2 || head->status / 100 == 3) {
        f->retry = false;
        describe_reply(l, head);
    }
    return report(l, x, err);
}

/* An error that came as the content of a 200. */
static enum sc_status end_of_failed_answer(struct listener *l, const struct exchange *x, struct sc_error *err)
{
    l->failure = l->reply.failure;
    failure_classify(&l->failure);
    l->failure.retry = false;
    l->answer->incomplete = l->answer->text.size > 0;
    if (l->answer->incomplete) {
        l->failure.class = CLIENT_CUT_OFF;
        snprintf(l->answer->why, sizeof l->answer->why, "the service broke off with an error");
    }
    return report(l, x, err);
}

static bool is_normal_end(const char *finish)
{
    static const char *const normal[] = { "stop", "eos", "eos_token", "stop_sequence", "end_turn", "tool_calls",
                                          "function_call" };
    size_t i;

    for (i = 0; i < sizeof normal / sizeof *normal; i++)
        if (!strcasecmp(finish, normal[i]))
            return true;
    return false;
}

static enum sc_status cut_off(struct listener *l, const struct exchange *x, struct sc_error *err)
{
    struct client_answer *a = l->answer;

    a->class = CLIENT_CUT_OFF;
    if (!a->text.size)
        return x->result ? fail(err, SC_ERR_NETWORK, "%s: %s", l->call->service->name, x->error.text)
                         : fail(err, SC_ERR_NETWORK, "%s: the connection was closed before an answer came",
                                l->call->service->name);
    a->incomplete = true;
    snprintf(a->why, sizeof a->why, "%.255s", x->result ? x->error.text : "the service stopped in the middle");
    return SC_OK;
}

static enum sc_status end_of_answer(struct listener *l, const struct exchange *x, struct sc_error *err)
{
    struct client_answer *a = l->answer;

    if (l->reply.has_error)
        return end_of_failed_answer(l, x, err);
    if (!a->finish[0] && !l->reply.ended && (x->result || l->form != LISTENER_WHOLE))
        return cut_off(l, x, err);
    if (a->refused || !strcmp(a->finish, "refusal")) {
        a->class = CLIENT_REFUSED;
        a->refused = true;
        snprintf(a->why, sizeof a->why, "the model refused");
    } else if (!strcmp(a->finish, "content_filter")) {
        a->class = CLIENT_REFUSED;
        a->refused = a->incomplete = true;
        snprintf(a->why, sizeof a->why, "a content filter stopped the answer");
    } else if (!strcmp(a->finish, "length")) {
        a->incomplete = true;
        snprintf(a->why, sizeof a->why, "cut at the limit of the answer's length");
    } else if (a->finish[0] && !is_normal_end(a->finish)) {
        a->incomplete = true;
        snprintf(a->why, sizeof a->why, "ended with '%s'", a->finish);
    }
    return SC_OK;
}

static enum sc_status end_of_whole(struct listener *l, const struct exchange *x, struct sc_error *err)
{
    enum sc_status s;

    if (x->result)
        return cut_off(l, x, err);
    s = l->call->service->dialect->decode_whole((const char *)l->raw.data, l->raw.size, &l->reply, err);
    if (s == SC_ERR_SERVICE) {
        l->answer->class = CLIENT_BAD_REQUEST;
        return fail_in(err, s, "%s", l->call->service->name);
    }
    if (s || (s = take_reply(l, err)))
        return s;
    return end_of_answer(l, x, err);
}

/* No reply, or it broke: before an answer began it may be tried again. */
static enum sc_status end_of_connection(struct listener *l, const struct exchange *x, struct sc_error *err)
{
    l->failure = (struct failure){ .class = CLIENT_TRANSIENT, .retry = x->may_pass };
    l->answer->class = CLIENT_TRANSIENT;
    return fail(err, x->result, "%s: %s", l->call->service->name, x->error.text);
}

enum sc_status listener_end(struct listener *l, const struct exchange *x, struct sc_error *err)
{
    enum sc_status s;

    get_ready(l);
    l->answer->http_status = x->head.status;
    if (x->result && x->result != SC_ERR_NETWORK) {
        l->answer->incomplete = l->answer->text.size > 0;
        l->answer->class = l->answer->incomplete ? CLIENT_CUT_OFF : CLIENT_BAD_REQUEST;
        return fail(err, x->result, "%s: %s", l->call->service->name, x->error.text);
    }
    if (x->head.status && x->head.status / 100 != 2)
        return end_of_error(l, x, err);
    switch (l->form) {
    case LISTENER_ERROR:
        return end_of_error(l, x, err);
    case LISTENER_WHOLE:
        return end_of_whole(l, x, err);
    case LISTENER_EVENTS:
        l->ending = true;
        if ((s = framer_end(&l->framer, on_event, l, err)))
            return s;
        return end_of_answer(l, x, err);
    case LISTENER_UNDECIDED:
        break;
    }
    return x->result ? end_of_connection(l, x, err) : cut_off(l, x, err);
}

void listener_dispose(struct listener *l)
{
    framer_dispose(&l->framer);
    buffer_dispose(&l->reply.text);
    buffer_dispose(&l->reply.refusal);
    buffer_dispose(&l->raw);
}
