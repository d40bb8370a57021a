/* sc_ask: evidence, query, pictures, answer: the whole way. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/parts.h"
#include "api/recorded.h"
#include "api/talk.h"
#include "base/text.h"
#include "client/retry.h"
#include "fusion/describe.h"

#define DEFAULT_TEMPERATURE 0.2
#define DEFAULT_IDLE_S 600

static void offer_key(struct asking *a)
{
    int i;

    for (i = 0; i < services_count(a->target.services); i++) {
        const struct service *row = services_at(a->target.services, i);

        if (row->key_variable && getenv(row->key_variable) && !row->is_local && row->default_model) {
            session_notice(a->session, "%s is set: --service %s would ask %s (never by itself)", row->key_variable,
                           row->name, row->default_model);
            return;
        }
    }
}

/* With more than one video, the name of each before it. */
static enum sc_status describe_all(const struct looked *all, int n, struct buffer *text, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < n && !s; i++) {
        const char *path = all[i].source->path;

        if (n > 1 && (s = buffer_text(text, i ? "\n" : "", err)))
            break;
        if (n > 1 && ((s = text_add_visible(text, path, strlen(path), false, err)) || (s = buffer_text(text, ":\n", err))))
            break;
        s = describe_changes(all[i].changes, text, err);
    }
    return s;
}

static enum sc_status answer_embedded(struct asking *a, const struct looked *all, int n, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    struct buffer text = { 0 };
    enum sc_status s;

    if (a->settings->dry_run || a->settings->dump)
        return fail(err, SC_ERR_INVALID, "no model server was found, so there is no request to show; name a model with "
                                         "--model, or a server with --base-url");
    if (!a->settings->service)
        session_notice(a->session, "no model server answers on this machine: described from the evidence itself, "
                                   "no model was used");
    if (a->settings->question)
        session_notice(a->session, "the question itself needs a model: see --service and --base-url");
    if (a->settings->transcript || a->settings->transcribe || a->settings->notes)
        session_notice(a->session, "so do a transcript and notes");
    if (!a->settings->service)
        offer_key(a);
    answer->no_model = true;
    if ((s = asking_keep_text(&answer->service, "embedded", err)) || (s = describe_all(all, n, &text, err))) {
        buffer_dispose(&text);
        return s;
    }
    if (a->settings->on_text && text.size)
        a->settings->on_text(a->settings->user, (const char *)text.data, text.size);
    answer->text = buffer_take(&text);
    return answer->text ? SC_OK : fail_memory(err);
}

static void on_wait(void *user, const char *why, int64_t wait_ms)
{
    struct asking *a = user;

    session_notice(a->session, "%s: %s; trying again in %.1f s", a->target.service->name, why, (double)wait_ms / 1000);
}

static void on_text(void *user, const char *text, size_t size)
{
    struct asking *a = user;
    const struct sc_ask_settings *settings = a->settings;

    if (!a->first_words_ms)
        a->first_words_ms = retry_clock_ms();
    if (settings->on_text && !settings->schema)
        settings->on_text(settings->user, text, size);
}

void asking_prepare_call(struct asking *a)
{
    const struct sc_ask_settings *set = a->settings;
    struct client_call *c = &a->call;

    c->service = a->target.service;
    c->dialect = a->target.dialect;
    c->base_url = a->target.base_url;
    c->model = a->target.model_name;
    c->key = key_text(a->target.key);
    c->stream = !set->whole;
    c->max_output_tokens = target_output_tokens(set);
    c->has_temperature = true;
    c->temperature = set->has_temperature ? set->temperature : DEFAULT_TEMPERATURE;
    c->schema = a->target.schema ? schema_text(a->target.schema) : NULL;
    c->schema_name = a->target.schema ? schema_label(a->target.schema) : NULL;
    c->is_schema_strict = a->target.schema && schema_is_strict(a->target.schema);
    c->has_seed = set->has_seed;
    c->seed = set->seed;
    c->insecure_http = set->insecure_http;
    c->idle_timeout_s = set->timeout_s ? set->timeout_s : DEFAULT_IDLE_S;
    c->deadline_s = set->deadline_s;
    c->max_retries = 2;
    c->pool = a->session->pool;
    c->replay = a->target.replay;
    c->cancel = &a->session->cancel;
    c->on_text = on_text;
    c->on_wait = on_wait;
    c->user = a;
}

