/* What a server said of itself is asked once, until there is doubt. */
#include <pthread.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/known.h"
#include "tests/kit/http_server.h"

#define N_THREADS 6
#define LIST(id) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" \
                 "{\"object\":\"list\",\"data\":[{\"id\":\"" id "\",\"owned_by\":\"vllm\",\"max_model_len\":4096}]}"
#define LOADING "HTTP/1.1 503 Loading\r\nConnection: close\r\n\r\n"

static void identify(struct known *k, const char *url, const char *key, struct found_server *out)
{
    struct services *s = NULL;

    assert_int_equal(services_open(&s, NULL, NULL), SC_OK);
    assert_int_equal(known_identify(k, s, url, key, out, NULL), SC_OK);
    assert_ptr_equal(out->service, services_find(s, out->service->name));
    services_close(&s);
}

/* Whether it was sent any request to tell that it serves this model. */
static bool has_to_ask(struct known *k, struct http_server *server, const char *key, const char *model)
{
    const int before = http_server_count(server);
    struct found_server found;

    identify(k, http_server_url(server), key, &found);
    assert_string_equal(found.model, model);
    return http_server_count(server) > before;
}

static void remembers_what_a_server_is(void **state)
{
    const struct http_reply pages[] = {
        { .path = "/v1/models", .bytes = LOADING },
        { .path = "/v1/models", .bytes = LIST("first") },
        { .path = "/v1/models", .bytes = LIST("second") },
    };
    struct http_server *server = http_server_start(pages, 3);
    struct known *k;
    char base[64];

    (void)state;
    snprintf(base, sizeof base, "%s/v1", http_server_url(server));
    assert_int_equal(known_open(&k, NULL), SC_OK);
    assert_true(has_to_ask(k, server, NULL, ""));
    assert_true(has_to_ask(k, server, NULL, "first"));
    assert_false(has_to_ask(k, server, NULL, "first"));
    known_doubt(k, "http://elsewhere/v1");
    assert_false(has_to_ask(k, server, NULL, "first"));
    assert_true(has_to_ask(k, server, "key", "second"));
    assert_false(has_to_ask(k, server, NULL, "first"));
    known_doubt(k, base);
    assert_true(has_to_ask(k, server, NULL, "second"));
    assert_false(has_to_ask(k, server, NULL, "second"));
    known_close(&k);
    http_server_stop(&server);
}

struct one_of_many {
    pthread_t thread;
    struct known *known;
    const char *url;
    struct found_server found;
};

static void *ask(void *user)
{
    struct one_of_many *one = user;

    identify(one->known, one->url, NULL, &one->found);
    return NULL;
}

static void threads_wait_for_the_first(void **state)
{
    const struct http_reply pages[] = { { .path = "/v1/models", .bytes = LIST("slow"), .delay_ms = 300 } };
    struct http_server *server = http_server_start(pages, 1);
    struct one_of_many all[N_THREADS];
    struct known *k;
    int i, n_asked = 0;

    (void)state;
    assert_int_equal(known_open(&k, NULL), SC_OK);
    for (i = 0; i < N_THREADS; i++) {
        all[i] = (struct one_of_many){ .known = k, .url = http_server_url(server) };
        assert_int_equal(pthread_create(&all[i].thread, NULL, ask, &all[i]), 0);
    }
    for (i = 0; i < N_THREADS; i++) {
        pthread_join(all[i].thread, NULL);
        assert_string_equal(all[i].found.model, "slow");
    }
    for (i = 0; i < http_server_count(server); i++)
        n_asked += !strncmp(http_server_request(server, i)->head, "GET /v1/models ", 15);
    assert_int_equal(n_asked, 1);
    known_close(&k);
    http_server_stop(&server);
}

/* One more server than there is room for. */
static void the_oldest_makes_room(void **state)
{
    const struct http_reply pages[] = { { .path = "/v1/models", .bytes = LIST("deep") } };
    struct http_server *server = http_server_start(pages, 1);
    struct known *k;
    char key[16];
    int i;

    (void)state;
    assert_int_equal(known_open(&k, NULL), SC_OK);
    for (i = 0; i <= KNOWN_SERVERS; i++) {
        snprintf(key, sizeof key, "key %d", i);
        assert_true(has_to_ask(k, server, key, "deep"));
    }
    assert_false(has_to_ask(k, server, "key 1", "deep"));
    assert_true(has_to_ask(k, server, "key 0", "deep"));
    known_close(&k);
    http_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembers_what_a_server_is),
        cmocka_unit_test(threads_wait_for_the_first),
        cmocka_unit_test(the_oldest_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
