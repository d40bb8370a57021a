/* What the service itself counts takes the place of the estimate. */
#include "api/asking.h"

#include "client/url.h"

#define PATIENCE_S 20            /* a server that is busy is not waited for: there is the estimate */

/* On this machine it costs nothing; elsewhere the pictures go there for it, so that only a hard stop is worth it. */
static bool is_worth_it(const struct asking *a)
{
    const struct sc_ask_settings *set = a->settings;
    const char *url = a->target.base_url ? a->target.base_url : a->target.service->url;

    if (a->target.replay || a->call.recording)
        return false;
    if (url && url_is_loopback(url))
        return true;
    return !set->dry_run && (set->max_tokens || set->max_cost_usd > 0);
}

/* Where the rule of images is exact, the rest is text; where not, only the sum is sure. */
static void take(struct sc_answer *answer, int64_t counted)
{
    if (answer->image_exact && counted >= answer->image_tokens) {
        answer->text_tokens = counted - answer->image_tokens;
        answer->text_exact = true;
    } else if (!answer->image_exact) {
        answer->text_tokens = answer->text_tokens < counted ? answer->text_tokens : counted;
        answer->image_tokens = counted - answer->text_tokens;
    }
}

enum sc_status asking_count(struct asking *a, bool *counted_out, struct sc_error *err)
{
    struct client_call call = a->call;
    int64_t counted = 0;
    bool is_known = false;
    enum sc_status s;

    *counted_out = false;
    if (!is_worth_it(a))
        return SC_OK;
    call.on_text = NULL;
    call.on_wait = NULL;
    call.max_retries = 0;
    call.idle_timeout_s = call.deadline_s = PATIENCE_S;
    s = client_count_tokens(&call, &a->query, &counted, &is_known, err);
    if (s == SC_ERR_CANCELLED || s == SC_ERR_NOMEM)
        return s;
    if (!s && is_known && counted > 0) {
        *counted_out = true;
        take(a->answer, counted);
    }
    return SC_OK;
}
