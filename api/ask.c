/* sc_ask: evidence, query, pictures, answer: the whole way. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/target.h"
#include "fusion/describe.h"

#define DEFAULT_TEMPERATURE 0.2
#define DEFAULT_IDLE_S 600

struct asking {
    struct sc *session;
    const struct sc_source *source;
    const struct sc_ask_settings *settings;
    struct target target;
    struct query query;
    struct client_call call;
    struct sc_answer *answer;
    int most_images;         /* after the service refused more; 0: not so */
    int64_t most_tokens;
    bool is_smaller;
};

static enum sc_status keep_text(char **out, const char *text, struct sc_error *err)
{
    free(*out);
    *out = strdup(text);
    return *out ? SC_OK : fail_memory(err);
}

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

static enum sc_status answer_embedded(struct asking *a, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    struct buffer text = { 0 };
    enum sc_status s;

    if (!a->settings->service)
        session_notice(a->session, "no model server answers on this machine: described from the evidence itself, "
                                   "no model was used");
    if (a->settings->question)
        session_notice(a->session, "the question itself needs a model: see --service and --base-url");
    if (!a->settings->service)
        offer_key(a);
    answer->no_model = true;
    if ((s = keep_text(&answer->service, "embedded", err)) || (s = describe_changes(answer->changes, &text, err))) {
        buffer_dispose(&text);
        return s;
    }
    if (a->settings->on_text && text.size)
        a->settings->on_text(a->settings->user, (const char *)text.data, text.size);
    answer->text = buffer_take(&text);
    return answer->text ? SC_OK : fail_memory(err);
}

static enum sc_status build(struct asking *a, struct sc_error *err)
{
    struct sc_ask_settings settings = *a->settings;

    if (a->most_images && (!settings.max_images || settings.max_images > a->most_images))
        settings.max_images = a->most_images;
    if (a->most_tokens && (!settings.max_tokens || settings.max_tokens > a->most_tokens))
        settings.max_tokens = a->most_tokens;
    return target_query(&a->target, &settings, a->answer->changes, &a->query, err);
}

static enum sc_status attach(void *user, int image, struct buffer *data, struct sc_error *err)
{
    return query_attach(&((struct asking *)user)->query, image, data, err);
}

static enum sc_status fill_shows(const struct view *v, struct sc_image_cost *cost, struct sc_error *err)
{
    static const char *const words[] = {
        [VIEW_WHOLE] = "whole", [VIEW_PART] = "part", [VIEW_PAIR] = "pair", [VIEW_SHEET] = "sheet",
    };
    int i;

    cost->what = words[v->kind];
    cost->shows = calloc((size_t)v->n_pictures, sizeof *cost->shows);
    if (!cost->shows)
        return fail_memory(err);
    cost->n_shows = v->n_pictures;
    for (i = 0; i < v->n_pictures; i++)
        cost->shows[i] = (struct sc_shown){ v->pictures[i].time_us, v->pictures[i].crop, v->pictures[i].dest };
    return SC_OK;
}

static enum sc_status fill_costs(struct asking *a, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    const struct query *q = &a->query;
    enum sc_status s;
    int i, n = 0;

    answer->pack = q->pack;
    answer->frames_left_out = q->frames_left_out;
    if (*q->pack_reason && (s = keep_text(&answer->pack_reason, q->pack_reason, err)))
        return s;
    answer->images = calloc((size_t)q->n_images + 1, sizeof *answer->images);
    if (!answer->images)
        return fail_memory(err);
    for (i = 0; i < q->n_parts; i++) {
        const struct query_part *p = &q->parts[i];
        struct sc_image_cost *cost;

        if (p->type != PART_IMAGE || n >= q->n_images)
            continue;
        cost = &answer->images[n++];
        cost->time_us = p->time_us;
        cost->role = p->role;
        cost->event = p->event;
        cost->width = p->width;
        cost->height = p->height;
        cost->tokens = p->cost.tokens;
        cost->exact = p->cost.exact;
        cost->bytes = (int64_t)p->data.size;
        if (p->cost.columns)
            snprintf(cost->grid, sizeof cost->grid, "%dx%d", p->cost.columns, p->cost.rows);
        cost->detail = !a->target.model.has_detail ? NULL : p->detail == DETAIL_LOW ? "low" : "high";
        answer->n_images = n;
        if ((s = fill_shows(&q->views.items[p->image], cost, err)))
            return s;
    }
    answer->image_tokens = q->image_tokens;
    answer->text_tokens = q->text_tokens + q->layout_tokens;
    answer->image_exact = q->image_exact;
    answer->text_exact = q->text_exact && a->target.model.layout_exact;
    return SC_OK;
}

