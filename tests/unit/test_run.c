/* Many questions at once: all answered, over few connections, within the limits that services tell. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/retry.h"
#include "client/run.h"
#include "tests/kit/crowd.h"

#define ANSWER "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%.40s\"}," \
               "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":2}}"

static struct services *services;

/* ---- the server: answers with the number in the question ---- */

struct script {
    int delay_ms;
    int refuse_first;        /* so many requests get a 429 */
    int most;                /* more than these at once get one */
    int drop_every;          /* connections break; 0: none */
    const char *headers;
    int64_t first_ms, last_ms; /* when requests came */
    char name[64];           /* the idempotency key of the first one */
    int refused, renamed;
};

static void serve(void *user, const struct crowd_request *request, struct crowd_reply *out)
{
    struct script *script = user;
    const char *question = strstr(request->body, "question ");
    char text[41] = "";

    script->first_ms = script->first_ms ? script->first_ms : retry_clock_ms();
    script->last_ms = retry_clock_ms();
    if (question)
        snprintf(text, sizeof text, "%.*s", (int)strcspn(question, "\"\\"), question);
    if (script->headers)
        snprintf(out->headers, sizeof out->headers, "%s", script->headers);
    out->delay_ms = script->delay_ms;
    out->drop = script->drop_every && request->number % script->drop_every == 0;
    if (request->number < script->refuse_first || (script->most && request->under_way > script->most)) {
        script->refused++;
        out->status = 429;
        out->delay_ms = 0;
        out->body = strdup("{\"error\":{\"message\":\"slower\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}");
        return;
    }
    assert_true(asprintf(&out->body, ANSWER, text) > 0);
}

/* ---- the questions ---- */

struct crew {
    const char *url;
    struct client_call call;
    int n, next, n_done, n_good, later;
    struct query *queries;
    struct query_part *parts;
    int *seen;
    struct client_pool *pool;
    enum sc_status last;
    struct sc_error err;
    int cancel_at;
    atomic_bool cancel;
    int tries;
};

static enum client_next next(void *user, struct client_question *out)
{
    struct crew *c = user;
    int i = c->next;

    if (i == c->n)
        return CLIENT_NEXT_NONE;
    if (c->later && c->later--)
        return CLIENT_NEXT_LATER;
    c->next++;
    c->parts[i] = (struct query_part){ .type = PART_TEXT };
    assert_true(asprintf(&c->parts[i].text, "question %d", i) > 0);
    c->queries[i] = (struct query){ .parts = &c->parts[i], .n_parts = 1 };
    *out = (struct client_question){ .call = c->call, .query = &c->queries[i], .user = &c->parts[i] };
    out->call.base_url = c->url;
    return CLIENT_NEXT_ONE;
}

static void done(void *user, struct client_question *question, enum sc_status status, struct client_answer *answer,
                 const struct sc_error *err)
{
    struct crew *c = user;
    struct query_part *part = question->user;

    c->n_done++;
    c->seen[part - c->parts]++;
    c->tries += answer->tries;
    if (!status && answer->text.size == strlen(part->text) && !memcmp(answer->text.data, part->text, answer->text.size))
        c->n_good++;
    else
        c->err = *err;
    c->last = status;
    free(part->text);
    if (c->cancel_at && c->n_done == c->cancel_at)
        atomic_store(&c->cancel, true);
}

static struct crew crew_of(int n, const char *service, const char *url)
{
    return (struct crew){
        .url = url, .n = n, .queries = calloc((size_t)n, sizeof(struct query)),
        .parts = calloc((size_t)n, sizeof(struct query_part)), .seen = calloc((size_t)n, sizeof(int)),
        .call = { .service = services_find(services, service), .model = "m", .key = "sk-1", .max_retries = 2,
                  .idle_timeout_s = 60 },
    };
}

static enum sc_status run_crew(struct crew *c, int in_flight, struct sc_error *err)
{
    const struct client_run run = { .pool = c->pool, .max_in_flight = in_flight, .cancel = &c->cancel, .next = next,
                                    .done = done, .user = c };

    return client_run(&run, err);
}

static void crew_dispose(struct crew *c)
{
    int i;

    for (i = 0; i < c->next; i++)
        assert_int_equal(c->seen[i], 1);
    free(c->queries);
    free(c->parts);
    free(c->seen);
}

/* ---- */

