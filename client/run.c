/* The loop over questions under way. */
#include "client/run.h"

#include <stdlib.h>
#include <string.h>

#include "client/attempt.h"
#include "client/retry.h"

#define POLL_MS 100
#define WORTH_SAYING_MS 1000     /* of a wait for the limits of a service */

struct slot {
    struct client_question question;
    struct attempt attempt;
    struct client_answer answer;
    struct sc_error error;
    bool is_sending;
    int64_t not_before_ms;
    bool has_said_wait;
};

struct running {
    const struct client_run *run;
    struct client_pool *pool;
    struct transport *transport;
    struct slot **slots;     /* under way, the oldest first */
    int n, most;
    bool is_all;             /* there is no next one */
};

static void remove_slot(struct running *r, int i)
{
    memmove(&r->slots[i], &r->slots[i + 1], (size_t)(r->n - i - 1) * sizeof *r->slots);
    r->n--;
}

/* The same question was answered before. */
static bool remember(struct running *r, struct slot *slot, enum sc_status *status)
{
    const struct client_memory *memory = pool_memory(r->pool);
    const struct client_call *call = &slot->attempt.call;
    struct client_answer *answer = &slot->answer;

    if (!memory || call->no_memory || call->recording || call->replay)
        return false;
    if ((*status = attempt_identify(&slot->attempt, &slot->error)))
        return true;
    if (!memory->find(memory->user, slot->attempt.id, answer))
        return false;
    answer->prompt_tokens = answer->output_tokens = answer->cached_tokens = 0;
    if (call->on_text && answer->text.size)
        call->on_text(call->user, (const char *)answer->text.data, answer->text.size);
    return true;
}

static void keep(struct running *r, const struct slot *slot)
{
    const struct client_memory *memory = pool_memory(r->pool);
    const struct client_answer *answer = &slot->answer;

    if (memory && *slot->attempt.id && !answer->remembered_s && !answer->incomplete && !answer->refused)
        memory->keep(memory->user, slot->attempt.id, answer);
}

/* The question's last: the caller is told, and its place is free. */
static void finish(struct running *r, int i, enum sc_status status)
{
    struct slot *slot = r->slots[i];

    remove_slot(r, i);
    if (slot->is_sending) {
        transport_drop(r->transport, &slot->attempt.x);
        attempt_record(&slot->attempt);
    }
    limiter_give(pool_limiter(r->pool), &slot->attempt.share, NULL, -1, retry_clock_ms());
    attempt_close_answer(&slot->attempt, status);
    if (!status)
        keep(r, slot);
    attempt_dispose(&slot->attempt);
    r->run->done(r->run->user, &slot->question, status, &slot->answer, &slot->error);
    client_answer_dispose(&slot->answer);
    free(slot);
}

/* One more question, if there is room and one. *more: it may be worth asking again. */
static enum sc_status add(struct running *r, bool *more, struct sc_error *err)
{
    struct slot *slot = calloc(1, sizeof *slot);
    enum client_next next;
    enum sc_status s;

    *more = false;
    if (!slot)
        return fail_memory(err);
    next = r->run->next(r->run->user, &slot->question);
    r->is_all = next == CLIENT_NEXT_NONE;
    if (next != CLIENT_NEXT_ONE) {
        free(slot);
        return SC_OK;
    }
    *more = true;
    slot->question.call.pool = r->pool;
    slot->question.call.cancel = r->run->cancel;
    r->slots[r->n++] = slot;
    if ((s = attempt_open(&slot->attempt, &slot->question.call, slot->question.query, &slot->answer, &slot->error)) ||
        remember(r, slot, &s))
        finish(r, r->n - 1, s);
    return SC_OK;
}

static enum sc_status fill(struct running *r, struct sc_error *err)
{
    bool more = true;
    enum sc_status s = SC_OK;

    while (!s && more && !r->is_all && r->n < r->most)
        s = add(r, &more, err);
    return s;
}

/* What to do about the limits: 0: it may be sent; else ms to wait. *status is set when the deadline comes first. */
static int64_t wait_for_limits(struct running *r, struct slot *slot, enum sc_status *status)
{
    struct attempt *a = &slot->attempt;
    const struct limits known = { a->service.limit_requests_a_minute, a->service.limit_tokens_a_minute,
                                  a->service.limit_in_flight };
    int64_t wait;

    if (!attempt_is_question(a) || a->call.replay)
        return 0;
    wait = limiter_take(pool_limiter(r->pool), &a->share, &known, retry_clock_ms());
    if (!wait)
        return 0;
    if (a->call.deadline_s > 0 && (wait >= attempt_time_left(a) || attempt_time_left(a) <= 1)) {
        slot->answer.class = CLIENT_TRANSIENT;
        *status = fail(&slot->error, SC_ERR_SERVICE, "%s: its rate limit does not let this be sent before the deadline",
                       a->service.name);
    } else if (wait >= WORTH_SAYING_MS && !slot->has_said_wait && a->call.on_wait) {
        slot->has_said_wait = true;
        a->call.on_wait(a->call.user, "rate limit", wait);
    }
    return wait == LIMITER_FULL ? POLL_MS : wait;
}

