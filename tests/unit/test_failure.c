/* What error replies mean: the table of docs/SERVICES.md, waits between tries, and the words for people. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/failure.h"
#include "client/retry.h"

#define NONE ""

static const struct {
    int status;
    const char *body;
    enum client_class class;
    bool retry;
    const char *message;
    int64_t overshoot;
    int images;
} replies[] = {
    /* rate limits and money */
    { 429, "{\"error\":{\"message\":\"slow down\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}",
      CLIENT_TRANSIENT, true, "slow down", 0, 0 },
    { 429, "{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
      CLIENT_QUOTA, false, NONE, 0, 0 },
    { 429, "{\"error\":{\"message\":\"You exceeded your current quota, please check your plan\",\"code\":\"429\"}}",
      CLIENT_QUOTA, false, "You exceeded your current quota, please check your plan", 0, 0 },
    { 429, "{\"error\":{\"message\":\"Request too large for x on tokens per min (TPM): Limit 30000, Requested 61220.\","
      "\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}", CLIENT_TOO_LONG, false,
      "Request too large for x on tokens per min (TPM): Limit 30000, Requested 61220.", 31220, 0 },
    { 402, "{\"error\":{\"code\":402,\"message\":\"Insufficient credits\"}}", CLIENT_QUOTA, false,
      "Insufficient credits", 0, 0 },
    /* too long */
    { 400, "{\"error\":{\"message\":\"m\",\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}",
      CLIENT_TOO_LONG, false, "m", 0, 0 },
    { 400, "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens. However, you requested 9412 "
      "tokens (8388 in the messages, 1024 in the completion).\",\"type\":\"BadRequestError\",\"code\":400}}",
      CLIENT_TOO_LONG, false, "This model's maximum context length is 8192 tokens. However, you requested 9412 "
      "tokens (8388 in the messages, 1024 in the completion).", 1220, 0 },
    { 400, "{\"error\":{\"code\":400,\"message\":\"request (9412 tokens) exceeds the available context size (8192 "
      "tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":9412,\"n_ctx\":8192}}",
      CLIENT_TOO_LONG, false, "request (9412 tokens) exceeds the available context size (8192 tokens), try "
      "increasing it", 1220, 0 },
    { 400, "{\"error\":{\"message\":\"request (9,412 tokens) exceeds the available context size (8,192 tokens)\"}}",
      CLIENT_TOO_LONG, false, "request (9,412 tokens) exceeds the available context size (8,192 tokens)", 1220, 0 },
    { 422, "{\"error\":\"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096\","
      "\"error_type\":\"validation\"}", CLIENT_TOO_LONG, false,
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096", 0, 0 },
    /* too many images */
    { 400, "{\"error\":{\"message\":\"At most 4 image(s) may be provided in one prompt.\",\"code\":400}}",
      CLIENT_TOO_MANY_IMAGES, false, "At most 4 image(s) may be provided in one prompt.", 0, 4 },
    { 400, "{\"object\":\"error\",\"message\":\"At most 1 image(s) may be provided in one request.\","
      "\"type\":\"BadRequestError\",\"param\":null,\"code\":400}", CLIENT_TOO_MANY_IMAGES, false,
      "At most 1 image(s) may be provided in one request.", 0, 1 },
    { 400, "{\"error\":{\"message\":\"Exceeded maximum number of images (50) allowed in the request.\",\"code\":null}}",
      CLIENT_TOO_MANY_IMAGES, false, "Exceeded maximum number of images (50) allowed in the request.", 0, 50 },
    { 400, "{\"error\":{\"message\":\"Image count 5 exceeds limit 4\"}}", CLIENT_TOO_MANY_IMAGES, false,
      "Image count 5 exceeds limit 4", 0, 4 },
    { 400, "{\"error\":{\"message\":\"Too many images\"}}", CLIENT_TOO_MANY_IMAGES, false, "Too many images", 0, 0 },
    { 400, "{\"error\":{\"message\":\"image must have at most 33177600 pixels\"}}", CLIENT_BAD_REQUEST, false,
      "image must have at most 33177600 pixels", 0, 0 },
    /* too large */
    { 413, "<html>\r\n<head><title>413 Request Entity Too Large</title></head></html>", CLIENT_TOO_LARGE, false, NONE,
      0, 0 },
    { 413, "", CLIENT_TOO_LARGE, false, NONE, 0, 0 },
    { 400, "{\"error\":{\"message\":\"m\",\"code\":\"image_too_large\"}}", CLIENT_TOO_LARGE, false, "m", 0, 0 },
    /* overload and loading */
    { 503, "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}", CLIENT_LOADING,
      true, "Loading model", 0, 0 },
    { 529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
      CLIENT_TRANSIENT, true, "Overloaded", 0, 0 },
    { 500, "{\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\"}}", CLIENT_TRANSIENT, true,
      "The server had an error", 0, 0 },
    { 502, "<html><body>Bad gateway</body></html>", CLIENT_TRANSIENT, true, NONE, 0, 0 },
    { 503, "upstream connect error or disconnect/reset before headers\n", CLIENT_TRANSIENT, true,
      "upstream connect error or disconnect/reset before headers", 0, 0 },
    { 504, "Gateway <html> time-out", CLIENT_TRANSIENT, true, NONE, 0, 0 },
    { 408, "", CLIENT_TRANSIENT, true, NONE, 0, 0 },
    { 409, "", CLIENT_TRANSIENT, true, NONE, 0, 0 },
    { 498, "{\"error\":{\"message\":\"capacity\",\"code\":\"capacity_exceeded\"}}", CLIENT_TRANSIENT, true, "capacity",
      0, 0 },
    /* key and model */
    { 401, "{\"error\":{\"message\":\"Invalid API Key\",\"type\":\"authentication_error\",\"code\":401}}",
      CLIENT_AUTH, false, "Invalid API Key", 0, 0 },
    { 401, "{\"statusCode\":401,\"message\":\"Access denied due to invalid subscription key\"}", CLIENT_AUTH, false,
      "Access denied due to invalid subscription key", 0, 0 },
    { 403, "{\"error\":{\"message\":\"Country not supported\"}}", CLIENT_AUTH, false, "Country not supported", 0, 0 },
    { 404, "{\"error\":{\"message\":\"The model `x` does not exist\",\"code\":\"model_not_found\"}}",
      CLIENT_MODEL_MISSING, false, "The model `x` does not exist", 0, 0 },
    { 400, "{\"error\":{\"message\":\"gone\",\"code\":\"model_decommissioned\"}}", CLIENT_MODEL_MISSING, false, "gone",
      0, 0 },
    { 404, "{\"error\":\"model 'x' not found\"}", CLIENT_MODEL_MISSING, false, "model 'x' not found", 0, 0 },
    { 404, "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"m\"}}", CLIENT_MODEL_MISSING, false, "m", 0, 0 },
    { 404, "{\"error\":{\"code\":404,\"message\":\"File Not Found\",\"type\":\"not_found_error\"}}",
      CLIENT_BAD_REQUEST, false, "File Not Found", 0, 0 },
    /* filters */
    { 400, "{\"error\":{\"message\":\"filtered\",\"code\":\"content_filter\",\"innererror\":{\"code\":"
      "\"ResponsibleAIPolicyViolation\"}}}", CLIENT_REFUSED, false, "filtered", 0, 0 },
    { 400, "{\"error\":{\"message\":\"m\",\"code\":\"content_policy_violation\"}}", CLIENT_REFUSED, false, "m", 0, 0 },
    { 403, "{\"error\":{\"code\":403,\"message\":\"Your input was flagged\"}}", CLIENT_REFUSED, false,
      "Your input was flagged", 0, 0 },
    /* shapes */
    { 400, "{\"object\":\"error\",\"message\":\"m\",\"code\":400}", CLIENT_BAD_REQUEST, false, "m", 0, 0 },
    { 400, "{\"error\":\"text\"}", CLIENT_BAD_REQUEST, false, "text", 0, 0 },
    { 400, "[{\"error\":{\"code\":400,\"message\":\"m\",\"status\":\"INVALID_ARGUMENT\"}}]", CLIENT_BAD_REQUEST, false,
      "m", 0, 0 },
    { 422, "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}", CLIENT_BAD_REQUEST, false,
      "field required", 0, 0 },
    { 400, "{\"detail\":\"no\"}", CLIENT_BAD_REQUEST, false, "no", 0, 0 },
    { 400, "{\"errors\":[{\"message\":\"no route\",\"code\":7003}],\"success\":false}", CLIENT_BAD_REQUEST, false,
      "no route", 0, 0 },
    { 400, "{\"error\":null,\"x\":1}", CLIENT_BAD_REQUEST, false, NONE, 0, 0 },
    { 400, "{\"error\":{\"message\":null,\"code\":null,\"type\":7}}", CLIENT_BAD_REQUEST, false, NONE, 0, 0 },
    { 400, "{\"error\":{\"message\":\"two\\nlines \\u001b[31mred\\u009b\"}}", CLIENT_BAD_REQUEST, false,
      "two lines [31mred", 0, 0 },
    { 400, "{\"error\":", CLIENT_BAD_REQUEST, false, NONE, 0, 0 },
    { 418, "  \n<!DOCTYPE html>", CLIENT_BAD_REQUEST, false, NONE, 0, 0 },
};

