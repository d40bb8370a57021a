/* One query, asked until there is an answer or a reason to stop. */
#include "client/client.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/dialects/dialect.h"
#include "client/listener.h"
#include "client/retry.h"
#include "client/sigv4.h"
#include "client/transport.h"
#include "client/url.h"

#define DEFAULT_IDLE_S 600
#define LOADING_WAIT_MS 2000
#define PAGE_BYTES (64u << 10)

/* A call with its defaults filled in, and the service as it turned out to be. */
struct attempt {
    struct client_call call;
    struct service service;
    struct request request;
    struct body body;
    char *base, *url;
    bool changed_limit;      /* max_tokens and max_completion_tokens were exchanged */
    int64_t began_ms;
};

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

static void fill_in(struct attempt *a, const struct client_call *call, const struct query *query)
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

static enum sc_status prepare(struct attempt *a, const struct client_call *call, const struct query *query,
                              struct sc_error *err)
{
    char *url = NULL;
    enum sc_status s;

    fill_in(a, call, query);
    a->call.idle_timeout_s = call->idle_timeout_s > 0 ? call->idle_timeout_s : DEFAULT_IDLE_S;
    a->call.max_retries = call->max_retries < RETRY_MAX ? call->max_retries : RETRY_MAX;
    a->began_ms = retry_clock_ms();
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

static enum sc_status encode(struct attempt *a, struct sc_error *err)
{
    body_dispose(&a->body);
    return a->service.dialect->encode(&a->request, &a->body, err);
}

static void attempt_dispose(struct attempt *a)
{
    body_dispose(&a->body);
    free(a->base);
    free(a->url);
}

/* Until the deadline, at least 1; if there is none, practically for ever. */
static int64_t time_left(const struct attempt *a)
{
    int64_t left = a->began_ms + a->call.deadline_s * 1000 - retry_clock_ms();

    return a->call.deadline_s <= 0 ? INT32_MAX : left > 1 ? left : 1;
}

static struct exchange exchange_for(const struct attempt *a)
{
    return (struct exchange){
        .url = a->url,
        .auth_header = service_auth(&a->service),
        .headers = { a->service.dialect->header },
        .accept = a->call.stream ? framing_accept(a->service.dialect->framing) : NULL,
        .idle_timeout_ms = a->call.idle_timeout_s * 1000,
        .total_timeout_ms = a->call.deadline_s > 0 ? time_left(a) : 0,
    };
}

/* What the service is known to refuse is not sent. */
static enum sc_status check_limits(const struct attempt *a, struct client_answer *out, struct sc_error *err)
{
    const struct query *query = a->request.query;
    int64_t size = body_size(&a->body);

    if (a->service.limit_images && query->n_images > a->service.limit_images) {
        out->class = CLIENT_TOO_MANY_IMAGES;
        out->allowed_images = a->service.limit_images;
        return fail(err, SC_ERR_LIMIT, "%s: takes %d images a request, not %d; try --max-images %d", a->service.name,
                    a->service.limit_images, query->n_images, a->service.limit_images);
    }
    if (a->service.limit_body_bytes && size > a->service.limit_body_bytes) {
        out->class = CLIENT_TOO_LARGE;
        return fail(err, SC_ERR_LIMIT, "%s: takes requests of %.1f MB, not %.1f MB; try --max-images", a->service.name,
                    (double)a->service.limit_body_bytes / 1e6, (double)size / 1e6);
    }
    return SC_OK;
}

static bool mentions(const struct failure *f, const char *word)
{
    return strcasestr(f->message, word) || strcasestr(f->param, word);
}

static bool is_unknown_member(const struct failure *f)
{
    static const char *const words[] = { "unsupported", "not supported", "unrecognized", "unknown", "unexpected",
                                         "not permitted", "not allowed", "extra", "instead" };
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
    if (!a->changed_limit && a->call.max_output_tokens > 0 && is_unknown_member(f) &&
        mentions(f, a->service.has_max_completion_tokens ? "max_completion_tokens" : "max_tokens")) {
        a->service.has_max_completion_tokens = !a->service.has_max_completion_tokens;
        a->changed_limit = true;
        return true;
    }
    return false;
}

/* How long to wait before the next try; -1: there is none. */
static int64_t next_wait(const struct attempt *a, const struct listener *l, const struct reply_head *head, int tries)
{
    const struct failure *f = &l->failure;
    int64_t wait = -1;

    if (l->began || !a->call.max_retries || !f->retry)
        return -1;
    if (f->class == CLIENT_LOADING && retry_clock_ms() - a->began_ms <= a->call.idle_timeout_s * 1000)
        wait = head->retry_after_ms > 0 ? head->retry_after_ms : LOADING_WAIT_MS;
    else if (f->class != CLIENT_LOADING && tries <= a->call.max_retries)
        wait = retry_wait_ms(tries - 1, head->retry_after_ms, retry_chance());
    return wait < time_left(a) ? wait : -1;
}

static enum sc_status wait_for_next(const struct attempt *a, const struct failure *f, int64_t wait_ms,
                                    struct sc_error *err)
{
    const char *why = f->class == CLIENT_LOADING ? "the model is still being loaded"
                      : f->status == 429 ? "rate limit"
                      : f->status ? "the service is overloaded" : "no connection";

