/* Which service is asked, and what is known of its model. */
#include "api/target.h"

#include <stdlib.h>
#include <string.h>

#include "api/files.h"
#include "client/dialects/dialect.h"
#include "client/pool.h"
#include "client/recording.h"

#define EMBEDDED "embedded"
#define DEFAULT_OUTPUT_TOKENS 1024
#define SCHEMA_OUTPUT_TOKENS 2048 /* names of members and null cost too */
#define KEYS_NAME "keys"
#define GENERIC "openai-compatible"  /* the row for servers that no other knows; its key is for them */

enum sc_status target_tables(struct sc *s, struct target *t, struct sc_error *err)
{
    char *models = NULL, *services = NULL;
    enum sc_status status;

    memset(t, 0, sizeof *t);
    if (!(status = session_read_config(s, "models.json", &models, err)) &&
        !(status = session_read_config(s, "services.json", &services, err)) &&
        !(status = models_open(&t->models, models, err)))
        status = services_open(&t->services, services, err);
    free(models);
    free(services);
    return status;
}

enum sc_status target_keys_file(const struct sc *s, char **out, struct sc_error *err)
{
    *out = NULL;
    if (s->config_dir && asprintf(out, "%s/" KEYS_NAME, s->config_dir) < 0) {
        *out = NULL;
        return fail_memory(err);
    }
    return SC_OK;
}

enum sc_status target_split(const struct services *services, const char *name, char **service_out,
                            const char **model_out, struct sc_error *err)
{
    const char *slash = strchr(name, '/');

    *service_out = NULL;
    *model_out = name;
    if (!slash || slash == name || !slash[1])
        return SC_OK;
    if (!(*service_out = strndup(name, (size_t)(slash - name))))
        return fail_memory(err);
    if (services_find(services, *service_out)) {
        *model_out = slash + 1;
    } else {
        free(*service_out);
        *service_out = NULL;
    }
    return SC_OK;
}

/* From the environment, config_dir/keys, or the row's command. */
static enum sc_status find_key(struct sc *s, struct target *t, const struct service *service, struct sc_error *err)
{
    char *file;
    enum sc_status status = target_keys_file(s, &file, err);

    if (!status)
        status = key_find(service, file, &s->cancel, &t->key, err);
    free(file);
    return status;
}

/* A dry run needs no key. */
static enum sc_status named_service(struct sc *s, struct target *t, const char *name, bool dry_run,
                                    struct sc_error *err)
{
    enum sc_status status;

    if (!(t->service = services_find(t->services, name)))
        return fail(err, SC_ERR_INVALID, "no service '%s'; docs/SERVICES.md lists them, or give --base-url", name);
    if (dry_run && !t->service->is_local)
        return SC_OK;
    if (!(status = find_key(s, t, t->service, err)) && t->service->key_required && !t->key)
        status = fail(err, SC_ERR_INVALID, "service '%s' needs a key: set %s, or write it into %s/" KEYS_NAME, name,
                      t->service->key_variable ? t->service->key_variable : "its key_variable",
                      s->config_dir ? s->config_dir : "~/.config/seechange");
    return status;
}

static enum sc_status take_found(struct target *t, const struct found_server *found, const char *model,
                                 struct sc_error *err)
{
    if (!t->service)
        t->service = found->service;
    t->base_url = strdup(found->base_url);
    t->model_name = strdup(model && *model ? model : found->model);
    return t->base_url && t->model_name ? SC_OK : fail_memory(err);
}

/* The model's context and eyes, as far as the server itself told. */
static enum sc_status apply_found(struct target *t, const struct found_server *found, struct sc_error *err)
{
    char told[URL_TOLD_SIZE];

    if (found->has_vision_known && !found->has_vision)
        return fail(err, SC_ERR_SERVICE, "model '%s' at %s takes no images; start the server with a vision model",
                    t->model_name, target_url(t, told));
    if (found->context_tokens)
        t->model.context_tokens = found->context_tokens;
    return SC_OK;
}

static enum sc_status describe_model(struct target *t, struct sc_error *err)
{
    enum sc_status s;

    if (t->any_model && (!t->model_name || !*t->model_name))
        return SC_OK;
    if (!t->model_name || !*t->model_name)
        return fail(err, SC_ERR_INVALID, "service '%s' has no model of its own choice; name one with --model",
                    t->service->name);
    models_find(t->models, t->model_name, &t->model);
    if ((s = model_override(&t->model, t->service->overrides, err)))
        return fail_in(err, s, "service '%s'", t->service->name);
    if (t->service->limit_images && (!t->model.limit_images || t->service->limit_images < t->model.limit_images))
        t->model.limit_images = t->service->limit_images;
    t->model.usd_in = t->model.usd_out = -1;
    if (!service_price(t->service, t->model_name, &t->model.usd_in, &t->model.usd_out))
        t->model.usd_in = t->model.usd_out = t->service->is_local ? 0 : -1;
    return SC_OK;
}

static enum sc_status at_base_url(struct sc *sc, struct target *t, const char *base_url, const char *model,
                                  struct sc_error *err)
{
    struct found_server found = { 0 };
    char told[URL_TOLD_SIZE];
    enum sc_status s = t->service ? SC_OK : find_key(sc, t, services_generic(t->services), err);