static void classifies_every_reply(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct failure f;

        failure_read(replies[i].status, replies[i].body, strlen(replies[i].body), &f);
        if (f.class != replies[i].class || f.retry != replies[i].retry || strcmp(f.message, replies[i].message) ||
            f.overshoot_tokens != replies[i].overshoot || f.allowed_images != replies[i].images ||
            f.status != replies[i].status)
            fail_msg("%d %s: class %d, retry %d, message '%s', overshoot %lld, images %d", replies[i].status,
                     replies[i].body, f.class, f.retry, f.message, (long long)f.overshoot_tokens, f.allowed_images);
    }
}

static void reads_errors_inside_an_answer(void **state)
{
    json_t *root = json_loads("{\"error\":{\"message\":\"m\",\"code\":502},\"choices\":[{\"finish_reason\":\"error\"}]}",
                              0, NULL);
    json_t *fine = json_loads("{\"choices\":[{}],\"message\":\"hello\",\"error\":null}", 0, NULL);
    struct failure f;

    (void)state;
    assert_true(failure_from_json(root, &f));
    failure_classify(&f);
    assert_int_equal(f.status, 502);
    assert_int_equal(f.class, CLIENT_TRANSIENT);
    assert_false(failure_from_json(fine, &f));
    json_decref(root);
    json_decref(fine);
}

