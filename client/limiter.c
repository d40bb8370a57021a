/* Token buckets, filled by the clock and corrected by what services say. */
#include "client/limiter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "client/retry.h"

#define MINUTE_MS 60000.0
#define DEFAULT_PAUSE_MS 500     /* after a refusal that does not say how long */

struct bucket {
    double size;             /* 0: no limit known */
    double level;
    double a_ms;             /* how fast it fills */
    double under_way;        /* taken by requests that are not over: the service may not have counted them yet */
};

struct place {
    uint8_t id[DIGEST_SIZE];
    struct bucket requests, tokens;
    int in_flight;
    double most;             /* in flight; 0: not bounded */
    int known_most;          /* the row's; 0: none */
    int64_t filled_ms, used_ms, stopped_until_ms, cut_ms;
};

struct limiter {
    pthread_mutex_t lock;
    struct place places[LIMITER_PLACES];
    int n;
};

enum sc_status limiter_open(struct limiter **out, struct sc_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return fail_memory(err);
    pthread_mutex_init(&(*out)->lock, NULL);
    return SC_OK;
}

void limiter_close(struct limiter **l)
{
    if (!*l)
        return;
    pthread_mutex_destroy(&(*l)->lock);
    free(*l);
    *l = NULL;
}

static struct bucket a_minute(int64_t limit)
{
    return (struct bucket){ .size = (double)limit, .level = (double)limit, .a_ms = (double)limit / MINUTE_MS };
}

static struct place *find(struct limiter *l, const uint8_t id[DIGEST_SIZE])
{
    int i;

    for (i = 0; i < l->n; i++)
        if (!memcmp(l->places[i].id, id, DIGEST_SIZE))
            return &l->places[i];
    return NULL;
}

/* NULL: all places have requests under way. */
static struct place *add(struct limiter *l, const uint8_t id[DIGEST_SIZE], const struct limits *known, int64_t now_ms)
{
    struct place *p = NULL;
    int i;

    if (l->n < LIMITER_PLACES)
        p = &l->places[l->n++];
    for (i = 0; i < l->n && l->n == LIMITER_PLACES; i++)
        if (!l->places[i].in_flight && (!p || l->places[i].used_ms < p->used_ms))
            p = &l->places[i];
    if (!p)
        return NULL;
    *p = (struct place){ .requests = a_minute(known->requests_a_minute), .tokens = a_minute(known->tokens_a_minute),
                         .most = known->in_flight,
                         .known_most = known->in_flight, .filled_ms = now_ms };
    memcpy(p->id, id, DIGEST_SIZE);
    return p;
}

static void fill_bucket(struct bucket *b, double ms)
{
    b->level += b->a_ms * ms;
    b->level = b->level > b->size ? b->size : b->level;
}

static void fill(struct place *p, int64_t now_ms)
{
    double ms = now_ms > p->filled_ms ? (double)(now_ms - p->filled_ms) : 0;

    fill_bucket(&p->requests, ms);
    fill_bucket(&p->tokens, ms);
    p->filled_ms = now_ms;
}

/* ms until this much is there. */
static int64_t wait_for(const struct bucket *b, double amount)
{
    amount = amount < b->size ? amount : b->size;
    if (b->size <= 0 || b->level >= amount)
        return 0;
    return b->a_ms > 0 ? (int64_t)((amount - b->level) / b->a_ms) + 1 : RETRY_MAX_WAIT_MS;
}

static void take(struct bucket *b, double amount)
{
    b->under_way += amount;
    b->level -= b->size > 0 ? amount : 0;
}

static int64_t wait_of(const struct place *p, const struct limiter_share *share, int64_t now_ms)
{
    int64_t wait = p->stopped_until_ms - now_ms, other;

    wait = wait > 0 ? wait : 0;
    other = wait_for(&p->requests, 1);
    wait = other > wait ? other : wait;
    other = wait_for(&p->tokens, (double)share->tokens);
    wait = other > wait ? other : wait;
    return !wait && p->most > 0 && p->in_flight && p->in_flight + 1 > p->most ? LIMITER_FULL : wait;
}

int64_t limiter_take(struct limiter *l, struct limiter_share *share, const struct limits *known, int64_t now_ms)
{
    struct place *p;
    int64_t wait = 0;

    pthread_mutex_lock(&l->lock);
    p = find(l, share->place);
    p = p ? p : add(l, share->place, known, now_ms);
    if (p) {
        fill(p, now_ms);
        wait = wait_of(p, share, now_ms);
    }
    if (p && !wait) {
        take(&p->requests, 1);
        take(&p->tokens, (double)share->tokens);
        p->in_flight++;
        p->used_ms = share->taken_ms = now_ms;
        share->is_taken = true;
    }
    pthread_mutex_unlock(&l->lock);
    return wait;
}

/* The service has counted what it answered, and perhaps some of what is still under way: between what it says is left
 * and that without those lies the truth. */
static void learn(struct bucket *b, const struct rate_limit *said)
{
    double left = (double)said->remaining, least = left - b->under_way, used;

    if (said->limit <= 0 || said->remaining < 0 || said->remaining > said->limit)
        return;
    if (b->size <= 0 || (double)said->limit != b->size)
        *b = (struct bucket){ .size = (double)said->limit, .level = least, .under_way = b->under_way,
                              .a_ms = (double)said->limit / MINUTE_MS };
    used = (double)(said->limit - said->remaining);
    if (used > 0 && said->reset_ms > 0)
        b->a_ms = used / (double)said->reset_ms;
    b->level = b->level > left ? left : b->level < least ? least : b->level;
}

static void stop(struct place *p, const struct limiter_share *share, const struct reply_head *head, int64_t now_ms)
{
    int64_t until = now_ms + (head->retry_after_ms >= 0 ? head->retry_after_ms : DEFAULT_PAUSE_MS);

    p->stopped_until_ms = until > p->stopped_until_ms ? until : p->stopped_until_ms;
    /* Those sent before the last cut say nothing new. */
    if (share->taken_ms < p->cut_ms)
        return;
    p->most = (p->in_flight + 1) / 2;
    p->most = p->most < 1 ? 1 : p->most;
    p->cut_ms = now_ms + 1;
}

static void grow(struct place *p)
{
    if (p->most <= 0)
        return;
    p->most += 1 / p->most;
    if (p->known_most && p->most > p->known_most)
        p->most = p->known_most;
}

void limiter_give(struct limiter *l, struct limiter_share *share, const struct reply_head *head, int64_t used_tokens,
                  int64_t now_ms)
{
    struct place *p;

    if (!share->is_taken)
        return;
    share->is_taken = false;
    pthread_mutex_lock(&l->lock);
    p = find(l, share->place);
    if (p) {
        fill(p, now_ms);
        p->requests.under_way -= 1;
        p->tokens.under_way -= (double)share->tokens;
        if (head) {
            learn(&p->requests, &head->requests);
            learn(&p->tokens, &head->tokens);
        }
        /* Without a word from the service the estimate is set right by what was counted. */
        if (head && head->tokens.remaining < 0 && p->tokens.size > 0 && used_tokens >= 0)
            p->tokens.level += (double)(share->tokens - used_tokens);
        if (head && (head->status == 429 || head->status == 503 || head->status == 529))
            stop(p, share, head, now_ms);
        else if (head && head->status / 100 == 2)
            grow(p);
        p->in_flight--;
    }
    pthread_mutex_unlock(&l->lock);
}
