/* Askings side by side. */
#include "api/crew.h"

#include <string.h>

#include "client/retry.h"
#include "client/run.h"

#define AT_ONCE 8

struct crew {
    struct crew_member *members;
    int n, next;
    void (*told)(void *user, int i);
    void *user;
};

static enum client_next next(void *user, struct client_question *out)
{
    struct crew *c = user;
    struct crew_member *m;

    while (c->next < c->n && c->members[c->next].is_done)
        c->next++;
    if (c->next == c->n)
        return CLIENT_NEXT_NONE;
    m = &c->members[c->next++];
    m->began_ms = retry_clock_ms();
    m->asking->first_words_ms = 0;
    *out = (struct client_question){ .call = m->asking->call, .query = &m->asking->query, .user = m };
    return CLIENT_NEXT_ONE;
}

static void done(void *user, struct client_question *question, enum sc_status status, struct client_answer *answer,
                 const struct sc_error *err)
{
    struct crew *c = user;
    struct crew_member *m = question->user;

    m->took_ms = retry_clock_ms() - m->began_ms;
    m->first_ms = m->asking->call.stream && m->asking->first_words_ms ? m->asking->first_words_ms - m->began_ms : -1;
    m->is_done = true;
    m->status = status;
    m->class = answer->class;
    m->overshoot_tokens = answer->overshoot_tokens;
    m->limit_tokens = answer->limit_tokens;
    m->allowed_images = answer->allowed_images;
    if (status) {
        m->asking->answer->sent = true;
        m->err = *err;
    } else {
        asking_take(m->asking, answer);
        if (!m->asking->answer->text)
            m->status = fail_memory(&m->err);
    }
    if (c->told)
        c->told(c->user, (int)(m - c->members));
}

static int make_smaller(struct crew *c)
{
    int n_again = 0, i;

    for (i = 0; i < c->n; i++) {
        struct crew_member *m = &c->members[i];
        struct client_answer said = { .class = m->class, .overshoot_tokens = m->overshoot_tokens,
                                      .limit_tokens = m->limit_tokens, .allowed_images = m->allowed_images };

        if (m->status && asking_make_smaller(m->asking, &said) &&
            !asking_make_query(m->asking, &m->err)) {
            m->is_done = false;
            n_again++;
        }
    }
    return n_again;
}

enum sc_status crew_ask(struct sc *s, struct crew_member *members, int n, void (*told)(void *user, int i), void *user,
                        struct sc_error *err)
{
    struct crew c = { .members = members, .n = n, .told = told, .user = user };
    struct client_run run = { .pool = s->pool, .max_in_flight = AT_ONCE, .cancel = &s->cancel, .next = next, .done = done,
                              .user = &c };
    enum sc_status status = client_run(&run, err);

    if (status || !make_smaller(&c))
        return status;
    session_notice(s, "asking once more with less");
    c.next = 0;
    return client_run(&run, err);
}
