/* From a call to requests, from replies to an answer or one more request. */
#include "client/attempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/random.h>

#include "client/pool.h"
#include "client/retry.h"
#include "client/url.h"

#define DEFAULT_IDLE_S 600
#define LOADING_WAIT_MS 2000
#define PAGE_BYTES (64u << 10)

static enum sc_status check_key(const struct client_call *call, struct sc_error *err)
{
    const struct service *service = call->service;

    if (!call->key && service->key_required)
        return fail(err, SC_ERR_INVALID, "%s: wants a key; set %s", service->name,
                    service->key_variable ? service->key_variable : "one");
    if (call->key && (!*call->key || strpbrk(call->key, "\r\n\t ")))
        return fail(err, SC_ERR_INVALID, "%s: the key is empty or has blanks in it", service->name);
    return SC_OK;
}

void attempt_fill_in(struct attempt *a, const struct client_call *call, const struct query *query)
{
    a->call = *call;
    a->service = *call->service;
    a->service.dialect = call->dialect ? call->dialect : a->service.dialect;
    a->call.service = &a->service;
    a->call.model = call->model ? call->model : a->service.default_model;
    a->request = (struct request){ .call = &a->call, .query = query };
}

/* Where the path of the dialect is. *url: free() */
static enum sc_status find_url(const struct attempt *a, const char *path, char **url, struct sc_error *err)
{
    return url_endpoint(a->base, path, a->service.dialect->has_no_version, a->call.model, url, err);
}

static enum sc_status prepare(struct attempt *a, struct sc_error *err)
{
    const struct client_call *call = &a->call;
    char *url = NULL;
    enum sc_status s;

    a->call.idle_timeout_s = call->idle_timeout_s > 0 ? call->idle_timeout_s : DEFAULT_IDLE_S;
    a->call.max_retries = call->max_retries < RETRY_MAX ? call->max_retries : RETRY_MAX;
    a->began_ms = retry_clock_ms();
    if (call->replay)
        return url_base(call->base_url ? call->base_url : "http://localhost", &a->base, err);
    if (!call->base_url && !strncmp(a->service.state, "retired", 7))
        return fail(err, SC_ERR_INVALID, "%s: %s; choose another service", a->service.name, a->service.state);
    if (!call->base_url && (s = service_url(&a->service, &url, err)))
        return s;
    if (!(s = url_base(call->base_url ? call->base_url : url, &a->base, err)) &&
        !(s = url_check(a->base, call->insecure_http, err)))
        s = check_key(call, err);
    free(url);
    return s;
}

/* Whose limits count for this request, and what it takes of them. */
static enum sc_status set_share(struct attempt *a, struct sc_error *err)
{
    const struct query *query = a->request.query;
    const char *key = a->call.key ? a->call.key : "";
    char *place;
    enum sc_status s;

    if (asprintf(&place, "%s\n%s", a->base, a->call.model ? a->call.model : "") < 0)
        return fail_memory(err);
    s = digest_hmac(key, strlen(key), place, a->share.place, err);
    free(place);
    a->share.tokens = query->image_tokens + query->text_tokens + query->layout_tokens + a->call.max_output_tokens;
    return s;
}

/* A service that knows such a header answers the same request, sent again, with the same answer, and bills it once. */
static void name_request(struct attempt *a)
{
    uint64_t random[2];

    if (!a->service.idempotency_header || getrandom(random, sizeof random, 0) != sizeof random)
        return;
    snprintf(a->once, sizeof a->once, "%.50s: %016llx%016llx", a->service.idempotency_header,
             (unsigned long long)random[0], (unsigned long long)random[1]);
}

enum sc_status attempt_open(struct attempt *a, const struct client_call *call, const struct query *query,
                            struct client_answer *answer, struct sc_error *err)
{
    enum sc_status s;