static void takes_the_key_out_of_messages(void **state)
{
    static const char body[] = "{\"error\":{\"message\":\"bad key sk-secret-1234, sk-secret-1234!\"}}";
    struct failure f;

    (void)state;
    failure_read(401, body, strlen(body), &f);
    failure_redact(f.message, "sk-secret-1234");
    assert_string_equal(f.message, "bad key ***, ***!");
    failure_redact(f.message, NULL);
    failure_redact(f.message, "");
    assert_string_equal(f.message, "bad key ***, ***!");
    strcpy(f.message, "cut off: sk-secret-12");
    failure_redact(f.message, "sk-secret-1234");
    assert_string_equal(f.message, "cut off: ***");
    strcpy(f.message, "of a pair: secret, ID");
    failure_redact(f.message, "IDENT:secret");
    assert_string_equal(f.message, "of a pair: ***, ID");
}

static void cuts_long_messages_at_a_whole_letter(void **state)
{
    char body[4096] = "{\"error\":\"";
    struct failure f;
    size_t n;

    (void)state;
    for (n = strlen(body); n < 2000; n += 2)
        memcpy(body + n, "\xC3\xA9", 3);
    strcat(body, "\"}");
    failure_read(400, body, strlen(body), &f);
    assert_int_equal(strlen(f.message), 398);
    assert_memory_equal(f.message + 396, "\xC3\xA9", 3);
}

static void tells_people_what_to_do(void **state)
{
    static const struct { int status; const char *body, *text; } cases[] = {
        { 400, "{\"error\":{\"message\":\"m\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":9412,"
          "\"n_ctx\":8192}}", "local: context too long by 1,220 tokens; try --max-images (HTTP 400: m)" },
        { 413, "<html>", "local: request of 1,234,567 bytes too large; try --max-images (HTTP 413)" },
        { 400, "{\"error\":\"At most 4 image(s) may be provided\"}",
          "local: too many images; try --max-images 4 (HTTP 400: At most 4 image(s) may be provided)" },
        { 401, "{\"error\":\"bad\"}", "local: key refused; check LOCAL_KEY (HTTP 401: bad)" },
        { 402, "", "local: out of credit or quota; see the account's billing (HTTP 402)" },
        { 404, "{\"error\":\"model 'x' not found\"}",
          "local: no model 'x'; name another with --model (HTTP 404: model 'x' not found)" },
        { 404, "", "local: nothing there; check --base-url (HTTP 404)" },
        { 429, "", "local: rate limit after 3 tries; try again later (HTTP 429)" },
        { 503, "{\"error\":\"Loading model\"}",
          "local: still loading its model; try again later (HTTP 503: Loading model)" },
        { 400, "{\"error\":\"Failed to load image or audio file\"}",
          "local: request refused (HTTP 400: Failed to load image or audio file)" },
    };
    struct failure_scene scene = { "local", "x", "LOCAL_KEY", true, 1234567, 3 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sc_error err;
        struct failure f;

        failure_read(cases[i].status, cases[i].body, strlen(cases[i].body), &f);
        assert_int_equal(failure_report(&f, &scene, &err), SC_ERR_SERVICE);
        assert_string_equal(err.text, cases[i].text);
    }
}

