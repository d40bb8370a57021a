/* A very small server of one page. */
#include "ui-cli/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct client {
    int fd;                      /* -1: nobody */
    int64_t until_ms;
    char request[SERVE_MAX_REQUEST];
    size_t n_request;
    char reply[SERVE_PAGE_BYTES + 512];
    size_t n_reply, n_sent;      /* n_reply 0: it is still asking */
};

struct serve {
    int listener, wake, port;
    pthread_t thread;
    pthread_mutex_t lock;        /* of the page */
    char page[SERVE_PAGE_BYTES];
    size_t n_page;
    struct client clients[SERVE_MAX_CLIENTS];
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void drop(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->n_request = c->n_reply = c->n_sent = 0;
}

/* ---- replies: RFC 9112 ---- */

static void answer(struct serve *s, struct client *c, const char *status, bool with_page, bool with_body)
{
    int n;

    pthread_mutex_lock(&s->lock);
    n = snprintf(c->reply, sizeof c->reply, "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n%s\r\n", status, with_page ? s->n_page : 0,
                 *status == '4' ? "Allow: GET, HEAD\r\n" : "");
    c->n_reply = (size_t)n;
    if (with_page && with_body) {
        memcpy(c->reply + n, s->page, s->n_page);
        c->n_reply += s->n_page;
    }
    pthread_mutex_unlock(&s->lock);
}

/* "GET /metrics HTTP/1.1", with or without a query behind the path. */
static void decide(struct serve *s, struct client *c)
{
    const bool is_get = !strncmp(c->request, "GET ", 4), is_head = !strncmp(c->request, "HEAD ", 5);
    const char *path = c->request + (is_get ? 4 : 5);
    const size_t size = strcspn(path, " ?\r\n");

    if (!is_get && !is_head)
        answer(s, c, "405 Method Not Allowed", false, false);
    else if ((size == 8 && !strncmp(path, "/metrics", 8)) || (size == 1 && *path == '/'))
        answer(s, c, "200 OK", true, is_get);
    else
        answer(s, c, "404 Not Found", false, false);
}

static void hear(struct serve *s, struct client *c)
{
    const ssize_t n = recv(c->fd, c->request + c->n_request, sizeof c->request - 1 - c->n_request, 0);

    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            drop(c);
        return;
    }
    c->n_request += (size_t)n;
    c->request[c->n_request] = '\0';
    if (strstr(c->request, "\r\n\r\n") || strstr(c->request, "\n\n"))
        decide(s, c);
    else if (c->n_request == sizeof c->request - 1 || strlen(c->request) < c->n_request)
        answer(s, c, "400 Bad Request", false, false);
}

static void say(struct client *c)
{
    const ssize_t n = send(c->fd, c->reply + c->n_sent, c->n_reply - c->n_sent, MSG_NOSIGNAL);

    if (n > 0)
        c->n_sent += (size_t)n;
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || c->n_sent == c->n_reply) {
        shutdown(c->fd, SHUT_WR);
        drop(c);
    }
}

/* ---- connections ---- */

static void welcome(struct serve *s)
{
    const int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct client *place = &s->clients[0];
    int i;

    if (fd < 0)
        return;
    for (i = 0; i < SERVE_MAX_CLIENTS && place->fd >= 0; i++)
        if (s->clients[i].fd < 0 || s->clients[i].until_ms < place->until_ms)
            place = &s->clients[i];
    drop(place);
    place->fd = fd;
    place->until_ms = now_ms() + SERVE_CLIENT_MS;
}

/* The poll's rows: who wakes us, who knocks, then the clients. Returns the time-out. */
static int prepare(struct serve *s, struct pollfd rows[2 + SERVE_MAX_CLIENTS])
{
    const int64_t now = now_ms();
    int64_t next = -1;
    int i;

    rows[0] = (struct pollfd){ .fd = s->wake, .events = POLLIN };
    rows[1] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
    for (i = 0; i < SERVE_MAX_CLIENTS; i++) {
        struct client *c = &s->clients[i];

        if (c->fd >= 0 && c->until_ms <= now)
            drop(c);
        rows[2 + i] = (struct pollfd){ .fd = c->fd, .events = c->n_reply ? POLLOUT : POLLIN };
        if (c->fd >= 0 && (next < 0 || c->until_ms - now < next))
            next = c->until_ms - now;
    }
    return (int)next;
}

static void *work(void *user)
{
    struct serve *s = user;
    struct pollfd rows[2 + SERVE_MAX_CLIENTS];
    int i;

    for (;;) {
        if (poll(rows, 2 + SERVE_MAX_CLIENTS, prepare(s, rows)) < 0)
            continue;
        if (rows[0].revents)
            return NULL;
        for (i = 0; i < SERVE_MAX_CLIENTS; i++)
            if (rows[2 + i].revents && s->clients[i].fd == rows[2 + i].fd)
                s->clients[i].n_reply ? say(&s->clients[i]) : hear(s, &s->clients[i]);
        if (rows[1].revents & POLLIN)
            welcome(s);
    }
}

static bool start(struct serve *s)
{
    sigset_t all, before;
    int e;

    sigfillset(&all); /* signals are for the main thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e = pthread_create(&s->thread, NULL, work, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = e ? e : errno;
    return !e;
}

static bool listen_at(struct serve *s, int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    const int on = 1;

    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(s->listener, (struct sockaddr *)&at, sizeof at) || listen(s->listener, SERVE_MAX_CLIENTS) ||
        getsockname(s->listener, (struct sockaddr *)&at, &size))
        return false;
    s->port = ntohs(at.sin_port);
    return true;
}

struct serve *serve_open(int port)
{
    struct serve *s = calloc(1, sizeof *s);
    int i, e;

    if (!s)
        return NULL;
    for (i = 0; i < SERVE_MAX_CLIENTS; i++)
        s->clients[i].fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    s->listener = -1;
    s->wake = eventfd(0, EFD_CLOEXEC);
    if (s->wake >= 0 && listen_at(s, port) && start(s))
        return s;
    e = errno;
    if (s->wake >= 0)
        close(s->wake);
    if (s->listener >= 0)
        close(s->listener);
    pthread_mutex_destroy(&s->lock);
    free(s);
    errno = e;
    return NULL;
}

int serve_port(const struct serve *s) { return s->port; }

void serve_put(struct serve *s, const char *page, size_t size)
{
    pthread_mutex_lock(&s->lock);
    s->n_page = size < sizeof s->page ? size : sizeof s->page;
    memcpy(s->page, page, s->n_page);
    pthread_mutex_unlock(&s->lock);
}

void serve_close(struct serve **s)
{
    const uint64_t one = 1;
    int i;

    if (!*s)
        return;
    if (write((*s)->wake, &one, sizeof one) == (ssize_t)sizeof one)
        pthread_join((*s)->thread, NULL);
    for (i = 0; i < SERVE_MAX_CLIENTS; i++)
        drop(&(*s)->clients[i]);
    close((*s)->listener);
    close((*s)->wake);
    pthread_mutex_destroy(&(*s)->lock);
    free(*s);
    *s = NULL;
}
