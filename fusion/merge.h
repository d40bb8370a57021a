/* The query that puts the answers about several parts together: words alone.
 * Thread-safety: safe. */
#ifndef FUSION_MERGE_H
#define FUSION_MERGE_H

#include "fusion/query.h"

struct merge_part {
    const char *path;        /* of the video; what may be told of it is */
    int64_t from_us, to_us;
    const char *answer;      /* made safe; NULL: there is none, which is said */
};

/* Of the settings question, prompts, schema and ask matter. out: query_dispose. */
SC_CHECKED enum sc_status query_build_merge(const struct merge_part *parts, int n, const struct model *model,
                                            const struct query_settings *settings, struct query *out,
                                            struct sc_error *err);

#endif
