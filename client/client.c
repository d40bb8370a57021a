/* One query, asked until there is an answer or a reason to stop. */
#include "client/client.h"

#include "client/attempt.h"
#include "client/run.h"

/* A run of one question. */
struct single {
    const struct client_call *call;
    const struct query *query;
    bool is_taken;
    enum sc_status status;
    struct client_answer *answer;
    struct sc_error *err;
};

static enum client_next take_single(void *user, struct client_question *out)
{
    struct single *one = user;

    if (one->is_taken)
        return CLIENT_NEXT_NONE;
    one->is_taken = true;
    *out = (struct client_question){ .call = *one->call, .query = one->query };
    return CLIENT_NEXT_ONE;
}

static void note_single(void *user, struct client_question *question, enum sc_status status,
                        struct client_answer *answer, const struct sc_error *err)
{
    struct single *one = user;

    (void)question;
    one->status = status;
    *one->answer = *answer;
    answer->text = (struct buffer){ 0 };
    if (status && one->err)
        *one->err = *err;
}

enum sc_status client_ask(const struct client_call *call, const struct query *query, struct client_answer *out,
                          struct sc_error *err)
{
    struct single one = { .call = call, .query = query, .answer = out, .err = err };
    const struct client_run run = { .pool = call->pool, .max_in_flight = 1, .cancel = call->cancel,
                                    .next = take_single, .done = note_single, .user = &one };
    enum sc_status s;

    *out = (struct client_answer){ .prompt_tokens = -1, .output_tokens = -1, .cached_tokens = -1 };
    s = client_run(&run, err);
    return one.status ? one.status : s;
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

    attempt_fill_in(&a, call, query);
    s = attempt_encode(&a, err);
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
    const struct page_request request = { .path = path };
    struct attempt a = { 0 };
    enum sc_status s;

    *out = (struct client_page){ .body.limit = limit };
    if (!(s = attempt_open(&a, call, NULL, NULL, err)))
        s = attempt_get_page(&a, &request, out, err);
    attempt_dispose(&a);
    return s;
}

enum sc_status client_count_tokens(const struct client_call *call, const struct query *query, int64_t *tokens_out,
                                   bool *known_out, struct sc_error *err)
{
    const struct dialect *d = call->dialect ? call->dialect : call->service->dialect;
    struct attempt a = { 0 };
    struct client_page page = { 0 };
    const struct page_request request = { .path = d->count_path, .body = &a.body };
    enum sc_status s;

    *known_out = false;
    *tokens_out = 0;
    if (!call->service->counts_tokens || !d->count_path)
        return SC_OK;
    if ((s = attempt_open(&a, call, query, NULL, err)))
        goto done;
    a.request.counting = true;
    if (!(s = attempt_encode(&a, err)) && !(s = attempt_get_page(&a, &request, &page, err)))
        *known_out = !d->decode_count(page.body.data ? (const char *)page.body.data : "", page.body.size, tokens_out,
                                      err);
    s = attempt_is_missing(&page) ? SC_OK : s;
done:
    attempt_dispose(&a);
    buffer_dispose(&page.body);
    return s;
}