bool asking_make_smaller(struct asking *a, const struct client_answer *reply)
{
    int64_t planned = a->answer->image_tokens + a->answer->text_tokens;
    bool images = reply->class == CLIENT_TOO_MANY_IMAGES || reply->class == CLIENT_TOO_LARGE;

    if (a->is_smaller || reply->text.size || (!images && reply->class != CLIENT_TOO_LONG))
        return false;
    a->is_smaller = true;
    if (images)
        a->most_images = reply->allowed_images ? reply->allowed_images : a->answer->n_images / 2;
    else if (reply->overshoot_tokens) /* its count and ours may differ: in proportion, and an eighth more */
        a->most_tokens = (int64_t)((double)planned * (double)reply->limit_tokens /
                                   (double)(reply->limit_tokens + reply->overshoot_tokens) * 7 / 8);
    else
        a->most_tokens = planned / 2;
    return a->most_images > 0 || a->most_tokens > 0;
}

static void tell_remembered(struct asking *a)
{
    const time_t when = (time_t)a->answer->remembered_s;
    char date[64] = "";
    struct tm local;

    if (localtime_r(&when, &local))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M", &local);
    session_notice(a->session, "remembered: the very same request was answered on %s, so nothing was sent; --no-cache "
                   "asks anew", date);
}

void asking_tell(struct asking *a)
{
    const struct sc_answer *answer = a->answer;
    char told[URL_TOLD_SIZE];

    session_notice(a->session, "%s %s at %s (%s): %d image%s packed as %s, %s%" PRId64 " tokens",
                   a->target.replay ? "replaying" : "asking", a->target.model_name,
                   target_url(&a->target, told), a->target.service->name, answer->n_images,
                   answer->n_images == 1 ? "" : "s", answer->pack,
                   answer->image_exact && answer->text_exact ? "" : "about ",
                   answer->image_tokens + answer->text_tokens);
    if (answer->pack_reason)
        session_notice(a->session, "packed as %s: %s", answer->pack, answer->pack_reason);
}

void asking_tell_counted(struct asking *a)
{
    const struct sc_answer *answer = a->answer;

    if (answer->sent && answer->prompt_tokens >= 0 && answer->prompt_tokens < answer->image_tokens / 2)
        session_notice(a->session, "%s counted %" PRId64 " tokens where %" PRId64 " were expected: it may have left out "
                       "pictures", a->target.service->name, answer->prompt_tokens,
                       answer->image_tokens + answer->text_tokens);
}

static enum sc_status send_query(struct asking *a, bool *again, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    struct client_answer reply = { 0 };
    enum sc_status s;

    asking_tell(a);
    answer->sent = true;
    s = client_ask(&a->call, &a->query, &reply, err);
    if (!s) {
        asking_take(a, &reply);
        if (answer->remembered_s)
            tell_remembered(a);
        if (reply.replay_differs)
            session_notice(a->session, "this is not the request that was recorded; the recorded reply answers it");
        if (*reply.why && strcmp(reply.finish, "length") != 0)
            session_notice(a->session, "%s", reply.why);
        if (!answer->text)
            s = fail_memory(err);
    }
    if (!s)
        asking_tell_counted(a);
    *again = s && asking_make_smaller(a, &reply);
    a->class = reply.class;
    client_answer_dispose(&reply);
    if (s || (s = asking_check(a, err)))
        return s;
    return asking_cite(a, err);
}

/* The query, and where it is too large another one. */
static enum sc_status send_it(struct asking *a, struct sc_error *err)
{
    struct sc_error refusal = { 0 };
    bool again = false;
    enum sc_status s = send_query(a, &again, &refusal);

