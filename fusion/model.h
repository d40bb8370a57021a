/* What is known of a model family, as data: fusion/models.json (compiled in), changed by the user's models.json and by
 * what a service says of the family (its overrides). No model's name appears in code.
 * Thread-safety: models_* one thread at a time for each table; struct model is plain data. */
#ifndef FUSION_MODEL_H
#define FUSION_MODEL_H

#include "base/error.h"

struct json_t;

/* How the tokens of an image are counted. A rule is a row of the table in fusion/tokens.c. */
struct model {
    char family[32];         /* "llama4", "gpt-4.1" */
    char rule[32];           /* name of an image rule: "llama4", "llama4-llamacpp", "openai-tiles", "openai-patches" ... */
    int base_tokens, tile_tokens;      /* openai-tiles */
    int patch_permille;                /* openai-patches: 1620, 2460 */
    int fixed_tokens;                  /* fixed: every image costs this */
    bool image_exact;        /* the rule is exact on this service */
    int max_images;          /* good at; 0: no advice */
    int limit_images;        /* the service refuses more; 0: none known */
    int max_side;            /* send no larger; 0: the rule's own best size */
    int best_width, best_height; /* target box for a whole frame: what detail is worth its tokens */
    int64_t context_tokens;  /* 0: not known */
    int layout_base, layout_message; /* tokens around one request, and around each message (wire layout) */
    bool layout_exact;
    char label_style[16];    /* "interleaved": a label before each image; "sequence": numbered and timed */
    bool has_detail;         /* takes detail low / high */
    double usd_in, usd_out;  /* a million tokens; < 0: unknown. Belongs to the service: set from its row */
};

struct models;

/* user_json: content of the user's models.json or NULL. SC_ERR_INVALID names file, row and member. */
SC_CHECKED enum sc_status models_open(struct models **out, const char *user_json, struct sc_error *err);
void models_close(struct models **m);

/* The family whose patterns match name (case-insensitive globs, first row that matches; the last row matches all). */
void models_find(const struct models *m, const char *name, struct model *out);

/* Change *model by the members of a service's override for its family: {"rule": ..., "max_side": 336, ...}.
 * SC_ERR_INVALID for an unknown member or a wrong type. overrides: json object keyed by family, or NULL. */
SC_CHECKED enum sc_status model_override(struct model *model, const struct json_t *overrides, struct sc_error *err);

#endif
