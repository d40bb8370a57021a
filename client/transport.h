/* HTTP exchanges over libcurl: one, or several side by side. The only file with curl's transfer calls.
 *
 * TLS is verified, redirects are not followed, only http and https are spoken, this machine is reached without a
 * proxy, no compression is asked for, `Expect:` is off. A body is read from its pieces while it is sent. A reply that
 * comes although sending broke off is still read.
 * Thread-safety: safe; calls are independent. */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stdatomic.h>

#include "client/body.h"

struct reply_head {
    int status;              /* 0: no reply came, or only news (1xx) of one */
    char content_type[96];
    char encoding[24];       /* content-encoding, "" if it was not sent */
    char location_host[256]; /* of a redirect, "" if it names none */
    int64_t retry_after_ms;  /* as said, or until a used-up limit is free again; -1: not said */
    char error_type[64];     /* x-amzn-errortype, "" if it was not sent */
    int should_retry;        /* x-should-retry: 1 true, 0 false, -1 not said */
};

struct exchange {
    const char *url;
    struct body *body;       /* POST this JSON; NULL: GET */
    const char *auth_header; /* "Authorization: Bearer "; used with key */
    const char *key;         /* NULL: none */
    const char *headers[4];  /* more lines; NULL: none there */
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
    int64_t received_bytes;  /* of the reply's body */
    enum sc_status result;   /* SC_OK: a reply came, whatever its status. SC_ERR_NETWORK, SC_ERR_CANCELLED, on_bytes's */
    struct sc_error error;
};

/* Do them all; each has its result then. Returns SC_ERR_CANCELLED, SC_ERR_NOMEM or SC_OK. *cancel (may be NULL) is
 * looked at every 100 ms at least. */
SC_CHECKED enum sc_status transport_run(struct exchange *exchanges, int n, const atomic_bool *cancel,
                                        struct sc_error *err);

#endif
