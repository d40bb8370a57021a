/* SQLite in as few words as possible: statements with their values, rows, transactions, and its errors as ours.
 *
 *     if ((s = sql_open(c, &q, err, "SELECT id, path FROM video WHERE state = ?", "i", state))) return s;
 *     while (sql_next(c, q, &s, err)) use(sqlite3_column_int64(q, 0));
 *     sql_close(q);
 *
 * Values are described by one letter each: i int64_t, d double, t const char *, b const void * and int (its size).
 * Statements are kept prepared. Thread-safety: one thread at a time for each catalogue. */
#ifndef ARCHIVE_SQL_H
#define ARCHIVE_SQL_H

#include <sqlite3.h>

#include "base/buffer.h"

#define SQL_KEPT 48

struct catalog {
    sqlite3 *db;
    char *path;              /* of the file */
    char *root;              /* its folder, with a slash at the end: paths below it are kept without it */
    int lock_fd;             /* what tells that a run is alive; -1 */
    bool is_read_only;
    struct { char *text; sqlite3_stmt *statement; } kept[SQL_KEPT];
    int n_kept;
};

/* Start a statement. Its values are borrowed until sql_close. *out: sql_close, also after an error. */
SC_CHECKED enum sc_status sql_open(struct catalog *c, sqlite3_stmt **out, struct sc_error *err, const char *sql,
                                   const char *types, ...);

/* Whether there is a row more. *status_out says whether the end is one. */
bool sql_next(struct catalog *c, sqlite3_stmt *q, enum sc_status *status_out, struct sc_error *err);
void sql_close(sqlite3_stmt *q);             /* NULL does nothing */

/* A statement without rows. */
SC_CHECKED enum sc_status sql_do(struct catalog *c, struct sc_error *err, const char *sql, const char *types, ...);

/* The first column of the first row as a number; otherwise if there is none or it is NULL. */
SC_CHECKED enum sc_status sql_number(struct catalog *c, int64_t otherwise, int64_t *out, struct sc_error *err,
                                     const char *sql, const char *types, ...);

/* Several statements that are text of ours. */
SC_CHECKED enum sc_status sql_script(struct catalog *c, const char *sql, struct sc_error *err);

/* A transaction that writes; sql_end commits if status is SC_OK, else rolls back, and returns what came of it. */
SC_CHECKED enum sc_status sql_begin(struct catalog *c, struct sc_error *err);
enum sc_status sql_end(struct catalog *c, enum sc_status status, struct sc_error *err);

/* Why SQLite failed last. */
enum sc_status sql_failed(struct catalog *c, int code, struct sc_error *err);

/* A column as text of one's own, "" for NULL; NULL when out of memory. */
char *sql_text(sqlite3_stmt *q, int column);

#endif
