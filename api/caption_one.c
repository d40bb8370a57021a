/* One video of a run: known, looked at, asked about, kept. */
#include <stdlib.h>
#include <string.h>

#include "api/caption_batch.h"
#include "api/caption_run.h"
#include "api/evidence.h"

#define MOST_TRANSIENT 8         /* in a row end the run: the service is gone, and every video would only fail */
#define MAX_SUBTITLES 2000       /* that can be searched, of one video */

/* ---- how it ends ---- */

static enum sc_failure_class class_of(enum sc_status status, enum client_class class)
{
    switch (class) {
    case CLIENT_REFUSED: case CLIENT_BAD_REQUEST:
        return SC_REFUSED;
    case CLIENT_TOO_LONG: case CLIENT_TOO_MANY_IMAGES: case CLIENT_TOO_LARGE:
        return SC_TOO_BIG;
    case CLIENT_TRANSIENT: case CLIENT_LOADING: case CLIENT_CUT_OFF:
        return SC_TRANSIENT;
    default:
        break;
    }
    switch (status) {
    case SC_ERR_LIMIT:
        return SC_TOO_BIG;
    case SC_ERR_FORMAT: case SC_ERR_INVALID:
        return SC_BAD_MEDIA;
    case SC_ERR_CRASHED:
        return SC_QUARANTINED;
    case SC_ERR_SERVICE:
        return SC_REFUSED;
    default:
        return SC_TRANSIENT;
    }
}

/* With the lock held. */
static void note_failure(struct caption_run *r, int64_t video_id, const char *path, enum sc_failure_class which,
                         const char *reason)
{
    const struct sc_captioned told = { .event = SC_CAPTION_FAILED, .path = path, .title = "", .text = reason,
                                       .which = which, .prompt_tokens = -1, .output_tokens = -1, .cost_usd = -1 };
    struct sc_error err;
    enum sc_status s = video_failed(r->catalog, video_id, r->settings_id, which, reason, &err);

    if (s) {
        caption_fatal(r, s, &err);
        return;
    }
    r->counts.n_failed++;
    caption_tell(r, &told);
    if (r->set->max_failures && r->counts.n_failed >= r->set->max_failures)
        caption_stop(r, "%lld videos failed, as many as --max-failures allows", (long long)r->counts.n_failed);
    if (which == SC_TRANSIENT && ++r->transient_in_a_row >= MOST_TRANSIENT)
        caption_stop(r, "the last %d videos failed for reasons that may pass; run again to go on", MOST_TRANSIENT);
}

static void fail_one(struct caption_run *r, int64_t video_id, const char *path, enum sc_status status,
                     enum client_class class, const struct sc_error *err)
{
    pthread_mutex_lock(&r->lock);
    if (status == SC_ERR_NOMEM)
        caption_fatal(r, status, err);
    else
        note_failure(r, video_id, path, class_of(status, class), err->text);
    pthread_mutex_unlock(&r->lock);
}

/* The run has been cancelled: nothing came of this one, and nothing failed. */
static void drop(struct caption_run *r, int64_t content_id)
{
    pthread_mutex_lock(&r->lock);
    (void)!work_drop(r->catalog, content_id, r->settings_id, NULL);
    pthread_mutex_unlock(&r->lock);
}

/* Its files (answer_id 0: none), and then it is done. was_there: the captions were. */
static void write_and_tell(struct caption_run *r, struct sc_captioned *told, int64_t video_id, int64_t answer_id,
                           bool was_there)
{
    struct sc_error err = { 0 };
    int n = 0;
    enum sc_status s = answer_id ? caption_write(r, video_id, answer_id, told->path, &n, &err) : SC_OK;

    pthread_mutex_lock(&r->lock);
    if (s)
        note_failure(r, video_id, told->path, SC_TRANSIENT, err.text);
    else if (was_there && (s = video_succeeded(r->catalog, video_id, r->settings_id, &err)))
        caption_fatal(r, s, &err);
    else {
        r->transient_in_a_row = 0;
        if (was_there && !n)
            r->counts.n_unchanged++;
        else {
            r->counts.n_done++;
            caption_tell(r, told);
        }
    }
    pthread_mutex_unlock(&r->lock);
}

