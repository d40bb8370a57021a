/* Join another catalogue: rows find their like by content, settings and path, never by number, so that twice is once. */
#include <string.h>

#include "archive/upkeep.h"
#include "archive/videos.h"

/* ?1 is our folder, ?2 the other's; a path of the other's as we keep it. */
#define FULL "(CASE WHEN substr(o.path, 1, 1) = '/' THEN o.path ELSE ?2 || o.path END)"
#define PATH "(CASE WHEN ?1 <> '/' AND substr(" FULL ", 1, length(?1)) = ?1 THEN substr(" FULL ", length(?1) + 1) " \
             "ELSE " FULL " END)"

static const char *const steps[] = {
    "INSERT OR IGNORE INTO settings (digest, words) SELECT digest, words FROM other.settings",
    "CREATE TEMP TABLE settings_map AS SELECT o.id AS old, m.id AS new FROM other.settings o JOIN main.settings m "
    "ON m.digest = o.digest",
    "CREATE UNIQUE INDEX temp.settings_old ON settings_map (old)",
    "INSERT OR IGNORE INTO content (size_bytes, sampled, sha256) SELECT size_bytes, sampled, sha256 FROM other.content",
    "CREATE TEMP TABLE content_map AS SELECT o.id AS old, m.id AS new FROM other.content o JOIN main.content m "
    "ON m.sha256 = o.sha256",
    "CREATE UNIQUE INDEX temp.content_old ON content_map (old)",

    /* Of two rows of one path the one that was read, then that which was done later, tells what the file is. */
    "INSERT INTO video (path, device, inode, size_bytes, mtime_ns, content_id, state, title, duration_us, n_events, "
    "cost_usd, done_at_us) SELECT " PATH ", o.device, o.inode, o.size_bytes, o.mtime_ns, m.new, o.state, o.title, "
    "o.duration_us, o.n_events, o.cost_usd, o.done_at_us FROM other.video o LEFT JOIN content_map m "
    "ON m.old = o.content_id WHERE ?1 <> '' AND ?2 <> '' ON CONFLICT (path) DO UPDATE SET device = excluded.device, "
    "inode = excluded.inode, size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, "
    "content_id = excluded.content_id, cost_usd = excluded.cost_usd WHERE excluded.content_id IS NOT NULL AND "
    "(content_id IS NULL OR (excluded.content_id <> content_id AND excluded.done_at_us > done_at_us))",
    "CREATE TEMP TABLE video_map AS SELECT o.id AS old, m.id AS new FROM other.video o JOIN main.video m "
    "ON m.path = " PATH,
    "CREATE UNIQUE INDEX temp.video_old ON video_map (old)",

    "INSERT OR IGNORE INTO look (content_id, settings_id, evidence, duration_us, n_events) SELECT c.new, s.new, "
    "o.evidence, o.duration_us, o.n_events FROM other.look o JOIN content_map c ON c.old = o.content_id "
    "JOIN settings_map s ON s.old = o.settings_id",
    "CREATE TEMP TABLE answer_map (old INTEGER PRIMARY KEY, new INTEGER, content INTEGER, is_new INTEGER)",
    "INSERT INTO answer_map SELECT o.id, (SELECT id FROM main.answer m WHERE m.content_id = c.new AND "
    "m.settings_id = s.new), c.new, 0 FROM other.answer o JOIN content_map c ON c.old = o.content_id "
    "JOIN settings_map s ON s.old = o.settings_id",
    "UPDATE answer_map SET is_new = 1 WHERE new IS NULL",
    "INSERT INTO answer (content_id, settings_id, kind, question, text, service, model, prompt_version, request, "
    "no_model, asked_at_us, prompt_tokens, output_tokens, cost_usd) SELECT a.content, s.new, o.kind, o.question, "
    "o.text, o.service, o.model, o.prompt_version, o.request, o.no_model, o.asked_at_us, o.prompt_tokens, "
    "o.output_tokens, o.cost_usd FROM other.answer o JOIN answer_map a ON a.old = o.id JOIN settings_map s "
    "ON s.old = o.settings_id WHERE a.is_new ORDER BY o.id",
    "UPDATE answer_map SET new = (SELECT m.id FROM main.answer m, other.answer o, settings_map s WHERE "
    "o.id = answer_map.old AND s.old = o.settings_id AND m.content_id = answer_map.content AND m.settings_id = s.new) "
    "WHERE is_new",
    "CREATE TEMP TABLE first AS SELECT coalesce(max(id), 0) AS id FROM passage",
    "INSERT INTO passage (answer_id, content_id, kind, start_us, end_us, body) SELECT a.new, a.content, o.kind, "
    "o.start_us, o.end_us, o.body FROM other.passage o JOIN answer_map a ON a.old = o.answer_id WHERE a.is_new "
    "ORDER BY o.id",
    "INSERT INTO words (rowid, body) SELECT id, body FROM passage WHERE id > (SELECT id FROM first)",
    "INSERT OR IGNORE INTO failure (video_id, settings_id, class, reason, tries, failed_at_us) SELECT v.new, s.new, "
    "o.class, o.reason, o.tries, o.failed_at_us FROM other.failure o JOIN video_map v ON v.old = o.video_id "
    "JOIN settings_map s ON s.old = o.settings_id WHERE NOT EXISTS (SELECT 1 FROM main.answer a, main.video w WHERE "
    "w.id = v.new AND a.content_id = w.content_id AND a.settings_id = s.new)",
    "DELETE FROM failure WHERE video_id IN (SELECT new FROM video_map) AND EXISTS (SELECT 1 FROM answer a, video w WHERE "
    "w.id = failure.video_id AND a.content_id = w.content_id AND a.settings_id = failure.settings_id AND "
    "a.asked_at_us > failure.failed_at_us)",

    /* Of what is asked in a batch (an older catalogue does not say when) that which nothing came of yet, here or there. */
    "INSERT OR IGNORE INTO asked (content_id, settings_id, request, words, asked_at_us) SELECT c.new, s.new, o.request, "
    "o.words, o.asked_at_us FROM other.asked o JOIN content_map c ON c.old = o.content_id JOIN settings_map s "
    "ON s.old = o.settings_id",
    "DELETE FROM asked WHERE content_id IN (SELECT new FROM content_map) AND (EXISTS (SELECT 1 FROM answer a WHERE "
    "a.content_id = asked.content_id AND a.settings_id = asked.settings_id AND a.asked_at_us >= asked.asked_at_us) OR "
    "EXISTS (SELECT 1 FROM failure f JOIN video v ON v.id = f.video_id WHERE v.content_id = asked.content_id AND "
    "f.settings_id = asked.settings_id AND f.failed_at_us >= asked.asked_at_us))",

    "INSERT OR IGNORE INTO sidecar (path, video_id, answer_id, format, sha256, before) SELECT " PATH ", v.new, a.new, "
    "o.format, o.sha256, o.before FROM other.sidecar o JOIN video_map v ON v.old = o.video_id JOIN answer_map a "
    "ON a.old = o.answer_id",
    "INSERT INTO run (settings_id, host, pid, started_at_us, ended_at_us, ending, n_found, n_unchanged, n_done, n_failed, "
    "n_pictures, prompt_tokens, output_tokens, cost_usd) SELECT s.new, o.host, o.pid, o.started_at_us, o.ended_at_us, "
    "o.ending, o.n_found, o.n_unchanged, o.n_done, o.n_failed, o.n_pictures, o.prompt_tokens, o.output_tokens, "
    "o.cost_usd FROM other.run o LEFT JOIN settings_map s ON s.old = o.settings_id WHERE o.ended_at_us > 0 AND NOT EXISTS "
    "(SELECT 1 FROM main.run m WHERE m.host = o.host AND m.pid = o.pid AND m.started_at_us = o.started_at_us)",
    VIDEO_REFRESH "id IN (SELECT new FROM video_map)",
};