    if (again) {
        session_notice(a->session, "%s; asking once more with less", refusal.text);
        if (!asking_make_query(a, err))
            return send_query(a, &again, err);
    }
    if (s && err)
        *err = refusal;
    return s;
}

static enum sc_status ask_once(struct asking *a, struct sc_error *err)
{
    enum sc_status s;

    asking_prepare_call(a);
    if ((s = recorded_begin(a, err)) || (s = asking_make_query(a, err)))
        return s;
    if (a->on_query || a->settings->dry_run)
        return a->on_query ? a->on_query(a->user, a, err) : SC_OK;
    if (a->on_sending && !a->on_sending(a->user, true))
        return fail(err, SC_ERR_CANCELLED, "it is not to be sent");
    s = send_it(a, err);
    if (a->on_sending)
        a->on_sending(a->user, false);
    if (!s && a->may_go_on)
        talk_keep(a);
    return s;
}

/* One query where one does, else several. */
static enum sc_status ask_model(struct asking *a, const struct looked *all, int n, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    struct parts parts = { 0 };
    enum sc_status s;

    if ((s = parts_plan(a, all, n, &parts, err)))
        goto done;
    if (!parts.n && a->talk) {
        s = fail(err, SC_ERR_INVALID, "nothing changed in what is looked at of '%s', and something had when it was asked "
                 "about; repeat the options, or ask without --continue", all[0].source->path);
        goto done;
    }
    if (!parts.n) {
        answer->nothing_changed = true;
        s = a->target.schema ? asking_say_nothing_changed(a, err) : SC_OK;
        goto done;
    }
    prompts_version(&a->target.prompts.set, answer->prompt_version);
    if ((s = asking_keep_text(&answer->service, a->target.service->name, err)) ||
        (s = asking_keep_text(&answer->model, a->target.model_name, err)))
        goto done;
    if (parts.n == 1) {
        a->source = parts.items[0].of->source;
        a->words = &parts.items[0].of->words;
        a->target.lines = &a->words->lines;
        a->target.metadata = (const char *)a->words->metadata.data;
        answer->changes = parts.items[0].of->changes;
    }
    s = parts.n > 1 ? parts_ask(a, &parts, err) : ask_once(a, err);
done:
    parts_dispose(&parts);
    return s;
}

static enum sc_status look_at(struct asking *a, const struct sc_look_settings *look, struct looked *l,
                              struct sc_error *err)
{
    enum sc_status s = l->changes ? SC_OK : sc_changes(a->session, l->source, look, &l->changes, err);

    if (s || a->target.embedded || !target_has_question(a->settings, l->changes))
        return s;
    s = gather_words(a->session, l->source, a->settings, l->changes, look && look->no_cache, &l->words, err);
    if (!s && a->on_words)
        a->on_words(a->user, &l->words.lines);
    return s;
}

static enum sc_status take_up(struct asking *a, const struct looked *all, int n, struct sc_error *err)
{
    if (n != 1)
        return fail(err, SC_ERR_INVALID, "--continue goes on about one video, not %d", n);
    a->source = all[0].source;
    return talk_take_up(a, err);
}

static enum sc_status ask(struct asking *a, const struct sc_look_settings *look, struct looked *all, int n,
                          struct sc_error *err)
{
    double heard_usd = 0;
    enum sc_status s;
    int i;

    if (a->settings->goes_on && (s = take_up(a, all, n, err)))
        return s;
    /* The target first: a missing key or model should not cost a decode. */
    if ((s = target_choose(a->session, a->settings, &a->target, err)))
        return s;
    if (a->target.embedded && a->talk)
        return fail(err, SC_ERR_INVALID, "--continue needs a model, and there is none here; name one with --service or "
                                         "--base-url");
    if (a->target.embedded && a->settings->schema)
        return fail(err, SC_ERR_INVALID, "--schema needs a model, and there is none here; name one with --service or "
                                         "--base-url");
    for (i = 0; i < n; i++) {
        if ((s = look_at(a, look, &all[i], err)))
            return s;
        heard_usd = heard_usd < 0 || all[i].words.usd < 0 ? -1 : heard_usd + all[i].words.usd;
    }
    a->answer->changes = all[0].changes;
    if (a->target.embedded)
        return answer_embedded(a, all, n, err);
    a->target.spent_usd = heard_usd > 0 ? heard_usd : 0;
    s = ask_model(a, all, n, err);
    if (a->answer->price_usd >= 0)
        a->answer->price_usd = heard_usd < 0 ? -1 : a->answer->price_usd + heard_usd;
    return s;
}