void caption_write_known(struct caption_run *r, int64_t video_id, int64_t answer_id, const char *path)
{
    struct sc_captioned told = { .event = SC_CAPTION_WRITTEN, .path = path, .title = "", .prompt_tokens = -1,
                                 .output_tokens = -1, .cost_usd = -1 };

    write_and_tell(r, &told, video_id, answer_id, true);
}

/* ---- captions that are new ---- */

static enum sc_status all_passages(const struct caption *c, const struct caption_result *from, struct sc_passage **out, int *n,
                                   struct sc_error *err)
{
    *n = c->n_passages + from->n_subtitles;
    *out = calloc((size_t)*n + 1, sizeof **out);
    if (!*out)
        return fail_memory(err);
    if (c->n_passages)
        memcpy(*out, c->passages, (size_t)c->n_passages * sizeof **out);
    if (from->n_subtitles)
        memcpy(*out + c->n_passages, from->subtitles, (size_t)from->n_subtitles * sizeof **out);
    return SC_OK;
}

/* Paid for, whatever came of it. Only tokens that a service counted are: a price before is an estimate. */
static void count_spent(struct caption_run *r, const struct asking *a)
{
    if (a->spent_in < 0 && a->spent_out < 0)
        return;
    pthread_mutex_lock(&r->lock);
    r->counts.prompt_tokens += a->spent_in > 0 ? a->spent_in : 0;
    r->counts.output_tokens += a->spent_out > 0 ? a->spent_out : 0;
    r->counts.cost_usd += a->spent_usd > 0 ? a->spent_usd : 0;
    pthread_mutex_unlock(&r->lock);
}

static void keep(struct caption_run *r, const struct caption_result *from)
{
    const struct sc_answer *a = from->answer;
    struct answer_row row = {
        .content_id = from->content_id, .settings_id = r->settings_id, .video_id = from->video_id,
        .kind = SC_ANSWER_CAPTION, .text = from->json, .service = a ? a->service : "embedded", .model = a ? a->model : NULL,
        .prompt_version = a ? a->prompt_version : NULL, .request = from->request, .no_model = !a,
        .prompt_tokens = a ? a->prompt_tokens : -1, .output_tokens = a ? a->output_tokens : -1,
        .cost_usd = a ? a->price_usd : 0,
    };
    struct sc_captioned told = { .event = SC_CAPTIONED, .path = from->path, .prompt_tokens = row.prompt_tokens,
                                 .output_tokens = row.output_tokens, .cost_usd = row.cost_usd, .no_model = !a };
    struct sc_passage *passages = NULL;
    struct caption caption = { 0 };
    struct sc_error err = { 0 };
    int64_t answer_id = 0;
    int n = 0;
    enum sc_status s;

    if (!(s = caption_read(from->json, from->changes->source.duration_us, &caption, &err)))
        s = all_passages(&caption, from, &passages, &n, &err);
    if (s) {
        fail_one(r, from->video_id, from->path, s, CLIENT_REFUSED, &err);
    } else {
        row.title = *caption.title || !caption.n_passages ? caption.title : caption.passages[0].text;
        told.title = row.title;
        pthread_mutex_lock(&r->lock);
        if ((s = answer_keep(r->catalog, &row, passages, n, &answer_id, &err)))
            caption_fatal(r, s, &err);
        pthread_mutex_unlock(&r->lock);
        if (!s)
            write_and_tell(r, &told, from->video_id, from->no_files ? 0 : answer_id, false);
    }
    free(passages);
    caption_dispose(&caption);
}

/* ---- looking ---- */

enum sc_status caption_find_evidence(struct caption_run *r, int64_t content_id, const char *path,
                                     struct sc_changes **out, struct sc_error *err)
{
    struct buffer data = { 0 };
    char *own;
    enum sc_status s;

    *out = NULL;
    pthread_mutex_lock(&r->lock);
    s = look_find(r->catalog, content_id, r->look_id, &data, err);
    pthread_mutex_unlock(&r->lock);
    if (!s && data.size && !evidence_unpack(&data, out, NULL)) { /* damaged: it is looked at again */
        if ((own = strdup(path))) {
            free((*out)->source.path);
            (*out)->source.path = own;
        } else {
            sc_changes_free(out);
            s = fail_memory(err);
        }
    }
    buffer_dispose(&data);
    return s;
}

