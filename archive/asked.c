/* What is asked in a batch. */
#include "archive/asked.h"

#include <string.h>

enum sc_status asked_add(struct catalog *c, int64_t content_id, int64_t settings_id, const uint8_t request[HASH_SIZE],
                         const char *words, struct sc_error *err)
{
    return sql_do(c, err, "INSERT OR REPLACE INTO asked (content_id, settings_id, request, words, asked_at_us) "
                          "VALUES (?, ?, ?, ?, ?)", "iibti", content_id, settings_id, request, HASH_SIZE, words,
                  catalog_now_us());
}

static enum sc_status read_row(struct catalog *c, int64_t settings_id, struct asked *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT request, words FROM asked WHERE content_id = ? AND settings_id = ?",
                                "ii", out->content_id, settings_id);

    if (!s && sql_next(c, q, &s, err)) {
        out->is_known = sqlite3_column_bytes(q, 0) == HASH_SIZE;
        if (out->is_known)
            memcpy(out->request, sqlite3_column_blob(q, 0), HASH_SIZE);
        if (!(out->words = sql_text(q, 1)))
            s = fail_memory(err);
    }
    sql_close(q);
    return s;
}

enum sc_status asked_find(struct catalog *c, const uint8_t sha256[HASH_SIZE], int64_t settings_id, int64_t since_us,
                          struct asked *out, struct sc_error *err)
{
    int64_t n = 0;
    enum sc_status s;

    *out = (struct asked){ 0 };
    if ((s = sql_number(c, 0, &out->content_id, err, "SELECT id FROM content WHERE sha256 = ?", "b", sha256, HASH_SIZE)) ||
        !out->content_id)
        return s;
    if ((s = read_row(c, settings_id, out, err)) || out->is_known)
        return s;
    s = sql_number(c, 0, &n, err, "SELECT EXISTS (SELECT 1 FROM answer WHERE content_id = ?1 AND settings_id = ?2 AND "
                                  "asked_at_us >= ?3) OR EXISTS (SELECT 1 FROM failure f JOIN video v ON v.id = f.video_id "
                                  "WHERE v.content_id = ?1 AND f.settings_id = ?2 AND f.failed_at_us >= ?3)", "iii",
                   out->content_id, settings_id, since_us);
    out->is_dealt_with = n != 0;
    return s;
}

enum sc_status asked_remove(struct catalog *c, int64_t content_id, int64_t settings_id, struct sc_error *err)
{
    return sql_do(c, err, "DELETE FROM asked WHERE content_id = ? AND settings_id = ?", "ii", content_id, settings_id);
}

enum sc_status asked_count(struct catalog *c, int64_t settings_id, int64_t *out, struct sc_error *err)
{
    return sql_number(c, 0, out, err, "SELECT count(*) FROM asked WHERE settings_id = ?", "i", settings_id);
}

enum sc_status asked_remove_all(struct catalog *c, int64_t settings_id, struct sc_error *err)
{
    return sql_do(c, err, "DELETE FROM asked WHERE settings_id = ?", "i", settings_id);
}
