/* Services that fail in every way they can: whatever comes, a call ends in time, in one line of words without the key. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include <curl/curl.h>
#include <zlib.h>

#include "client/client.h"
#include "client/retry.h"
#include "tests/kit/http2.h"
#include "tests/kit/http_server.h"

#define KEY "sk-test-0123456789"
#define SLACK_MS 8000        /* beyond a deadline, on a busy machine */
#define HEAD(status, type) "HTTP/1.1 " status "\r\nContent-Type: " type "\r\nConnection: close\r\n"
#define EVENTS HEAD("200 OK", "text/event-stream") "\r\n"
#define JSON HEAD("200 OK", "application/json") "\r\n"
#define CHUNKED HEAD("200 OK", "text/event-stream") "Transfer-Encoding: chunked\r\n\r\n"
#define DELTA(text) "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]}\n\n"
#define END "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
#define GOOD EVENTS DELTA("Hel") DELTA("lo") END
#define SOON "retry-after-ms: 1\r\n"
#define MEGABYTES(n) ((size_t)(n) * 1000000)

static struct services *services;
static struct ssl_ctx_st *identity, *identity2; /* HTTP/1.1 only, and HTTP/2 */
static uint8_t jpeg[] = { 0xFF, 0xD8, 0xFF, 0xD9 };
static struct query_part parts[2] = {
    { .type = PART_IMAGE, .content_type = "image/jpeg", .data = { .data = jpeg, .size = sizeof jpeg } },
    { .type = PART_TEXT, .text = "What changed?" },
};
static const struct query query = { .parts = parts, .n_parts = 2, .n_images = 1 };

/* ---- a call, and what came of it ---- */

struct outcome {
    enum sc_status status;
    struct sc_error err;
    struct client_answer answer;
    int requests;
    int64_t took_ms;
};

static void note_wait(void *user, const char *why, int64_t wait_ms)
{
    (void)user, (void)wait_ms;
    assert_null(strstr(why, KEY));
}

static struct client_call call_to(const char *url)
{
    return (struct client_call){ .service = services_generic(services), .base_url = url, .model = "m", .key = KEY,
                                 .stream = true, .idle_timeout_s = 20, .deadline_s = 20, .max_retries = 2,
                                 .on_wait = note_wait };
}

static const char *text_of(const struct outcome *o)
{
    return o->answer.text.data ? (const char *)o->answer.text.data : "";
}

static const char *words_of(const struct outcome *o)
{
    return o->status ? o->err.text : o->answer.why;
}

static void check_secrecy(const struct outcome *o)
{
    assert_null(strstr(o->err.text, KEY));
    assert_null(strstr(o->answer.why, KEY));
    assert_null(strstr(o->answer.finish, KEY));
    assert_null(strpbrk(o->err.text, "\r\n\033"));
    assert_null(strpbrk(o->answer.why, "\r\n\033"));
}

static struct outcome ask_with(const struct client_call *call, struct http_server *server)
{
    struct outcome o = { 0 };
    int64_t began = retry_clock_ms();

    o.status = client_ask(call, &query, &o.answer, &o.err);
    o.took_ms = retry_clock_ms() - began;
    o.requests = server ? http_server_count(server) : 0;
    return o;
}

static struct outcome ask(const struct http_reply *script, int n)
{
    struct http_server *server = http_server_start(script, n);
    struct client_call call = call_to(http_server_url(server));
    struct outcome o = ask_with(&call, server);

    http_server_stop(&server);
    check_secrecy(&o);
    return o;
}

static void dispose(struct outcome *o)
{
    client_answer_dispose(&o->answer);
}

static void check_outcome(const char *name, const struct outcome *o, enum sc_status status, enum client_class class,
                          const char *text, const char *words, int requests)
{
    check_secrecy(o);
    if (o->status != status || o->answer.class != class || (text && strcmp(text_of(o), text)) ||
        !strstr(words_of(o), words) || o->requests != requests)
        fail_msg("%s: status %d, class %d, text '%.60s', '%s', %d requests", name, o->status, o->answer.class,
                 text_of(o), words_of(o), o->requests);
}

/* ---- statuses ---- */

static bool may_pass(int status)
{
    return status == 408 || status == 409 || status == 425 || status == 429 || status == 498 || status >= 500;
}

static enum client_class class_of(int status)
{
    switch (status) {
    case 401:
    case 403:
        return CLIENT_AUTH;
    case 402:
        return CLIENT_QUOTA;
    case 413:
        return CLIENT_TOO_LARGE;
    case 204:
        return CLIENT_CUT_OFF; /* has no body, whatever follows */
    default:
        return may_pass(status) ? CLIENT_FINE : CLIENT_BAD_REQUEST;
    }
}

