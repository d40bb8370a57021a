/* Lists of videos, failures and runs. */
#include "archive/listing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/runs.h"

#define VIDEO_COLUMNS "v.id, v.path, v.state, v.title, v.duration_us, v.n_events, v.cost_usd, v.size_bytes, v.mtime_ns, " \
                      "v.done_at_us"

/* ---- filters ---- */

/* "At or below": paths are sorted by bytes, and '0' is the one after '/'. */
static enum sc_status add_place(const struct catalog *c, const char *in, struct buffer *sql, struct sc_error *err)
{
    const size_t n = strlen(in), n_root = strlen(c->root);
    const bool holds_root = n_root > n && !strncmp(c->root, in, n) && (c->root[n] == '/' || (n == 1 && *in == '/'));

    return buffer_print(sql, err, " AND (v.path = ?1 OR (v.path >= ?2 AND v.path < ?3)%s)",
                        holds_root ? " OR v.path < '/' OR v.path >= '0'" : "");
}

enum sc_status filter_add(const struct catalog *c, const struct sc_video_filter *f, struct buffer *sql,
                          struct sc_error *err)
{
    enum sc_status s = buffer_text(sql, " WHERE true", err);

    if (!s && f->in)
        s = add_place(c, f->in, sql, err);
    if (!s && f->text && *f->text)
        s = buffer_text(sql, " AND (v.path LIKE ?4 ESCAPE '\\' OR v.title LIKE ?4 ESCAPE '\\')", err);
    if (!s && f->tag)
        s = buffer_text(sql, " AND v.content_id IN (SELECT content_id FROM passage WHERE kind = 2 AND "
                             "body = ?5 COLLATE NOCASE)", err);
    if (!s && f->after_us)
        s = buffer_text(sql, " AND v.mtime_ns >= ?6", err);
    if (!s && f->has_state)
        s = buffer_text(sql, " AND v.state = ?7", err);
    return s;
}

/* %text%, with what LIKE understands escaped. */
static enum sc_status add_pattern(struct buffer *out, const char *text, struct sc_error *err)
{
    enum sc_status s = buffer_text(out, "%", err);

    for (; *text && !s; text++)
        s = strchr("%_\\", *text) ? buffer_print(out, err, "\\%c", *text) : buffer_add(out, text, 1, err);
    return s ? s : buffer_text(out, "%", err);
}

/* The kept path without a slash at its end, and with the two that bound what is below. */
static enum sc_status add_bounds(const struct catalog *c, const char *in, struct buffer b[3], struct sc_error *err)
{
    const char *kept = catalog_kept_path(c, in);
    size_t n = strlen(kept);
    enum sc_status s;

    while (n > 0 && kept[n - 1] == '/')
        n--;
    if ((s = buffer_print(&b[0], err, "%.*s", (int)n, kept)) || (s = buffer_print(&b[1], err, "%.*s/", (int)n, kept)))
        return s;
    return buffer_print(&b[2], err, "%.*s0", (int)n, kept);
}

static const char *text_of(const struct buffer *b) { return b->data ? (const char *)b->data : ""; }

/* Values are bound as copies, because what they are made from does not outlive the call. */
static enum sc_status bind_values(struct catalog *c, sqlite3_stmt *q, const struct sc_video_filter *f, int64_t v8,
                                  int64_t v9, const char *v10, struct sc_error *err)
{
    struct buffer b[3] = { { 0 }, { 0 }, { 0 } }, like = { 0 };
    enum sc_status s = f->in ? add_bounds(c, f->in, b, err) : SC_OK;
    int i, code = SQLITE_OK;

    if (!s && f->text)
        s = add_pattern(&like, f->text, err);
    for (i = 0; i < 3 && !s && code == SQLITE_OK; i++)
        code = sqlite3_bind_text(q, i + 1, text_of(&b[i]), -1, SQLITE_TRANSIENT);
    if (!s && code == SQLITE_OK &&
        (code = sqlite3_bind_text(q, 4, text_of(&like), -1, SQLITE_TRANSIENT)) == SQLITE_OK &&
        (code = sqlite3_bind_text(q, 5, f->tag, -1, SQLITE_TRANSIENT)) == SQLITE_OK &&
        (code = sqlite3_bind_int64(q, 6, f->after_us * 1000)) == SQLITE_OK &&
        (code = sqlite3_bind_int64(q, 7, f->state)) == SQLITE_OK &&
        (code = sqlite3_bind_int64(q, 8, v8)) == SQLITE_OK && (code = sqlite3_bind_int64(q, 9, v9)) == SQLITE_OK && v10)
        code = sqlite3_bind_text(q, 10, v10, -1, SQLITE_TRANSIENT);
    for (i = 0; i < 3; i++)
        buffer_dispose(&b[i]);
    buffer_dispose(&like);
    return s ? s : code == SQLITE_OK ? SC_OK : sql_failed(c, code, err);
}

