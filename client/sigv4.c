/* Signature Version 4. */
#include "client/sigv4.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/url.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
#define MAX_PARAMETERS 64

/* The parts of "ID:SECRET:TOKEN"; lengths, because it is not ours to cut. */
struct pair {
    const char *id, *secret, *token;
    int id_size, secret_size;
};

static bool split(const char *key, struct pair *out)
{
    const char *colon = key ? strchr(key, ':') : NULL, *second = colon ? strchr(colon + 1, ':') : NULL;

    if (!colon || colon == key || !colon[1] || second == colon + 1 || (second && !second[1]))
        return false;
    *out = (struct pair){ .id = key, .id_size = (int)(colon - key), .secret = colon + 1,
                          .secret_size = (int)(second ? second - colon - 1 : (ptrdiff_t)strlen(colon + 1)),
                          .token = second ? second + 1 : NULL };
    return true;
}

bool sigv4_is_pair(const char *key)
{
    struct pair pair;

    return split(key, &pair);
}

bool sigv4_region(const char *url, char out[64])
{
    char host[256], *dot, *end;

    url_host(url, host);
    end = strstr(host, ".amazonaws.com");
    dot = strchr(host, '.');
    if (!end || !dot || dot >= end || end - dot - 1 >= 64 || memchr(dot + 1, '.', (size_t)(end - dot - 1)))
        return false;
    snprintf(out, 64, "%.*s", (int)(end - dot - 1), dot + 1);
    return true;
}

/* ---- the canonical request ---- */

