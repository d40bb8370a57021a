/* One query with one packing: which frames, how large, with which words.
 * Thread-safety: safe. */
#ifndef FUSION_BUILD_H
#define FUSION_BUILD_H

#include "fusion/pack.h"
#include "fusion/query.h"

struct build_input {
    const struct sc_changes *evidence; /* has a frame and a size */
    const struct model *model;
    const struct query_settings *settings;
    const struct packing *packing;
};

/* out: query_dispose; empty after an error. SC_ERR_LIMIT when not even one image fits. */
SC_CHECKED enum sc_status query_build_with(const struct build_input *in, struct query *out, struct sc_error *err);

#endif
