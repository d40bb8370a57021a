/* sc_list_services, sc_list_models, sc_doctor: where a question can be sent, what is there, what is wrong with it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/target.h"
#include "client/dialects/dialect.h"
#include "client/doctor.h"
#include "client/models.h"

static const char *const service_states[] = { "ready", "missing", "retired" };
static const char *const check_states[] = { "fine", "failed", "skipped" };

const char *sc_service_state_name(enum sc_service_state state)
{
    return (unsigned)state < sizeof service_states / sizeof *service_states ? service_states[state] : "missing";
}

const char *sc_check_state_name(enum sc_check_state state)
{
    return (unsigned)state < sizeof check_states / sizeof *check_states ? check_states[state] : "failed";
}

/* A copy; NULL for NULL and "". */
static enum sc_status copy(char **out, const char *text, struct sc_error *err)
{
    *out = text && *text ? strdup(text) : NULL;
    return text && *text && !*out ? fail_memory(err) : SC_OK;
}

/* ---- services ---- */

static enum sc_status lack(struct sc_service *out, enum sc_service_state state, const char *words,
                           struct sc_error *err)
{
    out->state = state;
    return copy(&out->lacks, words, err);
}

/* On this machine: does it answer? */
static enum sc_status tell_local(const struct service *row, const struct found_server *found, struct sc_service *out,
                                 struct sc_error *err)
{
    char told[URL_TOLD_SIZE];
    enum sc_status s;

    if ((s = copy(&out->url, url_told(found->service ? found->base_url : row->url, told), err)) ||
        (s = copy(&out->model, *found->model ? found->model : row->default_model, err)))
        return s;
    if (!found->service)
        return lack(out, SC_SERVICE_MISSING, "nothing of the kind answers on this machine", err);
    return found->has_vision_known && !found->has_vision
               ? lack(out, SC_SERVICE_MISSING, "its model takes no images", err) : SC_OK;
}

/* Elsewhere: is all there that its address and its key need? */
static enum sc_status tell_hosted(const struct service *row, const char *keys_file, struct sc_service *out,
                                  struct sc_error *err)
{
    struct sc_error why = { 0 };
    char words[300], told[URL_TOLD_SIZE], *url = NULL;
    bool has_key = false;
    enum sc_status s;

    if ((s = copy(&out->model, row->default_model, err)))
        return s;
    if (!strncmp(row->state, "retired", 7))
        return lack(out, SC_SERVICE_RETIRED, row->state, err);
    if (!(s = service_url(row, &url, &why)))
        s = copy(&out->url, url_told(url, told), &why);
    free(url);
    if (s || (s = key_exists(row, keys_file, &has_key, &why))) {
        size_t name = strlen(row->name); /* which the words begin with, if it is about the URL */

        return s == SC_ERR_NOMEM ? fail_memory(err)
                                 : lack(out, SC_SERVICE_MISSING,
                                        strncmp(why.text, row->name, name) ? why.text : why.text + name + 2, err);
    }
    if (!row->key_required || has_key)
        return SC_OK;
    snprintf(words, sizeof words, "set %.60s%s, or write it into %.160s",
             row->key_variable ? row->key_variable : "its key_variable",
             row->sign ? " or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" : "", keys_file ? keys_file : "keys");
    return lack(out, SC_SERVICE_MISSING, words, err);
}

/* What its row says of requests. */
static enum sc_status tell_row(const struct service *row, struct sc_service *out, struct sc_error *err)
{
    char formats[100];
    size_t n;
    enum sc_status s;

    out->key_required = row->key_required;
    out->limit_images = row->limit_images;
    out->limit_body_bytes = row->limit_body_bytes;
    out->limit_requests_a_minute = row->limit_requests_a_minute;
    out->limit_tokens_a_minute = row->limit_tokens_a_minute;
    out->limit_in_flight = row->limit_in_flight;
    out->batch_bytes = row->batch_bytes;
    out->batch_requests = row->batch_bytes ? service_batch_requests(row) : 0;
    if ((s = copy(&out->offered, row->state, err)) || (s = copy(&out->key_variable, row->key_variable, err)) ||
        (s = copy(&out->image_formats, service_image_formats(row, formats), err)) ||
        (s = copy(&out->auth, service_auth(row), err)))
        return s;
    for (n = strlen(out->auth); n && out->auth[n - 1] == ' '; n--)
        out->auth[n - 1] = 0;
    return SC_OK;
}