enum sc_status filter_open(struct catalog *c, const char *select, const struct sc_video_filter *filter,
                           const char *rest, int64_t v8, int64_t v9, const char *v10, sqlite3_stmt **out,
                           struct sc_error *err)
{
    static const struct sc_video_filter all;
    struct buffer sql = { 0 };
    enum sc_status s;

    *out = NULL;
    filter = filter ? filter : &all;
    if (!(s = buffer_text(&sql, select, err)) && !(s = filter_add(c, filter, &sql, err)) &&
        !(s = buffer_text(&sql, rest, err)) && !(s = sql_open(c, out, err, (const char *)sql.data, "")))
        s = bind_values(c, *out, filter, v8, v9, v10, err);
    buffer_dispose(&sql);
    return s;
}

/* ---- rows ---- */

enum sc_status list_grow(void *rows, int n, size_t size, struct sc_error *err)
{
    char **array = rows;
    char *more;

    if (n & (n - 1)) {           /* room for the next power of two is there */
        memset(*array + (size_t)n * size, 0, size);
        return SC_OK;
    }
    more = realloc(*array, (n ? 2 * (size_t)n : 1) * size);
    if (!more)
        return fail_memory(err);
    *array = more;
    memset(more + (size_t)n * size, 0, size);
    return SC_OK;
}

static enum sc_status read_video(const struct catalog *c, sqlite3_stmt *q, struct sc_video *v, struct sc_error *err)
{
    const char *path = (const char *)sqlite3_column_text(q, 1);
    const int64_t state = sqlite3_column_int64(q, 2);

    v->id = sqlite3_column_int64(q, 0);
    v->path = catalog_full_path(c, path ? path : "");
    v->state = state >= 0 && state < SC_N_VIDEO_STATES ? (enum sc_video_state)state : SC_VIDEO_NEW;
    v->title = sql_text(q, 3);
    v->duration_us = sqlite3_column_int64(q, 4);
    v->n_events = sqlite3_column_int(q, 5);
    v->cost_usd = sqlite3_column_double(q, 6);
    v->size_bytes = sqlite3_column_int64(q, 7);
    v->mtime_us = sqlite3_column_int64(q, 8) / 1000;
    v->done_us = sqlite3_column_int64(q, 9);
    return v->path && v->title ? SC_OK : fail_memory(err);
}

enum sc_status list_videos(struct catalog *c, const struct sc_video_filter *filter, enum sc_video_order order,
                           bool descending, int64_t first, int max, struct sc_videos *out, struct sc_error *err)
{
    static const char *const orders[SC_N_ORDERS][2] = {
        { " ORDER BY v.path LIMIT ?8 OFFSET ?9", " ORDER BY v.path DESC LIMIT ?8 OFFSET ?9" },
#define BOTH(column) { " ORDER BY " column ", v.path LIMIT ?8 OFFSET ?9", \
                       " ORDER BY " column " DESC, v.path DESC LIMIT ?8 OFFSET ?9" }
        BOTH("v.title"), BOTH("v.duration_us"), BOTH("v.n_events"), BOTH("v.state"), BOTH("v.cost_usd"),
        BOTH("v.mtime_ns"),
#undef BOTH
    };
    sqlite3_stmt *q = NULL;
    enum sc_status s;

    *out = (struct sc_videos){ 0 };
    if ((unsigned)order >= SC_N_ORDERS)
        return fail(err, SC_ERR_INVALID, "there is no such order of videos");
    s = filter_open(c, "SELECT " VIDEO_COLUMNS " FROM video v", filter, orders[order][descending], max, first, NULL, &q,
                    err);
    while (!s && sql_next(c, q, &s, err))
        if (!(s = list_grow(&out->rows, out->n, sizeof *out->rows, err)))
            s = read_video(c, q, &out->rows[out->n++], err);
    sql_close(q);
    if (s)
        sc_videos_dispose(out);
    return s;
}

enum sc_status list_count(struct catalog *c, const struct sc_video_filter *filter, int64_t *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = filter_open(c, "SELECT count(*) FROM video v", filter, " LIMIT ?8 OFFSET ?9", 1, 0, NULL, &q, err);

    *out = 0;
    if (!s && sql_next(c, q, &s, err))
        *out = sqlite3_column_int64(q, 0);
    sql_close(q);
    return s;
}

