/* Forget, try again, give space back. */
#include "archive/upkeep.h"

#include "archive/listing.h"
#include "archive/videos.h"

/* The numbers of the videos that the filter lets pass, in the temporary table picked. */
static enum sc_status pick(struct catalog *c, const char *select, const char *in, int64_t *n_out, struct sc_error *err)
{
    const struct sc_video_filter filter = { .in = in };
    sqlite3_stmt *q = NULL;
    enum sc_status s;

    if ((s = sql_script(c, "CREATE TEMP TABLE IF NOT EXISTS picked (id INTEGER PRIMARY KEY); DELETE FROM picked", err)))
        return s;
    s = filter_open(c, select, &filter, " LIMIT ?8 OFFSET ?9", -1, 0, NULL, &q, err);
    while (!s && sql_next(c, q, &s, err))
        ;
    sql_close(q);
    return s ? s : sql_number(c, 0, n_out, err, "SELECT count(*) FROM picked", "");
}

enum sc_status catalog_retry(struct catalog *c, const char *in, int64_t *n_out, struct sc_error *err)
{
    enum sc_status s = sql_begin(c, err);

    if (s)
        return s;
    if (!(s = pick(c, "INSERT OR IGNORE INTO picked SELECT v.id FROM failure f CROSS JOIN video v ON v.id = f.video_id",
                   in, n_out, err)) &&
        !(s = sql_do(c, err, "DELETE FROM failure WHERE video_id IN (SELECT id FROM picked)", "")))
        s = sql_do(c, err, VIDEO_REFRESH "id IN (SELECT id FROM picked)", "");
    return sql_end(c, s, err);
}

/* What no video has any more. The index of words is told first, because it holds no text of its own. */
static enum sc_status forget_contents(struct catalog *c, struct sc_error *err)
{
    static const char *const steps[] = {
        "DROP TABLE IF EXISTS temp.orphan",
        "CREATE TEMP TABLE orphan AS SELECT id FROM content WHERE NOT EXISTS (SELECT 1 FROM video v "
        "WHERE v.content_id = content.id)",
        "INSERT INTO words (words, rowid, body) SELECT 'delete', id, body FROM passage WHERE content_id IN "
        "(SELECT id FROM orphan)",
        "DELETE FROM passage WHERE content_id IN (SELECT id FROM orphan)",
        "DELETE FROM content WHERE id IN (SELECT id FROM orphan)",
    };
    enum sc_status s = SC_OK;
    size_t i;

    for (i = 0; i < sizeof steps / sizeof *steps && !s; i++)
        s = sql_script(c, steps[i], err);
    return s;
}

enum sc_status catalog_forget(struct catalog *c, const char *in, int64_t *n_out, struct sc_error *err)
{
    enum sc_status s = sql_begin(c, err);

    if (s)
        return s;
    if (!(s = pick(c, "INSERT INTO picked SELECT v.id FROM video v", in, n_out, err)) &&
        !(s = sql_do(c, err, "DELETE FROM video WHERE id IN (SELECT id FROM picked)", "")))
        s = forget_contents(c, err);
    return sql_end(c, s, err);
}

enum sc_status catalog_vacuum(struct catalog *c, struct sc_error *err)
{
    enum sc_status s;

    if ((s = sql_do(c, err, "INSERT INTO words (words) VALUES ('optimize')", "")) ||
        (s = sql_script(c, "VACUUM", err)))
        return s;
    return sql_script(c, "PRAGMA optimize; PRAGMA wal_checkpoint (TRUNCATE)", err);
}