static void answers_all_over_few_connections(void **state)
{
    struct script script = { .delay_ms = 5 };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(200, "openai-compatible", crowd_url(server));
    struct sc_error err = { 0 };

    (void)state;
    c.later = 3;
    assert_int_equal(run_crew(&c, 8, &err), SC_OK);
    assert_int_equal(c.n_done, 200);
    assert_int_equal(c.n_good, 200);
    assert_int_equal(crowd_requests(server), 200);
    assert_in_range(crowd_connections(server), 1, 8);
    assert_in_range(crowd_most_under_way(server), 2, 8);
    crew_dispose(&c);
    crowd_stop(&server);
}

static void a_pool_keeps_connections_between_questions(void **state)
{
    struct script script = { 0 };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(5, "openai-compatible", crowd_url(server));
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(client_pool_open(&c.pool, &err), SC_OK);
    for (int i = 0; i < 5; i++) {
        struct client_question question = { 0 };
        struct client_answer answer;

        assert_int_equal(next(&c, &question), CLIENT_NEXT_ONE);
        question.call.pool = c.pool;
        assert_int_equal(client_ask(&question.call, question.query, &answer, &err), SC_OK);
        done(&c, &question, SC_OK, &answer, &err);
        client_answer_dispose(&answer);
    }
    assert_int_equal(c.n_good, 5);
    assert_int_equal(crowd_connections(server), 1);
    client_pool_close(&c.pool);
    crew_dispose(&c);
    crowd_stop(&server);
}

static void connections_that_break_cost_no_answer(void **state)
{
    struct script script = { .drop_every = 20 };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(40, "openai-compatible", crowd_url(server));
    struct sc_error err = { 0 };

    (void)state;
    c.call.max_retries = 8;
    assert_int_equal(run_crew(&c, 4, &err), SC_OK);
    assert_int_equal(c.n_good, 40);
    crew_dispose(&c);
    crowd_stop(&server);
}

/* 40 requests a second at most, 8 at once to begin with: 20 need 300 ms. */
static void keeps_to_the_requests_that_a_reply_allows(void **state)
{
    struct script script = { .headers = "x-ratelimit-limit-requests: 8\r\nx-ratelimit-remaining-requests: 0\r\n"
                                        "x-ratelimit-reset-requests: 200ms\r\n" };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(20, "openai-compatible", crowd_url(server));
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(run_crew(&c, 2, &err), SC_OK);
    assert_int_equal(c.n_good, 20);
    assert_int_equal(c.tries, 20);
    /* The first two are sent before anything is known. */
    assert_true(script.last_ms - script.first_ms >= 17 * 25);
    crew_dispose(&c);
    crowd_stop(&server);
}

static void keeps_to_the_limits_of_a_row(void **state)
{
    struct script script = { 0 };
    struct crowd *server = crowd_start(serve, &script);
    struct sc_error err = { 0 };
    struct services *own;
    struct crew c;

    (void)state;
    assert_int_equal(services_open(&own, "{\"services\": [{\"name\": \"slow\", \"limit_requests_a_minute\": 20,"
                                         "\"limit_in_flight\": 3}]}", &err), SC_OK);
    c = crew_of(25, "openai-compatible", crowd_url(server));
    c.call.service = services_find(own, "slow");
    c.n = 21;                /* 20 at once; the others come at one in 3 s */
    script.delay_ms = 10;
    assert_int_equal(run_crew(&c, 16, &err), SC_OK);
    assert_int_equal(c.n_good, 21);
    assert_in_range(crowd_most_under_way(server), 1, 3);
    assert_true(script.last_ms - script.first_ms >= 1500);
    crew_dispose(&c);
    services_close(&own);
    crowd_stop(&server);
}

static void finds_out_how_many_a_service_takes_at_once(void **state)
{
    struct script script = { .delay_ms = 20, .most = 4 };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(120, "openai-compatible", crowd_url(server));
    struct sc_error err = { 0 };

    (void)state;
    c.call.max_retries = 8;
    assert_int_equal(run_crew(&c, 32, &err), SC_OK);
    assert_int_equal(c.n_good, 120);
    /* The first 32 found out; afterwards one too many is tried now and then. */
    assert_true(script.refused < 32 + 60);
    crew_dispose(&c);
    crowd_stop(&server);
}

