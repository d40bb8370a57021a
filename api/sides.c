/* sc_ask_each: the same evidence asked of several models at the same time. */
#include <stdlib.h>
#include <string.h>

#include "api/crew.h"
#include "client/retry.h"
#include "fusion/moments.h"

struct side {
    struct asking asking;
    struct sc_ask_settings settings; /* of this one */
    char *service;           /* its name has this before the slash; NULL: none */
    double needs_usd;        /* query and longest answer, when nothing bounds them */
};

struct sides {
    struct sc *session;
    const struct sc_ask_settings *settings;
    struct sc_sides *out;
    struct side *items;
    struct crew_member *members; /* of each: whether it failed, and why */
    int n, n_told;
    struct gathered words;
};

/* A mistake of the caller's costs nothing as long as nothing was sent; what is wrong with a server costs its answer. */
static enum sc_status take_failure(struct sides *p, int i, enum sc_status s, struct sc_error *err)
{
    struct crew_member *m = &p->members[i];

    if (s != SC_ERR_NETWORK && s != SC_ERR_SERVICE)
        return fail_in(err, s, "'%s'", p->out->items[i].name);
    m->status = s;
    m->is_done = true;
    session_notice(p->session, "'%s': %s", p->out->items[i].name, m->err.text);
    return SC_OK;
}

/* ---- whom ---- */

static enum sc_status check_settings(const struct sc_ask_settings *set, int n, struct sc_error *err)
{
    if (n < 1 || n > SC_MAX_SIDES)
        return fail(err, SC_ERR_INVALID, "one question can be put to 1 to %d models, not %d", SC_MAX_SIDES, n);
    if (set->dump || set->on_body || set->record || set->replay)
        return fail(err, SC_ERR_INVALID, "the question takes %d requests, and only one can be written, recorded or "
                    "replayed; name one model", n);
    if (set->transcribe && !set->transcribe_service && !set->transcribe_url)
        return fail(err, SC_ERR_INVALID, "which of the models' services is to write down what is said? name it with "
                    "--transcribe-service");
    return SC_OK;
}

static enum sc_status choose_one(struct sides *p, int i, const struct services *services, struct sc_error *err)
{
    const struct sc_ask_settings *all = p->settings;
    struct side *side = &p->items[i];
    struct sc_ask_settings *own = &side->settings;
    struct target *t = &side->asking.target;
    enum sc_status s = SC_OK;

    *own = *all;
    own->model = p->out->items[i].name;
    own->windows = -1;
    own->on_text = NULL;
    own->has_price = false;
    own->max_cost_usd = 0;
    if (!own->service && (s = target_split(services, own->model, &side->service, &own->model, err)))
        return s;
    if (side->service) {
        own->service = side->service;
        own->base_url = own->dialect = NULL;
    }
    if ((s = target_choose(p->session, own, t, err)))
        return s;
    if (t->embedded)
        return fail(err, SC_ERR_INVALID, "no model server answers on this machine; name its service, like "
                                         "openai/gpt-4.1");
    own->has_price = all->has_price && (t->model.usd_in < 0 || t->model.usd_out < 0);
    own->max_cost_usd = all->max_cost_usd;
    return target_set_price(t, own, err);
}

static enum sc_status choose(struct sides *p, bool no_memory, struct sc_error *err)
{
    struct target tables = { 0 };
    enum sc_status s = target_tables(p->session, &tables, err);
    int i;

    for (i = 0; i < p->n && !s; i++) {
        struct asking *a = &p->items[i].asking;

        *a = (struct asking){ .session = p->session, .settings = &p->items[i].settings, .words = &p->words,
                              .call.no_memory = no_memory };
        p->members[i].asking = a;
        if (!(s = asking_begin(&a->answer, err)) &&
            (s = choose_one(p, i, tables.services, &p->members[i].err))) {
            *err = p->members[i].err;
            s = take_failure(p, i, s, err);
        }
    }
    target_dispose(&tables);
    return s;
}

/* ---- what of it may cost how much ---- */

static int cheapest(const struct sides *p, const bool *has_share)
{
    int best = -1, i;

    for (i = 0; i < p->n; i++)
        if (!has_share[i] && (best < 0 || p->items[i].needs_usd < p->items[best].needs_usd))
            best = i;
    return best;
}

/* Equal shares, but those that need less leave the rest to the others; what nobody needs is for second rounds. */
static void share(struct sides *p, double usd)
{
    bool has_share[SC_MAX_SIDES] = { false };
    int n = 0, left, i;

    for (i = 0; i < p->n; i++) {
        has_share[i] = p->members[i].is_done;
        n += !has_share[i];
    }
    for (left = n; left; left--) {
        struct side *side = &p->items[i = cheapest(p, has_share)];
        double most = usd / left;

        has_share[i] = true;
        side->settings.max_cost_usd = side->needs_usd < most ? side->needs_usd : most;
        usd -= side->settings.max_cost_usd;
    }
    for (i = 0; i < p->n; i++)
        if (!p->members[i].is_done)
            p->items[i].settings.max_cost_usd += usd / n;
}

