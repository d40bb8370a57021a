/* Ollama's own chat: text and images apart, put together by markers; answers as lines of JSON. */
#include "client/dialects/common.h"

#include <string.h>

#define IMAGE_MARKER "[img]"
#define TOKENS_AN_IMAGE 768  /* what the server reckons when it looks whether a message fits (its prompt builder) */
#define SPARE_TOKENS 512
#define CONTEXT_STEP 4096    /* another size of context loads the model anew, so sizes are few */
#define DEFAULT_OUTPUT_TOKENS 1024

extern const struct dialect dialect_ollama;

/* Without markers the server puts all images before the text. */
static enum sc_status write_content(const struct query *query, struct body *out, struct sc_error *err)
{
    struct buffer text = { 0 };
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < query->n_parts && !s; i++) {
        const struct query_part *part = &query->parts[i];
        bool both_text = i && part->type == PART_TEXT && part[-1].type == PART_TEXT;

        if (i && (s = buffer_text(&text, both_text ? "\n" : " ", err)))
            break;
        s = buffer_text(&text, part->type == PART_IMAGE ? IMAGE_MARKER : part->text, err);
    }
    if (!s)
        s = body_json_string(out, text.data ? (const char *)text.data : "", err);
    buffer_dispose(&text);
    return s;
}

static enum sc_status write_images(const struct query *query, struct body *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i, n = 0;

    if (!query->n_images)
        return SC_OK;
    s = body_text(out, ",\"images\":[", err);
    for (i = 0; i < query->n_parts && !s; i++)
        if (query->parts[i].type == PART_IMAGE)
            s = write_image(&query->parts[i], n++ ? ",\"" : "\"", "\"", out, err);
    return s ? s : body_text(out, "]", err);
}

/* The server's own default may be far too small, and it drops what does not fit without a word. */
static int64_t context_size(const struct query *query, int64_t output_tokens)
{
    int64_t images = query->image_tokens, reckoned = (int64_t)query->n_images * TOKENS_AN_IMAGE;
    int64_t need = (images > reckoned ? images : reckoned) + query->text_tokens + query->layout_tokens +
                   output_tokens + SPARE_TOKENS;

    return (need + CONTEXT_STEP - 1) / CONTEXT_STEP * CONTEXT_STEP;
}

static enum sc_status write_options(const struct request *r, struct body *out, struct sc_error *err)
{
    const struct client_call *call = r->call;
    int64_t limit = call->max_output_tokens > 0 ? call->max_output_tokens : DEFAULT_OUTPUT_TOKENS;
    enum sc_status s = body_print(out, err, ",\"options\":{\"num_ctx\":%lld,\"num_predict\":%lld",
                                  (long long)context_size(r->query, limit), (long long)limit);

    if (!s)
        s = write_temperature(r, ",\"temperature\":", out, err);
    if (!s && call->has_seed)
        s = body_print(out, err, ",\"seed\":%lld", (long long)call->seed);
    return s ? s : body_text(out, "}", err);
}

static enum sc_status encode(const struct request *r, struct body *out, struct sc_error *err)
{
    const struct query *query = r->query;
    const char *model = r->call->model;
    enum sc_status s = body_print(out, err, "{");

    if (!s && model && *model)
        s = write_text("\"model\":", model, ",", out, err);
    if (s || (s = body_text(out, r->call->stream ? "\"stream\":true,\"messages\":[" : "\"stream\":false,\"messages\":[",
                            err)))
        return s;
    if (query->system && *query->system &&
        (s = write_text("{\"role\":\"system\",\"content\":", query->system, "},", out, err)))
        return s;
    if ((s = body_text(out, "{\"role\":\"user\",\"content\":", err)) || (s = write_content(query, out, err)) ||
        (s = write_images(query, out, err)) || (s = body_text(out, "}", err)) ||
        (s = write_turns(r, &turn_plain, out, err)) || (s = body_text(out, "]", err)) ||
        (s = write_schema(r, ",\"format\":", NULL, "", out, err)) ||
        (s = write_options(r, out, err)))
        return s;
    return body_text(out, ",\"truncate\":false}", err);
}

static enum sc_status read_line(json_t *root, struct reply *out, struct sc_error *err)
{
    if (read_error(root, out))
        return SC_OK;
    read_count(json_object_get(root, "prompt_eval_count"), &out->prompt_tokens);
    read_count(json_object_get(root, "eval_count"), &out->output_tokens);
    read_finish(json_object_get(root, "done_reason"), NULL, out);
    if (json_is_true(json_object_get(root, "done")))
        out->ended = true;
    return client_json_text(&out->text, client_json_at(root, "message.content"), err);
}

static enum sc_status read_whole(json_t *root, struct reply *out, struct sc_error *err)
{
    enum sc_status s = read_line(root, out, err);

    if (!s && !out->has_error && !json_is_object(json_object_get(root, "message")))
        s = fail(err, SC_ERR_SERVICE, "the reply holds no answer");
    return s;
}

static enum sc_status decode_whole(const char *json, size_t size, struct reply *out, struct sc_error *err)
{
    return read_whole_json(json, size, read_whole, out, err);
}

static enum sc_status decode_event(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err)
{
    (void)name;
    return read_event_json(data, size, read_line, out, err);
}

const struct dialect dialect_ollama = {
    .name = "ollama",
    .path = "/api/chat",
    .models_path = "/api/tags",
    .has_no_version = true,
    .framing = FRAMING_LINES,
    .encode = encode,
    .decode_whole = decode_whole,
    .decode_event = decode_event,
};
