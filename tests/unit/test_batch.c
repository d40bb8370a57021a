/* Batches against a scripted service: whole, in several files, through crashes, expired, cancelled, partly failed. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "client/batch.h"
#include "tests/kit/crowd.h"

#define KEY "sk-batch-0123456789"
#define MAX_FILES 8

static struct services *services;

/* ---- the service: files, batches, results ---- */

struct stored { char *text; char id[32]; };

struct fake {
    struct stored files[MAX_FILES];
    int n_files, n_batches, n_creates, n_lists;
    char inputs[MAX_FILES][32]; /* of each batch */
    const char *status;      /* of every batch, when asked about */
    const char *results, *errors; /* NULL: none */
    bool drop_upload, drop_create, fail_poll; /* once each */
    char boundary_seen[64];
};

static char *piece(const char *from, size_t size)
{
    char *copy = strndup(from, size);

    assert_non_null(copy);
    return copy;
}

static void upload(struct fake *f, const struct crowd_request *request, struct crowd_reply *out)
{
    const char *body = strstr(request->body, "application/jsonl\r\n\r\n"), *end = NULL;

    assert_non_null(strstr(request->body, "name=\"purpose\"\r\n\r\nbatch\r\n"));
    assert_non_null(strcasestr(request->head, "Content-Type: multipart/form-data; boundary="));
    assert_non_null(body);
    body += strlen("application/jsonl\r\n\r\n");
    end = strstr(body, "\r\n--");
    assert_non_null(end);
    assert_true(f->n_files < MAX_FILES);
    snprintf(f->files[f->n_files].id, sizeof f->files[0].id, "file-%d", f->n_files);
    f->files[f->n_files].text = piece(body, (size_t)(end - body));
    assert_true(asprintf(&out->body, "{\"id\":\"file-%d\",\"object\":\"file\"}", f->n_files) > 0);
    f->n_files++;
    out->drop = f->drop_upload;
    f->drop_upload = false;
}

static char *batch_json(const struct fake *f, int i)
{
    char *text = NULL;

    assert_true(asprintf(&text, "{\"id\":\"batch_%d\",\"object\":\"batch\",\"status\":\"%s\",\"input_file_id\":\"%s\","
                         "\"output_file_id\":%s,\"error_file_id\":%s,\"request_counts\":{\"total\":3,\"completed\":2,"
                         "\"failed\":1},\"errors\":{\"object\":\"list\",\"data\":[{\"code\":\"x\",\"message\":"
                         "\"line 1: bad\\u001b[31m " KEY "\",\"param\":null,\"line\":1}]}}", i, f->status, f->inputs[i],
                         f->results ? "\"out-1\"" : "null", f->errors ? "\"err-1\"" : "null") > 0);
    return text;
}

static void create(struct fake *f, const struct crowd_request *request, struct crowd_reply *out)
{
    const char *input = strstr(request->body, "\"input_file_id\":\"");

    assert_non_null(input);
    assert_non_null(strstr(request->body, "\"endpoint\":\"/v1/chat/completions\""));
    assert_non_null(strstr(request->body, "\"completion_window\":\"24h\""));
    snprintf(f->inputs[f->n_batches], sizeof f->inputs[0], "%.*s", (int)strcspn(input + 17, "\""), input + 17);
    out->body = batch_json(f, f->n_batches++);
    f->n_creates++;
    out->drop = f->drop_create;
    f->drop_create = false;
}

static void list(struct fake *f, struct crowd_reply *out)
{
    char *text = strdup("{\"object\":\"list\",\"data\":["), *longer;
    int i;

    f->n_lists++;
    for (i = 0; i < f->n_batches; i++) {
        char *one = batch_json(f, i);

        assert_true(asprintf(&longer, "%s%s%s", text, i ? "," : "", one) > 0);
        free(one);
        free(text);
        text = longer;
    }
    assert_true(asprintf(&out->body, "%s]}", text) > 0);
    free(text);
}