    *a = (struct attempt){ .answer = answer };
    if (answer)
        *answer = (struct client_answer){ .prompt_tokens = -1, .output_tokens = -1, .cached_tokens = -1 };
    attempt_fill_in(a, call, query);
    if ((s = prepare(a, err)) || (query && (s = set_share(a, err))))
        return s;
    name_request(a);
    a->knows_facts = !a->service.dialect->facts_path;
    return SC_OK;
}

/* An image in a format that the service is known not to read is not sent. */
static enum sc_status check_formats(const struct attempt *a, struct sc_error *err)
{
    const struct query *query = a->request.query;
    char formats[100];
    int i;

    for (i = 0; i < query->n_parts; i++) {
        const struct query_part *p = &query->parts[i];

        if (p->type != PART_IMAGE || !p->content_type || service_takes_image(&a->service, p->content_type))
            continue;
        if (a->answer)
            a->answer->class = CLIENT_BAD_REQUEST;
        return fail(err, SC_ERR_INVALID, "%s: takes no images of the type %s; its row in services.json has %s",
                    a->service.name, p->content_type, service_image_formats(&a->service, formats));
    }
    return SC_OK;
}

enum sc_status attempt_encode(struct attempt *a, struct sc_error *err)
{
    enum sc_status s = check_formats(a, err);

    if (s)
        return s;
    body_dispose(&a->body);
    return a->service.dialect->encode(&a->request, &a->body, err);
}

enum sc_status attempt_identify(struct attempt *a, struct sc_error *err)
{
    const bool stream = a->call.stream;
    uint8_t digest[DIGEST_SIZE];
    char body[DIGEST_HEX_SIZE], *text = NULL;
    enum sc_status s;

    a->call.stream = false;
    s = attempt_encode(a, err);
    a->call.stream = stream;
    if (s || (s = digest_body(&a->body, digest, err)))
        return s;
    digest_hex(digest, body);
    if (asprintf(&text, "answer 1\n%s\n%s\n%s\n%s\n%s", a->service.name, a->base, a->service.dialect->name,
                 a->call.model ? a->call.model : "", body) < 0)
        return fail_memory(err);
    if (!(s = digest_bytes(text, strlen(text), digest, err)))
        digest_hex(digest, a->id);
    free(text);
    return s;
}

/* What belongs to one exchange. */
static void forget_exchange(struct attempt *a)
{
    listener_dispose(&a->listener);
    a->listener = (struct listener){ 0 };
    sigv4_dispose(&a->signature);
    reply_tape_dispose(&a->tape);
    buffer_dispose(&a->page.body);
    free(a->url);
    a->url = NULL;
}

void attempt_dispose(struct attempt *a)
{
    forget_exchange(a);
    body_dispose(&a->body);
    free(a->base);
    a->base = NULL;
}

int64_t attempt_time_left(const struct attempt *a)
{
    int64_t left = a->began_ms + a->call.deadline_s * 1000 - retry_clock_ms();

    return a->call.deadline_s <= 0 ? INT32_MAX : left > 1 ? left : 1;
}

bool attempt_is_question(const struct attempt *a)
{
    return a->knows_facts;
}

static struct exchange exchange_for(const struct attempt *a)
{
    return (struct exchange){
        .url = a->url,
        .auth_header = service_auth(&a->service),
        .headers = { a->service.dialect->header },
        .idle_timeout_ms = a->call.idle_timeout_s * 1000,
        .total_timeout_ms = a->call.deadline_s > 0 ? attempt_time_left(a) : 0,
    };
}

/* What the service is known to refuse is not sent. */
static enum sc_status check_limits(const struct attempt *a, struct sc_error *err)
{
    const struct query *query = a->request.query;
    int64_t size = body_size(&a->body);

    if (a->service.limit_images && query->n_images > a->service.limit_images) {
        a->answer->class = CLIENT_TOO_MANY_IMAGES;
        a->answer->allowed_images = a->service.limit_images;
        return fail(err, SC_ERR_LIMIT, "%s: takes %d images a request, not %d; try --max-images %d", a->service.name,
                    a->service.limit_images, query->n_images, a->service.limit_images);
    }
    if (a->service.limit_body_bytes && size > a->service.limit_body_bytes) {
        a->answer->class = CLIENT_TOO_LARGE;
        return fail(err, SC_ERR_LIMIT, "%s: takes requests of %.1f MB, not %.1f MB; try --max-images", a->service.name,
                    (double)a->service.limit_body_bytes / 1e6, (double)size / 1e6);
    }
    return SC_OK;
}

