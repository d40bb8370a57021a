/* HTTP exchanges over libcurl, many side by side on one thread. The only file with curl's transfer calls.
 *
 * TLS is verified, redirects are not followed, only http and https are spoken, this machine is reached without a
 * proxy, no compression is asked for, `Expect:` is off. A body is read from its pieces while it is sent. A reply that
 * comes although sending broke off is still read. Connections, and what TLS agreed on, are kept for the next exchange
 * with the same server.
 * Thread-safety: one thread at a time for each transport, but transport_wake, which any thread may call. */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stdatomic.h>

#include "client/body.h"

/* What a reply says of one limit of the service; -1: nothing. */
struct rate_limit {
    int64_t limit, remaining;
    int64_t reset_ms;        /* until all of it is free again */
};

struct reply_head {
    int status;              /* 0: no reply came, or only news (1xx) of one */
    char content_type[96];
    char encoding[24];       /* content-encoding, "" if it was not sent */
    char location_host[256]; /* of a redirect, "" if it names none */
    int64_t retry_after_ms;  /* as said, or until a used-up limit is free again; -1: not said */
    char error_type[64];     /* x-amzn-errortype, "" if it was not sent */
    int should_retry;        /* x-should-retry: 1 true, 0 false, -1 not said */
    struct rate_limit requests, tokens;
};

/* A field of a form; a list ends with a name of NULL. */
struct form {
    const char *name;
    const void *data;        /* copied when the exchange begins */
    size_t size;
    const char *path;        /* of what is sent instead of data, read while it goes; NULL: data */
    const char *file, *type; /* of a file: its name and content type; NULL: none */
};

struct exchange {
    const char *url;
    struct body *body;       /* POST this JSON; NULL: GET */
    const struct form *form; /* POST these instead, as multipart/form-data; NULL: none */
    const char *auth_header; /* "Authorization: Bearer "; used with key */
    const char *key;         /* NULL: none */
    const char *headers[5];  /* more lines; NULL: none there */
    const char *accept;      /* what kinds of reply are welcome; NULL: "application/json" */
    int64_t connect_timeout_ms; /* 0: 10 s */
    int64_t idle_timeout_ms; /* without a byte either way; 0: none */
    int64_t total_timeout_ms; /* 0: none */
    /* Bytes of the reply's body. *enough: the rest is not wanted; the exchange ends well. Other than SC_OK ends it. */
    enum sc_status (*on_bytes)(void *user, const struct reply_head *head, const char *bytes, size_t size,
                               bool *enough, struct sc_error *err);
    void *user;

    /* out: */
    struct reply_head head;
    bool has_name, has_connection, has_tls; /* how far it came: name looked up, connected, TLS agreed */
    char address[64];        /* connected to; "" if it was not */
    bool may_pass;           /* result is SC_ERR_NETWORK, of a kind that often passes */
    bool is_sent;            /* all of the body left this program */
    int64_t received_bytes;  /* of the reply's body */
    enum sc_status result;   /* SC_OK: a reply came, whatever its status. SC_ERR_NETWORK, SC_ERR_CANCELLED, on_bytes's */
    struct sc_error error;
};

struct transport;

SC_CHECKED enum sc_status transport_open(struct transport **out, struct sc_error *err);
void transport_close(struct transport **t);          /* what is under way is dropped without a word */

/* Begin. x is borrowed until transport_over has given it back, or transport_drop; what it points to is read until then.
 * Its results are reset. */
SC_CHECKED enum sc_status transport_start(struct transport *t, struct exchange *x, struct sc_error *err);

/* Move everything on. Returns when something moved, when woken, or after wait_ms at most (0: at once). */
SC_CHECKED enum sc_status transport_step(struct transport *t, int64_t wait_ms, struct sc_error *err);

/* One that is over since, with its results; NULL: none. */
struct exchange *transport_over(struct transport *t);

/* End one that is under way; its result is SC_ERR_CANCELLED. */
void transport_drop(struct transport *t, struct exchange *x);

void transport_wake(struct transport *t);

/* Do these, and return when all are over; each has its result then. t may be NULL. Returns SC_ERR_CANCELLED,
 * SC_ERR_NOMEM or SC_OK. *cancel (may be NULL) is looked at every 100 ms at least. */
SC_CHECKED enum sc_status transport_run(struct transport *t, struct exchange *exchanges, int n,
                                        const atomic_bool *cancel, struct sc_error *err);

#endif