static enum sc_status tell(const struct service *row, const struct found_server *found, const char *keys_file,
                           const struct config *config, struct sc_service *out, struct sc_error *err)
{
    enum sc_status s;

    out->local = row->is_local;
    out->configured = config->service && !strcmp(config->service, row->name);
    if ((s = copy(&out->name, row->name, err)) || (s = copy(&out->dialect, row->dialect->name, err)) ||
        (s = copy(&out->documented, row->documented, err)) || (s = copy(&out->quirks, row->quirks, err)) ||
        (s = tell_row(row, out, err)))
        return s;
    return row->is_local ? tell_local(row, found, out, err) : tell_hosted(row, keys_file, out, err);
}

enum sc_status sc_list_services(struct sc *s, struct sc_services *out, struct sc_error *err)
{
    struct target t = { 0 };
    struct config config = { 0 };
    struct found_server *found = NULL;
    char *keys_file = NULL;
    enum sc_status status;

    *out = (struct sc_services){ 0 };
    if ((status = target_tables(s, &t, err)) || (status = config_read(s, &config, err)) ||
        (status = target_keys_file(s, &keys_file, err)))
        goto done;
    found = calloc((size_t)services_count(t.services) + 1, sizeof *found);
    out->rows = calloc((size_t)services_count(t.services) + 1, sizeof *out->rows);
    if (!found || !out->rows)
        status = fail_memory(err);
    if (!status)
        status = services_probe_all(t.services, found, err);
    for (; !status && out->n < services_count(t.services); out->n++)
        status = tell(services_at(t.services, out->n), &found[out->n], keys_file, &config, &out->rows[out->n], err);
done:
    if (status)
        sc_services_dispose(out);
    free(found);
    free(keys_file);
    config_dispose(&config);
    target_dispose(&t);
    return status;
}

void sc_services_dispose(struct sc_services *services)
{
    struct sc_service *row = services->rows;

    /* One more than n: the row at which it failed. The last one is empty. */
    for (; row && row <= services->rows + services->n; row++) {
        free(row->name);
        free(row->dialect);
        free(row->url);
        free(row->model);
        free(row->lacks);
        free(row->offered);
        free(row->auth);
        free(row->key_variable);
        free(row->image_formats);
        free(row->documented);
        free(row->quirks);
    }
    free(services->rows);
    *services = (struct sc_services){ 0 };
}

/* ---- a server ---- */

static enum sc_status reach(struct sc *s, const struct sc_ask_settings *where, struct target *t,
                            struct client_call *call, struct sc_error *err)
{
    enum sc_status status = target_reach(s, where, t, err);

    if (status)
        return status;
    if (t->embedded)
        return fail(err, SC_ERR_INVALID, "no model server answers on this machine; name one with --service or "
                                         "--base-url");
    *call = (struct client_call){
        .service = t->service, .dialect = t->dialect, .base_url = t->base_url, .key = key_text(t->key),
        .model = t->model_name && *t->model_name ? t->model_name : NULL, .insecure_http = where->insecure_http,
        .idle_timeout_s = where->timeout_s, .deadline_s = where->deadline_s, .pool = s->pool, .cancel = &s->cancel,
    };
    return SC_OK;
}

static enum sc_status describe(const struct target *t, const struct listed_model *from, struct sc_model *out,
                               struct sc_error *err)
{
    struct model model;
    enum sc_status s;

