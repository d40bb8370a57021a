/* One query over HTTP: the exact request, every way in which a reply can come or fail, retries, keys. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/client.h"
#include "client/retry.h"
#include "tests/kit/http_server.h"

#define KEY "sk-test-0123456789"
#define HEAD(status, type) "HTTP/1.1 " status "\r\nContent-Type: " type "\r\nConnection: close\r\n"
#define EVENTS HEAD("200 OK", "text/event-stream") "\r\n"
#define JSON HEAD("200 OK", "application/json") "\r\n"
#define DELTA(text) "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]," \
                    "\"usage\":null}\n\n"
#define FINISH(why) "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" why "\"}],\"usage\":null}\n\n"
#define USAGE "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":2," \
              "\"prompt_tokens_details\":{\"cached_tokens\":5}}}\n\n"
#define DONE "data: [DONE]\n\n"
#define GOOD EVENTS DELTA("Hel") DELTA("lo") FINISH("stop") USAGE DONE
#define WHOLE "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello\",\"refusal\":null}," \
              "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":2," \
              "\"prompt_tokens_details\":{\"cached_tokens\":5}}}"

static struct services *services;

/* ---- a query, and a call that notes what it is told ---- */

static struct query_part parts[3];
static struct query query = { .system = "Look.", .parts = parts, .n_parts = 3, .n_images = 1 };

static void make_query(void)
{
    static uint8_t jpeg[] = { 0xFF, 0xD8, 0xFF, 0xD9 };

    parts[0] = (struct query_part){ .type = PART_TEXT, .text = "Frame 1 at \"0\":\n" };
    parts[1] = (struct query_part){ .type = PART_IMAGE, .detail = DETAIL_HIGH, .content_type = "image/jpeg",
                                    .data = { .data = jpeg, .size = sizeof jpeg } };
    parts[2] = (struct query_part){ .type = PART_TEXT, .text = "What changed?" };
}

struct notes {
    struct buffer text;
    int calls, waits;
    int64_t waited_ms;
    atomic_bool cancel;
    bool cancel_at_text, cancel_at_wait;
};

static void note_text(void *user, const char *text, size_t size)
{
    struct notes *n = user;

    n->calls++;
    assert_int_equal(buffer_add(&n->text, text, size, NULL), SC_OK);
    if (n->cancel_at_text)
        atomic_store(&n->cancel, true);
}

static void note_wait(void *user, const char *why, int64_t wait_ms)
{
    struct notes *n = user;

    assert_true(*why && wait_ms >= 0);
    n->waits++;
    n->waited_ms += wait_ms;
    if (n->cancel_at_wait)
        atomic_store(&n->cancel, true);
}

static struct client_call call_of(const char *service, const char *url, struct notes *notes)
{
    return (struct client_call){
        .service = services_find(services, service), .base_url = url, .model = "m", .key = KEY, .stream = true,
        .max_output_tokens = 64, .idle_timeout_s = 20, .max_retries = 2, .cancel = &notes->cancel,
        .on_text = note_text, .on_wait = note_wait, .user = notes,
    };
}

static const char *text_of(const struct buffer *b)
{
    return b->data ? (const char *)b->data : "";
}

/* One call to a server with this script; what came of it. Nobody ever sees the key. */
struct result {
    enum sc_status status;
    struct sc_error err;
    struct client_answer answer;
    struct notes notes;
    int requests;
    char *bodies[4], *heads[4];
    int64_t times_ms[4], took_ms;
};

static struct result ask_as(const struct client_call *settings, const struct http_reply *script, int n)
{
    struct result r = { 0 };
    struct http_server *server = http_server_start(script, n);
    struct client_call call = *settings;
    int64_t began = retry_clock_ms();
    int i;

    call.base_url = http_server_url(server);
    r.notes.cancel_at_text = ((struct notes *)settings->user)->cancel_at_text;
    r.notes.cancel_at_wait = ((struct notes *)settings->user)->cancel_at_wait;
    call.user = &r.notes;
    call.cancel = &r.notes.cancel;
    r.status = client_ask(&call, &query, &r.answer, &r.err);
    r.took_ms = retry_clock_ms() - began;
    r.requests = http_server_count(server);
    for (i = 0; i < r.requests && i < 4; i++) {
        const struct http_request *request = http_server_request(server, i);

        r.heads[i] = strdup(request->head);
        r.bodies[i] = strdup(request->body);
        r.times_ms[i] = request->time_ms;
        assert_null(strstr(request->body, KEY));
    }
    http_server_stop(&server);
    assert_null(strstr(r.err.text, KEY));
    assert_null(strstr(r.answer.why, KEY));
    assert_null(strchr(r.err.text, '\n'));
    assert_string_equal(text_of(&r.answer.text), text_of(&r.notes.text));
    return r;
}

static struct result ask(const char *service, const struct http_reply *script, int n)
{
    struct notes notes = { 0 };
    struct client_call call = call_of(service, NULL, &notes);

    return ask_as(&call, script, n);
}

static void result_dispose(struct result *r)
{
    int i;

    client_answer_dispose(&r->answer);
    buffer_dispose(&r->notes.text);
    for (i = 0; i < 4; i++) {
        free(r->heads[i]);
        free(r->bodies[i]);
    }
}

/* ---- the request ---- */

static const char generic_body[] =
    "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Look.\"},{\"role\":\"user\",\"content\":["
    "{\"type\":\"text\",\"text\":\"Frame 1 at \\\"0\\\":\\n\"},"
    "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,/9j/2Q==\"}},"
    "{\"type\":\"text\",\"text\":\"What changed?\"}]}],\"max_tokens\":64,\"stream\":true,"
    "\"stream_options\":{\"include_usage\":true}}";

static const char openai_body[] =
    "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Look.\"},{\"role\":\"user\",\"content\":["
    "{\"type\":\"text\",\"text\":\"Frame 1 at \\\"0\\\":\\n\"},"
    "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,/9j/2Q==\",\"detail\":\"high\"}},"
    "{\"type\":\"text\",\"text\":\"What changed?\"}]}],\"max_completion_tokens\":64,\"temperature\":0.2,\"seed\":7,"
    "\"store\":false,\"stream\":true,\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":false}}";