static enum sc_status keep_evidence(struct caption_run *r, int64_t content_id, const struct sc_changes *c,
                                    struct sc_error *err)
{
    struct buffer data = { 0 };
    enum sc_status s = evidence_pack(c, &data, err);

    if (!s) {
        pthread_mutex_lock(&r->lock);
        s = look_keep(r->catalog, content_id, r->look_id, &data, c->source.is_still ? 0 : c->source.duration_us,
                      c->n_events, err);
        if (s)
            caption_fatal(r, s, err);
        r->counts.n_pictures += c->n_looked;
        pthread_mutex_unlock(&r->lock);
    }
    buffer_dispose(&data);
    return s;
}

/* Without a model captions are there at once; else it waits for its turn. */
static enum sc_status go_on(struct caption_run *r, const struct caption_result *from, struct sc_error *err)
{
    struct caption_result made = *from;
    struct buffer json = { 0 };
    enum sc_status s;

    if (r->embedded) {
        if (!(s = caption_from_evidence(from->changes, &json, err))) {
            made.json = (const char *)json.data;
            keep(r, &made);
        }
        buffer_dispose(&json);
        return s;
    }
    pthread_mutex_lock(&r->lock);
    if ((s = work_ready(r->catalog, from->content_id, r->settings_id, err)))
        caption_fatal(r, s, err);
    else
        r->n_ready++;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return s;
}

static void look_closely(struct caption_run *r, struct sc *sub, const char *path, int64_t video_id, int64_t content_id)
{
    struct caption_result from = { .video_id = video_id, .content_id = content_id, .path = path };
    const struct sc_source source = { .path = path, .max_pixels = r->set->max_pixels };
    struct sc_changes *changes = NULL;
    struct sc_error err = { 0 };
    enum sc_status s = caption_find_evidence(r, content_id, path, &changes, &err);

    if (!s && !changes && !(s = sc_changes(sub, &source, &r->look, &changes, &err)))
        s = keep_evidence(r, content_id, changes, &err);
    from.changes = changes;
    if (!s)
        s = go_on(r, &from, &err);
    if (s == SC_ERR_CANCELLED)
        drop(r, content_id);
    else if (s && !r->fatal)
        fail_one(r, video_id, path, s, CLIENT_FINE, &err);
    sc_changes_free(&changes);
}

/* With the lock held: the same content is under way. It comes again when this run has nothing else to do. */
static void defer(struct caption_run *r, char **path)
{
    char **more = realloc(r->deferred, ((size_t)r->n_deferred + 1) * sizeof *more);

    if (!more)
        return;                  /* the next run finds it again */
    r->deferred = more;
    r->deferred[r->n_deferred++] = *path;
    *path = NULL;
}

