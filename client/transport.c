/* libcurl's multi interface, told by epoll which sockets are ready: a step costs what moved, not what is open. */
#include "client/transport.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/form.h"
#include "client/head.h"
#include "client/json.h"
#include "client/retry.h"
#include "client/url.h"

#define CONNECT_TIMEOUT_MS 10000
#define POLL_MS 100
#define EVENTS_A_STEP 64
#define ROUNDS_A_SOCKET 16       /* of 64 KiB each, before others have their turn */
#define MAX_HEAD_BYTES (256 << 10)
#define MAX_RESCUED_BYTES ((size_t)64 << 10)

/* In one of the transport's two lists: under way, or over and not yet given back. */
struct transfer {
    struct exchange *x;
    struct transport *transport;
    struct transfer *next, **link;
    CURL *easy;
    curl_socket_t fd;        /* of its connection; -1: none yet */
    struct curl_slist *headers;
    curl_mime *form;
    curl_off_t uploaded;     /* of the form */
    char detail[CURL_ERROR_SIZE];
    int64_t last_byte_ms;
    size_t head_bytes;
    struct buffer rescued;   /* a reply that lay unread when sending broke off */
    bool added, over, enough;
};

struct transport {
    CURLM *multi;
    CURLSH *share;           /* sessions of TLS outlive the handle of a transfer only here */
    int epoll, wake;
    int64_t timer_ms;        /* when curl wants to be called though nothing moved; -1: no need */
    int64_t idle_check_ms;
    size_t handed_bytes;     /* of bodies, to curl, by all transfers; it wraps around */
    struct transfer *open, *over;
};

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_head(char *bytes, size_t one, size_t size, void *user)
{
    struct transfer *t = user;
    char told[URL_TOLD_SIZE];

    (void)bytes;
    t->last_byte_ms = retry_clock_ms();
    t->head_bytes += size * one;
    if (t->head_bytes <= MAX_HEAD_BYTES)
        return size * one;
    t->x->result = fail(&t->x->error, SC_ERR_NETWORK, "'%.200s' sent more than %d bytes of headers",
                        url_told(t->x->url, told), MAX_HEAD_BYTES);
    return 0;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *user)
{
    struct transfer *t = user;
    struct exchange *x = t->x;

    size *= one;
    if (!x->received_bytes)
        head_read(t->easy, &t->x->head);
    x->received_bytes += (int64_t)size;
    x->result = x->on_bytes(x->user, &x->head, bytes, size, &t->enough, &x->error);
    t->last_byte_ms = retry_clock_ms();
    return x->result || t->enough ? 0 : size;
}

static size_t on_send(char *out, size_t one, size_t size, void *user)
{
    struct transfer *t = user;
    size_t n = body_read(t->x->body, out, size * one);

    t->last_byte_ms = retry_clock_ms();
    t->x->is_sent = body_left(t->x->body) == 0;
    t->transport->handed_bytes += n;
    return n;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
    struct transfer *t = user;

    return origin == SEEK_SET && body_seek(t->x->body, offset) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

/* A server that refuses a large body answers and closes while we still send. The next write fails then, and curl gives
 * up without reading; what lies in the socket is the reason. Behind TLS it can't be read here. */
static void rescue(struct transfer *t, curl_socket_t fd)
{
    ssize_t n = 1;

    while (t->x->body && !t->over && !t->head_bytes && !t->x->result && !url_is_https(t->x->url) && n > 0 &&
           t->rescued.size < MAX_RESCUED_BYTES) {
        uint8_t *room = buffer_room(&t->rescued, 4096, NULL);

        n = room ? recv(fd, room, 4096, MSG_DONTWAIT) : 0;
        t->rescued.size += n > 0 ? (size_t)n : 0;
    }
}

/* The connection may have had several transfers, one after the other; only one that is under way wants its rest. */
static int on_close(void *user, curl_socket_t fd)
{
    struct transport *transport = user;
    struct transfer *t;

    for (t = transport->open; t; t = t->next)
        if (t->fd == fd)
            rescue(t, fd);
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

/* Nobody is idle while the form goes out. */
static int on_upload(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    struct transfer *t = user;

    (void)down_total, (void)down, (void)up_total;
    if (up != t->uploaded)
        t->last_byte_ms = retry_clock_ms();
    t->uploaded = up;
    return 0;
}

static bool set_up_form(struct transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_upload);
    curl_easy_setopt(t->easy, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
    return (t->form = form_make(t->easy, t->x->form)) && !curl_easy_setopt(t->easy, CURLOPT_MIMEPOST, t->form) &&
           add_header(t, "Expect:");
}

static bool set_up_body(struct transfer *t)
{
    if (t->x->form)
        return set_up_form(t);
    if (!t->x->body)
        return true;
    curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_size(t->x->body));
    curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(t->easy, CURLOPT_SEEKDATA, t);
    return body_seek(t->x->body, 0) && add_header(t, "Content-Type: application/json") && add_header(t, "Expect:");
}

static enum sc_status set_up(struct transfer *t, struct sc_error *err)
{
    struct exchange *x = t->x;

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
    curl_easy_setopt(t->easy, CURLOPT_SHARE, t->transport->share);
    curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETDATA, t->transport);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->detail);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(x->connect_timeout_ms ? x->connect_timeout_ms : CONNECT_TIMEOUT_MS));
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)x->total_timeout_ms);
    if (curl_multi_add_handle(t->transport->multi, t->easy))
        return fail_memory(err);
    t->added = true;
    return SC_OK;
}

