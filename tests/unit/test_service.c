/* The table of services, base URLs, and how servers are recognised. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "tests/kit/check.h"

#include "client/dialects/dialect.h"
#include "client/service.h"
#include "client/url.h"
#include "fusion/model.h"
#include "tests/kit/http_server.h"

#define OK_JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
#define OK_TEXT "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"

static struct services *built_in(void)
{
    struct services *s = NULL;
    struct sc_error err;

    if (services_open(&s, NULL, &err))
        fail_msg("%s", err.text);
    return s;
}

/* ---- rows ---- */

static void has_every_service_with_all_that_a_request_needs(void **state)
{
    static const char *const names[] = {
        "openai", "azure", "groq", "vllm", "sglang", "llama-server", "ollama", "lmstudio", "tgi", "openrouter",
        "together", "fireworks", "deepinfra", "github-models", "cloudflare", "vertex", "gemini", "huggingface",
        "openai-compatible",
    };
    struct services *s = built_in();
    size_t i;
    int k;

    (void)state;
    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (!services_find(s, names[i]))
            fail_msg("no row '%s'", names[i]);
    for (k = 0; k < services_count(s); k++) {
        const struct service *row = services_at(s, k);

        assert_non_null(row->dialect);
        assert_non_null(strstr(service_auth(row), ": "));
        assert_true(!strcmp(row->state, "works") || !strncmp(row->state, "retired on ", 11));
        assert_non_null(strstr(row->documented, "https://"));
        assert_true(!row->key_required || row->key_variable);
        assert_true(!row->is_local || (row->probe && url_is_loopback(row->url)));
        assert_true(row->is_local || !row->url || url_is_https(row->url));
        assert_ptr_equal(services_find(s, row->name), row);
    }
    assert_null(services_at(s, -1));
    assert_null(services_at(s, services_count(s)));
    assert_null(services_find(s, "nobody"));
    assert_null(services_generic(s)->url);
    services_close(&s);
    assert_null(s);
    services_close(&s);
}

static void knows_the_formats_of_images(void **state)
{
    static const char user[] = "{\"services\": [{\"name\": \"mine\", \"image_formats\": [\"png\", \"webp\"]},"
                               "{\"name\": \"openai\", \"image_formats\": null},"
                               "{\"name\": \"all\", \"image_formats\": [\"jpeg\", \"png\", \"webp\", \"gif\", \"bmp\", "
                               "\"tiff\", \"avif\", \"heic\", \"jpeg\", \"png\", \"webp\", \"gif\", \"bmp\", \"tiff\", "
                               "\"avif\", \"heic\", \"jpeg\", \"png\"]}]}";
    struct services *s = built_in();
    char formats[100];
    struct sc_error err;
    int k;

    (void)state;
    /* What is packed is JPEG: each has to take it. */
    for (k = 0; k < services_count(s); k++)
        assert_true(service_takes_image(services_at(s, k), "image/jpeg"));
    assert_false(service_takes_image(services_find(s, "llama-server"), "image/webp"));
    assert_true(service_takes_image(services_find(s, "llama-server"), "image/png"));
    assert_string_equal(service_image_formats(services_find(s, "fireworks"), formats), "jpeg, png, gif, bmp, tiff");
    assert_string_equal(service_image_formats(services_generic(s), formats), "");
    assert_true(service_takes_image(services_generic(s), "image/heic"));
    services_close(&s);
    assert_int_equal(services_open(&s, user, &err), SC_OK);
    assert_false(service_takes_image(services_find(s, "mine"), "image/jpeg"));
    assert_false(service_takes_image(services_find(s, "mine"), "png"));
    assert_true(service_takes_image(services_find(s, "mine"), "image/webp"));
    assert_true(service_takes_image(services_find(s, "openai"), "image/bmp"));
    assert_int_equal(strlen(service_image_formats(services_find(s, "all"), formats)), 99);
    services_close(&s);
}

