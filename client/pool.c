/* The transports that are in use, those that wait, and the limiter. */
#include "client/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct client_pool {
    pthread_mutex_t lock;
    struct limiter *limiter;
    struct known *known;
    struct client_memory memory;
    struct transport *idle[POOL_MAX_IDLE];
    int n_idle;
    struct transport **used;
    int n_used, room;
};

enum sc_status client_pool_open(struct client_pool **out, struct sc_error *err)
{
    struct client_pool *p = calloc(1, sizeof *p);
    enum sc_status s;

    *out = NULL;
    if (!p)
        return fail_memory(err);
    if ((s = limiter_open(&p->limiter, err)) || (s = known_open(&p->known, err))) {
        limiter_close(&p->limiter);
        free(p);
        return s;
    }
    pthread_mutex_init(&p->lock, NULL);
    *out = p;
    return SC_OK;
}

void client_pool_close(struct client_pool **pool)
{
    struct client_pool *p = *pool;

    if (!p)
        return;
    while (p->n_idle)
        transport_close(&p->idle[--p->n_idle]);
    limiter_close(&p->limiter);
    known_close(&p->known);
    pthread_mutex_destroy(&p->lock);
    free(p->used);
    free(p);
    *pool = NULL;
}

void client_pool_wake(struct client_pool *p)
{
    int i;

    pthread_mutex_lock(&p->lock);
    for (i = 0; i < p->n_used; i++)
        transport_wake(p->used[i]);
    pthread_mutex_unlock(&p->lock);
}

void client_pool_remember(struct client_pool *p, const struct client_memory *memory)
{
    p->memory = *memory;
}

const struct client_memory *pool_memory(const struct client_pool *p)
{
    return p->memory.find ? &p->memory : NULL;
}

struct known *client_pool_known(struct client_pool *p)
{
    return p->known;
}

struct limiter *pool_limiter(struct client_pool *p)
{
    return p->limiter;
}

static enum sc_status note_used(struct client_pool *p, struct transport *t, struct sc_error *err)
{
    if (p->n_used == p->room) {
        int room = p->room ? p->room * 2 : 8;
        struct transport **used = reallocarray(p->used, (size_t)room, sizeof *used);

        if (!used)
            return fail_memory(err);
        p->used = used;
        p->room = room;
    }
    p->used[p->n_used++] = t;
    return SC_OK;
}

enum sc_status pool_borrow(struct client_pool *p, struct transport **out, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    pthread_mutex_lock(&p->lock);
    *out = p->n_idle ? p->idle[--p->n_idle] : NULL;
    if (!*out)
        s = transport_open(out, err);
    if (!s && (s = note_used(p, *out, err)))
        transport_close(out);
    pthread_mutex_unlock(&p->lock);
    return s;
}

void pool_return(struct client_pool *p, struct transport **t)
{
    int i = 0;

    if (!*t)
        return;
    pthread_mutex_lock(&p->lock);
    while (i < p->n_used && p->used[i] != *t)
        i++;
    if (i < p->n_used)
        p->used[i] = p->used[--p->n_used];
    if (p->n_idle < POOL_MAX_IDLE) {
        p->idle[p->n_idle++] = *t;
        *t = NULL;
    }
    pthread_mutex_unlock(&p->lock);
    transport_close(t);
}
