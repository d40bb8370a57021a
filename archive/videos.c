/* The rows of files. */
#include "archive/videos.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OF_FILE "device = ? AND inode = ? AND size_bytes = ? AND mtime_ns = ?"

/* A row with the same four numbers whose own file is gone: renamed. */
static enum sc_status follow_rename(struct catalog *c, const char *kept, const struct identity *f, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT id, path FROM video WHERE " OF_FILE, "iiii", f->device, f->inode,
                                f->size_bytes, f->mtime_ns);
    int64_t id = 0;

    while (!s && !id && sql_next(c, q, &s, err)) {
        char *path = catalog_full_path(c, (const char *)sqlite3_column_text(q, 1));

        if (path && access(path, F_OK))
            id = sqlite3_column_int64(q, 0);
        free(path);
    }
    sql_close(q);
    return s || !id ? s : sql_do(c, err, "UPDATE OR REPLACE video SET path = ? WHERE id = ?", "ti", kept, id);
}

static enum sc_status find(struct catalog *c, const char *kept, const struct identity *f, int64_t settings_id,
                           struct video_known *out, struct sc_error *err)
{
    static const char sql[] =
        "SELECT v.id, v.device = ?1 AND v.inode = ?2 AND v.size_bytes = ?3 AND v.mtime_ns = ?4, v.content_id,"
        "    (SELECT id FROM answer a WHERE a.content_id = v.content_id AND a.settings_id = ?5), f.tries, f.class "
        "FROM video v LEFT JOIN failure f ON f.video_id = v.id AND f.settings_id = ?5 WHERE v.path = ?6";
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, sql, "iiiiit", f->device, f->inode, f->size_bytes, f->mtime_ns, settings_id,
                                kept);

    *out = (struct video_known){ 0 };
    if (!s && sql_next(c, q, &s, err)) {
        out->video_id = sqlite3_column_int64(q, 0);
        if (sqlite3_column_int(q, 1)) {
            out->content_id = sqlite3_column_int64(q, 2);
            out->answer_id = sqlite3_column_int64(q, 3);
            out->has_failed = sqlite3_column_type(q, 4) != SQLITE_NULL;
            out->tries = sqlite3_column_int(q, 4);
            out->failure = (enum sc_failure_class)sqlite3_column_int(q, 5);
        }
    }
    sql_close(q);
    return s;
}

enum sc_status video_known(struct catalog *c, const char *path, const struct identity *file, int64_t settings_id,
                           struct video_known *out, struct sc_error *err)
{
    const char *kept = catalog_kept_path(c, path);
    enum sc_status s = find(c, kept, file, settings_id, out, err);

    if (s || out->video_id || (s = follow_rename(c, kept, file, err)))
        return s;
    return find(c, kept, file, settings_id, out, err);
}

/* The number of the content, which is new if nobody has it. */
static enum sc_status add_content(struct catalog *c, const struct identity *f, int64_t *out, struct sc_error *err)
{
    enum sc_status s = sql_do(c, err, "INSERT INTO content (size_bytes, sampled, sha256) VALUES (?, ?, ?) "
                                      "ON CONFLICT DO NOTHING", "ibb", f->size_bytes, f->sampled, HASH_SIZE, f->sha256,
                              HASH_SIZE);

    return s ? s : sql_number(c, 0, out, err, "SELECT id FROM content WHERE sha256 = ?", "b", f->sha256, HASH_SIZE);
}

/* A row of that content whose file is gone: moved to another disk, or restored from elsewhere. */
static enum sc_status follow_move(struct catalog *c, const char *kept, int64_t content_id, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT id, path FROM video WHERE content_id = ? LIMIT 100", "i", content_id);
    int64_t id = 0;

    while (!s && !id && sql_next(c, q, &s, err)) {
        char *path = catalog_full_path(c, (const char *)sqlite3_column_text(q, 1));

        if (path && access(path, F_OK))
            id = sqlite3_column_int64(q, 0);
        free(path);
    }
    sql_close(q);
    return s || !id ? s : sql_do(c, err, "UPDATE OR IGNORE video SET path = ? WHERE id = ?", "ti", kept, id);
}

enum sc_status video_refresh(struct catalog *c, int64_t video_id, struct sc_error *err)
{
    return sql_do(c, err, VIDEO_REFRESH "id = ?", "i", video_id);
}

/* Make the row say what is true of the file; content_id 0: not read. */
static enum sc_status put(struct catalog *c, const char *kept, const struct identity *f, int64_t content_id,
                          int64_t *id_out, struct sc_error *err)
{
    int64_t before = 0;
    enum sc_status s;

    if ((s = sql_do(c, err, "INSERT INTO video (path, device, inode, size_bytes, mtime_ns) VALUES (?, ?, ?, ?, ?) "
                            "ON CONFLICT (path) DO UPDATE SET device = excluded.device, inode = excluded.inode, "
                            "size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns",
                    "tiiii", kept, f->device, f->inode, f->size_bytes, f->mtime_ns)) ||
        (s = sql_number(c, 0, id_out, err, "SELECT id FROM video WHERE path = ?", "t", kept)) ||
        (s = sql_number(c, 0, &before, err, "SELECT content_id FROM video WHERE id = ?", "i", *id_out)))
        return s;
    if (before == content_id)
        return SC_OK;
    if ((s = sql_do(c, err, "UPDATE video SET content_id = nullif(?, 0), cost_usd = 0 WHERE id = ?", "ii", content_id,
                    *id_out)) ||
        (s = video_refresh(c, *id_out, err)))
        return s;
    return before ? sql_do(c, err, "DELETE FROM failure WHERE video_id = ?", "i", *id_out) : SC_OK;
}