static void overrides_what_models_know(void **state)
{
    static const char *const models[] = { "meta/llama-4-scout", "gpt-4.1", "something else" };
    struct services *s = built_in();
    struct models *table = NULL;
    struct model model;
    struct sc_error err;
    size_t i;
    int k;

    (void)state;
    assert_int_equal(models_open(&table, NULL, &err), SC_OK);
    for (k = 0; k < services_count(s); k++) {
        for (i = 0; i < 3; i++) {
            models_find(table, models[i], &model);
            if (model_override(&model, services_at(s, k)->overrides, &err))
                fail_msg("%s: %s", services_at(s, k)->name, err.text);
        }
    }
    models_find(table, models[0], &model);
    assert_string_equal(model.rule, "llama4");
    assert_int_equal(model_override(&model, services_find(s, "llama-server")->overrides, &err), SC_OK);
    assert_string_equal(model.rule, "llama4-llamacpp");
    assert_int_equal(model.max_side, 336);
    models_close(&table);
    services_close(&s);
}

static void adds_and_changes_rows(void **state)
{
    static const char user[] = "{\"services\": ["
        "{\"name\": \"mine\", \"url\": \"https://models.example/v1\", \"key_variable\": \"MINE_KEY\","
        " \"key_required\": true, \"auth\": \"X-Key: \", \"limit_images\": 4, \"limit_body_bytes\": 5000000000,"
        " \"stream_usage\": false, \"prices\": {\"big*\": {\"in\": 3, \"out\": 9.5}, \"*\": {\"in\": 1, \"out\": 2}}},"
        "{\"name\": \"groq\", \"limit_images\": 7, \"overrides\": null}]}";
    struct services *s = NULL, *plain = built_in();
    const struct service *mine, *groq;
    struct sc_error err;
    double in, out;

    (void)state;
    assert_int_equal(services_open(&s, user, &err), SC_OK);
    assert_int_equal(services_count(s), services_count(plain) + 1);
    mine = services_find(s, "mine");
    assert_string_equal(mine->url, "https://models.example/v1");
    assert_string_equal(mine->auth_header, "X-Key: ");
    assert_string_equal(mine->dialect->name, "openai-chat");
    assert_true(mine->key_required);
    assert_false(mine->has_stream_usage);
    assert_false(mine->is_local);
    assert_int_equal(mine->limit_images, 4);
    assert_int_equal(mine->limit_body_bytes, INT64_C(5000000000));
    assert_true(service_price(mine, "BIG-1", &in, &out));
    assert_true(in == 3 && out == 9.5);
    assert_true(service_price(mine, "small", &in, &out));
    assert_true(in == 1 && out == 2);
    groq = services_find(s, "groq");
    assert_int_equal(groq->limit_images, 7);
    assert_null(groq->overrides);
    assert_string_equal(groq->url, services_find(plain, "groq")->url);
    assert_false(service_price(groq, "x", &in, &out));
    services_close(&s);
    services_close(&plain);
}

static void knows_dated_prices(void **state)
{
    struct services *s = built_in();
    const struct service *openai = services_find(s, "openai");
    double in, out;

    (void)state;
    assert_true(service_price(openai, "gpt-4.1", &in, &out));
    assert_true(in == 2.0 && out == 8.0);
    assert_true(service_price(openai, "gpt-4.1-2025-04-14", &in, &out));
    assert_true(in == 2.0 && out == 8.0);
    assert_true(service_price(openai, "gpt-4.1-mini-2025-04-14", &in, &out));
    assert_true(in == 0.4 && out == 1.6);
    assert_false(service_price(openai, "gpt-9", &in, &out));
    services_close(&s);
}

