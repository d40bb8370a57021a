/* Reading and joining URLs with curl's own parser, so that both understand the same by them. */
#include "client/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <curl/curl.h>

#define MODEL_IN_PATH "${model}"

/* What people copy from documentation: the whole address of one of the dialects. */
static const char *const endpoints[] = { "/chat/completions", "/responses", "/messages", "/completion", "/api/chat" };

static bool get(CURLU *u, CURLUPart part, char out[256])
{
    char *value = NULL;
    bool ok = !curl_url_get(u, part, &value, 0) && value;

    snprintf(out, 256, "%s", ok ? value : "");
    curl_free(value);
    return ok;
}

static bool host_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    char bare[64];
    size_t n = strlen(host);

    if (!strcasecmp(host, "localhost"))
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (n < 3 || n >= sizeof bare || host[0] != '[' || host[n - 1] != ']')
        return false;
    snprintf(bare, sizeof bare, "%.*s", (int)(n - 2), host + 1);
    return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static CURLU *parse(const char *text)
{
    CURLU *u = curl_url();

    if (u && curl_url_set(u, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME)) {
        curl_url_cleanup(u);
        return NULL;
    }
    return u;
}

/* Text as a URL with a scheme. NULL: it is none. */
static CURLU *parse_as_written(const char *text)
{
    char *with_scheme, host[256];
    CURLU *u;

    if (strstr(text, "://"))
        return parse(text);
    if (asprintf(&with_scheme, "http://%s", text) < 0)
        return NULL;
    u = parse(with_scheme);
    free(with_scheme);
    if (u && get(u, CURLUPART_HOST, host) && !host_is_loopback(host))
        curl_url_set(u, CURLUPART_SCHEME, "https", 0);
    return u;
}

static enum sc_status to_string(CURLU *u, char **out, struct sc_error *err)
{
    char *url = NULL;

    if (curl_url_get(u, CURLUPART_URL, &url, 0) || !url)
        return fail_memory(err);
    *out = strdup(url);
    curl_free(url);
    return *out ? SC_OK : fail_memory(err);
}

/* Take end off the path, if it ends so. */
static void cut_end(char *path, const char *end)
{
    size_t n = strlen(path), tail = strlen(end);

    if (n >= tail && !strcmp(path + n - tail, end))
        path[n - tail] = 0;
}

static enum sc_status set_base_path(CURLU *u, struct sc_error *err)
{
    char *path = NULL;
    size_t i, n;
    CURLUcode bad;

    if (curl_url_get(u, CURLUPART_PATH, &path, 0) || !path)
        return fail_memory(err);
    for (n = strlen(path); n && path[n - 1] == '/'; n--)
        path[n - 1] = 0;
    for (i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        cut_end(path, endpoints[i]);
    bad = curl_url_set(u, CURLUPART_PATH, *path ? path : "/v1", 0);
    curl_free(path);
    return bad ? fail_memory(err) : SC_OK;
}

enum sc_status url_base(const char *text, char **out, struct sc_error *err)
{
    CURLU *u = parse_as_written(text);
    char scheme[256], host[256], secret[256], told[URL_TOLD_SIZE];
    enum sc_status s;

    if (!u)
        return fail(err, SC_ERR_INVALID, "'%.200s' is no base URL; write it like http://127.0.0.1:8080/v1",
                    url_told(text, told));
    get(u, CURLUPART_SCHEME, scheme);
    if (!get(u, CURLUPART_HOST, host) || (strcmp(scheme, "http") && strcmp(scheme, "https")))
        s = fail(err, SC_ERR_INVALID, "'%.200s' is no base URL; it has to begin with http:// or https://",
                 url_told(text, told));
    else if (get(u, CURLUPART_USER, secret) || get(u, CURLUPART_PASSWORD, secret))
        s = fail(err, SC_ERR_INVALID, "the base URL at '%.200s' has a name or password in it; give the key apart", host);
    else if (!(s = set_base_path(u, err))) {
        curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
        s = to_string(u, out, err);
    }
    explicit_bzero(secret, sizeof secret);
    curl_url_cleanup(u);
    return s;
}

enum place { AT_ROOT, BELOW, BESIDE_VERSION };

static enum sc_status with_path(const char *base, const char *path, enum place place, char **out,
                                struct sc_error *err)
{
    CURLU *u = parse(base);
    char *old = NULL, *whole = NULL, told[URL_TOLD_SIZE];
    enum sc_status s;

