/* Rows out of a damaged catalogue: by number, in stretches that are halved where one can't be read. */
#include "archive/salvage.h"

#include <string.h>

#define STRETCH 1024             /* rows tried at once */
#define MAX_FAILURES 20000       /* stretches of one table that can't be read before it is given up */

/* In the order in which they refer to each other. */
static const struct table {
    const char *name, *key;
    const char *condition;       /* on rows that are worth having */
} tables[] = {
    { "settings", "id", "length(digest) = 32" },
    { "content", "id", "length(sha256) = 32 AND length(sampled) = 32" },
    { "video", "id", "typeof(path) = 'text'" },
    { "look", "id", "typeof(evidence) = 'blob'" },
    { "answer", "id", "typeof(text) = 'text' AND (kind <> 0 OR json_valid(text))" },
    { "passage", "id", "typeof(body) = 'text'" },
    { "failure", "video_id", "typeof(reason) = 'text'" },
    { "run", "id", "typeof(ending) = 'text'" },
    { "sidecar", "video_id", "length(sha256) = 32" },
};
#define N_TABLES (sizeof tables / sizeof *tables)

struct scan {
    struct catalog *c;
    const char *format;          /* of a statement about rows ?1 to ?2: name, key and condition of the table */
    const struct table *table;
    int64_t n_lost;
    int n_failures;
};

static bool reads(struct scan *s, int64_t from, int64_t to)
{
    char sql[512];

    snprintf(sql, sizeof sql, s->format, s->table->name, s->table->key, s->table->condition);
    return !sql_do(s->c, NULL, sql, "ii", from, to);
}

static void scan(struct scan *s, int64_t from, int64_t to)
{
    const int64_t middle = from + (to - from) / 2;

    if (s->n_failures >= MAX_FAILURES || reads(s, from, to))
        return;
    s->n_failures++;
    if (from == to) {
        s->n_lost++;
        return;
    }
    scan(s, from, middle);
    scan(s, middle + 1, to);
}

/* The largest number there is; where the way to it is damaged, the largest that any reference to the table tells. */
static int64_t last_of(struct catalog *c, const char *schema, const struct table *t)
{
    static const struct { const char *table, *in, *column; } references[] = {
        { "content", "video", "content_id" }, { "content", "passage", "content_id" }, { "video", "sidecar", "video_id" },
        { "failure", "video", "id" }, { "sidecar", "video", "id" },
        { "answer", "passage", "answer_id" }, { "answer", "sidecar", "answer_id" }, { "settings", "run", "settings_id" },
    };
    char sql[160];
    int64_t last = 0, n;
    size_t i;

    snprintf(sql, sizeof sql, "SELECT max(%s) FROM %s.%s", t->key, schema, t->name);
    if (!sql_number(c, 0, &last, NULL, sql, ""))
        return last;
    for (i = 0; i < sizeof references / sizeof *references; i++) {
        snprintf(sql, sizeof sql, "SELECT max(%s) FROM %s.%s", references[i].column, schema, references[i].in);
        if (!strcmp(references[i].table, t->name) && !sql_number(c, 0, &n, NULL, sql, "") && n > last)
            last = n;
    }
    return last ? last : STRETCH * 64;
}

static int64_t scan_table(struct catalog *c, const char *schema, const char *format, const struct table *t)
{
    struct scan s = { .c = c, .format = format, .table = t };
    const int64_t last = last_of(c, schema, t);
    int64_t from;

    for (from = 1; from <= last; from += STRETCH)
        scan(&s, from, from + STRETCH - 1 < last ? from + STRETCH - 1 : last);
    return s.n_lost;
}

enum sc_status salvage_count(struct catalog *damaged, void (*on_lost)(void *user, const char *text), void *user,
                             int64_t *n_out, struct sc_error *err)
{
    char text[128];
    size_t i;

    *n_out = 0;
    if (!damaged->db)
        return fail(err, SC_ERR_INVALID, "no catalogue is open");
    for (i = 0; i < N_TABLES; i++) {
        const int64_t lost = scan_table(damaged, "main", "SELECT count(*) FROM main.%s WHERE %s BETWEEN ?1 AND ?2 AND %s",
                                        &tables[i]);

        if (!lost)
            continue;
        *n_out += lost;
        snprintf(text, sizeof text, "%lld rows of '%s' can't be read", (long long)lost, tables[i].name);
        on_lost(user, text);
    }
    return SC_OK;
}

static enum sc_status copy_tables(struct catalog *copy, struct sc_error *err)
{
    size_t i;
    enum sc_status s;

    if ((s = sql_script(copy, "PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON", err)) || (s = sql_begin(copy, err)))
        return s;
    for (i = 0; i < N_TABLES; i++)
        scan_table(copy, "damaged", "INSERT OR IGNORE INTO main.%1$s SELECT * FROM damaged.%1$s WHERE %2$s BETWEEN ?1 AND ?2 "
                   "AND %3$s", &tables[i]);
    return sql_end(copy, SC_OK, err);
}

enum sc_status salvage_copy(const char *damaged_path, const char *copy_path, struct sc_error *err)
{
    struct catalog *damaged = NULL, *copy = NULL;
    enum sc_status s;

    if ((s = catalog_open(&damaged, damaged_path, false, err))) /* checks that it is ours, and brings it to this version */
        return s;
    if (!(s = catalog_open(&copy, copy_path, true, err)) &&
        !(s = sql_do(copy, err, "ATTACH ? AS damaged", "t", damaged_path))) {
        s = copy_tables(copy, err);
        (void)!sql_script(copy, "DETACH damaged", NULL);
    }
    catalog_close(&copy);
    catalog_close(&damaged);
    return s;
}