static void waits_as_the_service_says(void **state)
{
    static const struct { const char *ms, *other; int64_t wait; } cases[] = {
        { "350", NULL, 350 }, { "350.9", "7", 350 }, { NULL, "2", 2000 }, { NULL, "1.5", 1500 }, { NULL, " 3 ", 3000 },
        { NULL, "0", 0 }, { NULL, "3600", RETRY_MAX_WAIT_MS }, { NULL, "99999999999999999999", RETRY_MAX_WAIT_MS },
        { NULL, "Wed, 21 Oct 2026 07:28:00 GMT", 30000 }, { NULL, "Wed, 21 Oct 2026 07:27:00 GMT", 0 },
        { NULL, "Wed, 21 Oct 2037 07:28:00 GMT", RETRY_MAX_WAIT_MS }, { NULL, NULL, -1 }, { NULL, "soon", -1 },
        { NULL, "-5", -1 }, { "x", "2", 2000 }, { NULL, "1.2.3", -1 }, { NULL, "", -1 }, { "", NULL, -1 },
    };
    const int64_t now = INT64_C(1792567650); /* 30 s before 07:28 */
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        if (retry_after_ms(cases[i].ms, cases[i].other, now) != cases[i].wait)
            fail_msg("%s, %s: %lld", cases[i].ms, cases[i].other,
                     (long long)retry_after_ms(cases[i].ms, cases[i].other, now));
}

static void waits_until_a_limit_is_free_again(void **state)
{
    static const struct { const char *remaining, *reset; int64_t wait; } cases[] = {
        { "0", "20ms", 20 }, { "0", "1s", 1000 }, { "0", "6m0s", RETRY_MAX_WAIT_MS }, { "0", "1.5s", 1500 },
        { "0", "0h0m2s500ms", 2500 }, { "0", "7", 7000 }, { "0", "0s", 0 },
        { "0", "2026-10-21T07:28:00Z", 30000 }, { "0", "2026-10-21T07:00:00Z", 0 },
        { "1", "20ms", -1 }, { NULL, "20ms", -1 }, { "0", NULL, -1 }, { "0", "", -1 }, { "x", "1s", -1 },
        { "0", "soon", -1 }, { "0", "5d", -1 }, { "0", "s", -1 }, { "0", "1.2.3s", -1 },
        { "0", "999999999999999999999999999s", -1 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        if (retry_reset_ms(cases[i].remaining, cases[i].reset, INT64_C(1792567650)) != cases[i].wait)
            fail_msg("%s, %s: %lld", cases[i].remaining, cases[i].reset,
                     (long long)retry_reset_ms(cases[i].remaining, cases[i].reset, INT64_C(1792567650)));
}

static void waits_longer_each_time_and_by_chance(void **state)
{
    uint32_t chance;
    int attempt;

    (void)state;
    for (attempt = 0; attempt < 10; attempt++) {
        int64_t most = attempt >= 4 ? 8000 : 500 << attempt;

        for (chance = 0; chance < 1000; chance += 3) {
            int64_t wait = retry_wait_ms(attempt, -1, chance);

            assert_true(wait <= most && wait >= most * 3 / 4);
        }
        assert_int_equal(retry_wait_ms(attempt, 350, 7), 350);
    }
    assert_int_not_equal(retry_wait_ms(0, -1, 1), retry_wait_ms(0, -1, 200));
}

static void stops_waiting_when_cancelled(void **state)
{
    atomic_bool cancel = true;
    int64_t began = retry_clock_ms();

    (void)state;
    assert_int_equal(retry_sleep(60000, &cancel, NULL), SC_ERR_CANCELLED);
    assert_int_equal(retry_sleep(60, NULL, NULL), SC_OK);
    assert_in_range(retry_clock_ms() - began, 60, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classifies_every_reply),
        cmocka_unit_test(reads_errors_inside_an_answer),
        cmocka_unit_test(takes_the_key_out_of_messages),
        cmocka_unit_test(cuts_long_messages_at_a_whole_letter),
        cmocka_unit_test(tells_people_what_to_do),
        cmocka_unit_test(waits_as_the_service_says),
        cmocka_unit_test(waits_until_a_limit_is_free_again),
        cmocka_unit_test(waits_longer_each_time_and_by_chance),
        cmocka_unit_test(stops_waiting_when_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
