/* Llama 4's prompt layout as token ids, and as text. */
#include "fusion/llama4.h"

#include "fusion/query.h"

enum { MAX_TILES = 16, TILE_PATCHES = 144 };

static enum sc_status add(struct buffer *out, int32_t id, int n, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    while (n-- > 0 && !s)
        s = buffer_add(out, &id, sizeof id, err);
    return s;
}

static enum sc_status add_row(struct buffer *out, int columns, struct sc_error *err)
{
    enum sc_status s = add(out, LLAMA4_PATCH, TILE_PATCHES, err);
    int i;

    for (i = 1; i < columns && !s; i++)
        if (!(s = add(out, LLAMA4_TILE_X, 1, err)))
            s = add(out, LLAMA4_PATCH, TILE_PATCHES, err);
    return s ? s : add(out, LLAMA4_TILE_Y, 1, err);
}

/* A picture of one tile is sent as its overview alone. */
enum sc_status llama4_image_ids(int columns, int rows, struct buffer *out, struct sc_error *err)
{
    enum sc_status s;
    int i;

    if (columns < 1 || rows < 1 || columns > MAX_TILES || rows > MAX_TILES || columns * rows > MAX_TILES)
        return fail(err, SC_ERR_INVALID, "no image has %dx%d tiles", columns, rows);
    s = add(out, LLAMA4_IMAGE_START, 1, err);
    for (i = 0; i < rows && columns * rows > 1 && !s; i++)
        s = add_row(out, columns, err);
    if (s || (s = add(out, LLAMA4_IMAGE, 1, err)) || (s = add(out, LLAMA4_PATCH, TILE_PATCHES, err)))
        return s;
    return add(out, LLAMA4_IMAGE_END, 1, err);
}

enum sc_status llama4_header_ids(int32_t role, struct buffer *out, struct sc_error *err)
{
    const int32_t header[] = { LLAMA4_HEADER_START, role, LLAMA4_HEADER_END, LLAMA4_NEWLINES };

    return buffer_add(out, header, sizeof header, err);
}

enum sc_status llama4_message_ids(int32_t role, const int32_t *content, size_t n, struct buffer *out,
                                  struct sc_error *err)
{
    enum sc_status s;

    if ((s = llama4_header_ids(role, out, err)) || (s = buffer_add(out, content, n * sizeof *content, err)))
        return s;
    return add(out, LLAMA4_EOT, 1, err);
}

static enum sc_status add_header_text(const char *role, struct buffer *out, struct sc_error *err)
{
    return buffer_print(out, err, "<|header_start|>%s<|header_end|>\n\n", role);
}

enum sc_status llama4_prompt_text(const struct query *query, const char *image, struct buffer *out,
                                  struct sc_error *err)
{
    enum sc_status s;
    int i;

    if (query->system && *query->system &&
        ((s = add_header_text("system", out, err)) || (s = buffer_print(out, err, "%s<|eot|>", query->system))))
        return s;
    s = add_header_text("user", out, err);
    for (i = 0; i < query->n_parts && !s; i++)
        s = buffer_text(out, query->parts[i].type == PART_IMAGE ? image : query->parts[i].text, err);
    for (i = 0; i < query->n_turns && !s; i++)
        if (!(s = buffer_text(out, "<|eot|>", err)) &&
            !(s = add_header_text(query->turns[i].by_model ? "assistant" : "user", out, err)))
            s = buffer_text(out, query->turns[i].text, err);
    if (s || (s = buffer_text(out, "<|eot|>", err)))
        return s;
    return add_header_text("assistant", out, err);
}