static void serve(void *user, const struct crowd_request *request, struct crowd_reply *out)
{
    struct fake *f = user;
    bool post = !strcmp(request->method, "POST");
    int i;

    assert_non_null(strstr(request->head, "Authorization: Bearer " KEY));
    if (post && !strcmp(request->path, "/v1/files")) {
        upload(f, request, out);
    } else if (post && !strcmp(request->path, "/v1/batches")) {
        create(f, request, out);
    } else if (!strcmp(request->path, "/v1/batches?limit=100")) {
        list(f, out);
    } else if (sscanf(request->path, "/v1/batches/batch_%d", &i) == 1) {
        if (strstr(request->path, "/cancel"))
            f->status = "cancelling";
        out->status = f->fail_poll ? 503 : 200;
        f->fail_poll = false;
        out->body = batch_json(f, i);
    } else if (!strcmp(request->path, "/v1/files/out-1/content")) {
        out->body = strdup(f->results);
    } else if (!strcmp(request->path, "/v1/files/err-1/content")) {
        out->body = strdup(f->errors);
    } else {
        out->status = 404;
    }
}

static void fake_dispose(struct fake *f)
{
    while (f->n_files)
        free(f->files[--f->n_files].text);
}

/* ---- questions and answers ---- */

static struct query_part part = { .type = PART_TEXT };
static struct query query = { .parts = &part, .n_parts = 1 };

static struct client_call call_of(const char *url)
{
    return (struct client_call){ .service = services_find(services, "openai"), .base_url = url, .model = "gpt-4.1-mini",
                                 .key = KEY, .stream = true, .max_output_tokens = 50, .max_retries = 2,
                                 .idle_timeout_s = 60 };
}

static void add(struct batch *b, const char *id, const char *question)
{
    struct sc_error err = { 0 };

    part.text = (char *)question;
    assert_int_equal(batch_add(b, id, &query, &err), SC_OK);
}

struct told { char all[1024]; int n; enum client_class last; };

static enum sc_status answered(void *user, const char *id, enum sc_status status, struct client_answer *answer,
                               const struct sc_error *err)
{
    struct told *told = user;
    size_t n = strlen(told->all);

    snprintf(told->all + n, sizeof told->all - n, "%s=%s;", id,
             status ? err->text : answer->text.data ? (char *)answer->text.data : "");
    told->n++;
    told->last = answer->class;
    return SC_OK;
}

#define REPLY(id, text) "{\"id\":\"r\",\"custom_id\":\"" id "\",\"response\":{\"status_code\":200,\"body\":{\"choices\":[{" \
    "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" text "\"},\"finish_reason\":\"stop\"}],\"usage\":{" \
    "\"prompt_tokens\":9,\"completion_tokens\":1}}},\"error\":null}\n"
#define REFUSED(id) "{\"custom_id\":\"" id "\",\"response\":{\"status_code\":400,\"body\":{\"error\":{\"message\":\"no such " \
    "picture " KEY "\",\"type\":\"invalid_request_error\"}}},\"error\":null}\n"
#define EXPIRED(id) "{\"custom_id\":\"" id "\",\"response\":null,\"error\":{\"code\":\"batch_expired\",\"message\":" \
    "\"This request could not be executed before the completion window expired.\"}}\n"

static const char path[] = "run.batch";

static void start_anew(void)
{
    assert_int_equal(system("rm -f run.batch*"), 0);
}

static int n_left(void)
{
    return system("test -z \"$(ls run.batch.*.jsonl run.batch.new* 2>/dev/null)\"");
}

