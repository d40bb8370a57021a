/* Several queries for one question: which, asked at the same time, and put together. */
#include "api/parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/copy.h"
#include "api/crew.h"
#include "base/text.h"
#include "fusion/cite.h"
#include "fusion/merge.h"
#include "fusion/windows.h"

#define DEFAULT_IMAGES 32
#define PART_WORDS 60            /* tokens around an answer in the last query */

/* ---- which parts ---- */

static int frames_a_window(const struct asking *a)
{
    const struct model *m = &a->target.model;
    int n = a->settings->max_images ? a->settings->max_images : m->max_images ? m->max_images : DEFAULT_IMAGES;

    return m->limit_images && m->limit_images < n ? m->limit_images : n;
}

/* Those of the chosen frames that are for more than context; of all, or of those that are left out. */
static int count_worth(const struct sc_changes *c, const int *which, int n)
{
    int worth = 0, i;

    for (i = 0; i < n; i++)
        worth += c->frames[which ? which[i] : i].role != SC_CONTEXT;
    return worth;
}

/* Whether one query would lose too much: by itself, a quarter of the frames worth showing; where windows are asked for, any
 * that sheets do not have to hold. */
static enum sc_status needs_windows(struct asking *a, const struct looked *l, bool *needs, struct sc_error *err)
{
    struct sc_ask_settings with = *a->settings;
    bool is_bound = with.max_images || with.max_tokens || with.max_bytes || with.max_cost_usd > 0;
    struct query q = { 0 };
    int lost;
    enum sc_status s;

    *needs = false;
    if (with.windows < 0 || with.windows == 1 || (!with.windows && is_bound))
        return SC_OK;
    if (with.windows && (!with.pack || !strcmp(with.pack, "auto")))
        with.pack = "full";
    with.max_tokens = 0;
    with.max_cost_usd = 0;
    a->target.lines = &l->words.lines;
    a->target.metadata = (const char *)l->words.metadata.data;
    if (!(s = target_query(&a->target, &with, 0, l->changes, &q, err))) {
        lost = count_worth(l->changes, q.left_out, q.frames_left_out);
        *needs = with.windows ? lost > 0 : lost && 4 * lost >= count_worth(l->changes, NULL, l->changes->n_frames);
    }
    query_dispose(&q);
    return s;
}

static enum sc_status cut_evidence(const struct sc_changes *c, const struct window *w, struct sc_changes **out,
                                   struct sc_error *err)
{
    struct sc_changes *cut = malloc(sizeof *cut);
    enum sc_status s;

    *out = cut;
    if (!cut)
        return fail_memory(err);
    *cut = *c;
    cut->events = NULL;
    cut->frames = NULL;
    memset(&cut->source, 0, sizeof cut->source);
    return (s = copy_info(&cut->source, &c->source, err)) ? s : windows_cut(c, w, cut, err);
}

static enum sc_status add_part(struct asking *a, struct parts *p, const struct looked *l, const struct window *w,
                               struct sc_error *err)
{
    struct part *items = reallocarray(p->items, (size_t)p->n + 1, sizeof *items), *part;

    if (!items)
        return fail_memory(err);
    p->items = items;
    part = &items[p->n++];
    *part = (struct part){ .of = l, .asking = { .session = a->session, .source = l->source, .words = &l->words,
                                               .call.no_memory = a->call.no_memory } };
    return asking_begin(&part->asking.answer, err) ? SC_ERR_NOMEM
                                                   : cut_evidence(l->changes, w, &part->asking.answer->changes, err);
}

static enum sc_status add_video(struct asking *a, struct parts *p, const struct looked *l, struct sc_error *err)
{
    struct window whole = { 0, l->changes->n_frames, -1 }, *windows = NULL;
    int most = a->settings->windows ? a->settings->windows : WINDOWS_MAX, n = 1, i;
    bool needs;
    enum sc_status s = needs_windows(a, l, &needs, err);

    if (s)
        return s;
    if (needs && (s = windows_split(l->changes, frames_a_window(a), most, &windows, &n, err)))
        goto done;
    for (i = 0; i < n && !s; i++)
        s = add_part(a, p, l, windows ? &windows[i] : &whole, err);
done:
    free(windows);
    return s;
}