static void a_refusal_stops_the_others_too(void **state)
{
    struct script script = { .refuse_first = 1, .headers = "retry-after-ms: 300\r\n" };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(10, "openai-compatible", crowd_url(server));
    struct sc_error err = { 0 };

    (void)state;
    assert_int_equal(run_crew(&c, 1, &err), SC_OK);
    assert_int_equal(c.n_good, 10);
    assert_int_equal(crowd_requests(server), 11);
    assert_true(script.last_ms - script.first_ms >= 300);
    crew_dispose(&c);
    crowd_stop(&server);
}

/* Threads with one pool share its limits. */
struct asker {
    pthread_t thread;
    struct crew crew;
};

static void *ask_in_thread(void *user)
{
    struct asker *a = user;
    struct sc_error err = { 0 };

    a->crew.last = run_crew(&a->crew, 4, &err);
    return NULL;
}

static void threads_share_the_limits_of_their_pool(void **state)
{
    struct script script = { .delay_ms = 30 };
    struct crowd *server = crowd_start(serve, &script);
    struct client_pool *pool;
    struct asker askers[4];
    struct sc_error err = { 0 };
    struct services *own;

    (void)state;
    assert_int_equal(services_open(&own, "{\"services\": [{\"name\": \"slow\", \"limit_in_flight\": 3}]}", &err), SC_OK);
    assert_int_equal(client_pool_open(&pool, &err), SC_OK);
    for (int i = 0; i < 4; i++) {
        askers[i].crew = crew_of(6, "openai-compatible", crowd_url(server));
        askers[i].crew.pool = pool;
        askers[i].crew.call.service = services_find(own, "slow");
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_in_thread, &askers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(askers[i].thread, NULL);
        assert_int_equal(askers[i].crew.n_good, 6);
        crew_dispose(&askers[i].crew);
    }
    assert_in_range(crowd_most_under_way(server), 1, 3);
    client_pool_close(&pool);
    services_close(&own);
    crowd_stop(&server);
}

static void a_deadline_ends_a_wait_for_the_limits(void **state)
{
    struct script script = { .headers = "x-ratelimit-limit-requests: 1\r\nx-ratelimit-remaining-requests: 0\r\n"
                                        "x-ratelimit-reset-requests: 1h\r\n" };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(2, "openai-compatible", crowd_url(server));
    struct sc_error err = { 0 };
    int64_t began = retry_clock_ms();

    (void)state;
    c.call.deadline_s = 30;
    assert_int_equal(run_crew(&c, 1, &err), SC_OK);
    assert_int_equal(c.n_good, 1);
    assert_int_equal(c.last, SC_ERR_SERVICE);
    assert_non_null(strstr(c.err.text, "rate limit"));
    assert_true(retry_clock_ms() - began < 20000);
    crew_dispose(&c);
    crowd_stop(&server);
}

static void stops_at_once_when_cancelled(void **state)
{
    struct script script = { .delay_ms = 20 };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(1000, "openai-compatible", crowd_url(server));
    struct sc_error err = { 0 };

    (void)state;
    c.cancel_at = 10;
    assert_int_equal(run_crew(&c, 4, &err), SC_ERR_CANCELLED);
    assert_int_equal(c.last, SC_ERR_CANCELLED);
    assert_int_equal(c.n_done, c.next);
    assert_true(c.next < 30);
    crew_dispose(&c);
    crowd_stop(&server);
}

static void one_bad_question_harms_no_other(void **state)
{
    struct script script = { 0 };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(3, "openai", crowd_url(server));
    struct sc_error err = { 0 };

    (void)state;
    c.call.key = NULL;
    assert_int_equal(run_crew(&c, 2, &err), SC_OK);
    assert_int_equal(c.n_done, 3);
    assert_int_equal(c.last, SC_ERR_INVALID);
    assert_int_equal(crowd_requests(server), 0);
    crew_dispose(&c);
    crowd_stop(&server);
}

/* ---- answers from before ---- */

struct notebook {
    char ids[8][65];
    char *texts[8];
    int n, n_asked;
};

static bool find_note(void *user, const char *id, struct client_answer *out)
{
    struct notebook *book = user;

    book->n_asked++;
    for (int i = 0; i < book->n; i++)
        if (!strcmp(book->ids[i], id)) {
            out->remembered_s = 1;
            return !buffer_text(&out->text, book->texts[i], NULL);
        }
    return false;
}

static void keep_note(void *user, const char *id, const struct client_answer *answer)
{
    struct notebook *book = user;

    assert_true(book->n < 8);
    snprintf(book->ids[book->n], 65, "%s", id);
    book->texts[book->n++] = strdup((const char *)answer->text.data);
}

