/* Llama 4's own prompt layout, as token ids and as text: header tokens, image start, tiles and separators, overview, end
 * of turn. Ids are int32_t in host order, appended to a buffer.
 * Source: Meta's llama-models repository, models/llama4/chat_format.py, tokenizer.py and prompt_format.md.
 * Thread-safety: safe. */
#ifndef FUSION_LLAMA4_H
#define FUSION_LLAMA4_H

#include "base/buffer.h"

struct query;

enum {
    LLAMA4_BEGIN_OF_TEXT = 200000, LLAMA4_HEADER_START = 200005, LLAMA4_HEADER_END = 200006, LLAMA4_EOT = 200008,
    LLAMA4_IMAGE_START = 200080, LLAMA4_IMAGE_END = 200081, LLAMA4_TILE_X = 200084, LLAMA4_TILE_Y = 200085,
    LLAMA4_IMAGE = 200090, LLAMA4_PATCH = 200092,
    LLAMA4_SYSTEM = 15651, LLAMA4_USER = 1556, LLAMA4_ASSISTANT = 140680, LLAMA4_NEWLINES = 368,
};

/* One image of columns x rows tiles. SC_ERR_INVALID for fewer than one tile or more than 16. */
SC_CHECKED enum sc_status llama4_image_ids(int columns, int rows, struct buffer *out, struct sc_error *err);

/* One whole message: header of role (LLAMA4_SYSTEM, LLAMA4_USER), the content's ids, end of turn. A request is
 * LLAMA4_BEGIN_OF_TEXT, its messages, and the header of the assistant (llama4_header_ids), whom it asks to go on. */
SC_CHECKED enum sc_status llama4_message_ids(int32_t role, const int32_t *content, size_t n, struct buffer *out,
                                             struct sc_error *err);
SC_CHECKED enum sc_status llama4_header_ids(int32_t role, struct buffer *out, struct sc_error *err);

/* The prompt of a query as text, for a server that takes it as it is: the system's message, the user's with image in
 * place of each picture, the turns after it, and the header of the assistant. The begin of the text and what goes around
 * a picture are not in it: such servers add them. */
SC_CHECKED enum sc_status llama4_prompt_text(const struct query *query, const char *image, struct buffer *out,
                                             struct sc_error *err);

#endif