enum sc_status parts_plan(struct asking *a, const struct looked *all, int n, struct parts *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    memset(out, 0, sizeof *out);
    for (i = 0; i < n && !s; i++)
        if (target_has_question(a->settings, all[i].changes))
            s = add_video(a, out, &all[i], err);
    if (!s && out->n > WINDOWS_MAX)
        s = fail(err, SC_ERR_LIMIT, "the question would take %d queries, and %d are the most; --windows off asks one about "
                 "each video", out->n, WINDOWS_MAX);
    return s;
}

void parts_dispose(struct parts *p)
{
    int i;

    for (i = 0; i < p->n; i++) {
        query_dispose(&p->items[i].asking.query);
        sc_answer_free(&p->items[i].asking.answer);
    }
    free(p->items);
    memset(p, 0, sizeof *p);
}

/* ---- their queries ---- */

/* Each part has its share of what is allowed, beside the query that puts the answers together. */
static enum sc_status share_budget(struct asking *a, struct parts *p, struct sc_error *err)
{
    const struct sc_ask_settings *set = a->settings;
    int64_t answer = target_output_tokens(&p->settings), merge = p->n * (answer + PART_WORDS) + answer;
    double merge_usd = a->target.spent_usd + target_price(&a->target.model, merge, target_output_tokens(set));

    if (set->max_tokens && (p->settings.max_tokens = (set->max_tokens - merge) / p->n) <= 0)
        return fail(err, SC_ERR_LIMIT, "%d queries and the one that puts their answers together may take %" PRId64 " tokens "
                    "without any picture, but %" PRId64 " are allowed; see --windows and --max-output-tokens", p->n, merge,
                    set->max_tokens);
    if (set->max_cost_usd > 0 && (p->settings.max_cost_usd = (set->max_cost_usd - merge_usd) / p->n) <= 0)
        return fail(err, SC_ERR_LIMIT, "to put the answers of %d queries together may cost %.4f USD, but %.4f are allowed "
                    "for all; see --windows and --max-output-tokens", p->n, merge_usd, set->max_cost_usd);
    return SC_OK;
}

static enum sc_status make_queries(struct asking *a, struct parts *p, struct sc_error *err)
{
    struct sc_answer *sum = a->answer;
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < p->n && !s; i++) {
        struct asking *part = &p->items[i].asking;
        const struct sc_answer *its = part->answer;

        part->settings = &p->settings;
        part->target = a->target;
        part->target.schema = NULL;
        part->target.lines = &p->items[i].of->words.lines;
        part->target.metadata = (const char *)p->items[i].of->words.metadata.data;
        part->target.spent_usd = 0; /* it is in the shares */
        part->target.part = i;
        part->target.n_parts = p->n;
        asking_prepare_call(part);
        if ((s = asking_make_query(part, err)))
            return fail_in(err, s, "'%s'", p->items[i].of->source->path);
        sum->image_tokens += its->image_tokens;
        sum->text_tokens += its->text_tokens;
        sum->image_exact = sum->image_exact && its->image_exact;
        sum->text_exact = sum->text_exact && its->text_exact;
        sum->body_bytes += its->body_bytes;
    }
    return s;
}

/* ---- asking ---- */

struct telling {
    struct parts *parts;
    struct crew_member *members;
    int n_told;
};

static void describe(const struct parts *p, int i, char *out, size_t size)
{
    const struct sc_changes *c = p->items[i].asking.answer->changes;
    char from[32], to[32];

    snprintf(out, size, "part %d of %d ('%.200s', %s to %s)", i + 1, p->n, p->items[i].of->source->path,
             sc_format_time(c->first_us, from), sc_format_time(c->last_us, to));
}

static void tell(void *user, int i)
{
    struct telling *t = user;
    char what[320];

    describe(t->parts, i, what, sizeof what);
    if (t->members[i].status)
        session_notice(t->members[i].asking->session, "%s: %s", what, t->members[i].err.text);
    else
        session_notice(t->members[i].asking->session, "%s: answered, %d of %d", what, ++t->n_told, t->parts->n);
}

