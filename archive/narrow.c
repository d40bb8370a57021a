/* From a question to the videos that it may be about. */
#include "archive/narrow.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive/listing.h"

#define NARROW_MATCHES 20000     /* passages, the newest, that count for a word */

/* What questions are made of in any archive. */
static const char *const stop_words[] = {
    "a", "about", "after", "all", "an", "and", "any", "anybody", "anyone", "anything", "are", "around", "as", "at", "be",
    "been", "before", "being", "between", "but", "by", "can", "clip", "clips", "could", "did", "do", "does", "during",
    "each", "ever", "find", "for", "from", "had", "happen", "happened", "happens", "has", "have", "he", "her", "his",
    "how", "i", "if", "in", "into", "is", "it", "its", "list", "many", "me", "movie", "movies", "much", "my", "name", "no",
    "not", "of", "on", "one", "or", "our", "out", "please", "recording", "recordings", "she", "show", "shown", "so", "some",
    "somebody", "someone", "something", "tell", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "to", "us", "video", "videos", "was", "we", "were", "what", "when", "where", "which", "while", "who",
    "whom", "whose", "why", "will", "with", "without", "would", "you", "your",
};

static int by_text(const void *a, const void *b) { return strcmp(a, *(const char *const *)b); }

static bool is_stop_word(const char *word)
{
    return bsearch(word, stop_words, sizeof stop_words / sizeof *stop_words, sizeof *stop_words, by_text) != NULL;
}

static bool is_letter(char c) { return isalnum((unsigned char)c) || (c & 0x80); }

static bool ends_in(const char *word, size_t n, const char *ending)
{
    const size_t size = strlen(ending);

    return n > size && !strcmp(word + n - size, ending);
}

/* English endings, as long as enough is left to tell words apart. What follows a stem does not matter. */
static void cut_ending(char *word)
{
    size_t n = strlen(word);

    if (n >= 7 && ends_in(word, n, "ing"))
        word[n -= 3] = '\0';
    else if (n >= 6 && (ends_in(word, n, "ed") || ends_in(word, n, "es")))
        word[n -= 2] = '\0';
    else if (n >= 4 && ends_in(word, n, "s") && word[n - 2] != 's')
        word[n -= 1] = '\0';
    else
        return;
    if (n >= 4 && word[n - 1] == word[n - 2]) /* stopped */
        word[n - 1] = '\0';
}

static void add_word(char words[NARROW_WORDS][NARROW_WORD_SIZE], int *n, const char *word)
{
    int i;

    for (i = 0; i < *n; i++)
        if (!strcmp(words[i], word))
            return;
    if (*n < NARROW_WORDS)
        strcpy(words[(*n)++], word);
}

void narrow_words(const char *question, char words[NARROW_WORDS][NARROW_WORD_SIZE], int *n_out)
{
    char word[NARROW_WORD_SIZE];

    *n_out = 0;
    while (*question) {
        size_t n = 0;

        for (; is_letter(*question); question++)
            if (n + 1 < sizeof word)
                word[n++] = (char)tolower((unsigned char)*question);
        word[n] = '\0';
        if (n > 1 && !is_stop_word(word)) {
            cut_ending(word);
            add_word(words, n_out, word);
        }
        while (*question && !is_letter(*question))
            question++;
    }
}

bool narrow_matches(const char *text, char words[NARROW_WORDS][NARROW_WORD_SIZE], int n)
{
    const char *p;
    int i;

    for (i = 0; i < n; i++)
        for (p = text; (p = strcasestr(p, words[i])); p++)
            if (p == text || !is_letter(p[-1]))
                return true;
    return false;
}

/* ---- the search ---- */

/* How much a word tells that so many have. */
static double weight(int64_t n) { return 1 / (1 + log1p((double)n)); }

static enum sc_status collect(struct catalog *c, const struct sc_video_filter *filter, const char *word, int i,
                              struct sc_error *err)
{
    struct buffer match = { 0 };
    sqlite3_stmt *q = NULL;
    int64_t n = 0;
    enum sc_status s = buffer_print(&match, err, strlen(word) >= 3 ? "\"%s\" *" : "\"%s\"", word);