    if (s || (s = known_identify(client_pool_known(sc->pool), t->services, base_url, key_text(t->key), &found, err)))
        return s;
    /* Hosted services are known by their host: then it is their key that is meant. */
    if (!t->key && !t->service && !found.service->is_local && (s = find_key(sc, t, found.service, err)))
        return s;
    if ((s = take_found(t, &found, model, err)))
        return s;
    if (found.is_silent && !*t->model_name && !t->any_model)
        return fail(err, SC_ERR_NETWORK, "nobody answers at '%s'; is the server running?", target_url(t, told));
    return (s = describe_model(t, err)) ? s : apply_found(t, &found, err);
}

static enum sc_status on_this_machine(struct target *t, const char *model, struct sc_error *err)
{
    struct found_server found = { 0 };
    bool is_found = false;
    enum sc_status s;

    if ((s = services_probe(t->services, &found, &is_found, err)))
        return s;
    if (!is_found || (found.has_vision_known && !found.has_vision)) {
        t->embedded = true;
        return SC_OK;
    }
    /* No key for what merely listens on a port of this machine; --service names it, then it gets its own. */
    if ((s = take_found(t, &found, model, err)) || (s = describe_model(t, err)))
        return s;
    return apply_found(t, &found, err);
}

static enum sc_status with_service(struct sc *s, struct target *t, const char *base_url, const char *model,
                                   struct sc_error *err)
{
    if (base_url || t->service->is_local)
        return at_base_url(s, t, base_url ? base_url : t->service->url, model, err);
    if (!model)
        model = t->service->default_model;
    if (model && !(t->model_name = strdup(model)))
        return fail_memory(err);
    return describe_model(t, err);
}

/* A recording says itself who was asked. */
static enum sc_status from_recording(struct target *t, const struct sc_ask_settings *settings, struct sc_error *err)
{
    struct recording_head head;
    char *text = NULL;
    enum sc_status s;

    if (settings->service || settings->base_url || settings->model || settings->dialect)
        return fail(err, SC_ERR_INVALID, "the recording says itself which service and model it is of; leave out "
                                         "--service, --base-url, --model and --dialect");
    if ((s = file_read(settings->replay, RECORDING_MAX_BYTES, false, &text, err)))
        return s;
    if ((s = replay_open(&t->replay, text, strlen(text), err)))
        s = fail_in(err, s, "'%s'", settings->replay);
    free(text);
    if (s)
        return s;
    head = replay_head(t->replay);
    t->service = services_find(t->services, head.service);
    t->service = t->service ? t->service : services_generic(t->services);
    t->base_url = strdup(head.base_url);
    t->model_name = strdup(head.model);
    if (!t->base_url || !t->model_name)
        return fail_memory(err);
    if ((s = dialect_named(head.dialect, &t->dialect, err)) || (s = describe_model(t, err)))
        return s;
    t->model.context_tokens = head.context_tokens ? head.context_tokens : t->model.context_tokens;
    return SC_OK;
}

static enum sc_status choose(struct sc *s, const struct sc_ask_settings *settings, struct target *t,
                             struct sc_error *err)
{
    const char *service = settings->service, *base_url = settings->base_url, *model = settings->model;
    const char *dialect = settings->dialect;
    struct config config = { 0 };
    enum sc_status status;

    if ((status = prompts_read(s, &t->prompts, err)))
        return status;
    if (settings->replay)
        return from_recording(t, settings, err);
    if ((status = config_read(s, &config, err)))
        return status;
    if (!service && !base_url) {
        service = config.service;
        base_url = config.base_url;
        model = model ? model : config.model;
        dialect = dialect ? dialect : config.dialect;
    }
    if (dialect && (status = dialect_named(dialect, &t->dialect, err)))
        goto done;
    /* What a model would cost can be told without any server. */
    if (!service && !base_url && model && settings->dry_run)
        service = GENERIC;
    if (service && !strcmp(service, EMBEDDED)) {
        t->embedded = true;
        goto done;
    }
    if (service && (status = named_service(s, t, service, settings->dry_run, err)))
        goto done;
    if (service)
        status = with_service(s, t, base_url, model, err);
    else if (base_url)
        status = at_base_url(s, t, base_url, model, err);
    else
        status = on_this_machine(t, model, err);
done:
    config_dispose(&config);
    return status;
}

enum sc_status target_set_price(struct target *t, const struct sc_ask_settings *settings, struct sc_error *err)
{
    if (settings->has_price) {
        t->model.usd_in = settings->price_in;
        t->model.usd_out = settings->price_out;
    }
    if (settings->max_cost_usd > 0 && (t->model.usd_in < 0 || t->model.usd_out < 0))
        return fail(err, SC_ERR_INVALID, "the price of '%s' at '%s' is not known, so its cost can't be bounded; tell it "
                    "with --price IN,OUT", t->model_name, t->service->name);
    return SC_OK;
}

