/* The catalogue's file: open, bring up to date, check. */
#include "archive/catalog.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/identity.h"
#include "archive/place.h"
#include "archive/salvage.h"

#define BUSY_MS 30000
#define MAX_SETTINGS 65536

/* One for each version, the first makes everything. */
extern const char archive_schema_0001_catalogue_sql[], archive_schema_0002_asked_sql[], archive_schema_0003_asked_at_sql[];
static const char *const steps[] = { archive_schema_0001_catalogue_sql, archive_schema_0002_asked_sql,
                                     archive_schema_0003_asked_at_sql };

int catalog_version(void) { return (int)(sizeof steps / sizeof *steps); }

int64_t catalog_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- what is in the file ---- */

/* Foreign files are not obeyed: no function with side effects from the schema, no writing to it, and nothing in it that
 * acts by itself. */
static enum sc_status distrust(struct catalog *c, struct sc_error *err)
{
    int64_t n = 0;
    enum sc_status s;

    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if ((s = sql_number(c, 0, &n, err, "SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')", "")))
        return s;
    return n ? fail(err, SC_ERR_FORMAT, "'%s' has tables that are none of ours", c->path) : SC_OK;
}

static enum sc_status upgrade(struct catalog *c, int64_t from, struct sc_error *err)
{
    char words[80];
    int64_t now;
    enum sc_status s;

    if ((s = sql_begin(c, err)))
        return s;
    if (!(s = sql_number(c, 0, &now, err, "PRAGMA user_version", "")) && now == from) {
        for (; !s && from < catalog_version(); from++)
            s = sql_script(c, steps[from], err);
        snprintf(words, sizeof words, "PRAGMA application_id = %d; PRAGMA user_version = %d", CATALOG_APPLICATION_ID,
                 catalog_version());
        if (!s)
            s = sql_script(c, words, err);
    }
    return sql_end(c, s, err);
}

/* Whether it is a catalogue, and of which version; nothing is written. */
static enum sc_status identify(struct catalog *c, int64_t *version_out, struct sc_error *err)
{
    int64_t application, n_tables;
    enum sc_status s;

    if ((s = sql_number(c, 0, &application, err, "PRAGMA application_id", "")) ||
        (s = sql_number(c, 0, version_out, err, "PRAGMA user_version", "")) ||
        (s = sql_number(c, 0, &n_tables, err, "SELECT count(*) FROM sqlite_schema", "")))
        return s;
    if (n_tables && application != CATALOG_APPLICATION_ID)
        return fail(err, SC_ERR_FORMAT, "'%s' is no catalogue of seechange", c->path);
    if (*version_out > catalog_version())
        return fail(err, SC_ERR_FORMAT, "'%s' was written by a newer seechange (version %d, this one knows %d)", c->path,
                    (int)*version_out, catalog_version());
    if (*version_out < catalog_version() && c->is_read_only)
        return fail(err, SC_ERR_IO, "'%s' is of an older version and can't be written to", c->path);
    return distrust(c, err);
}

/* A power failure may not take back what was told to be done, so every commit reaches the disk. Shared memory does not
 * work across machines: there one program has the file to itself. */
static enum sc_status set_up(struct catalog *c, struct sc_error *err)
{
    enum sc_status s;

    if (c->is_read_only)
        return SC_OK;
    if (place_is_remote(c->path))
        s = sql_script(c, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE", err);
    else
        s = sql_script(c, "PRAGMA journal_mode = WAL", err);
    return s ? s : sql_script(c, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; "
                                 "PRAGMA cache_size = -16384", err);
}

/* ---- the file ---- */

static bool is_readable_only(const char *path)
{
    return access(path, W_OK) && !access(path, R_OK);
}

/* A read-only folder has no place for shared memory: the file is taken as nobody writes it. */
static enum sc_status open_read_only(struct catalog *c, struct sc_error *err)
{
    struct buffer uri = { 0 };
    const char *p;
    enum sc_status s = buffer_text(&uri, "file:", err);
    int code;

    for (p = c->path; *p && !s; p++)
        s = strchr("?#%", *p) ? buffer_print(&uri, err, "%%%02x", (unsigned char)*p) : buffer_add(&uri, p, 1, err);
    if (!s && !(s = buffer_text(&uri, "?immutable=1", err))) {
        code = sqlite3_open_v2((const char *)uri.data, &c->db,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
        s = code == SQLITE_OK ? SC_OK : sql_failed(c, code, err);
    }
    c->is_read_only = true;
    buffer_dispose(&uri);
    return s;
}

static enum sc_status open_file(struct catalog *c, bool create, struct sc_error *err)
{
    const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX;
    int code;

    if (is_readable_only(c->path))
        return open_read_only(c, err);
    code = sqlite3_open_v2(c->path, &c->db, flags, NULL);
    if (code != SQLITE_OK)
        return sql_failed(c, code, err);
    sqlite3_busy_timeout(c->db, BUSY_MS);
    return SC_OK;
}

/* The folder of the file without links, as the paths of videos have none. */
static enum sc_status set_root(struct catalog *c, struct sc_error *err)
{
    char folder[PATH_MAX], real[PATH_MAX];
    char *slash;

