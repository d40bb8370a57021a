/* A server with a thread for each connection. */
#include "tests/kit/crowd.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define MAX_CONNECTIONS 4096
#define MAX_HEAD 65536

struct crowd {
    crowd_handler *handler;
    void *user;
    char url[64];
    int listener, stop[2];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_t connections[MAX_CONNECTIONS];
    int n_connections, n_requests, under_way, most_under_way;
};

struct connection {
    struct crowd *crowd;
    int fd;
    char buffer[MAX_HEAD];
    size_t used;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

static bool readable(struct crowd *c, int fd)
{
    struct pollfd fds[2] = { { c->stop[0], POLLIN, 0 }, { fd, POLLIN, 0 } };

    return poll(fds, 2, -1) > 0 && !fds[0].revents;
}

static bool more(struct connection *at)
{
    ssize_t n;

    if (at->used >= MAX_HEAD - 1 || !readable(at->crowd, at->fd))
        return false;
    n = read(at->fd, at->buffer + at->used, MAX_HEAD - 1 - at->used);
    at->used += n > 0 ? (size_t)n : 0;
    return n > 0;
}

static bool read_head(struct connection *at, char **head)
{
    char *end;

    for (;;) {
        at->buffer[at->used] = 0;
        if ((end = strstr(at->buffer, "\r\n\r\n")))
            break;
        if (!more(at))
            return false;
    }
    *head = strndup(at->buffer, (size_t)(end + 4 - at->buffer));
    must(*head != NULL, "memory");
    at->used -= (size_t)(end + 4 - at->buffer);
    memmove(at->buffer, end + 4, at->used);
    return true;
}

static bool read_body(struct connection *at, const char *head, char **body, size_t *size)
{
    const char *length = strcasestr(head, "\r\ncontent-length:");
    size_t have;

    *size = length ? strtoul(length + 17, NULL, 10) : 0;
    *body = malloc(*size + 1);
    must(*body != NULL, "memory");
    have = at->used < *size ? at->used : *size;
    memcpy(*body, at->buffer, have);
    at->used -= have;
    memmove(at->buffer, at->buffer + have, at->used);
    while (have < *size) {
        ssize_t n = readable(at->crowd, at->fd) ? read(at->fd, *body + have, *size - have) : 0;

        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    (*body)[*size] = 0;
    return true;
}

static bool send_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

static bool send_reply(struct connection *at, struct crowd_reply *reply)
{
    char head[1024];
    int n;

    reply->size = reply->size || !reply->body ? reply->size : strlen(reply->body);
    n = snprintf(head, sizeof head, "HTTP/1.1 %d So\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
                 reply->status, reply->size, reply->headers);
    return !reply->drop && send_all(at->fd, head, (size_t)n) && send_all(at->fd, reply->body, reply->size);
}

static bool answer(struct connection *at, char *head, const char *body, size_t size)
{
    struct crowd *c = at->crowd;
    struct crowd_reply reply = { .status = 200 };
    struct crowd_request request = { .method = head, .body = body, .size = size, .head = head };
    char *line = strndup(head, strcspn(head, "\r")), *rest = NULL;
    bool ok;

    request.method = strtok_r(line, " ", &rest);
    request.path = strtok_r(NULL, " ", &rest);
    must(request.path != NULL, "request line");
    pthread_mutex_lock(&c->lock);
    request.number = c->n_requests++;
    request.under_way = ++c->under_way;
    c->most_under_way = c->under_way > c->most_under_way ? c->under_way : c->most_under_way;
    c->handler(c->user, &request, &reply);
    pthread_mutex_unlock(&c->lock);
    free(line);
    /* It is no longer under way when the client may know so. */
    if (reply.delay_ms > 0) {
        struct pollfd stop = { c->stop[0], POLLIN, 0 };

        poll(&stop, 1, reply.delay_ms);
    }
    pthread_mutex_lock(&c->lock);
    c->under_way--;
    pthread_mutex_unlock(&c->lock);
    ok = send_reply(at, &reply);
    free(reply.body);
    return ok;
}

static void *serve(void *user)
{
    struct connection *at = user;
    int on = 1;
    bool go = true;

    setsockopt(at->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (go) {
        char *head = NULL, *body = NULL;
        size_t size;

        go = read_head(at, &head) && read_body(at, head, &body, &size) && answer(at, head, body, size);
        free(head);
        free(body);
    }
    close(at->fd);
    free(at);
    return NULL;
}

static void *accept_all(void *user)
{
    struct crowd *c = user;

    while (readable(c, c->listener)) {
        struct connection *at = calloc(1, sizeof *at);

        must(at != NULL, "memory");
        *at = (struct connection){ .crowd = c, .fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC) };
        if (at->fd < 0) {
            free(at);
            continue;
        }
        pthread_mutex_lock(&c->lock);
        must(c->n_connections < MAX_CONNECTIONS, "connections");
        must(!pthread_create(&c->connections[c->n_connections++], NULL, serve, at), "thread");
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

struct crowd *crowd_start(crowd_handler *handler, void *user)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    struct crowd *c = calloc(1, sizeof *c);

    must(c != NULL, "memory");
    c->handler = handler;
    c->user = user;
    c->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(c->listener >= 0 && !bind(c->listener, (struct sockaddr *)&address, size) && !listen(c->listener, 256) &&
         !getsockname(c->listener, (struct sockaddr *)&address, &size), "listen on loopback");
    snprintf(c->url, sizeof c->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    must(!pipe(c->stop), "pipe");
    pthread_mutex_init(&c->lock, NULL);
    must(!pthread_create(&c->thread, NULL, accept_all, c), "thread");
    return c;
}

const char *crowd_url(const struct crowd *c)
{
    return c->url;
}

static int read_count(struct crowd *c, const int *count)
{
    int n;

    pthread_mutex_lock(&c->lock);
    n = *count;
    pthread_mutex_unlock(&c->lock);
    return n;
}

int crowd_requests(struct crowd *c)
{
    return read_count(c, &c->n_requests);
}

int crowd_connections(struct crowd *c)
{
    return read_count(c, &c->n_connections);
}

int crowd_most_under_way(struct crowd *c)
{
    return read_count(c, &c->most_under_way);
}

void crowd_stop(struct crowd **crowd)
{
    struct crowd *c = *crowd;
    int i;

    if (!c)
        return;
    must(write(c->stop[1], "x", 1) == 1, "pipe");
    pthread_join(c->thread, NULL);
    for (i = 0; i < c->n_connections; i++)
        pthread_join(c->connections[i], NULL);
    close(c->listener);
    close(c->stop[0]);
    close(c->stop[1]);
    pthread_mutex_destroy(&c->lock);
    free(c);
    *crowd = NULL;
}