static void goes_the_whole_way(void **state)
{
    struct fake fake = { .status = "in_progress", .results = REPLY("b", "two") REPLY("a", "one\\u001b[31m"),
                         .errors = REFUSED("c") };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server));
    struct told told = { .n = 0 };
    struct sc_error err = { 0 };
    struct batch *b;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first \"question\"\n of two lines");
    add(b, "b", "second");
    add(b, "c", "third");
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(n_left(), 0);
    assert_int_equal(batch_get(b)->n, 1);
    assert_int_equal(batch_get(b)->parts[0].step, BATCH_RUNNING);
    batch_close(&b);
    assert_string_equal(fake.files[0].text,
        "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"gpt-4.1-mini\","
        "\"messages\":[{\"role\":\"user\",\"content\":\"first \\\"question\\\"\\n of two lines\"}],"
        "\"max_completion_tokens\":50,\"store\":false}}\n"
        "{\"custom_id\":\"b\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"gpt-4.1-mini\","
        "\"messages\":[{\"role\":\"user\",\"content\":\"second\"}],\"max_completion_tokens\":50,\"store\":false}}\n"
        "{\"custom_id\":\"c\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"gpt-4.1-mini\","
        "\"messages\":[{\"role\":\"user\",\"content\":\"third\"}],\"max_completion_tokens\":50,\"store\":false}}\n");

    /* Another day, another process. */
    assert_int_equal(batch_open(&b, path, &call, &err), SC_OK);
    assert_int_equal(batch_submit(b, &err), SC_OK);
    fake.fail_poll = true;
    assert_int_equal(batch_poll(b, &err), SC_OK);
    assert_int_equal(batch_fetch(b, answered, &told, &err), SC_OK);
    assert_int_equal(told.n, 0);
    assert_int_equal(batch_get(b)->parts[0].n_completed, 2);
    fake.status = "completed";
    assert_int_equal(batch_poll(b, &err), SC_OK);
    assert_false(batch_is_over(b));
    assert_int_equal(batch_fetch(b, answered, &told, &err), SC_OK);
    assert_int_equal(told.n, 3);
    assert_non_null(strstr(told.all, "b=two;a=one[31m;c=openai: "));
    assert_non_null(strstr(told.all, "no such picture ***"));
    assert_true(batch_is_over(b));
    assert_int_equal(batch_fetch(b, answered, &told, &err), SC_OK);
    assert_int_equal(told.n, 3);
    assert_int_equal(fake.n_creates, 1);
    assert_int_equal(batch_remove(b, &err), SC_OK);
    batch_close(&b);
    assert_int_equal(system("test -z \"$(ls run.batch* 2>/dev/null)\""), 0);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static void an_answer_that_was_lost_creates_nothing_twice(void **state)
{
    struct fake fake = { .status = "validating", .drop_upload = true, .drop_create = true };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server));
    struct sc_error err = { 0 };
    struct batch *b;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first");
    assert_int_equal(batch_submit(b, &err), SC_ERR_NETWORK);
    assert_int_equal(batch_get(b)->parts[0].step, BATCH_CREATING);
    batch_close(&b);         /* as if it had been killed */
    assert_int_equal(fake.n_creates, 1);
    assert_int_equal(batch_open(&b, path, &call, &err), SC_OK);
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(fake.n_creates, 1);
    assert_int_equal(fake.n_lists, 1);
    assert_string_equal(batch_get(b)->parts[0].id, "batch_0");
    batch_close(&b);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static void an_interrupted_creation_that_never_arrived_is_made_up_for(void **state)
{
    struct fake fake = { .status = "validating" };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server));
    struct sc_error err = { 0 };
    struct batch_state known;
    struct batch *b;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first");
    assert_int_equal(batch_submit(b, &err), SC_OK);
    batch_close(&b);
    fake.n_batches = 0;      /* the service knows of none */
    assert_int_equal(batch_state_read(path, &known, &err), SC_OK);
    known.parts[0].step = BATCH_CREATING;
    known.parts[0].id[0] = 0;
    assert_int_equal(batch_state_write(path, &known, &err), SC_OK);
    batch_state_dispose(&known);
    assert_int_equal(batch_open(&b, path, &call, &err), SC_OK);
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(fake.n_creates, 2);
    assert_int_equal(batch_get(b)->parts[0].step, BATCH_RUNNING);
    batch_close(&b);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static void large_batches_are_several_files(void **state)
{
    struct fake fake = { .status = "completed" };
    struct crowd *server = crowd_start(serve, &fake);
    struct sc_error err = { 0 };
    struct services *own;
    struct client_call call;
    struct batch *b;
    char id[16];
    int i;

    (void)state;
    start_anew();
    assert_int_equal(services_open(&own, "{\"services\": [{\"name\": \"small\", \"batch_bytes\": 400,"
                                         "\"batch_requests\": 3}]}", &err), SC_OK);
    call = call_of(crowd_url(server));
    call.service = services_find(own, "small");
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    for (i = 0; i < 7; i++) {
        snprintf(id, sizeof id, "q%d", i);
        add(b, id, i < 4 ? "?" : "a question that takes more room than the others, so that two are the most");
    }
    part.text = (char *)"word word word word word word word word word word word word word word word word word word word "
                        "word word word word word word word word word word word word word word word word word word "
                        "word word word word word word word word word word word word word word word word word word ";
    assert_int_equal(batch_add(b, "huge", &query, &err), SC_ERR_LIMIT);
    assert_int_equal(batch_submit(b, &err), SC_OK);
    for (i = 0; i < fake.n_files; i++)
        assert_true(strlen(fake.files[i].text) <= 400);
    assert_int_equal(fake.n_files, batch_get(b)->n);
    assert_in_range(fake.n_files, 4, 5);
    assert_int_equal(fake.n_creates, fake.n_files);
    batch_close(&b);
    services_close(&own);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static void no_file_has_more_than_50000_lines(void **state)
{
    struct fake fake = { .status = "completed" };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server));
    struct sc_error err = { 0 };
    struct batch *b;
    char id[16];
    int i;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    for (i = 0; i < 50001; i++) {
        snprintf(id, sizeof id, "q%d", i);
        add(b, id, "?");
    }
    assert_int_equal(batch_get(b)->n, 2);
    assert_int_equal(batch_get(b)->parts[0].n_requests, 50000);
    assert_int_equal(batch_get(b)->parts[1].n_requests, 1);
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(fake.n_creates, 2);
    assert_non_null(strstr(fake.files[0].text, "\"q49999\""));
    assert_non_null(strstr(fake.files[1].text, "\"q50000\""));
    batch_close(&b);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static void what_was_not_handed_over_is_written_anew(void **state)
{
    struct client_call call = call_of("http://127.0.0.1:1");
    struct sc_error err = { 0 };
    struct batch *b;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first");
    batch_close(&b);         /* as if it had been killed */
    assert_int_not_equal(n_left(), 0);
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    assert_int_equal(n_left(), 0);
    add(b, "a", "first");
    assert_int_equal(batch_submit(b, &err), SC_ERR_NETWORK);
    batch_close(&b);
    assert_int_equal(batch_open(&b, path, &call, &err), SC_OK);
    assert_int_equal(batch_cancel(b, &err), SC_OK);
    assert_true(batch_is_over(b));
    assert_string_equal(batch_get(b)->parts[0].status, "cancelled");
    assert_int_equal(n_left(), 0);
    batch_close(&b);
}