/* The key: as it is, or a pair that signs the request. */
static enum sc_status authorize(struct attempt *a, struct sc_error *err)
{
    struct exchange *x = &a->x;
    struct sigv4_request request = { .method = x->body ? "POST" : "GET", .url = x->url, .time_s = (int64_t)time(NULL),
                                     .service = a->service.sign };
    const char *region = getenv("AWS_REGION");
    char own[64];
    enum sc_status s;

    x->key = a->call.key;
    if (!a->service.sign || !sigv4_is_pair(a->call.key))
        return SC_OK;
    request.region = sigv4_region(x->url, own) ? own : region;
    if (!request.region || !*request.region)
        return fail(err, SC_ERR_INVALID, "%s: set AWS_REGION", a->service.name);
    if ((s = x->body ? digest_body(x->body, request.body, err) : digest_bytes("", 0, request.body, err)) ||
        (s = sigv4_sign(a->call.key, &request, &a->signature, err)))
        return s;
    x->key = NULL;
    x->headers[1] = a->signature.date;
    x->headers[2] = (const char *)a->signature.authorization.data;
    x->headers[3] = (const char *)a->signature.token.data;
    return SC_OK;
}

/* ---- pages ---- */

static enum sc_status collect(void *user, const struct reply_head *head, const char *bytes, size_t size, bool *enough,
                              struct sc_error *err)
{
    struct attempt *a = user;

    (void)enough;
    if (a->call.recording)
        reply_tape_add(&a->tape, bytes, size);
    if (!a->to || head->status / 100 != 2)
        return buffer_add(&a->into->body, bytes, size, err);
    return fwrite(bytes, 1, size, a->to) == size ? SC_OK : fail_errno(err, errno, "a page can't be kept");
}

static enum sc_status set_up_page(struct attempt *a, const struct page_request *request, struct client_page *page,
                                  struct sc_error *err)
{
    enum sc_status s = find_url(a, request->path, &a->url, err);

    if (s)
        return s;
    a->x = exchange_for(a);
    a->x.body = request->body;
    a->x.form = request->form;
    a->x.accept = request->accept;
    a->x.on_bytes = collect;
    a->x.user = a;
    a->to = request->to;
    a->into = page;
    page->body.limit = page->body.limit ? page->body.limit : PAGE_BYTES;
    page->class = CLIENT_TRANSIENT;
    return authorize(a, err);
}

static enum sc_status read_page(struct attempt *a, struct client_page *page, struct failure *f, struct sc_error *err)
{
    const struct exchange *x = &a->x;
    struct failure_scene scene = { a->service.name, a->call.model, a->service.key_variable, a->call.key != NULL,
                                   x->body ? body_size(x->body) : 0, 1 };

    *f = (struct failure){ .class = CLIENT_TRANSIENT, .retry = x->may_pass };
    page->status = x->head.status;
    page->has_name = x->has_name;
    page->has_connection = x->has_connection;
    page->has_tls = x->has_tls;
    memcpy(page->address, x->address, sizeof page->address);
    if (x->result)
        return fail(err, x->result, "%s: %s", a->service.name, x->error.text);
    page->class = CLIENT_FINE;
    if (x->head.status / 100 == 2)
        return SC_OK;
    failure_read(x->head.status, page->body.data ? (const char *)page->body.data : "", page->body.size, f);
    failure_redact(f->message, a->call.key);
    page->class = f->class;
    return failure_report(f, &scene, err);
}

enum sc_status attempt_get_page(struct attempt *a, const struct page_request *request, struct client_page *page,
                                struct sc_error *err)
{
    struct transport *t = NULL;
    struct failure f;
    enum sc_status s = set_up_page(a, request, page, err);

