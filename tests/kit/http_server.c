/* The scripted HTTP server. */
#include "tests/kit/http_server.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "tests/kit/http2.h"

#define MAX_REQUESTS 4096
#define MAX_HEAD 65536
#define DEAF_QUEUE 4

struct http_server {
    const struct http_reply *replies;
    bool *used;
    int n_replies;
    struct http_request requests[MAX_REQUESTS];
    int n_requests;
    char url[64];
    int port, listener, stop[2];
    int waiting[DEAF_QUEUE]; /* connections that fill the queue of a deaf one */
    int n_waiting;
    struct ssl_ctx_st *identity; /* NULL: plain */
    pthread_t thread;
    pthread_mutex_t lock;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int listen_somewhere(int queue, int *port_out)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(fd >= 0 && !bind(fd, (struct sockaddr *)&address, size) && !listen(fd, queue) &&
         !getsockname(fd, (struct sockaddr *)&address, &size), "listen on loopback");
    *port_out = ntohs(address.sin_port);
    return fd;
}

int http_free_port(void)
{
    int port, fd = listen_somewhere(64, &port);

    close(fd);
    return port;
}

/* False: the server is to stop. */
static bool pause_ms(struct connection *c, int ms)
{
    struct pollfd stop = { c->stop, POLLIN, 0 };

    return ms <= 0 || !poll(&stop, 1, ms);
}

static size_t length_of_body(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");

    return at ? strtoul(at + 17, NULL, 10) : 0;
}

static bool read_head(struct connection *c, char *head, size_t *used, size_t *head_size)
{
    for (*used = 0; *used < MAX_HEAD - 1;) {
        ssize_t n = connection_read(c, head + *used, MAX_HEAD - 1 - *used);
        char *end;

        if (n <= 0)
            return false;
        *used += (size_t)n;
        head[*used] = 0;
        if ((end = strstr(head, "\r\n\r\n"))) {
            *head_size = (size_t)(end + 4 - head);
            return true;
        }
    }
    return false;
}

static const struct http_reply *choose(struct http_server *s, const char *head)
{
    const char *path = strchr(head, ' ');
    size_t n = path ? strcspn(path + 1, " ?") : 0;
    int i, last = -1;

    for (i = 0; i < s->n_replies; i++) {
        const char *want = s->replies[i].path;

        if (!want || strlen(want) != n || strncmp(want, path + 1, n))
            continue;
        last = i;
        if (!s->used[i])
            break;
    }
    if (last >= 0) {
        s->used[last] = true;
        return &s->replies[last];
    }
    for (i = 0; i < s->n_replies; i++) {
        if (s->replies[i].path || !s->replies[i].bytes || s->used[i])
            continue;
        s->used[i] = true;
        return &s->replies[i];
    }
    return NULL;
}

static void record(struct http_server *s, const char *head, size_t head_size, char *body, size_t body_size)
{
    pthread_mutex_lock(&s->lock);
    must(s->n_requests < MAX_REQUESTS, "too many requests for the test server");
    s->requests[s->n_requests++] =
        (struct http_request){ strndup(head, head_size), body, body_size, now_ms() };
    pthread_mutex_unlock(&s->lock);
}

static bool send_flood(struct connection *c, const struct http_reply *reply)
{
    size_t one = strlen(reply->flood), many = one < 65536 ? 65536 / one * one : one, at;
    char *block = malloc(many);
    bool ok = block != NULL;

    for (at = 0; ok && at < many; at += one)
        memcpy(block + at, reply->flood, one);
    for (at = 0; ok && at < reply->flood_bytes; at += many)
        ok = connection_write(c, block, many);
    free(block);
    return ok;
}

static bool send_reply(struct connection *c, const struct http_reply *reply)
{
    size_t size = reply->size ? reply->size : strlen(reply->bytes), at, n;
    size_t piece = reply->piece ? (size_t)reply->piece : size;
    int on = 1;

    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!pause_ms(c, reply->delay_ms))
        return false;
    for (at = 0; at < size; at += n) {
        n = size - at < piece ? size - at : piece;
        if (!connection_write(c, reply->bytes + at, n) || (at + n < size && !pause_ms(c, reply->piece_delay_ms)))
            return false;
    }
    return !reply->flood || send_flood(c, reply);
}

static void end_connection(struct connection *c, enum http_end end)
{
    char rest[4096];

    if (end == HTTP_STALL)
        while (connection_read(c, rest, sizeof rest) > 0)
            continue;
    if (end == HTTP_IGNORE)
        connection_ignore(c);
    connection_close(c, end == HTTP_RESET);
}

