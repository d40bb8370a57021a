/* Whole calls to a real llama-server with a tiny Llama 4. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include <turbojpeg.h>

#include "client/client.h"
#include "client/dialects/dialect.h"
#include "client/json.h"
#include "client/retry.h"
#include "client/run.h"
#include "client/transport.h"
#include "client/url.h"
#include "tests/kit/llama_server.h"

#define CONTEXT 4096
#define MAX_PARTS 96

static struct llama_server *server, *locked; /* the second one asks for a key */
static struct services *services;

/* ---- queries ---- */

static struct query_part parts[MAX_PARTS];
static struct query query = { .system = "You describe videos.", .parts = parts };
static char labels[MAX_PARTS][32];

static void add_text(const char *text)
{
    parts[query.n_parts++] = (struct query_part){ .type = PART_TEXT, .text = (char *)text };
}

static void add_picture(int width, int height, uint32_t rgb)
{
    struct query_part *part = &parts[query.n_parts++];
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3);
    unsigned char *jpeg = NULL;
    unsigned long size = 0;
    tjhandle tj = tjInitCompress();
    int i;

    for (i = 0; i < width * height * 3; i++)
        pixels[i] = (uint8_t)((rgb >> (16 - i % 3 * 8)) + (uint32_t)(i / 97));
    assert_int_equal(tjCompress2(tj, pixels, width, 0, height, TJPF_RGB, &jpeg, &size, TJSAMP_420, 85, 0), 0);
    *part = (struct query_part){ .type = PART_IMAGE, .image = query.n_images++, .content_type = "image/jpeg" };
    assert_int_equal(buffer_add(&part->data, jpeg, size, NULL), SC_OK);
    tjFree(jpeg);
    tjDestroy(tj);
    free(pixels);
}

static void clear_query(void)
{
    int i;

    for (i = 0; i < query.n_parts; i++)
        buffer_dispose(&parts[i].data);
    query.n_parts = query.n_images = 0;
}

/* A label before each picture, the question last. */
static void make_query(int n_images, uint32_t first_rgb)
{
    int i;

    clear_query();
    for (i = 0; i < n_images; i++) {
        snprintf(labels[i], sizeof labels[i], "Frame at %d.0 s:", i);
        add_text(labels[i]);
        add_picture(320, 180, first_rgb + (uint32_t)i * 0x203040);
    }
    add_text("What changed?");
}

/* ---- calls ---- */

struct watch {
    int calls;
    bool kill, stop;
    atomic_bool cancel;
};

static void on_text(void *user, const char *text, size_t size)
{
    struct watch *w = user;

    assert_true(size > 0 && text[0]);
    w->calls++;
    if (w->kill)
        llama_server_kill(server);
    if (w->stop)
        atomic_store(&w->cancel, true);
}

static struct client_call call_to(const char *service, struct watch *w)
{
    return (struct client_call){
        .service = services_find(services, service), .base_url = server ? llama_server_url(server) : NULL,
        .model = "tiny-llama4", .stream = true, .max_output_tokens = 24, .has_temperature = true,
        .idle_timeout_s = 60, .max_retries = 2, .cancel = &w->cancel, .on_text = on_text, .user = w,
    };
}

static struct client_call call_or_skip(struct watch *w)
{
    if (!server)
        skip();
    return call_to("llama-server", w);
}

static void must(enum sc_status s, const struct sc_error *err)
{
    if (s)
        fail_msg("%s", err->text);
}

static void is_recognised(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct found_server found;
    struct sc_error err;

    (void)state;
    must(services_identify(services, call.base_url, NULL, &found, &err), &err);
    assert_string_equal(found.service->name, "llama-server");
    assert_string_equal(found.model, "tiny-llama4");
    assert_int_equal(found.context_tokens, CONTEXT);
    assert_true(found.has_vision_known && found.has_vision);
}