static void names_file_row_and_member_of_a_mistake(void **state)
{
    static const struct { const char *json, *text; } cases[] = {
        { "{", "services.json: line 1: " },
        { "[]", "services.json: has to be {\"services\": [rows]}" },
        { "{\"services\": {}}", "services.json: has to be {\"services\": [rows]}" },
        { "{\"services\": [{}]}", "services.json: row 1 has no 'name'" },
        { "{\"services\": [{\"name\": \"a\"}, 7]}", "services.json: row 2 has no 'name'" },
        { "{\"services\": [{\"name\": \"\"}]}", "services.json: row '': 'name' has to be a text of 1 to 31 characters" },
        { "{\"services\": [{\"name\": \"a\", \"key\": \"x\"}]}", "services.json: row 'a' has an unknown member 'key'" },
        { "{\"services\": [{\"name\": \"a\", \"url\": 1}]}", "services.json: row 'a': 'url' has to be a text" },
        { "{\"services\": [{\"name\": \"a\", \"url\": \"ftp://x\"}]}",
          "services.json: row 'a': 'url' has to begin with http:// or https://" },
        { "{\"services\": [{\"name\": \"a\", \"local\": 1}]}", "services.json: row 'a': 'local' has to be true or false" },
        { "{\"services\": [{\"name\": \"a\", \"limit_images\": -1}]}",
          "services.json: row 'a': 'limit_images' has to be a whole number, not negative" },
        { "{\"services\": [{\"name\": \"a\", \"image_formats\": \"jpeg\"}]}",
          "services.json: row 'a': 'image_formats' has to be a list of formats, like [\"jpeg\", \"png\"]" },
        { "{\"services\": [{\"name\": \"a\", \"image_formats\": []}]}", "services.json: row 'a': 'image_formats' has" },
        { "{\"services\": [{\"name\": \"a\", \"image_formats\": [\"png\", \"jpg\"]}]}",
          "services.json: row 'a': 'image_formats' has to be a list of formats" },
        { "{\"services\": [{\"name\": \"a\", \"image_formats\": [\"png\", 7]}]}",
          "services.json: row 'a': 'image_formats' has to be a list of formats" },
        { "{\"services\": [{\"name\": \"a\", \"auth\": \"X: a\\r\\nb: \"}]}",
          "services.json: row 'a': 'auth' has to be \"bearer\" or the beginning of a header line, like \"api-key: \"" },
        { "{\"services\": [{\"name\": \"a\", \"dialect\": \"klingon\"}]}",
          "services.json: row 'a': 'dialect' has to be the name of a dialect, like \"openai-chat\"" },
        { "{\"services\": [{\"name\": \"a\", \"prices\": {\"x\": 3}}]}", "services.json: row 'a': 'prices' has to be " },
        { "{\"services\": [{\"name\": \"a\", \"overrides\": {\"x\": 3}}]}",
          "services.json: row 'a': 'overrides' has to be an object of objects" },
        { "{\"services\": [{\"name\": \"a\", \"probe\": {}}]}", "services.json: row 'a': 'probe' has to be an object" },
        { "{\"services\": [{\"name\": \"a\", \"probe\": {\"ports\": [99999], \"is\": [[{\"get\": \"/\"}]]}}]}",
          "services.json: row 'a': 'probe' has to be an object with \"ports\" from 1 to 65535" },
        { "{\"services\": [{\"name\": \"a\", \"probe\": {\"is\": [[{\"get\": \"x\"}]]}}]}",
          "services.json: row 'a': 'probe' has to be " },
        { "{\"services\": [{\"name\": \"a\", \"probe\": {\"is\": [[]]}}]}", "services.json: row 'a': 'probe' has to be " },
        { "{\"services\": [{\"name\": \"a\", \"probe\": {\"is\": [[{\"get\": \"/\", \"say\": \"x\"}]]}}]}",
          "services.json: row 'a': 'probe' has to be " },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct services *s = NULL;
        struct sc_error err = { 0 };

        if (services_open(&s, cases[i].json, &err) != SC_ERR_INVALID ||
            strncmp(err.text, cases[i].text, strlen(cases[i].text)))
            fail_msg("%s: '%s'", cases[i].json, err.text);
        assert_null(s);
    }
}

