/* Which files were written beside videos. */
#include "archive/written.h"

#include <stdlib.h>
#include <string.h>

#include "archive/listing.h"

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

enum sc_status written_is_cut_off(struct catalog *c, const char *path, bool *out, struct sc_error *err)
{
    int64_t n = 0;
    enum sc_status s = sql_number(c, 0, &n, err, "SELECT count(*) FROM sidecar WHERE path = ? AND before IS NOT NULL", "t",
                                  catalog_kept_path(c, path));

    *out = n > 0;
    return s;
}

enum sc_status written_is_done(struct catalog *c, const char *path, int64_t answer_id, bool *out, struct sc_error *err)
{
    int64_t n = 0;
    enum sc_status s = sql_number(c, 0, &n, err, "SELECT count(*) FROM sidecar WHERE path = ? AND answer_id = ? AND "
                                                 "before IS NULL", "ti", catalog_kept_path(c, path), answer_id);

    *out = n > 0;
    return s;
}

static enum sc_status read_answer(sqlite3_stmt *q, struct answer_kept *out, struct sc_error *err)
{
    out->content_id = sqlite3_column_int64(q, 0);
    out->text = sql_text(q, 1);
    out->service = sql_text(q, 2);
    out->model = sql_text(q, 3);
    out->prompt_version = sql_text(q, 6);
    out->no_model = sqlite3_column_int(q, 8);
    out->prompt_tokens = sqlite3_column_int64(q, 9);
    out->output_tokens = sqlite3_column_int64(q, 10);
    out->cost_usd = sqlite3_column_double(q, 11);
    out->size_bytes = sqlite3_column_int64(q, 12);
    if (sqlite3_column_bytes(q, 4) == HASH_SIZE && sqlite3_column_bytes(q, 5) == HASH_SIZE) {
        memcpy(out->content, sqlite3_column_blob(q, 4), HASH_SIZE);
        memcpy(out->settings, sqlite3_column_blob(q, 5), HASH_SIZE);
    }
    if ((out->has_request = sqlite3_column_bytes(q, 7) == HASH_SIZE))
        memcpy(out->request, sqlite3_column_blob(q, 7), HASH_SIZE);
    return out->text && out->service && out->model && out->prompt_version ? SC_OK : fail_memory(err);
}

static enum sc_status read_subtitles(struct catalog *c, int64_t answer_id, struct answer_kept *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT start_us, end_us, body FROM passage WHERE answer_id = ? AND kind = ? "
                                            "ORDER BY id", "ii", answer_id, (int64_t)SC_SUBTITLE);

    while (!s && sql_next(c, q, &s, err)) {
        struct sc_passage *p;

        if ((s = list_grow(&out->subtitles, out->n_subtitles, sizeof *out->subtitles, err)))
            break;
        p = &out->subtitles[out->n_subtitles++];
        *p = (struct sc_passage){ SC_SUBTITLE, sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1), sql_text(q, 2) };
        if (!p->text)
            s = fail_memory(err);
    }
    sql_close(q);
    return s;
}

enum sc_status answer_find(struct catalog *c, int64_t answer_id, struct answer_kept *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT a.content_id, a.text, a.service, a.model, k.sha256, s.digest, "
                                            "a.prompt_version, a.request, a.no_model, a.prompt_tokens, a.output_tokens, "
                                            "a.cost_usd, k.size_bytes FROM answer a JOIN content k ON k.id = a.content_id "
                                            "JOIN settings s ON s.id = a.settings_id WHERE a.id = ?", "i", answer_id);

    *out = (struct answer_kept){ 0 };
    if (!s && sql_next(c, q, &s, err))
        s = read_answer(q, out, err);
    else if (!s)
        s = fail(err, SC_ERR_FORMAT, "an answer is gone from '%s'", c->path);
    sql_close(q);
    return s ? s : read_subtitles(c, answer_id, out, err);
}

void answer_kept_dispose(struct answer_kept *a)
{
    int i;

    for (i = 0; i < a->n_subtitles; i++)
        free(a->subtitles[i].text);
    free(a->subtitles);
    free(a->text);
    free(a->service);
    free(a->model);
    free(a->prompt_version);
    *a = (struct answer_kept){ 0 };
}
