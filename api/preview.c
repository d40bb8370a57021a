/* sc_preview: what asking would send, known without a picture. */
#include <stdlib.h>

#include "api/asking.h"

static enum sc_status preview(struct asking *a, const struct sc_changes *c, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    enum sc_status s = target_choose(a->session, a->settings, &a->target, err);

    if (s)
        return s;
    if (a->target.embedded)
        return fail(err, SC_ERR_INVALID, "no model server was found, so nothing would be sent; name a model with "
                    "--model, or a server with --base-url");
    if ((s = asking_keep_text(&answer->service, a->target.service->name, err)) ||
        (s = asking_keep_text(&answer->model, a->target.model_name, err)))
        return s;
    if (!target_has_question(a->settings, c)) {
        answer->nothing_changed = true;
        return SC_OK;
    }
    if ((s = target_query(&a->target, a->settings, 0, c, &a->query, err)) || (s = asking_fill_costs(a, err)))
        return s;
    answer->price_usd = target_price(&a->target.model, answer->image_tokens + answer->text_tokens, 0);
    return SC_OK;
}

enum sc_status sc_preview(struct sc *s, const struct sc_changes *c, const struct sc_ask_settings *settings,
                          struct sc_answer **out, struct sc_error *err)
{
    struct sc_ask_settings with = { 0 };
    struct asking a = { .session = s, .settings = &with };
    enum sc_status status;

    *out = NULL;
    if (settings)
        with = *settings;
    with.dry_run = true;
    a.answer = calloc(1, sizeof *a.answer);
    if (!a.answer)
        return fail_memory(err);
    a.answer->prompt_tokens = a.answer->output_tokens = a.answer->cached_tokens = -1;
    a.answer->price_usd = -1;
    status = preview(&a, c, err);
    query_dispose(&a.query);
    target_dispose(&a.target);
    if (status)
        sc_answer_free(&a.answer);
    *out = a.answer;
    return status;
}