static void puts_the_environment_into_urls(void **state)
{
    struct services *s = built_in();
    const struct service *vertex = services_find(s, "vertex");
    struct sc_error err;
    char *url = NULL;

    (void)state;
    unsetenv("VERTEX_PROJECT");
    setenv("VERTEX_LOCATION", "us-east5", 1);
    assert_int_equal(service_url(vertex, &url, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "vertex: set VERTEX_PROJECT, or give --base-url");
    setenv("VERTEX_PROJECT", "p/../../evil", 1);
    assert_int_equal(service_url(vertex, &url, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "vertex: VERTEX_PROJECT has to be a plain name, not 'p/../../evil'");
    setenv("VERTEX_PROJECT", "my-project", 1);
    assert_int_equal(service_url(vertex, &url, &err), SC_OK);
    assert_string_equal(url, "https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/"
                             "endpoints/openapi");
    free(url);
    assert_int_equal(service_url(services_generic(s), &url, &err), SC_ERR_INVALID);
    unsetenv("VERTEX_PROJECT");
    unsetenv("VERTEX_LOCATION");
    services_close(&s);
}

/* ---- base URLs ---- */

static void brings_base_urls_into_one_form(void **state)
{
    static const struct { const char *text, *base; } cases[] = {
        { "http://h:8090", "http://h:8090/v1" },
        { "http://h:8090/", "http://h:8090/v1" },
        { "http://h:8090/v1", "http://h:8090/v1" },
        { "http://h:8090/v1/", "http://h:8090/v1" },
        { "http://h:8090/v1//", "http://h:8090/v1" },
        { "https://h/openai/v1", "https://h/openai/v1" },
        { "https://h/openai/v1/", "https://h/openai/v1" },
        { "https://h/v1/chat/completions", "https://h/v1" },
        { "https://h/x?api-version=2024-10-21", "https://h/x?api-version=2024-10-21" },
        { "https://h/v1#top", "https://h/v1" },
        { "127.0.0.1:8090", "http://127.0.0.1:8090/v1" },
        { "localhost:8090/v1", "http://localhost:8090/v1" },
        { "[::1]:8090", "http://[::1]:8090/v1" },
        { "models.example", "https://models.example/v1" },
        { "models.example:8443/v1", "https://models.example:8443/v1" },
        { "HTTP://LOCALHOST:1", "http://LOCALHOST:1/v1" },
        { "", NULL }, { "ftp://h/v1", NULL }, { "file:///etc/passwd", NULL }, { "http://", NULL },
        { "http://h:99999", NULL }, { "http://a b/", NULL }, { "https://user:secret@h/v1", NULL },
        { "https://secret@h/v1", NULL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *base = NULL;
        struct sc_error err = { 0 };
        enum sc_status s = url_base(cases[i].text, &base, &err);

        if (s != (cases[i].base ? SC_OK : SC_ERR_INVALID) || (!s && strcasecmp(base, cases[i].base)))
            fail_msg("%s: %s %s", cases[i].text, base ? base : "(none)", err.text);
        assert_true(!strstr(err.text, "secret"));
        free(base);
    }
}

static void tells_urls_without_what_may_be_secret(void **state)
{
    static const struct { const char *text, *told; } cases[] = {
        { "http://h:8090/v1", "http://h:8090/v1" },
        { "https://h/x/?token=SECRET", "https://h/x/" },
        { "https://h?token=SECRET#top", "https://h" },
        { "https://h/x#SECRET?", "https://h/x" },
        { "https://user:SECRET@h/v1", "https://h/v1" },
        { "user:SECRET@h", "h" },
        { "ftp://SECRET@SECRET@h/@/?SECRET", "ftp://h/@/" },
        { "h?next=https://SECRET@x/", "h" },
        { "https://${NAME}.example/v1", "https://${NAME}.example/v1" },
        { "://", "://" }, { "?", "" }, { "", "" }, { NULL, "" },
    };
    char told[URL_TOLD_SIZE], *out = NULL, *long_one = calloc(1, 5000);
    struct sc_error err = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(url_told(cases[i].text, told), cases[i].told))
            fail_msg("%s: %s", cases[i].text, told);
    memset(long_one, 'x', 4999);
    assert_int_equal(strlen(url_told(long_one, told)), URL_TOLD_SIZE - 1);
    free(long_one);
    assert_int_equal(url_base("ftp://SECRET@h/?SECRET", &out, &err), SC_ERR_INVALID);
    assert_null(strstr(err.text, "SECRET"));
    assert_int_equal(url_base("http://a b/?SECRET", &out, &err), SC_ERR_INVALID);
    assert_null(strstr(err.text, "SECRET"));
}

static void joins_paths_before_queries(void **state)
{
    char *url = NULL;

    (void)state;
    assert_int_equal(url_join("https://h/x?a=1", "/chat/completions", &url, NULL), SC_OK);
    assert_string_equal(url, "https://h/x/chat/completions?a=1");
    free(url);
    assert_int_equal(url_at_root("https://h:1/x/v1?a=1", "/props", &url, NULL), SC_OK);
    assert_string_equal(url, "https://h:1/props");
    free(url);
}

static void puts_the_paths_of_dialects_where_they_belong(void **state)
{
    static const struct { const char *base, *path; bool no_version; const char *model, *url; } cases[] = {
        { "https://h/v1", "/messages", false, NULL, "https://h/v1/messages" },
        { "https://h/v1", "/api/chat", true, NULL, "https://h/api/chat" },
        { "https://h/deep/v1?k=1", "/api/chat", true, NULL, "https://h/deep/api/chat?k=1" },
        { "https://h/deep", "/props", true, NULL, "https://h/deep/props" },
        { "https://h/v1", "/model/${model}/converse", true, "us.meta.llama4-v1:0",
          "https://h/model/us.meta.llama4-v1%3A0/converse" },
        { "https://h/v1", "/model/${model}/converse", true, "arn:a/b ${model}",
          "https://h/model/arn%3Aa%2Fb%20%24%7Bmodel%7D/converse" },
        { "https://h/v1", "/model/${model}/converse", true, "", NULL },
        { "https://h/v1", "/model/${model}/converse", true, NULL, NULL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *url = NULL;

        assert_int_equal(url_endpoint(cases[i].base, cases[i].path, cases[i].no_version, cases[i].model, &url, NULL),
                         cases[i].url ? SC_OK : SC_ERR_INVALID);
        if (cases[i].url)
            assert_string_equal(url, cases[i].url);
        free(url);
    }
}

static void allows_plain_http_to_this_machine_only(void **state)
{
    static const struct { const char *url; bool ok; } cases[] = {
        { "http://127.0.0.1:8080/v1", true }, { "http://127.8.7.6/v1", true }, { "http://localhost/v1", true },
        { "http://LocalHost:1/v1", true }, { "http://[::1]:8080/v1", true }, { "https://example.org/v1", true },
        { "http://example.org/v1", false }, { "http://127.0.0.1.example.org/v1", false },
        { "http://localhost.example.org/v1", false }, { "http://10.0.0.1/v1", false }, { "http://0.0.0.0/v1", false },
        { "http://[::]/v1", false }, { "http://[fe80::1]/v1", false }, { "http://128.0.0.1/v1", false },
        { "http://127.0.0.1@example.org/v1", false },
    };
    struct sc_error err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!url_check(cases[i].url, false, &err) != cases[i].ok)
            fail_msg("%s", cases[i].url);
        assert_int_equal(url_check(cases[i].url, true, NULL), SC_OK);
    }
    assert_int_equal(url_check("http://example.org/v1", false, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "plain http to 'example.org' would show the key and the pictures to everyone on the "
                                  "way; use https, or --insecure-http");
}

/* ---- recognising servers ---- */

#define PROPS OK_JSON "{\"default_generation_settings\":{\"n_ctx\":16384},\"total_slots\":4," \
                      "\"modalities\":{\"vision\":true,\"audio\":false}}"
#define LIST(id, owner) OK_JSON "{\"object\":\"list\",\"data\":[{\"id\":\"" id "\",\"owned_by\":\"" owner "\"," \
                                "\"max_model_len\":4096}]}"

static const struct {
    const char *name, *row, *model;
    int64_t context;
    int vision;              /* -1: not known */
    struct http_reply pages[6];
} servers[] = {
    { "llama-server", "llama-server", "tiny", 16384, 1,
      { { .path = "/props", .bytes = PROPS }, { .path = "/v1/models", .bytes = LIST("tiny", "llamacpp") } } },
    { "llama-server that loads", "llama-server", "", 0, -1,
      { { .path = "/health", .bytes = "HTTP/1.1 503 No\r\nConnection: close\r\n\r\n"
                                      "{\"error\":{\"code\":503,\"message\":\"Loading model\"}}" } } },
    { "Ollama", "ollama", "llama4:scout", 0, -1,
      { { .path = "/api/version", .bytes = OK_JSON "{\"version\":\"0.13.3\"}" },
        { .path = "/", .bytes = OK_TEXT "Ollama is running" },
        { .path = "/api/ps", .bytes = OK_JSON "{\"models\":[]}" },
        { .path = "/api/tags", .bytes = OK_JSON "{\"models\":[{\"name\":\"llama4:scout\"}]}" },
        { .path = "/v1/models", .bytes = LIST("other", "library") } } },
    { "LM Studio", "lmstudio", "gemma", 8192, 1,
      { { .path = "/api/v0/models",
          .bytes = OK_JSON "{\"data\":[{\"id\":\"gemma\",\"type\":\"vlm\",\"max_context_length\":8192}]}" },
        { .path = "/v1/models", .bytes = LIST("gemma", "organization_owner") } } },
    { "LM Studio without eyes", "lmstudio", "phi", 2048, 0,
      { { .path = "/api/v0/models",
          .bytes = OK_JSON "{\"data\":[{\"id\":\"phi\",\"type\":\"llm\",\"max_context_length\":2048}]}" },
        { .path = "/v1/models", .bytes = LIST("phi", "organization_owner") } } },
    { "vLLM", "vllm", "scout", 4096, -1,
      { { .path = "/version", .bytes = OK_JSON "{\"version\":\"0.12\"}" },
        { .path = "/v1/models", .bytes = LIST("scout", "vllm") } } },
    { "SGLang", "sglang", "scout", 4096, -1,
      { { .path = "/get_model_info", .bytes = OK_JSON "{\"model_path\":\"x\",\"is_generation\":true}" },
        { .path = "/v1/models", .bytes = LIST("scout", "sglang") } } },
    { "TGI", "tgi", "org/scout", 9000, -1,
      { { .path = "/info", .bytes = OK_JSON "{\"model_id\":\"org/scout\",\"max_total_tokens\":9000}" } } },
    { "any other", "openai-compatible", "thing", 4096, -1,
      { { .path = "/v1/models", .bytes = LIST("thing", "me") }, { .path = "/version", .bytes = OK_TEXT "<html>" } } },
    { "a web server", "openai-compatible", "", 0, -1,
      { { .path = "/", .bytes = OK_TEXT "<html>Welcome to nginx" },
        { .path = "/props", .bytes = OK_TEXT "<html>Welcome to nginx" } } },
    { "nonsense", "openai-compatible", "", 0, -1,
      { { .path = "/v1/models", .bytes = OK_JSON "{\"data\":[7,{\"id\":8}]}" },
        { .path = "/props", .bytes = OK_JSON "[[[" }, { .path = "/info", .bytes = "garbage" } } },
};

static void recognises_servers_at_a_base_url(void **state)
{
    struct services *s = built_in();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof servers / sizeof *servers; i++) {
        struct http_server *server = http_server_start(servers[i].pages, 6);
        struct found_server found;
        struct sc_error err;
        char want[64];

        snprintf(want, sizeof want, "%s/v1", http_server_url(server));
        if (services_identify(s, http_server_url(server), NULL, &found, &err))
            fail_msg("%s: %s", servers[i].name, err.text);
        if (strcmp(found.service->name, servers[i].row) || strcmp(found.model, servers[i].model) ||
            found.context_tokens != servers[i].context || found.has_vision_known != (servers[i].vision >= 0) ||
            found.has_vision != (servers[i].vision > 0))
            fail_msg("%s: %s, model '%s', context %lld, vision %d %d", servers[i].name, found.service->name,
                     found.model, (long long)found.context_tokens, found.has_vision_known, found.has_vision);
        assert_string_equal(found.base_url, want);
        http_server_stop(&server);
    }
    services_close(&s);
}

static void asks_below_a_deeper_base_url(void **state)
{
    const struct http_reply pages[] = { { .path = "/deep/v1/models", .bytes = LIST("deep", "me") } };
    struct http_server *server = http_server_start(pages, 1);
    struct services *s = built_in();
    struct found_server found;
    char url[128];

    (void)state;
    snprintf(url, sizeof url, "%s/deep/v1/", http_server_url(server));
    assert_int_equal(services_identify(s, url, NULL, &found, NULL), SC_OK);
    assert_string_equal(found.model, "deep");
    http_server_stop(&server);
    services_close(&s);
}

static void knows_hosted_services_by_their_host(void **state)
{
    static const struct { const char *url, *row; } cases[] = {
        { "https://api.openai.com", "openai" }, { "https://API.groq.com/openai/v1", "groq" },
        { "https://mine.openai.azure.com/openai/v1", "azure" },
        { "https://us-east5-aiplatform.googleapis.com/v1/x", "vertex" },
    };
    struct services *s = built_in();
    struct found_server found;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(services_identify(s, cases[i].url, "key", &found, NULL), SC_OK);
        assert_string_equal(found.service->name, cases[i].row);
    }
    services_close(&s);
}

