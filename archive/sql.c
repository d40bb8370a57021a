/* SQLite in as few words as possible. */
#include "archive/sql.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum sc_status sql_failed(struct catalog *c, int code, struct sc_error *err)
{
    const char *path = c->path ? c->path : "the catalogue";
    const int e = c->db ? sqlite3_system_errno(c->db) : 0;

    switch (code & 0xFF) {
    case SQLITE_NOMEM:
        return fail_memory(err);
    case SQLITE_BUSY: case SQLITE_LOCKED: case SQLITE_PROTOCOL:
        return fail(err, SC_ERR_IO, "another program holds '%s'; try again when it is done", path);
    case SQLITE_FULL:
        return fail(err, SC_ERR_IO, "no space left for '%s'", path);
    case SQLITE_READONLY: case SQLITE_PERM:
        return fail(err, SC_ERR_IO, "'%s' can't be written to", path);
    case SQLITE_CORRUPT:
        return fail(err, SC_ERR_FORMAT, "'%s' is damaged; 'seechange archive verify' tells how far, 'seechange archive "
                    "rebuild' makes a new one", path);
    case SQLITE_NOTADB:
        return fail(err, SC_ERR_FORMAT, "'%s' is no catalogue of seechange, or its head is damaged; 'seechange archive "
                    "rebuild' makes a new one", path);
    case SQLITE_INTERRUPT:
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    case SQLITE_IOERR:
        return e == ENOSPC || e == EDQUOT ? fail(err, SC_ERR_IO, "no space left for '%s'", path)
                                          : fail_errno(err, e ? e : EIO, "can't read or write '%s'", path);
    case SQLITE_CANTOPEN:
        return fail_errno(err, e ? e : ENOENT, "can't open '%s'", path);
    default:
        return fail(err, SC_ERR_IO, "'%s': %s", path, c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
    }
}

/* The statement of that text if it is kept and nobody is at it. */
static sqlite3_stmt *find(struct catalog *c, const char *sql)
{
    int i;

    for (i = 0; i < c->n_kept; i++)
        if (!strcmp(c->kept[i].text, sql) && !sqlite3_stmt_busy(c->kept[i].statement))
            return c->kept[i].statement;
    return NULL;
}

/* Where the next one is kept: a free place, or that of one that nobody is at. */
static int place(struct catalog *c)
{
    int i;

    if (c->n_kept < SQL_KEPT)
        return c->n_kept++;
    for (i = SQL_KEPT - 1; i > 0 && sqlite3_stmt_busy(c->kept[i].statement); i--)
        ;
    sqlite3_finalize(c->kept[i].statement);
    free(c->kept[i].text);
    return i;
}

static enum sc_status prepare(struct catalog *c, const char *sql, sqlite3_stmt **out, struct sc_error *err)
{
    int i, code;

    if ((*out = find(c, sql)))
        return SC_OK;
    code = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    if (code != SQLITE_OK)
        return sql_failed(c, code, err);
    i = place(c);
    c->kept[i].statement = *out;
    c->kept[i].text = strdup(sql);
    if (c->kept[i].text)
        return SC_OK;
    sqlite3_finalize(*out);
    *out = NULL;
    c->kept[i] = c->kept[--c->n_kept];
    return fail_memory(err);
}

static enum sc_status bind(struct catalog *c, sqlite3_stmt *q, const char *types, va_list list, struct sc_error *err)
{
    int i, code = SQLITE_OK;

    for (i = 1; *types && code == SQLITE_OK; types++, i++) {
        const void *blob;

        switch (*types) {
        case 'i':
            code = sqlite3_bind_int64(q, i, va_arg(list, int64_t));
            break;
        case 'd':
            code = sqlite3_bind_double(q, i, va_arg(list, double));
            break;
        case 't':
            code = sqlite3_bind_text(q, i, va_arg(list, const char *), -1, SQLITE_STATIC);
            break;
        default:
            blob = va_arg(list, const void *);
            code = sqlite3_bind_blob(q, i, blob, va_arg(list, int), SQLITE_STATIC);
        }
    }
    return code == SQLITE_OK ? SC_OK : sql_failed(c, code, err);
}

static enum sc_status open_list(struct catalog *c, sqlite3_stmt **out, struct sc_error *err, const char *sql,
                                const char *types, va_list list)
{
    enum sc_status s = prepare(c, sql, out, err);

    if (!s && (s = bind(c, *out, types, list, err))) {
        sql_close(*out);
        *out = NULL;
    }
    return s;
}

enum sc_status sql_open(struct catalog *c, sqlite3_stmt **out, struct sc_error *err, const char *sql,
                        const char *types, ...)
{
    va_list list;
    enum sc_status s;

    va_start(list, types);
    s = open_list(c, out, err, sql, types, list);
    va_end(list);
    return s;
}

bool sql_next(struct catalog *c, sqlite3_stmt *q, enum sc_status *status_out, struct sc_error *err)
{
    const int code = sqlite3_step(q);

    *status_out = code == SQLITE_ROW || code == SQLITE_DONE ? SC_OK : sql_failed(c, code, err);
    return code == SQLITE_ROW;
}

void sql_close(sqlite3_stmt *q)
{
    if (!q)
        return;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

enum sc_status sql_do(struct catalog *c, struct sc_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *q = NULL;
    va_list list;
    enum sc_status s;

    va_start(list, types);
    s = open_list(c, &q, err, sql, types, list);
    va_end(list);
    if (!s)
        while (sql_next(c, q, &s, err))
            ;
    sql_close(q);
    return s;
}

enum sc_status sql_number(struct catalog *c, int64_t otherwise, int64_t *out, struct sc_error *err, const char *sql,
                          const char *types, ...)
{
    sqlite3_stmt *q = NULL;
    va_list list;
    enum sc_status s;

    *out = otherwise;
    va_start(list, types);
    s = open_list(c, &q, err, sql, types, list);
    va_end(list);
    if (!s && sql_next(c, q, &s, err) && sqlite3_column_type(q, 0) != SQLITE_NULL)
        *out = sqlite3_column_int64(q, 0);
    sql_close(q);
    return s;
}

enum sc_status sql_script(struct catalog *c, const char *sql, struct sc_error *err)
{
    const int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? SC_OK : sql_failed(c, code, err);
}

enum sc_status sql_begin(struct catalog *c, struct sc_error *err) { return sql_do(c, err, "BEGIN IMMEDIATE", ""); }

enum sc_status sql_end(struct catalog *c, enum sc_status status, struct sc_error *err)
{
    if (!status && !(status = sql_do(c, err, "COMMIT", "")))
        return SC_OK;
    if (!sqlite3_get_autocommit(c->db))
        (void)!sql_do(c, NULL, "ROLLBACK", "");
    return status;
}

char *sql_text(sqlite3_stmt *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q, column);

    return strdup(text ? text : "");
}
