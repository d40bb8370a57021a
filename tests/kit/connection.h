/* The server's end of one connection, plain or TLS, for the scripted server.
 * Thread-safety: one thread at a time for each connection. */
#ifndef TESTS_KIT_CONNECTION_H
#define TESTS_KIT_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ssl_st;
struct ssl_ctx_st;

struct connection {
    int fd, stop;            /* stop: becomes readable when the server is to stop */
    struct ssl_st *ssl;      /* NULL: plain */
};

/* Take over fd and agree on TLS if there is a context. False: the client left or the server is to stop; close it. */
bool connection_open(struct connection *c, int fd, int stop, struct ssl_ctx_st *context);

/* Wait until there is something to read (false: the server is to stop, or nothing came within timeout_ms; negative:
 * without limit). */
bool connection_wait(struct connection *c, int timeout_ms);

/* As read(2), but waits for the stop as well: 0 then. */
ssize_t connection_read(struct connection *c, void *out, size_t size);
bool connection_read_all(struct connection *c, void *out, size_t size);
bool connection_write(struct connection *c, const void *bytes, size_t size);

/* reset: break it instead of closing it. */
void connection_close(struct connection *c, bool reset);

/* Wait without reading until the client leaves or the server is to stop. */
void connection_ignore(struct connection *c);

/* ---- certificates ---- */

enum certificate {
    CERTIFICATE_GOOD,        /* for 127.0.0.1, of now */
    CERTIFICATE_EXPIRED,     /* yesterday */
    CERTIFICATE_OTHER_HOST,  /* for other.example */
};

/* A key and a certificate that signs itself, made now; the certificate is written to path as PEM. http2: agree on HTTP/2
 * with clients that can. connection_forget. Failing calls abort. */
struct ssl_ctx_st *connection_identity(enum certificate which, bool http2, const char *path);
void connection_forget(struct ssl_ctx_st *identity);

#endif
