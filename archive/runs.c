/* Runs, and what each is at. */
#include "archive/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/place.h"

/* Beside the file and not in it: SQLite's own locks would go when any descriptor of the file is closed. */
static int open_locks(const struct catalog *c)
{
    char *path = NULL;
    int fd;

    if (asprintf(&path, "%s-runs", c->path) < 0)
        return -1;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    free(path);
    return fd;
}

/* On a remote file system one program has the catalogue to itself, and locks may not work. */
static bool hold(struct catalog *c, int64_t run_id)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run_id, .l_len = 1 };

    return c->lock_fd >= 0 && !fcntl(c->lock_fd, F_OFD_SETLK, &lock);
}

bool run_is_alive(const struct catalog *c, int64_t run_id)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run_id, .l_len = 1 };
    const int fd = open_locks(c);
    bool alive;

    if (fd < 0)
        return false;
    alive = !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
    close(fd);
    return alive;
}

/* Void what dead runs left. */
static enum sc_status clean_up(struct catalog *c, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    int64_t dead[64];
    int n = 0;
    enum sc_status s = sql_open(c, &q, err, "SELECT DISTINCT run_id FROM work LIMIT 64", "");

    while (!s && sql_next(c, q, &s, err))
        if (!run_is_alive(c, sqlite3_column_int64(q, 0)))
            dead[n++] = sqlite3_column_int64(q, 0);
    sql_close(q);
    while (!s && n > 0)
        s = sql_do(c, err, "DELETE FROM work WHERE run_id = ?", "i", dead[--n]);
    return s;
}

enum sc_status run_begin(struct catalog *c, int64_t settings_id, int64_t *id_out, struct sc_error *err)
{
    char host[256] = "";
    enum sc_status s;

    gethostname(host, sizeof host - 1);
    if ((s = sql_begin(c, err)))
        return s;
    if (!(s = clean_up(c, err)))
        s = sql_do(c, err, "INSERT INTO run (settings_id, host, pid, started_at_us) VALUES (?, ?, ?, ?)", "itii",
                   settings_id, host, (int64_t)getpid(), catalog_now_us());
    *id_out = sqlite3_last_insert_rowid(c->db);
    if (!s && !place_is_remote(c->path) && c->lock_fd < 0 && (c->lock_fd = open_locks(c)) < 0)
        s = fail_errno(err, errno, "can't write beside '%s'", c->path);
    if (!s && c->lock_fd >= 0 && !hold(c, *id_out))
        s = fail_errno(err, errno, "can't lock '%s-runs'", c->path);
    return sql_end(c, s, err);
}

enum sc_status run_update(struct catalog *c, const struct sc_run *r, struct sc_error *err)
{
    return sql_do(c, err, "UPDATE run SET n_found = ?, n_unchanged = ?, n_done = ?, n_failed = ?, n_pictures = ?, "
                          "prompt_tokens = ?, output_tokens = ?, cost_usd = ? WHERE id = ?", "iiiiiiidi", r->n_found,
                  r->n_unchanged, r->n_done, r->n_failed, r->n_pictures, r->prompt_tokens, r->output_tokens, r->cost_usd,
                  r->id);
}

enum sc_status run_end(struct catalog *c, const struct sc_run *r, const char *ending, struct sc_error *err)
{
    enum sc_status s = sql_begin(c, err);

    if (s)
        return s;
    if (!(s = run_update(c, r, err)) && !(s = sql_do(c, err, "DELETE FROM work WHERE run_id = ?", "i", r->id)))
        s = sql_do(c, err, "UPDATE run SET ended_at_us = ?, ending = ? WHERE id = ?", "iti", catalog_now_us(), ending,
                   r->id);
    return sql_end(c, s, err);
}

static enum sc_status claim(struct catalog *c, int64_t run_id, int64_t content_id, int64_t settings_id,
                            int64_t video_id, int64_t newer_than_us, enum claim *out, int64_t *answer_id_out,
                            struct sc_error *err)
{
    int64_t other = 0;
    enum sc_status s;

    if ((s = sql_number(c, 0, answer_id_out, err, "SELECT id FROM answer WHERE content_id = ? AND settings_id = ? AND "
                                                  "asked_at_us >= ?", "iii", content_id, settings_id, newer_than_us)) ||
        (s = sql_number(c, 0, &other, err, "SELECT run_id FROM work WHERE content_id = ? AND settings_id = ?", "ii",
                        content_id, settings_id)))
        return s;
    *out = *answer_id_out ? CLAIM_DONE : other && (other == run_id || run_is_alive(c, other)) ? CLAIM_BUSY : CLAIM_MINE;
    if (*out != CLAIM_MINE)
        return SC_OK;
    return sql_do(c, err, "INSERT OR REPLACE INTO work (content_id, settings_id, video_id, run_id) VALUES (?, ?, ?, ?)",
                  "iiii", content_id, settings_id, video_id, run_id);
}

enum sc_status work_claim(struct catalog *c, int64_t run_id, int64_t content_id, int64_t settings_id, int64_t video_id,
                          int64_t newer_than_us, enum claim *out, int64_t *answer_id_out, struct sc_error *err)
{
    enum sc_status s = sql_begin(c, err);

    return s ? s : sql_end(c, claim(c, run_id, content_id, settings_id, video_id, newer_than_us, out, answer_id_out, err),
                           err);
}

enum sc_status work_ready(struct catalog *c, int64_t content_id, int64_t settings_id, struct sc_error *err)
{
    return sql_do(c, err, "UPDATE work SET is_ready = 1 WHERE content_id = ? AND settings_id = ?", "ii", content_id,
                  settings_id);
}

enum sc_status work_take(struct catalog *c, int64_t run_id, int64_t *video_id_out, int64_t *content_id_out,
                         struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "UPDATE work SET is_ready = 2 WHERE (content_id, settings_id) = (SELECT "
                                            "content_id, settings_id FROM work WHERE run_id = ? AND is_ready = 1 LIMIT 1) "
                                            "RETURNING video_id, content_id", "i", run_id);

    *video_id_out = *content_id_out = 0;
    while (!s && sql_next(c, q, &s, err)) {
        *video_id_out = sqlite3_column_int64(q, 0);
        *content_id_out = sqlite3_column_int64(q, 1);
    }
    sql_close(q);
    return s;
}

enum sc_status work_drop(struct catalog *c, int64_t content_id, int64_t settings_id, struct sc_error *err)
{
    return sql_do(c, err, "DELETE FROM work WHERE content_id = ? AND settings_id = ?", "ii", content_id, settings_id);
}
