/* What is known of a model family, as data: fusion/models.json (compiled in), changed by the user's models.json and by
 * what a service says of the family (its overrides). No model's name appears in code. docs/TOKENS.md has the members.
 * Thread-safety: models_* one thread at a time for each table; struct model is plain data. */
#ifndef FUSION_MODEL_H
#define FUSION_MODEL_H

#include "base/error.h"

struct json_t;

struct model {
    char family[32];         /* "llama4", "gpt-4.1" */
    char rule[32];           /* how the tokens of an image are counted: a row of the table in fusion/tokens.c */
    int max_tiles;           /* llama4: tiles of one image; 0: 16 */
    int base_tokens, tile_tokens; /* openai-tiles */
    int patch_permille;      /* openai-patches: tokens of 1000 patches: 1620, 2460 */
    int max_patches;         /* openai-patches: of one image; 0: 1536 */
    int fixed_tokens;        /* fixed: every image costs this */
    bool image_exact;        /* the rule is exact on this service */
    int max_images;          /* good at; 0: no advice */
    int limit_images;        /* the service refuses more; 0: none known */
    int max_side;            /* send no larger; 0: as the rule and best_tokens say */
    int best_tokens;         /* a whole frame is worth at most so many; 0: as many as its pixels cost */
    int64_t context_tokens;  /* of the query and its answer together; 0: not known */
    int layout_base;         /* tokens around a request of one user message (wire layout) */
    int layout_message;      /* around each further message, such as the system's */
    bool layout_exact;
    char label_style[16];    /* "interleaved": a sentence before each image; "sequence": numbered and timed */
    bool has_detail;         /* takes detail low / high */
    double usd_in, usd_out;  /* a million tokens; < 0: unknown. Belongs to the service: set from its row */
};

struct models;

/* user_json: content of the user's models.json or NULL; its rows come before the built-in ones, and a row that names a
 * built-in family starts as a copy of it. SC_ERR_INVALID names file, row and member. *out: models_close. */
SC_CHECKED enum sc_status models_open(struct models **out, const char *user_json, struct sc_error *err);
void models_close(struct models **m);

/* The family whose patterns match name (case-insensitive globs, first row that matches; the last row matches all, and
 * a name of NULL). */
void models_find(const struct models *m, const char *name, struct model *out);

/* Change *model by the members of a service's override for its family: {"rule": ..., "max_side": 336, ...}.
 * SC_ERR_INVALID for an unknown member or a wrong type; *model is unchanged then.
 * overrides: json object keyed by family, "*" for every one (its own goes on top), or NULL. */
SC_CHECKED enum sc_status model_override(struct model *model, const struct json_t *overrides, struct sc_error *err);

#endif
