/* Recognising model servers: ask all questions at once, then decide on the answers, row by row. */
#include "client/probe.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "client/json.h"
#include "client/service.h"
#include "client/transport.h"
#include "client/url.h"

#define PAGE_BYTES ((size_t)64 << 10)
#define MAX_PAGES 256
#define PROBE_CONNECT_MS 200
#define PROBE_TOTAL_MS 500
#define IDENTIFY_CONNECT_MS 2000
#define IDENTIFY_TOTAL_MS 4000

struct page {
    const char *path;        /* borrowed from a row */
    char *url;
    int port;                /* 0: of the one base URL */
    struct buffer body;
    json_t *json;            /* NULL: none */
    int status;              /* 0: nobody answered */
};

struct pages {
    struct page *page;
    int n;
    const char *base;        /* of services_identify; NULL while probing */
};

/* ---- is it a probe? ---- */

static bool is_port(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) > 0 && json_integer_value(value) < 65536;
}

static bool is_question(const json_t *question)
{
    static const char known[] = " get at equals begins status ";
    const char *get = json_string_value(json_object_get(question, "get")), *key;
    char word[16];
    json_t *value;

    if (!get || get[0] != '/')
        return false;
    json_object_foreach((json_t *)question, key, value) {
        snprintf(word, sizeof word, " %.12s ", key);
        if (!strstr(known, word) || !(json_is_string(value) || json_is_integer(value)))
            return false;
    }
    return true;
}

static bool are_questions(const json_t *list)
{
    const json_t *question;
    size_t i;

    json_array_foreach((json_t *)list, i, question)
        if (!is_question(question))
            return false;
    return json_array_size(list) > 0;
}

const char *probe_check(const json_t *probe)
{
    static const char *const lists[] = { "model", "context", "vision" };
    json_t *value;
    size_t i;

    json_array_foreach(json_object_get(probe, "ports"), i, value)
        if (!is_port(value))
            return "an object with \"ports\" from 1 to 65535";
    json_array_foreach(json_object_get(probe, "is"), i, value)
        if (!are_questions(value))
            return "an object with \"is\": [[{\"get\": \"/path\", ...}, ...], ...]";
    if (!json_array_size(json_object_get(probe, "is")))
        return "an object with \"is\"";
    for (i = 0; i < sizeof lists / sizeof *lists; i++)
        if ((value = json_object_get(probe, lists[i])) && !are_questions(value))
            return "an object with \"model\", \"context\" and \"vision\" as [{\"get\": \"/path\", \"at\": ...}, ...]";
    return NULL;
}

/* ---- the questions ---- */

static struct page *find_page(const struct pages *p, int port, const char *path)
{
    int i;

    for (i = 0; i < p->n; i++)
        if (p->page[i].port == port && !strcmp(p->page[i].path, path))
            return &p->page[i];
    return NULL;
}

/* "/v1/models" is asked below the base URL, whatever its path; all else at the server's root. */
static enum sc_status page_url(const struct pages *p, int port, const char *path, char **out, struct sc_error *err)
{
    if (!p->base)
        return asprintf(out, "http://127.0.0.1:%d%s", port, path) < 0 ? fail_memory(err) : SC_OK;
    if (!strncmp(path, "/v1/", 4))
        return url_join(p->base, path + 3, out, err);
    return url_at_root(p->base, path, out, err);
}

static enum sc_status add_page(struct pages *p, int port, const json_t *question, struct sc_error *err)
{
    const char *path = json_string_value(json_object_get(question, "get"));
    char *url = NULL;
    enum sc_status s;

    if (find_page(p, port, path) || p->n == MAX_PAGES)
        return SC_OK;
    if ((s = page_url(p, port, path, &url, err)))
        return s;
    p->page[p->n++] = (struct page){ .path = path, .port = port, .url = url };
    return SC_OK;
}

static enum sc_status add_pages(struct pages *p, int port, const json_t *probe, struct sc_error *err)
{
    static const char *const lists[] = { "model", "context", "vision" };
    const json_t *group, *question;
    size_t i, k;
    enum sc_status s = SC_OK;

    json_array_foreach(json_object_get(probe, "is"), i, group)
        json_array_foreach((json_t *)group, k, question)
            if (!s)
                s = add_page(p, port, question, err);
    for (i = 0; i < sizeof lists / sizeof *lists; i++)
        json_array_foreach(json_object_get(probe, lists[i]), k, question)
            if (!s)
                s = add_page(p, port, question, err);
    return s;
}

/* The port of "host", "host:port", "http://host:port", if that host is this machine; 0.0.0.0 is. 0: none. */
static int port_of_variable(const json_t *probe)
{
    const char *variable = json_string_value(json_object_get(probe, "port_variable"));
    const char *text = variable ? getenv(variable) : NULL, *colon;
    char *url = NULL;
    char host[256];
    int port = 0;

    if (!text || !*text || url_base(text, &url, NULL))
        return 0;
    if (url_is_loopback(url) || !strcmp(url_host(url, host), "0.0.0.0")) {
        colon = strchr(url + strcspn(url, ":") + 1, ':');
        port = colon ? atoi(colon + 1) : 0;
    }
    free(url);
    return port > 0 && port < 65536 ? port : 0;
}

