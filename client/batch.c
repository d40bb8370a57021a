/* Batches: written, handed over, polled, cancelled. */
#include "client/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "client/batch_own.h"
#include "client/json.h"
#include "client/retry.h"
#include "client/url.h"

#define WINDOW "24h"
#define PAGE_BYTES ((size_t)8 << 20)

char *batch_file(const struct batch *b, int part)
{
    char *name = NULL;

    return asprintf(&name, "%s.%d.jsonl", b->path, part + 1) < 0 ? NULL : name;
}

enum sc_status batch_save(struct batch *b, struct sc_error *err)
{
    return batch_state_write(b->path, &b->state, err);
}

/* ---- one batch, one process ---- */

enum sc_status batch_lock(const char *path, int *out, struct sc_error *err)
{
    char *name;
    enum sc_status s = SC_OK;

    *out = -1;
    if (asprintf(&name, "%s.lock", path) < 0)
        return fail_memory(err);
    *out = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*out < 0)
        s = fail_errno(err, errno, "can't write '%s'", name);
    else if (flock(*out, LOCK_EX | LOCK_NB))
        s = fail(err, SC_ERR_IO, "another program works on the batch '%s'", path);
    free(name);
    return s;
}

static const struct dialect *dialect_of(const struct client_call *call)
{
    return call->dialect ? call->dialect : call->service->dialect;
}

enum sc_status batch_is_possible(const struct client_call *call, struct sc_error *err)
{
    const struct service *service = call->service;

    if (!service->batch_bytes)
        return fail(err, SC_ERR_INVALID, "%s: has no batch endpoint that is known; batch_bytes in its row names one",
                    service->name);
    if (strncmp(dialect_of(call)->name, "openai-", 7) != 0)
        return fail(err, SC_ERR_INVALID, "%s: batches are of the dialects openai-chat and openai-responses, not %s",
                    service->name, dialect_of(call)->name);
    return SC_OK;
}

static enum sc_status begin(struct batch **out, const char *path, const struct client_call *call, struct sc_error *err)
{
    struct batch *b = calloc(1, sizeof *b);
    enum sc_status s;

    *out = b;
    if (!b)
        return fail_memory(err);
    b->lock = -1;
    b->call = *call;
    b->call.stream = false;
    b->path = strdup(path);
    if (!b->path)
        return fail_memory(err);
    return (s = batch_is_possible(call, err)) ? s : batch_lock(path, &b->lock, err);
}

/* What the state says of whom it is made for. */
static enum sc_status describe(struct batch *b, struct batch_state *out, struct sc_error *err)
{
    struct attempt a = { 0 };
    enum sc_status s = attempt_open(&a, &b->call, NULL, NULL, err);

    *out = (struct batch_state){ .made_s = (int64_t)time(NULL) };
    if (!s) {
        out->service = strdup(a.service.name);
        out->base_url = strdup(a.base);
        out->dialect = strdup(a.service.dialect->name);
        out->model = strdup(a.call.model ? a.call.model : "");
        s = out->service && out->base_url && out->dialect && out->model ? SC_OK : fail_memory(err);
    }
    attempt_dispose(&a);
    return s;
}

/* Requests that were written, but by somebody who did not come to hand them over. */
static void remove_stale(const struct batch *b)
{
    char *name;
    bool was_there = true;
    int i;

    for (i = 0; i < BATCH_MAX_PARTS && was_there && (name = batch_file(b, i)); i++) {
        was_there = !unlink(name);
        free(name);
    }
}

enum sc_status batch_new(struct batch **out, const char *path, const struct client_call *call, struct sc_error *err)
{
    enum sc_status s = begin(out, path, call, err);

    if (!s && !access(path, F_OK))
        s = fail(err, SC_ERR_INVALID, "there is a batch '%s' already", path);
    s = s ? s : describe(*out, &(*out)->state, err);
    if (!s)
        remove_stale(*out);
    else
        batch_close(out);
    return s;
}

enum sc_status batch_open(struct batch **out, const char *path, const struct client_call *call, struct sc_error *err)
{
    struct batch_state now = { 0 };
    char told[URL_TOLD_SIZE];
    enum sc_status s = begin(out, path, call, err);

