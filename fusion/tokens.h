/* Tokens: what an image costs, exactly, by the rules that models and servers use (docs/TOKENS.md).
 * Sources: the published preprocessing code of Llama 4; OpenAI's documentation and measured bills; llama.cpp's slicing.
 * Integer arithmetic throughout, no overflow for any int. Thread-safety: safe. */
#ifndef FUSION_TOKENS_H
#define FUSION_TOKENS_H

#include "fusion/model.h"

struct image_tokens {
    int64_t tokens;
    int columns, rows;       /* tiles or patches; 0 when the rule has none */
    int64_t patches;         /* Llama 4: <|patch|> tokens; patch rules: patches; else 0 */
    bool exact;              /* false: an estimate */
};

enum image_detail { DETAIL_AUTO, DETAIL_LOW, DETAIL_HIGH };

/* Whether there is an image rule of this name. */
bool tokens_has_rule(const char *name);

/* SC_ERR_INVALID for sizes < 1 or an unknown rule. DETAIL_AUTO counts as high. */
SC_CHECKED enum sc_status tokens_image(const struct model *model, int width, int height, enum image_detail detail,
                                       struct image_tokens *out, struct sc_error *err);

/* Whether a picture of this size gets, at detail low, as many tokens for its pixels as a full tile does at high. */
bool tokens_low_is_enough(const struct model *model, int width, int height);

/* The tile grid that Llama 4's processor picks, at most max_tiles tiles. width, height >= 1. */
void tokens_llama4_grid(int width, int height, int max_tiles, int *columns_out, int *rows_out);

/* Whether the model sees every pixel of a picture of this size: neither it nor max_side shrinks it. */
bool tokens_sees_all(const struct model *model, int width, int height);

/* Estimate of the tokens of a text where no vocabulary is at hand; never more than its bytes. Against OpenAI's
 * o200k_base it gives 1.1 to 1.2 times the tokens of our prompts, 1.4 of English prose, up to 5 of other scripts;
 * random characters (base64) can cost more than it says. For vocabularies of 100,000 tokens and more it is an upper one, for
 * 32,000 it may be a tenth too low (docs/TOKENS.md). */
int64_t tokens_text_estimate(const char *text);

/* The largest size that width x height (kept in proportion, never enlarged) should be sent at: at most model->max_side
 * a side, worth model->best_tokens, no pixels that the model would not see, and no tile begun for a sliver: a side up
 * to an eighth shorter is taken when it saves at least a quarter of the tokens. */
void tokens_best_size(const struct model *model, int width, int height, int *width_out, int *height_out);

/* The same within max_tokens (and best_tokens). False: not even 256 pixels along the longer side (or the picture
 * itself, if smaller) cost so little; *width_out and *height_out are then that smallest size. */
bool tokens_size_within(const struct model *model, int width, int height, enum image_detail detail, int64_t max_tokens,
                        int *width_out, int *height_out);

#endif