static void knows_what_every_status_means(void **state)
{
    int status;

    (void)state;
    for (status = 200; status < 1000; status += status < 600 ? 1 : 57) {
        char reply[300], name[16];
        const struct http_reply script[] = { { .bytes = reply }, { .bytes = GOOD } };
        struct outcome o;

        snprintf(reply, sizeof reply, "HTTP/1.1 %d " KEY "\r\nContent-Type: application/json\r\nConnection: close\r\n"
                 SOON "X-Key: " KEY "\r\n\r\n{\"error\":{\"message\":\"no " KEY "\"}}", status);
        snprintf(name, sizeof name, "%d", status);
        o = ask(script, 2);
        check_outcome(name, &o, may_pass(status) ? SC_OK : status == 204 ? SC_ERR_NETWORK : SC_ERR_SERVICE,
                      class_of(status), may_pass(status) ? "Hello" : "", "", may_pass(status) ? 2 : 1);
        dispose(&o);
    }
}

static void reads_on_behind_what_is_only_news(void **state)
{
    static const char *const news[] = { "100 Continue", "102 Processing", "103 Early Hints" };
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        char reply[2000];
        const struct http_reply script[] = { { .bytes = reply, .piece = 50 } };
        struct outcome o;

        snprintf(reply, sizeof reply, "HTTP/1.1 %s\r\nLink: </x>\r\n\r\nHTTP/1.1 %s\r\n\r\n%s", news[i], news[i], GOOD);
        o = ask(script, 1);
        check_outcome(news[i], &o, SC_OK, CLIENT_FINE, "Hello", "", 1);
        dispose(&o);
    }
}

/* ---- the table of errors: what a service says, in every shape ---- */