    if (!s && !(s = batch_state_read(path, &(*out)->state, err)) && !(s = describe(*out, &now, err)) &&
        !batch_state_is_same(&now, &(*out)->state))
        s = fail(err, SC_ERR_INVALID, "the batch '%s' is of %.40s at %.200s (%.31s, %.31s)", path,
                 (*out)->state.model, url_told((*out)->state.base_url, told), (*out)->state.service,
                 (*out)->state.dialect);
    batch_state_dispose(&now);
    if (s)
        batch_close(out);
    return s;
}

void batch_close(struct batch **b)
{
    if (!*b)
        return;
    if ((*b)->file)
        fclose((*b)->file);
    if ((*b)->lock >= 0)
        close((*b)->lock);
    batch_state_dispose(&(*b)->state);
    free((*b)->path);
    free(*b);
    *b = NULL;
}

const struct batch_state *batch_get(const struct batch *b)
{
    return &b->state;
}

bool batch_is_over(const struct batch *b)
{
    int i;

    for (i = 0; i < b->state.n; i++)
        if (b->state.parts[i].step != BATCH_FETCHED)
            return false;
    return true;
}

static void remove_file(const struct batch *b, int part)
{
    char *name = batch_file(b, part);

    if (name)
        unlink(name);
    free(name);
}

enum sc_status batch_remove(struct batch *b, struct sc_error *err)
{
    char *name;
    int i;

    for (i = 0; i < b->state.n; i++)
        remove_file(b, i);
    if (unlink(b->path) && errno != ENOENT)
        return fail_errno(err, errno, "can't remove '%s'", b->path);
    if (asprintf(&name, "%s.lock", b->path) < 0)
        return fail_memory(err);
    unlink(name);
    free(name);
    return SC_OK;
}

/* ---- writing ---- */

static enum sc_status end_file(struct batch *b, struct sc_error *err)
{
    FILE *f = b->file;
    bool ok;

    if (!f)
        return SC_OK;
    b->file = NULL;
    ok = !fflush(f) && !fsync(fileno(f));
    if (fclose(f) || !ok)
        return fail_errno(err, errno, "the requests of '%s' can't be written", b->path);
    return SC_OK;
}

static enum sc_status add_part(struct batch *b, struct sc_error *err)
{
    struct batch_part *parts = reallocarray(b->state.parts, (size_t)b->state.n + 1, sizeof *parts);

    if (!parts)
        return fail_memory(err);
    parts[b->state.n] = (struct batch_part){ 0 };
    b->state.parts = parts;
    return SC_OK;
}

static enum sc_status begin_file(struct batch *b, struct sc_error *err)
{
    enum sc_status s = end_file(b, err);
    char *name;

    if (s)
        return s;
    if (b->state.n == BATCH_MAX_PARTS)
        return fail(err, SC_ERR_LIMIT, "more than %d files in the batch '%s'", BATCH_MAX_PARTS, b->path);
    name = batch_file(b, b->state.n);
    if (!name)
        return fail_memory(err);
    b->file = fopen(name, "we");
    if (!b->file)
        s = fail_errno(err, errno, "can't write '%s'", name);
    else if (!(s = add_part(b, err)))
        b->state.n++;
    free(name);
    return s;
}

static bool is_good_id(const char *id)
{
    size_t i;

    for (i = 0; id[i]; i++)
        if (id[i] <= ' ' || id[i] > '~' || id[i] == '"' || id[i] == '\\')
            return false;
    return i > 0 && i <= BATCH_ID_MAX;
}

/* The body's bytes as they are; a line is one line. */
static enum sc_status write_body(struct batch *b, struct body *body, struct sc_error *err)
{
    char piece[16384];
    size_t n;

    while ((n = body_read(body, piece, sizeof piece))) {
        if (memchr(piece, '\n', n))
            return fail(err, SC_ERR_FORMAT, "a request has a line break in it");
        if (fwrite(piece, 1, n, b->file) != n)
            return fail_errno(err, errno, "the requests of '%s' can't be written", b->path);
    }
    return SC_OK;
}