static void falls_back_when_nothing_answers(void **state)
{
    struct services *s = built_in();
    struct found_server found;
    struct sc_error err;
    char url[64];

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", http_free_port());
    assert_int_equal(services_identify(s, url, NULL, &found, NULL), SC_OK);
    assert_string_equal(found.service->name, "openai-compatible");
    assert_string_equal(found.model, "");
    assert_int_equal(services_identify(s, "gopher://x", NULL, &found, &err), SC_ERR_INVALID);
    services_close(&s);
}

/* All probes but those of the named row look at a port where nobody is. */
static struct services *with_ports(const char *name, int port)
{
    static const char *const local[] = { "ollama", "lmstudio", "llama-server", "vllm", "sglang", "tgi" };
    struct services *plain = built_in(), *s = NULL;
    json_t *rows = json_array();
    int nobody = http_free_port();
    json_t *root;
    size_t i;
    char *text;

    for (i = 0; i < sizeof local / sizeof *local; i++) {
        json_t *probe = json_deep_copy(services_find(plain, local[i])->probe);

        json_object_set_new(probe, "ports", json_pack("[i]", strcmp(local[i], name) ? nobody : port));
        json_array_append_new(rows, json_pack("{s:s,s:o}", "name", local[i], "probe", probe));
    }
    root = json_pack("{s:o}", "services", rows);
    text = json_dumps(root, 0);
    assert_int_equal(services_open(&s, text, NULL), SC_OK);
    free(text);
    json_decref(root);
    services_close(&plain);
    return s;
}

