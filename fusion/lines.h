/* Lines of words with times, subtitles, speech and notes, that stand between the images of a query.
 * Thread-safety: plain data. */
#ifndef FUSION_LINES_H
#define FUSION_LINES_H

#include "base/buffer.h"

enum line_kind { LINE_SUBTITLE, LINE_SPEECH, LINE_NOTE, N_LINE_KINDS };

struct line {
    int64_t start_us, end_us; /* end: start where it is not known */
    enum line_kind kind;
    char *text;              /* as it came; owned */
};

struct lines {
    struct line *items;
    int n, capacity;
};

#define LINES_MAX 200000
#define LINES_TOKENS 20000   /* of a query that no budget bounds */

/* Append a copy. SC_ERR_LIMIT past LINES_MAX. */
SC_CHECKED enum sc_status lines_add(struct lines *l, enum line_kind kind, int64_t start_us, int64_t end_us,
                                    const char *text, struct sc_error *err);

/* By their beginning; equal ones stay as they were added. */
void lines_sort(struct lines *l);

void lines_dispose(struct lines *l);

/* Which of them stay where all may take max_tokens: notes first, then those nearest to a chosen frame. Those of times
 * that were not looked at do not, and do not count as left out either. kept: n bools, false. */
SC_CHECKED enum sc_status lines_choose(const struct lines *l, const struct sc_changes *evidence, int64_t max_tokens,
                                       bool *kept, int *n_kept, int *n_left_out, struct sc_error *err);

/* Append those kept that begin at or after from_us and before to_us, a row for each:
 *     00:01.000 to 00:02.500, subtitle: "Hello there, who are you?"
 * Made safe as whatever comes from files is. Nothing is appended where there is none. */
SC_CHECKED enum sc_status lines_write(const struct lines *l, const bool *kept, int64_t from_us, int64_t to_us,
                                      struct buffer *out, struct sc_error *err);

/* Whether any of that kind is kept. */
bool lines_have(const struct lines *l, const bool *kept, enum line_kind kind);

#endif
