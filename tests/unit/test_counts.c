/* Thirty whole queries of every packing, counted by a real llama-server: what was planned is what it counts. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include <turbojpeg.h>

#include "client/client.h"
#include "tests/kit/evidence.h"
#include "tests/kit/llama_server.h"

#define CONTEXT 16384
#define SMALL 64             /* a picture of this size is one tile */
#define SMALL_TOKENS 146

static struct llama_server *server;
static struct services *services;

static void attach(struct query *q, int image, int width, int height)
{
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3);
    struct buffer data = { 0 };
    unsigned char *jpeg = NULL;
    unsigned long size = 0;
    tjhandle tj = tjInitCompress();
    struct sc_error err;
    int i;

    assert_non_null(pixels);
    for (i = 0; i < width * height * 3; i++)
        pixels[i] = (uint8_t)(i / 97 + image * 20);
    assert_int_equal(tjCompress2(tj, pixels, width, 0, height, TJPF_RGB, &jpeg, &size, TJSAMP_420, 85, 0), 0);
    assert_int_equal(buffer_add(&data, jpeg, size, NULL), SC_OK);
    if (query_attach(q, image, &data, &err))
        fail_msg("%s", err.text);
    tjFree(jpeg);
    tjDestroy(tj);
    free(pixels);
}

static int64_t counted(const struct query *q)
{
    const struct client_call call = {
        .service = services_find(services, "llama-server"), .base_url = llama_server_url(server), .model = "tiny-llama4",
        .idle_timeout_s = 60, .max_retries = 2,
    };
    struct sc_error err = { 0 };
    bool known = false;
    int64_t tokens = 0;

    if (client_count_tokens(&call, q, &tokens, &known, &err))
        fail_msg("%s", err.text);
    assert_true(known);
    return tokens;
}

static int64_t bytes_of_text(const struct query *q)
{
    int64_t bytes = (int64_t)strlen(q->system);
    int i;

    for (i = 0; i < q->n_parts; i++)
        bytes += q->parts[i].text ? (int64_t)strlen(q->parts[i].text) : 0;
    return bytes;
}

static void check_query(const struct made_evidence *e, const struct model *m, const struct query_settings *settings)
{
    struct sc_error err = { 0 };
    int64_t all, words;
    struct query q;
    int i;

    if (query_build(&e->changes, m, settings, &q, &err))
        fail_msg("%s", err.text);
    for (i = 0; i < q.plan.n_images; i++)
        attach(&q, i, q.plan.images[i].width, q.plan.images[i].height);
    all = counted(&q);
    for (i = 0; i < q.plan.n_images; i++)
        attach(&q, i, SMALL, SMALL);
    words = counted(&q) - (int64_t)q.n_images * SMALL_TOKENS;
    assert_true(q.image_exact);
    assert_int_equal(all - words, q.image_tokens);
    /* The server's vocabulary is tiny: a word takes more tokens than in a real one, but no more than its bytes. */
    if (words < (q.text_tokens + q.layout_tokens) / 3 || words > bytes_of_text(&q) + q.layout_tokens)
        fail_msg("%s: %lld tokens of words", q.pack, (long long)words);
    query_dispose(&q);
}

static void the_server_counts_what_was_planned(void **state)
{
    static const char *const packs[] = { "full", "pair", "delta", "grid", "auto" };
    static const struct { int width, height; } sizes[] = { { 320, 180 }, { 1280, 720 }, { 1080, 1920 } };
    static const char *const questions[] = { NULL, "Quelle est la couleur de la voiture ? \"Rot\" oder 青?" };
    struct models *models = NULL;
    struct model m;
    size_t p, z, k;

    (void)state;
    if (!server)
        skip();
    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, "llama4", &m);
    assert_int_equal(model_override(&m, services_find(services, "llama-server")->overrides, NULL), SC_OK);
    models_close(&models);
    for (p = 0; p < sizeof packs / sizeof *packs; p++)
        for (z = 0; z < sizeof sizes / sizeof *sizes; z++)
            for (k = 0; k < sizeof questions / sizeof *questions; k++) {
                const struct query_settings settings = { .pack = packs[p], .question = questions[k], .no_hints = k };
                struct made_evidence e;

                evidence_make(&e, sizes[z].width, sizes[z].height);
                check_query(&e, &m, &settings);
            }
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
    llama_server_stop(&server);
    services_close(&services);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_server_counts_what_was_planned) };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