static size_t port_count(const json_t *probe)
{
    return json_array_size(json_object_get(probe, "ports")) + 1;
}

/* Number i of the ports to look at: that of the variable first. 0: none. */
static int port_at(const json_t *probe, size_t i)
{
    return i ? (int)json_integer_value(json_array_get(json_object_get(probe, "ports"), i - 1))
             : port_of_variable(probe);
}

/* ---- the answers ---- */

static enum sc_status keep(void *user, const struct reply_head *head, const char *bytes, size_t size, bool *enough,
                           struct sc_error *err)
{
    struct page *page = user;

    (void)head;
    *enough = size > PAGE_BYTES - page->body.size;
    return buffer_add(&page->body, bytes, *enough ? PAGE_BYTES - page->body.size : size, err);
}

static enum sc_status fetch(struct pages *p, const char *key, int64_t connect_ms, int64_t total_ms,
                            struct sc_error *err)
{
    struct exchange *x = calloc((size_t)p->n + 1, sizeof *x);
    enum sc_status s;
    int i;

    if (!x)
        return fail_memory(err);
    for (i = 0; i < p->n; i++)
        x[i] = (struct exchange){ .url = p->page[i].url, .auth_header = "Authorization: Bearer ", .key = key,
                                  .connect_timeout_ms = connect_ms, .total_timeout_ms = total_ms,
                                  .on_bytes = keep, .user = &p->page[i] };
    s = transport_run(NULL, x, p->n, NULL, err);
    for (i = 0; i < p->n && !s; i++) {
        struct page *page = &p->page[i];

        page->status = x[i].result ? 0 : x[i].head.status;
        if (page->status && page->body.size)
            page->json = client_json((char *)page->body.data, page->body.size);
    }
    free(x);
    return s;
}

static struct pages pages_open(const char *base)
{
    return (struct pages){ .page = calloc(MAX_PAGES, sizeof(struct page)), .base = base };
}

static void pages_close(struct pages *p)
{
    int i;

    for (i = 0; i < p->n; i++) {
        json_decref(p->page[i].json);
        buffer_dispose(&p->page[i].body);
        free(p->page[i].url);
    }
    free(p->page);
}

/* The value that a question found, NULL: none. */
static json_t *answer(const struct pages *p, int port, const json_t *question)
{
    const struct page *page = find_page(p, port, json_string_value(json_object_get(question, "get")));
    const char *at = json_string_value(json_object_get(question, "at"));
    const json_t *status = json_object_get(question, "status");

    if (!page || page->status != (status ? json_integer_value(status) : 200) || !page->json)
        return NULL;
    return at ? client_json_at(page->json, at) : page->json;
}

static bool holds(const struct pages *p, int port, const json_t *question)
{
    const char *begins = json_string_value(json_object_get(question, "begins"));
    const char *equals = json_string_value(json_object_get(question, "equals")), *text;
    const struct page *page;
    json_t *value;

    if (begins) {
        page = find_page(p, port, json_string_value(json_object_get(question, "get")));
        return page && page->status == 200 && page->body.data &&
               !strncmp((char *)page->body.data, begins, strlen(begins));
    }
    value = answer(p, port, question);
    if (!value || !equals)
        return value != NULL;
    text = json_string_value(value);
    return text && !strcmp(text, equals);
}

static bool all_hold(const struct pages *p, int port, const json_t *group)
{
    const json_t *question;
    size_t i;

    json_array_foreach((json_t *)group, i, question)
        if (!holds(p, port, question))
            return false;
    return true;
}

static bool answers_like(const struct pages *p, int port, const json_t *probe)
{
    const json_t *group;
    size_t i;

    json_array_foreach(json_object_get(probe, "is"), i, group)
        if (all_hold(p, port, group))
            return true;
    return false;
}

static void learn(const struct pages *p, int port, const struct service *service, struct found_server *out)
{
    const json_t *question, *value;
    size_t i;

    out->service = service;
    json_array_foreach(json_object_get(service->probe, "model"), i, question)
        if (!out->model[0])
            client_json_line(out->model, sizeof out->model, answer(p, port, question));
    json_array_foreach(json_object_get(service->probe, "context"), i, question)
        if (!out->context_tokens && json_integer_value(answer(p, port, question)) > 0)
            out->context_tokens = json_integer_value(answer(p, port, question));
    json_array_foreach(json_object_get(service->probe, "vision"), i, question) {
        value = answer(p, port, question);
        if (!value || out->has_vision_known)
            continue;
        out->has_vision_known = true;
        out->has_vision = json_is_true(value) || (json_object_get(question, "equals") && holds(p, port, question));
    }
    if (!out->model[0] && service->default_model)
        snprintf(out->model, sizeof out->model, "%s", service->default_model);
}

/* ---- the two ways to look ---- */

static bool is_probed(const struct service *s)
{
    return s->is_local && s->probe;
}

