/* What the requests of a program share: the limits of the services that they go to, and connections that stay open.
 * Thread-safety: safe, but client_pool_close, which is for the last one. */
#ifndef CLIENT_POOL_H
#define CLIENT_POOL_H

#include "client/limiter.h"

#define POOL_MAX_IDLE 8          /* transports that wait, with their connections, for the next one to need them */

struct client_pool;

SC_CHECKED enum sc_status client_pool_open(struct client_pool **out, struct sc_error *err);
void client_pool_close(struct client_pool **p);

/* Have every client_run of this pool look at once whether there is a next question. */
void client_pool_wake(struct client_pool *p);

/* ---- for client/ ---- */

struct limiter *pool_limiter(struct client_pool *p);

/* One that nobody else uses, until pool_return. */
SC_CHECKED enum sc_status pool_borrow(struct client_pool *p, struct transport **out, struct sc_error *err);
void pool_return(struct client_pool *p, struct transport **t);

#endif
