/* Exchanges written down and answered from: the same answers, no secrets, and nothing believed that is damaged. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/client.h"
#include "client/recording.h"
#include "client/retry.h"
#include "tests/kit/http_server.h"

#define KEY "sk-test-0123456789"
#define HEAD(status, type) "HTTP/1.1 " status "\r\nContent-Type: " type "\r\nConnection: close\r\n"
#define DELTA(text) "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]}\n\n"
#define ENDING "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" \
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"
#define GOOD HEAD("200 OK", "text/event-stream") "\r\n" DELTA("caf\xc3\xa9 " KEY " ") DELTA("two") ENDING
#define SLOWER HEAD("429 No", "application/json") "retry-after-ms: 20\r\n\r\n{\"error\":{\"message\":\"slower " KEY \
    "\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}"

static struct services *services;
static uint8_t jpeg[] = { 0xFF, 0xD8, 0xFF, 0xD9 };
static struct query_part parts[] = {
    { .type = PART_IMAGE, .content_type = "image/jpeg", .data = { .data = jpeg, .size = sizeof jpeg } },
    { .type = PART_TEXT, .text = (char *)"What changed?" },
};
static struct query query = { .parts = parts, .n_parts = 2, .n_images = 1 };

static struct client_call call_of(const char *url)
{
    return (struct client_call){ .service = services_find(services, "openai"), .base_url = url, .model = "m", .key = KEY,
                                 .stream = true, .max_output_tokens = 64, .max_retries = 2, .idle_timeout_s = 20 };
}

/* What is exchanged with a server of this script, as text. */
static char *record(const struct http_reply *script, int n, enum sc_status want, struct client_answer *answer)
{
    struct http_server *server = http_server_start(script, n);
    struct client_call call = call_of(http_server_url(server));
    const struct recording_head head = { "openai", "openai-chat", call.base_url, "m", 128000 };
    struct sc_error err = { 0 };
    const struct buffer *text;
    char *copy;

    assert_int_equal(recording_open(&call.recording, &head, &err), SC_OK);
    assert_int_equal(client_ask(&call, &query, answer, &err), want);
    text = recording_text(call.recording);
    assert_non_null(text);
    copy = strndup((const char *)text->data, text->size);
    recording_close(&call.recording);
    http_server_stop(&server);
    return copy;
}

static enum sc_status replay(const char *text, struct client_answer *answer, struct sc_error *err)
{
    struct client_call call = call_of("http://nowhere.example");
    enum sc_status s;

    call.key = NULL;
    assert_int_equal(replay_open(&call.replay, text, strlen(text), err), SC_OK);
    s = client_ask(&call, &query, answer, err);
    replay_close(&call.replay);
    return s;
}

static void gives_the_same_answer(void **state)
{
    const struct http_reply script[] = { { .bytes = SLOWER }, { .bytes = GOOD, .piece = 7 } };
    struct client_answer was, is;
    struct sc_error err = { 0 };
    char *text = record(script, 2, SC_OK, &was);

    (void)state;
    assert_null(strstr(text, KEY));
    assert_null(strstr(text, "/9j/"));
    assert_null(strstr(text, "Bearer"));
    assert_non_null(strstr(text, "What changed?"));
    assert_non_null(strstr(text, "(4 bytes, sha256 "));
    assert_non_null(strstr(text, "\"status\":429"));
    assert_int_equal(replay(text, &is, &err), SC_OK);
    assert_int_equal(is.tries, 2);
    assert_int_equal(is.prompt_tokens, 20);
    assert_string_equal(is.finish, "stop");
    assert_false(is.replay_differs);
    assert_string_equal((char *)is.text.data, "caf\xc3\xa9 ****************** two");
    client_answer_dispose(&was);
    client_answer_dispose(&is);
    free(text);
}

static void waits_for_nothing(void **state)
{
    const struct http_reply script[] = { { .bytes = HEAD("429 No", "application/json") "retry-after-ms: 11\r\n\r\n{}" },
                                         { .bytes = GOOD } };
    struct client_answer was, is;
    struct sc_error err = { 0 };
    char *text = record(script, 2, SC_OK, &was), *wait = strstr(text, "\"retry_after_ms\":11,"), *longer;
    int64_t began = retry_clock_ms();

    (void)state;
    assert_non_null(wait);
    assert_true(asprintf(&longer, "%.*s\"retry_after_ms\":50000,%s", (int)(wait - text), text,
                         wait + strlen("\"retry_after_ms\":11,")) > 0);
    assert_int_equal(replay(longer, &is, &err), SC_OK);
    assert_int_equal(is.tries, 2);
    assert_true(retry_clock_ms() - began < 40000);
    client_answer_dispose(&was);
    client_answer_dispose(&is);
    free(longer);
    free(text);
}

