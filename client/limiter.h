/* How fast a service may be asked: a token bucket for requests, one for tokens, and how many may be under way, shared by
 * all requests that go to the same place with the same key and model.
 *
 * A bucket begins with what the service's row says, or with none. What a reply's headers say (x-ratelimit-...,
 * anthropic-ratelimit-...) sets its size, its level and how fast it fills. A refusal (429, 503, 529) stops everybody for
 * as long as it says, and halves how many may be under way; each answer lets the number grow again, by one for as many
 * answers as are under way.
 * Thread-safety: safe. */
#ifndef CLIENT_LIMITER_H
#define CLIENT_LIMITER_H

#include "client/digest.h"
#include "client/transport.h"

#define LIMITER_PLACES 64        /* the one not used for longest makes room */

struct limiter;

struct limits {
    int64_t requests_a_minute, tokens_a_minute; /* 0: none known */
    int in_flight;           /* 0: none known */
};

/* One request's share, from limiter_take to limiter_give. */
struct limiter_share {
    uint8_t place[DIGEST_SIZE]; /* url, model and key as one hash */
    int64_t tokens;          /* of the query and the longest answer, as estimated */
    int64_t taken_ms;
    bool is_taken;
};

SC_CHECKED enum sc_status limiter_open(struct limiter **out, struct sc_error *err);
void limiter_close(struct limiter **l);

#define LIMITER_FULL (-1)

/* May a request of share->tokens be sent now? 0: yes, and it counts as sent until limiter_give. Else after how many ms
 * to ask again, or LIMITER_FULL: when one under way is over. More tokens than the bucket holds wait until it is full. */
int64_t limiter_take(struct limiter *l, struct limiter_share *share, const struct limits *known, int64_t now_ms);

/* It is over. head: of the reply, as transport gives it; NULL: none came. used_tokens: as the service counted, or -1. */
void limiter_give(struct limiter *l, struct limiter_share *share, const struct reply_head *head, int64_t used_tokens,
                  int64_t now_ms);

#endif
