/* One way to a model, step by step. */
#include "client/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "client/models.h"
#include "client/url.h"

#define ANSWER_TOKENS 16

struct visit {
    const struct client_call *call;
    doctor_sink *say;
    void *user;
    bool fine;
};

static void say(struct visit *v, const char *step, enum sc_check_state state, const char *words)
{
    v->fine = v->fine && state != SC_CHECK_FAILED;
    v->say(v->user, step, state, words);
}

static bool must_stop(enum sc_status s)
{
    return s == SC_ERR_CANCELLED || s == SC_ERR_NOMEM;
}

/* Name, connection and TLS, as far as the exchange came. False: no further. */
static bool tell_way(struct visit *v, const struct client_page *page, const char *url, const struct sc_error *err)
{
    char host[256], words[400];

    if (!page->has_name) {
        say(v, "name", SC_CHECK_FAILED, err->text);
        return false;
    }
    say(v, "name", SC_CHECK_FINE, url_host(url, host));
    if (!page->has_connection) {
        snprintf(words, sizeof words, "%.300s; is the server running, and is the port right?", err->text);
        say(v, "connection", SC_CHECK_FAILED, words);
        return false;
    }
    say(v, "connection", SC_CHECK_FINE, page->address);
    if (!url_is_https(url)) {
        say(v, "tls", SC_CHECK_SKIPPED, "plain http");
        return true;
    }
    if (!page->has_tls) {
        snprintf(words, sizeof words, "%.300s; SSL_CERT_FILE names other authorities", err->text);
        say(v, "tls", SC_CHECK_FAILED, words);
        return false;
    }
    say(v, "tls", SC_CHECK_FINE, "verified");
    return true;
}

static void tell_model(struct visit *v, const struct client_page *page)
{
    const char *model = v->call->model ? v->call->model : v->call->service->default_model;
    struct listed_model *list = NULL;
    char words[400] = "";
    int n = 0, i;

    if (models_from_page(page, &list, &n, NULL) || !n) {
        say(v, "model", SC_CHECK_SKIPPED, "the service lists none");
    } else if (!model || !*model) {
        snprintf(words, sizeof words, "name one with --model; there is %.200s", list[0].name);
        say(v, "model", SC_CHECK_FAILED, words);
    } else {
        for (i = 0; i < n && strcmp(list[i].name, model); i++)
            continue;
        snprintf(words, sizeof words,
                 i < n ? "%.120s" : "%.120s is not among the %d that there are; see seechange models", model, n);
        /* Some serve any name, some list other names than they take: whether it answers counts. */
        say(v, "model", i < n ? SC_CHECK_FINE : SC_CHECK_SKIPPED, words);
    }
    free(list);
}

/* The page of models tells of the whole way there, and of the key. *go_on: it is worth asking. */
static enum sc_status visit_server(struct visit *v, const char *url, bool *go_on, struct sc_error *err)
{
    const char *path = models_path(v->call);
    struct client_page page;
    enum sc_status s = client_get(v->call, path ? path : "/", MODELS_PAGE_BYTES, &page, err);

    *go_on = false;
    if (must_stop(s) || !page.status) {
        if (!must_stop(s) && (page.has_name || s == SC_ERR_NETWORK))
            tell_way(v, &page, url, err);
        else if (!must_stop(s))
            say(v, "key", SC_CHECK_FAILED, err->text);
    } else if (tell_way(v, &page, url, err)) {
        *go_on = page.class != CLIENT_AUTH && page.class != CLIENT_QUOTA;
        say(v, "key", !*go_on ? SC_CHECK_FAILED : v->call->key ? SC_CHECK_FINE : SC_CHECK_SKIPPED,
            !*go_on ? err->text : v->call->key ? "taken" : "none is needed");
        if (*go_on)
            tell_model(v, &page);
    }
    buffer_dispose(&page.body);
    return must_stop(s) ? s : SC_OK;
}

static void count_pieces(void *user, const char *text, size_t size)
{
    (void)text, (void)size;
    ++*(int *)user;
}