    snprintf(folder, sizeof folder, "%s", c->path);
    slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    if (!realpath(slash ? folder : ".", real))
        snprintf(real, sizeof real, "/");
    return asprintf(&c->root, "%s%s", real, real[1] ? "/" : "") < 0 ? fail_memory(err) : SC_OK;
}

enum sc_status catalog_open(struct catalog **out, const char *path, bool create, struct sc_error *err)
{
    struct catalog *c = calloc(1, sizeof *c);
    int64_t version = 0;
    enum sc_status s;

    *out = NULL;
    if (!c)
        return fail_memory(err);
    c->lock_fd = -1;
    if (!(c->path = strdup(path)))
        s = fail_memory(err);
    else if (!(s = open_file(c, create, err)) && !(s = set_root(c, err)) && !(s = identify(c, &version, err)) &&
             !(s = set_up(c, err)) && version < catalog_version())
        s = upgrade(c, version, err);
    if (s)
        catalog_close(&c);
    *out = c;
    return s;
}

void catalog_close(struct catalog **c)
{
    int i;

    if (!*c)
        return;
    for (i = 0; i < (*c)->n_kept; i++) {
        sqlite3_finalize((*c)->kept[i].statement);
        free((*c)->kept[i].text);
    }
    sqlite3_close((*c)->db);
    if ((*c)->lock_fd >= 0)
        close((*c)->lock_fd);
    free((*c)->path);
    free((*c)->root);
    free(*c);
    *c = NULL;
}

/* ---- paths and settings ---- */

const char *catalog_kept_path(const struct catalog *c, const char *absolute)
{
    const size_t n = strlen(c->root);

    return n > 1 && !strncmp(absolute, c->root, n) ? absolute + n : absolute;
}

char *catalog_full_path(const struct catalog *c, const char *kept)
{
    char *path = NULL;

    if (*kept == '/')
        return strdup(kept);
    return asprintf(&path, "%s%s", c->root, kept) < 0 ? NULL : path;
}

enum sc_status catalog_settings(struct catalog *c, const char *words, int64_t *id_out, struct sc_error *err)
{
    uint8_t digest[HASH_SIZE];
    const size_t n = strlen(words);
    enum sc_status s;

    if (n > MAX_SETTINGS)
        return fail(err, SC_ERR_LIMIT, "prompt and schema are longer than %d bytes together", MAX_SETTINGS);
    if ((s = identity_of_bytes(words, n, digest, err)) ||
        (s = sql_do(c, err, "INSERT INTO settings (digest, words) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET "
                        "words = excluded.words WHERE words = ''", "bt", digest, (int)sizeof digest, words)))
        return s;
    return sql_number(c, 0, id_out, err, "SELECT id FROM settings WHERE digest = ?", "b", digest, (int)sizeof digest);
}

enum sc_status catalog_settings_of(struct catalog *c, const uint8_t digest[32], int64_t *id_out, struct sc_error *err)
{
    enum sc_status s = sql_do(c, err, "INSERT INTO settings (digest, words) VALUES (?, '') ON CONFLICT DO NOTHING", "b",
                              digest, HASH_SIZE);

    return s ? s : sql_number(c, 0, id_out, err, "SELECT id FROM settings WHERE digest = ?", "b", digest,
                              HASH_SIZE);
}

/* ---- faults ---- */

struct faults {
    void (*on_fault)(void *user, const char *text);
    void *user;
    int64_t n;
};

/* Rows of text, each a fault. A query that damage stops is one too. */
static void tell(struct catalog *c, struct faults *f, const char *sql)
{
    struct sc_error err = { 0 };
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, &err, sql, "");

    while (!s && sql_next(c, q, &s, &err)) {
        const char *text = (const char *)sqlite3_column_text(q, 0);

        if (!text || !strcmp(text, "ok"))
            continue;
        f->n++;
        f->on_fault(f->user, text);
    }
    if (s) {
        f->n++;
        f->on_fault(f->user, err.text);
    }
    sql_close(q);
}

enum sc_status catalog_verify(struct catalog *c, void (*on_fault)(void *user, const char *text), void *user,
                              int64_t *n_out, struct sc_error *err)
{
    static const char *const checks[] = {
        "PRAGMA integrity_check(100)",
        "SELECT 'a row of ' || \"table\" || ' refers to one of ' || parent || ' that is gone' FROM pragma_foreign_key_check",
        "SELECT 'captioned, but its answer is gone: ' || path FROM video WHERE state = 2 AND NOT EXISTS "
        "(SELECT 1 FROM answer WHERE answer.content_id = video.content_id)",
        "SELECT 'failed, but nobody knows why: ' || path FROM video WHERE state = 3 AND NOT EXISTS "
        "(SELECT 1 FROM failure WHERE failure.video_id = video.id)",
        "SELECT 'an answer that is no JSON, of ' || (SELECT path FROM video WHERE video.content_id = answer.content_id) "
        "FROM answer WHERE kind = 0 AND NOT json_valid(text)",
    };
    struct faults f = { on_fault, user, 0 };
    int64_t n_lost = 0;
    enum sc_status s;
    size_t i;

    for (i = 0; i < sizeof checks / sizeof *checks; i++)
        tell(c, &f, checks[i]);
    if (!c->is_read_only && sql_do(c, NULL, "INSERT INTO words (words, rank) VALUES ('integrity-check', 1)", "")) {
        f.n++;
        on_fault(user, "the index of words does not fit its passages");
    }
    if (!(s = salvage_count(c, on_fault, user, &n_lost, err)))
        f.n += n_lost;
    *n_out = f.n;
    return s;
}
