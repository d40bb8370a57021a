/* The scripted HTTP server. */
#include "tests/kit/http_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
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

#define MAX_REQUESTS 64
#define MAX_HEAD 65536

struct http_server {
    const struct http_reply *replies;
    bool *used;
    int n_replies;
    struct http_request requests[MAX_REQUESTS];
    int n_requests;
    char url[64];
    int port, listener, stop[2];
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

static int listen_somewhere(int *port_out)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(fd >= 0 && !bind(fd, (struct sockaddr *)&address, size) && !listen(fd, 64) &&
         !getsockname(fd, (struct sockaddr *)&address, &size), "listen on loopback");
    *port_out = ntohs(address.sin_port);
    return fd;
}

int http_free_port(void)
{
    int port, fd = listen_somewhere(&port);

    close(fd);
    return port;
}

/* Wait until fd can be read (false: the server is to stop), at most timeout_ms if that is not negative. */
static bool readable(struct http_server *s, int fd, int timeout_ms)
{
    struct pollfd fds[2] = { { s->stop[0], POLLIN, 0 }, { fd, POLLIN, 0 } };

    poll(fds, 2, timeout_ms);
    return !fds[0].revents && fds[1].revents;
}

/* False: the server is to stop. */
static bool pause_ms(struct http_server *s, int ms)
{
    struct pollfd stop = { s->stop[0], POLLIN, 0 };

    return ms <= 0 || !poll(&stop, 1, ms);
}

static size_t length_of_body(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");

    return at ? strtoul(at + 17, NULL, 10) : 0;
}

static bool read_head(struct http_server *s, int fd, char *head, size_t *used, size_t *head_size)
{
    for (*used = 0; *used < MAX_HEAD - 1;) {
        ssize_t n;
        char *end;

        if (!readable(s, fd, -1) || (n = read(fd, head + *used, MAX_HEAD - 1 - *used)) <= 0)
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
    int i;

    for (i = 0; i < s->n_replies; i++) {
        const char *want = s->replies[i].path;

        if (want && strlen(want) == n && !strncmp(want, path + 1, n))
            return &s->replies[i];
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

static bool send_reply(struct http_server *s, int fd, const struct http_reply *reply)
{
    size_t size = reply->size ? reply->size : strlen(reply->bytes), at = 0;
    size_t piece = reply->piece ? (size_t)reply->piece : size;
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!pause_ms(s, reply->delay_ms))
        return false;
    while (at < size) {
        ssize_t n = send(fd, reply->bytes + at, size - at < piece ? size - at : piece, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        at += (size_t)n;
        if (at < size && !pause_ms(s, reply->piece_delay_ms))
            return false;
    }
    return true;
}

static void end_connection(struct http_server *s, int fd, enum http_end end)
{
    struct linger hard = { 1, 0 };
    char rest[4096];

    if (end == HTTP_RESET)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    else if (end == HTTP_STALL)
        while (readable(s, fd, -1) && read(fd, rest, sizeof rest) > 0)
            continue;
    close(fd);
}

static void serve(struct http_server *s, int fd)
{
    static const struct http_reply missing = {
        .bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" };
    char *head = malloc(MAX_HEAD), *body = NULL;
    const struct http_reply *reply;
    size_t used, head_size, body_size;

    must(head != NULL, "memory");
    if (!read_head(s, fd, head, &used, &head_size)) {
        free(head);
        close(fd);
        return;
    }
    reply = choose(s, head);
    reply = reply ? reply : &missing;
    body_size = length_of_body(head);
    must((body = calloc(1, body_size + 1)) != NULL, "memory");
    used = used - head_size < body_size ? used - head_size : body_size;
    memcpy(body, head + head_size, used);
    while (!reply->before_body && used < body_size) {
        ssize_t n = readable(s, fd, -1) ? read(fd, body + used, body_size - used) : 0;

        if (n <= 0)
            break;
        used += (size_t)n;
    }
    record(s, head, head_size, body, used);
    free(head);
    send_reply(s, fd, reply);
    end_connection(s, fd, reply->end);
}

static void *run(void *user)
{
    struct http_server *s = user;

    while (readable(s, s->listener, -1)) {
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0)
            serve(s, fd);
    }
    return NULL;
}

struct http_server *http_server_start(const struct http_reply *replies, int n)
{
    struct http_server *s = calloc(1, sizeof *s);

    must(s && (s->used = calloc((size_t)n + 1, sizeof *s->used)), "memory");
    s->replies = replies;
    s->n_replies = n;
    s->listener = listen_somewhere(&s->port);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
    must(!pipe(s->stop), "pipe");
    pthread_mutex_init(&s->lock, NULL);
    must(!pthread_create(&s->thread, NULL, run, s), "thread");
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
    pthread_join(s->thread, NULL);
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