static enum sc_status write_dump(struct asking *a, struct sc_error *err)
{
    const char *path = a->settings->dump;
    FILE *f = fopen(path, "we");
    enum sc_status s;

    if (!f)
        return fail_errno(err, errno, "can't write '%s'", path);
    s = client_write_body(&a->call, &a->query, f, NULL, err);
    if (fclose(f) && !s)
        s = fail_errno(err, errno, "can't write '%s'", path);
    return s;
}

static ssize_t pass_body(void *cookie, const char *data, size_t size)
{
    const struct sc_ask_settings *settings = cookie;

    settings->on_body(settings->user, data, size);
    return (ssize_t)size;
}

static enum sc_status hand_out_body(struct asking *a, struct sc_error *err)
{
    FILE *f = fopencookie((void *)a->settings, "w", (cookie_io_functions_t){ .write = pass_body });
    enum sc_status s;

    if (!f)
        return fail_memory(err);
    s = client_write_body(&a->call, &a->query, f, NULL, err);
    if (fclose(f) && !s)
        s = fail(err, SC_ERR_IO, "the request can't be written");
    return s;
}

static void on_wait(void *user, const char *why, int64_t wait_ms)
{
    session_notice(((struct asking *)user)->session, "%s; trying again in %.1f s", why, (double)wait_ms / 1000);
}

static void on_text(void *user, const char *text, size_t size)
{
    const struct sc_ask_settings *settings = ((struct asking *)user)->settings;

    if (settings->on_text)
        settings->on_text(settings->user, text, size);
}

static void prepare_call(struct asking *a)
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
    c->has_seed = set->has_seed;
    c->seed = set->seed;
    c->insecure_http = set->insecure_http;
    c->idle_timeout_s = set->timeout_s ? set->timeout_s : DEFAULT_IDLE_S;
    c->deadline_s = set->deadline_s;
    c->max_retries = 2;
    c->cancel = &a->session->cancel;
    c->on_text = on_text;
    c->on_wait = on_wait;
    c->user = a;
}

static void take_reply(struct sc_answer *answer, struct client_answer *reply, const struct model *model)
{
    answer->incomplete = reply->incomplete;
    answer->refused = reply->refused;
    answer->prompt_tokens = reply->prompt_tokens;
    answer->output_tokens = reply->output_tokens;
    answer->cached_tokens = reply->cached_tokens;
    if (reply->prompt_tokens >= 0 && reply->output_tokens >= 0)
        answer->price_usd = target_price(model, reply->prompt_tokens, reply->output_tokens);
    answer->finish = *reply->finish ? strdup(reply->finish) : NULL;
    answer->text = buffer_take(&reply->text);
}

/* What the service found too much is taken off, once. False: it is something else, or nothing would be left. */
static bool make_smaller(struct asking *a, const struct client_answer *reply)
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

static enum sc_status send_query(struct asking *a, bool *again, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    struct client_answer reply = { 0 };
    int64_t planned = answer->image_tokens + answer->text_tokens;
    enum sc_status s;

    session_notice(a->session, "asking %s at %s (%s): %d image%s packed as %s, about %" PRId64 " tokens",
                   a->target.model_name, a->target.base_url ? a->target.base_url : a->target.service->url,
                   a->target.service->name, answer->n_images, answer->n_images == 1 ? "" : "s", answer->pack, planned);
    if (answer->pack_reason)
        session_notice(a->session, "packed as %s: %s", answer->pack, answer->pack_reason);
    answer->sent = true;
    s = client_ask(&a->call, &a->query, &reply, err);
    if (!s) {
        take_reply(answer, &reply, &a->target.model);
        if (*reply.why && strcmp(reply.finish, "length") != 0)
            session_notice(a->session, "%s", reply.why);
        if (!answer->text)
            s = fail_memory(err);
    }
    if (!s && answer->prompt_tokens >= 0 && answer->prompt_tokens < answer->image_tokens / 2)
        session_notice(a->session, "the service counted %" PRId64 " tokens where %" PRId64 " were expected: it may "
                       "have left out pictures", answer->prompt_tokens, planned);
    *again = s && make_smaller(a, &reply);
    client_answer_dispose(&reply);
    return s;
}