static enum sc_status know(struct caption_run *r, struct sc *sub, struct caption_item *item, int64_t *video_id,
                           int64_t *content_id, int64_t *answer_id, enum claim *claim, struct sc_error *err)
{
    enum sc_status s = identity_of_file(item->path, &sub->cancel, &item->file, err);

    pthread_mutex_lock(&r->lock);
    if (s && s != SC_ERR_CANCELLED) {
        struct sc_error why = *err;

        if ((s = video_add_unread(r->catalog, item->path, &item->file, video_id, err)))
            caption_fatal(r, s, err);
        else
            note_failure(r, *video_id, item->path, SC_TRANSIENT, why.text);
        s = SC_ERR_IO;
    } else if (!s) {
        if ((s = video_add(r->catalog, item->path, &item->file, video_id, content_id, err)) ||
            (s = work_claim(r->catalog, r->counts.id, *content_id, r->settings_id, *video_id,
                            r->set->redo ? r->started_us : 0, claim, answer_id, err)))
            caption_fatal(r, s, err);
        else if (*claim == CLAIM_BUSY)
            defer(r, &item->path);
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

void caption_look(struct caption_run *r, struct sc *sub, struct caption_item *item)
{
    int64_t video_id = 0, content_id = 0, answer_id = 0;
    enum claim claim = CLAIM_BUSY;
    struct sc_error err = { 0 };

    if (!know(r, sub, item, &video_id, &content_id, &answer_id, &claim, &err)) {
        if (claim == CLAIM_DONE) {
            caption_write_known(r, video_id, answer_id, item->path);
        } else if (claim == CLAIM_MINE) {
            look_closely(r, sub, item->path, video_id, content_id);
        }
    }
    free(item->path);
    item->path = NULL;
}

/* ---- asking ---- */

struct listener {
    struct caption_run *run;
    struct caption_result *result;
    struct buffer body;
};

static void on_words(void *user, const struct lines *words)
{
    struct caption_result *from = ((struct listener *)user)->result;
    int i, n = 0;

    from->subtitles = calloc((size_t)(words->n < MAX_SUBTITLES ? words->n : MAX_SUBTITLES) + 1, sizeof *from->subtitles);
    for (i = 0; from->subtitles && i < words->n && n < MAX_SUBTITLES; i++)
        if (words->items[i].kind != LINE_NOTE &&
            (from->subtitles[n].text = strdup(words->items[i].text ? words->items[i].text : ""))) {
            from->subtitles[n].kind = SC_SUBTITLE;
            from->subtitles[n].start_us = words->items[i].start_us;
            from->subtitles[n++].end_us = words->items[i].end_us;
        }
    from->n_subtitles = n;
}

/* Nothing but a hash of the body is kept. */
static void on_body(void *user, const char *data, size_t size)
{
    (void)!buffer_add(&((struct listener *)user)->body, data, size, NULL);
}

/* As many as are allowed go to the service at once; none any more when the run has been stopped. */
static bool on_sending(void *user, bool begins)
{
    struct caption_run *r = ((struct listener *)user)->run;
    bool may;

    pthread_mutex_lock(&r->lock);
    while (begins && r->n_sending >= r->n_requests && !r->begins_none)
        pthread_cond_wait(&r->changed, &r->lock);
    may = !begins || !r->begins_none;
    if (may)
        r->n_sending += begins ? 1 : -1;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return may;
}

/* What this one may cost with an answer that has to be sent back once. False: more than is left; it stays ready. */
static bool reserve(struct caption_run *r, struct sc *sub, const struct sc_changes *changes, double *usd_out)
{
    struct sc_ask_settings ask = r->ask;
    struct sc_answer *preview = NULL;
    bool fits;

    *usd_out = 0;
    if (r->ask.max_cost_usd <= 0)
        return true;
    if (!sc_preview(sub, changes, &ask, &preview, NULL))
        *usd_out = 2 * (preview->price_usd + r->usd_out * (double)target_output_tokens(&ask) / 1e6);
    sc_answer_free(&preview);
    pthread_mutex_lock(&r->lock);
    for (;;) {
        fits = r->counts.cost_usd + r->reserved_usd + *usd_out <= r->ask.max_cost_usd;
        if (fits || r->reserved_usd <= 0 || r->begins_none)
            break;
        pthread_cond_wait(&r->changed, &r->lock);
    }
    fits = fits && !r->begins_none;
    if (fits)
        r->reserved_usd += *usd_out;
    else if (!r->begins_none)
        caption_stop(r, "the next video could cost %.4f USD, and of --max-cost %.4f are left", *usd_out,
                     r->ask.max_cost_usd - r->counts.cost_usd);
    pthread_mutex_unlock(&r->lock);
    return fits;
}

static void give_back(struct caption_run *r, double usd)
{
    pthread_mutex_lock(&r->lock);
    r->reserved_usd = r->reserved_usd - usd < 1e-12 ? 0 : r->reserved_usd - usd;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

/* Such failures are none of this video's: all others would have them too. */
static bool concerns_all(enum client_class class)
{
    return class == CLIENT_QUOTA || class == CLIENT_AUTH || class == CLIENT_MODEL_MISSING;
}

void caption_no_answer(struct caption_run *r, const struct caption_result *from, enum sc_status s,
                       enum client_class class, const struct sc_error *err)
{
    if (s == SC_ERR_CANCELLED || concerns_all(class))
        drop(r, from->content_id);
    if (concerns_all(class)) {
        pthread_mutex_lock(&r->lock);
        caption_stop(r, "%s", err->text);
        pthread_mutex_unlock(&r->lock);
    } else if (s != SC_ERR_CANCELLED)
        fail_one(r, from->video_id, from->path, s, class, err);
}

void caption_take_answer(struct caption_run *r, struct caption_result *from, struct sc_answer *answer)
{
    struct sc_error err = { 0 };

    if (answer->refused)
        fail(&err, SC_ERR_SERVICE, "the model refused to answer");
    else if (answer->incomplete || !answer->json)
        fail(&err, SC_ERR_LIMIT, "the answer is cut off; --max-output-tokens allows more");
    if (err.code) {
        fail_one(r, from->video_id, from->path, err.code, answer->refused ? CLIENT_REFUSED : CLIENT_FINE, &err);
        return;
    }
    from->json = answer->json;
    from->answer = answer;
    keep(r, from);
}

/* The answer, or what there was to say instead. */
static void end_asking(struct caption_run *r, struct caption_result *from, enum sc_status s, const struct asking *a,
                       struct sc_answer *answer, const struct sc_error *err)
{
    count_spent(r, a);
    if (s) {
        caption_no_answer(r, from, s, a->class, err);
        return;
    }
    from->changes = answer->changes;
    caption_take_answer(r, from, answer);
}

static void free_words(struct caption_result *from)
{
    int i;

    for (i = 0; i < from->n_subtitles; i++)
        free(from->subtitles[i].text);
    free(from->subtitles);
}

/* Into the batch, or nowhere: it is only counted. */
static enum sc_status on_query(void *user, struct asking *a, struct sc_error *err)
{
    const struct listener *heard = user;

    return caption_batch_add(heard->run, heard->result, a, &heard->body, err);
}

static void ask_with(struct caption_run *r, struct sc *sub, struct caption_result *from, struct sc_changes **evidence)
{
    const struct sc_source source = { .path = from->path, .max_pixels = r->set->max_pixels };
    struct listener heard = { .run = r, .result = from };
    struct sc_ask_settings settings = r->ask;
    struct asking asking = { .session = sub, .source = &source, .settings = &settings, .on_words = on_words,
                             .on_query = r->batch ? on_query : NULL, .on_sending = on_sending, .user = &heard,
                             .evidence = *evidence, .call.no_memory = r->asks_anew };
    struct sc_answer *answer = NULL;
    struct sc_error err = { 0 };
    uint8_t request[HASH_SIZE];
    double usd = 0;
    enum sc_status s;

    if (!r->batch && !reserve(r, sub, *evidence, &usd))
        return;
    *evidence = NULL;
    settings.windows = -1; /* one request is what is kept, and what a batch can hold */
    settings.dry_run = r->set->dry_run;
    settings.on_body = on_body;
    settings.user = &heard;
    s = asking_run(&asking, &r->look, &answer, &err);
    if (heard.body.size && !identity_of_bytes(heard.body.data, heard.body.size, request, NULL))
        from->request = request;
    if (!r->batch)
        end_asking(r, from, s, &asking, answer, &err);
    else if (s)
        caption_no_answer(r, from, s, asking.class, &err);
    from->request = NULL;
    give_back(r, usd);
    sc_answer_free(&answer);
    free_words(from);
    buffer_dispose(&heard.body);
}

void caption_ask(struct caption_run *r, struct sc *sub, int64_t video_id, int64_t content_id)
{
    struct caption_result from = { .video_id = video_id, .content_id = content_id };
    struct sc_changes *evidence = NULL;
    struct sc_error err = { 0 };
    sqlite3_stmt *q = NULL;
    char *path = NULL;
    enum sc_status s;

    pthread_mutex_lock(&r->lock);
    s = sql_open(r->catalog, &q, &err, "SELECT path FROM video WHERE id = ?", "i", video_id);
    if (!s && sql_next(r->catalog, q, &s, &err) &&
        !(path = catalog_full_path(r->catalog, (const char *)sqlite3_column_text(q, 0))))
        s = fail_memory(&err);
    sql_close(q);
    pthread_mutex_unlock(&r->lock);
    if (!s && path && !(s = caption_find_evidence(r, content_id, path, &evidence, &err)) && evidence) {
        from.path = path;
        ask_with(r, sub, &from, &evidence);
    } else if (s) {
        pthread_mutex_lock(&r->lock);
        caption_fatal(r, s, &err);
        pthread_mutex_unlock(&r->lock);
    }
    sc_changes_free(&evidence);
    free(path);
}