static void takes_pictures_between_words_and_bills_what_it_counted(void **state)
{
    static const int numbers[] = { 0, 1, 2, 5, 9 };
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    int64_t per_picture[5], tokens;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct client_answer answer;
        struct sc_error err;
        bool known;

        make_query(numbers[i], 0x102030);
        must(client_count_tokens(&call, &query, &tokens, &known, &err), &err);
        assert_true(known);
        call.stream = i % 2;
        must(client_ask(&call, &query, &answer, &err), &err);
        assert_int_equal(answer.prompt_tokens, tokens);
        assert_true(answer.output_tokens > 0 && answer.text.size > 0);
        assert_int_equal(answer.tries, 1);
        per_picture[i] = tokens;
        client_answer_dispose(&answer);
    }
    /* A picture within 336 x 336 is 146 tokens, and its label some. */
    assert_in_range(per_picture[1] - per_picture[0], 146 + 2, 146 + 20);
    assert_in_range(per_picture[4] - per_picture[0], 9 * (146 + 2), 9 * (146 + 20));
}

static void says_the_same_streamed_and_whole(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct client_answer streamed, whole;
    struct sc_error err;

    (void)state;
    make_query(3, 0x405060);
    must(client_ask(&call, &query, &streamed, &err), &err);
    assert_true(w.calls > 1);
    call.stream = false;
    w.calls = 0;
    must(client_ask(&call, &query, &whole, &err), &err);
    assert_int_equal(w.calls, 1);
    assert_string_equal(streamed.text.data, whole.text.data);
    assert_string_equal(streamed.finish, whole.finish);
    assert_int_equal(streamed.output_tokens, whole.output_tokens);
    client_answer_dispose(&streamed);
    client_answer_dispose(&whole);
}

static void sees_the_order_of_pictures(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct client_answer one, other;
    struct query_part first;
    struct sc_error err;

    (void)state;
    make_query(4, 0x405060);
    must(client_ask(&call, &query, &one, &err), &err);
    first = parts[1];
    parts[1] = parts[7];
    parts[7] = first;
    must(client_ask(&call, &query, &other, &err), &err);
    assert_int_equal(one.prompt_tokens, other.prompt_tokens);
    assert_string_not_equal(one.text.data, other.text.data);
    client_answer_dispose(&one);
    client_answer_dispose(&other);
}

/* The same pictures between the same words cost the same, streamed or not, whichever way it is asked; and where the
 * prompt is the same to the token, so is the answer. */
static void costs_the_same_in_every_dialect(void **state)
{
    static const char *const dialects[] = { "openai-chat", "openai-responses", "anthropic", "llama4-native" };
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    char *first = NULL;
    int64_t tokens = -1, counted;
    bool known;
    size_t i;

    (void)state;
    make_query(3, 0x305070);
    for (i = 0; i < 2 * sizeof dialects / sizeof *dialects; i++) {
        struct client_answer answer;
        struct sc_error err;

        call.dialect = dialect_find(dialects[i / 2]);
        call.stream = i % 2;
        must(client_count_tokens(&call, &query, &counted, &known, &err), &err);
        must(client_ask(&call, &query, &answer, &err), &err);
        tokens = tokens < 0 ? answer.prompt_tokens : tokens;
        first = first ? first : strdup((char *)answer.text.data);
        if (answer.prompt_tokens != tokens || (known && counted != tokens) || strcmp((char *)answer.text.data, first))
            fail_msg("%s: %lld tokens, counted %lld, not %lld: %s, not %s", dialects[i / 2],
                     (long long)answer.prompt_tokens, (long long)counted, (long long)tokens, answer.text.data, first);
        assert_int_equal(known, call.dialect->count_path != NULL);
        assert_true(answer.output_tokens > 0);
        client_answer_dispose(&answer);
    }
    free(first);
}

static void every_dialect_keeps_the_order_of_pictures(void **state)
{
    static const char *const dialects[] = { "openai-responses", "anthropic", "llama4-native" };
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        struct client_answer one, other;
        struct query_part first;
        struct sc_error err;

        call.dialect = dialect_find(dialects[i]);
        make_query(4, 0x405060);
        must(client_ask(&call, &query, &one, &err), &err);
        first = parts[1];
        parts[1] = parts[7];
        parts[7] = first;
        must(client_ask(&call, &query, &other, &err), &err);
        assert_int_equal(one.prompt_tokens, other.prompt_tokens);
        assert_string_not_equal(one.text.data, other.text.data);
        client_answer_dispose(&one);
        client_answer_dispose(&other);
    }
}

