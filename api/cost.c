/* sc_costs: what a question would cost with each of several models, without rendering or sending anything. */
#include <stdlib.h>
#include <string.h>

#include "api/gather.h"
#include "api/target.h"

/* The first hosted service that has a price for the model; NULL: none. */
static const char *who_sells(const struct target *t, const char *model)
{
    double in, out;
    int i;

    for (i = 0; i < services_count(t->services); i++) {
        const struct service *row = services_at(t->services, i);

        if (!row->is_local && service_price(row, model, &in, &out))
            return row->name;
    }
    return NULL;
}

/* Where the caller names no service, one that sells the model is as good as any to count for. */
static enum sc_status choose(struct sc *s, const struct sc_ask_settings *settings, struct target *t,
                             struct sc_error *err)
{
    struct sc_ask_settings with = *settings;
    char name[sizeof ((struct service *)0)->name];
    const char *seller;
    enum sc_status status = target_choose(s, settings, t, err);

    if (status || settings->service || settings->base_url || t->embedded || t->model.usd_in >= 0 ||
        !(seller = who_sells(t, settings->model)))
        return status;
    snprintf(name, sizeof name, "%s", seller);
    with.service = name;
    target_dispose(t);
    return target_choose(s, &with, t, err);
}

static void fill(const struct target *t, const struct query *q, struct sc_cost *out)
{
    out->pack = q->pack;
    out->n_images = q->n_images;
    out->frames_left_out = q->frames_left_out;
    out->image_tokens = q->image_tokens;
    out->text_tokens = q->text_tokens + q->layout_tokens;
    out->image_exact = q->image_exact;
    out->text_exact = q->text_exact && t->model.layout_exact;
    out->price_usd = target_price(&t->model, out->image_tokens + out->text_tokens, 0);
}

static enum sc_status cost_with(struct sc *s, const struct sc_ask_settings *settings, const struct sc_changes *changes,
                                const struct gathered *words, struct sc_cost *out, struct sc_error *err)
{
    struct target t = { 0 };
    struct query q = { 0 };
    enum sc_status status = choose(s, settings, &t, err);

    out->price_usd = -1;
    if (status)
        goto done;
    if (t.embedded) {
        status = fail(err, SC_ERR_INVALID, "no model is asked, so nothing is paid; name one with --model");
        goto done;
    }
    out->model = strdup(t.model_name);
    out->service = strdup(t.service->name);
    t.lines = &words->lines;
    t.metadata = (char *)words->metadata.data;
    if (!out->model || !out->service)
        status = fail_memory(err);
    else if (!target_has_question(settings, changes))
        *out = (struct sc_cost){ .model = out->model, .service = out->service, .image_exact = true, .text_exact = true };
    else if (!(status = target_query(&t, settings, 0, changes, &q, err)))
        fill(&t, &q, out);
done:
    query_dispose(&q);
    target_dispose(&t);
    return status;
}

enum sc_status sc_costs(struct sc *s, const struct sc_source *source, const struct sc_look_settings *look,
                        const struct sc_ask_settings *settings, const char *const *models, int n_models,
                        struct sc_costs **out, struct sc_error *err)
{
    struct sc_ask_settings with = *settings;
    struct sc_changes *changes = NULL;
    struct gathered words = { 0 };
    struct sc_costs *costs = calloc(1, sizeof *costs);
    enum sc_status status;
    int i;

    *out = NULL;
    if (!costs || !(costs->path = strdup(source->path)) ||
        !(costs->items = calloc((size_t)n_models + 1, sizeof *costs->items))) {
        sc_costs_free(&costs);
        return fail_memory(err);
    }
    with.dry_run = true;
    if (!(status = sc_changes(s, source, look, &changes, err)))
        status = gather_words(s, source, &with, changes, look && look->no_cache, &words, err);
    for (i = 0; i < n_models && !status; i++) {
        with.model = models[i];
        costs->n++;
        if ((status = cost_with(s, &with, changes, &words, &costs->items[i], err)))
            fail_in(err, status, "'%s' for %s", source->path, models[i]);
    }
    gather_dispose(&words);
    sc_changes_free(&changes);
    if (status)
        sc_costs_free(&costs);
    *out = costs;
    return status;
}

void sc_costs_free(struct sc_costs **c)
{
    int i;

    if (!*c)
        return;
    for (i = 0; i < (*c)->n; i++) {
        free((*c)->items[i].model);
        free((*c)->items[i].service);
    }
    free((*c)->items);
    free((*c)->path);
    free(*c);
    *c = NULL;
}
