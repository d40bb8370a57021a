/* client/: one query to one service, and the answer back, whole or as it comes. The only module that opens sockets.
 *
 * Keys are taken from the caller, put into headers and wiped; they appear in no error, log or dump. TLS is verified;
 * plain http goes to loopback only unless allowed; redirects are not followed. `Expect:` is off; the body is streamed
 * with base64 made on the way, no second copy of the pictures in memory. docs/SERVICES.md says what is tried again.
 * Thread-safety: one thread at a time for each call; calls are independent. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stdatomic.h>

#include "client/failure.h"
#include "client/service.h"
#include "fusion/query.h"

struct client_pool;          /* client/pool.h */
struct recording;            /* client/recording.h */
struct replay;

struct client_call {
    const struct service *service;
    const struct dialect *dialect; /* NULL: the service's */
    const char *base_url;    /* as url_base takes it; NULL: the service's */
    const char *model;       /* NULL: the service's default, or none is named */
    const char *key;         /* NULL: none */
    bool stream;
    int64_t max_output_tokens; /* 0: the server's default */
    bool has_temperature;
    double temperature;
    bool has_seed;
    int64_t seed;
    const char *schema;      /* the answer is to be JSON that obeys this JSON Schema, by the means of dialect and service,
                              * which may be none: whoever asks looks whether it does. One line; NULL: words */
    const char *schema_name; /* for the service: up to 64 letters, digits, '_' and '-' */
    bool is_schema_strict;   /* as OpenAI has it */
    bool no_memory;          /* answers that the pool remembers do not count, and this one is not remembered */
    struct recording *recording; /* note every exchange there; NULL: do not. Answers from before do not count then, */
    struct replay *replay;   /* nor here: ask this, and no network, no key needed; NULL: ask the service */
    bool insecure_http;      /* plain http to hosts other than this machine */
    int64_t idle_timeout_s;  /* without a byte; a queued server may be silent this long; 0: 600 */
    int64_t deadline_s;      /* for all tries and waits together; 0: none */
    int max_retries;         /* 0..RETRY_MAX, only before the first byte of an answer */
    struct client_pool *pool; /* whose limits and connections it uses; NULL: its own. May be that of other threads too */
    const atomic_bool *cancel; /* NULL: can't be cancelled; looked at every 100 ms at least */
    void (*on_text)(void *user, const char *text, size_t size); /* NULL: none. Whole UTF-8, control characters removed */
    void (*on_wait)(void *user, const char *why, int64_t wait_ms); /* before a retry; NULL: none */
    void *user;
};

struct client_answer {
    struct buffer text;      /* all of it, UTF-8, control characters removed; a refusal's words if refused */
    char finish[32];         /* "stop", "length", "content_filter", "refusal", or a word of the service's own; "" if it
                              * never said */
    bool incomplete, refused;
    char why[256];           /* incomplete or refused: one line of words, else "" */
    int64_t prompt_tokens, output_tokens, cached_tokens; /* -1: not said */
    enum client_class class;
    int64_t overshoot_tokens; /* CLIENT_TOO_LONG: by how much, 0 if not said; */
    int64_t limit_tokens;    /* then, over what */
    int allowed_images;      /* CLIENT_TOO_MANY_IMAGES: how many, 0 if not said */
    int http_status;         /* 0: no reply */
    int tries;               /* requests sent */
    bool replay_differs;     /* the request is not the recorded one */
    int64_t remembered_s;    /* it was given before, then (seconds since 1970): nothing was sent or billed; 0: it is new */
};

/* Returns SC_OK with an answer that is whole, refused (class CLIENT_REFUSED) or incomplete (cut by the length limit, or
 * broken off after text had come: class CLIENT_CUT_OFF). Else an error with answer->class set: SC_ERR_SERVICE for what
 * the service said, also in the middle of an answer; SC_ERR_NETWORK, SC_ERR_CANCELLED, SC_ERR_INVALID. answer->text
 * keeps what came before. out: client_answer_dispose, always. */
SC_CHECKED enum sc_status client_ask(const struct client_call *call, const struct query *query,
                                     struct client_answer *out, struct sc_error *err);
void client_answer_dispose(struct client_answer *a);

/* The exact body that client_ask would send, to a stdio stream (NULL: nowhere), and its size. Nobody is asked: where
 * the dialect learns a marker from the server first (llama4-native), "<__media__>" stands for it. */
SC_CHECKED enum sc_status client_write_body(const struct client_call *call, const struct query *query, FILE *to,
                                            int64_t *bytes_out, struct sc_error *err);

/* A page of the service beside its answers. */
struct client_page {
    struct buffer body;      /* buffer_dispose */
    int status;              /* 0: no reply */
    enum client_class class; /* why there is none; CLIENT_FINE for 2xx */
    bool has_name, has_connection, has_tls; /* how far it came */
    char address[64];        /* connected to */
};

/* GET the page at this path of the dialect's, with the key. Any status but 2xx is an error; SC_ERR_LIMIT for a page of
 * more than limit bytes. out->body: buffer_dispose, always. */
SC_CHECKED enum sc_status client_get(const struct client_call *call, const char *path, size_t limit,
                                     struct client_page *out, struct sc_error *err);

/* Exact tokens of this request where the service counts them for nothing (llama-server and compatible); *known_out
 * false where it does not. */
SC_CHECKED enum sc_status client_count_tokens(const struct client_call *call, const struct query *query,
                                              int64_t *tokens_out, bool *known_out, struct sc_error *err);

#endif