static void link_into(struct transfer **list, struct transfer *t)
{
    if (t->link) {
        *t->link = t->next;
        if (t->next)
            t->next->link = t->link;
    }
    t->next = *list;
    t->link = list;
    if (t->next)
        t->next->link = &t->next;
    *list = t;
}

static void tear_down(struct transfer *t)
{
    struct curl_slist *h;

    if (t->link) {
        *t->link = t->next;
        if (t->next)
            t->next->link = t->link;
    }
    t->over = true;
    if (t->added)
        curl_multi_remove_handle(t->transport->multi, t->easy);
    curl_easy_cleanup(t->easy);
    curl_mime_free(t->form);
    for (h = t->headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(t->headers);
    buffer_dispose(&t->rescued);
    free(t);
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
    char words[160], told[URL_TOLD_SIZE];

    t->over = true;
    read_way(t);
    if (!x->received_bytes)
        head_read(t->easy, &t->x->head);
    if (x->result || t->enough || !code || x->head.status >= 300 || take_rescued(t))
        return;
    x->may_pass = often_passes(code);
    client_one_line(words, sizeof words, detail, strlen(detail));
    words[0] = isupper((unsigned char)words[0]) && !isupper((unsigned char)words[1])
                   ? (char)tolower((unsigned char)words[0]) : words[0];
    x->result = fail(&x->error, SC_ERR_NETWORK, "no answer from '%.200s': %s", url_told(x->url, told), words);
    if (x->head.status)
        x->result = fail(&x->error, SC_ERR_NETWORK, "'%.200s' broke off: %s", url_told(x->url, told), words);
}

static void collect(struct transport *transport)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(transport->multi, &left))) {
        struct transfer *t = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        finish(t, message->data.result);
        link_into(&transport->over, t);
    }
}

/* End those that have been silent for too long. */
static void end_idle(struct transport *transport)
{
    int64_t now = retry_clock_ms();
    struct transfer *t, *next;
    char told[URL_TOLD_SIZE];

    if (now < transport->idle_check_ms)
        return;
    transport->idle_check_ms = now + POLL_MS / 2;
    for (t = transport->open; t; t = next) {
        struct exchange *x = t->x;

        next = t->next;
        if (!x->idle_timeout_ms || now - t->last_byte_ms < x->idle_timeout_ms)
            continue;
        head_read(t->easy, &t->x->head);
        x->result = fail(&x->error, SC_ERR_NETWORK, "no byte from '%.200s' for %lld s", url_told(x->url, told),
                         (long long)(x->idle_timeout_ms + 999) / 1000);
        t->over = true;
        link_into(&transport->over, t);
    }
}

/* ---- curl tells what it waits for ---- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct transport *t = user;
    struct epoll_event event = { .data.fd = fd };
    struct transfer *of = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &of);
    if (of)
        of->fd = fd;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(t->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    /* A socket that was closed in between has left the set by itself, whatever curl knows. */
    if (known ? epoll_ctl(t->epoll, EPOLL_CTL_MOD, fd, &event) && epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event)
              : epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event) && epoll_ctl(t->epoll, EPOLL_CTL_MOD, fd, &event))
        return -1;
    curl_multi_assign(t->multi, fd, t);
    return 0;
}

static int on_timer(CURLM *multi, long wait_ms, void *user)
{
    struct transport *t = user;

    (void)multi;
    t->timer_ms = wait_ms < 0 ? -1 : retry_clock_ms() + wait_ms;
    return 0;
}