static void ask_again(struct crew *c, int n)
{
    struct sc_error err = { 0 };

    crew_dispose(c);
    *c = (struct crew){ .url = c->url, .n = n, .call = c->call, .pool = c->pool,
                        .queries = calloc(4, sizeof(struct query)), .parts = calloc(4, sizeof(struct query_part)),
                        .seen = calloc(4, sizeof(int)) };
    assert_int_equal(run_crew(c, 1, &err), SC_OK);
    assert_int_equal(c->n_done, n);
}

static void the_same_request_is_answered_from_before(void **state)
{
    struct script script = { 0 };
    struct crowd *server = crowd_start(serve, &script);
    struct crew c = crew_of(4, "openai-compatible", crowd_url(server));
    struct notebook book = { .n = 0 };
    const struct client_memory memory = { find_note, keep_note, &book };
    struct sc_error err = { 0 };
    int i;

    (void)state;
    assert_int_equal(client_pool_open(&c.pool, &err), SC_OK);
    client_pool_remember(c.pool, &memory);
    ask_again(&c, 2);
    assert_int_equal(crowd_requests(server), 2);
    assert_int_equal(book.n, 2);
    c.call.stream = true;    /* how it comes does not matter, */
    ask_again(&c, 3);
    assert_int_equal(crowd_requests(server), 3);
    assert_int_equal(c.n_good, 3);
    assert_int_equal(c.tries, 1);
    c.call.has_seed = true;  /* what is asked does, */
    ask_again(&c, 1);
    assert_int_equal(crowd_requests(server), 4);
    c.call.has_seed = false; /* and so does whom. */
    c.call.model = "n";
    ask_again(&c, 1);
    c.call.model = "m";
    c.call.service = services_find(services, "vllm");
    ask_again(&c, 1);
    assert_int_equal(crowd_requests(server), 6);
    c.call.service = services_find(services, "openai-compatible");
    c.call.no_memory = true;
    book.n_asked = 0;
    ask_again(&c, 1);
    assert_int_equal(crowd_requests(server), 7);
    assert_int_equal(book.n_asked, 0);
    assert_int_equal(book.n, 6);
    for (i = 0; i < book.n; i++)
        free(book.texts[i]);
    client_pool_close(&c.pool);
    crew_dispose(&c);
    crowd_stop(&server);
}

/* ---- the key of a request that is the same again ---- */

static void note_name(void *user, const struct crowd_request *request, struct crowd_reply *out)
{
    struct script *script = user;
    const char *line = strcasestr(request->head, "\r\nidempotency-key: ");

    assert_non_null(line);
    if (request->number == 0)
        snprintf(script->name, sizeof script->name, "%.32s", line + 19);
    else
        script->renamed += strncmp(script->name, line + 19, 32) != 0;
    script->refuse_first = request->number < 1;
    serve(user, request, out);
    if (request->number < 1)
        out->status = 500;
}

static void names_a_request_where_the_service_knows_such_names(void **state)
{
    struct script script = { 0 };
    struct crowd *server = crowd_start(note_name, &script);
    struct sc_error err = { 0 };
    struct services *own;
    struct crew c = crew_of(2, "openai-compatible", crowd_url(server));

    (void)state;
    assert_int_equal(services_open(&own, "{\"services\": [{\"name\": \"own\", \"idempotency_header\": "
                                         "\"Idempotency-Key\"}]}", &err), SC_OK);
    c.call.service = services_find(own, "own");
    c.n = 1;
    assert_int_equal(run_crew(&c, 1, &err), SC_OK);
    assert_int_equal(c.n_good, 1);
    assert_int_equal(crowd_requests(server), 2);
    assert_int_equal(script.renamed, 0);
    c.n = 2;
    assert_int_equal(run_crew(&c, 1, &err), SC_OK);
    assert_int_equal(script.renamed, 1); /* another request, another name */
    crew_dispose(&c);
    services_close(&own);
    crowd_stop(&server);
}

/* ---- the buckets themselves, with a clock of the test's ---- */

static int64_t take(struct limiter *l, struct limiter_share *share, int64_t tokens, const struct limits *known,
                    int64_t now_ms)
{
    *share = (struct limiter_share){ .tokens = tokens };
    return limiter_take(l, share, known, now_ms);
}

