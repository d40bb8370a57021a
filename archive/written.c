/* Which files were written beside videos. */
#include "archive/written.h"

#include <string.h>

enum sc_status written_is_ours(struct catalog *c, const char *path, const uint8_t *content, bool *out,
                               struct sc_error *err)
{
    int64_t n = 0;
    enum sc_status s;

    *out = !content;
    if (!content)
        return SC_OK;
    s = sql_number(c, 0, &n, err, "SELECT count(*) FROM sidecar WHERE path = ?1 AND (sha256 = ?2 OR before = ?2)", "tb",
                   catalog_kept_path(c, path), content, HASH_SIZE);
    *out = n > 0;
    return s;
}

enum sc_status written_begin(struct catalog *c, const char *path, int64_t video_id, int64_t answer_id,
                             const char *format, const uint8_t content[HASH_SIZE], const uint8_t *before,
                             struct sc_error *err)
{
    static const uint8_t nothing[1];

    return sql_do(c, err, "INSERT INTO sidecar (path, video_id, answer_id, format, sha256, before) VALUES (?, ?, ?, ?, ?, ?)"
                          " ON CONFLICT (path) DO UPDATE SET video_id = excluded.video_id, "
                          "answer_id = excluded.answer_id, format = excluded.format, sha256 = excluded.sha256, "
                          "before = excluded.before", "tiitbb", catalog_kept_path(c, path), video_id, answer_id, format,
                  content, HASH_SIZE, before ? before : nothing, before ? HASH_SIZE : 1);
}

enum sc_status written_end(struct catalog *c, const char *path, struct sc_error *err)
{
    return sql_do(c, err, "UPDATE sidecar SET before = NULL WHERE path = ?", "t", catalog_kept_path(c, path));
}

enum sc_status written_is_done(struct catalog *c, const char *path, int64_t answer_id, bool *out, struct sc_error *err)
{
    int64_t n = 0;
    enum sc_status s = sql_number(c, 0, &n, err, "SELECT count(*) FROM sidecar WHERE path = ? AND answer_id = ? AND "
                                                 "before IS NULL", "ti", catalog_kept_path(c, path), answer_id);

    *out = n > 0;
    return s;
}

enum sc_status answer_find(struct catalog *c, int64_t answer_id, struct answer_kept *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT a.content_id, a.text, a.service, a.model, k.sha256, s.digest FROM answer "
                                            "a JOIN content k ON k.id = a.content_id JOIN settings s ON s.id = "
                                            "a.settings_id WHERE a.id = ?", "i", answer_id);

    *out = (struct answer_kept){ 0 };
    if (!s && sql_next(c, q, &s, err)) {
        out->content_id = sqlite3_column_int64(q, 0);
        out->text = sql_text(q, 1);
        out->service = sql_text(q, 2);
        out->model = sql_text(q, 3);
        if (sqlite3_column_bytes(q, 4) == HASH_SIZE && sqlite3_column_bytes(q, 5) == HASH_SIZE) {
            memcpy(out->content, sqlite3_column_blob(q, 4), HASH_SIZE);
            memcpy(out->settings, sqlite3_column_blob(q, 5), HASH_SIZE);
        }
        if (!out->text || !out->service || !out->model)
            s = fail_memory(err);
    } else if (!s) {
        s = fail(err, SC_ERR_FORMAT, "an answer is gone from '%s'", c->path);
    }
    sql_close(q);
    return s;
}