static void forget_images(struct sc_answer *answer)
{
    int i;

    for (i = 0; i < answer->n_images; i++)
        free(answer->images[i].shows);
    free(answer->images);
    free(answer->pack_reason);
    answer->images = NULL;
    answer->n_images = 0;
    answer->pack_reason = NULL;
}

static enum sc_status make_query(struct asking *a, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    const struct sc_info *info;
    enum sc_status s;

    query_dispose(&a->query);
    forget_images(answer);
    if ((s = build(a, err)) || (s = session_input(a->session, 0, a->source, &info, err)) ||
        (s = worker_render(a->session->worker, 0, &a->query.plan, attach, a, err)) || (s = fill_costs(a, err)) ||
        (s = client_write_body(&a->call, &a->query, NULL, &answer->body_bytes, err)))
        return s;
    if (a->query.frames_left_out)
        session_notice(a->session, "%d of %d chosen frames left out to fit; see --max-images and --max-tokens",
                       a->query.frames_left_out, answer->changes->n_frames);
    answer->price_usd = target_price(&a->target.model, answer->image_tokens + answer->text_tokens, 0);
    if (a->settings->dump && (s = write_dump(a, err)))
        return s;
    return a->settings->on_body ? hand_out_body(a, err) : SC_OK;
}

static enum sc_status ask_model(struct asking *a, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    struct sc_error refusal = { 0 };
    bool again = false;
    enum sc_status s;

    prepare_call(a);
    prompts_version(&a->target.prompts.set, answer->prompt_version);
    if ((s = keep_text(&answer->service, a->target.service->name, err)) ||
        (s = keep_text(&answer->model, a->target.model_name, err)) || (s = make_query(a, err)) ||
        a->settings->dry_run)
        return s;
    s = send_query(a, &again, &refusal);
    if (again) {
        session_notice(a->session, "%s; asking once more with less", refusal.text);
        if (!make_query(a, err))
            return send_query(a, &again, err);
    }
    if (s && err)
        *err = refusal;
    return s;
}

static enum sc_status ask(struct asking *a, const struct sc_look_settings *look, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    enum sc_status s;

    /* The target first: a missing key or model should not cost a decode. */
    if ((s = target_choose(a->session, a->settings, &a->target, err)) ||
        (s = sc_changes(a->session, a->source, look, &answer->changes, err)))
        return s;
    if (a->target.embedded)
        return a->settings->dry_run || a->settings->dump
                   ? fail(err, SC_ERR_INVALID, "no model server was found, so there is no request to show; name a "
                                               "model with --model, or a server with --base-url")
                   : answer_embedded(a, err);
    if (!target_has_question(a->settings, answer->changes)) {
        answer->nothing_changed = true;
        return SC_OK;
    }
    return ask_model(a, err);
}

enum sc_status sc_ask(struct sc *s, const struct sc_source *source, const struct sc_look_settings *look,
                      const struct sc_ask_settings *settings, struct sc_answer **out, struct sc_error *err)
{
    static const struct sc_ask_settings defaults;
    struct asking a = { .session = s, .source = source, .settings = settings ? settings : &defaults };
    enum sc_status status;

    *out = NULL;
    a.answer = calloc(1, sizeof *a.answer);
    if (!a.answer)
        return fail_memory(err);
    a.answer->prompt_tokens = a.answer->output_tokens = a.answer->cached_tokens = -1;
    a.answer->price_usd = -1;
    status = ask(&a, look, err);
    query_dispose(&a.query);
    target_dispose(&a.target);
    if (status)
        sc_answer_free(&a.answer);
    *out = a.answer;
    return status;
}

void sc_answer_free(struct sc_answer **a)
{
    if (!*a)
        return;
    forget_images(*a);
    free((*a)->text);
    free((*a)->service);
    free((*a)->model);
    free((*a)->finish);
    sc_changes_free(&(*a)->changes);
    free(*a);
    *a = NULL;
}