static void every_dialect_hears_that_the_context_is_exceeded(void **state)
{
    static const char *const dialects[] = { "openai-responses", "anthropic", "llama4-native" };
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    size_t i;

    (void)state;
    make_query(40, 0x405060);
    for (i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        struct client_answer answer;
        struct sc_error err;

        call.dialect = dialect_find(dialects[i]);
        assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_SERVICE);
        if (answer.class != CLIENT_TOO_LONG || answer.overshoot_tokens <= 0)
            fail_msg("%s: %s", dialects[i], err.text);
        client_answer_dispose(&answer);
    }
}

static void says_when_the_answer_is_cut(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct client_answer answer;
    struct sc_error err;

    (void)state;
    make_query(1, 0x405060);
    call.max_output_tokens = 2;
    must(client_ask(&call, &query, &answer, &err), &err);
    assert_string_equal(answer.finish, "length");
    assert_true(answer.incomplete);
    assert_string_equal(answer.why, "cut at the limit of the answer's length");
    client_answer_dispose(&answer);
}

static void refuses_a_corrupt_picture(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct client_answer answer;
    struct sc_error err;

    (void)state;
    make_query(2, 0x405060);
    memset(parts[3].data.data, 0x55, parts[3].data.size);
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_SERVICE);
    assert_int_equal(answer.class, CLIENT_BAD_REQUEST);
    assert_int_equal(answer.tries, 1);
    assert_string_equal(err.text, "llama-server: request refused (HTTP 400: Failed to load image or audio file)");
    client_answer_dispose(&answer);
}

static void says_by_how_much_the_context_is_exceeded(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct client_answer answer;
    struct sc_error err;
    int64_t tokens;
    bool known;

    (void)state;
    make_query(40, 0x405060);
    must(client_count_tokens(&call, &query, &tokens, &known, &err), &err);
    assert_true(known && tokens > CONTEXT);
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_SERVICE);
    assert_int_equal(answer.class, CLIENT_TOO_LONG);
    assert_int_equal(answer.overshoot_tokens, tokens - CONTEXT);
    assert_non_null(strstr(err.text, "llama-server: context too long by "));
    assert_non_null(strstr(err.text, " tokens; try --max-images (HTTP 400: "));
    client_answer_dispose(&answer);
}

static void reads_the_refusal_of_a_huge_body(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct client_answer answer;
    struct sc_error err;
    uint8_t *room;

    (void)state;
    make_query(1, 0x405060);
    room = buffer_room(&parts[1].data, 80 << 20, NULL);
    memset(room, 7, 80 << 20);
    parts[1].data.size += 80 << 20;
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_LIMIT);
    assert_int_equal(answer.tries, 0);
    client_answer_dispose(&answer);
    call.service = services_generic(services);
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_SERVICE);
    assert_int_equal(answer.class, CLIENT_TOO_LARGE);
    client_answer_dispose(&answer);
    clear_query();
}

/* ---- slots ---- */

static enum sc_status keep(void *user, const struct reply_head *head, const char *bytes, size_t size, bool *enough,
                           struct sc_error *err)
{
    (void)head, (void)enough;
    return buffer_add(user, bytes, size, err);
}

static bool is_a_slot_busy(const char *base)
{
    struct buffer page = { 0 };
    char *url = NULL;
    json_t *slots, *slot;
    bool busy = false;
    size_t i;

    assert_int_equal(url_at_root(base, "/slots", &url, NULL), SC_OK);
    assert_int_equal(transport_run(NULL, &(struct exchange){ .url = url, .on_bytes = keep, .user = &page }, 1, NULL, NULL),
                     SC_OK);
    slots = client_json((char *)page.data, page.size);
    assert_int_equal(json_array_size(slots), 2);
    json_array_foreach(slots, i, slot)
        busy |= json_is_true(json_object_get(slot, "is_processing"));
    json_decref(slots);
    buffer_dispose(&page);
    free(url);
    return busy;
}