static enum sc_status share_cost(struct sides *p, struct sc_error *err)
{
    const struct sc_ask_settings *all = p->settings;
    double usd = all->max_cost_usd - (p->words.usd > 0 ? p->words.usd : 0);
    int i;

    if (all->max_cost_usd <= 0)
        return SC_OK;
    if (usd <= 0)
        return fail(err, SC_ERR_LIMIT, "to write down what is said has cost %.4f USD, and %.4f are allowed for all",
                    p->words.usd, all->max_cost_usd);
    for (i = 0; i < p->n; i++) {
        struct side *side = &p->items[i];
        struct sc_ask_settings free_of_it = side->settings;
        struct query q = { 0 };
        enum sc_status s;

        if (p->members[i].is_done)
            continue;
        free_of_it.max_cost_usd = 0;
        s = target_query(&side->asking.target, &free_of_it, 0, p->out->changes, &q, err);
        side->needs_usd = target_price(&side->asking.target.model, q.image_tokens + q.text_tokens + q.layout_tokens,
                                       target_output_tokens(&side->settings));
        query_dispose(&q);
        if (s)
            return fail_in(err, s, "'%s'", p->out->items[i].name);
    }
    share(p, usd);
    return SC_OK;
}

/* ---- what is asked ---- */

static enum sc_status make_one(struct sides *p, int i, struct sc_error *err)
{
    struct asking *a = &p->items[i].asking;
    struct sc_answer *answer = a->answer;
    struct sc_side *out = &p->out->items[i];
    enum sc_status s;

    prompts_version(&a->target.prompts.set, answer->prompt_version);
    if ((s = asking_keep_text(&answer->service, a->target.service->name, err)) ||
        (s = asking_keep_text(&answer->model, a->target.model_name, err)))
        return s;
    answer->changes = p->out->changes;
    asking_prepare_call(a);
    if ((s = asking_make_query(a, err)))
        return fail_in(err, s, "'%s'", out->name);
    out->most_usd = target_price(&a->target.model, answer->image_tokens + answer->text_tokens,
                                 target_output_tokens(&p->items[i].settings));
    return SC_OK;
}

static enum sc_status make_all(struct sides *p, struct sc_error *err)
{
    enum sc_status s = share_cost(p, err);
    int i;

    for (i = 0; i < p->n && !s; i++)
        if (!p->members[i].is_done)
            s = make_one(p, i, err);
    return s;
}

/* ---- asking ---- */

static void tell(void *user, int i)
{
    struct sides *p = user;
    const struct crew_member *m = &p->members[i];

    if (m->status)
        session_notice(p->session, "'%s': %s", p->out->items[i].name, m->err.text);
    else if (m->asking->answer->remembered_s)
        session_notice(p->session, "'%s': remembered, %d of %d", p->out->items[i].name, ++p->n_told, p->n);
    else
        session_notice(p->session, "'%s': answered after %.1f s, %d of %d", p->out->items[i].name,
                       (double)m->took_ms / 1000, ++p->n_told, p->n);
}

/* Hold it against its schema and its evidence. A second round takes its time too. */
static enum sc_status check_one(struct sides *p, int i, struct sc_error *err)
{
    struct crew_member *m = &p->members[i];
    struct sc_side *out = &p->out->items[i];
    struct asking *a = m->asking;
    int64_t began_ms = retry_clock_ms();
    enum sc_status s;

    asking_tell_counted(a);
    if ((s = asking_check(a, &m->err)) || (s = asking_cite(a, &m->err))) {
        m->status = s;
        *err = m->err;
        return s == SC_ERR_CANCELLED || s == SC_ERR_NOMEM ? s : SC_OK;
    }
    if (!a->answer->remembered_s) {
        out->first_us = m->first_ms < 0 ? -1 : 1000 * m->first_ms;
        out->whole_us = 1000 * (m->took_ms + retry_clock_ms() - began_ms);
    }
    return SC_OK;
}

static enum sc_status ask_all(struct sides *p, struct sc_error *err)
{
    enum sc_status s;
    int i;

    for (i = 0; i < p->n; i++)
        if (!p->members[i].is_done)
            asking_tell(p->members[i].asking);
    s = crew_ask(p->session, p->members, p->n, tell, p, err);
    for (i = 0; i < p->n && !s; i++)
        if (!p->members[i].status)
            s = check_one(p, i, err);
    return s;
}