static void sends_the_exact_request(void **state)
{
    const struct http_reply script[] = { { .bytes = GOOD } };
    struct result r = ask("openai-compatible", script, 1);

    (void)state;
    assert_int_equal(r.status, SC_OK);
    assert_int_equal(r.requests, 1);
    assert_string_equal(r.bodies[0], generic_body);
    assert_memory_equal(r.heads[0], "POST /v1/chat/completions HTTP/1.1\r\n", 36);
    assert_non_null(strstr(r.heads[0], "\r\nAuthorization: Bearer " KEY "\r\n"));
    assert_non_null(strstr(r.heads[0], "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(r.heads[0], "\r\nAccept: text/event-stream, application/json\r\n"));
    assert_non_null(strstr(r.heads[0], "\r\nUser-Agent: seechange/"));
    assert_non_null(strstr(r.heads[0], "\r\nContent-Length: "));
    assert_null(strcasestr(r.heads[0], "expect:"));
    assert_null(strcasestr(r.heads[0], "accept-encoding:"));
    assert_null(strcasestr(r.heads[0], "transfer-encoding:"));
    result_dispose(&r);
}

static void asks_each_service_in_its_own_words(void **state)
{
    const struct http_reply script[] = { { .bytes = GOOD } };
    struct notes notes = { 0 };
    struct client_call call = call_of("openai", NULL, &notes);
    struct result r;

    (void)state;
    call.has_temperature = call.has_seed = true;
    call.temperature = 0.2;
    call.seed = 7;
    r = ask_as(&call, script, 1);
    assert_int_equal(r.status, SC_OK);
    assert_string_equal(r.bodies[0], openai_body);
    result_dispose(&r);
    call.service = services_find(services, "azure");
    r = ask_as(&call, script, 1);
    assert_non_null(strstr(r.heads[0], "\r\napi-key: " KEY "\r\n"));
    assert_null(strstr(r.heads[0], "Authorization"));
    result_dispose(&r);
}

static void writes_a_single_text_as_a_string(void **state)
{
    struct query_part only[] = { { .type = PART_TEXT, .text = "Hi" } };
    const struct query plain = { .parts = only, .n_parts = 1 };
    struct client_call call = { .service = services_generic(services) };
    int64_t size = 0;
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    (void)state;
    assert_int_equal(client_write_body(&call, &plain, f, &size, NULL), SC_OK);
    fclose(f);
    assert_string_equal(text, "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    assert_int_equal(size, n);
    free(text);
}

static void writes_the_body_that_it_would_send(void **state)
{
    struct notes notes = { 0 };
    struct client_call call = call_of("openai-compatible", NULL, &notes);
    int64_t size = 0, counted = 0;
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    (void)state;
    assert_int_equal(client_write_body(&call, &query, f, &size, NULL), SC_OK);
    fclose(f);
    assert_string_equal(text, generic_body);
    assert_int_equal(size, n);
    assert_int_equal(client_write_body(&call, &query, NULL, &counted, NULL), SC_OK);
    assert_int_equal(counted, size);
    free(text);
}

static void refuses_pictures_that_are_not_there(void **state)
{
    struct query_part part[] = { { .type = PART_IMAGE, .image = 2 } };
    const struct query empty = { .parts = part, .n_parts = 1, .n_images = 1 };
    struct client_call call = { .service = services_generic(services) };
    struct sc_error err;

    (void)state;
    assert_int_equal(client_write_body(&call, &empty, NULL, NULL, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "image 3 of the query has not been rendered");
}

static void sends_large_pictures_whole(void **state)
{
    const struct http_reply script[] = { { .bytes = GOOD } };
    struct query_part old = parts[1];
    struct notes notes = { 0 };
    struct client_call call = call_of("openai-compatible", NULL, &notes);
    uint8_t *big = malloc(5000001);
    int64_t size;
    struct result r;
    size_t i;

    (void)state;
    for (i = 0; i < 5000001; i++)
        big[i] = (uint8_t)(i * i >> 7);
    parts[1].data = (struct buffer){ .data = big, .size = 5000001 };
    assert_int_equal(client_write_body(&call, &query, NULL, &size, NULL), SC_OK);
    r = ask_as(&call, script, 1);
    assert_int_equal(r.status, SC_OK);
    assert_int_equal(strlen(r.bodies[0]), size);
    assert_null(strcasestr(r.heads[0], "expect:"));
    parts[1] = old;
    free(big);
    result_dispose(&r);
}

/* ---- replies ---- */

#define OK SC_OK
#define FAILS SC_ERR_SERVICE
#define CUT "the service stopped in the middle"

static const struct {
    const char *name, *bytes;
    enum sc_status status;
    enum client_class class;
    const char *text, *finish;
    bool incomplete, refused;
    int64_t prompt;          /* tokens said */
    const char *words;       /* of err, or of answer.why */
} replies[] = {
    { "streamed", GOOD, OK, CLIENT_FINE, "Hello", "stop", false, false, 20, "" },
    { "comments and names of events",
      EVENTS ": OPENROUTER PROCESSING\n\n:\n\nevent: x\n" DELTA("Hello") ":\n\n" FINISH("stop") USAGE DONE,
      OK, CLIENT_FINE, "Hello", "stop", false, false, 20, "" },
    { "first chunk without choices, null and missing content",
      EVENTS "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n"
      "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null,\"refusal\":null}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"\"}]}\n\n" DELTA("Hello") FINISH("stop") USAGE DONE,
      OK, CLIENT_FINE, "Hello", "stop", false, false, 20, "" },
    { "usage in every chunk: the last one counts",
      EVENTS "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}],\"usage\":{\"prompt_tokens\":9}}\n\n"
      FINISH("stop") USAGE DONE, OK, CLIENT_FINE, "Hello", "stop", false, false, 20, "" },
    { "usage of Groq's own", EVENTS DELTA("Hello")
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"x_groq\":{\"usage\":{\"prompt_tokens\":31}}}\n\n"
      DONE, OK, CLIENT_FINE, "Hello", "stop", false, false, 31, "" },
    { "no usage, no DONE", EVENTS DELTA("Hello") FINISH("stop"), OK, CLIENT_FINE, "Hello", "stop", false, false, -1,
      "" },
    { "DONE without a reason", EVENTS DELTA("Hello") DONE, OK, CLIENT_FINE, "Hello", "", false, false, -1, "" },
    { "nothing behind DONE counts", EVENTS DELTA("Hello") FINISH("stop") DONE DELTA("!"), OK, CLIENT_FINE, "Hello",
      "stop", false, false, -1, "" },
    { "thoughts are left out",
      EVENTS "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\",\"reasoning_content\":\"hm\"}}]}\n\n" DELTA("Hello")
      FINISH("stop") DONE, OK, CLIENT_FINE, "Hello", "stop", false, false, -1, "" },
    { "text as parts", EVENTS
      "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"Hello\"}]}}]}\n\n" FINISH("stop") DONE,
      OK, CLIENT_FINE, "Hello", "stop", false, false, -1, "" },
    { "control characters", EVENTS DELTA("a\\u001b[31m\\tb\\r\\n\\u0000c\\u007f\\u009b\\b") FINISH("stop") DONE,
      OK, CLIENT_FINE, "a[31m\tb\nc", "stop", false, false, -1, "" },
    { "letters of several bytes, lone surrogates, bad bytes",
      EVENTS DELTA("\xC3\xA9\xE6\x97\xA5 \\ud83d\\ude00 \\ud83d| \\ude00| \xFF|") FINISH("stop") DONE, OK, CLIENT_FINE,
      "\xC3\xA9\xE6\x97\xA5 \xF0\x9F\x98\x80 \xEF\xBF\xBD| \xEF\xBF\xBD| \xEF\xBF\xBD|", "stop", false, false, -1, "" },
    { "cut by length", EVENTS DELTA("Hel") FINISH("length") USAGE DONE, OK, CLIENT_FINE, "Hel", "length", true, false,
      20, "cut at the limit of the answer's length" },
    { "unknown reason", EVENTS DELTA("Hel") FINISH("abort") DONE, OK, CLIENT_FINE, "Hel", "abort", true, false, -1,
      "ended with 'abort'" },
    { "filtered", EVENTS DELTA("Hel") FINISH("content_filter") DONE, OK, CLIENT_REFUSED, "Hel", "content_filter", true,
      true, -1, "a content filter stopped the answer" },
    { "refused", EVENTS "data: {\"choices\":[{\"delta\":{\"refusal\":\"I can't\"}}]}\n\n" FINISH("stop") DONE, OK,
      CLIENT_REFUSED, "I can't", "stop", false, true, -1, "the model refused" },
    { "refused, whole", JSON "{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"I can't\"},"
      "\"finish_reason\":\"stop\"}]}", OK, CLIENT_REFUSED, "I can't", "stop", false, true, -1, "the model refused" },
    { "whole though a stream was asked", JSON WHOLE, OK, CLIENT_FINE, "Hello", "stop", false, false, 20, "" },
    { "whole, called a stream", EVENTS "\r\n " WHOLE, OK, CLIENT_FINE, "Hello", "stop", false, false, 20, "" },
    { "whole, cut by length", JSON "{\"choices\":[{\"message\":{\"content\":\"Hel\"},\"finish_reason\":\"length\"}]}",
      OK, CLIENT_FINE, "Hel", "length", true, false, -1, "cut at the limit of the answer's length" },
    { "stream without a type", HEAD("200 OK", "") "\r\n" DELTA("Hello") FINISH("stop") DONE, OK, CLIENT_FINE, "Hello",
      "stop", false, false, -1, "" },
    { "chunked", HEAD("200 OK", "text/event-stream") "Transfer-Encoding: chunked\r\n\r\n"
      "e\r\ndata: {\"choice\r\n28\r\ns\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\ndat\r\nC\r\na: [DONE]\n\n\n\r\n0\r\n\r\n",
      OK, CLIENT_FINE, "Hello", "", false, false, -1, "" },
    { "broken off by the service", EVENTS DELTA("Hel"), OK, CLIENT_CUT_OFF, "Hel", "", true, false, -1, CUT },
    { "broken off in an event", EVENTS DELTA("Hel") "data: {\"choices\":[{\"delta\":{\"conte", OK, CLIENT_CUT_OFF, "Hel",
      "", true, false, -1, CUT },
    { "closed behind a whole event", EVENTS DELTA("Hel") "data: {\"choices\":[{\"delta\":{\"content\":\"lo\"},"
      "\"finish_reason\":\"stop\"}]}", OK, CLIENT_FINE, "Hello", "stop", false, false, -1, "" },
    { "broken off before an answer", EVENTS ":\n\n", SC_ERR_NETWORK, CLIENT_CUT_OFF, "", "", false, false, -1,
      "openai-compatible: the connection was closed before an answer came" },
    { "empty", EVENTS, SC_ERR_NETWORK, CLIENT_CUT_OFF, "", "", false, false, -1,
      "openai-compatible: the connection was closed before an answer came" },
    { "fewer bytes than promised", HEAD("200 OK", "text/event-stream") "Content-Length: 9999\r\n\r\n" DELTA("Hel"), OK,
      CLIENT_CUT_OFF, "Hel", "", true, false, -1, "broke off" },
    { "whole, broken off", HEAD("200 OK", "application/json") "Content-Length: 9999\r\n\r\n{\"choi", SC_ERR_NETWORK,
      CLIENT_CUT_OFF, "", "", false, false, -1, "broke off" },
    { "error with 200", JSON "{\"error\":{\"message\":\"no vision\",\"code\":400}}", FAILS, CLIENT_BAD_REQUEST, "", "",
      false, false, -1, "openai-compatible: request refused (HTTP 400: no vision)" },
    { "error as text with 200", JSON "{\"error\":\"model 'x' not found\"}", FAILS, CLIENT_BAD_REQUEST, "", "", false,
      false, -1, "openai-compatible: request refused (model 'x' not found)" },
    { "error event at once", EVENTS "event: error\ndata: {\"error\":{\"message\":\"bad picture\",\"code\":\"x\"}}\n\n", FAILS,
      CLIENT_BAD_REQUEST, "", "", false, false, -1, "openai-compatible: request refused (bad picture)" },
    { "error event without an object", EVENTS DELTA("Hel") "event: error\ndata: \"oops\"\n\n", FAILS, CLIENT_CUT_OFF, "Hel",
      "", true, false, -1, "openai-compatible: the answer broke off" },
    { "error in the middle", EVENTS DELTA("Hel")
      "data: {\"error\":{\"message\":\"provider died\",\"code\":502},\"choices\":[{\"finish_reason\":\"error\"}]}\n\n" DONE,
      FAILS, CLIENT_CUT_OFF, "Hel", "error", true, false, -1,
      "openai-compatible: the answer broke off (HTTP 502: provider died)" },
    { "error as a reason", EVENTS DELTA("Hel") FINISH("error") DONE, FAILS, CLIENT_CUT_OFF, "Hel", "error", true, false,
      -1, "openai-compatible: the answer broke off" },
    { "no JSON in an event", EVENTS DELTA("Hel") "data: <html>\n\n" DONE, FAILS, CLIENT_CUT_OFF, "Hel", "", true, false,
      -1, "openai-compatible: an event of the reply is no JSON" },
    { "a page with 200", HEAD("200 OK", "text/html") "\r\n<html><b>Welcome</b>", FAILS, CLIENT_BAD_REQUEST, "", "", false,
      false, -1, "openai-compatible: request refused (HTTP 200: the reply is no answer but 'text/html')" },
    { "JSON of another kind", JSON "{\"hello\":1}", FAILS, CLIENT_BAD_REQUEST, "", "", false, false, -1,
      "openai-compatible: the reply holds no answer" },
    { "JSON cut off", JSON "{\"choices\":[", FAILS, CLIENT_BAD_REQUEST, "", "", false, false, -1,
      "openai-compatible: the reply is no JSON" },
    { "redirect", "HTTP/1.1 307 Go\r\nLocation: https://evil.example/x?a=" KEY "\r\nContent-Length: 0\r\n\r\n", FAILS,
      CLIENT_BAD_REQUEST, "", "", false, false, -1,
      "openai-compatible: request refused (HTTP 307: redirected to 'evil.example', which is not followed)" },
    { "key in a message", HEAD("401 No", "application/json") "\r\n{\"error\":{\"message\":\"bad key " KEY "\"}}", FAILS,
      CLIENT_AUTH, "", "", false, false, -1,
      "openai-compatible: key refused; check SEECHANGE_API_KEY (HTTP 401: bad key ***)" },
    { "not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "", false, false, -1,
      "openai-compatible: no answer from" },
};

static void check_reply(size_t i, int piece)
{
    const struct http_reply script[] = { { .bytes = replies[i].bytes, .piece = piece } };
    struct result r = ask("openai-compatible", script, 1);
    const char *words = r.status ? r.err.text : r.answer.why;

    if (r.status != replies[i].status || r.answer.class != replies[i].class ||
        strcmp(text_of(&r.answer.text), replies[i].text) || strcmp(r.answer.finish, replies[i].finish) ||
        r.answer.incomplete != replies[i].incomplete || r.answer.refused != replies[i].refused ||
        r.answer.prompt_tokens != replies[i].prompt || !strstr(words, replies[i].words) ||
        (!replies[i].words[0] && *words) || r.requests != 1)
        fail_msg("%s, %d bytes at a time: status %d, class %d, text '%s', finish '%s', incomplete %d, refused %d, "
                 "prompt %lld, '%s', %d requests", replies[i].name, piece, r.status, r.answer.class,
                 text_of(&r.answer.text), r.answer.finish, r.answer.incomplete, r.answer.refused,
                 (long long)r.answer.prompt_tokens, words, r.requests);
    result_dispose(&r);
}

static void reads_every_reply_whole_and_in_pieces(void **state)
{
    static const int sizes[] = { 0, 1, 7 };
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof replies / sizeof *replies; i++)
        for (k = 0; k < 3; k++)
            check_reply(i, sizes[k]);
}

static void reads_usage_and_hands_text_over_as_it_comes(void **state)
{
    const struct http_reply script[] = { { .bytes = GOOD } };
    struct result r = ask("openai-compatible", script, 1);

    (void)state;
    assert_int_equal(r.notes.calls, 2);
    assert_int_equal(r.answer.prompt_tokens, 20);
    assert_int_equal(r.answer.output_tokens, 2);
    assert_int_equal(r.answer.cached_tokens, 5);
    assert_int_equal(r.answer.http_status, 200);
    assert_int_equal(r.answer.tries, 1);
    result_dispose(&r);
}

static void asks_whole_when_told_so(void **state)
{
    const struct http_reply script[] = { { .bytes = JSON WHOLE } };
    struct notes notes = { 0 };
    struct client_call call = call_of("openai-compatible", NULL, &notes);
    struct result r;

    (void)state;
    call.stream = false;
    r = ask_as(&call, script, 1);
    assert_int_equal(r.status, SC_OK);
    assert_string_equal(text_of(&r.answer.text), "Hello");
    assert_null(strstr(r.bodies[0], "stream"));
    assert_non_null(strstr(r.heads[0], "\r\nAccept: application/json\r\n"));
    result_dispose(&r);
}

static void keeps_the_text_when_cut_at_any_byte(void **state)
{
    static const char reply[] = EVENTS DELTA("Hel") DELTA("lo") FINISH("stop") DONE;
    size_t head = strlen(EVENTS), first = head + strlen(DELTA("Hel")), at;

    (void)state;
    for (at = head + 1; at <= sizeof reply - 1; at++) {
        const struct http_reply script[] = { { .bytes = reply, .size = at, .end = HTTP_RESET } };
        struct result r = ask("openai-compatible", script, 1);
        const char *text = text_of(&r.answer.text);

        assert_int_equal(r.requests, 1);
        assert_false(strncmp("Hello", text, strlen(text)));
        if (!r.status && !r.answer.incomplete)
            assert_string_equal(text, "Hello");
        /* A reset may overtake what was sent before it, but what is told is told. */
        if (r.status)
            assert_string_equal(text, "");
        if (at < first - 2)
            assert_int_equal(r.status, SC_ERR_NETWORK);
        result_dispose(&r);
    }
}

/* ---- retries ---- */

#define BUSY HEAD("429 Slow", "application/json") "retry-after-ms: 60\r\nretry-after: 40\r\n\r\n" \
             "{\"error\":{\"message\":\"slow down\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}"
#define QUOTA HEAD("429 No", "application/json") "retry-after-ms: 1\r\nx-should-retry: true\r\n\r\n" \
              "{\"error\":{\"message\":\"no money\",\"code\":\"insufficient_quota\"}}"
#define SOON "retry-after-ms: 5\r\n"

static const struct {
    const char *name;
    struct http_reply script[4];
    int n, requests;
    enum sc_status status;
    enum client_class class;
    const char *words;
} retries[] = {
    { "rate limit", { { .bytes = BUSY }, { .bytes = GOOD } }, 2, 2, OK, CLIENT_FINE, "" },
    { "twice", { { .bytes = BUSY }, { .bytes = BUSY }, { .bytes = GOOD } }, 3, 3, OK, CLIENT_FINE, "" },
    { "three times is enough", { { .bytes = BUSY }, { .bytes = BUSY }, { .bytes = BUSY }, { .bytes = GOOD } }, 4, 3,
      FAILS, CLIENT_TRANSIENT, "rate limit after 3 tries; try again later (HTTP 429: slow down)" },
    { "no money", { { .bytes = QUOTA }, { .bytes = GOOD } }, 2, 1, FAILS, CLIENT_QUOTA, "out of credit or quota" },
    { "told not to", { { .bytes = HEAD("500 No", "") "x-should-retry: false\r\n" SOON "\r\n" }, { .bytes = GOOD } }, 2, 1,
      FAILS, CLIENT_TRANSIENT, "no answer after 1 try" },
    { "told to", { { .bytes = HEAD("400 No", "") "x-should-retry: true\r\n" SOON "\r\n" }, { .bytes = GOOD } }, 2, 2, OK,
      CLIENT_FINE, "" },
    { "a proxy's page", { { .bytes = HEAD("502 No", "text/html") SOON "\r\n<html>" }, { .bytes = GOOD } }, 2, 2, OK,
      CLIENT_FINE, "" },
    { "bad request", { { .bytes = HEAD("400 No", "") SOON "\r\n{\"error\":\"no\"}" }, { .bytes = GOOD } }, 2, 1, FAILS,
      CLIENT_BAD_REQUEST, "request refused (HTTP 400: no)" },
    { "closed without a word", { { .bytes = "H", .size = 1, .end = HTTP_RESET }, { .bytes = GOOD } }, 2, 2, OK,
      CLIENT_FINE, "" },
    { "not after an answer began", { { .bytes = EVENTS DELTA("Hel"), .end = HTTP_RESET }, { .bytes = GOOD } }, 2, 1, OK,
      CLIENT_CUT_OFF, "" },
    { "not after an error inside an answer",
      { { .bytes = EVENTS "data: {\"error\":{\"message\":\"x\",\"code\":502}}\n\n" }, { .bytes = GOOD } }, 2, 1, FAILS,
      CLIENT_TRANSIENT, "" },
    { "loading, more often than twice",
      { { .bytes = HEAD("503 No", "") SOON "\r\n{\"error\":{\"message\":\"Loading model\"}}" },
        { .bytes = HEAD("503 No", "") SOON "\r\n{\"error\":{\"message\":\"Loading model\"}}" },
        { .bytes = HEAD("503 No", "") SOON "\r\n{\"error\":{\"message\":\"Loading model\"}}" }, { .bytes = GOOD } }, 4, 4,
      OK, CLIENT_FINE, "" },
    { "stream_options unknown", { { .bytes = HEAD("400 No", "") "\r\n{\"error\":\"unknown field stream_options\"}" },
      { .bytes = GOOD } }, 2, 2, OK, CLIENT_FINE, "" },
    { "max_tokens unknown", { { .bytes = HEAD("400 No", "") "\r\n{\"error\":{\"message\":\"Unsupported parameter: "
      "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.\",\"param\":\"max_tokens\","
      "\"code\":\"unsupported_parameter\"}}" }, { .bytes = GOOD } }, 2, 2, OK, CLIENT_FINE, "" },
    { "both", { { .bytes = HEAD("400 No", "") "\r\n{\"error\":\"stream_options: Extra inputs are not permitted\"}" },
      { .bytes = HEAD("422 No", "") "\r\n{\"detail\":[{\"msg\":\"unknown member max_tokens\"}]}" }, { .bytes = GOOD } },
      3, 3, OK, CLIENT_FINE, "" },
    { "each only once", { { .bytes = HEAD("400 No", "") "\r\n{\"error\":\"unknown field stream_options\"}" },
      { .bytes = HEAD("400 No", "") "\r\n{\"error\":\"unknown field stream_options\"}" }, { .bytes = GOOD } }, 3, 2,
      FAILS, CLIENT_BAD_REQUEST, "unknown field stream_options" },
    { "too many output tokens", { { .bytes = HEAD("400 No", "") "\r\n{\"error\":\"max_tokens is too large: 64\"}" },
      { .bytes = GOOD } }, 2, 1, FAILS, CLIENT_BAD_REQUEST, "max_tokens is too large" },
};

static void tries_again_only_what_may_pass(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof retries / sizeof *retries; i++) {
        struct result r = ask("openai-compatible", retries[i].script, retries[i].n);

        if (r.status != retries[i].status || r.answer.class != retries[i].class ||
            r.requests != retries[i].requests || r.answer.tries != retries[i].requests ||
            (r.status && !strstr(r.err.text, retries[i].words)))
            fail_msg("%s: status %d, class %d, %d requests: %s", retries[i].name, r.status, r.answer.class,
                     r.requests, r.status ? r.err.text : "");
        if (r.requests == 2 && retries[i].script[0].bytes && strstr(retries[i].script[0].bytes, "retry"))
            assert_string_equal(r.bodies[0], r.bodies[1]);
        result_dispose(&r);
    }
}

static void leaves_out_what_a_server_does_not_know(void **state)
{
    struct result r = ask("openai-compatible", retries[14].script, retries[14].n);

    (void)state;
    assert_string_equal(retries[14].name, "both");
    assert_non_null(strstr(r.bodies[0], "\"max_tokens\":64,\"stream\":true,\"stream_options\""));
    assert_non_null(strstr(r.bodies[1], "\"max_tokens\":64,\"stream\":true}"));
    assert_non_null(strstr(r.bodies[2], "\"max_completion_tokens\":64,\"stream\":true}"));
    result_dispose(&r);
}

/* Models that choose their words by themselves: OpenAI's and Anthropic's say it so. */
static void asks_without_a_temperature_where_none_is_taken(void **state)
{
    static const char *const noes[] = {
        HEAD("400 No", "application/json") "\r\n{\"error\":{\"message\":\"Unsupported value: 'temperature' does not support "
        "0.2 with this model. Only the default (1) value is supported.\",\"type\":\"invalid_request_error\",\"param\":"
        "\"temperature\",\"code\":\"unsupported_value\"}}",
        HEAD("400 No", "application/json") "\r\n{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
        "\"message\":\"`temperature` is deprecated for this model.\"}}",
        HEAD("400 No", "application/json") "\r\n{\"error\":{\"message\":\"temperature must be between 0 and 2\"}}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        const struct http_reply script[] = { { .bytes = noes[i] }, { .bytes = GOOD } };
        struct notes notes = { 0 };
        struct client_call call = call_of("openai", NULL, &notes);
        struct result r;

        call.has_temperature = true;
        call.temperature = 0.2;
        r = ask_as(&call, script, 2);
        assert_int_equal(r.status, i == 2 ? FAILS : OK);
        assert_int_equal(r.requests, i == 2 ? 1 : 2);
        assert_int_equal(r.notes.waits, i == 2 ? 0 : 1);
        assert_non_null(strstr(r.bodies[0], "\"temperature\":0.2"));
        if (i < 2)
            assert_null(strstr(r.bodies[1], "temperature"));
        result_dispose(&r);
    }
}

static void waits_as_long_as_it_is_told(void **state)
{
    struct result r = ask("openai-compatible", retries[1].script, retries[1].n);

    (void)state;
    assert_int_equal(r.notes.waits, 2);
    assert_int_equal(r.notes.waited_ms, 120);
    assert_in_range(r.times_ms[1] - r.times_ms[0], 59, 5000);
    assert_in_range(r.times_ms[2] - r.times_ms[1], 59, 5000);
    result_dispose(&r);
}

static void waits_until_the_limit_that_was_used_up_is_free(void **state)
{
    const struct http_reply script[] = {
        { .bytes = HEAD("429 Slow", "application/json") "x-ratelimit-remaining-requests: 3\r\n"
                   "x-ratelimit-reset-requests: 40s\r\nx-ratelimit-remaining-tokens: 0\r\n"
                   "x-ratelimit-reset-tokens: 70ms\r\n\r\n{\"error\":{\"code\":\"rate_limit_exceeded\"}}" },
        { .bytes = GOOD },
    };
    struct result r = ask("openai-compatible", script, 2);

    (void)state;
    assert_int_equal(r.status, SC_OK);
    assert_int_equal(r.notes.waited_ms, 70);
    result_dispose(&r);
}

static void does_not_try_again_when_told_so(void **state)
{
    struct notes notes = { 0 };
    struct client_call call = call_of("openai-compatible", NULL, &notes);
    struct result r;

    (void)state;
    call.max_retries = 0;
    r = ask_as(&call, retries[0].script, 2);
    assert_int_equal(r.status, SC_ERR_SERVICE);
    assert_int_equal(r.requests, 1);
    result_dispose(&r);
}

static void says_when_nobody_is_there(void **state)
{
    struct notes notes = { 0 };
    struct client_call call = call_of("openai-compatible", NULL, &notes);
    struct client_answer answer;
    struct sc_error err;
    char url[64];

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", http_free_port());
    call.base_url = url;
    call.max_retries = 1;
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_NETWORK);
    assert_int_equal(answer.class, CLIENT_TRANSIENT);
    assert_int_equal(answer.tries, 2);
    assert_non_null(strstr(err.text, "openai-compatible: no answer from 'http://127.0.0.1:"));
    client_answer_dispose(&answer);
}

/* ---- time ---- */

/* In all: a reply that drips on and on, one that never comes, and a wait that would be too long. */
static void ends_at_its_deadline(void **state)
{
    const struct http_reply drips[] = { { .bytes = EVENTS DELTA("Hel") DELTA("lo") DELTA("lo") DELTA("lo"),
                                          .piece = 60, .piece_delay_ms = 300 } };
    const struct http_reply dead[] = { { .bytes = "H", .end = HTTP_STALL } };
    const struct http_reply busy[] = { { .bytes = HEAD("429 No", "") "retry-after: 30\r\n\r\n" }, { .bytes = GOOD } };
    struct notes notes = { 0 };
    struct client_call call = call_of("openai-compatible", NULL, &notes);
    struct result r;

    (void)state;
    call.deadline_s = 1;
    r = ask_as(&call, drips, 1);
    assert_int_equal(r.status, SC_OK);
    assert_true(r.answer.incomplete);
    assert_in_range(r.took_ms, 900, 9000);
    result_dispose(&r);
    r = ask_as(&call, dead, 1);
    assert_int_equal(r.status, SC_ERR_NETWORK);
    assert_int_equal(r.requests, 1);
    assert_in_range(r.took_ms, 900, 9000);
    result_dispose(&r);
    r = ask_as(&call, busy, 2);
    assert_int_equal(r.status, SC_ERR_SERVICE);
    assert_int_equal(r.requests, 1);
    assert_int_equal(r.notes.waits, 0);
    result_dispose(&r);
}

static void waits_for_a_silent_queue_and_not_for_ever(void **state)
{
    const struct http_reply slow[] = { { .bytes = GOOD, .delay_ms = 700 } };
    const struct http_reply dead[] = { { .bytes = "H", .end = HTTP_STALL } };
    const struct http_reply stuck[] = { { .bytes = EVENTS DELTA("Hel"), .end = HTTP_STALL } };
    struct notes notes = { 0 };
    struct client_call call = call_of("openai-compatible", NULL, &notes);
    struct result r;

    (void)state;
    call.idle_timeout_s = 10;
    r = ask_as(&call, slow, 1);
    assert_int_equal(r.status, SC_OK);
    assert_in_range(r.took_ms, 700, 9000);
    result_dispose(&r);
    call.idle_timeout_s = 1;
    r = ask_as(&call, dead, 1);
    assert_int_equal(r.status, SC_ERR_NETWORK);
    assert_non_null(strstr(r.err.text, "no byte from 'http://127.0.0.1:"));
    assert_int_equal(r.requests, 1);
    assert_in_range(r.took_ms, 1000, 10000);
    result_dispose(&r);
    r = ask_as(&call, stuck, 1);
    assert_int_equal(r.status, SC_OK);
    assert_true(r.answer.incomplete);
    assert_string_equal(text_of(&r.answer.text), "Hel");
    assert_non_null(strstr(r.answer.why, "for 1 s"));
    result_dispose(&r);
}

static void ends_at_done_though_the_connection_stays_open(void **state)
{
    const struct http_reply open[] = { { .bytes = GOOD, .end = HTTP_STALL } };
    struct result r = ask("openai-compatible", open, 1);

    (void)state;
    assert_int_equal(r.status, SC_OK);
    assert_false(r.answer.incomplete);
    assert_in_range(r.took_ms, 0, 5000);
    result_dispose(&r);
}

static void stops_at_once_when_cancelled(void **state)
{
    const struct http_reply stuck[] = { { .bytes = EVENTS DELTA("Hel"), .end = HTTP_STALL } };
    const struct http_reply busy[] = { { .bytes = HEAD("429 No", "") "retry-after: 30\r\n\r\n" }, { .bytes = GOOD } };
    struct notes notes = { .cancel_at_text = true, .cancel_at_wait = true };
    struct client_call call = call_of("openai-compatible", NULL, &notes);
    struct result r = ask_as(&call, stuck, 1);

    (void)state;
    assert_int_equal(r.status, SC_ERR_CANCELLED);
    assert_true(r.answer.incomplete);
    assert_string_equal(text_of(&r.answer.text), "Hel");
    assert_in_range(r.took_ms, 0, 2000);
    result_dispose(&r);
    r = ask_as(&call, busy, 2);
    assert_int_equal(r.status, SC_ERR_CANCELLED);
    assert_int_equal(r.requests, 1);
    assert_in_range(r.took_ms, 0, 2000);
    result_dispose(&r);
}

/* ---- refusals while sending, floods ---- */

static void reads_a_reply_that_comes_before_the_request_is_sent(void **state)
{
    const struct http_reply early[] = { { .bytes = HEAD("413 Too large", "text/html") "\r\n<html>413</html>",
                                          .before_body = true } };
    struct query_part old = parts[1];
    uint8_t *big = calloc(1, 20000000);
    int i;

    (void)state;
    parts[1].data = (struct buffer){ .data = big, .size = 20000000 };
    for (i = 0; i < 10; i++) {
        struct result r = ask("openai-compatible", early, 1);

        if (r.answer.class != CLIENT_TOO_LARGE)
            fail_msg("try %d: status %d, class %d: %s", i, r.status, r.answer.class, r.err.text);
        assert_int_equal(r.requests, 1);
        assert_non_null(strstr(r.err.text, "bytes too large; try --max-images (HTTP 413)"));
        result_dispose(&r);
    }
    parts[1] = old;
    free(big);
}

static void does_not_read_floods(void **state)
{
    static char flood[4 << 20];
    struct http_reply script[] = { { .bytes = flood } };
    size_t n, at;
    struct result r;

    (void)state;
    n = (size_t)sprintf(flood, "HTTP/1.1 200 OK\r\n");
    for (at = n; at < sizeof flood - 100; at += 32)
        memcpy(flood + at, "x-header: aaaaaaaaaaaaaaaaaaaa\r\n", 32);
    r = ask("openai-compatible", script, 1);
    assert_int_equal(r.status, SC_ERR_NETWORK);
    assert_non_null(strstr(r.err.text, "sent more than 262144 bytes of headers"));
    result_dispose(&r);
    memset(flood, 'x', sizeof flood - 1);
    n = (size_t)sprintf(flood, HEAD("400 No", "text/plain") "\r\n");
    flood[n] = 'x';
    r = ask("openai-compatible", script, 1);
    assert_int_equal(r.answer.class, CLIENT_BAD_REQUEST);
    assert_true(strlen(r.err.text) < 400);
    result_dispose(&r);
}

/* ---- what is not sent ---- */

static void keeps_to_the_limits_of_the_service(void **state)
{
    struct services *mine = NULL;
    struct notes notes = { 0 };
    struct client_call call = call_of("openai-compatible", "http://127.0.0.1:1", &notes);
    struct client_answer answer;
    struct sc_error err;

    (void)state;
    assert_int_equal(services_open(&mine, "{\"services\":[{\"name\":\"small\",\"limit_body_bytes\":100},"
                                          "{\"name\":\"few\",\"limit_images\":1},"
                                          "{\"name\":\"sharp\",\"image_formats\":[\"png\",\"webp\"]}]}", NULL), SC_OK);
    call.service = services_find(mine, "small");
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_LIMIT);
    assert_int_equal(answer.class, CLIENT_TOO_LARGE);
    client_answer_dispose(&answer);
    call.service = services_find(mine, "few");
    query.n_images = 2;
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_LIMIT);
    query.n_images = 1;
    assert_int_equal(answer.class, CLIENT_TOO_MANY_IMAGES);
    assert_int_equal(answer.allowed_images, 1);
    assert_string_equal(err.text, "few: takes 1 images a request, not 2; try --max-images 1");
    assert_int_equal(answer.tries, 0);
    client_answer_dispose(&answer);
    call.service = services_find(mine, "sharp");
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_INVALID);
    assert_int_equal(answer.class, CLIENT_BAD_REQUEST);
    assert_string_equal(err.text, "sharp: takes no images of the type image/jpeg; its row in services.json has png, webp");
    assert_int_equal(answer.tries, 0);
    client_answer_dispose(&answer);
    services_close(&mine);
}

