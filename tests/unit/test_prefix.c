/* What a service has in its cache of prompts after one question about a video is the beginning of the next one. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/client.h"
#include "client/dialects/dialect.h"
#include "tests/kit/evidence.h"

#define QUESTION "What colour is the thing that moves?"
#define ANSWER "It is red [00:04.200]."
#define NEXT "And what is behind it?"

static struct services *services;
static struct models *models;

static const char *const families[] = { "llama4", "gpt-4.1", "gpt-4.1-mini", "some-model" };
static const char *const packs[] = { "full", "pair", "delta", "grid", "auto" };

static struct query build(const struct sc_changes *c, const struct model *m, const char *pack, const char *question)
{
    struct query_settings settings = { .pack = pack, .question = question };
    struct query q;
    struct sc_error err;
    int i;

    if (query_build(c, m, &settings, &q, &err))
        fail_msg("%s", err.text);
    for (i = 0; i < q.n_images; i++) {
        struct buffer data = { 0 };

        assert_int_equal(buffer_print(&data, NULL, "\xFF\xD8\xFF picture %d of %s", i, pack), SC_OK);
        assert_int_equal(query_attach(&q, i, &data, NULL), SC_OK);
    }
    return q;
}

/* The body in this dialect; free() it. */
static char *body_of(const struct dialect *dialect, const struct query *q)
{
    struct client_call call = { .service = services_find(services, "openai-compatible"), .dialect = dialect,
                                .base_url = "http://localhost:1", .model = "any", .max_output_tokens = 64 };
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    struct sc_error err;

    if (client_write_body(&call, q, f, NULL, &err))
        fail_msg("%s: %s", dialect->name, err.text);
    fclose(f);
    assert_int_equal(strlen(text), size);
    return text;
}

static size_t common(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* Where the text ends in the body. */
static size_t end_of(const char *body, const char *text)
{
    const char *at = strstr(body, text);

    assert_non_null(at);
    return (size_t)(at - body) + strlen(text);
}

/* Where the last picture ends in it. */
static size_t end_of_pictures(const char *body, const struct query *q)
{
    size_t end = 0;
    int i;

    for (i = 0; i < q->n_parts; i++) {
        struct body coded = { 0 };
        char text[256];
        size_t n, at;

        if (q->parts[i].type != PART_IMAGE)
            continue;
        assert_int_equal(body_base64(&coded, q->parts[i].data.data, q->parts[i].data.size, NULL), SC_OK);
        n = body_read(&coded, text, sizeof text - 1);
        text[n] = '\0';
        body_dispose(&coded);
        at = end_of(body, text);
        assert_true(at > end); /* in order */
        end = at;
    }
    return end;
}

/* Of these two the pictures lie in a list of their own, behind the words. */
static bool has_words_apart(const struct dialect *d)
{
    return !strcmp(d->name, "ollama") || !strcmp(d->name, "llama4-native");
}

static void go_on(struct query *q, const struct model *m, const char *answer, const char *next)
{
    assert_int_equal(query_add_turns(q, m, answer, next, NULL), SC_OK);
}

static void check_going_on(const struct dialect *d, const struct model *m, struct query *q)
{
    char *first = body_of(d, q), *second, *third;
    size_t asked = end_of(first, QUESTION), pictures = end_of_pictures(first, q);

    go_on(q, m, ANSWER, NEXT);
    second = body_of(d, q);
    go_on(q, m, "The table.", "Why?");
    third = body_of(d, q);
    assert_true(common(first, second) >= asked);
    assert_true(common(second, third) >= end_of(second, NEXT));
    assert_true(end_of(second, ANSWER) > asked);
    if (!has_words_apart(d)) {
        assert_true(pictures < asked);
    } else {
        assert_true(end_of_pictures(third, q) > asked);
    }
    free(first);
    free(second);
    free(third);
}

static void what_was_said_before_is_the_beginning_of_what_is_said_next(void **state)
{
    struct made_evidence e;
    size_t f, p;
    int d;

    (void)state;
    evidence_make(&e, 1280, 720);
    for (f = 0; f < sizeof families / sizeof *families; f++)
        for (p = 0; p < sizeof packs / sizeof *packs; p++)
            for (d = 0; client_dialects[d]; d++) {
                struct model m;
                struct query q;

                models_find(models, families[f], &m);
                q = build(&e.changes, &m, packs[p], QUESTION);
                check_going_on(client_dialects[d], &m, &q);
                query_dispose(&q);
            }
}

static void another_question_has_the_same_beginning(void **state)
{
    struct made_evidence e;
    size_t f, p;
    int d;

    (void)state;
    evidence_make(&e, 1280, 720);
    for (f = 0; f < sizeof families / sizeof *families; f++)
        for (p = 0; p < sizeof packs / sizeof *packs; p++)
            for (d = 0; client_dialects[d]; d++) {
                struct model m;
                struct query one, other;
                char *first, *second;

                models_find(models, families[f], &m);
                one = build(&e.changes, &m, packs[p], QUESTION);
                other = build(&e.changes, &m, packs[p], NEXT);
                first = body_of(client_dialects[d], &one);
                second = body_of(client_dialects[d], &other);
                assert_true(common(first, second) >= end_of(first, QUESTION) - strlen(QUESTION));
                free(first);
                free(second);
                query_dispose(&one);
                query_dispose(&other);
            }
}

static void the_same_question_has_the_same_bytes(void **state)
{
    struct made_evidence e;
    int d;

    (void)state;
    evidence_make(&e, 640, 360);
    for (d = 0; client_dialects[d]; d++) {
        struct model m;
        struct query one, other;
        char *first, *second;

        models_find(models, "llama4", &m);
        one = build(&e.changes, &m, "auto", NULL);
        other = build(&e.changes, &m, "auto", NULL);
        first = body_of(client_dialects[d], &one);
        second = body_of(client_dialects[d], &other);
        assert_string_equal(first, second);
        free(first);
        free(second);
        query_dispose(&one);
        query_dispose(&other);
    }
}

static int begin(void **state)
{
    (void)state;
    return services_open(&services, NULL, NULL) || models_open(&models, NULL, NULL);
}

static int end(void **state)
{
    (void)state;
    services_close(&services);
    models_close(&models);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_before_is_the_beginning_of_what_is_said_next),
        cmocka_unit_test(another_question_has_the_same_beginning),
        cmocka_unit_test(the_same_question_has_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
