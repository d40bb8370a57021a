/* A scripted HTTP server on a free loopback port, in a thread: replies are given as bytes and delays, requests are
 * recorded as they came. One connection at a time, one request each, closed after the reply. Over TLS it can speak
 * HTTP/2: then the bytes of a reply are frames (tests/kit/http2.h), and a request's head is only its first line.
 *
 *     struct http_reply script[] = { { .bytes = "HTTP/1.1 500 No\r\n\r\n" }, { .bytes = good, .piece = 1 } };
 *     struct http_server *server = http_server_start(script, 2);
 *     ... http_server_url(server) ...
 *     assert_string_equal(http_server_request(server, 0)->body, "...");
 *     http_server_stop(&server);
 *
 * A reply with a path answers every request for it, or of several with the same path each answers one and the last all
 * that follow; those without are used up in their order. A request for which there is none gets a 404. Failing system
 * calls abort. Thread-safety: one test thread beside the server's own. */
#ifndef TESTS_KIT_HTTP_SERVER_H
#define TESTS_KIT_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/kit/connection.h"

enum http_end {
    HTTP_CLOSE,
    HTTP_RESET,              /* break the connection instead of closing it */
    HTTP_STALL,              /* keep it open and say nothing until the client leaves or the server is stopped */
    HTTP_IGNORE,             /* the same, and read nothing any more */
};

struct http_reply {
    const char *path;        /* NULL: for any request, once */
    const char *bytes;       /* status line, headers and body as they are; borrowed; NULL without a path: no reply */
    size_t size;             /* 0: up to the NUL */
    int delay_ms;            /* before the first byte */
    int piece;               /* bytes written at a time; 0: all */
    int piece_delay_ms;
    const char *flood;       /* after bytes: this again and again, flood_bytes in all; NULL: nothing */
    size_t flood_bytes;
    bool before_body;        /* reply when the head has come, and leave the body unread */
    enum http_end end;
};

struct http_request {
    char *head;              /* request line and headers, with the empty line */
    char *body;              /* ends in a NUL that body_size does not count */
    size_t body_size;
    int64_t time_ms;         /* monotonic, when its head was there */
};

struct http_server;

struct http_server *http_server_start(const struct http_reply *replies, int n);

/* Over TLS; identity: of connection_identity, outlives the server. */
struct http_server *http_server_start_tls(const struct http_reply *replies, int n, struct ssl_ctx_st *identity);

/* One that never accepts: its queue is full, and who connects waits. */
struct http_server *http_server_start_deaf(void);

const char *http_server_url(const struct http_server *s);      /* "http://127.0.0.1:PORT", or https */
int http_server_port(const struct http_server *s);
int http_server_count(struct http_server *s);                  /* requests so far */
const struct http_request *http_server_request(struct http_server *s, int i); /* valid until the server is stopped */
void http_server_stop(struct http_server **s);

/* A port that nobody listens on at the moment. */
int http_free_port(void);

#endif
