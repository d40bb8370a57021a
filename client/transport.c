/* libcurl's multi interface driven until every exchange is over, cancelled or idle for too long. */
#include "client/transport.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/json.h"
#include "client/retry.h"
#include "client/url.h"

#define CONNECT_TIMEOUT_MS 10000
#define POLL_MS 100
#define MAX_HEAD_BYTES (256 << 10)
#define MAX_RESCUED_BYTES ((size_t)64 << 10)

struct transfer {
    struct exchange *x;
    CURL *easy;
    struct curl_slist *headers;
    char detail[CURL_ERROR_SIZE];
    int64_t last_byte_ms;
    size_t head_bytes;
    struct buffer rescued;   /* a reply that lay unread when sending broke off */
    bool added, over, enough;
};

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static const char *header(CURL *easy, const char *name)
{
    struct curl_header *h;

    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

/* Which limit was used up is told by the headers of some services where there is no retry-after. */
static int64_t read_reset(CURL *easy)
{
    static const char *const limits[][2] = {
        { "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests" },
        { "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens" },
        { "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset" },
        { "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset" },
        { "anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset" },
        { "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset" },
    };
    int64_t longest = -1, ms;
    size_t i;

    for (i = 0; i < sizeof limits / sizeof *limits; i++) {
        ms = retry_reset_ms(header(easy, limits[i][0]), header(easy, limits[i][1]), (int64_t)time(NULL));
        longest = ms > longest ? ms : longest;
    }
    return longest;
}

static void read_head(struct transfer *t)
{
    struct reply_head *head = &t->x->head;
    const char *type = header(t->easy, "content-type"), *retry = header(t->easy, "x-should-retry");
    const char *location = NULL, *kind = header(t->easy, "x-amzn-errortype");
    const char *encoding = header(t->easy, "content-encoding");
    char *where = NULL;
    long status = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    head->status = status < 200 ? 0 : (int)status;
    client_one_line(head->encoding, sizeof head->encoding, encoding ? encoding : "", encoding ? strlen(encoding) : 0);
    client_one_line(head->content_type, sizeof head->content_type, type ? type : "", type ? strlen(type) : 0);
    client_one_line(head->error_type, sizeof head->error_type, kind ? kind : "", kind ? strcspn(kind, ":") : 0);
    head->should_retry = !retry ? -1 : !strcasecmp(retry, "true") ? 1 : !strcasecmp(retry, "false") ? 0 : -1;
    head->retry_after_ms = retry_after_ms(header(t->easy, "retry-after-ms"), header(t->easy, "retry-after"),
                                          (int64_t)time(NULL));
    if (head->retry_after_ms < 0 && status == 429)
        head->retry_after_ms = read_reset(t->easy);
    if (status / 100 == 3 && (location = header(t->easy, "location")))
        curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &where);
    if (where)
        url_host(where, head->location_host);
}

static size_t on_head(char *bytes, size_t one, size_t size, void *user)
{
    struct transfer *t = user;

    (void)bytes;
    t->last_byte_ms = retry_clock_ms();
    t->head_bytes += size * one;
    if (t->head_bytes <= MAX_HEAD_BYTES)
        return size * one;
    t->x->result = fail(&t->x->error, SC_ERR_NETWORK, "'%.200s' sent more than %d bytes of headers", t->x->url,
                        MAX_HEAD_BYTES);
    return 0;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *user)
{
    struct transfer *t = user;
    struct exchange *x = t->x;

    size *= one;
    if (!x->received_bytes)
        read_head(t);
    x->received_bytes += (int64_t)size;
    x->result = x->on_bytes(x->user, &x->head, bytes, size, &t->enough, &x->error);
    t->last_byte_ms = retry_clock_ms();
    return x->result || t->enough ? 0 : size;
}