    if (!s && a->call.pool)
        s = pool_borrow(a->call.pool, &t, err);
    if (!s && !(s = transport_run(t, &a->x, 1, a->call.cancel, err)))
        s = read_page(a, page, &f, err);
    if (t)
        pool_return(a->call.pool, &t);
    forget_exchange(a);
    return s;
}

bool attempt_is_missing(const struct client_page *page)
{
    return page->status == 404 || page->status == 405 || page->status == 501;
}

/* ---- sending ---- */

static enum sc_status hear(void *user, const struct reply_head *head, const char *bytes, size_t size, bool *enough,
                             struct sc_error *err)
{
    struct attempt *a = user;

    if (a->call.recording)
        reply_tape_add(&a->tape, bytes, size);
    return listener_bytes(&a->listener, head, bytes, size, enough, err);
}

static enum sc_status set_up_question(struct attempt *a, struct sc_error *err)
{
    const struct dialect *d = a->service.dialect;
    enum sc_status s;

    if ((s = find_url(a, a->call.stream && d->stream_path ? d->stream_path : d->path, &a->url, err)) ||
        (s = attempt_encode(a, err)) || (s = check_limits(a, err)))
        return s;
    a->x = exchange_for(a);
    a->x.accept = a->call.stream ? framing_accept(d->framing) : NULL;
    a->x.body = &a->body;
    a->x.on_bytes = hear;
    a->x.user = a;
    a->x.headers[4] = *a->once ? a->once : NULL;
    a->listener = (struct listener){ .call = &a->call, .answer = a->answer };
    a->answer->class = CLIENT_FINE;
    a->answer->overshoot_tokens = a->answer->limit_tokens = a->answer->allowed_images = 0;
    a->answer->tries++;
    return authorize(a, err);
}

static enum sc_status play(struct attempt *a, struct sc_error *err)
{
    bool differs = false;
    enum sc_status s = replay_play(a->call.replay, &a->x, &differs, err);

    a->answer->replay_differs = a->answer->replay_differs || differs;
    return s;
}

enum sc_status attempt_send(struct attempt *a, struct transport *t, struct sc_error *err)
{
    const struct page_request facts = { .path = a->service.dialect->facts_path };
    enum sc_status s;

    forget_exchange(a);
    s = a->knows_facts ? set_up_question(a, err) : set_up_page(a, &facts, &a->page, err);
    if (s)
        return s;
    a->tape.began_ms = retry_clock_ms();
    a->is_played = a->call.replay != NULL;
    return a->is_played ? play(a, err) : transport_start(t, &a->x, err);
}

/* ---- what came ---- */

static bool mentions(const struct failure *f, const char *word)
{
    return strcasestr(f->message, word) || strcasestr(f->param, word);
}

static bool is_unknown_member(const struct failure *f)
{
    static const char *const words[] = { "unsupported", "not support", "unrecognized", "unknown", "unexpected",
                                         "not permitted", "not allowed", "extra", "instead", "deprecated" };
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(f->message, words[i]) || strcasestr(f->code, words[i]))
            return true;
    return false;
}

/* A server that does not know a member of the request is asked once more without it. True: changed. */
static bool adapt(struct attempt *a, const struct failure *f)
{
    if (f->status != 400 && f->status != 422)
        return false;
    if (a->call.stream && a->service.has_stream_usage && mentions(f, "stream_options")) {
        a->service.has_stream_usage = false;
        return true;
    }
    if (a->call.schema && a->service.has_json_schema &&
        (mentions(f, "response_format") || mentions(f, "json_schema") || mentions(f, "text.format"))) {
        a->service.has_json_schema = false;
        return true;
    }
    if (!a->changed_limit && a->call.max_output_tokens > 0 && is_unknown_member(f) &&
        mentions(f, a->service.has_max_completion_tokens ? "max_completion_tokens" : "max_tokens")) {
        a->service.has_max_completion_tokens = !a->service.has_max_completion_tokens;
        a->changed_limit = true;
        return true;
    }
    if (a->call.has_temperature && is_unknown_member(f) && mentions(f, "temperature")) {
        a->call.has_temperature = false;
        if (a->call.on_wait)
            a->call.on_wait(a->call.user, "the model lets nobody set its temperature", 0);
        return true;
    }
    return false;
}