static enum sc_status ask_all(struct asking *a, struct parts *p, struct crew_member *members, struct sc_error *err)
{
    struct telling t = { p, members, 0 };
    char told[URL_TOLD_SIZE];
    int i;

    for (i = 0; i < p->n; i++)
        members[i].asking = &p->items[i].asking;
    session_notice(a->session, "asking %s at %s (%s): %d queries about parts, about %" PRId64 " tokens, and one that puts "
                   "their answers together", a->target.model_name, target_url(&a->target, told), a->target.service->name,
                   p->n, a->answer->image_tokens + a->answer->text_tokens);
    return crew_ask(a->session, members, p->n, tell, &t, err);
}

static void add_count(int64_t *to, int64_t n, bool is_first) { *to = is_first ? n : *to >= 0 && n >= 0 ? *to + n : -1; }

/* The parts and what they cost become the answer's. *n_good: those that have one. */
static enum sc_status take_parts(struct asking *a, struct parts *p, const struct crew_member *members, int *n_good,
                                 struct sc_error *err)
{
    struct sc_answer *sum = a->answer;
    int i;

    *n_good = 0;
    sum->parts = calloc((size_t)p->n, sizeof *sum->parts);
    if (!sum->parts)
        return fail_memory(err);
    for (i = 0; i < p->n; i++) {
        struct sc_answer *its = p->items[i].asking.answer;

        sum->parts[i].answer = its;
        sum->sent = sum->sent || its->sent;
        sum->n_parts = i + 1;
        p->items[i].asking.answer = NULL;
        if (!members)
            continue;
        if (members[i].status) {
            if (!(sum->parts[i].error = strdup(members[i].err.text)))
                return fail_memory(err);
            continue;
        }
        add_count(&sum->prompt_tokens, its->prompt_tokens, !*n_good);
        add_count(&sum->output_tokens, its->output_tokens, !*n_good);
        add_count(&sum->cached_tokens, its->cached_tokens, !*n_good);
        ++*n_good;
        if (!its->refused) {
            enum sc_status s = cite_find(its->text, its->changes, &p->items[i].asking.query.views, &its->citations,
                                         &its->n_citations, err);

            if (s)
                return s;
        }
    }
    a->rounds = *n_good;
    return SC_OK;
}

/* ---- one answer ---- */

static enum sc_status build_merge(struct asking *a, struct sc_error *err)
{
    const struct sc_answer *sum = a->answer;
    struct query_settings settings = { .question = a->settings->question, .prompts = &a->target.prompts.set,
                                       .schema = a->target.schema, .ask = a->target.ask };
    struct merge_part *parts = calloc((size_t)sum->n_parts, sizeof *parts);
    enum sc_status s;
    int i;

    if (!parts)
        return fail_memory(err);
    for (i = 0; i < sum->n_parts; i++) {
        const struct sc_changes *c = sum->parts[i].answer->changes;

        parts[i] = (struct merge_part){ c->source.path, c->first_us, c->last_us,
                                        sum->parts[i].error ? NULL : sum->parts[i].answer->text };
    }
    s = query_build_merge(parts, sum->n_parts, &a->target.model, &settings, &a->query, err);
    free(parts);
    return s;
}

static enum sc_status list_answer(const struct sc_answer *its, struct buffer *text, struct sc_error *err)
{
    const struct sc_changes *c = its->changes;
    char from[32], to[32];
    enum sc_status s;

    if ((text->size && (s = buffer_text(text, "\n\n", err))) ||
        (s = text_add_visible(text, c->source.path, strlen(c->source.path), false, err)))
        return s;
    return buffer_print(text, err, ", %s to %s:\n%s", sc_format_time(c->first_us, from), sc_format_time(c->last_us, to),
                        its->text);
}

/* Without the last query, the answers one after the other. */
static enum sc_status list_answers(struct asking *a, struct sc_error *err)
{
    struct sc_answer *sum = a->answer;
    struct buffer text = { 0 };
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < sum->n_parts && !s; i++) {
        const struct sc_answer *its = sum->parts[i].answer;

        if (!sum->parts[i].error)
            s = list_answer(its, &text, err);
    }
    if (!s) {
        free(sum->text);
        sum->text = buffer_take(&text);
        sum->incomplete = true;
        if (a->settings->on_text && sum->text)
            a->settings->on_text(a->settings->user, sum->text, strlen(sum->text));
    }
    buffer_dispose(&text);
    return s;
}

