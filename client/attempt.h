/* One question on its way to one service: what is sent, what came of it, whether it is sent again. client_run moves it.
 * Thread-safety: one thread at a time for each attempt. */
#ifndef CLIENT_ATTEMPT_H
#define CLIENT_ATTEMPT_H

#include "client/limiter.h"
#include "client/listener.h"
#include "client/recording.h"
#include "client/sigv4.h"

struct attempt {
    struct client_call call; /* with its defaults filled in, */
    struct service service;  /* and the service as it turned out to be */
    struct request request;
    struct body body;
    char *base, *url;
    bool changed_limit;      /* max_tokens and max_completion_tokens were exchanged */
    bool knows_facts;        /* what the dialect has to know of the server before it can ask */
    int64_t began_ms;
    char id[DIGEST_HEX_SIZE]; /* of the request, whatever carries it; "" if nothing is to be remembered */
    char once[96];           /* the header by which the service knows that it is the same request again; "" */
    struct limiter_share share;
    struct client_answer *answer; /* borrowed; NULL for pages */

    /* of the exchange under way: */
    struct exchange x;
    struct listener listener;
    struct reply_tape tape;
    bool is_played;          /* a->x is over already: a recording answered */
    struct client_page page;
    FILE *to;                /* where the page goes; NULL: into page.body */
    struct client_page *into; /* borrowed */
    struct sigv4_headers signature;
};

/* Everything that needs no exchange: limits, key, base URL. answer is emptied. a: attempt_dispose, always. */
SC_CHECKED enum sc_status attempt_open(struct attempt *a, const struct client_call *call, const struct query *query,
                                       struct client_answer *answer, struct sc_error *err);
void attempt_dispose(struct attempt *a);

/* The call with its defaults, and nothing else: enough for attempt_encode. */
void attempt_fill_in(struct attempt *a, const struct client_call *call, const struct query *query);
SC_CHECKED enum sc_status attempt_encode(struct attempt *a, struct sc_error *err);

/* ms until the deadline, at least 1; if there is none, practically for ever. */
int64_t attempt_time_left(const struct attempt *a);

/* What the next attempt_send is, is a request for an answer and not for facts. */
bool attempt_is_question(const struct attempt *a);

/* Set a->id. */
SC_CHECKED enum sc_status attempt_identify(struct attempt *a, struct sc_error *err);

/* Begin an exchange. Unless it fails, a->x is under way, or a->is_played. */
SC_CHECKED enum sc_status attempt_send(struct attempt *a, struct transport *t, struct sc_error *err);

/* The exchange is over. *again: send once more, *wait_ms later (why: words for the person, if that is not 0); else the
 * answer is there, or the error. */
SC_CHECKED enum sc_status attempt_end(struct attempt *a, bool *again, int64_t *wait_ms, const char **why,
                                      struct sc_error *err);

/* The exchange ended without attempt_end: it was dropped. */
void attempt_record(struct attempt *a);

/* The last word: status is what attempt_open, _send or _end returned, or SC_ERR_CANCELLED. */
void attempt_close_answer(struct attempt *a, enum sc_status status);

/* An exchange beside the answer's. */
struct page_request {
    const char *path;        /* of the dialect's, below the base URL */
    struct body *body;       /* POST it; NULL: GET */
    const struct form *form; /* POST this; NULL: none */
    const char *accept;      /* NULL: JSON */
    FILE *to;                /* a page with a good status goes here and not into page->body; NULL: nowhere */
};

/* From beginning to end. Any status but 2xx is an error. *page: buffer_dispose its body. */
SC_CHECKED enum sc_status attempt_get_page(struct attempt *a, const struct page_request *request,
                                           struct client_page *page, struct sc_error *err);

/* There is no such page. */
bool attempt_is_missing(const struct client_page *page);

#endif