static enum sc_status write_line(struct batch *b, struct attempt *a, const char *head, struct sc_error *err)
{
    const struct service *service = b->call.service;
    const int most = service_batch_requests(service);
    const int64_t size = (int64_t)strlen(head) + body_size(&a->body) + 2;
    struct batch_part *part;
    enum sc_status s;

    if (size > service->batch_bytes)
        return fail(err, SC_ERR_LIMIT, "%s: takes batches of %.1f MB, but one request has %.1f MB", service->name,
                    (double)service->batch_bytes / 1e6, (double)size / 1e6);
    part = b->file ? &b->state.parts[b->state.n - 1] : NULL;
    if ((!part || part->n_requests >= most || part->bytes + size > service->batch_bytes) && (s = begin_file(b, err)))
        return s;
    part = &b->state.parts[b->state.n - 1];
    if (fputs(head, b->file) == EOF)
        return fail_errno(err, errno, "the requests of '%s' can't be written", b->path);
    if ((s = write_body(b, &a->body, err)))
        return s;
    if (fputs("}\n", b->file) == EOF)
        return fail_errno(err, errno, "the requests of '%s' can't be written", b->path);
    part->n_requests++;
    part->bytes += size;
    return SC_OK;
}

enum sc_status batch_add(struct batch *b, const char *id, const struct query *query, struct sc_error *err)
{
    struct attempt a = { 0 };
    char head[256];
    enum sc_status s;

    if (!is_good_id(id))
        return fail(err, SC_ERR_INVALID, "a question's id is 1 to %d printable characters without '\"' and '\\'",
                    BATCH_ID_MAX);
    attempt_fill_in(&a, &b->call, query);
    snprintf(head, sizeof head, "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1%s\",\"body\":", id,
             a.service.dialect->path);
    if (!(s = attempt_encode(&a, err)))
        s = write_line(b, &a, head, err);
    attempt_dispose(&a);
    return s;
}

/* ---- exchanges ---- */

enum sc_status batch_exchange(struct batch *b, const struct page_request *request, bool may_repeat,
                              struct client_page *page, struct sc_error *err)
{
    int try;
    enum sc_status s = SC_OK, waited;

    for (try = 0;; try++) {
        struct attempt a = { 0 };
        int64_t wait_ms;

        *page = (struct client_page){ .body.limit = PAGE_BYTES };
        if (request->body && !body_seek(request->body, 0))
            return fail(err, SC_ERR_INVALID, "a body can't be read again");
        if (request->to && (fseek(request->to, 0, SEEK_SET) || ftruncate(fileno(request->to), 0)))
            return fail_errno(err, errno, "a page can't be kept");
        if (!(s = attempt_open(&a, &b->call, NULL, NULL, err)))
            s = attempt_get_page(&a, request, page, err);
        wait_ms = retry_wait_ms(try, a.x.head.status ? a.x.head.retry_after_ms : -1, retry_chance());
        attempt_dispose(&a);
        if (!s || !may_repeat || page->class != CLIENT_TRANSIENT || s == SC_ERR_CANCELLED || s == SC_ERR_INVALID ||
            try >= b->call.max_retries)
            return s;
        buffer_dispose(&page->body);
        if (b->call.on_wait)
            b->call.on_wait(b->call.user, "the batch endpoint does not answer", wait_ms);
        if ((waited = retry_sleep(wait_ms, b->call.cancel, err)))
            return waited;
    }
}

/* The JSON object that a page is; Together wraps a batch into "job". */
static enum sc_status exchange_json(struct batch *b, const struct page_request *request, bool may_repeat, json_t **out,
                                    struct sc_error *err)
{
    struct client_page page;
    enum sc_status s = batch_exchange(b, request, may_repeat, &page, err);
    json_t *job;