static void frees_the_slot_when_cancelled(void **state)
{
    struct watch w = { .stop = true };
    struct client_call call = call_or_skip(&w);
    struct client_answer answer;
    struct sc_error err;
    int64_t began = retry_clock_ms(), ended;

    (void)state;
    make_query(3, 0x405060);
    call.max_output_tokens = 2000;
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_CANCELLED);
    ended = retry_clock_ms();
    assert_true(answer.incomplete && answer.text.size > 0);
    client_answer_dispose(&answer);
    while (is_a_slot_busy(call.base_url) && retry_clock_ms() - ended < 3000)
        assert_int_equal(retry_sleep(20, NULL, NULL), SC_OK);
    assert_false(is_a_slot_busy(call.base_url));
    assert_in_range(ended - began, 0, 20000);
}

/* ---- many questions ---- */

/* The same pictures in every dialect, streamed and whole in turn. */
struct crew {
    struct client_call call;
    int n, next, n_done, n_whole, n_cut, n_failed, kill_after;
    int64_t tokens;
    atomic_bool is_down;     /* killed, and not yet there again */
    pthread_t restarting;
    bool restarted;
};

static enum client_next next_of_crew(void *user, struct client_question *out)
{
    static const char *const dialects[] = { "openai-chat", "openai-responses", "anthropic", "llama4-native" };
    struct crew *c = user;

    if (c->next == c->n)
        return CLIENT_NEXT_NONE;
    if (atomic_load(&c->is_down))
        return CLIENT_NEXT_LATER;
    *out = (struct client_question){ .call = c->call, .query = &query };
    out->call.dialect = dialect_find(dialects[c->next % 4]);
    out->call.stream = c->next / 4 % 2;
    c->next++;
    return CLIENT_NEXT_ONE;
}

static void *restart(void *user)
{
    struct crew *c = user;

    c->restarted = llama_server_restart(server);
    atomic_store(&c->is_down, false);
    return NULL;
}

static void done_of_crew(void *user, struct client_question *question, enum sc_status status,
                         struct client_answer *answer, const struct sc_error *err)
{
    struct crew *c = user;
    bool is_cut = !status && answer->class == CLIENT_CUT_OFF;

    c->n_done++;
    if (is_cut)
        assert_true(answer->incomplete && answer->text.size && answer->tries == 1);
    else if (!status && answer->prompt_tokens == c->tokens && answer->text.size)
        c->n_whole++;
    else if (status != SC_ERR_NETWORK && status != SC_ERR_SERVICE)
        fail_msg("%s: status %d, %lld tokens: %s", question->call.dialect->name, status,
                 (long long)answer->prompt_tokens, status ? err->text : answer->why);
    c->n_cut += is_cut;
    c->n_failed += status != SC_OK;
    if (c->n_done != c->kill_after)
        return;
    atomic_store(&c->is_down, true);
    llama_server_kill(server);
    assert_int_equal(pthread_create(&c->restarting, NULL, restart, c), 0);
}

static struct crew run_crew(const struct client_call *call, int n, int kill_after)
{
    struct crew c = { .call = *call, .n = n, .kill_after = kill_after };
    struct client_run run = { .max_in_flight = 4, .next = next_of_crew, .done = done_of_crew, .user = &c };
    struct sc_error err;
    bool known;

    make_query(3, 0x305070);
    must(client_count_tokens(call, &query, &c.tokens, &known, &err), &err);
    assert_true(known);
    c.call.on_text = NULL;
    must(client_run(&run, &err), &err);
    assert_int_equal(c.n_done, n);
    return c;
}

static void answers_four_at_once_in_every_dialect(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct crew c = run_crew(&call, 16, 0);

    (void)state;
    assert_int_equal(c.n_whole, 16);
}