static void serve(struct http_server *s, struct connection *c)
{
    static const struct http_reply missing = {
        .bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" };
    char *head = malloc(MAX_HEAD), *body = NULL;
    const struct http_reply *reply;
    size_t used, head_size, body_size;

    must(head != NULL, "memory");
    if (!read_head(c, head, &used, &head_size)) {
        free(head);
        connection_close(c, false);
        return;
    }
    reply = choose(s, head);
    reply = reply ? reply : &missing;
    body_size = length_of_body(head);
    must((body = calloc(1, body_size + 1)) != NULL, "memory");
    used = used - head_size < body_size ? used - head_size : body_size;
    memcpy(body, head + head_size, used);
    while (!reply->before_body && used < body_size) {
        ssize_t n = connection_read(c, body + used, body_size - used);

        if (n <= 0)
            break;
        used += (size_t)n;
    }
    record(s, head, head_size, body, used);
    free(head);
    send_reply(c, reply);
    end_connection(c, reply->end);
}

static void serve_http2(struct http_server *s, struct connection *c)
{
    static const char head[] = "HTTP/2 request\r\n\r\n";
    char *body = calloc(1, HTTP2_MAX_BODY + 1);
    const struct http_reply *reply = NULL;
    size_t size;

    must(body != NULL, "memory");
    if (http2_read_request(c, body, &size)) {
        record(s, head, sizeof head - 1, body, size);
        if ((reply = choose(s, head)))
            send_reply(c, reply);
    } else {
        free(body);
    }
    end_connection(c, reply ? reply->end : HTTP_CLOSE);
}

static void *run(void *user)
{
    struct http_server *s = user;
    struct connection waiting = { .fd = s->listener, .stop = s->stop[0] };
    sigset_t broken;

    /* Of this thread alone: that the client gets none is part of what is tested. */
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, NULL);
    while (connection_wait(&waiting, -1)) {
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        struct connection c;

        if (fd < 0)
            continue;
        if (!connection_open(&c, fd, s->stop[0], s->identity))
            connection_close(&c, false);
        else if (http2_agreed(&c))
            serve_http2(s, &c);
        else
            serve(s, &c);
    }
    return NULL;
}

static struct http_server *make(const struct http_reply *replies, int n, int queue, struct ssl_ctx_st *identity)
{
    struct http_server *s = calloc(1, sizeof *s);

    must(s && (s->used = calloc((size_t)n + 1, sizeof *s->used)), "memory");
    s->replies = replies;
    s->n_replies = n;
    s->identity = identity;
    s->listener = listen_somewhere(queue, &s->port);
    snprintf(s->url, sizeof s->url, "http%s://127.0.0.1:%d", identity ? "s" : "", s->port);
    must(!pipe2(s->stop, O_CLOEXEC), "pipe");
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

struct http_server *http_server_start_tls(const struct http_reply *replies, int n, struct ssl_ctx_st *identity)
{
    struct http_server *s = make(replies, n, 64, identity);

    must(!pthread_create(&s->thread, NULL, run, s), "thread");
    return s;
}

struct http_server *http_server_start(const struct http_reply *replies, int n)
{
    return http_server_start_tls(replies, n, NULL);
}

struct http_server *http_server_start_deaf(void)
{
    struct http_server *s = make(NULL, 0, 0, NULL);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons((uint16_t)s->port) };

    for (; s->n_waiting < DEAF_QUEUE; s->n_waiting++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        must(fd >= 0, "socket");
        (void)!connect(fd, (struct sockaddr *)&address, sizeof address);
        s->waiting[s->n_waiting] = fd;
    }
    return s;
}

const char *http_server_url(const struct http_server *s)
{
    return s->url;
}

int http_server_port(const struct http_server *s)
{
    return s->port;
}

int http_server_count(struct http_server *s)
{
    int n;

    pthread_mutex_lock(&s->lock);
    n = s->n_requests;
    pthread_mutex_unlock(&s->lock);
    return n;
}

const struct http_request *http_server_request(struct http_server *s, int i)
{
    must(i >= 0 && i < http_server_count(s), "the test server got fewer requests");
    return &s->requests[i];
}

void http_server_stop(struct http_server **server)
{
    struct http_server *s = *server;
    int i;

    if (!s)
        return;
    must(write(s->stop[1], "x", 1) == 1, "pipe");
    if (!s->n_waiting)
        pthread_join(s->thread, NULL);
    while (s->n_waiting)
        close(s->waiting[--s->n_waiting]);
    for (i = 0; i < s->n_requests; i++) {
        free(s->requests[i].head);
        free(s->requests[i].body);
    }
    close(s->listener);
    close(s->stop[0]);
    close(s->stop[1]);
    pthread_mutex_destroy(&s->lock);
    free(s->used);
    free(s);
    *server = NULL;
}