    *out = NULL;
    if (!s) {
        *out = page.body.data ? client_json((char *)page.body.data, page.body.size) : NULL;
        job = json_object_get(*out, "job");
        if (json_is_object(job)) {
            json_incref(job);
            json_decref(*out);
            *out = job;
        }
        if (!json_is_object(*out)) {
            json_decref(*out);
            *out = NULL;
            s = fail(err, SC_ERR_SERVICE, "%s: the reply of its batch endpoint is no JSON object", b->call.service->name);
        }
    }
    buffer_dispose(&page.body);
    return s;
}

static enum sc_status no_id(const struct batch *b, const char *what, struct sc_error *err)
{
    return fail(err, SC_ERR_SERVICE, "%s: its reply names no id of the %s", b->call.service->name, what);
}

/* ---- handing over ---- */

static enum sc_status check_file(const char *name, const struct batch_part *part, struct sc_error *err)
{
    struct stat st;

    if (stat(name, &st) || access(name, R_OK))
        return fail_errno(err, errno, "can't read '%s'", name);
    return (int64_t)st.st_size == part->bytes
               ? SC_OK : fail(err, SC_ERR_FORMAT, "'%s' has %lld bytes, not the %lld that were written", name,
                              (long long)st.st_size, (long long)part->bytes);
}

static enum sc_status upload(struct batch *b, int i, struct sc_error *err)
{
    struct batch_part *part = &b->state.parts[i];
    char *name = batch_file(b, i);
    const struct form form[] = {
        { .name = "purpose", .data = "batch", .size = 5 },
        { .name = "file", .path = name, .file = "requests.jsonl", .type = "application/jsonl" },
        { 0 },
    };
    const struct page_request request = { .path = "/files", .form = form };
    json_t *reply = NULL;
    enum sc_status s = name ? check_file(name, part, err) : fail_memory(err);

    if (!s && !(s = exchange_json(b, &request, true, &reply, err)) &&
        !batch_id(part->input, json_string_value(json_object_get(reply, "id"))))
        s = no_id(b, "file", err);
    if (!s) {
        part->step = BATCH_UPLOADED;
        s = batch_save(b, err);
    }
    json_decref(reply);
    free(name);
    return s;
}

static bool is_word(const char *status, const char *const *words)
{
    for (; *words; words++)
        if (!strcasecmp(status, *words))
            return true;
    return false;
}

/* What a batch object says of itself. */
static enum sc_status take_batch(struct batch *b, struct batch_part *part, const json_t *reply, struct sc_error *err)
{
    static const char *const over[] = { "completed", "failed", "expired", "cancelled", NULL };
    const char *status = json_string_value(json_object_get(reply, "status"));
    const json_t *counts = json_object_get(reply, "request_counts");
    const json_t *first = json_array_get(json_object_get(json_object_get(reply, "errors"), "data"), 0);
    const char *why = json_string_value(json_object_get(first, "message"));
    json_int_t completed = json_integer_value(json_object_get(counts, "completed"));
    json_int_t failed = json_integer_value(json_object_get(counts, "failed"));

    if (!batch_id(part->id, json_string_value(json_object_get(reply, "id"))) || !status)
        return no_id(b, "batch", err);
    client_one_line(part->status, sizeof part->status, status, strlen(status));
    client_one_line(part->why, sizeof part->why, why ? why : "", why ? strlen(why) : 0);
    failure_redact(part->why, b->call.key);
    part->n_completed = completed >= 0 && completed <= part->n_requests ? (int)completed : 0;
    part->n_failed = failed >= 0 && failed <= part->n_requests ? (int)failed : 0;
    if (!batch_id(part->output, json_string_value(json_object_get(reply, "output_file_id"))))
        part->output[0] = 0;
    if (!batch_id(part->errors, json_string_value(json_object_get(reply, "error_file_id"))))
        part->errors[0] = 0;
    part->step = is_word(part->status, over) ? BATCH_ENDED : BATCH_RUNNING;
    return batch_save(b, err);
}

/* Somebody, this program too, may have been cut off after the service had created it: then it is on the list, by the
 * file that was uploaded for it. */
static enum sc_status adopt(struct batch *b, struct batch_part *part, bool *found, struct sc_error *err)
{
    const struct page_request request = { .path = "/batches?limit=100" };
    json_t *reply = NULL, *item;
    size_t i;
    enum sc_status s = exchange_json(b, &request, true, &reply, err);