    if (a->call.on_wait)
        a->call.on_wait(a->call.user, why, wait_ms);
    return retry_sleep(wait_ms, a->call.cancel, err);
}

/* The key: as it is, or a pair that signs the request. */
static enum sc_status authorize(struct attempt *a, struct exchange *x, struct sigv4_headers *signature,
                                struct sc_error *err)
{
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
        (s = sigv4_sign(a->call.key, &request, signature, err)))
        return s;
    x->key = NULL;
    x->headers[1] = signature->date;
    x->headers[2] = (const char *)signature->authorization.data;
    x->headers[3] = (const char *)signature->token.data;
    return SC_OK;
}

/* Send once. Returns the final status, with *again set if another try is worth it and *wait_ms how much later. */
static enum sc_status try_once(struct attempt *a, struct client_answer *out, bool *again, int64_t *wait_ms,
                               struct failure *failure, struct sc_error *err)
{
    struct exchange x = exchange_for(a);
    struct listener l = { .call = &a->call, .answer = out };
    struct sigv4_headers signature = { 0 };
    enum sc_status s;

    *again = false;
    out->class = CLIENT_FINE;
    out->overshoot_tokens = out->limit_tokens = out->allowed_images = 0;
    x.body = &a->body;
    x.on_bytes = listener_bytes;
    x.user = &l;
    out->tries++;
    if (!(s = authorize(a, &x, &signature, err)) && !(s = transport_run(&x, 1, a->call.cancel, err)))
        s = listener_end(&l, &x, err);
    sigv4_dispose(&signature);
    *failure = l.failure;
    if (s && s != SC_ERR_CANCELLED && s != SC_ERR_NOMEM && !l.began) {
        *again = adapt(a, &l.failure);
        *wait_ms = *again ? 0 : next_wait(a, &l, &x.head, out->tries);
        *again = *again || *wait_ms >= 0;
    }
    listener_dispose(&l);
    return s;
}

static enum sc_status ask(struct attempt *a, struct client_answer *out, struct sc_error *err)
{
    for (;;) {
        struct failure failure;
        int64_t wait_ms = 0;
        bool again;
        enum sc_status s = encode(a, err), waited;

        if (s || (s = check_limits(a, out, err)))
            return s;
        s = try_once(a, out, &again, &wait_ms, &failure, err);
        if (!s || !again)
            return s;
        if (wait_ms && (waited = wait_for_next(a, &failure, wait_ms, err)))
            return waited;
    }
}

static enum sc_status collect(void *user, const struct reply_head *head, const char *bytes, size_t size, bool *enough,
                              struct sc_error *err)
{
    struct buffer *reply = user;

    (void)head;
    (void)enough;
    return buffer_add(reply, bytes, size, err);
}

static void note_way(const struct exchange *x, struct client_page *page)
{
    page->status = x->head.status;
    page->has_name = x->has_name;
    page->has_connection = x->has_connection;
    page->has_tls = x->has_tls;
    memcpy(page->address, x->address, sizeof page->address);
}

/* One exchange beside the answer's. Any status but 200 is an error. The URL is the attempt's. */
static enum sc_status get_page(struct attempt *a, struct body *body, struct client_page *page, struct sc_error *err)
{
    struct exchange x = exchange_for(a);
    struct failure_scene scene = { a->service.name, a->call.model, a->service.key_variable, a->call.key != NULL,
                                   body ? body_size(body) : 0, 1 };
    struct sigv4_headers signature = { 0 };
    struct failure f;
    enum sc_status s;

    x.body = body;
    x.accept = NULL;
    x.on_bytes = collect;
    x.user = &page->body;
    page->body.limit = page->body.limit ? page->body.limit : PAGE_BYTES;
    page->class = CLIENT_TRANSIENT;
    if (!(s = authorize(a, &x, &signature, err)))
        s = transport_run(&x, 1, a->call.cancel, err);
    sigv4_dispose(&signature);
    if (s)
        return s;
    note_way(&x, page);
    if (x.result)
        return fail(err, x.result, "%s: %s", a->service.name, x.error.text);
    page->class = CLIENT_FINE;
    if (x.head.status == 200)
        return SC_OK;
    failure_read(x.head.status, page->body.data ? (const char *)page->body.data : "", page->body.size, &f);
    failure_redact(f.message, a->call.key);
    page->class = f.class;
    return failure_report(&f, &scene, err);
}