enum sc_status video_add(struct catalog *c, const char *path, const struct identity *file, int64_t *video_id_out,
                         int64_t *content_id_out, struct sc_error *err)
{
    const char *kept = catalog_kept_path(c, path);
    int64_t there = 0;
    enum sc_status s;

    if ((s = sql_begin(c, err)))
        return s;
    if (!(s = add_content(c, file, content_id_out, err)) &&
        !(s = sql_number(c, 0, &there, err, "SELECT id FROM video WHERE path = ?", "t", kept)) &&
        (there || !(s = follow_move(c, kept, *content_id_out, err))))
        s = put(c, kept, file, *content_id_out, video_id_out, err);
    return sql_end(c, s, err);
}

enum sc_status video_add_unread(struct catalog *c, const char *path, const struct identity *file, int64_t *video_id_out,
                                struct sc_error *err)
{
    enum sc_status s = sql_begin(c, err);

    return s ? s : sql_end(c, put(c, catalog_kept_path(c, path), file, 0, video_id_out, err), err);
}

enum sc_status video_failed(struct catalog *c, int64_t video_id, int64_t settings_id, enum sc_failure_class why,
                            const char *reason, struct sc_error *err)
{
    const int64_t counts = why != SC_TRANSIENT && why != SC_BUDGET;
    enum sc_status s = sql_begin(c, err);

    if (s)
        return s;
    if (!(s = sql_do(c, err, "INSERT INTO failure (video_id, settings_id, class, reason, tries, failed_at_us) "
                             "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET class = excluded.class, "
                             "reason = excluded.reason, tries = tries + excluded.tries, "
                             "failed_at_us = excluded.failed_at_us",
                     "iiitii", video_id, settings_id, (int64_t)why, reason, counts, catalog_now_us())) &&
        !(s = sql_do(c, err, "UPDATE video SET state = 3 WHERE id = ?", "i", video_id)))
        s = sql_do(c, err, "DELETE FROM work WHERE video_id = ? AND settings_id = ?", "ii", video_id, settings_id);
    return sql_end(c, s, err);
}

enum sc_status video_succeeded(struct catalog *c, int64_t video_id, int64_t settings_id, struct sc_error *err)
{
    enum sc_status s = sql_begin(c, err);

    if (s)
        return s;
    if (!(s = sql_do(c, err, "DELETE FROM failure WHERE video_id = ? AND settings_id = ?", "ii", video_id, settings_id)))
        s = video_refresh(c, video_id, err);
    return sql_end(c, s, err);
}

enum sc_status look_keep(struct catalog *c, int64_t content_id, int64_t settings_id, const struct buffer *evidence,
                         int64_t duration_us, int n_events, struct sc_error *err)
{
    enum sc_status s = sql_begin(c, err);

    if (s)
        return s;
    if (!(s = sql_do(c, err, "INSERT INTO look (content_id, settings_id, evidence, duration_us, n_events) "
                             "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET evidence = excluded.evidence, "
                             "duration_us = excluded.duration_us, n_events = excluded.n_events",
                     "iibii", content_id, settings_id, evidence->data, (int)evidence->size, duration_us,
                     (int64_t)n_events)))
        s = sql_do(c, err, "UPDATE video SET state = max(state, 1), duration_us = ?, n_events = ? WHERE content_id = ?",
                   "iii", duration_us, (int64_t)n_events, content_id);
    return sql_end(c, s, err);
}

enum sc_status look_find(struct catalog *c, int64_t content_id, int64_t settings_id, struct buffer *out,
                         struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT evidence FROM look WHERE content_id = ?1 AND "
                                            "(?2 = 0 OR settings_id = ?2) ORDER BY id DESC LIMIT 1", "ii", content_id,
                                settings_id);

    if (!s && sql_next(c, q, &s, err))
        s = buffer_add(out, sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0), err);
    sql_close(q);
    return s;
}

enum sc_status look_newest(struct catalog *c, int64_t content_id, struct buffer *out, uint8_t settings_out[HASH_SIZE],
                           struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT l.evidence, s.digest FROM look l JOIN settings s ON s.id = l.settings_id "
                                            "WHERE l.content_id = ? ORDER BY l.id DESC LIMIT 1", "i", content_id);

    if (!s && sql_next(c, q, &s, err) && sqlite3_column_bytes(q, 1) == HASH_SIZE) {
        memcpy(settings_out, sqlite3_column_blob(q, 1), HASH_SIZE);
        s = buffer_add(out, sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0), err);
    }
    sql_close(q);
    return s;
}
