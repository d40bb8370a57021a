/* What the requests of a program share: the limits of the services that they go to, what is known of their servers, and
 * connections that stay open.
 * Thread-safety: safe, but client_pool_close, which is for the last one. */
#ifndef CLIENT_POOL_H
#define CLIENT_POOL_H

#include "client/known.h"
#include "client/limiter.h"

struct client_answer;

#define POOL_MAX_IDLE 8          /* transports that wait, with their connections, for the next one to need them */

struct client_pool;

SC_CHECKED enum sc_status client_pool_open(struct client_pool **out, struct sc_error *err);
void client_pool_close(struct client_pool **p);

/* Have every client_run of this pool look at once whether there is a next question. */
void client_pool_wake(struct client_pool *p);

/* Answers from before, by the id of their requests: a hash of service, base URL, model and the whole body, streamed or
 * not. Only whole answers are kept. */
struct client_memory {
    /* True: *out is the answer to this very request: text, finish, remembered_s. */
    bool (*find)(void *user, const char *id, struct client_answer *out);
    void (*keep)(void *user, const char *id, const struct client_answer *answer);
    void *user;
};

/* To be said before anything is asked. find and keep are called on the threads that ask. */
void client_pool_remember(struct client_pool *p, const struct client_memory *memory);

struct known *client_pool_known(struct client_pool *p);

/* ---- for client/ ---- */

const struct client_memory *pool_memory(const struct client_pool *p); /* NULL: none */

struct limiter *pool_limiter(struct client_pool *p);

/* One that nobody else uses, until pool_return. */
SC_CHECKED enum sc_status pool_borrow(struct client_pool *p, struct transport **out, struct sc_error *err);
void pool_return(struct client_pool *p, struct transport **t);

#endif