/* What was under way is answered later, kept as far as it came, or reported; all that comes after is answered. */
static void goes_on_when_the_server_was_killed_and_is_back(void **state)
{
    struct watch w = { 0 };
    struct client_call call = call_or_skip(&w);
    struct crew c = run_crew(&call, 20, 4);

    (void)state;
    pthread_join(c.restarting, NULL);
    assert_true(c.restarted);
    if (c.n_whole + c.n_cut + c.n_failed != 20 || c.n_cut + c.n_failed > 4)
        fail_msg("%d whole, %d cut off, %d failed", c.n_whole, c.n_cut, c.n_failed);
}

static void keeps_the_text_when_the_server_is_killed(void **state)
{
    struct watch w = { .kill = true };
    struct client_call call = call_or_skip(&w);
    struct client_answer answer;
    struct sc_error err;

    (void)state;
    make_query(3, 0x405060);
    call.max_output_tokens = 2000;
    must(client_ask(&call, &query, &answer, &err), &err);
    assert_true(answer.incomplete);
    assert_int_equal(answer.class, CLIENT_CUT_OFF);
    assert_true(answer.text.size > 0);
    assert_string_equal(answer.finish, "");
    assert_int_equal(answer.tries, 1);
    client_answer_dispose(&answer);
    /* And now nobody is there. */
    w.kill = false;
    call.max_retries = 0;
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_NETWORK);
    client_answer_dispose(&answer);
    llama_server_stop(&server);
}

static void wants_the_right_key(void **state)
{
    struct watch w = { 0 };
    struct client_call call;
    struct client_answer answer;
    struct found_server found;
    struct sc_error err;

    (void)state;
    locked = server ? llama_server_start(CONTEXT, "sesame-4711") : NULL;
    if (!locked)
        skip();
    call = call_to("llama-server", &w);
    call.base_url = llama_server_url(locked);
    make_query(1, 0x405060);
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_SERVICE);
    assert_int_equal(answer.class, CLIENT_AUTH);
    assert_string_equal(err.text, "llama-server: wants a key; set LLAMA_API_KEY (HTTP 401: Invalid API Key)");
    client_answer_dispose(&answer);
    call.key = "sesame-4712";
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_SERVICE);
    assert_string_equal(err.text, "llama-server: key refused; check LLAMA_API_KEY (HTTP 401: Invalid API Key)");
    client_answer_dispose(&answer);
    call.key = "sesame-4711";
    must(client_ask(&call, &query, &answer, &err), &err);
    client_answer_dispose(&answer);
    must(services_identify(services, call.base_url, NULL, &found, &err), &err);
    assert_string_equal(found.service->name, "openai-compatible"); /* it tells strangers nothing */
    must(services_identify(services, call.base_url, call.key, &found, &err), &err);
    assert_string_equal(found.service->name, "llama-server");
    assert_int_equal(found.context_tokens, CONTEXT);
    llama_server_stop(&locked);
}

static int open_all(void **state)
{
    (void)state;
    server = llama_server_start(CONTEXT, NULL);
    return services_open(&services, NULL, NULL);
}

static int close_all(void **state)
{
    (void)state;
    clear_query();
    llama_server_stop(&server);
    llama_server_stop(&locked);
    services_close(&services);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_recognised),
        cmocka_unit_test(takes_pictures_between_words_and_bills_what_it_counted),
        cmocka_unit_test(says_the_same_streamed_and_whole),
        cmocka_unit_test(sees_the_order_of_pictures),
        cmocka_unit_test(costs_the_same_in_every_dialect),
        cmocka_unit_test(every_dialect_keeps_the_order_of_pictures),
        cmocka_unit_test(every_dialect_hears_that_the_context_is_exceeded),
        cmocka_unit_test(says_when_the_answer_is_cut),
        cmocka_unit_test(refuses_a_corrupt_picture),
        cmocka_unit_test(says_by_how_much_the_context_is_exceeded),
        cmocka_unit_test(reads_the_refusal_of_a_huge_body),
        cmocka_unit_test(wants_the_right_key),
        cmocka_unit_test(frees_the_slot_when_cancelled),
        cmocka_unit_test(answers_four_at_once_in_every_dialect),
        cmocka_unit_test(goes_on_when_the_server_was_killed_and_is_back),
        cmocka_unit_test(keeps_the_text_when_the_server_is_killed),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