    models_find(t->models, from->name, &model);
    if ((s = copy(&out->name, from->name, err)) || (s = copy(&out->ends, from->ends, err)) ||
        (s = model_override(&model, t->service->overrides, err)))
        return s;
    memcpy(out->family, model.family, sizeof out->family);
    memcpy(out->image_rule, model.rule, sizeof out->image_rule);
    out->max_images = model.max_images;
    out->context_tokens = from->context_tokens ? from->context_tokens : model.context_tokens;
    out->usd_in = out->usd_out = t->service->is_local ? 0 : -1;
    service_price(t->service, from->name, &out->usd_in, &out->usd_out);
    return SC_OK;
}

enum sc_status sc_list_models(struct sc *s, const struct sc_ask_settings *where, struct sc_models *out,
                              struct sc_error *err)
{
    struct target t = { 0 };
    struct client_call call;
    struct listed_model *list = NULL;
    char told[URL_TOLD_SIZE];
    int n = 0;
    enum sc_status status;

    *out = (struct sc_models){ 0 };
    if ((status = reach(s, where, &t, &call, err)) || (status = client_models(&call, &list, &n, err)) ||
        (status = copy(&out->service, t.service->name, err)) ||
        (status = copy(&out->url, target_url(&t, told), err)))
        goto done;
    out->rows = calloc((size_t)n + 1, sizeof *out->rows);
    if (!out->rows)
        status = fail_memory(err);
    for (; !status && out->n < n; out->n++)
        status = describe(&t, &list[out->n], &out->rows[out->n], err);
done:
    if (status)
        sc_models_dispose(out);
    free(list);
    target_dispose(&t);
    return status;
}

void sc_models_dispose(struct sc_models *models)
{
    struct sc_model *row = models->rows;

    for (; row && row <= models->rows + models->n; row++) {
        free(row->name);
        free(row->ends);
    }
    free(models->rows);
    free(models->service);
    free(models->url);
    *models = (struct sc_models){ 0 };
}

/* ---- doctor ---- */

struct telling {
    void (*on_check)(void *user, const struct sc_check *check);
    void *user;
};

static void tell_check(void *user, const char *step, enum sc_check_state state, const char *words)
{
    struct telling *t = user;

    t->on_check(t->user, &(struct sc_check){ step, state, words });
}

static void tell_service(struct telling *telling, const struct client_call *call)
{
    char words[400], told[URL_TOLD_SIZE];

    snprintf(words, sizeof words, "%s at %.300s", call->service->name,
             url_told(call->base_url ? call->base_url : call->service->url, told));
    tell_check(telling, "service", SC_CHECK_FINE, words);
}

/* The worker, and what this kernel and this build give to lock it in with. */
static enum sc_status tell_worker(struct telling *telling, struct sc *s, bool *fine, struct sc_error *err)
{
    static const char *const profiles[] = PROFILE_NAMES;
    struct confined c;
    char words[400], landlock[40] = "no Landlock";
    enum sc_status status = worker_start(s->worker, &c, err);

    *fine = !status;
    if (status && status != SC_ERR_WORKER)
        return status;
    if (status) {
        tell_check(telling, "worker", SC_CHECK_FAILED, err->text);
        return SC_OK;
    }
    snprintf(words, sizeof words, "%.300s, libavcodec %s", worker_program(s->worker), worker_media(s->worker));
    tell_check(telling, "worker", SC_CHECK_FINE, words);
    if (c.landlock > 0)
        snprintf(landlock, sizeof landlock, "Landlock %d", c.landlock);
    snprintf(words, sizeof words, "%s: %s, %s, %s%s%s", profiles[c.profile],
             c.seccomp ? "system calls filtered" : "system calls not filtered", landlock,
             c.memory ? "memory limited" : "memory not limited", *c.why_not ? "; " : "", c.why_not);
    tell_check(telling, "sandbox", c.seccomp ? SC_CHECK_FINE : SC_CHECK_SKIPPED, words);
    return SC_OK;
}