static void sends_no_key_where_it_could_be_read(void **state)
{
    static const struct { const char *service, *url, *key, *text; } cases[] = {
        { "openai", NULL, NULL, "openai: wants a key; set OPENAI_API_KEY" },
        { "openai-compatible", "http://192.0.2.1/v1", KEY, "plain http to '192.0.2.1' would show" },
        { "openai-compatible", "https://" KEY "@192.0.2.1/v1", KEY, "has a name or password in it" },
        { "openai-compatible", "http://127.0.0.1:1", KEY "\r\nX-Evil: 1", "the key is empty or has blanks in it" },
        { "llama-api", NULL, KEY, "llama-api: retired on 2026-07-06; choose another service" },
        { "openai-compatible", NULL, KEY, "openai-compatible: give its --base-url" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct notes notes = { 0 };
        struct client_call call = call_of(cases[i].service, cases[i].url, &notes);
        struct client_answer answer;
        struct sc_error err = { 0 };

        call.key = cases[i].key;
        assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_INVALID);
        if (!strstr(err.text, cases[i].text) || strstr(err.text, KEY))
            fail_msg("'%s'", err.text);
        assert_int_equal(answer.tries, 0);
        client_answer_dispose(&answer);
    }
}

static void goes_to_this_machine_without_a_proxy(void **state)
{
    const struct http_reply script[] = { { .bytes = GOOD } };
    struct result r;

    (void)state;
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    r = ask("openai-compatible", script, 1);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    assert_int_equal(r.status, SC_OK);
    result_dispose(&r);
}