static void finds_a_server_on_this_machine(void **state)
{
    struct found_server found;
    bool is_found;
    size_t i;

    (void)state;
    unsetenv("OLLAMA_HOST");
    for (i = 0; i < 8; i++) {
        struct http_server *server = http_server_start(servers[i].pages, 6);
        struct services *s = with_ports(servers[i].row, http_server_port(server));
        char want[64];

        snprintf(want, sizeof want, "%s/v1", http_server_url(server));
        assert_int_equal(services_probe(s, &found, &is_found, NULL), SC_OK);
        assert_true(is_found);
        assert_string_equal(found.service->name, servers[i].row);
        assert_string_equal(found.model, servers[i].model);
        assert_string_equal(found.base_url, want);
        services_close(&s);
        http_server_stop(&server);
    }
}

static void never_takes_a_port_for_a_server(void **state)
{
    struct http_server *server = http_server_start(servers[9].pages, 6);
    struct services *s = with_ports("llama-server", http_server_port(server));
    struct found_server found;
    bool is_found = true;

    (void)state;
    assert_int_equal(services_probe(s, &found, &is_found, NULL), SC_OK);
    assert_false(is_found);
    services_close(&s);
    http_server_stop(&server);
}

static void gives_up_on_a_silent_port_within_a_second(void **state)
{
    const struct http_reply silent[] = { { .bytes = "H", .end = HTTP_STALL } };
    struct http_server *server = http_server_start(silent, 1);
    struct services *s = with_ports("vllm", http_server_port(server));
    struct found_server found;
    bool is_found = true;
    time_t began = time(NULL);

    (void)state;
    assert_int_equal(services_probe(s, &found, &is_found, NULL), SC_OK);
    assert_false(is_found);
    assert_true(time(NULL) - began <= 2);
    services_close(&s);
    http_server_stop(&server);
}

