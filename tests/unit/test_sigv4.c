/* Signatures against the vectors that AWS publishes (its Signature Version 4 test suite), and signed requests. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/kit/check.h"

#include "client/client.h"
#include "client/dialects/dialect.h"
#include "client/sigv4.h"
#include "tests/kit/http_server.h"

#define ID "AKIDEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TIME INT64_C(1440938160) /* 2015-08-30T12:36:00Z */

static const struct { const char *name, *method, *url, *signature; } vectors[] = {
    { "get-vanilla", "GET", "https://example.amazonaws.com/",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-vanilla without a path", "GET", "https://example.amazonaws.com",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-vanilla-query-order-key-case", "GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
    { "get-vanilla-empty-query-key", "GET", "https://example.amazonaws.com/?Param1=value1",
      "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb" },
    { "get-unreserved", "GET",
      "https://example.amazonaws.com/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f" },
    { "get-utf8", "GET", "https://example.amazonaws.com/\xE1\x88\xB4",
      "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
    { "get-space", "GET", "https://example.amazonaws.com/example space/",
      "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
    { "post-vanilla", "POST", "https://example.amazonaws.com/",
      "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
    { "post-vanilla-query", "POST", "https://example.amazonaws.com/?Param1=value1",
      "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11" },
};

static struct sigv4_request request_of(const char *method, const char *url)
{
    struct sigv4_request r = { .method = method, .url = url, .time_s = TIME, .region = "us-east-1",
                               .service = "service" };

    assert_int_equal(digest_bytes("", 0, r.body, NULL), SC_OK);
    return r;
}

static void signs_as_the_published_vectors_do(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct sigv4_request r = request_of(vectors[i].method, vectors[i].url);
        struct sigv4_headers h;
        char want[300];

        snprintf(want, sizeof want, "Authorization: AWS4-HMAC-SHA256 Credential=" ID "/20150830/us-east-1/service/"
                 "aws4_request, SignedHeaders=host;x-amz-date, Signature=%s", vectors[i].signature);
        assert_int_equal(sigv4_sign(ID ":" SECRET, &r, &h, NULL), SC_OK);
        if (strcmp((char *)h.authorization.data, want))
            fail_msg("%s: %s", vectors[i].name, h.authorization.data);
        assert_string_equal(h.date, "X-Amz-Date: 20150830T123600Z");
        assert_null(h.token.data);
        sigv4_dispose(&h);
    }
}

static void signs_the_token_of_temporary_keys(void **state)
{
    struct sigv4_request r = request_of("POST", "https://example.amazonaws.com/");
    struct sigv4_headers h;

    (void)state;
    assert_int_equal(sigv4_sign(ID ":" SECRET ":to/ken==", &r, &h, NULL), SC_OK);
    assert_string_equal(h.token.data, "X-Amz-Security-Token: to/ken==");
    assert_non_null(strstr((char *)h.authorization.data, "SignedHeaders=host;x-amz-date;x-amz-security-token, "));
    assert_null(strstr((char *)h.authorization.data, SECRET));
    sigv4_dispose(&h);
}

static void tells_pairs_from_keys(void **state)
{
    static const struct { const char *key; bool is_pair; } cases[] = {
        { "a:b", true }, { "a:b:c", true }, { "ab", false }, { ":b", false }, { "a:", false }, { "a::c", false },
        { "a:b:", false }, { "", false }, { NULL, false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(sigv4_is_pair(cases[i].key), cases[i].is_pair);
}

static void finds_the_region_in_the_host(void **state)
{
    char region[64];

    (void)state;
    assert_true(sigv4_region("https://bedrock-runtime.eu-central-1.amazonaws.com/model/x", region));
    assert_string_equal(region, "eu-central-1");
    assert_false(sigv4_region("https://amazonaws.com/", region));
    assert_false(sigv4_region("http://127.0.0.1:80/", region));
    assert_false(sigv4_region("https://a.b.c.amazonaws.com/", region));
}

/* ---- a request over HTTP ---- */

static struct services *services;

#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: "
#define ANSWER HEAD "application/json\r\n\r\n{\"output\":{\"message\":{\"content\":[{\"text\":\"Two\"}]}}," \
               "\"stopReason\":\"end_turn\"}"

/* What a server would do: sign what arrived, with the time that it names, and compare. */
static void signs_what_arrives(void **state)
{
    static uint8_t jpeg[] = { 0xFF, 0xD8, 0xFF, 0xD9 };
    static const struct http_reply script[] = { { .bytes = ANSWER } };
    struct query_part part = { .type = PART_IMAGE, .data = { .data = jpeg, .size = sizeof jpeg } };
    struct query query = { .parts = &part, .n_parts = 1, .n_images = 1 };
    struct http_server *server = http_server_start(script, 1);
    const struct http_request *got;
    struct client_call call = { .service = services_find(services, "bedrock"), .model = "us.meta.llama4-v1:0",
                                .key = ID ":" SECRET ":token", .base_url = http_server_url(server) };
    struct client_answer answer;
    struct sigv4_request r;
    struct sigv4_headers h;
    struct sc_error err;
    struct tm then = { 0 };
    char url[200];

    (void)state;
    unsetenv("AWS_REGION");
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "bedrock: set AWS_REGION");
    client_answer_dispose(&answer);
    setenv("AWS_REGION", "us-west-2", 1);
    if (client_ask(&call, &query, &answer, &err))
        fail_msg("%s", err.text);
    client_answer_dispose(&answer);
    got = http_server_request(server, 0);
    assert_memory_equal(got->head, "POST /model/us.meta.llama4-v1%3A0/converse HTTP/1.1\r\n", 53);
    assert_non_null(strptime(strstr(got->head, "X-Amz-Date: ") + 12, "%Y%m%dT%H%M%SZ", &then));
    snprintf(url, sizeof url, "%s/model/us.meta.llama4-v1%%3A0/converse", http_server_url(server));
    r = (struct sigv4_request){ .method = "POST", .url = url, .time_s = (int64_t)timegm(&then), .region = "us-west-2",
                                .service = "bedrock" };
    assert_int_equal(digest_bytes(got->body, got->body_size, r.body, NULL), SC_OK);
    assert_int_equal(sigv4_sign(call.key, &r, &h, NULL), SC_OK);
    assert_non_null(strstr(got->head, (char *)h.authorization.data));
    assert_non_null(strstr(got->head, "X-Amz-Security-Token: token\r\n"));
    assert_null(strstr(got->head, SECRET));
    assert_null(strstr(got->head, "Bearer"));
    sigv4_dispose(&h);
    http_server_stop(&server);
    unsetenv("AWS_REGION");
}

static int open_all(void **state)
{
    (void)state;
    return services_open(&services, NULL, NULL);
}

static int close_all(void **state)
{
    (void)state;
    services_close(&services);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_published_vectors_do),
        cmocka_unit_test(signs_the_token_of_temporary_keys),
        cmocka_unit_test(tells_pairs_from_keys),
        cmocka_unit_test(finds_the_region_in_the_host),
        cmocka_unit_test(signs_what_arrives),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