/* Escapes of the path as it is sent are escaped once more: '%' becomes "%25". */
static enum sc_status add_path(const char *path, size_t size, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    size_t i;

    if (!size)
        return buffer_text(out, "/", err);
    for (i = 0; i < size && !s; i++)
        s = path[i] == '/' || strchr(UNRESERVED, path[i]) ? buffer_add(out, path + i, 1, err)
                                                          : buffer_print(out, err, "%%%02X", (unsigned char)path[i]);
    return s;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each with its '='. */
static enum sc_status add_query(const char *query, struct buffer *out, struct sc_error *err)
{
    char *copy = strdup(query), *rest = copy, *word, *words[MAX_PARAMETERS];
    int n = 0, i;
    enum sc_status s = SC_OK;

    if (!copy)
        return fail_memory(err);
    while (n < MAX_PARAMETERS && (word = strsep(&rest, "&")))
        if (*word)
            words[n++] = word;
    qsort(words, (size_t)n, sizeof *words, by_text);
    for (i = 0; i < n && !s; i++)
        s = buffer_print(out, err, "%s%s%s", i ? "&" : "", words[i], strchr(words[i], '=') ? "" : "=");
    free(copy);
    return s;
}

/* Host as it is sent: with a port that is not the scheme's own. */
static void find_host(const char *url, char out[300])
{
    const char *at = strstr(url, "://");
    size_t n;

    at = at ? at + 3 : url;
    n = strcspn(at, "/?#");
    snprintf(out, 300, "%.*s", (int)(n < 299 ? n : 299), at);
}

static enum sc_status canonical(const struct sigv4_request *r, const char *stamp, const struct pair *pair,
                                struct buffer *out, struct sc_error *err)
{
    char host[300], body[DIGEST_HEX_SIZE];
    const char *path = strstr(r->url, "://"), *query;
    enum sc_status s;

    find_host(r->url, host);
    digest_hex(r->body, body);
    path = path ? path + 3 : r->url;
    path += strcspn(path, "/?#");
    query = strchr(path, '?');
    if ((s = buffer_print(out, err, "%s\n", r->method)) ||
        (s = add_path(path, strcspn(path, "?#"), out, err)) || (s = buffer_text(out, "\n", err)) ||
        (query && (s = add_query(query + 1, out, err))) ||
        (s = buffer_print(out, err, "\nhost:%s\nx-amz-date:%s\n", host, stamp)) ||
        (pair->token && (s = buffer_print(out, err, "x-amz-security-token:%s\n", pair->token))))
        return s;
    return buffer_print(out, err, "\nhost;x-amz-date%s\n%s", pair->token ? ";x-amz-security-token" : "", body);
}

/* ---- the signature ---- */

/* The secret goes through date, region, service and a fixed word. */
static enum sc_status signing_key(const struct pair *pair, const char *day, const struct sigv4_request *r,
                                  uint8_t out[DIGEST_SIZE], struct sc_error *err)
{
    struct buffer secret = { 0 };
    enum sc_status s = SC_ERR_NOMEM;

    if (buffer_room(&secret, (size_t)pair->secret_size + 8, err) &&
        !(s = buffer_print(&secret, err, "AWS4%.*s", pair->secret_size, pair->secret)) &&
        !(s = digest_hmac(secret.data, secret.size, day, out, err)) &&
        !(s = digest_hmac(out, DIGEST_SIZE, r->region, out, err)) &&
        !(s = digest_hmac(out, DIGEST_SIZE, r->service, out, err)))
        s = digest_hmac(out, DIGEST_SIZE, "aws4_request", out, err);
    if (secret.data)
        explicit_bzero(secret.data, secret.capacity);
    buffer_dispose(&secret);
    return s;
}

static enum sc_status sign(const struct sigv4_request *r, const struct pair *pair, const char *stamp,
                           const struct buffer *request, struct sigv4_headers *out, struct sc_error *err)
{
    uint8_t digest[DIGEST_SIZE], key[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE], day[16], scope[200];
    struct buffer text = { 0 };
    enum sc_status s;

    snprintf(day, sizeof day, "%.8s", stamp);
    snprintf(scope, sizeof scope, "%s/%.64s/%.64s/aws4_request", day, r->region, r->service);
    if ((s = digest_bytes(request->data, request->size, digest, err)))
        return s;
    digest_hex(digest, hex);
    if (!(s = buffer_print(&text, err, ALGORITHM "\n%s\n%s\n%s", stamp, scope, hex)) &&
        !(s = signing_key(pair, day, r, key, err)) &&
        !(s = digest_hmac(key, sizeof key, (const char *)text.data, digest, err))) {
        digest_hex(digest, hex);
        s = buffer_print(&out->authorization, err, "Authorization: " ALGORITHM
                         " Credential=%.*s/%s, SignedHeaders=host;x-amz-date%s, Signature=%s",
                         pair->id_size, pair->id, scope, pair->token ? ";x-amz-security-token" : "", hex);
    }
    explicit_bzero(key, sizeof key);
    buffer_dispose(&text);
    return s;
}

enum sc_status sigv4_sign(const char *key, const struct sigv4_request *request, struct sigv4_headers *out,
                          struct sc_error *err)
{
    struct buffer text = { 0 };
    struct pair pair;
    struct tm utc;
    time_t now = (time_t)request->time_s;
    char stamp[32];
    enum sc_status s;

    *out = (struct sigv4_headers){ 0 };
    if (!split(key, &pair))
        return fail(err, SC_ERR_INVALID, "a pair of keys for signatures is written ID:SECRET or ID:SECRET:TOKEN");
    if (!gmtime_r(&now, &utc) || !strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc))
        return fail(err, SC_ERR_INVALID, "the clock is out of range");
    snprintf(out->date, sizeof out->date, "X-Amz-Date: %s", stamp);
    s = pair.token ? buffer_print(&out->token, err, "X-Amz-Security-Token: %s", pair.token) : SC_OK;
    if (!s && !(s = canonical(request, stamp, &pair, &text, err)))
        s = sign(request, &pair, stamp, &text, out, err);
    if (text.data)
        explicit_bzero(text.data, text.capacity);
    buffer_dispose(&text);
    return s;
}

void sigv4_dispose(struct sigv4_headers *h)
{
    if (h->token.data)
        explicit_bzero(h->token.data, h->token.capacity);
    buffer_dispose(&h->token);
    buffer_dispose(&h->authorization);
}