static void what_expired_may_be_asked_again(void **state)
{
    struct fake fake = { .status = "expired", .results = REPLY("a", "one"), .errors = EXPIRED("b") };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server));
    struct told told = { .n = 0 };
    struct sc_error err = { 0 };
    struct batch *b;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first");
    add(b, "b", "second");
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(batch_fetch(b, answered, &told, &err), SC_OK);
    assert_int_equal(told.n, 2);
    assert_int_equal(told.last, CLIENT_TRANSIENT);
    assert_true(batch_is_over(b));
    batch_close(&b);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static void a_failed_one_says_why(void **state)
{
    struct fake fake = { .status = "failed" };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server));
    struct told told = { .n = 0 };
    struct sc_error err = { 0 };
    struct batch *b;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first");
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(batch_fetch(b, answered, &told, &err), SC_OK);
    assert_int_equal(told.n, 0);
    assert_true(batch_is_over(b));
    assert_string_equal(batch_get(b)->parts[0].why, "line 1: bad[31m ***");
    batch_close(&b);
    assert_int_equal(system("grep -q '" KEY "' run.batch"), 256);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static void can_be_cancelled(void **state)
{
    struct fake fake = { .status = "in_progress" };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server));
    struct sc_error err = { 0 };
    struct batch *b;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first");
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(batch_cancel(b, &err), SC_OK);
    assert_string_equal(batch_get(b)->parts[0].status, "cancelling");
    fake.status = "cancelled";
    assert_int_equal(batch_poll(b, &err), SC_OK);
    assert_int_equal(batch_get(b)->parts[0].step, BATCH_ENDED);
    batch_close(&b);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static enum sc_status stop_at_second(void *user, const char *id, enum sc_status status, struct client_answer *answer,
                                     const struct sc_error *err)
{
    struct told *told = user;

    answered(user, id, status, answer, err);
    return told->n == 2 ? SC_ERR_IO : SC_OK;
}

