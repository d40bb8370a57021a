/* Which videos a question in plain words may be about. Thread-safety: as struct catalog. */
#ifndef ARCHIVE_NARROW_H
#define ARCHIVE_NARROW_H

#include "archive/catalog.h"

#define NARROW_WORDS 16
#define NARROW_WORD_SIZE 48

/* The words of a question that tell something, in lower case and without endings like "s", "ed" and "ing", each once;
 * n_out at most NARROW_WORDS. */
void narrow_words(const char *question, char words[NARROW_WORDS][NARROW_WORD_SIZE], int *n_out);

/* Whether one of the words begins a word of text, in any case of ASCII letters. */
bool narrow_matches(const char *text, char words[NARROW_WORDS][NARROW_WORD_SIZE], int n);

struct narrowed {
    char words[NARROW_WORDS][NARROW_WORD_SIZE]; /* that were searched for */
    int n_words;
    bool is_by_words;        /* false: no word was found, or there was none: the newest of what the filter lets pass */
    int64_t *video_ids;      /* best first; of several files of the same content one */
    int n;
    int64_t n_found;         /* all there are, at least */
};

/* At most max videos that the filter lets pass: those in whose captions are more of the words, rare words before frequent
 * ones, newer captions before older. If no word is found and the filter names no place, tag or time, there are none. out:
 * narrow_dispose, always. */
SC_CHECKED enum sc_status narrow(struct catalog *c, const char *question, const struct sc_video_filter *filter, int max,
                                 struct narrowed *out, struct sc_error *err);
void narrow_dispose(struct narrowed *n);

#endif
