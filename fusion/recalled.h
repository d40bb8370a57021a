/* The query about many videos that is made of what is kept of them: words alone. And the clips that its answer cites.
 * Thread-safety: safe. */
#ifndef FUSION_RECALLED_H
#define FUSION_RECALLED_H

#include "fusion/query.h"

struct recalled {
    const char *path;        /* what may be told of it is */
    int64_t duration_us;     /* 0: not known, or a still */
    int64_t mtime_us;        /* since 1970; told in UTC; 0: not */
    const struct sc_passage *lines; /* in the order in which they are told */
    const bool *wanted;      /* those that come first where there is not room for all; NULL: none */
    int n_lines;
    int n_told;              /* out: of the lines */
};

#define RECALLED_LINES 400   /* of one clip that are told at most */

/* Clips are numbered from 1. Over max_tokens (of the settings; 0: none) lines are left out, the same number for each at
 * most and those wanted last, then clips from the end; *n_told_out: how many are told of. Beside these question, prompts,
 * schema and ask of the settings matter. SC_ERR_LIMIT: not even one clip fits. out: query_dispose. */
SC_CHECKED enum sc_status query_build_recalled(struct recalled *clips, int n, const struct model *model,
                                               const struct query_settings *settings, struct query *out, int *n_told_out,
                                               struct sc_error *err);

/* A clip, or a moment in it, that an answer cites like [clip 3 00:41.200, 01:02] or [clip 3]. */
struct recalled_citation {
    int clip;                /* from 0 */
    int64_t time_us;         /* -1: the whole */
    bool known;              /* there is such a clip, and a line of it is of that time */
};

/* Each once, in the order of text. *out: free(). */
SC_CHECKED enum sc_status recalled_cite(const char *text, const struct recalled *clips, int n,
                                        struct recalled_citation **out, int *n_out, struct sc_error *err);

#endif