/* ---- what came of it ---- */

static enum sc_status find_moments(struct sides *p, struct sc_error *err)
{
    struct cited answers[SC_MAX_SIDES];
    int n = 0, i;

    for (i = 0; i < p->n; i++) {
        const struct sc_answer *a = p->items[i].asking.answer;

        if (!p->members[i].status && !a->refused)
            answers[n++] = (struct cited){ i, a->citations, a->n_citations };
    }
    return n < 2 ? SC_OK : moments_find(answers, n, &p->out->moments, &p->out->n_moments, err);
}

static enum sc_status take_failures(struct sides *p, struct sc_error *err)
{
    int first = -1, i;

    for (i = 0; i < p->n; i++)
        if (p->members[i].status) {
            first = first < 0 ? i : first;
            p->out->n_failed++;
            if (!(p->out->items[i].error = strdup(p->members[i].err.text)))
                return fail_memory(err);
        }
    if (p->out->n_failed < p->n)
        return SC_OK;
    *err = p->members[first].err;
    return p->members[first].status;
}

static enum sc_status look_and_ask(struct sides *p, const struct sc_source *source, const struct sc_look_settings *look,
                                   struct sc_error *err)
{
    bool no_cache = look && look->no_cache;
    enum sc_status s;
    int i;

    if ((s = choose(p, no_cache, err)) || (s = sc_changes(p->session, source, look, &p->out->changes, err)))
        return s;
    if (!target_has_question(p->settings, p->out->changes)) {
        p->out->nothing_changed = true;
        return SC_OK;
    }
    if ((s = gather_words(p->session, source, p->settings, p->out->changes, no_cache, &p->words, err)))
        return s;
    for (i = 0; i < p->n; i++) {
        p->items[i].asking.source = source;
        p->items[i].asking.target.lines = &p->words.lines;
        p->items[i].asking.target.metadata = (const char *)p->words.metadata.data;
    }
    if ((s = make_all(p, err)) || (!p->settings->dry_run && (s = ask_all(p, err))) || (s = take_failures(p, err)))
        return s;
    return find_moments(p, err);
}

/* ---- the whole way ---- */

static enum sc_status begin(struct sides *p, const char *const *models, struct sc_error *err)
{
    int i;

    p->items = calloc((size_t)p->n, sizeof *p->items);
    p->members = calloc((size_t)p->n, sizeof *p->members);
    p->out = calloc(1, sizeof *p->out);
    if (!p->items || !p->members || !p->out || !(p->out->items = calloc((size_t)p->n, sizeof *p->out->items)))
        return fail_memory(err);
    p->out->n = p->n;
    for (i = 0; i < p->n; i++) {
        p->out->items[i].first_us = p->out->items[i].whole_us = -1;
        p->out->items[i].most_usd = -1;
        if (!(p->out->items[i].name = strdup(models[i])))
            return fail_memory(err);
    }
    return SC_OK;
}

static void end(struct sides *p)
{
    int i;

    for (i = 0; i < p->n && p->items && p->out && p->out->items; i++) {
        struct asking *a = &p->items[i].asking;

        if (a->answer)
            a->answer->changes = NULL;
        p->out->items[i].answer = a->answer;
        query_dispose(&a->query);
        target_dispose(&a->target);
        free(p->items[i].service);
    }
    gather_dispose(&p->words);
    free(p->items);
    free(p->members);
}

enum sc_status sc_ask_each(struct sc *s, const struct sc_source *source, const struct sc_look_settings *look,
                           const struct sc_ask_settings *settings, const char *const *models, int n_models,
                           struct sc_sides **out, struct sc_error *err)
{
    static const struct sc_ask_settings defaults;
    struct sides p = { .session = s, .settings = settings ? settings : &defaults, .n = n_models };
    struct sc_error own = { 0 };
    enum sc_status status;

    *out = NULL;
    err = err ? err : &own;
    if ((status = check_settings(p.settings, n_models, err)))
        return status;
    if (!(status = begin(&p, models, err)))
        status = look_and_ask(&p, source, look, err);
    end(&p);
    if (status)
        sc_sides_free(&p.out);
    *out = p.out;
    return status;
}

void sc_sides_free(struct sc_sides **sides)
{
    int i;

    if (!*sides)
        return;
    for (i = 0; i < (*sides)->n && (*sides)->items; i++) {
        sc_answer_free(&(*sides)->items[i].answer);
        free((*sides)->items[i].name);
        free((*sides)->items[i].error);
    }
    free((*sides)->items);
    free((*sides)->moments);
    sc_changes_free(&(*sides)->changes);
    free(*sides);
    *sides = NULL;
}
