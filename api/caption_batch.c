/* A run's questions as a batch. */
#include "api/caption_batch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "archive/asked.h"
#include "client/batch.h"
#include "client/digest.h"

#define LINE_BYTES 150           /* of a line beside the request in it */

struct caption_batch {
    struct asking asking;        /* nothing is asked with it; its call is the batch's */
    char *path;
    struct batch *b;             /* NULL: questions are only counted */
    int64_t n, bytes, tokens, file_bytes;
    int n_files, file_n;
    double usd, most_usd;        /* < 0: the price is not known */
    int64_t made_us;
    int n_strange;               /* answers to what was not asked */
};

static void say(struct caption_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct caption_run *r, const char *format, ...)
{
    char text[640];
    const struct sc_captioned told = { .event = SC_CAPTION_NOTICE, .title = "", .text = text, .prompt_tokens = -1,
                                       .output_tokens = -1, .cost_usd = -1 };
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    caption_tell(r, &told);
}

/* ---- before ---- */

static enum sc_status find_path(const struct caption_run *r, char **out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(r->catalog, &q, err, "SELECT lower(hex(digest)) FROM settings WHERE id = ?", "i",
                                r->settings_id);

    *out = NULL;
    if (!s && sql_next(r->catalog, q, &s, err) &&
        asprintf(out, "%s" CAPTION_BATCH_MARK "%.*s", r->catalog->path, CAPTION_BATCH_DIGITS,
                 (const char *)sqlite3_column_text(q, 0)) < 0) {
        *out = NULL;
        s = fail_memory(err);
    }
    sql_close(q);
    return s || *out ? s : fail(err, SC_ERR_FORMAT, "the settings of this run are not in the catalogue");
}

/* What tokens cost in a batch, unless the caller knows better. */
static void lower_price(struct caption_run *r, struct target *t)
{
    if (r->ask.has_price || t->model.usd_in < 0 || t->model.usd_out < 0)
        return;
    t->model.usd_in *= t->service->batch_price;
    t->model.usd_out *= t->service->batch_price;
    r->ask.has_price = true;
    r->ask.price_in = t->model.usd_in;
    r->ask.price_out = t->model.usd_out;
    r->usd_in = t->model.usd_in;
    r->usd_out = t->model.usd_out;
}

static enum sc_status set_up(struct caption_run *r, const struct target *t, bool goes_on, struct sc_error *err)
{
    struct caption_batch *batch = r->batch;
    enum sc_status s;

    if (r->embedded)
        return fail(err, SC_ERR_INVALID, "--batch needs a service, and there is none here; name one with --service");
    batch->asking = (struct asking){ .session = r->session, .settings = &r->ask, .target = *t };
    if (r->set->batch)
        lower_price(r, &batch->asking.target);
    asking_prepare_call(&batch->asking);
    batch->asking.call.on_text = NULL;
    if (!r->set->batch)
        return SC_OK;
    if ((s = batch_is_possible(&batch->asking.call, err)) || r->set->dry_run)
        return s;
    if (goes_on)
        return batch_open(&batch->b, batch->path, &batch->asking.call, err);
    s = batch_new(&batch->b, batch->path, &batch->asking.call, err);
    return s ? s : asked_remove_all(r->catalog, r->settings_id, err);
}

enum sc_status caption_batch_begin(struct caption_run *r, const struct target *t, bool *goes_on_out, struct sc_error *err)
{
    char *path;
    bool is_there;
    enum sc_status s;

    *goes_on_out = false;
    if ((s = find_path(r, &path, err)))
        return s;
    is_there = !access(path, F_OK);
    if (is_there && !r->set->batch && !r->set->dry_run)
        s = fail(err, SC_ERR_INVALID, "these captions were asked for in a batch: --batch fetches the answers, "
                                      "'seechange batch cancel' ends it");
    else if (is_there && r->set->dry_run)
        s = fail(err, SC_ERR_INVALID, "there is a batch under way already; see 'seechange batch status'");
    if (s || (!r->set->batch && !r->set->dry_run)) {
        free(path);
        return s;
    }
    if (!(r->batch = calloc(1, sizeof *r->batch))) {
        free(path);
        return fail_memory(err);
    }
    r->batch->path = path;
    *goes_on_out = is_there;
    return set_up(r, t, is_there, err);
}

void caption_batch_end(struct caption_run *r)
{
    if (!r->batch)
        return;
    batch_close(&r->batch->b);
    free(r->batch->path);
    free(r->batch);
    r->batch = NULL;
}