enum sc_status list_failures(struct catalog *c, int64_t first, int max, struct sc_failures *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT f.video_id, v.path, f.reason, f.class, f.tries, f.failed_at_us "
                                            "FROM failure f JOIN video v ON v.id = f.video_id "
                                            "ORDER BY f.failed_at_us DESC, f.video_id LIMIT ? OFFSET ?", "ii",
                                (int64_t)max, first);

    *out = (struct sc_failures){ 0 };
    while (!s && sql_next(c, q, &s, err)) {
        struct sc_failure *f;

        if ((s = list_grow(&out->rows, out->n, sizeof *out->rows, err)))
            break;
        f = &out->rows[out->n++];
        f->video_id = sqlite3_column_int64(q, 0);
        f->path = catalog_full_path(c, (const char *)sqlite3_column_text(q, 1));
        f->reason = sql_text(q, 2);
        f->which = (enum sc_failure_class)sqlite3_column_int(q, 3);
        f->tries = sqlite3_column_int(q, 4);
        f->failed_us = sqlite3_column_int64(q, 5);
        if (!f->path || !f->reason)
            s = fail_memory(err);
    }
    sql_close(q);
    if (s)
        sc_failures_dispose(out);
    return s;
}

static enum sc_status read_run(const struct catalog *c, sqlite3_stmt *q, struct sc_run *r, struct sc_error *err)
{
    const char *ending = (const char *)sqlite3_column_text(q, 3);

    r->id = sqlite3_column_int64(q, 0);
    r->started_us = sqlite3_column_int64(q, 1);
    r->ended_us = sqlite3_column_int64(q, 2);
    r->is_alive = !r->ended_us && run_is_alive(c, r->id);
    r->ending = strdup(!r->ended_us && !r->is_alive ? "killed" : ending ? ending : "");
    r->n_found = sqlite3_column_int64(q, 4);
    r->n_unchanged = sqlite3_column_int64(q, 5);
    r->n_done = sqlite3_column_int64(q, 6);
    r->n_failed = sqlite3_column_int64(q, 7);
    r->n_pictures = sqlite3_column_int64(q, 8);
    r->prompt_tokens = sqlite3_column_int64(q, 9);
    r->output_tokens = sqlite3_column_int64(q, 10);
    r->cost_usd = sqlite3_column_double(q, 11);
    return r->ending ? SC_OK : fail_memory(err);
}

enum sc_status list_runs(struct catalog *c, int max, struct sc_runs *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT id, started_at_us, ended_at_us, ending, n_found, n_unchanged, n_done, "
                                            "n_failed, n_pictures, prompt_tokens, output_tokens, cost_usd FROM run "
                                            "ORDER BY id DESC LIMIT ?", "i", (int64_t)max);

    *out = (struct sc_runs){ 0 };
    while (!s && sql_next(c, q, &s, err))
        if (!(s = list_grow(&out->rows, out->n, sizeof *out->rows, err)))
            s = read_run(c, q, &out->rows[out->n++], err);
    sql_close(q);
    if (s)
        sc_runs_dispose(out);
    return s;
}

enum sc_status list_status(struct catalog *c, struct sc_archive_status *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    struct stat st;
    enum sc_status s = sql_open(c, &q, err, "SELECT state, count(*) FROM video GROUP BY state", "");

    *out = (struct sc_archive_status){ 0 };
    while (!s && sql_next(c, q, &s, err)) {
        const int64_t state = sqlite3_column_int64(q, 0), n = sqlite3_column_int64(q, 1);

        out->n_videos += n;
        if (state >= 0 && state < SC_N_VIDEO_STATES)
            out->n_in_state[state] = n;
    }
    sql_close(q);
    q = NULL;
    if (!s)
        s = sql_open(c, &q, err, "SELECT count(*), sum(max(prompt_tokens, 0)), sum(max(output_tokens, 0)), "
                                 "sum(max(cost_usd, 0)) FROM answer", "");
    if (!s && sql_next(c, q, &s, err)) {
        out->n_answers = sqlite3_column_int64(q, 0);
        out->prompt_tokens = sqlite3_column_int64(q, 1);
        out->output_tokens = sqlite3_column_int64(q, 2);
        out->cost_usd = sqlite3_column_double(q, 3);
    }
    sql_close(q);
    if (s || (s = sql_number(c, 0, &out->n_contents, err, "SELECT count(*) FROM content", "")) ||
        (s = sql_number(c, 0, &out->n_failures, err, "SELECT count(*) FROM failure", "")))
        return s;
    out->file_bytes = stat(c->path, &st) ? 0 : (int64_t)st.st_size;
    return SC_OK;
}