static bool is_missing(const struct client_page *page)
{
    return page->status == 404 || page->status == 405 || page->status == 501;
}

/* What the dialect has to know of the server before it can ask. */
static enum sc_status learn_facts(struct attempt *a, struct sc_error *err)
{
    const struct dialect *d = a->service.dialect;
    struct client_page page = { 0 };
    enum sc_status s;

    if (!d->facts_path)
        return SC_OK;
    if (!(s = find_url(a, d->facts_path, &a->url, err)) && !(s = get_page(a, NULL, &page, err)) &&
        (s = d->read_facts(page.body.data ? (const char *)page.body.data : "", page.body.size, &a->request, err)))
        s = fail_in(err, s, "%s", a->service.name);
    if (is_missing(&page))
        s = fail(err, SC_ERR_SERVICE, "%s: no server of the dialect '%s'", a->service.name, d->name);
    buffer_dispose(&page.body);
    free(a->url);
    a->url = NULL;
    return s;
}

enum sc_status client_ask(const struct client_call *call, const struct query *query, struct client_answer *out,
                          struct sc_error *err)
{
    struct attempt a = { 0 };
    enum sc_status s;

    *out = (struct client_answer){ .prompt_tokens = -1, .output_tokens = -1, .cached_tokens = -1 };
    if (!(s = prepare(&a, call, query, err)) && !(s = learn_facts(&a, err)) &&
        !(s = find_url(&a, a.call.stream && a.service.dialect->stream_path ? a.service.dialect->stream_path
                                                                          : a.service.dialect->path, &a.url, err)))
        s = ask(&a, out, err);
    if (s == SC_ERR_CANCELLED)
        out->incomplete = out->text.size > 0;
    if (s && !out->class)
        out->class = out->incomplete ? CLIENT_CUT_OFF : s == SC_ERR_NETWORK ? CLIENT_TRANSIENT : CLIENT_BAD_REQUEST;
    attempt_dispose(&a);
    return s;
}

void client_answer_dispose(struct client_answer *a)
{
    buffer_dispose(&a->text);
}

enum sc_status client_write_body(const struct client_call *call, const struct query *query, FILE *to,
                                 int64_t *bytes_out, struct sc_error *err)
{
    struct attempt a = { 0 };
    char piece[16384];
    size_t n;
    enum sc_status s;

    fill_in(&a, call, query);
    s = encode(&a, err);
    if (!s && bytes_out)
        *bytes_out = body_size(&a.body);
    while (!s && to && (n = body_read(&a.body, piece, sizeof piece)))
        if (fwrite(piece, 1, n, to) != n)
            s = fail(err, SC_ERR_IO, "the request can't be written");
    body_dispose(&a.body);
    return s;
}

enum sc_status client_get(const struct client_call *call, const char *path, size_t limit, struct client_page *out,
                          struct sc_error *err)
{
    struct attempt a = { 0 };
    enum sc_status s;

    *out = (struct client_page){ .body.limit = limit };
    if (!(s = prepare(&a, call, NULL, err)) && !(s = find_url(&a, path, &a.url, err)))
        s = get_page(&a, NULL, out, err);
    attempt_dispose(&a);
    return s;
}

enum sc_status client_count_tokens(const struct client_call *call, const struct query *query, int64_t *tokens_out,
                                   bool *known_out, struct sc_error *err)
{
    const struct dialect *d;
    struct attempt a = { 0 };
    struct client_page page = { 0 };
    enum sc_status s;

    *known_out = false;
    *tokens_out = 0;
    fill_in(&a, call, query);
    d = a.service.dialect;
    if (!call->service->counts_tokens || !d->count_path)
        return SC_OK;
    if ((s = prepare(&a, call, query, err)) || (s = find_url(&a, d->count_path, &a.url, err)))
        goto done;
    a.request.counting = true;
    if (!(s = encode(&a, err)) && !(s = get_page(&a, &a.body, &page, err)))
        *known_out = !d->decode_count(page.body.data ? (const char *)page.body.data : "", page.body.size, tokens_out,
                                      err);
    s = is_missing(&page) ? SC_OK : s;
done:
    attempt_dispose(&a);
    buffer_dispose(&page.body);
    return s;
}
