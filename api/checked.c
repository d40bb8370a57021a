/* Answers that can be checked: JSON that obeys a schema, sent back once if it does not, and the times in it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api/asking.h"
#include "fusion/cite.h"
#include "fusion/prompt.h"

/* Counts that are not said are not known together either. */
static void add_count(int64_t *to, int64_t n, bool is_first)
{
    *to = is_first ? n : *to >= 0 && n >= 0 ? *to + n : -1;
}

void asking_take(struct asking *a, struct client_answer *reply)
{
    struct sc_answer *answer = a->answer;
    bool is_first = !a->rounds++;

    answer->sent = (!is_first && answer->sent) || (!reply->remembered_s && !a->target.replay);
    answer->remembered_s = is_first || !reply->remembered_s ? reply->remembered_s : answer->remembered_s;
    answer->incomplete = reply->incomplete;
    answer->refused = reply->refused;
    add_count(&answer->prompt_tokens, reply->prompt_tokens, is_first);
    add_count(&answer->output_tokens, reply->output_tokens, is_first);
    add_count(&answer->cached_tokens, reply->cached_tokens, is_first);
    if (answer->prompt_tokens >= 0 && answer->output_tokens >= 0)
        answer->price_usd = target_price(&a->target.model, answer->prompt_tokens, answer->output_tokens);
    free(answer->finish);
    answer->finish = *reply->finish ? strdup(reply->finish) : NULL;
    free(answer->text);
    answer->text = buffer_take(&reply->text);
}

/* ---- the round of repair ---- */

/* What was spent is told as billed, or as planned. */
static void tell_spent(const struct sc_answer *answer, char *out, size_t size)
{
    if (answer->prompt_tokens >= 0 && answer->output_tokens >= 0)
        snprintf(out, size, "%" PRId64 " tokens in, %" PRId64 " out", answer->prompt_tokens, answer->output_tokens);
    else
        snprintf(out, size, "about %" PRId64 " tokens in", answer->image_tokens + answer->text_tokens);
}

/* The hard stops hold for both rounds together. */
static enum sc_status check_budget(const struct asking *a, const char *complaint, struct sc_error *err)
{
    const struct sc_ask_settings *set = a->settings;
    const struct query *q = &a->query;
    int64_t next = q->image_tokens + q->text_tokens + q->layout_tokens;
    int64_t spent = a->answer->prompt_tokens >= 0 ? a->answer->prompt_tokens
                                                  : a->answer->image_tokens + a->answer->text_tokens;
    int64_t said = a->answer->output_tokens >= 0 ? a->answer->output_tokens : target_output_tokens(set);
    double usd = a->target.spent_usd + target_price(&a->target.model, spent, said) +
                 target_price(&a->target.model, next, target_output_tokens(set));

    if (set->max_tokens && spent + next > set->max_tokens)
        return fail(err, SC_ERR_LIMIT, "the answer does not obey schema '%s' (%s), and asking once more would make it "
                    "%" PRId64 " tokens where %" PRId64 " are allowed", set->schema, complaint, spent + next,
                    set->max_tokens);
    if (set->max_cost_usd > 0 && usd > set->max_cost_usd)
        return fail(err, SC_ERR_LIMIT, "the answer does not obey schema '%s' (%s), and asking once more could cost %.4f "
                    "USD in all where %.4f are allowed", set->schema, complaint, usd, set->max_cost_usd);
    return SC_OK;
}

static enum sc_status add_complaint(struct asking *a, const char *complaint, struct sc_error *err)
{
    struct buffer words = { 0 };
    enum sc_status s = prompt_repair(&a->target.prompts.set, complaint, &words, err);

    if (!s)
        s = query_add_turns(&a->query, &a->target.model, a->answer->text, (const char *)words.data, err);
    buffer_dispose(&words);
    return s;
}

static enum sc_status repair(struct asking *a, const char *complaint, struct sc_error *err)
{
    struct client_answer reply = { 0 };
    char spent[80];
    enum sc_status s;