static void answers_that_could_not_be_kept_come_again(void **state)
{
    struct fake fake = { .status = "completed", .results = REPLY("a", "one") REPLY("b", "two") REPLY("c", "three") };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server));
    struct told told = { .n = 0 };
    struct sc_error err = { 0 };
    struct batch *b;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first");
    add(b, "b", "second");
    add(b, "c", "third");
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(batch_fetch(b, stop_at_second, &told, &err), SC_ERR_IO);
    batch_close(&b);
    told.n = 0;
    assert_int_equal(batch_open(&b, path, &call, &err), SC_OK);
    assert_int_equal(batch_fetch(b, answered, &told, &err), SC_OK);
    assert_int_equal(told.n, 3);
    batch_close(&b);
    fake.results = "no JSON\n";
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    add(b, "a", "first");
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(batch_fetch(b, answered, &told, &err), SC_ERR_SERVICE);
    assert_non_null(strstr(err.text, "line 1"));
    batch_close(&b);
    crowd_stop(&server);
    fake_dispose(&fake);
}

static void refuses_what_is_not_its_own(void **state)
{
    struct fake fake = { .status = "in_progress" };
    struct crowd *server = crowd_start(serve, &fake);
    struct client_call call = call_of(crowd_url(server)), other = call;
    struct sc_error err = { 0 };
    struct batch *b, *second;

    (void)state;
    start_anew();
    assert_int_equal(batch_new(&b, path, &call, &err), SC_OK);
    assert_int_equal(batch_add(b, "", &query, &err), SC_ERR_INVALID);
    assert_int_equal(batch_add(b, "a b", &query, &err), SC_ERR_INVALID);
    assert_int_equal(batch_add(b, "a\"b", &query, &err), SC_ERR_INVALID);
    add(b, "a", "first");
    assert_int_equal(batch_submit(b, &err), SC_OK);
    assert_int_equal(batch_open(&second, path, &call, &err), SC_ERR_IO);
    assert_null(second);
    batch_close(&b);
    assert_int_equal(batch_new(&b, path, &call, &err), SC_ERR_INVALID);
    other.model = "gpt-4.1";
    assert_int_equal(batch_open(&b, path, &other, &err), SC_ERR_INVALID);
    other = call;
    other.service = services_find(services, "anthropic");
    assert_int_equal(batch_open(&b, path, &other, &err), SC_ERR_INVALID);
    assert_int_equal(batch_open(&b, "nothing.batch", &call, &err), SC_ERR_IO);
    assert_int_equal(system("rm -f nothing.batch.lock; echo '{}' >run.batch"), 0);
    assert_int_equal(batch_open(&b, path, &call, &err), SC_ERR_FORMAT);
    assert_null(b);
    crowd_stop(&server);
    fake_dispose(&fake);
}

