/* What was handed over for the captions of a catalogue: sc_list_batches, and joined with that of another. */
#include "api/batches.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "api/caption_batch.h"
#include "client/batch.h"

#define MAX_BATCHES 1000

/* The state files among what lies beside the catalogue: nothing but digits behind the mark. */
static const char *name_of(const char *path)
{
    const char *mark, *name = NULL;

    for (mark = path; (mark = strstr(mark, CAPTION_BATCH_MARK)); mark++)
        name = mark + strlen(CAPTION_BATCH_MARK);
    return name && strlen(name) == CAPTION_BATCH_DIGITS && strspn(name, "0123456789abcdef") == CAPTION_BATCH_DIGITS ? name
                                                                                                                 : NULL;
}

static const char *status_of(const struct batch_part *p)
{
    return p->step < BATCH_CREATING ? "not handed over" : *p->status ? p->status : batch_step_name(p->step);
}

/* Told of a batch is the part that is farthest behind. */
static enum sc_status describe(const struct batch_state *state, const char *name, struct sc_batch *out, struct sc_error *err)
{
    const struct batch_part *last = NULL;
    char told[URL_TOLD_SIZE];
    int i;

    snprintf(out->name, sizeof out->name, "%s", name);
    out->made_us = state->made_s * 1000000;
    out->n_files = state->n;
    out->is_over = true;
    for (i = 0; i < state->n; i++) {
        const struct batch_part *p = &state->parts[i];

        out->n_questions += p->n_requests;
        out->n_answered += p->n_completed;
        out->n_failed += p->n_failed;
        out->is_over = out->is_over && p->step >= BATCH_ENDED;
        if (!last || p->step < last->step)
            last = p;
    }
    out->service = strdup(state->service);
    out->url = strdup(url_told(state->base_url, told));
    out->model = strdup(state->model);
    out->status = strdup(last ? status_of(last) : "empty");
    out->why = last && *last->why ? strdup(last->why) : NULL;
    return out->service && out->url && out->model && out->status && (!last || !*last->why || out->why) ? SC_OK
                                                                                                      : fail_memory(err);
}

/* The service's own words on it, or its end. */
static enum sc_status ask(struct sc *sc, const char *path, const struct batch_state *state, enum sc_batch_action action,
                          bool insecure_http, struct batch_state *now, struct sc_error *err)
{
    const struct sc_ask_settings settings = { .service = state->service, .base_url = state->base_url, .model = state->model,
                                              .dialect = state->dialect, .insecure_http = insecure_http };
    struct asking asking = { .session = sc, .settings = &settings };
    struct batch *b = NULL;
    enum sc_status s = target_choose(sc, &settings, &asking.target, err);

    if (!s) {
        asking_prepare_call(&asking);
        asking.call.on_text = NULL;
        s = batch_open(&b, path, &asking.call, err);
    }
    if (!s)
        s = action == SC_BATCH_CANCEL ? batch_cancel(b, err) : batch_poll(b, err);
    batch_close(&b);
    target_dispose(&asking.target);
    return s ? s : batch_state_read(path, now, err);
}

static enum sc_status read_one(struct sc *sc, const char *path, enum sc_batch_action action, bool insecure_http,
                               struct sc_batch *out, struct sc_error *err)
{
    struct batch_state state, now = { 0 };
    enum sc_status s = batch_state_read(path, &state, err);

    if (!s && action != SC_BATCH_LIST)
        s = ask(sc, path, &state, action, insecure_http, &now, err);
    if (!s)
        s = describe(now.service ? &now : &state, name_of(path), out, err);
    batch_state_dispose(&state);
    batch_state_dispose(&now);
    return s;
}

/* The catalogue's path as a pattern that means itself. free() it. */
static char *pattern_of(const char *path)
{
    char *pattern = malloc(2 * strlen(path) + 16), *to = pattern;

    for (; pattern && *path; path++) {
        if (strchr("*?[]\\", *path))
            *to++ = '\\';
        *to++ = *path;
    }
    if (pattern)
        strcpy(to, CAPTION_BATCH_MARK "*");
    return pattern;
}

/* The files beside the catalogue that may be a batch's. *out: globfree, always. */
static enum sc_status find(const char *catalog, glob_t *out, struct sc_error *err)
{
    char *pattern = pattern_of(catalog);
    enum sc_status s = SC_OK;

    *out = (glob_t){ 0 };
    if (!pattern || glob(pattern, 0, NULL, out) == GLOB_NOSPACE)
        s = fail_memory(err);
    free(pattern);
    return s;
}

enum sc_status sc_list_batches(struct sc *s, struct sc_archive *a, enum sc_batch_action action, const char *name,
                               bool insecure_http, struct sc_batches *out, struct sc_error *err)
{
    glob_t found;
    enum sc_status status = find(a->catalog->path, &found, err);
    size_t i;

    *out = (struct sc_batches){ 0 };
    if (!status && !(out->rows = calloc(found.gl_pathc + 1, sizeof *out->rows)))
        status = fail_memory(err);
    for (i = 0; i < found.gl_pathc && !status && out->n < MAX_BATCHES; i++) {
        const char *own = name_of(found.gl_pathv[i]);

        if (own && (!name || !strncmp(own, name, strlen(name))) &&
            !(status = read_one(s, found.gl_pathv[i], action, insecure_http, &out->rows[out->n], err)))
            out->n++;
    }
    if (!status && name && !out->n)
        status = fail(err, SC_ERR_INVALID, "'%s' has no batch '%.40s'", a->catalog->path, name);
    globfree(&found);
    if (status)
        sc_batches_dispose(out);
    return status;
}

void sc_batches_dispose(struct sc_batches *batches)
{
    struct sc_batch *row = batches->rows;

    /* One more than n: the row at which it failed. The last one is empty. */
    for (; row && row <= batches->rows + batches->n; row++) {
        free(row->service);
        free(row->url);
        free(row->model);
        free(row->status);
        free(row->why);
    }
    free(batches->rows);
    *batches = (struct sc_batches){ 0 };
}

/* ---- joined ---- */

enum sc_status batches_check(const char *path, struct sc_error *err)
{
    glob_t found;
    enum sc_status s = find(path, &found, err);
    size_t i;

    for (i = 0; i < found.gl_pathc && !s; i++)
        if (name_of(found.gl_pathv[i]))
            s = batch_check_join(found.gl_pathv[i], err);
    globfree(&found);
    return s;
}

static enum sc_status join_one(struct catalog *to, const char *from, struct sc_error *err)
{
    int64_t n = 0;
    char *own;
    enum sc_status s = sql_number(to, 0, &n, err, "SELECT count(*) FROM asked a JOIN settings s ON s.id = a.settings_id "
                                  "WHERE substr(lower(hex(s.digest)), 1, length(?1)) = ?1", "t", name_of(from));

    if (s || !n)
        return s;
    if (asprintf(&own, "%s" CAPTION_BATCH_MARK "%s", to->path, name_of(from)) < 0)
        return fail_memory(err);
    s = batch_join(own, from, err);
    free(own);
    return s;
}

enum sc_status batches_join(struct catalog *to, const char *path, struct sc_error *err)
{
    glob_t found;
    enum sc_status s = find(path, &found, err);
    size_t i;

    for (i = 0; i < found.gl_pathc && !s; i++)
        if (name_of(found.gl_pathv[i]))
            s = join_one(to, found.gl_pathv[i], err);
    globfree(&found);
    return s;
}