/* ---- one video ---- */

static enum sc_status add_passages(struct catalog *c, int64_t content_id, struct sc_kept *k, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT kind, start_us, end_us, body FROM passage WHERE answer_id = (SELECT "
                                            "id FROM answer WHERE content_id = ? AND kind = 0 ORDER BY asked_at_us DESC "
                                            "LIMIT 1) ORDER BY start_us >= 0, start_us, id", "i", content_id);

    while (!s && sql_next(c, q, &s, err)) {
        struct sc_passage *p;

        if ((s = list_grow(&k->passages, k->n_passages, sizeof *k->passages, err)))
            break;
        p = &k->passages[k->n_passages++];
        p->kind = (enum sc_passage_kind)sqlite3_column_int(q, 0);
        p->start_us = sqlite3_column_int64(q, 1);
        p->end_us = sqlite3_column_int64(q, 2);
        if (!(p->text = sql_text(q, 3)))
            s = fail_memory(err);
    }
    sql_close(q);
    return s;
}

static enum sc_status add_answers(struct catalog *c, int64_t content_id, struct sc_kept *k, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT id, kind, question, text, service, model, asked_at_us, prompt_tokens, "
                                            "output_tokens, cost_usd, no_model FROM answer WHERE content_id = ? "
                                            "ORDER BY asked_at_us DESC, id DESC LIMIT 1000", "i", content_id);

    while (!s && sql_next(c, q, &s, err)) {
        struct sc_kept_answer *a;

        if ((s = list_grow(&k->answers, k->n_answers, sizeof *k->answers, err)))
            break;
        a = &k->answers[k->n_answers++];
        a->id = sqlite3_column_int64(q, 0);
        a->kind = sqlite3_column_int(q, 1) ? SC_ANSWER_QUESTION : SC_ANSWER_CAPTION;
        a->question = sql_text(q, 2);
        a->text = sql_text(q, 3);
        a->service = sql_text(q, 4);
        a->model = sql_text(q, 5);
        a->asked_us = sqlite3_column_int64(q, 6);
        a->prompt_tokens = sqlite3_column_int64(q, 7);
        a->output_tokens = sqlite3_column_int64(q, 8);
        a->cost_usd = sqlite3_column_double(q, 9);
        a->no_model = sqlite3_column_int(q, 10);
        if (!a->question || !a->text || !a->service || !a->model)
            s = fail_memory(err);
    }
    sql_close(q);
    return s;
}

static enum sc_status add_sidecars(struct catalog *c, int64_t id, struct sc_kept *k, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT path FROM sidecar WHERE video_id = ? ORDER BY path LIMIT 100", "i", id);

    while (!s && sql_next(c, q, &s, err))
        if (!(s = list_grow(&k->sidecars, k->n_sidecars, sizeof *k->sidecars, err)) &&
            !(k->sidecars[k->n_sidecars++] = catalog_full_path(c, (const char *)sqlite3_column_text(q, 0))))
            s = fail_memory(err);
    sql_close(q);
    return s;
}

static enum sc_status read_one(struct catalog *c, int64_t id, struct sc_kept *k, int64_t *content_id,
                               struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT " VIDEO_COLUMNS ", v.content_id FROM video v WHERE v.id = ?", "i", id);

    if (!s && sql_next(c, q, &s, err)) {
        *content_id = sqlite3_column_int64(q, 10);
        s = read_video(c, q, &k->video, err);
    } else if (!s) {
        s = fail(err, SC_ERR_INVALID, "the catalogue has no video of number %lld", (long long)id);
    }
    sql_close(q);
    return s;
}

enum sc_status list_one(struct catalog *c, int64_t id, struct sc_kept **out, struct buffer *evidence,
                        struct sc_error *err)
{
    struct sc_kept *k = calloc(1, sizeof *k);
    int64_t content_id = 0;
    sqlite3_stmt *q = NULL;
    enum sc_status s;

    *out = NULL;
    if (!k)
        return fail_memory(err);
    if (!(s = read_one(c, id, k, &content_id, err)) && !(s = add_passages(c, content_id, k, err)) &&
        !(s = add_answers(c, content_id, k, err)) && !(s = add_sidecars(c, id, k, err)))
        s = sql_open(c, &q, err, "SELECT evidence FROM look WHERE content_id = ? ORDER BY id DESC LIMIT 1", "i", content_id);
    if (!s && sql_next(c, q, &s, err))
        s = buffer_add(evidence, sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0), err);
    sql_close(q);
    if (s)
        sc_kept_free(&k);
    *out = k;
    return s;
}