enum sc_status asking_begin(struct sc_answer **out, struct sc_error *err)
{
    struct sc_answer *a = calloc(1, sizeof *a);

    *out = a;
    if (!a)
        return fail_memory(err);
    a->prompt_tokens = a->output_tokens = a->cached_tokens = -1;
    a->price_usd = -1;
    return SC_OK;
}

static void drop(struct asking *a, struct looked *all, int n)
{
    int i;

    for (i = 0; i < n && all; i++) {
        if (!a->answer || all[i].changes != a->answer->changes)
            sc_changes_free(&all[i].changes);
        gather_dispose(&all[i].words);
    }
    free(all);
    query_dispose(&a->query);
    talk_close(&a->talk);
    target_dispose(&a->target);
}

static enum sc_status ask_about(struct asking *a, const struct sc_source *sources, int n,
                                const struct sc_look_settings *look, struct sc_answer **out, struct sc_error *err)
{
    struct looked *all = calloc((size_t)n + 1, sizeof *all);
    enum sc_status s = all ? asking_begin(&a->answer, err) : fail_memory(err);
    int i;

    *out = NULL;
    for (i = 0; i < n && all; i++)
        all[i].source = &sources[i];
    if (all) {
        all[0].changes = a->evidence;
        a->evidence = NULL;
    }
    sc_changes_free(&a->evidence);
    if (!s)
        s = ask(a, look, all, n, err);
    a->spent_in = a->answer && a->answer->sent ? a->answer->prompt_tokens : -1;
    a->spent_out = a->answer && a->answer->sent ? a->answer->output_tokens : -1;
    a->spent_usd = a->answer ? a->answer->price_usd : -1;
    recorded_keep(a);
    drop(a, all, n);
    if (s)
        sc_answer_free(&a->answer);
    *out = a->answer;
    return s;
}

enum sc_status asking_run(struct asking *a, const struct sc_look_settings *look, struct sc_answer **out,
                          struct sc_error *err)
{
    return ask_about(a, a->source, 1, look, out, err);
}

enum sc_status sc_ask_about(struct sc *s, const struct sc_source *sources, int n_sources,
                            const struct sc_look_settings *look, const struct sc_ask_settings *settings,
                            struct sc_answer **out, struct sc_error *err)
{
    static const struct sc_ask_settings defaults;
    struct asking a = { .session = s, .settings = settings ? settings : &defaults, .may_go_on = true,
                        .call.no_memory = look && look->no_cache };

    *out = NULL;
    return n_sources < 1 ? fail(err, SC_ERR_INVALID, "there is nothing to ask about")
                         : ask_about(&a, sources, n_sources, look, out, err);
}

enum sc_status sc_ask(struct sc *s, const struct sc_source *source, const struct sc_look_settings *look,
                      const struct sc_ask_settings *settings, struct sc_answer **out, struct sc_error *err)
{
    return sc_ask_about(s, source, 1, look, settings, out, err);
}

void sc_answer_free(struct sc_answer **a)
{
    int i;

    if (!*a)
        return;
    for (i = 0; i < (*a)->n_parts; i++) {
        sc_answer_free(&(*a)->parts[i].answer);
        free((*a)->parts[i].error);
    }
    free((*a)->parts);
    asking_forget(*a);
    free((*a)->citations);
    free((*a)->text);
    free((*a)->json);
    free((*a)->service);
    free((*a)->model);
    free((*a)->finish);
    free((*a)->subtitles);
    sc_changes_free(&(*a)->changes);
    free(*a);
    *a = NULL;
}
