/* Full text over all passages. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "archive/listing.h"

#define MOST_RANKED "500"        /* matches, the newest, that are put in order */
#define MAX_QUERY 4096
#define OPENING '\001'
#define CLOSING '\002'

/* One word or phrase as a string of FTS5, so that nothing in it is an operator. Returns where it ended. */
static const char *add_word(struct buffer *out, const char *p, enum sc_status *s, struct sc_error *err)
{
    const bool is_phrase = *p == '"';
    const char *start = p += is_phrase, *end;

    while (*p && (is_phrase ? *p != '"' : !isspace((unsigned char)*p)))
        p++;
    end = p - (!is_phrase && p > start && p[-1] == '*');
    *s = buffer_text(out, "\"", err);
    for (; start < end && !*s; start++)
        *s = *start == '"' ? buffer_text(out, "\"\"", err) : buffer_add(out, start, 1, err);
    if (!*s)
        *s = buffer_text(out, end < p ? "\" * " : "\" ", err);
    return p + (is_phrase && *p);
}

/* What the person wrote, as FTS5 wants it. */
static enum sc_status make_query(const char *words, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    bool has_word = false;
    const char *p;

    if (strlen(words) > MAX_QUERY)
        return fail(err, SC_ERR_INVALID, "more than %d bytes of words to search for", MAX_QUERY);
    for (p = words; *p && !s;) {
        has_word |= isalnum((unsigned char)*p) || (*p & 0x80);
        if (isspace((unsigned char)*p))
            p++;
        else {
            const char *end = add_word(out, p, &s, err);

            for (; p < end; p++)
                has_word |= isalnum((unsigned char)*p) || (*p & 0x80);
        }
    }
    return s ? s : has_word ? SC_OK : fail(err, SC_ERR_INVALID, "no word to search for in '%s'", words);
}

/* The text without the marks of highlight(), and where they were. */
static enum sc_status set_marks(struct sc_hit *hit, const char *marked, struct sc_error *err)
{
    char *to = malloc(strlen(marked) + 1);
    int at = 0, start = 0;

    if (!to)
        return fail_memory(err);
    hit->passage.text = to;
    for (; *marked; marked++) {
        if (*marked == OPENING)
            start = at;
        else if (*marked == CLOSING) {
            if (hit->n_marks < (int)(sizeof hit->marks / sizeof *hit->marks))
                hit->marks[hit->n_marks++] = (struct sc_span){ start, at - start };
        } else
            to[at++] = *marked;
    }
    to[at] = '\0';
    return SC_OK;
}

static enum sc_status highlight(struct catalog *c, const char *query, int64_t passage_id, struct sc_hit *hit,
                                struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, err, "SELECT highlight(words, 0, char(1), char(2)) FROM words WHERE words MATCH ? "
                                            "AND rowid = ?", "ti", query, passage_id);

    if (!s && sql_next(c, q, &s, err)) {
        const char *marked = (const char *)sqlite3_column_text(q, 0);

        s = set_marks(hit, marked ? marked : "", err);
    } else if (!s) {
        s = set_marks(hit, "", err);
    }
    sql_close(q);
    return s;
}

static enum sc_status read_hit(struct catalog *c, sqlite3_stmt *q, const char *query, struct sc_hit *hit,
                               struct sc_error *err)
{
    hit->video_id = sqlite3_column_int64(q, 1);
    hit->path = catalog_full_path(c, (const char *)sqlite3_column_text(q, 2));
    hit->title = sql_text(q, 3);
    hit->passage.kind = (enum sc_passage_kind)sqlite3_column_int(q, 4);
    hit->passage.start_us = sqlite3_column_int64(q, 5);
    hit->passage.end_us = sqlite3_column_int64(q, 6);
    return hit->path && hit->title ? highlight(c, query, sqlite3_column_int64(q, 0), hit, err) : fail_memory(err);
}

/* All words are in every passage that is found, so what bm25 weighs by is nearly the same for all: where they were found
 * tells more, and needs no count over the whole index. */
enum sc_status search(struct catalog *c, const char *words, const struct sc_video_filter *filter, int max,
                      struct sc_hits *out, struct sc_error *err)
{
    static const char select[] =
        "SELECT * FROM (SELECT p.id AS id, v.id AS video, v.path AS path, v.title AS title, p.kind AS kind, "
        "p.start_us AS start, p.end_us AS end FROM words CROSS JOIN passage p ON p.id = words.rowid "
        "CROSS JOIN video v ON v.content_id = p.content_id";
    static const char rest[] =
        " AND words MATCH ?10 ORDER BY words.rowid DESC LIMIT " MOST_RANKED ") "
        "ORDER BY CASE kind WHEN 0 THEN 0 WHEN 2 THEN 1 WHEN 4 THEN 2 WHEN 1 THEN 3 ELSE 4 END, id DESC, path "
        "LIMIT ?8 OFFSET ?9";
    struct sc_video_filter f = filter ? *filter : (struct sc_video_filter){ 0 };
    struct buffer query = { 0 };
    sqlite3_stmt *q = NULL;
    enum sc_status s = make_query(words, &query, err);

    *out = (struct sc_hits){ 0 };
    f.has_state = false;
    if (!s)
        s = filter_open(c, select, &f, rest, (int64_t)max + 1, 0, (const char *)query.data, &q, err);
    while (!s && !out->more && sql_next(c, q, &s, err)) {
        if (out->n == max)
            out->more = true;
        else if (!(s = list_grow(&out->rows, out->n, sizeof *out->rows, err)))
            s = read_hit(c, q, (const char *)query.data, &out->rows[out->n++], err);
    }
    sql_close(q);
    buffer_dispose(&query);
    if (s)
        sc_hits_dispose(out);
    return s;
}