static CURLMcode act(struct transport *t, const struct epoll_event *event)
{
    int running, what = (event->events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                        (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                        (event->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    size_t handed;
    CURLMcode code;
    int rounds = 0;
    uint64_t woken;

    if (event->data.fd == t->wake)
        return read(t->wake, &woken, sizeof woken) < 0 && errno == EBADF ? CURLM_INTERNAL_ERROR : CURLM_OK;
    /* A body that can go on is sent on: bodies that take turns would all be there late, and all at once. */
    do {
        handed = t->handed_bytes;
        code = curl_multi_socket_action(t->multi, event->data.fd, what, &running);
        what = CURL_CSELECT_OUT;
    } while (!code && t->handed_bytes != handed && ++rounds < ROUNDS_A_SOCKET);
    return code;
}

/* ---- the transport ---- */

enum sc_status transport_open(struct transport **out, struct sc_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct transport *t = calloc(1, sizeof *t);
    struct epoll_event woken = { .events = EPOLLIN };

    *out = t;
    if (!t)
        return fail_memory(err);
    pthread_once(&once, start_curl);
    t->timer_ms = -1;
    t->epoll = epoll_create1(EPOLL_CLOEXEC);
    t->wake = woken.data.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    t->multi = curl_multi_init();
    t->share = curl_share_init();
    if (t->epoll < 0 || t->wake < 0 || epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->wake, &woken)) {
        enum sc_status s = fail_errno(err, errno, "no connection can be made");

        transport_close(out);
        return s;
    }
    if (!t->multi || !t->share || curl_share_setopt(t->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION)) {
        transport_close(out);
        return fail_memory(err);
    }
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
    return SC_OK;
}

void transport_close(struct transport **transport)
{
    struct transport *t = *transport;

    if (!t)
        return;
    while (t->open)
        tear_down(t->open);
    while (t->over)
        tear_down(t->over);
    if (t->multi)
        curl_multi_cleanup(t->multi);
    if (t->share)
        curl_share_cleanup(t->share);
    if (t->epoll >= 0)
        close(t->epoll);
    if (t->wake >= 0)
        close(t->wake);
    free(t);
    *transport = NULL;
}

enum sc_status transport_start(struct transport *transport, struct exchange *x, struct sc_error *err)
{
    struct transfer *t = calloc(1, sizeof *t);
    enum sc_status s;

    if (!t)
        return fail_memory(err);
    x->head = (struct reply_head){ .retry_after_ms = -1, .should_retry = -1, .requests = { -1, -1, -1 },
                                   .tokens = { -1, -1, -1 } };
    x->result = SC_OK;
    x->may_pass = false;
    x->is_sent = !x->body;
    x->received_bytes = 0;
    t->x = x;
    t->transport = transport;
    t->fd = -1;
    link_into(&transport->open, t);
    if ((s = set_up(t, err)))
        tear_down(t);
    return s;
}

enum sc_status transport_step(struct transport *t, int64_t wait_ms, struct sc_error *err)
{
    struct epoll_event events[EVENTS_A_STEP];
    int64_t now = retry_clock_ms();
    CURLMcode code = CURLM_OK;
    int n, i, running;

    if (t->over)
        return SC_OK;
    wait_ms = wait_ms < POLL_MS ? wait_ms : POLL_MS;
    if (t->timer_ms >= 0 && t->timer_ms - now < wait_ms)
        wait_ms = t->timer_ms > now ? t->timer_ms - now : 0;
    n = epoll_wait(t->epoll, events, EVENTS_A_STEP, (int)wait_ms);
    if (n < 0 && errno != EINTR)
        return fail_errno(err, errno, "no reply can be waited for");
    for (i = 0; i < n && !code; i++)
        code = act(t, &events[i]);
    if (!code && t->timer_ms >= 0 && t->timer_ms <= retry_clock_ms()) {
        t->timer_ms = -1;
        code = curl_multi_socket_action(t->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    if (code)
        return fail_memory(err);
    collect(t);
    end_idle(t);
    return SC_OK;
}

struct exchange *transport_over(struct transport *t)
{
    struct exchange *x = t->over ? t->over->x : NULL;

    if (x)
        tear_down(t->over);
    return x;
}

void transport_drop(struct transport *transport, struct exchange *x)
{
    struct transfer *t = transport->open;

    while (t && t->x != x)
        t = t->next;
    if (!t)
        return;
    x->result = fail(&x->error, SC_ERR_CANCELLED, "cancelled");
    /* A name that is being looked up is not waited for. */
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    tear_down(t);
}

void transport_wake(struct transport *t)
{
    uint64_t one = 1;

    (void)!write(t->wake, &one, sizeof one);
}

static enum sc_status run(struct transport *t, struct exchange *exchanges, int n, const atomic_bool *cancel,
                          struct sc_error *err)
{
    int i, n_open = 0;
    enum sc_status s = SC_OK;

    for (i = 0; i < n && !s; i++, n_open += !s)
        s = transport_start(t, &exchanges[i], err);
    while (!s && n_open) {
        if (cancel && atomic_load(cancel))
            s = fail(err, SC_ERR_CANCELLED, "cancelled");
        else
            s = transport_step(t, POLL_MS, err);
        while (transport_over(t))
            n_open--;
    }
    for (i = 0; i < n; i++)
        transport_drop(t, &exchanges[i]);
    return s;
}

enum sc_status transport_run(struct transport *t, struct exchange *exchanges, int n, const atomic_bool *cancel,
                             struct sc_error *err)
{
    struct transport *own = NULL;
    enum sc_status s = t ? SC_OK : transport_open(&own, err);

    s = s ? s : run(t ? t : own, exchanges, n, cancel, err);
    transport_close(&own);
    return s;
}