static void take_over(struct running *r, int i)
{
    struct slot *slot = r->slots[i];
    struct attempt *a = &slot->attempt;
    const char *why = "";
    int64_t wait_ms = 0, used = -1;
    bool again;
    enum sc_status s;

    slot->is_sending = false;
    s = attempt_end(a, &again, &wait_ms, &why, &slot->error);
    if (slot->answer.prompt_tokens >= 0 && slot->answer.output_tokens >= 0)
        used = slot->answer.prompt_tokens + slot->answer.output_tokens;
    limiter_give(pool_limiter(r->pool), &a->share, a->x.head.status ? &a->x.head : NULL, used, retry_clock_ms());
    if (!again) {
        finish(r, i, s);
        return;
    }
    if (a->call.replay)
        wait_ms = 0;         /* it was waited for when it was recorded */
    if (wait_ms && a->call.on_wait)
        a->call.on_wait(a->call.user, why, wait_ms);
    slot->not_before_ms = retry_clock_ms() + wait_ms;
}

/* Send it; a recording answers at once. Returns whether it is still there. */
static bool send_slot(struct running *r, int i)
{
    struct slot *slot = r->slots[i];
    const int n = r->n;
    enum sc_status s = attempt_send(&slot->attempt, r->transport, &slot->error);

    if (s)
        finish(r, i, s);
    else if (slot->attempt.is_played)
        take_over(r, i);
    else
        slot->is_sending = true;
    return r->n == n;
}

/* Send those that may be sent. Returns ms until the next one may. A question never passes an older one that waits for
 * the same limits. */
static int64_t start(struct running *r)
{
    int64_t soonest = POLL_MS, now = retry_clock_ms(), wait;
    const struct slot *blocked = NULL;
    int i = 0;

    while (i < r->n) {
        struct slot *slot = r->slots[i];
        enum sc_status s = SC_OK;

        wait = slot->is_sending ? INT64_MAX : slot->not_before_ms - now;
        if (wait <= 0 && blocked && !memcmp(blocked->attempt.share.place, slot->attempt.share.place, DIGEST_SIZE))
            wait = INT64_MAX;
        if (wait <= 0 && (wait = wait_for_limits(r, slot, &s)) > 0)
            blocked = slot;
        if (s) {
            finish(r, i, s);
        } else if (wait <= 0) {
            soonest = slot->attempt.call.replay ? 0 : soonest;
            i += send_slot(r, i);
        } else {
            soonest = wait < soonest ? wait : soonest;
            i++;
        }
    }
    return soonest;
}

static void take_all_over(struct running *r)
{
    struct exchange *x;
    int i;

    while ((x = transport_over(r->transport)))
        for (i = 0; i < r->n; i++)
            if (&r->slots[i]->attempt.x == x) {
                take_over(r, i);
                break;
            }
}

static enum sc_status drive(struct running *r, struct sc_error *err)
{
    enum sc_status s;
    int64_t wait;

    for (;;) {
        if (r->run->cancel && atomic_load(r->run->cancel))
            return fail(err, SC_ERR_CANCELLED, "cancelled");
        if ((s = fill(r, err)))
            return s;
        wait = start(r);
        if (!r->n && r->is_all)
            return SC_OK;
        if ((s = transport_step(r->transport, r->n || !r->is_all ? wait : 0, err)))
            return s;
        take_all_over(r);
    }
}

enum sc_status client_run(const struct client_run *run, struct sc_error *err)
{
    struct running r = { .run = run, .pool = run->pool };
    struct client_pool *own = NULL;
    enum sc_status s = SC_OK;

    r.most = run->max_in_flight > 0 ? run->max_in_flight : CLIENT_IN_FLIGHT;
    r.most = r.most < CLIENT_MAX_IN_FLIGHT ? r.most : CLIENT_MAX_IN_FLIGHT;
    r.slots = calloc((size_t)r.most, sizeof *r.slots);
    if (!r.slots)
        return fail_memory(err);
    if (!r.pool && !(s = client_pool_open(&own, err)))
        r.pool = own;
    if (!s && !(s = pool_borrow(r.pool, &r.transport, err))) {
        struct sc_error why = { 0 };

        s = drive(&r, &why);
        while (r.n) {
            r.slots[0]->error = why;
            finish(&r, 0, s);
        }
        if (s && err)
            *err = why;
        pool_return(r.pool, &r.transport);
    }
    client_pool_close(&own);
    free(r.slots);
    return s;
}