/* Of two parts each, one fetched, one running; the second time nothing is new. */
static void what_runs_elsewhere_is_joined(void **state)
{
    struct batch_part parts[] = {
        { .step = BATCH_FETCHED, .n_requests = 1, .input = "f1", .id = "b1" },
        { .step = BATCH_RUNNING, .n_requests = 2, .input = "f2", .id = "b2" },
    };
    struct batch_state theirs = { .service = (char *)"s", .base_url = (char *)"http://x", .dialect = (char *)"openai-chat",
                                  .model = (char *)"m", .made_s = 50, .parts = parts, .n = 2 }, joined;
    struct sc_error err;
    int i;

    (void)state;
    start_anew();
    assert_int_equal(batch_state_write("other.batch", &theirs, NULL), SC_OK);
    for (i = 0; i < 2; i++) {
        assert_int_equal(batch_join(path, "other.batch", &err), SC_OK);
        assert_int_equal(batch_state_read(path, &joined, NULL), SC_OK);
        assert_int_equal(joined.n, 1);
        assert_string_equal(joined.parts[0].id, "b2");
        assert_int_equal(joined.parts[0].n_requests, 2);
        batch_state_dispose(&joined);
    }
    snprintf(parts[1].id, sizeof parts[1].id, "b3");
    theirs.made_s = 40;
    assert_int_equal(batch_state_write("other.batch", &theirs, NULL), SC_OK);
    assert_int_equal(batch_join(path, "other.batch", NULL), SC_OK);
    assert_int_equal(batch_state_read(path, &joined, NULL), SC_OK);
    assert_int_equal(joined.n, 2);
    assert_int_equal(joined.made_s, 40);
    batch_state_dispose(&joined);

    theirs.model = (char *)"another";
    assert_int_equal(batch_state_write("other.batch", &theirs, NULL), SC_OK);
    assert_int_equal(batch_join(path, "other.batch", &err), SC_ERR_INVALID);
    parts[1].step = BATCH_CREATING;
    assert_int_equal(batch_state_write("other.batch", &theirs, NULL), SC_OK);
    assert_int_equal(batch_join(path, "other.batch", &err), SC_ERR_INVALID);
    assert_non_null(strstr(err.text, "not handed over"));
    unlink("other.batch");
    unlink("other.batch.lock");
}

static void reads_no_state_that_is_none(void **state)
{
    static const char *const bad[] = {
        "", "[]", "{}", "{\"seechange_batch\":2}",
        "{\"seechange_batch\":1,\"service\":\"a\",\"base_url\":\"b\",\"dialect\":\"c\",\"model\":\"d\",\"made_s\":1,"
        "\"parts\":[{\"step\":\"running\"}]}",
        /* running, but by which id? */
        "{\"seechange_batch\":1,\"service\":\"a\",\"base_url\":\"b\",\"dialect\":\"c\",\"model\":\"d\",\"made_s\":1,"
        "\"parts\":[{\"step\":\"running\",\"requests\":1,\"bytes\":1,\"input_file\":\"f\",\"batch\":\"\",\"status\":\"\","
        "\"completed\":0,\"failed\":0,\"output_file\":\"\",\"error_file\":\"\",\"why\":\"\"}]}",
        /* an id that would be another path */
        "{\"seechange_batch\":1,\"service\":\"a\",\"base_url\":\"b\",\"dialect\":\"c\",\"model\":\"d\",\"made_s\":1,"
        "\"parts\":[{\"step\":\"running\",\"requests\":1,\"bytes\":1,\"input_file\":\"f\",\"batch\":\"../x\","
        "\"status\":\"\",\"completed\":0,\"failed\":0,\"output_file\":\"\",\"error_file\":\"\",\"why\":\"\"}]}",
    };
    struct batch_state read;
    struct sc_error err = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(batch_state_parse(bad[i], strlen(bad[i]), &read, &err), SC_ERR_FORMAT);
        batch_state_dispose(&read);
    }
}

static int set_up(void **state)
{
    struct sc_error err = { 0 };

    (void)state;
    return services_open(&services, NULL, &err);
}

static int tear_down(void **state)
{
    (void)state;
    services_close(&services);
    start_anew();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_the_whole_way),
        cmocka_unit_test(an_answer_that_was_lost_creates_nothing_twice),
        cmocka_unit_test(an_interrupted_creation_that_never_arrived_is_made_up_for),
        cmocka_unit_test(large_batches_are_several_files),
        cmocka_unit_test(no_file_has_more_than_50000_lines),
        cmocka_unit_test(what_was_not_handed_over_is_written_anew),
        cmocka_unit_test(what_expired_may_be_asked_again),
        cmocka_unit_test(a_failed_one_says_why),
        cmocka_unit_test(can_be_cancelled),
        cmocka_unit_test(answers_that_could_not_be_kept_come_again),
        cmocka_unit_test(refuses_what_is_not_its_own),
        cmocka_unit_test(what_runs_elsewhere_is_joined),
        cmocka_unit_test(reads_no_state_that_is_none),
    };

    return cmocka_run_group_tests_name("batch", tests, set_up, tear_down);
}