/* How long to wait before the next try; -1: there is none. */
static int64_t next_wait(const struct attempt *a, const struct failure *f)
{
    const struct reply_head *head = &a->x.head;
    const int tries = a->answer->tries;
    int64_t wait = -1;

    if (!a->call.max_retries || !f->retry)
        return -1;
    if (f->class == CLIENT_LOADING && retry_clock_ms() - a->began_ms <= a->call.idle_timeout_s * 1000)
        wait = head->retry_after_ms > 0 ? head->retry_after_ms : LOADING_WAIT_MS;
    else if (f->class != CLIENT_LOADING && tries <= a->call.max_retries)
        wait = retry_wait_ms(tries ? tries - 1 : 0, head->retry_after_ms, retry_chance());
    return wait < attempt_time_left(a) ? wait : -1;
}

static const char *reason(const struct failure *f)
{
    return f->class == CLIENT_LOADING ? "the model is still being loaded"
           : f->status == 429 ? "rate limit"
           : f->status ? "the service is overloaded" : "no connection";
}

static enum sc_status end_of_facts(struct attempt *a, struct failure *f, struct sc_error *err)
{
    const struct dialect *d = a->service.dialect;
    const struct buffer *body = &a->page.body;
    enum sc_status s = read_page(a, &a->page, f, err);

    a->answer->tries += s && s != SC_ERR_CANCELLED && f->retry;
    if (attempt_is_missing(&a->page))
        return fail(err, SC_ERR_SERVICE, "%s: no server of the dialect '%s'", a->service.name, d->name);
    if (!s && (s = d->read_facts(body->data ? (const char *)body->data : "", body->size, &a->request, err)))
        return fail_in(err, s, "%s", a->service.name);
    a->knows_facts = !s;
    return s;
}

void attempt_record(struct attempt *a)
{
    if (a->call.recording)
        recording_add(a->call.recording, &a->x, &a->tape, a->call.key);
}

/* Was the server started again, with another model or context perhaps? */
static bool lets_doubt(const struct attempt *a, const struct failure *f)
{
    return a->x.result || f->class == CLIENT_LOADING || f->class == CLIENT_MODEL_MISSING ||
           f->class == CLIENT_TOO_LONG;
}

enum sc_status attempt_end(struct attempt *a, bool *again, int64_t *wait_ms, const char **why, struct sc_error *err)
{
    struct failure failure = { 0 };
    const bool facts = !a->knows_facts;
    enum sc_status s;

    attempt_record(a);
    s = facts ? end_of_facts(a, &failure, err) : listener_end(&a->listener, &a->x, err);
    *again = facts && !s;
    *wait_ms = 0;
    if (!facts)
        failure = a->listener.failure;
    if (a->call.pool && s != SC_ERR_CANCELLED && lets_doubt(a, &failure))
        known_doubt(client_pool_known(a->call.pool), a->base);
    if (!s || s == SC_ERR_CANCELLED || s == SC_ERR_NOMEM || a->listener.began)
        return s;
    *again = !facts && adapt(a, &failure);
    *wait_ms = *again ? 0 : next_wait(a, &failure);
    *again = *again || *wait_ms >= 0;
    *why = reason(&failure);
    return s;
}

void attempt_close_answer(struct attempt *a, enum sc_status status)
{
    struct client_answer *out = a->answer;

    if (status == SC_ERR_CANCELLED)
        out->incomplete = out->text.size > 0;
    if (status && !out->class)
        out->class = out->incomplete ? CLIENT_CUT_OFF
                     : status == SC_ERR_NETWORK ? CLIENT_TRANSIENT : CLIENT_BAD_REQUEST;
}