    if ((s = add_complaint(a, complaint, err)) || (s = check_budget(a, complaint, err)))
        return s;
    tell_spent(a->answer, spent, sizeof spent);
    session_notice(a->session, "the answer does not obey schema '%s': %s; asking once more, after %s",
                   a->settings->schema, complaint, spent);
    a->answer->repairs++;
    if (!(s = client_ask(&a->call, &a->query, &reply, err))) {
        asking_take(a, &reply);
        s = a->answer->text ? SC_OK : fail_memory(err);
    }
    client_answer_dispose(&reply);
    return s;
}

static enum sc_status cut_off(const struct asking *a, struct sc_error *err)
{
    bool by_length = a->answer->finish && !strcmp(a->answer->finish, "length");

    return fail(err, by_length ? SC_ERR_LIMIT : SC_ERR_SERVICE,
                by_length ? "the answer was cut off by its length limit before it obeyed schema '%s'; "
                                                 "--max-output-tokens allows more"
                                               : "the server ended the answer before it obeyed schema '%s'",
                a->settings->schema);
}

enum sc_status asking_check(struct asking *a, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    char complaint[SCHEMA_COMPLAINT_SIZE], spent[80];
    enum sc_status s;

    if (!a->target.schema)
        return SC_OK;
    while (!answer->refused) {
        if ((s = schema_check(a->target.schema, answer->text, &answer->json, complaint, err)) || answer->json)
            return s;
        if (answer->incomplete)
            return cut_off(a, err);
        if (answer->repairs) {
            tell_spent(answer, spent, sizeof spent);
            return fail(err, SC_ERR_SERVICE, "the answer does not obey schema '%s', nor did it before it was sent back: %s "
                        "(%s)", a->settings->schema, complaint, spent);
        }
        if ((s = repair(a, complaint, err)))
            return s;
    }
    return SC_OK;
}

/* ---- times ---- */

static bool is_time(const char *text)
{
    int64_t time_us;

    return strchr(text, ':') && strlen(text) < 32 && sc_parse_time(text, &time_us);
}

/* Every text of the value, a line each; those that are times in brackets. */
static enum sc_status add_texts(const json_t *value, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    const char *name;
    json_t *inner;
    size_t i;

    json_object_foreach((json_t *)value, name, inner)
        if (!s)
            s = add_texts(inner, out, err);
    json_array_foreach(value, i, inner)
        if (!s)
            s = add_texts(inner, out, err);
    if (json_is_string(value))
        s = buffer_print(out, err, is_time(json_string_value(value)) ? "[%s]\n" : "%s\n", json_string_value(value));
    return s;
}

enum sc_status asking_cite(struct asking *a, struct sc_error *err)
{
    return asking_cite_in(a, a->answer->changes, &a->query.views, &a->answer->citations, &a->answer->n_citations, err);
}

enum sc_status asking_cite_in(const struct asking *a, const struct sc_changes *evidence, const struct views *views,
                              struct sc_citation **out, int *n_out, struct sc_error *err)
{
    const struct sc_answer *answer = a->answer;
    json_t *value = answer->json ? json_loads(answer->json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
    struct buffer texts = { 0 };
    enum sc_status s = value ? add_texts(value, &texts, err) : SC_OK;

    if (!s)
        s = cite_find(texts.data ? (const char *)texts.data : answer->text, evidence, views, out, n_out, err);
    json_decref(value);
    buffer_dispose(&texts);
    return s;
}

enum sc_status asking_say_nothing_changed(struct asking *a, struct sc_error *err)
{
    json_t *value = json_pack("{s:s, s:b, s:[]}", "summary", "Nothing changed.", "nothing_changed", 1, "changes");

    a->answer->json = value ? json_dumps(value, JSON_INDENT(1)) : NULL;
    json_decref(value);
    return a->answer->json ? SC_OK : fail_memory(err);
}