static void learns_limits_from_headers(void **state)
{
    const struct limits none = { 0 };
    struct reply_head head = { .status = 200, .requests = { 60, 59, 1000 }, .tokens = { 6000, 5000, 10000 } };
    struct limiter_share share, other;
    struct sc_error err = { 0 };
    struct limiter *l;

    (void)state;
    assert_int_equal(limiter_open(&l, &err), SC_OK);
    assert_int_equal(take(l, &share, 1000, &none, 0), 0);
    limiter_give(l, &share, &head, -1, 0);
    assert_int_equal(take(l, &share, 5000, &none, 0), 0);
    /* 100 tokens come in a second */
    assert_in_range(take(l, &other, 100, &none, 0), 999, 1002);
    assert_int_equal(take(l, &other, 100, &none, 1010), 0);
    /* More than there ever is waits until the bucket is full. */
    limiter_give(l, &share, NULL, -1, 1010);
    limiter_give(l, &other, NULL, -1, 1010);
    assert_in_range(take(l, &share, 99999, &none, 1010), 50000, 60100);
    assert_int_equal(take(l, &share, 99999, &none, 90000), 0);
    limiter_close(&l);
}

static void limits_without_a_reset_are_taken_for_a_minute(void **state)
{
    const struct limits none = { 0 };
    struct reply_head head = { .status = 200, .requests = { 60, 0, -1 }, .tokens = { -1, -1, -1 } };
    struct limiter_share share;
    struct sc_error err = { 0 };
    struct limiter *l;

    (void)state;
    assert_int_equal(limiter_open(&l, &err), SC_OK);
    assert_int_equal(take(l, &share, 0, &none, 0), 0);
    limiter_give(l, &share, &head, -1, 0);
    assert_in_range(take(l, &share, 0, &none, 0), 999, 1002);
    /* Nonsense is not learned. */
    head.requests = (struct rate_limit){ 10, 20, 5 };
    assert_int_equal(take(l, &share, 0, &none, 1001), 0);
    limiter_give(l, &share, &head, -1, 1001);
    assert_int_equal(take(l, &share, 0, &none, 2002), 0);
    limiter_close(&l);
}

static void forgets_the_place_that_was_not_used_for_longest(void **state)
{
    const struct limits one = { .in_flight = 1 };
    struct limiter_share share[LIMITER_PLACES + 2] = { 0 };
    struct sc_error err = { 0 };
    struct limiter *l;
    int i;

    (void)state;
    assert_int_equal(limiter_open(&l, &err), SC_OK);
    for (i = 0; i < LIMITER_PLACES; i++) {
        share[i].place[0] = (uint8_t)i;
        assert_int_equal(limiter_take(l, &share[i], &one, i), 0);
    }
    /* All are in use: one more is let through, and leaves nothing behind. */
    share[i].place[0] = (uint8_t)i;
    assert_int_equal(limiter_take(l, &share[i], &one, i), 0);
    limiter_give(l, &share[i], NULL, -1, i);
    limiter_give(l, &share[3], NULL, -1, i);
    assert_int_equal(limiter_take(l, &share[i], &one, i), 0);
    share[i + 1].place[0] = (uint8_t)i;
    assert_int_equal(limiter_take(l, &share[i + 1], &one, i), LIMITER_FULL);
    limiter_close(&l);
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
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_all_over_few_connections),
        cmocka_unit_test(a_pool_keeps_connections_between_questions),
        cmocka_unit_test(connections_that_break_cost_no_answer),
        cmocka_unit_test(keeps_to_the_requests_that_a_reply_allows),
        cmocka_unit_test(keeps_to_the_limits_of_a_row),
        cmocka_unit_test(finds_out_how_many_a_service_takes_at_once),
        cmocka_unit_test(a_refusal_stops_the_others_too),
        cmocka_unit_test(threads_share_the_limits_of_their_pool),
        cmocka_unit_test(a_deadline_ends_a_wait_for_the_limits),
        cmocka_unit_test(stops_at_once_when_cancelled),
        cmocka_unit_test(one_bad_question_harms_no_other),
        cmocka_unit_test(the_same_request_is_answered_from_before),
        cmocka_unit_test(names_a_request_where_the_service_knows_such_names),
        cmocka_unit_test(learns_limits_from_headers),
        cmocka_unit_test(limits_without_a_reset_are_taken_for_a_minute),
        cmocka_unit_test(forgets_the_place_that_was_not_used_for_longest),
    };

    return cmocka_run_group_tests_name("run", tests, set_up, tear_down);
}
