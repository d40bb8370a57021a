/* Tokens: what an image costs, exactly, by the rules that models and servers use.
 * Sources: the published preprocessing code of Llama 4; OpenAI's documentation and measured bills; llama.cpp's slicing.
 * Integer arithmetic throughout, no overflow up to 65,535 x 65,535. Thread-safety: safe. */
#ifndef FUSION_TOKENS_H
#define FUSION_TOKENS_H

#include "fusion/model.h"

struct image_tokens {
    int64_t tokens;
    int columns, rows;       /* tiles or patches; 0 when the rule has none */
    int64_t patches;         /* Llama 4: <|patch|> tokens; patch rules: patches; else 0 */
};

enum image_detail { DETAIL_AUTO, DETAIL_LOW, DETAIL_HIGH };

/* SC_ERR_INVALID for sizes < 1 or an unknown rule. */
SC_CHECKED enum sc_status tokens_image(const struct model *model, int width, int height, enum image_detail detail,
                                       struct image_tokens *out, struct sc_error *err);

/* The tile grid that Llama 4's processor picks, at most max_tiles tiles. */
void tokens_llama4_grid(int width, int height, int max_tiles, int *columns_out, int *rows_out);

/* Upper estimate of the tokens of a text where no vocabulary is at hand. */
int64_t tokens_text_estimate(const char *text);

/* The largest size that width x height (kept in proportion, never enlarged) should be sent at: inside the model's
 * best box and max_side, and no tile begun for a sliver. */
void tokens_best_size(const struct model *model, int width, int height, int *width_out, int *height_out);

#endif