/* A built-in one by its name; else a file. */
static enum sc_status read_schema(struct target *t, const char *name, struct sc_error *err)
{
    const char *built_in = name ? schema_built_in(name) : NULL;
    char *text = NULL;
    enum sc_status s;

    if (!name)
        return SC_OK;
    t->ask = !strcmp(name, "caption") ? PROMPT_CAPTION : PROMPT_CHANGES;
    if (!built_in && (s = file_read(name, SCHEMA_MAX_BYTES, false, &text, err)))
        return fail_in(err, s, "--schema takes changes, caption or a file");
    s = schema_read(built_in ? built_in : text, name, &t->schema, err);
    free(text);
    return s;
}

enum sc_status target_choose(struct sc *s, const struct sc_ask_settings *settings, struct target *t,
                             struct sc_error *err)
{
    enum sc_status status = target_tables(s, t, err);

    if (!status && !(status = read_schema(t, settings->schema, err)))
        status = choose(s, settings, t, err);
    return status || t->embedded ? status : target_set_price(t, settings, err);
}

enum sc_status target_reach(struct sc *s, const struct sc_ask_settings *settings, struct target *t,
                            struct sc_error *err)
{
    enum sc_status status = target_tables(s, t, err);

    t->any_model = true;
    return status ? status : choose(s, settings, t, err);
}

char *target_url(const struct target *t, char out[URL_TOLD_SIZE])
{
    return url_told(t->base_url ? t->base_url : t->service->url, out);
}

void target_dispose(struct target *t)
{
    key_close(&t->key);
    services_close(&t->services);
    models_close(&t->models);
    prompts_dispose(&t->prompts);
    schema_close(&t->schema);
    replay_close(&t->replay);
    free(t->base_url);
    free(t->model_name);
    memset(t, 0, sizeof *t);
}

/* ---- the query for it ---- */

int64_t target_output_tokens(const struct sc_ask_settings *settings)
{
    return settings->max_output_tokens ? settings->max_output_tokens
         : settings->schema            ? SCHEMA_OUTPUT_TOKENS : DEFAULT_OUTPUT_TOKENS;
}

bool target_has_question(const struct sc_ask_settings *settings, const struct sc_changes *changes)
{
    int i;

    if (settings->question || changes->source.is_still)
        return true;
    if (settings->schema && strcmp(settings->schema, "changes") != 0)
        return true;
    for (i = 0; i < changes->n_events; i++)
        if (changes->events[i].kind != SC_FREEZE && changes->events[i].kind != SC_BLACK &&
            changes->events[i].kind != SC_BLANK)
            return true;
    return false;
}

static void bound(int64_t *most, int64_t tokens)
{
    if (!*most || *most > tokens)
        *most = tokens;
}

/* How many tokens of a query the rest of max_cost_usd pays beside the longest answer. */
static enum sc_status bound_by_cost(const struct target *t, const struct sc_ask_settings *settings, int64_t *most,
                                    struct sc_error *err)
{
    double answer_usd = target_price(&t->model, 0, target_output_tokens(settings)), tokens;
    double most_usd = settings->max_cost_usd;

    if (settings->max_cost_usd <= 0)
        return SC_OK;
    most_usd -= t->spent_usd;
    if (answer_usd > most_usd || (answer_usd == most_usd && t->model.usd_in > 0))
        return fail(err, SC_ERR_LIMIT, "an answer of %lld tokens alone may cost %.4f USD, but %.4f are allowed; see "
                    "--max-output-tokens", (long long)target_output_tokens(settings), answer_usd,
                    most_usd);
    if (t->model.usd_in <= 0)
        return SC_OK;
    tokens = (most_usd - answer_usd) * 1e6 / t->model.usd_in;
    if (tokens < 1e15)
        bound(most, tokens < 1 ? 1 : (int64_t)tokens);
    return SC_OK;
}

enum sc_status target_most_tokens(const struct target *t, const struct sc_ask_settings *settings, int64_t *out,
                                  struct sc_error *err)
{
    int64_t room = t->model.context_tokens - target_output_tokens(settings);

    *out = settings->max_tokens;
    if (t->model.context_tokens && room > 0)
        bound(out, room);
    return bound_by_cost(t, settings, out, err);
}

enum sc_status target_query(const struct target *t, const struct sc_ask_settings *settings, int quality,
                            const struct sc_changes *changes, struct query *out, struct sc_error *err)
{
    struct query_settings query = {
        .question = settings->question, .pack = settings->pack, .max_images = settings->max_images,
        .no_hints = settings->no_hints, .schema = t->schema, .ask = t->ask,
        .part = t->part, .n_parts = t->n_parts,
        .quality = quality, .prompts = &t->prompts.set,
        .lines = t->lines, .metadata = t->metadata,
    };
    enum sc_status s = target_most_tokens(t, settings, &query.max_tokens, err);

    return s ? s : query_build(changes, &t->model, &query, out, err);
}

double target_price(const struct model *m, int64_t in_tokens, int64_t out_tokens)
{
    if (m->usd_in < 0 || m->usd_out < 0)
        return -1;
    return ((double)in_tokens * m->usd_in + (double)out_tokens * m->usd_out) / 1e6;
}