static size_t on_send(char *out, size_t one, size_t size, void *user)
{
    struct transfer *t = user;

    t->last_byte_ms = retry_clock_ms();
    return body_read(t->x->body, out, size * one);
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
    struct transfer *t = user;

    return origin == SEEK_SET && body_seek(t->x->body, offset) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

/* A server that refuses a large body answers and closes while we still send. The next write fails then, and curl gives
 * up without reading; what lies in the socket is the reason. Behind TLS it can't be read here. */
static int on_close(void *user, curl_socket_t fd)
{
    struct transfer *t = user;
    ssize_t n = 1;

    while (t->x->body && !t->over && !t->head_bytes && !t->x->result && !url_is_https(t->x->url) && n > 0 &&
           t->rescued.size < MAX_RESCUED_BYTES) {
        uint8_t *room = buffer_room(&t->rescued, 4096, NULL);

        n = room ? recv(fd, room, 4096, MSG_DONTWAIT) : 0;
        t->rescued.size += n > 0 ? (size_t)n : 0;
    }
    return close(fd);
}

static bool take_rescued(struct transfer *t)
{
    struct exchange *x = t->x;
    const char *reply = (const char *)t->rescued.data, *body;
    int status;

    if (!reply)
        return false;
    t->rescued.data[t->rescued.size] = 0;
    body = strstr(reply, "\r\n\r\n");
    if (!body || sscanf(reply, "HTTP/1.%*1d %3d", &status) != 1 || status < 300)
        return false;
    body += 4;
    x->head.status = status;
    x->received_bytes = (int64_t)(t->rescued.size - (size_t)(body - reply));
    if (x->received_bytes)
        x->result = x->on_bytes(x->user, &x->head, body, (size_t)x->received_bytes, &t->enough, &x->error);
    return true;
}

static bool add_header(struct transfer *t, const char *text)
{
    struct curl_slist *list = curl_slist_append(t->headers, text);

    if (list)
        t->headers = list;
    return list != NULL;
}

static bool add_accept(struct transfer *t)
{
    char line[128];

    snprintf(line, sizeof line, "Accept: %s", t->x->accept ? t->x->accept : "application/json");
    return add_header(t, line);
}

static bool add_lines(struct transfer *t)
{
    size_t i;

    for (i = 0; i < sizeof t->x->headers / sizeof *t->x->headers; i++)
        if (t->x->headers[i] && !add_header(t, t->x->headers[i]))
            return false;
    return true;
}

static bool add_key(struct transfer *t)
{
    struct buffer line = { 0 };
    bool ok;

    if (!t->x->key)
        return true;
    ok = buffer_room(&line, strlen(t->x->auth_header) + strlen(t->x->key), NULL) &&
         !buffer_print(&line, NULL, "%s%s", t->x->auth_header, t->x->key) && add_header(t, (char *)line.data);
    if (line.data)
        explicit_bzero(line.data, line.size);
    buffer_dispose(&line);
    return ok;
}

static void set_limits_of_protocol(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "seechange/" SC_VERSION);
}

/* The command line tools of TLS take these variables, the library does not. */
static void set_certificates(CURL *easy)
{
    const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

    if (file && *file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    if (dir && *dir)
        curl_easy_setopt(easy, CURLOPT_CAPATH, dir);
}

static bool set_up_body(struct transfer *t)
{
    if (!t->x->body)
        return true;
    curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_size(t->x->body));
    curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(t->easy, CURLOPT_SEEKDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETDATA, t);
    return body_seek(t->x->body, 0) && add_header(t, "Content-Type: application/json") && add_header(t, "Expect:");
}

static enum sc_status set_up(struct transfer *t, struct exchange *x, CURLM *multi, struct sc_error *err)
{
    t->x = x;
    t->last_byte_ms = retry_clock_ms();
    t->easy = curl_easy_init();
    if (!t->easy || !set_up_body(t) || !add_key(t) || !add_accept(t) || !add_lines(t))
        return fail_memory(err);
    if (curl_easy_setopt(t->easy, CURLOPT_URL, x->url) || curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers))
        return fail_memory(err);
    set_limits_of_protocol(t->easy);
    set_certificates(t->easy);
    if (url_is_loopback(x->url))
        curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->detail);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(x->connect_timeout_ms ? x->connect_timeout_ms : CONNECT_TIMEOUT_MS));
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)x->total_timeout_ms);
    if (curl_multi_add_handle(multi, t->easy))
        return fail_memory(err);
    t->added = true;
    return SC_OK;
}

static void tear_down(struct transfer *t, CURLM *multi)
{
    struct curl_slist *h;

    if (t->added)
        curl_multi_remove_handle(multi, t->easy);
    curl_easy_cleanup(t->easy);
    for (h = t->headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(t->headers);
    t->over = true;
}

static bool often_passes(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    default:
        return false;
    }
}