enum sc_status sc_doctor(struct sc *s, const struct sc_ask_settings *where,
                         void (*on_check)(void *user, const struct sc_check *check), void *user, bool *fine_out,
                         struct sc_error *err)
{
    struct telling telling = { on_check, user };
    struct target t = { 0 };
    struct client_call call;
    struct sc_error why = { 0 };
    bool worker_fine;
    enum sc_status status = tell_worker(&telling, s, &worker_fine, &why);

    *fine_out = false;
    if (status) {
        if (err)
            *err = why;
        return status;
    }
    status = reach(s, where, &t, &call, &why);
    if (!status) {
        tell_service(&telling, &call);
        status = client_doctor(&call, tell_check, &telling, fine_out, &why);
    } else if (status != SC_ERR_NOMEM && status != SC_ERR_CANCELLED) {
        tell_check(&telling, "service", SC_CHECK_FAILED, why.text);
        status = SC_OK;
    }
    *fine_out = *fine_out && worker_fine;
    target_dispose(&t);
    if (status && err)
        *err = why;
    return status;
}

/* ---- as JSON ---- */

/* Takes root, which may be NULL. */
static enum sc_status to_text(json_t *root, char **out, struct sc_error *err)
{
    *out = root ? json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(root);
    return *out ? SC_OK : fail_memory(err);
}

/* The formats, as a list. */
static json_t *formats_json(const char *formats)
{
    json_t *list = formats ? json_array() : json_null();

    for (; formats && *formats; formats += strspn(formats, ", ")) {
        size_t n = strcspn(formats, ",");

        json_array_append_new(list, json_stringn(formats, n));
        formats += n;
    }
    return list;
}

static json_t *known(int64_t limit)
{
    return limit ? json_integer(limit) : json_null();
}

static json_t *limits_json(const struct sc_service *row)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "images", known(row->limit_images), "body_bytes",
                     known(row->limit_body_bytes), "requests_a_minute", known(row->limit_requests_a_minute),
                     "tokens_a_minute", known(row->limit_tokens_a_minute), "in_flight", known(row->limit_in_flight),
                     "batch_bytes", known(row->batch_bytes), "batch_requests", known(row->batch_requests));
}

static json_t *service_json(const struct sc_service *row)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:s?, s:s?, s:s?, s:s, s:s?, s:b, s:o, s:o, s:s?, s:s?}", "name",
                     row->name, "state", sc_service_state_name(row->state), "offered", row->offered, "dialect",
                     row->dialect, "local", row->local, "configured", row->configured, "url", row->url, "model",
                     row->model, "lacks", row->lacks, "auth", row->auth, "key_variable", row->key_variable,
                     "key_required", row->key_required, "image_formats", formats_json(row->image_formats), "limits",
                     limits_json(row), "documented", row->documented, "quirks", row->quirks);
}

enum sc_status sc_services_json(const struct sc_services *services, char **out, struct sc_error *err)
{
    json_t *rows = json_array();
    int i;

    for (i = 0; i < services->n; i++)
        json_array_append_new(rows, service_json(&services->rows[i]));
    return to_text(json_pack("{s:i, s:o}", "version", 1, "services", rows), out, err);
}

static json_t *model_json(const struct sc_model *row)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s?}", "name", row->name, "family", row->family,
                     "image_rule", row->image_rule,
                     "max_images", row->max_images ? json_integer(row->max_images) : json_null(),
                     "context_tokens", row->context_tokens ? json_integer(row->context_tokens) : json_null(),
                     "usd_in", row->usd_in >= 0 ? json_real(row->usd_in) : json_null(),
                     "usd_out", row->usd_out >= 0 ? json_real(row->usd_out) : json_null(), "ends", row->ends);
}

enum sc_status sc_models_json(const struct sc_models *models, char **out, struct sc_error *err)
{
    json_t *rows = json_array();
    int i;

    for (i = 0; i < models->n; i++)
        json_array_append_new(rows, model_json(&models->rows[i]));
    return to_text(json_pack("{s:i, s:s, s:s?, s:o}", "version", 1, "service", models->service, "url", models->url,
                             "models", rows), out, err);
}