static void plays_what_broke_too(void **state)
{
    const struct http_reply script[] = { { .bytes = HEAD("200 OK", "text/event-stream") "Content-Length: 9999\r\n\r\n"
                                                    DELTA("half"), .end = HTTP_RESET } };
    struct client_answer was, is;
    struct sc_error err = { 0 };
    char *text = record(script, 1, SC_OK, &was);

    (void)state;
    assert_true(was.incomplete);
    assert_non_null(strstr(text, "\"end\":\"broken\""));
    assert_int_equal(replay(text, &is, &err), SC_OK);
    assert_true(is.incomplete);
    assert_string_equal((char *)is.text.data, "half");
    client_answer_dispose(&was);
    client_answer_dispose(&is);
    free(text);
}

static void tells_another_request_and_ends_with_its_replies(void **state)
{
    const struct http_reply script[] = { { .bytes = GOOD } };
    struct client_answer was, is;
    struct sc_error err = { 0 };
    char *text = record(script, 1, SC_OK, &was);
    struct client_call call = call_of("http://nowhere.example");

    (void)state;
    assert_int_equal(replay_open(&call.replay, text, strlen(text), &err), SC_OK);
    assert_string_equal(replay_head(call.replay).service, "openai");
    assert_int_equal(replay_head(call.replay).context_tokens, 128000);
    call.has_seed = true;
    assert_int_equal(client_ask(&call, &query, &is, &err), SC_OK);
    assert_true(is.replay_differs);
    client_answer_dispose(&is);
    assert_int_equal(client_ask(&call, &query, &is, &err), SC_ERR_INVALID);
    assert_non_null(strstr(err.text, "no further reply to POST /v1/chat/completions"));
    client_answer_dispose(&is);
    client_answer_dispose(&was);
    replay_close(&call.replay);
    free(text);
}

#define FIRST "{\"seechange_recording\":1,\"service\":\"a\",\"dialect\":\"b\",\"base_url\":\"c\",\"model\":\"d\"," \
              "\"context_tokens\":0}\n"
#define ASKED "{\"request\":{\"method\":\"GET\",\"path\":\"/\",\"sha256\":\"\"}}\n"
#define REPLIED "{\"reply\":{\"status\":200,\"content_type\":\"\",\"encoding\":\"\",\"location_host\":\"\"," \
    "\"error_type\":\"\",\"retry_after_ms\":-1,\"should_retry\":-1,\"requests\":[-1,-1,-1],\"tokens\":[-1,-1,-1]}}\n"
#define OVER "{\"end\":\"over\",\"at_ms\":1}\n"

static void reads_nothing_that_is_damaged(void **state)
{
    static const struct { const char *text; bool good; } cases[] = {
        { FIRST ASKED REPLIED OVER, true },
        { FIRST ASKED OVER, true }, /* no reply came */
        { FIRST ASKED REPLIED "{\"at_ms\":1,\"hex\":\"00ff\"}\n" OVER ASKED OVER, true },
        { FIRST, true },
        { "", false },
        { "{}", false },
        { ASKED OVER, false },
        { FIRST ASKED, false },
        { FIRST OVER, false },
        { FIRST ASKED ASKED OVER, false },
        { FIRST ASKED REPLIED REPLIED OVER, false },
        { FIRST ASKED "{\"at_ms\":1,\"text\":\"x\"}\n" OVER, false },
        { FIRST ASKED REPLIED "{\"at_ms\":1,\"hex\":\"0\"}\n" OVER, false },
        { FIRST ASKED REPLIED "{\"at_ms\":1,\"hex\":\"0g\"}\n" OVER, false },
        { FIRST ASKED REPLIED "{\"at_ms\":1}\n" OVER, false },
        { FIRST ASKED "{\"reply\":{\"status\":200}}\n" OVER, false },
        { FIRST ASKED "{\"end\":\"broken\"}\n", false },
        { FIRST "[]\n", false },
        { FIRST "\n", false },
    };
    struct sc_error err = { 0 };
    struct replay *r;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (replay_open(&r, cases[i].text, strlen(cases[i].text), &err) != (cases[i].good ? SC_OK : SC_ERR_FORMAT))
            fail_msg("case %zu: %s", i, err.text);
        replay_close(&r);
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
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_same_answer),
        cmocka_unit_test(waits_for_nothing),
        cmocka_unit_test(plays_what_broke_too),
        cmocka_unit_test(tells_another_request_and_ends_with_its_replies),
        cmocka_unit_test(reads_nothing_that_is_damaged),
    };

    return cmocka_run_group_tests_name("recording", tests, set_up, tear_down);
}