static void read_way(struct transfer *t)
{
    struct exchange *x = t->x;
    const char *address = NULL;
    curl_off_t name = 0, connection = 0, tls = 0;

    curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &name);
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connection);
    curl_easy_getinfo(t->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
    curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address);
    x->has_name = name > 0;
    x->has_connection = connection > 0;
    x->has_tls = tls > 0;
    snprintf(x->address, sizeof x->address, "%s", x->has_connection && address ? address : "");
}

/* What curl says of the end. A refusal that arrived counts as a reply even if the connection broke afterwards. */
static void finish(struct transfer *t, CURLcode code)
{
    struct exchange *x = t->x;
    const char *detail = t->detail[0] ? t->detail : curl_easy_strerror(code);
    char words[160];

    t->over = true;
    read_way(t);
    if (!x->received_bytes)
        read_head(t);
    if (x->result || t->enough || !code || x->head.status >= 300 || take_rescued(t))
        return;
    x->may_pass = often_passes(code);
    client_one_line(words, sizeof words, detail, strlen(detail));
    words[0] = isupper((unsigned char)words[0]) && !isupper((unsigned char)words[1])
                   ? (char)tolower((unsigned char)words[0]) : words[0];
    x->result = fail(&x->error, SC_ERR_NETWORK, "no answer from '%.200s': %s", x->url, words);
    if (x->head.status)
        x->result = fail(&x->error, SC_ERR_NETWORK, "'%.200s' broke off: %s", x->url, words);
}

static void collect(CURLM *multi, int *n_open)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left))) {
        struct transfer *t = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        finish(t, message->data.result);
        --*n_open;
    }
}

/* End those that have been silent for too long. */
static void end_idle(struct transfer *transfers, int n, int *n_open)
{
    int64_t now = retry_clock_ms();
    int i;

    for (i = 0; i < n; i++) {
        struct transfer *t = &transfers[i];
        struct exchange *x = t->x;

        if (t->over || !x->idle_timeout_ms || now - t->last_byte_ms < x->idle_timeout_ms)
            continue;
        read_head(t);
        x->result = fail(&x->error, SC_ERR_NETWORK, "no byte from '%.200s' for %lld s", x->url,
                         (long long)(x->idle_timeout_ms + 999) / 1000);
        t->over = true;
        --*n_open;
    }
}

static void end_all(struct transfer *transfers, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        if (transfers[i].over)
            continue;
        transfers[i].x->result = fail(&transfers[i].x->error, SC_ERR_CANCELLED, "cancelled");
        /* A name that is being looked up is not waited for. */
#if LIBCURL_VERSION_NUM >= 0x075700
        curl_easy_setopt(transfers[i].easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    }
}

static enum sc_status drive(CURLM *multi, struct transfer *transfers, int n, const atomic_bool *cancel,
                            struct sc_error *err)
{
    int n_open = n, running;

    for (;;) {
        if (curl_multi_perform(multi, &running))
            return fail_memory(err);
        collect(multi, &n_open);
        end_idle(transfers, n, &n_open);
        if (n_open <= 0)
            return SC_OK;
        if (cancel && atomic_load(cancel)) {
            end_all(transfers, n);
            return fail(err, SC_ERR_CANCELLED, "cancelled");
        }
        if (curl_multi_poll(multi, NULL, 0, POLL_MS, NULL))
            return fail_memory(err);
    }
}

enum sc_status transport_run(struct exchange *exchanges, int n, const atomic_bool *cancel, struct sc_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct transfer *transfers = calloc((size_t)n + 1, sizeof *transfers);
    CURLM *multi;
    enum sc_status s = SC_OK;
    int i;

    pthread_once(&once, start_curl);
    multi = curl_multi_init();
    if (!transfers || !multi)
        s = fail_memory(err);
    for (i = 0; i < n && !s; i++) {
        exchanges[i].head = (struct reply_head){ .retry_after_ms = -1, .should_retry = -1 };
        exchanges[i].result = SC_OK;
        exchanges[i].may_pass = false;
        exchanges[i].received_bytes = 0;
        s = set_up(&transfers[i], &exchanges[i], multi, err);
    }
    if (!s)
        s = drive(multi, transfers, n, cancel, err);
    for (i = 0; transfers && i < n; i++)
        tear_down(&transfers[i], multi);
    curl_multi_cleanup(multi);
    for (i = 0; transfers && i < n; i++)
        buffer_dispose(&transfers[i].rescued);
    free(transfers);
    return s;
}