static int frame_at(const struct sc_changes *c, int64_t time_us)
{
    int i;

    for (i = 0; i < c->n_frames; i++)
        if (c->frames[i].time_us == time_us)
            return i;
    return -1;
}

/* A time is known if a picture of any part has it. Of one video, its frame and event are those of the whole evidence. */
static enum sc_status cite_in_parts(struct asking *a, const struct parts *p, bool is_one_video, struct sc_error *err)
{
    struct sc_answer *sum = a->answer;
    enum sc_status s = asking_cite(a, err);
    int i, k;

    for (i = 0; i < p->n && !s; i++) {
        struct sc_citation *its = NULL;
        int n = 0;

        s = asking_cite_in(a, sum->parts[i].answer->changes, &p->items[i].asking.query.views, &its, &n, err);
        for (k = 0; k < n && k < sum->n_citations; k++) {
            struct sc_citation *c = &sum->citations[k];

            if (!its[k].known || c->known)
                continue;
            c->known = true;
            if (is_one_video && its[k].frame >= 0)
                c->frame = frame_at(sum->changes, sum->parts[i].answer->changes->frames[its[k].frame].time_us);
            if (is_one_video && c->frame >= 0 && sum->changes->frames[c->frame].event >= 0)
                c->event = sum->changes->frames[c->frame].event;
        }
        free(its);
    }
    return s;
}

static enum sc_status merge(struct asking *a, struct sc_error *err)
{
    struct client_answer reply = { 0 };
    enum sc_status s = build_merge(a, err);

    if (s)
        return s;
    session_notice(a->session, "putting %d answers together", a->rounds);
    if (!(s = client_ask(&a->call, &a->query, &reply, err))) {
        asking_take(a, &reply);
        s = a->answer->text ? SC_OK : fail_memory(err);
    }
    client_answer_dispose(&reply);
    return s ? s : asking_check(a, err);
}

static enum sc_status finish(struct asking *a, struct parts *p, struct sc_error *err)
{
    bool is_one_video = true;
    enum sc_status s = merge(a, err);
    int i;

    if (s && (s == SC_ERR_CANCELLED || s == SC_ERR_NOMEM || a->settings->schema))
        return s;
    if (s) {
        session_notice(a->session, "%s; the answers of the parts follow as they are", err ? err->text : "it failed");
        if ((s = list_answers(a, err)))
            return s;
    }
    for (i = 1; i < p->n; i++)
        is_one_video = is_one_video && p->items[i].of == p->items[0].of;
    return cite_in_parts(a, p, is_one_video, err);
}

enum sc_status parts_ask(struct asking *a, struct parts *p, struct sc_error *err)
{
    struct crew_member *members = calloc((size_t)p->n, sizeof *members);
    struct sc_error own = { 0 };
    int n_good = 0, i;
    enum sc_status s;

    if (!members)
        return fail_memory(err);
    p->settings = *a->settings;
    p->settings.schema = NULL;
    p->settings.on_text = NULL;
    a->answer->image_exact = a->answer->text_exact = true;
    asking_prepare_call(a);
    if (a->settings->dump || a->settings->on_body || a->settings->record || a->target.replay)
        s = fail(err, SC_ERR_INVALID, "the question takes %d queries, and only one can be written, recorded or replayed; "
                 "see --windows off", p->n);
    else if (!(s = share_budget(a, p, err)))
        s = make_queries(a, p, err);
    a->answer->price_usd = target_price(&a->target.model, a->answer->image_tokens + a->answer->text_tokens, 0);
    if (s || a->settings->dry_run) {
        s = s ? s : take_parts(a, p, NULL, &n_good, err);
        goto done;
    }
    if ((s = ask_all(a, p, members, err)) || (s = take_parts(a, p, members, &n_good, err)))
        goto done;
    for (i = 0; i < p->n && !n_good; i++)
        if (members[i].status) {
            s = members[i].status;
            if (err)
                *err = members[i].err;
            goto done;
        }
    s = finish(a, p, err ? err : &own);
done:
    free(members);
    return s;
}