    if (!u)
        return fail(err, SC_ERR_INVALID, "'%.200s' is no URL", url_told(base, told));
    if (place == AT_ROOT)
        curl_url_set(u, CURLUPART_QUERY, NULL, 0);
    else
        curl_url_get(u, CURLUPART_PATH, &old, 0);
    if (old && place == BESIDE_VERSION)
        cut_end(old, "/v1");
    if (asprintf(&whole, "%s%s", old && strcmp(old, "/") ? old : "", path) < 0) {
        whole = NULL;
        s = fail_memory(err);
    } else {
        s = curl_url_set(u, CURLUPART_PATH, whole, 0) ? fail_memory(err) : to_string(u, out, err);
    }
    free(whole);
    curl_free(old);
    curl_url_cleanup(u);
    return s;
}

enum sc_status url_join(const char *base, const char *path, char **out, struct sc_error *err)
{
    return with_path(base, path, BELOW, out, err);
}

enum sc_status url_at_root(const char *base, const char *path, char **out, struct sc_error *err)
{
    return with_path(base, path, AT_ROOT, out, err);
}

/* Put the model's name in its place. Not done with curl's parser, which would write the escapes in lower case, and
 * signatures need them as they are. */
static enum sc_status put_model(const char *model, char **url, struct sc_error *err)
{
    char *at = strstr(*url, MODEL_IN_PATH), *escaped, *whole;
    enum sc_status s = SC_OK;

    if (!at)
        return SC_OK;
    if (!model || !*model)
        return fail(err, SC_ERR_INVALID, "the model has to be named: it is part of the address");
    escaped = curl_easy_escape(NULL, model, 0);
    if (!escaped ||
        asprintf(&whole, "%.*s%s%s", (int)(at - *url), *url, escaped, at + strlen(MODEL_IN_PATH)) < 0) {
        s = fail_memory(err);
    } else {
        free(*url);
        *url = whole;
    }
    curl_free(escaped);
    return s;
}

enum sc_status url_endpoint(const char *base, const char *path, bool has_no_version, const char *model, char **out,
                            struct sc_error *err)
{
    char *url = NULL;
    enum sc_status s = with_path(base, path, has_no_version ? BESIDE_VERSION : BELOW, &url, err);

    if (s || (s = put_model(model, &url, err))) {
        free(url);
        return s;
    }
    *out = url;
    return SC_OK;
}

enum sc_status url_path(const char *url, char **out, struct sc_error *err)
{
    CURLU *u = parse(url);
    char *path = NULL, told[URL_TOLD_SIZE];

    *out = NULL;
    if (u && curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK)
        *out = strdup(path);
    curl_free(path);
    curl_url_cleanup(u);
    return *out ? SC_OK : fail(err, SC_ERR_INVALID, "no path in '%.200s'", url_told(url, told));
}

char *url_host(const char *url, char out[256])
{
    CURLU *u = parse(url);
    char *c;

    out[0] = 0;
    if (u)
        get(u, CURLUPART_HOST, out);
    curl_url_cleanup(u);
    for (c = out; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c += 'a' - 'A';
    return out;
}

/* By hand: what is no URL is told too, in the message that says so. */
char *url_told(const char *url, char out[URL_TOLD_SIZE])
{
    const char *scheme, *host, *at = NULL;
    size_t end, i;

    url = url ? url : "";
    end = strcspn(url, "?#");
    scheme = strstr(url, "://");
    host = scheme && scheme + 3 <= url + end ? scheme + 3 : url;
    for (i = 0; host + i < url + end && host[i] != '/'; i++)
        if (host[i] == '@')
            at = host + i + 1;
    snprintf(out, URL_TOLD_SIZE, "%.*s%.*s", (int)(at ? host - url : 0), url, (int)(url + end - (at ? at : url)),
             at ? at : url);
    return out;
}

bool url_is_https(const char *url)
{
    return !strncasecmp(url, "https://", 8);
}

bool url_is_loopback(const char *url)
{
    char host[256];

    return host_is_loopback(url_host(url, host));
}

enum sc_status url_check(const char *url, bool insecure_http, struct sc_error *err)
{
    char host[256];

    if (url_is_https(url) || insecure_http || url_is_loopback(url))
        return SC_OK;
    return fail(err, SC_ERR_INVALID,
                "plain http to '%.200s' would show the key and the pictures to everyone on the way; "
                "use https, or --insecure-http", url_host(url, host));
}