/* ---- questions ---- */

/* What is said in the video, as asked keeps it. free() it. */
static char *words_of(const struct caption_result *from)
{
    json_t *list = json_array();
    char *text = NULL;
    int i;

    for (i = 0; list && i < from->n_subtitles; i++)
        json_array_append_new(list, json_pack("[I, I, o]", (json_int_t)from->subtitles[i].start_us,
                                              (json_int_t)from->subtitles[i].end_us,
                                              json_stringn_nocheck(from->subtitles[i].text,
                                                                   strlen(from->subtitles[i].text))));
    if (list)
        text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

static void count(struct caption_batch *batch, const struct asking *a, double most_usd)
{
    const struct service *service = a->target.service;
    const int64_t line = a->answer->body_bytes + LINE_BYTES;
    const int most = service_batch_requests(service);

    if (!batch->n_files || batch->file_n >= most || batch->file_bytes + line > service->batch_bytes) {
        batch->n_files++;
        batch->file_n = 0;
        batch->file_bytes = 0;
    }
    batch->file_n++;
    batch->file_bytes += line;
    batch->n++;
    batch->bytes += a->answer->body_bytes;
    batch->tokens += a->answer->image_tokens + a->answer->text_tokens;
    batch->usd = most_usd < 0 || batch->usd < 0 ? -1 : batch->usd + a->answer->price_usd;
    batch->most_usd = most_usd < 0 || batch->most_usd < 0 ? -1 : batch->most_usd + most_usd;
}

static enum sc_status write_question(struct caption_run *r, const struct caption_result *from, struct asking *a,
                                     const struct buffer *body, struct sc_error *err)
{
    char id[DIGEST_HEX_SIZE];
    uint8_t request[HASH_SIZE], content[HASH_SIZE] = { 0 };
    char *words = words_of(from);
    sqlite3_stmt *q = NULL;
    enum sc_status s = words ? SC_OK : fail_memory(err);

    if (!s)
        s = sql_open(r->catalog, &q, err, "SELECT sha256 FROM content WHERE id = ?", "i", from->content_id);
    if (!s && sql_next(r->catalog, q, &s, err) && sqlite3_column_bytes(q, 0) == HASH_SIZE)
        memcpy(content, sqlite3_column_blob(q, 0), HASH_SIZE);
    else if (!s)
        s = fail(err, SC_ERR_FORMAT, "a content is gone from the catalogue");
    sql_close(q);
    digest_hex(content, id);
    if (!s && !(s = identity_of_bytes(body->data, body->size, request, err)) &&
        !(s = asked_add(r->catalog, from->content_id, r->settings_id, request, words, err)))
        s = batch_add(r->batch->b, id, &a->query, err);
    free(words);
    return s;
}

enum sc_status caption_batch_add(struct caption_run *r, const struct caption_result *from, struct asking *a,
                                 const struct buffer *body, struct sc_error *err)
{
    const double usd = target_price(&a->target.model, a->answer->image_tokens + a->answer->text_tokens,
                                    target_output_tokens(a->settings));
    enum sc_status s = SC_OK;

    pthread_mutex_lock(&r->lock);
    if (r->begins_none) {
        s = fail(err, SC_ERR_CANCELLED, "stopped");
    } else if (r->ask.max_cost_usd > 0 && r->batch->most_usd + usd > r->ask.max_cost_usd) {
        caption_stop(r, "the next video could cost %.4f USD, and of --max-cost %.4f are left", usd,
                     r->ask.max_cost_usd - r->batch->most_usd);
        r->sends_rest = true;
        s = fail(err, SC_ERR_CANCELLED, "stopped");
    } else if (!r->batch->b || !(s = write_question(r, from, a, body, err))) {
        count(r->batch, a, usd);
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

static void tell_size(const struct caption_batch *batch, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "%" PRId64 " question%s of %.1f MB, about %" PRId64 " tokens", batch->n,
                                batch->n == 1 ? "" : "s", (double)batch->bytes / 1e6, batch->tokens);

    if (batch->most_usd > 0 && n < size)
        snprintf(out + n, size - n, ", about %.4f USD and at most %.4f with the answers", batch->usd, batch->most_usd);
    else if (batch->most_usd < 0 && n < size)
        snprintf(out + n, size - n, ", at a price that is not known");
}

static void tell_dry(struct caption_run *r)
{
    const struct caption_batch *batch = r->batch;
    char size[200], files[40] = "";

    tell_size(batch, size, sizeof size);
    if (r->set->batch)
        snprintf(files, sizeof files, " in %d file%s", batch->n_files, batch->n_files == 1 ? "" : "s");
    say(r, "would send %s%s", size, files);
    r->counts.would = (struct sc_estimate){ .n_questions = batch->n, .tokens = batch->tokens, .usd = batch->usd,
                                            .most_usd = batch->most_usd };
    if (!r->begins_none)
        snprintf(r->ending, sizeof r->ending, "dry run: nothing was sent");
}

enum sc_status caption_batch_hand_over(struct caption_run *r, struct sc_error *err)
{
    struct caption_batch *batch = r->batch;
    const char *service = batch->asking.target.service->name;
    char size[200];
    enum sc_status s;

    if (!batch->b) {
        tell_dry(r);
        return SC_OK;
    }
    if (!batch->n || (r->begins_none && !r->sends_rest)) {
        if ((s = batch_remove(batch->b, err)) || (s = asked_remove_all(r->catalog, r->settings_id, err)))
            return s;
        if (batch->n)
            say(r, "nothing was handed over to %s; what was seen is kept", service);
        return SC_OK;
    }
    tell_size(batch, size, sizeof size);
    say(r, "handing over %s to %s", size, service);
    if ((s = batch_submit(batch->b, err))) {
        say(r, "the questions are kept; the same command goes on handing them over");
        return s;
    }
    if (!r->begins_none)
        snprintf(r->ending, sizeof r->ending, "waiting: %" PRId64 " question%s at %s; the same command fetches the answers, "
                 "within a day", batch->n, batch->n == 1 ? "" : "s", service);
    return SC_OK;
}

/* ---- answers ---- */

static bool read_id(const char *id, uint8_t out[HASH_SIZE])
{
    int i;

    for (i = 0; i < HASH_SIZE; i++)
        if (sscanf(id + 2 * i, "%2hhx", &out[i]) != 1 || strspn(id + 2 * i, "0123456789abcdef") < 2)
            return false;
    return !id[2 * HASH_SIZE];
}

static enum sc_status read_words(const char *text, struct caption_result *to, struct sc_error *err)
{
    json_t *list = text ? json_loads(text, 0, NULL) : NULL, *line;
    size_t i;
    enum sc_status s = SC_OK;

    to->subtitles = calloc(json_array_size(list) + 1, sizeof *to->subtitles);
    if (!to->subtitles)
        s = fail_memory(err);
    json_array_foreach(list, i, line) {
        struct sc_passage *p = &to->subtitles[to->n_subtitles];
        const char *words = json_string_value(json_array_get(line, 2));

        if (s || !words)
            continue;
        *p = (struct sc_passage){ SC_SUBTITLE, json_integer_value(json_array_get(line, 0)),
                                  json_integer_value(json_array_get(line, 1)), strdup(words) };
        to->n_subtitles++;
        if (!p->text)
            s = fail_memory(err);
    }
    json_decref(list);
    return s;
}

struct copy {
    int64_t video_id;
    char *path;
    bool is_there;           /* the file, below a path of the run */
};

static bool is_below(const struct caption_run *r, const char *path)
{
    int i;

    for (i = 0; i < r->n_roots; i++) {
        const size_t n = strlen(r->roots[i]);

        if (!strncmp(path, r->roots[i], n) && (!path[n] || path[n] == '/' || !r->roots[i][1]))
            return !access(path, F_OK);
    }
    return false;
}

/* The files of a content, first one that files are written beside, if there is one. out has room for max. */
static enum sc_status find_copies(struct caption_run *r, int64_t content_id, struct copy *out, int max, int *n,
                                  struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(r->catalog, &q, err, "SELECT id, path FROM video WHERE content_id = ? ORDER BY id", "i",
                                content_id);
    int i, first = 0;

    for (*n = 0; !s && *n < max && sql_next(r->catalog, q, &s, err); ++*n) {
        char *path = catalog_full_path(r->catalog, (const char *)sqlite3_column_text(q, 1));

        if (!path) {
            s = fail_memory(err);
            break;
        }
        out[*n] = (struct copy){ sqlite3_column_int64(q, 0), path, is_below(r, path) };
    }
    sql_close(q);
    for (i = 0; i < *n && !out[first].is_there; i++)
        first = out[i].is_there ? i : first;
    if (first) {
        const struct copy moved = out[0];

        out[0] = out[first];
        out[first] = moved;
    }
    return s;
}

/* What the answer is worth: held against the schema as one that was asked for alone, but not sent back. */
static enum sc_status check(struct caption_run *r, struct client_answer *reply, struct sc_answer *out,
                            struct sc_error *err)
{
    const struct target *t = &r->batch->asking.target;
    char complaint[SCHEMA_COMPLAINT_SIZE];
    enum sc_status s;

    *out = (struct sc_answer){ .service = (char *)t->service->name, .model = t->model_name, .refused = reply->refused,
                               .incomplete = reply->incomplete, .prompt_tokens = reply->prompt_tokens,
                               .output_tokens = reply->output_tokens, .price_usd = -1 };
    prompts_version(&t->prompts.set, out->prompt_version);
    if (reply->prompt_tokens >= 0 && reply->output_tokens >= 0)
        out->price_usd = target_price(&t->model, reply->prompt_tokens, reply->output_tokens);
    if (reply->refused || !reply->text.data)
        return SC_OK;
    if ((s = schema_check(t->schema, (const char *)reply->text.data, &out->json, complaint, err)) || out->json ||
        reply->incomplete)
        return s;
    return fail(err, SC_ERR_SERVICE, "the answer does not obey schema '%s': %s", r->ask.schema, complaint);
}

static void count_spent(struct caption_run *r, const struct sc_answer *a)
{
    pthread_mutex_lock(&r->lock);
    r->counts.prompt_tokens += a->prompt_tokens > 0 ? a->prompt_tokens : 0;
    r->counts.output_tokens += a->output_tokens > 0 ? a->output_tokens : 0;
    r->counts.cost_usd += a->price_usd > 0 ? a->price_usd : 0;
    pthread_mutex_unlock(&r->lock);
}

static void take(struct caption_run *r, struct caption_result *from, enum sc_status status, struct client_answer *reply,
                 const struct sc_error *why)
{
    struct sc_answer answer = { 0 };
    struct sc_error err = { 0 };
    enum sc_status s = status;

    if (s) {
        caption_no_answer(r, from, s, reply->class, why);
    } else {
        s = check(r, reply, &answer, &err);
        count_spent(r, &answer);
        if (s)
            caption_no_answer(r, from, s, CLIENT_REFUSED, &err);
        else
            caption_take_answer(r, from, &answer);
    }
    free(answer.json);
    pthread_mutex_lock(&r->lock);
    r->transient_in_a_row = 0; /* that many expired together says nothing */
    pthread_mutex_unlock(&r->lock);
}

/* Other files with the same content. */
static enum sc_status write_copies(struct caption_run *r, int64_t content_id, const struct copy *copies, int n,
                                   struct sc_error *err)
{
    int64_t answer_id = 0;
    enum sc_status s;
    int i;

    pthread_mutex_lock(&r->lock);
    s = sql_number(r->catalog, 0, &answer_id, err, "SELECT id FROM answer WHERE content_id = ? AND settings_id = ? AND "
                                                   "asked_at_us >= ?", "iii", content_id, r->settings_id, r->started_us);
    pthread_mutex_unlock(&r->lock);
    for (i = 0; i < n && !s && answer_id; i++) {
        if (!copies[i].is_there)
            continue;
        pthread_mutex_lock(&r->lock);
        r->counts.n_found++;
        pthread_mutex_unlock(&r->lock);
        caption_write_known(r, copies[i].video_id, answer_id, copies[i].path);
    }
    return s;
}

#define MAX_COPIES 64

static enum sc_status take_for(struct caption_run *r, const struct asked *asked, enum sc_status status,
                               struct client_answer *reply, const struct sc_error *why, struct sc_error *err)
{
    static const struct sc_changes unknown;
    struct caption_result from = { .content_id = asked->content_id, .request = asked->is_known ? asked->request : NULL };
    struct copy copies[MAX_COPIES] = { 0 };
    struct sc_changes *changes = NULL;
    int i, n = 0;
    enum sc_status s;

    pthread_mutex_lock(&r->lock);
    s = find_copies(r, asked->content_id, copies, MAX_COPIES, &n, err);
    pthread_mutex_unlock(&r->lock);
    if (!s && n && !(s = read_words(asked->words, &from, err)) &&
        !(s = caption_find_evidence(r, asked->content_id, copies[0].path, &changes, err))) {
        from.video_id = copies[0].video_id;
        from.path = copies[0].path;
        from.no_files = !copies[0].is_there;
        from.changes = changes ? changes : &unknown;
        take(r, &from, status, reply, why);
        s = n > 1 ? write_copies(r, asked->content_id, copies + 1, n - 1, err) : SC_OK;
    }
    for (i = 0; i < from.n_subtitles; i++)
        free(from.subtitles[i].text);
    free(from.subtitles);
    for (i = 0; i < n; i++)
        free(copies[i].path);
    sc_changes_free(&changes);
    return s;
}

static enum sc_status on_answer(void *user, const char *id, enum sc_status status, struct client_answer *reply,
                                const struct sc_error *why)
{
    struct caption_run *r = user;
    struct asked asked = { 0 };
    struct sc_error err = { 0 };
    uint8_t content[HASH_SIZE];
    enum sc_status s = SC_OK;

    pthread_mutex_lock(&r->lock);
    if (read_id(id, content))
        s = asked_find(r->catalog, content, r->settings_id, r->batch->made_us, &asked, &err);
    r->batch->n_strange += !s && !asked.content_id;
    pthread_mutex_unlock(&r->lock);
    if (!s && asked.content_id && !asked.is_dealt_with)
        s = take_for(r, &asked, status, reply, why, &err);
    pthread_mutex_lock(&r->lock);
    if (!s && asked.content_id && !r->fatal)
        s = asked_remove(r->catalog, asked.content_id, r->settings_id, &err);
    if (s)
        caption_fatal(r, s, &err);
    s = r->fatal;
    pthread_mutex_unlock(&r->lock);
    free(asked.words);
    return s;
}

/* A file of questions that the service did not take as a whole. */
static void tell_refused(struct caption_run *r)
{
    const struct batch_state *state = batch_get(r->batch->b);
    int i;

    for (i = 0; i < state->n; i++)
        if (!strcmp(state->parts[i].status, "failed"))
            caption_stop(r, "%s did not take the batch: %s", state->service,
                         *state->parts[i].why ? state->parts[i].why : "it says no reason");
}

static void tell_waiting(struct caption_run *r)
{
    const struct batch_state *state = batch_get(r->batch->b);
    int64_t n = 0, completed = 0;
    const char *status = "";
    int i;

    for (i = 0; i < state->n; i++) {
        n += state->parts[i].n_requests;
        completed += state->parts[i].n_completed + state->parts[i].n_failed;
        if (state->parts[i].step == BATCH_RUNNING)
            status = state->parts[i].status;
    }
    if (!r->begins_none)
        snprintf(r->ending, sizeof r->ending, "waiting: %s has dealt with %" PRId64 " of %" PRId64 " questions (%s); "
                 "run again later", state->service, completed, n, status);
}

static enum sc_status end_batch(struct caption_run *r, struct sc_error *err)
{
    int64_t left = 0;
    enum sc_status s;

    tell_refused(r);
    if ((s = asked_count(r->catalog, r->settings_id, &left, err)) ||
        (s = asked_remove_all(r->catalog, r->settings_id, err)) || (s = batch_remove(r->batch->b, err)))
        return s;
    if (r->batch->n_strange)
        say(r, "%d answers are to no question of this catalogue", r->batch->n_strange);
    if (!r->begins_none && left)
        snprintf(r->ending, sizeof r->ending, "stopped: %" PRId64 " questions were not answered; run again to ask them anew",
                 left);
    else if (!r->begins_none)
        snprintf(r->ending, sizeof r->ending, "done: the batch is over; run again for what is new or failed");
    return SC_OK;
}

enum sc_status caption_batch_go_on(struct caption_run *r, struct sc_error *err)
{
    struct batch *b = r->batch->b;
    enum sc_status s;

    r->batch->made_us = batch_get(b)->made_s * 1000000;
    pthread_mutex_lock(&r->lock);
    s = asked_count(r->catalog, r->settings_id, &r->counts.n_found, err);
    pthread_mutex_unlock(&r->lock);
    if (s || (s = batch_submit(b, err)) || (s = batch_poll(b, err)) || (s = batch_fetch(b, on_answer, r, err)))
        return r->fatal ? r->fatal : s;
    pthread_mutex_lock(&r->lock);
    if (batch_is_over(b))
        s = end_batch(r, err);
    else
        tell_waiting(r);
    pthread_mutex_unlock(&r->lock);
    return s;
}