static const struct { const char *name; struct http_reply script[2]; enum sc_status status; enum client_class class;
                      const char *words; int requests; } says[] = {
    { "rate limit", { { .bytes = HEAD("429 No", "application/json") SOON "retry-after: 40\r\n\r\n{\"error\":{\"message\":"
      "\"m\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}" }, { .bytes = GOOD } }, SC_OK, CLIENT_FINE, "", 2 },
    { "rate limit until a date that has passed", { { .bytes = HEAD("429 No", "application/json")
      "retry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\n\r\n" }, { .bytes = GOOD } }, SC_OK, CLIENT_FINE, "", 2 },
    { "quota", { { .bytes = HEAD("429 No", "application/json") SOON "\r\n{\"error\":{\"type\":\"insufficient_quota\","
      "\"code\":\"insufficient_quota\"}}" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_QUOTA, "out of credit", 1 },
    { "too long by its code", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":{\"code\":"
      "\"context_length_exceeded\"}}" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_TOO_LONG, "context too long", 1 },
    { "too long by its words", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":{\"message\":\"This model's "
      "maximum context length is 8192 tokens.\"}}" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_TOO_LONG,
      "context too long", 1 },
    { "too long by 1,220", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":{\"type\":"
      "\"exceed_context_size_error\",\"n_prompt_tokens\":9412,\"n_ctx\":8192}}" }, { .bytes = GOOD } }, SC_ERR_SERVICE,
      CLIENT_TOO_LONG, "by 1,220 tokens", 1 },
    { "images of vLLM", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":{\"message\":\"At most 4 image(s) "
      "may be provided in one prompt.\"}}" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_TOO_MANY_IMAGES,
      "--max-images 4", 1 },
    { "images of Azure", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":{\"message\":\"Exceeded maximum "
      "number of images (50)\"}}" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_TOO_MANY_IMAGES, "--max-images 50", 1 },
    { "images, counted", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":{\"message\":\"Image count 5 "
      "exceeds limit 4\"}}" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_TOO_MANY_IMAGES, "--max-images 4", 1 },
    { "images, no number", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":{\"message\":\"Too many "
      "images\"}}" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_TOO_MANY_IMAGES, "too many images; try", 1 },
    { "flat", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"object\":\"error\",\"message\":\"flat words\","
      "\"code\":400}" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "(HTTP 400: flat words)", 1 },
    { "a page", { { .bytes = HEAD("413 No", "text/html") "\r\n<html>413 " KEY "</html>" }, { .bytes = GOOD } },
      SC_ERR_SERVICE, CLIENT_TOO_LARGE, "(HTTP 413)", 1 },
    { "loading", { { .bytes = HEAD("503 No", "application/json") SOON "\r\n{\"error\":{\"code\":503,\"message\":\"Loading "
      "model\",\"type\":\"unavailable_error\"}}" }, { .bytes = GOOD } }, SC_OK, CLIENT_FINE, "", 2 },
    { "overloaded", { { .bytes = HEAD("529 No", "application/json") SOON "\r\n{\"type\":\"error\",\"error\":{\"type\":"
      "\"overloaded_error\"}}" }, { .bytes = GOOD } }, SC_OK, CLIENT_FINE, "", 2 },
    { "no such model", { { .bytes = HEAD("404 No", "application/json") "\r\n{\"error\":{\"code\":\"model_not_found\"}}" },
      { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_MODEL_MISSING, "no model 'm'", 1 },
    { "model gone", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":{\"code\":\"model_decommissioned\"}}" },
      { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_MODEL_MISSING, "no model 'm'", 1 },
    { "no such model of Ollama", { { .bytes = HEAD("404 No", "application/json") "\r\n{\"error\":\"model 'm' not found\"}" },
      { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_MODEL_MISSING, "(HTTP 404: model 'm' not found)", 1 },
    { "credits", { { .bytes = HEAD("402 No", "application/json") SOON "\r\n{\"error\":{\"code\":402,\"message\":\"m\"}}" },
      { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_QUOTA, "out of credit", 1 },
    { "text alone", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":\"text alone\"}" }, { .bytes = GOOD } },
      SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "(HTTP 400: text alone)", 1 },
    { "in an array", { { .bytes = HEAD("400 No", "application/json") "\r\n[{\"error\":{\"code\":400,\"message\":\"in an "
      "array\",\"status\":\"INVALID_ARGUMENT\"}}]" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_BAD_REQUEST,
      "(HTTP 400: in an array)", 1 },
    { "inside a stream", { { .bytes = EVENTS DELTA("Hel") "data: {\"error\":{\"message\":\"m\",\"code\":502},\"choices\":"
      "[{\"finish_reason\":\"error\"}]}\n\n" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_CUT_OFF, "broke off", 1 },
    /* the key, wherever a service could repeat it */
    { "key in a message", { { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":\"bad " KEY "!\"}" },
      { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "bad ***!", 1 },
    { "key as text", { { .bytes = HEAD("400 No", "text/plain") "\r\nbad " KEY "!" }, { .bytes = GOOD } }, SC_ERR_SERVICE,
      CLIENT_BAD_REQUEST, "bad ***!", 1 },
    { "key as a type", { { .bytes = HEAD("200 OK", KEY) "\r\n<html>" KEY }, { .bytes = GOOD } }, SC_ERR_SERVICE,
      CLIENT_BAD_REQUEST, "no answer but '***'", 1 },
    { "key as a reason", { { .bytes = EVENTS DELTA("Hel") "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"" KEY
      "\"}]}\n\n" }, { .bytes = GOOD } }, SC_OK, CLIENT_FINE, "ended with '***'", 1 },
    { "key in an error inside a stream", { { .bytes = EVENTS DELTA("Hel") "event: error\ndata: {\"error\":{\"message\":\""
      KEY "\"}}\n\n" }, { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_CUT_OFF, "(***)", 1 },
    { "key in a place to go to", { { .bytes = "HTTP/1.1 302 Go\r\nLocation: https://" KEY ".example/" KEY "\r\n\r\n" },
      { .bytes = GOOD } }, SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "redirected to '***.example'", 1 },
};

static void understands_every_way_to_say_no(void **state)
{
    size_t i;
    int piece;

    (void)state;
    for (i = 0; i < sizeof says / sizeof *says; i++)
        for (piece = 0; piece < 2; piece++) {
            struct http_reply script[2] = { says[i].script[0], says[i].script[1] };
            struct outcome o;

            script[0].piece = piece;
            o = ask(script, 2);
            check_outcome(says[i].name, &o, says[i].status, says[i].class, NULL, says[i].words, says[i].requests);
            dispose(&o);
        }
}

/* ---- garbage, floods, wrong lengths ---- */

static const struct { const char *name; struct http_reply reply; enum sc_status status; enum client_class class;
                      const char *text, *words; } odd[] = {
    { "noise", { .bytes = "\x01\x02\x80\xFF\xFE garbage\r\n\r\n\r\n" }, SC_ERR_NETWORK, CLIENT_TRANSIENT, "",
      "no answer from" },
    { "an old protocol", { .bytes = "<html>HTTP 0.9</html>" }, SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "no answer from" },
    { "a status of words", { .bytes = "HTTP/1.1 fine OK\r\n\r\n" }, SC_ERR_NETWORK, CLIENT_TRANSIENT, "",
      "no answer from" },
    { "headers without colons", { .bytes = "HTTP/1.1 200 OK\r\nnonsense " KEY "\r\n\r\n" DELTA("Hel") END },
      SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "" },
    { "a NUL among headers", { .bytes = "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", .size = 27 }, SC_ERR_NETWORK,
      CLIENT_TRANSIENT, "", "" },
    { "noise as a stream", { .bytes = EVENTS "\x1F\x8B\x01\x02 \x80\xFF\n\n\n" }, SC_ERR_NETWORK, CLIENT_CUT_OFF, "",
      "closed before an answer" },
    { "noise as JSON", { .bytes = JSON "{\x80\xFF\x01" }, SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "", "the reply is no JSON" },
    { "JSON as deep as the sea", { .bytes = JSON "{\"choices\":", .flood = "[[[[[[[[[[[[[[[[", .flood_bytes = 4000000 },
      SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "", "the reply is no JSON" },
    { "events as deep", { .bytes = EVENTS DELTA("Hel") "data: ", .flood = "{\"a\":", .flood_bytes = 4000000 },
      SC_OK, CLIENT_CUT_OFF, "Hel", "stopped in the middle" },
    { "fewer bytes than it says", { .bytes = HEAD("200 OK", "application/json") "Content-Length: 999\r\n\r\n{\"a\":1}" },
      SC_ERR_NETWORK, CLIENT_CUT_OFF, "", "broke off" },
    { "more bytes than it says", { .bytes = HEAD("200 OK", "text/event-stream") "Content-Length: 3\r\n\r\n" DELTA("Hel") },
      SC_ERR_NETWORK, CLIENT_CUT_OFF, "", "closed before an answer" },
    { "a negative length", { .bytes = HEAD("200 OK", "text/event-stream") "Content-Length: -5\r\n\r\n" DELTA("Hel") END },
      SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "" },
    { "an endless length", { .bytes = HEAD("200 OK", "text/event-stream")
      "Content-Length: 99999999999999999999999\r\n\r\n" DELTA("Hel") }, SC_OK, CLIENT_CUT_OFF, "Hel", "" },
    { "chunks of no size", { .bytes = CHUNKED "zz\r\n" DELTA("Hel") }, SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "" },
    { "a chunk larger than memory", { .bytes = CHUNKED "FFFFFFFFFFFFFFFFF\r\n" DELTA("Hel") }, SC_ERR_NETWORK,
      CLIENT_TRANSIENT, "", "" },
    { "a chunk that ends early", { .bytes = CHUNKED "ffff\r\n" DELTA("Hel") }, SC_OK, CLIENT_CUT_OFF, "Hel", "broke off" },
    { "no last chunk", { .bytes = CHUNKED "3\r\n:\n\n\r\n" }, SC_ERR_NETWORK, CLIENT_CUT_OFF, "", "broke off" },
    { "100 MB of headers", { .bytes = "HTTP/1.1 200 OK\r\n", .flood = "x-flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
      .flood_bytes = MEGABYTES(100) }, SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "bytes of headers" },
    { "one header of 100 MB", { .bytes = "HTTP/1.1 200 OK\r\nx-flood: ", .flood = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      .flood_bytes = MEGABYTES(100) }, SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "" },
    { "100 MB of news", { .bytes = "", .flood = "HTTP/1.1 100 Continue\r\nx-flood: aaaaaaaaaaaa\r\n\r\n",
      .flood_bytes = MEGABYTES(100) }, SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "bytes of headers" },
    { "100 MB of trailers", { .bytes = CHUNKED "0\r\n", .flood = "x-flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
      .flood_bytes = MEGABYTES(100) }, SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "" },
    { "100 MB of comments", { .bytes = EVENTS, .flood = ": aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\n",
      .flood_bytes = MEGABYTES(100) }, SC_ERR_NETWORK, CLIENT_CUT_OFF, "", "closed before an answer" },
    { "one event of 100 MB", { .bytes = EVENTS DELTA("Hel") "data: ", .flood = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      .flood_bytes = MEGABYTES(100) }, SC_ERR_LIMIT, CLIENT_CUT_OFF, "Hel", "more than 8388608 bytes" },
    { "100 MB of answer", { .bytes = EVENTS, .flood = DELTA("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
      .flood_bytes = MEGABYTES(100) }, SC_ERR_LIMIT, CLIENT_CUT_OFF, NULL, "more than 16777216 bytes" },
    { "100 MB of JSON", { .bytes = JSON "{\"a\":\"", .flood = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      .flood_bytes = MEGABYTES(100) }, SC_ERR_LIMIT, CLIENT_BAD_REQUEST, "", "more than 33554432 bytes" },
    { "100 MB of error", { .bytes = HEAD("400 No", "text/plain") "\r\nwords ", .flood = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      .flood_bytes = MEGABYTES(100) }, SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "", "(HTTP 400: words aaa" },
};

static void survives_garbage_floods_and_wrong_lengths(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof odd / sizeof *odd; i++) {
        const struct http_reply script[] = { odd[i].reply, odd[i].reply, odd[i].reply };
        struct http_server *server = http_server_start(script, 3);
        struct client_call call = call_to(http_server_url(server));
        struct outcome o;

        call.max_retries = 0;
        call.deadline_s = 120; /* floods take long under a sanitizer */
        o = ask_with(&call, server);
        http_server_stop(&server);
        check_outcome(odd[i].name, &o, odd[i].status, odd[i].class, odd[i].text, odd[i].words, 1);
        if (o.took_ms > 120000)
            fail_msg("%s: took %lld ms", odd[i].name, (long long)o.took_ms);
        dispose(&o);
    }
}

/* Nobody asked for compression; what comes compressed is not unpacked. */
static void does_not_unpack_bombs(void **state)
{
    static const char *const types[] = { "text/event-stream", "application/json", "text/html" };
    uLongf size = 300000;
    size_t n, i;
    uint8_t *reply = malloc(size + 300), *zeros = calloc(1, MEGABYTES(100));

    (void)state;
    assert_true(reply && zeros);
    assert_int_equal(compress2(reply + 200, &size, zeros, MEGABYTES(100), 9), Z_OK);
    free(zeros);
    for (i = 0; i < 3; i++) {
        struct http_reply script[] = { { .bytes = (char *)reply } };
        struct outcome o;

        n = (size_t)sprintf((char *)reply, HEAD("%s", "%s") "Content-Encoding: deflate\r\n\r\n", "200 OK", types[i]);
        memmove(reply + n, reply + 200, size);
        script[0].size = n + size;
        o = ask(script, 1);
        memmove(reply + 200, reply + n, size);
        check_outcome(types[i], &o, SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "", "compressed", 1);
        dispose(&o);
    }
    free(reply);
}

/* ---- stalls ---- */

static const struct stall { const char *name; struct http_reply reply; bool deaf, tls; enum sc_status status;
                            const char *text; } stalls[] = {
    { "connecting", { .bytes = "" }, true, false, SC_ERR_NETWORK, "" },
    { "agreeing on TLS", { .bytes = "", .end = HTTP_IGNORE }, false, true, SC_ERR_NETWORK, "" },
    { "sending", { .bytes = "", .before_body = true, .end = HTTP_IGNORE }, false, false, SC_ERR_NETWORK, "" },
    { "before the head", { .bytes = "", .end = HTTP_STALL }, false, false, SC_ERR_NETWORK, "" },
    { "in the first line", { .bytes = "HTTP/1.1 2", .end = HTTP_STALL }, false, false, SC_ERR_NETWORK, "" },
    { "in a header", { .bytes = "HTTP/1.1 200 OK\r\nContent-Ty", .end = HTTP_STALL }, false, false, SC_ERR_NETWORK, "" },
    { "behind news", { .bytes = "HTTP/1.1 100 Continue\r\n\r\n", .end = HTTP_STALL }, false, false, SC_ERR_NETWORK, "" },
    { "behind the head", { .bytes = EVENTS, .end = HTTP_STALL }, false, false, SC_ERR_NETWORK, "" },
    { "in a whole reply", { .bytes = JSON "{\"choices\":[{\"mess", .end = HTTP_STALL }, false, false, SC_ERR_NETWORK, "" },
    { "in an error", { .bytes = HEAD("400 No", "application/json") "\r\n{\"error\":", .end = HTTP_STALL }, false, false,
      SC_ERR_SERVICE, "" },
    { "in the first event", { .bytes = EVENTS "data: {\"choi", .end = HTTP_STALL }, false, false, SC_ERR_NETWORK, "" },
    { "between events", { .bytes = EVENTS DELTA("Hel"), .end = HTTP_STALL }, false, false, SC_OK, "Hel" },
    { "in a later event", { .bytes = EVENTS DELTA("Hel") "data: {\"cho", .end = HTTP_STALL }, false, false, SC_OK, "Hel" },
    { "in a chunk", { .bytes = CHUNKED "ff\r\n" DELTA("Hel"), .end = HTTP_STALL }, false, false, SC_OK, "Hel" },
    { "one byte a second", { .bytes = GOOD, .piece = 1, .piece_delay_ms = 1000 }, false, false, SC_ERR_NETWORK, "" },
    { "comments for ever", { .bytes = EVENTS ":\n:\n:\n:\n:\n:\n:\n:\n:\n:\n:\n", .piece = 2, .piece_delay_ms = 300,
                             .end = HTTP_STALL }, false, false, SC_ERR_NETWORK, "" },
};

#define N_STALLS (sizeof stalls / sizeof *stalls)

struct stalled {
    const struct stall *stall;
    bool by_idleness;
    pthread_t thread;
    struct outcome outcome;
};

static void *stall(void *user)
{
    struct stalled *s = user;
    struct http_server *server = s->stall->deaf ? http_server_start_deaf() : http_server_start(&s->stall->reply, 1);
    struct client_call call = call_to(http_server_url(server));
    static uint8_t large[8 << 20];
    struct query_part part = { .type = PART_IMAGE, .data = { .data = large, .size = sizeof large } };
    const struct query big = { .parts = &part, .n_parts = 1, .n_images = 1 };
    char url[64];
    int64_t began = retry_clock_ms();

    snprintf(url, sizeof url, "https://127.0.0.1:%d", http_server_port(server));
    call.base_url = s->stall->tls ? url : call.base_url;
    call.deadline_s = s->by_idleness ? 0 : 1;
    call.idle_timeout_s = s->by_idleness ? 1 : 20;
    call.max_retries = 0;
    s->outcome.status = client_ask(&call, s->stall->reply.before_body ? &big : &query, &s->outcome.answer,
                                   &s->outcome.err);
    s->outcome.took_ms = retry_clock_ms() - began;
    http_server_stop(&server);
    return NULL;
}

/* All of them at once, each to its deadline, or to the end of the patience with a silent server. */
static void never_waits_past_its_time(void **state)
{
    struct stalled runs[2 * N_STALLS] = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < 2 * N_STALLS; i++) {
        runs[i].stall = &stalls[i / 2];
        runs[i].by_idleness = i % 2 && runs[i].stall->reply.piece == 0;
        assert_int_equal(pthread_create(&runs[i].thread, NULL, stall, &runs[i]), 0);
    }
    for (i = 0; i < 2 * N_STALLS; i++)
        assert_int_equal(pthread_join(runs[i].thread, NULL), 0);
    for (i = 0; i < 2 * N_STALLS; i++) {
        const struct outcome *o = &runs[i].outcome;

        check_secrecy(o);
        if (o->status != runs[i].stall->status || strcmp(text_of(o), runs[i].stall->text) || o->took_ms < 900 ||
            o->took_ms > 1000 + SLACK_MS || !words_of(o)[0] || (!o->status && !o->answer.incomplete))
            fail_msg("%s, by %s: status %d, text '%s', '%s', %lld ms", runs[i].stall->name,
                     runs[i].by_idleness ? "idleness" : "the deadline", o->status, text_of(o), words_of(o),
                     (long long)o->took_ms);
        dispose(&runs[i].outcome);
    }
}

/* ---- redirects ---- */

static void follows_no_redirect_with_its_key(void **state)
{
    static const int codes[] = { 300, 301, 302, 303, 307, 308 };
    const struct http_reply good[] = { { .bytes = GOOD } };
    size_t i;

    (void)state;
    for (i = 0; i < 2 * sizeof codes / sizeof *codes; i++) {
        struct http_server *other = http_server_start(good, 1), *first;
        char reply[300];
        const struct http_reply script[] = { { .bytes = reply }, { .path = "/there", .bytes = GOOD } };
        struct client_call call;
        struct outcome o;

        snprintf(reply, sizeof reply, "HTTP/1.1 %d Go\r\nLocation: %s/there\r\nContent-Length: 0\r\n\r\n", codes[i / 2],
                 i % 2 ? http_server_url(other) : "");
        first = http_server_start(script, 2);
        call = call_to(http_server_url(first));
        o = ask_with(&call, first);
        assert_int_equal(http_server_count(other), 0);
        check_outcome(reply, &o, SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "", "redirected to '127.0.0.1'", 1);
        dispose(&o);
        http_server_stop(&first);
        http_server_stop(&other);
    }
}

/* ---- TLS ---- */

static void trusts_only_the_right_certificate(void **state)
{
    static const struct { const char *name; enum certificate which; bool known; bool fine; } cases[] = {
        { "a good one", CERTIFICATE_GOOD, true, true },
        { "one that nobody vouches for", CERTIFICATE_GOOD, false, false },
        { "an expired one", CERTIFICATE_EXPIRED, true, false },
        { "another host's", CERTIFICATE_OTHER_HOST, true, false },
    };
    const struct http_reply script[] = { { .bytes = GOOD }, { .bytes = GOOD }, { .bytes = GOOD } };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ssl_ctx_st *own = connection_identity(cases[i].which, false, "this.pem");
        struct http_server *server = http_server_start_tls(script, 3, own);
        struct client_call call = call_to(http_server_url(server));
        struct outcome o;

        if (cases[i].known)
            setenv("SSL_CERT_FILE", "this.pem", 1);
        else
            unsetenv("SSL_CERT_FILE");
        o = ask_with(&call, server);
        check_secrecy(&o);
        if (o.status != (cases[i].fine ? SC_OK : SC_ERR_NETWORK) || o.requests != cases[i].fine || o.answer.tries != 1 ||
            (!cases[i].fine && !strcasestr(o.err.text, "certificate")))
            fail_msg("%s: status %d, %d requests, %d tries: %s", cases[i].name, o.status, o.requests, o.answer.tries,
                     o.err.text);
        dispose(&o);
        http_server_stop(&server);
        connection_forget(own);
    }
    setenv("SSL_CERT_FILE", "good.pem", 1);
}

/* Also that writing to it is no signal's business. */
static void reports_a_connection_that_breaks_under_tls(void **state)
{
    static uint8_t large[4 << 20];
    const struct http_reply script[] = { { .bytes = "", .before_body = true, .end = HTTP_RESET } };
    struct query_part part = { .type = PART_IMAGE, .data = { .data = large, .size = sizeof large } };
    const struct query big = { .parts = &part, .n_parts = 1, .n_images = 1 };
    int i;

    (void)state;
    for (i = 0; i < 5; i++) {
        struct http_server *server = http_server_start_tls(script, 1, identity);
        struct client_call call = call_to(http_server_url(server));
        struct outcome o = { 0 };

        call.max_retries = 0;
        o.status = client_ask(&call, &big, &o.answer, &o.err);
        o.requests = http_server_count(server);
        http_server_stop(&server);
        check_outcome("reset", &o, SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "no answer from 'https://127.0.0.1:", 1);
        dispose(&o);
    }
}

/* ---- HTTP/2 ---- */

static uint8_t *add_data(uint8_t *at, const char *text, uint8_t flags)
{
    http2_frame(&at, HTTP2_DATA, flags, 1, text, strlen(text));
    return at;
}

enum end2 { END_WELL, END_RESET, END_GOAWAY };

/* A reply in frames: with a head and some text (*text_size bytes) or without, then an end. */
static size_t write_frames(uint8_t *out, bool has_text, enum end2 end, uint32_t last_stream, uint32_t code,
                           size_t *text_size)
{
    uint8_t *at = out;

    if (has_text || end == END_WELL) {
        http2_head(&at, 200, "text/event-stream", HTTP2_END_HEADERS);
        at = add_data(at, DELTA("Hel"), 0);
    }
    *text_size = (size_t)(at - out);
    if (end == END_WELL)
        at = add_data(at, DELTA("lo") END, HTTP2_END_STREAM);
    else if (end == END_RESET)
        http2_reset(&at, code);
    else
        http2_goaway(&at, last_stream, code);
    return (size_t)(at - out);
}

static void need_http2(void)
{
    if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2))
        skip();
}

static void survives_resets_and_goaways_of_http2(void **state)
{
    static const struct { const char *name; bool has_text; enum end2 end; uint32_t last, code; enum http_end close;
                          enum sc_status status; enum client_class class; const char *text; int requests; } cases[] = {
        { "fine", true, END_WELL, 0, 0, HTTP_CLOSE, SC_OK, CLIENT_FINE, "Hello", 1 },
        { "reset at once", false, END_RESET, 0, 2, HTTP_CLOSE, SC_OK, CLIENT_FINE, "Hello", 2 },
        { "refused", false, END_RESET, 0, 7, HTTP_CLOSE, SC_OK, CLIENT_FINE, "Hello", 2 },
        { "reset in the middle", true, END_RESET, 0, 2, HTTP_CLOSE, SC_OK, CLIENT_CUT_OFF, "Hel", 1 },
        { "cancelled in the middle", true, END_RESET, 0, 8, HTTP_STALL, SC_OK, CLIENT_CUT_OFF, "Hel", 1 },
        { "told to go before it was read", false, END_GOAWAY, 0, 0, HTTP_CLOSE, SC_OK, CLIENT_FINE, "Hello", 2 },
        { "told to go, with an error", false, END_GOAWAY, 0, 11, HTTP_CLOSE, SC_OK, CLIENT_FINE, "Hello", 2 },
        { "told to go in the middle", true, END_GOAWAY, 1, 0, HTTP_CLOSE, SC_OK, CLIENT_CUT_OFF, "Hel", 1 },
        { "told to go in the middle, with an error", true, END_GOAWAY, 0, 2, HTTP_CLOSE, SC_OK, CLIENT_CUT_OFF, "Hel", 1 },
    };
    uint8_t good[2048], bad[2048];
    size_t i, piece, n = write_frames(good, true, END_WELL, 0, 0, &piece);

    (void)state;
    need_http2();
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_reply script[] = {
            { .bytes = (char *)bad, .end = cases[i].close, .piece_delay_ms = 100 },
            { .bytes = (char *)good, .size = n }, { .bytes = (char *)good, .size = n },
        };
        struct http_server *server;
        struct client_call call;
        struct outcome o;

        script[0].size = write_frames(bad, cases[i].has_text, cases[i].end, cases[i].last, cases[i].code, &piece);
        script[0].piece = (int)piece;
        server = http_server_start_tls(script, 3, identity2);
        call = call_to(http_server_url(server));
        o = ask_with(&call, server);
        assert_memory_equal(http_server_request(server, 0)->head, "HTTP/2 ", 7);
        http_server_stop(&server);
        /* A reset that overtakes the text takes it along: then nobody has seen any, and it may be asked again. */
        if (cases[i].has_text && o.requests == 2)
            check_outcome(cases[i].name, &o, SC_OK, CLIENT_FINE, "Hello", "", 2);
        else
            check_outcome(cases[i].name, &o, cases[i].status, cases[i].class, cases[i].text, "", cases[i].requests);
        dispose(&o);
    }
}

static size_t odd_frames(int which, uint8_t *out)
{
    static uint8_t zeros[16384];
    uint8_t *at = out;
    int i;

    if (which == 0)                                        /* a frame larger than was agreed on */
        http2_frame(&at, HTTP2_DATA, 0, 1, NULL, 0xFFFFFF);
    else if (which == 1)                                   /* headers that are none */
        http2_frame(&at, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, "\xFF\xFF\xFF\xFF\xFF\xFF", 6);
    else if (which == 2)                                   /* data of a stream that was never opened */
        http2_frame(&at, HTTP2_DATA, 0, 99, "x", 1);
    else if (which == 3)                                   /* half a frame */
        http2_frame(&at, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, NULL, 100);
    else if (which == 4)                                   /* headers without an end */
        for (i = 0; i < 60; i++)
            http2_frame(&at, i ? HTTP2_CONTINUATION : HTTP2_HEADERS, 0, 1, zeros, sizeof zeros);
    else if (which == 5)                                   /* a flood of pings */
        for (i = 0; i < 50000; i++)
            http2_frame(&at, HTTP2_PING, 0, 0, zeros, 8);
    else if (which == 6)                                   /* a promise that nobody wanted */
        http2_frame(&at, HTTP2_PUSH, HTTP2_END_HEADERS, 1, "\0\0\0\2\x88", 5);
    else
        memcpy(at, "HTTP/1.1 200 OK\r\n\r\n", 19), at += 19; /* another protocol */
    return (size_t)(at - out);
}

static void survives_damaged_http2(void **state)
{
    uint8_t *bytes = malloc(1200000);
    int i;

    (void)state;
    need_http2();
    assert_non_null(bytes);
    for (i = 0; i < 8; i++) {
        const struct http_reply script[] = { { .bytes = (char *)bytes, .size = odd_frames(i, bytes) } };
        struct http_server *server = http_server_start_tls(script, 1, identity2);
        struct client_call call = call_to(http_server_url(server));
        struct outcome o;

        call.max_retries = 0;
        o = ask_with(&call, server);
        http_server_stop(&server);
        if (o.status != SC_ERR_NETWORK || o.took_ms > 20000)
            fail_msg("%d: status %d, %lld ms, '%s'", i, o.status, (long long)o.took_ms, words_of(&o));
        check_secrecy(&o);
        dispose(&o);
    }
    free(bytes);
}

/* ---- proxies ---- */

static struct outcome ask_by_proxy(const char *variable, const char *user, const char *url, struct http_server *proxy)
{
    struct client_call call = call_to(url);
    char address[100];
    struct outcome o;

    snprintf(address, sizeof address, "http://%s127.0.0.1:%d", user, http_server_port(proxy));
    setenv(variable, address, 1);
    call.insecure_http = true;
    call.max_retries = 0;
    o = ask_with(&call, proxy);
    unsetenv(variable);
    return o;
}

static void goes_by_the_proxies_that_curl_knows(void **state)
{
    static const struct { const char *variable, *user, *url, *reply, *first_line; enum sc_status status; int requests; }
    cases[] = {
        { "http_proxy", "", "http://model.example", GOOD, "POST http://model.example/v1/chat/completions HTTP/1.1\r\n", SC_OK,
          1 },
        { "all_proxy", "", "http://model.example", GOOD, "POST http://model.example/v1/chat/completions HTTP/1.1\r\n", SC_OK,
          1 },
        { "https_proxy", "", "https://model.example", "HTTP/1.1 407 Who\r\n\r\n", "CONNECT model.example:443 HTTP/1.1\r\n",
          SC_ERR_NETWORK, 1 },
        { "HTTPS_PROXY", "me:" KEY "@", "https://model.example", "HTTP/1.1 403 No " KEY "\r\n\r\n",
          "CONNECT model.example:443 HTTP/1.1\r\n", SC_ERR_NETWORK, 1 },
        { "https_proxy", "", "https://model.example", "HTTP/1.1 200 Fine\r\n\r\nno TLS at all",
          "CONNECT model.example:443 HTTP/1.1\r\n", SC_ERR_NETWORK, 1 },
        { "https_proxy", "", "http://model.example", GOOD, "", SC_ERR_NETWORK, 0 }, /* not for plain http */
        { "http_proxy", "", "http://localhost:1", GOOD, "", SC_ERR_NETWORK, 0 },    /* nor to this machine */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct http_reply script[] = { { .bytes = cases[i].reply } };
        struct http_server *proxy = http_server_start(script, 1);
        struct outcome o = ask_by_proxy(cases[i].variable, cases[i].user, cases[i].url, proxy);
        const char *head = o.requests ? http_server_request(proxy, 0)->head : "";

        check_secrecy(&o);
        if (o.status != cases[i].status || o.requests != cases[i].requests ||
            strncmp(head, cases[i].first_line, strlen(cases[i].first_line)))
            fail_msg("%zu: status %d, %d requests: %s: %s", i, o.status, o.requests, o.err.text, head);
        if (!strncmp(head, "CONNECT", 7))
            assert_null(strstr(head, KEY));
        dispose(&o);
        http_server_stop(&proxy);
    }
}

static void heeds_the_hosts_that_need_no_proxy(void **state)
{
    const struct http_reply script[] = { { .bytes = GOOD } };
    struct http_server *proxy = http_server_start(script, 1);
    struct outcome o;

    (void)state;
    setenv("no_proxy", "other.example,model.invalid", 1);
    o = ask_by_proxy("http_proxy", "", "http://model.invalid", proxy);
    unsetenv("no_proxy");
    check_outcome("no proxy", &o, SC_ERR_NETWORK, CLIENT_TRANSIENT, "", "no answer from", 0);
    dispose(&o);
    http_server_stop(&proxy);
}

static int open_all(void **state)
{
    (void)state;
    identity = connection_identity(CERTIFICATE_GOOD, false, "good.pem");
    identity2 = connection_identity(CERTIFICATE_GOOD, true, "good2.pem");
    assert_int_equal(system("cat good2.pem >>good.pem"), 0);
    setenv("SSL_CERT_FILE", "good.pem", 1);
    return services_open(&services, NULL, NULL);
}

static int close_all(void **state)
{
    (void)state;
    services_close(&services);
    connection_forget(identity);
    connection_forget(identity2);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_every_status_means),
        cmocka_unit_test(reads_on_behind_what_is_only_news),
        cmocka_unit_test(understands_every_way_to_say_no),
        cmocka_unit_test(survives_garbage_floods_and_wrong_lengths),
        cmocka_unit_test(does_not_unpack_bombs),
        cmocka_unit_test(never_waits_past_its_time),
        cmocka_unit_test(follows_no_redirect_with_its_key),
        cmocka_unit_test(trusts_only_the_right_certificate),
        cmocka_unit_test(reports_a_connection_that_breaks_under_tls),
        cmocka_unit_test(survives_resets_and_goaways_of_http2),
        cmocka_unit_test(survives_damaged_http2),
        cmocka_unit_test(goes_by_the_proxies_that_curl_knows),
        cmocka_unit_test(heeds_the_hosts_that_need_no_proxy),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