/* The first port at which a row's server answers. */
static bool pick(const struct service *row, const struct pages *p, struct found_server *out)
{
    size_t k;

    for (k = 0; is_probed(row) && k < port_count(row->probe); k++) {
        int port = port_at(row->probe, k);

        if (!port || !answers_like(p, port, row->probe))
            continue;
        snprintf(out->base_url, sizeof out->base_url, "http://127.0.0.1:%d/v1", port);
        learn(p, port, row, out);
        return true;
    }
    return false;
}

/* Ask every port of every row. */
static enum sc_status ask_ports(const struct services *s, struct pages *p, struct sc_error *err)
{
    enum sc_status status = p->page ? SC_OK : fail_memory(err);
    int i;
    size_t k;

    for (i = 0; i < services_count(s) && !status; i++) {
        const struct service *row = services_at(s, i);

        for (k = 0; is_probed(row) && k < port_count(row->probe) && !status; k++) {
            int port = port_at(row->probe, k);

            status = port ? add_pages(p, port, row->probe, err) : SC_OK;
        }
    }
    return status ? status : fetch(p, NULL, PROBE_CONNECT_MS, PROBE_TOTAL_MS, err);
}

enum sc_status services_probe(const struct services *s, struct found_server *out, bool *found_out,
                              struct sc_error *err)
{
    struct pages p = pages_open(NULL);
    enum sc_status status = ask_ports(s, &p, err);
    int i;

    *out = (struct found_server){ 0 };
    *found_out = false;
    for (i = 0; i < services_count(s) && !status && !*found_out; i++)
        *found_out = pick(services_at(s, i), &p, out);
    pages_close(&p);
    return status;
}

enum sc_status services_probe_all(const struct services *s, struct found_server *out, struct sc_error *err)
{
    struct pages p = pages_open(NULL);
    enum sc_status status = ask_ports(s, &p, err);
    int i;

    for (i = 0; i < services_count(s); i++) {
        out[i] = (struct found_server){ 0 };
        if (!status)
            pick(services_at(s, i), &p, &out[i]);
    }
    pages_close(&p);
    return status;
}

/* Host and port of a URL, lower case, "${NAME}" in it as "*". */
static void authority(const char *url, char out[256])
{
    const char *at = strstr(url, "://");
    size_t used = 0;

    for (at = at ? at + 3 : url; *at && !strchr("/?#", *at) && used < 255; at++) {
        if (at[0] == '$' && at[1] == '{' && strchr(at, '}')) {
            out[used++] = '*';
            at = strchr(at, '}');
        } else {
            out[used++] = *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at;
        }
    }
    out[used] = 0;
}

static const struct service *find_by_host(const struct services *s, const char *base)
{
    char host[256], pattern[256];
    int i;

    authority(base, host);
    for (i = 0; i < services_count(s); i++) {
        const struct service *row = services_at(s, i);

        if (!row->url || row->is_local)
            continue;
        authority(row->url, pattern);
        if (!fnmatch(pattern, host, 0))
            return row;
    }
    return NULL;
}

static void identify(const struct services *s, const struct pages *p, struct found_server *out)
{
    const struct service *generic = services_generic(s);
    int i;

    out->is_silent = out->is_settled = true;
    for (i = 0; i < p->n; i++) {
        const int status = p->page[i].status;

        out->is_silent = out->is_silent && !status;
        out->is_settled = out->is_settled && status && status != 429 && status < 502;
    }
    for (i = 0; i < services_count(s); i++) {
        const struct service *row = services_at(s, i);

        if (!row->probe || row == generic || !answers_like(p, 0, row->probe))
            continue;
        learn(p, 0, row, out);
        return;
    }
    learn(p, 0, generic, out);
}

static enum sc_status ask_base(const struct services *s, const char *base, const char *key, struct found_server *out,
                               struct sc_error *err)
{
    struct pages p = pages_open(base);
    bool key_is_safe = url_is_https(base) || url_is_loopback(base);
    enum sc_status status = p.page ? SC_OK : fail_memory(err);
    int i;

    for (i = 0; i < services_count(s) && !status; i++)
        if (services_at(s, i)->probe)
            status = add_pages(&p, 0, services_at(s, i)->probe, err);
    if (!status && !(status = fetch(&p, key_is_safe ? key : NULL, IDENTIFY_CONNECT_MS, IDENTIFY_TOTAL_MS, err)))
        identify(s, &p, out);
    pages_close(&p);
    return status;
}

enum sc_status services_identify(const struct services *s, const char *base_url, const char *key,
                                 struct found_server *out, struct sc_error *err)
{
    char *base = NULL;
    enum sc_status status = url_base(base_url, &base, err);

    *out = (struct found_server){ 0 };
    if (status)
        return status;
    if (strlen(base) < sizeof out->base_url)
        memcpy(out->base_url, base, strlen(base) + 1);
    out->service = find_by_host(s, base);
    out->is_settled = out->service != NULL;
    if (!out->service)
        status = ask_base(s, base, key, out, err);
    else if (out->service->default_model)
        snprintf(out->model, sizeof out->model, "%s", out->service->default_model);
    free(base);
    return status;
}