static void reads_no_more_than_a_page_needs(void **state)
{
    static char flood[1 << 20];
    struct http_reply pages[] = { { .path = "/version", .bytes = flood } };
    struct http_server *server;
    struct services *s;
    struct found_server found;
    bool is_found = true;

    (void)state;
    memset(flood, ' ', sizeof flood - 1);
    memcpy(flood, OK_JSON "{", sizeof OK_JSON);
    server = http_server_start(pages, 1);
    s = with_ports("vllm", http_server_port(server));
    assert_int_equal(services_probe(s, &found, &is_found, NULL), SC_OK);
    assert_false(is_found);
    services_close(&s);
    http_server_stop(&server);
}

static void honours_ollama_host(void **state)
{
    static const char *const forms[] = { "127.0.0.1:%d", "http://127.0.0.1:%d", "0.0.0.0:%d", "localhost:%d",
                                         "http://localhost:%d/" };
    struct http_server *server = http_server_start(servers[2].pages, 6);
    struct services *s = with_ports("nobody", 1);
    struct found_server found;
    bool is_found;
    char value[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof forms / sizeof *forms; i++) {
        snprintf(value, sizeof value, forms[i], http_server_port(server));
        setenv("OLLAMA_HOST", value, 1);
        assert_int_equal(services_probe(s, &found, &is_found, NULL), SC_OK);
        assert_true(is_found);
        assert_string_equal(found.service->name, "ollama");
    }
    setenv("OLLAMA_HOST", "192.0.2.1:11434", 1); /* another machine: named by the user or not asked */
    assert_int_equal(services_probe(s, &found, &is_found, NULL), SC_OK);
    assert_false(is_found);
    unsetenv("OLLAMA_HOST");
    services_close(&s);
    http_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_every_service_with_all_that_a_request_needs),
        cmocka_unit_test(knows_the_formats_of_images),
        cmocka_unit_test(overrides_what_models_know),
        cmocka_unit_test(adds_and_changes_rows),
        cmocka_unit_test(knows_dated_prices),
        cmocka_unit_test(names_file_row_and_member_of_a_mistake),
        cmocka_unit_test(puts_the_environment_into_urls),
        cmocka_unit_test(brings_base_urls_into_one_form),
        cmocka_unit_test(tells_urls_without_what_may_be_secret),
        cmocka_unit_test(joins_paths_before_queries),
        cmocka_unit_test(puts_the_paths_of_dialects_where_they_belong),
        cmocka_unit_test(allows_plain_http_to_this_machine_only),
        cmocka_unit_test(recognises_servers_at_a_base_url),
        cmocka_unit_test(asks_below_a_deeper_base_url),
        cmocka_unit_test(knows_hosted_services_by_their_host),
        cmocka_unit_test(falls_back_when_nothing_answers),
        cmocka_unit_test(finds_a_server_on_this_machine),
        cmocka_unit_test(never_takes_a_port_for_a_server),
        cmocka_unit_test(gives_up_on_a_silent_port_within_a_second),
        cmocka_unit_test(reads_no_more_than_a_page_needs),
        cmocka_unit_test(honours_ollama_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
