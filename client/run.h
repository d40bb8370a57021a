/* Many questions at once, from one thread: as many under way as the caller and the services' limits allow, over
 * connections that stay open, each tried again as docs/SERVICES.md says. Memory holds the questions under way and nothing
 * else.
 *
 *     static enum client_next next(void *user, struct client_question *out)  ... the following one of a list
 *     static void done(void *user, struct client_question *q, ...)           ... note the answer, free the query
 *     struct client_run run = { .pool = pool, .max_in_flight = 32, .next = next, .done = done, .user = list };
 *     s = client_run(&run, err);
 *
 * Thread-safety: safe; runs are independent, but those of one pool keep to the same limits. Callbacks are made on the
 * calling thread, one at a time. */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include "client/client.h"
#include "client/pool.h"

#define CLIENT_MAX_IN_FLIGHT 1024
#define CLIENT_IN_FLIGHT 16      /* when the caller does not say */

struct client_question {
    struct client_call call; /* its pool and cancel are the run's. What it points to: borrowed until done */
    const struct query *query; /* the same */
    void *user;              /* the caller's own */
};

enum client_next {
    CLIENT_NEXT_ONE,         /* it is in *out */
    CLIENT_NEXT_LATER,       /* none yet: called again after client_pool_wake, or 100 ms */
    CLIENT_NEXT_NONE,        /* that was all */
};

struct client_run {
    struct client_pool *pool; /* NULL: one of its own */
    int max_in_flight;       /* questions at once, those that wait to be tried again too; 0: CLIENT_IN_FLIGHT */
    const atomic_bool *cancel; /* NULL: can't be cancelled; looked at every 100 ms at least */
    /* Called when there is room for one more. It should not take long: nothing is sent or read meanwhile. */
    enum client_next (*next)(void *user, struct client_question *out);
    /* Once for each question, in the order in which they end: status, answer and err as client_ask has them. What is
     * wanted of the answer may be moved out of it. */
    void (*done)(void *user, struct client_question *question, enum sc_status status, struct client_answer *answer,
                 const struct sc_error *err);
    void *user;
};

/* Returns SC_OK when all are done, each well or not. SC_ERR_CANCELLED or SC_ERR_NOMEM: those under way were done with
 * that status, and no further ones asked for. */
SC_CHECKED enum sc_status client_run(const struct client_run *run, struct sc_error *err);

#endif