    *found = false;
    if (s)
        return fail_in(err, s, "whether a batch was created before is not known");
    json_array_foreach(json_object_get(reply, "data"), i, item) {
        const char *input = json_string_value(json_object_get(item, "input_file_id"));

        if (input && !strcmp(input, part->input)) {
            *found = true;
            s = take_batch(b, part, item, err);
            break;
        }
    }
    json_decref(reply);
    return s;
}

static enum sc_status create(struct batch *b, int i, struct sc_error *err)
{
    struct batch_part *part = &b->state.parts[i];
    struct body body = { 0 };
    const struct page_request request = { .path = "/batches", .body = &body };
    json_t *reply = NULL;
    bool found = false;
    enum sc_status s = SC_OK;

    if (part->step == BATCH_CREATING && ((s = adopt(b, part, &found, err)) || found))
        goto done;
    part->step = BATCH_CREATING;
    if ((s = batch_save(b, err)) ||
        (s = body_print(&body, err, "{\"input_file_id\":\"%s\",\"endpoint\":\"/v1%s\",\"completion_window\":\"" WINDOW
                        "\"}", part->input, dialect_of(&b->call)->path)) ||
        (s = exchange_json(b, &request, false, &reply, err)))
        goto done;
    s = take_batch(b, part, reply, err);
done:
    if (!s)
        remove_file(b, i);
    json_decref(reply);
    body_dispose(&body);
    return s;
}

enum sc_status batch_submit(struct batch *b, struct sc_error *err)
{
    enum sc_status s = end_file(b, err);
    int i;

    if (!s)
        s = batch_save(b, err);
    for (i = 0; i < b->state.n && !s; i++) {
        const struct batch_part *part = &b->state.parts[i];

        if (part->step == BATCH_WRITTEN)
            s = upload(b, i, err);
        if (!s && (part->step == BATCH_UPLOADED || part->step == BATCH_CREATING))
            s = create(b, i, err);
    }
    return s;
}

/* ---- afterwards ---- */

static enum sc_status ask_about(struct batch *b, struct batch_part *part, const char *end, struct body *body,
                                struct sc_error *err)
{
    char path[BATCH_ID_SIZE + 32];
    const struct page_request request = { .path = path, .body = body };
    json_t *reply = NULL;
    enum sc_status s;

    snprintf(path, sizeof path, "/batches/%s%s", part->id, end);
    if (!(s = exchange_json(b, &request, true, &reply, err)))
        s = take_batch(b, part, reply, err);
    json_decref(reply);
    return s;
}

enum sc_status batch_poll(struct batch *b, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < b->state.n && !s; i++)
        if (b->state.parts[i].step == BATCH_RUNNING)
            s = ask_about(b, &b->state.parts[i], "", NULL, err);
    return s;
}

/* Nobody has it, so there is nothing to fetch. */
static enum sc_status give_up(struct batch *b, int i, struct sc_error *err)
{
    struct batch_part *part = &b->state.parts[i];
    enum sc_status s;

    part->step = BATCH_FETCHED;
    snprintf(part->status, sizeof part->status, "cancelled");
    if (!(s = batch_save(b, err)))
        remove_file(b, i);
    return s;
}

static enum sc_status cancel_part(struct batch *b, int i, struct sc_error *err)
{
    struct batch_part *part = &b->state.parts[i];
    struct body body = { 0 };
    bool found = false;
    enum sc_status s = part->step == BATCH_CREATING ? adopt(b, part, &found, err) : SC_OK;

    if (!s && part->step < BATCH_RUNNING)
        return give_up(b, i, err);
    if (!s && part->step == BATCH_RUNNING && !(s = body_text(&body, "{}", err)))
        s = ask_about(b, part, "/cancel", &body, err);
    body_dispose(&body);
    return s;
}

enum sc_status batch_cancel(struct batch *b, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < b->state.n && !s; i++)
        s = cancel_part(b, i, err);
    return s;
}