/* Ask about a red square: a JPEG, as our pictures are. */
static enum sc_status ask(struct visit *v, const char *step, bool stream, bool *good, struct sc_error *err)
{
    static const uint8_t red[] = {
        0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, 0x4A, 0x46, 0x49, 0x46, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01, 0x00, 0x01,
        0x00, 0x00, 0xFF, 0xDB, 0x00, 0x43, 0x00, 0x08, 0x06, 0x06, 0x07, 0x06, 0x05, 0x08, 0x07, 0x07, 0x07, 0x09,
        0x09, 0x08, 0x0A, 0x0C, 0x14, 0x0D, 0x0C, 0x0B, 0x0B, 0x0C, 0x19, 0x12, 0x13, 0x0F, 0x14, 0x1D, 0x1A, 0x1F,
        0x1E, 0x1D, 0x1A, 0x1C, 0x1C, 0x20, 0x24, 0x2E, 0x27, 0x20, 0x22, 0x2C, 0x23, 0x1C, 0x1C, 0x28, 0x37, 0x29,
        0x2C, 0x30, 0x31, 0x34, 0x34, 0x34, 0x1F, 0x27, 0x39, 0x3D, 0x38, 0x32, 0x3C, 0x2E, 0x33, 0x34, 0x32, 0xFF,
        0xDB, 0x00, 0x43, 0x01, 0x09, 0x09, 0x09, 0x0C, 0x0B, 0x0C, 0x18, 0x0D, 0x0D, 0x18, 0x32, 0x21, 0x1C, 0x21,
        0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32,
        0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32,
        0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0x32, 0xFF, 0xC0, 0x00, 0x11,
        0x08, 0x00, 0x20, 0x00, 0x20, 0x03, 0x01, 0x22, 0x00, 0x02, 0x11, 0x01, 0x03, 0x11, 0x01, 0xFF, 0xC4, 0x00,
        0x15, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x06, 0xFF, 0xC4, 0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xC4, 0x00, 0x16, 0x01, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x07, 0xFF, 0xC4, 0x00, 0x14, 0x11, 0x01,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xDA,
        0x00, 0x0C, 0x03, 0x01, 0x00, 0x02, 0x11, 0x03, 0x11, 0x00, 0x3F, 0x00, 0x8B, 0x01, 0x32, 0xDC, 0x00, 0x00,
        0x00, 0x00, 0x01, 0xFF, 0xD9,
    };
    struct query_part parts[] = {
        { .type = PART_IMAGE, .content_type = "image/jpeg", .data = { .data = (uint8_t *)red, .size = sizeof red } },
        { .type = PART_TEXT, .text = (char *)"Which colour is this? One word." },
    };
    struct query query = { .parts = parts, .n_parts = 2, .n_images = 1 };
    struct client_call call = *v->call;
    struct client_answer answer;
    char words[200];
    int pieces = 0;
    enum sc_status s;

    call.stream = stream;
    call.max_output_tokens = ANSWER_TOKENS;
    call.max_retries = 0;
    call.no_memory = true;
    call.on_text = count_pieces;
    call.user = &pieces;
    s = client_ask(&call, &query, &answer, err);
    *good = !s && answer.class != CLIENT_CUT_OFF;
    if (*good && stream)
        snprintf(words, sizeof words, "an answer in %d piece%s", pieces, pieces == 1 ? "" : "s");
    else if (*good)
        snprintf(words, sizeof words, "taken, %lld tokens with a question", (long long)answer.prompt_tokens);
    else
        snprintf(words, sizeof words, "%.199s", s ? err->text : answer.why);
    if (*good && !stream && answer.prompt_tokens < 0)
        snprintf(words, sizeof words, "taken");
    if (!must_stop(s))
        say(v, step, *good ? SC_CHECK_FINE : SC_CHECK_FAILED, words);
    client_answer_dispose(&answer);
    return must_stop(s) ? s : SC_OK;
}

static enum sc_status find_base(const struct client_call *call, char **out, struct sc_error *err)
{
    char *url = NULL;
    enum sc_status s = call->base_url ? SC_OK : service_url(call->service, &url, err);

    if (!s)
        s = url_base(url ? url : call->base_url, out, err);
    free(url);
    return s;
}

enum sc_status client_doctor(const struct client_call *call, doctor_sink *sink, void *user, bool *fine_out,
                             struct sc_error *err)
{
    struct visit v = { .call = call, .say = sink, .user = user, .fine = true };
    struct sc_error why = { 0 };
    char *url = NULL;
    bool go_on = false;
    enum sc_status s = find_base(call, &url, &why);

    if (s && !must_stop(s)) {
        say(&v, "name", SC_CHECK_FAILED, why.text);
        s = SC_OK;
    } else if (!s && !(s = visit_server(&v, url, &go_on, &why)) && go_on &&
               !(s = ask(&v, "image", false, &go_on, &why)) && go_on) {
        s = ask(&v, "stream", true, &go_on, &why);
    }
    free(url);
    if (s && err)
        *err = why;
    *fine_out = v.fine;
    return s;
}