/* A file: URI is needed to open it without writing. */
static enum sc_status attach(struct catalog *c, const char *path, struct sc_error *err)
{
    enum sc_status s = sql_do(c, err, "ATTACH ? AS other", "t", path);

    return s ? fail_in(err, s, "'%s'", path) : SC_OK;
}

static enum sc_status join(struct catalog *c, const char *other_root, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    size_t i;

    for (i = 0; i < sizeof steps / sizeof *steps && !s; i++)
        s = strstr(steps[i], "?2") ? sql_do(c, err, steps[i], "tt", c->root, other_root) : sql_script(c, steps[i], err);
    return s;
}

static void drop_maps(struct catalog *c)
{
    (void)!sql_script(c, "DROP TABLE IF EXISTS temp.settings_map; DROP TABLE IF EXISTS temp.content_map; "
                         "DROP TABLE IF EXISTS temp.video_map; DROP TABLE IF EXISTS temp.answer_map; "
                         "DROP TABLE IF EXISTS temp.first; DETACH other", NULL);
}

enum sc_status catalog_merge(struct catalog *c, const char *path, int64_t *n_videos_out, struct sc_error *err)
{
    struct catalog *other = NULL;
    enum sc_status s;

    *n_videos_out = 0;
    if ((s = catalog_open(&other, path, false, err))) /* checks it, and brings it to this version */
        return s;
    if ((s = attach(c, path, err))) {
        catalog_close(&other);
        return s;
    }
    if (!(s = sql_begin(c, err))) {
        if (!(s = join(c, other->root, err)))
            s = sql_number(c, 0, n_videos_out, err, "SELECT count(*) FROM video_map", "");
        s = sql_end(c, s, err);
    }
    drop_maps(c);
    catalog_close(&other);
    return s;
}