/* ---- counting ---- */

static void counts_tokens_where_the_service_does(void **state)
{
    static const struct { const char *bytes; enum sc_status status; bool known; int64_t tokens; } cases[] = {
        { JSON "{\"input_tokens\":636,\"object\":\"response.input_tokens\"}", OK, true, 636 },
        { JSON "{\"tokens\":636}", OK, false, -1 },
        { HEAD("404 No", "") "\r\n{\"error\":{\"message\":\"File Not Found\"}}", OK, false, 0 },
        { HEAD("400 No", "") "\r\n{\"error\":{\"message\":\"Failed to load image or audio file\"}}", FAILS, false, 0 },
        { "H", SC_ERR_NETWORK, false, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct http_reply script[] = { { .bytes = cases[i].bytes } };
        struct http_server *server = http_server_start(script, 1);
        struct notes notes = { 0 };
        struct client_call call = call_of("llama-server", http_server_url(server), &notes);
        struct sc_error err;
        int64_t tokens = 0;
        bool known = true;

        assert_int_equal(client_count_tokens(&call, &query, &tokens, &known, &err), cases[i].status);
        assert_int_equal(known, cases[i].known);
        if (known)
            assert_int_equal(tokens, cases[i].tokens);
        assert_memory_equal(http_server_request(server, 0)->head, "POST /v1/chat/completions/input_tokens ", 39);
        http_server_stop(&server);
    }
}

static void counts_nothing_elsewhere(void **state)
{
    struct notes notes = { 0 };
    struct client_call call = call_of("openai", NULL, &notes);
    int64_t tokens;
    bool known = true;

    (void)state;
    assert_int_equal(client_count_tokens(&call, &query, &tokens, &known, NULL), SC_OK);
    assert_false(known);
}

static int open_table(void **state)
{
    (void)state;
    make_query();
    return services_open(&services, NULL, NULL);
}

static int close_table(void **state)
{
    (void)state;
    services_close(&services);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_the_exact_request),
        cmocka_unit_test(asks_each_service_in_its_own_words),
        cmocka_unit_test(writes_a_single_text_as_a_string),
        cmocka_unit_test(writes_the_body_that_it_would_send),
        cmocka_unit_test(refuses_pictures_that_are_not_there),
        cmocka_unit_test(sends_large_pictures_whole),
        cmocka_unit_test(reads_every_reply_whole_and_in_pieces),
        cmocka_unit_test(reads_usage_and_hands_text_over_as_it_comes),
        cmocka_unit_test(asks_whole_when_told_so),
        cmocka_unit_test(keeps_the_text_when_cut_at_any_byte),
        cmocka_unit_test(tries_again_only_what_may_pass),
        cmocka_unit_test(leaves_out_what_a_server_does_not_know),
        cmocka_unit_test(asks_without_a_temperature_where_none_is_taken),
        cmocka_unit_test(waits_as_long_as_it_is_told),
        cmocka_unit_test(waits_until_the_limit_that_was_used_up_is_free),
        cmocka_unit_test(does_not_try_again_when_told_so),
        cmocka_unit_test(says_when_nobody_is_there),
        cmocka_unit_test(ends_at_its_deadline),
        cmocka_unit_test(waits_for_a_silent_queue_and_not_for_ever),
        cmocka_unit_test(ends_at_done_though_the_connection_stays_open),
        cmocka_unit_test(stops_at_once_when_cancelled),
        cmocka_unit_test(reads_a_reply_that_comes_before_the_request_is_sent),
        cmocka_unit_test(does_not_read_floods),
        cmocka_unit_test(keeps_to_the_limits_of_the_service),
        cmocka_unit_test(sends_no_key_where_it_could_be_read),
        cmocka_unit_test(goes_to_this_machine_without_a_proxy),
        cmocka_unit_test(counts_tokens_where_the_service_does),
        cmocka_unit_test(counts_nothing_elsewhere),
    };

    return cmocka_run_group_tests(tests, open_table, close_table);
}