    if (!s)
        s = filter_open(c, "INSERT OR IGNORE INTO narrowed (content, word, video) SELECT p.content_id, ?8, v.id FROM words "
                           "CROSS JOIN passage p ON p.id = words.rowid CROSS JOIN video v ON v.content_id = p.content_id",
                        filter, " AND words MATCH ?10 ORDER BY words.rowid DESC LIMIT ?9", i, NARROW_MATCHES,
                        (const char *)match.data, &q, err);
    while (!s && sql_next(c, q, &s, err))
        ;
    sql_close(q);
    buffer_dispose(&match);
    if (!s && !(s = sql_number(c, 0, &n, err, "SELECT count(*) FROM narrowed WHERE word = ?", "i", (int64_t)i)))
        s = sql_do(c, err, "UPDATE narrowed SET weight = ? WHERE word = ?", "di", weight(n), (int64_t)i);
    return s;
}

static enum sc_status add_id(struct narrowed *out, int64_t id, struct sc_error *err)
{
    enum sc_status s = list_grow(&out->video_ids, out->n, sizeof *out->video_ids, err);

    if (!s)
        out->video_ids[out->n++] = id;
    return s;
}

static enum sc_status best(struct catalog *c, int max, struct narrowed *out, struct sc_error *err)
{
    sqlite3_stmt *q = NULL;
    enum sc_status s;

    if ((s = sql_number(c, 0, &out->n_found, err, "SELECT count(DISTINCT content) FROM narrowed", "")))
        return s;
    s = sql_open(c, &q, err, "SELECT min(video) FROM narrowed GROUP BY content ORDER BY sum(weight) DESC, content DESC "
                             "LIMIT ?", "i", (int64_t)max);
    while (!s && sql_next(c, q, &s, err))
        s = add_id(out, sqlite3_column_int64(q, 0), err);
    sql_close(q);
    return s;
}

/* Without a word: what was modified last. */
static enum sc_status newest(struct catalog *c, const struct sc_video_filter *filter, int max, struct narrowed *out,
                             struct sc_error *err)
{
    struct sc_video_filter done = *filter;
    sqlite3_stmt *q = NULL;
    enum sc_status s;

    done.has_state = true;
    done.state = SC_VIDEO_DONE;
    if ((s = list_count(c, &done, &out->n_found, err)))
        return s;
    s = filter_open(c, "SELECT v.id FROM video v", &done, " ORDER BY v.mtime_ns DESC, v.path LIMIT ?8 OFFSET ?9", max, 0,
                    NULL, &q, err);
    while (!s && sql_next(c, q, &s, err))
        s = add_id(out, sqlite3_column_int64(q, 0), err);
    sql_close(q);
    return s;
}

enum sc_status narrow(struct catalog *c, const char *question, const struct sc_video_filter *filter, int max,
                      struct narrowed *out, struct sc_error *err)
{
    const bool is_filtered = filter->in || filter->tag || filter->after_us;
    struct sc_video_filter f = *filter;
    enum sc_status s;
    int i;

    *out = (struct narrowed){ 0 };
    f.has_state = false;
    narrow_words(question, out->words, &out->n_words);
    s = sql_script(c, "DROP TABLE IF EXISTS temp.narrowed; CREATE TEMP TABLE narrowed (content INTEGER, word INTEGER, "
                      "video INTEGER, weight REAL, PRIMARY KEY (content, word)) WITHOUT ROWID", err);
    for (i = 0; i < out->n_words && !s; i++)
        s = collect(c, &f, out->words[i], i, err);
    if (!s)
        s = best(c, max, out, err);
    out->is_by_words = out->n > 0;
    if (!s && !out->n && (is_filtered || !out->n_words))
        s = newest(c, &f, max, out, err);
    (void)!sql_script(c, "DROP TABLE IF EXISTS temp.narrowed", NULL);
    return s;
}

void narrow_dispose(struct narrowed *n)
{
    free(n->video_ids);
    *n = (struct narrowed){ 0 };
}
