/* Anthropic's Messages. */
#include "client/dialects/common.h"

#include <string.h>

#define NEEDED_LIMIT 4096    /* the service wants a limit for the answer, the caller had none */

extern const struct dialect dialect_anthropic;

static enum sc_status write_part(const struct request *r, const struct query_part *part, struct body *out,
                                 struct sc_error *err)
{
    enum sc_status s;

    (void)r;
    if (part->type == PART_TEXT)
        return write_text("{\"type\":\"text\",\"text\":", part->text, "}", out, err);
    s = body_print(out, err, "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"%s\",\"data\":\"",
                   image_type(part));
    return s ? s : write_image(part, "", "\"}}", out, err);
}

static enum sc_status write_settings(const struct request *r, struct body *out, struct sc_error *err)
{
    int64_t limit = r->call->max_output_tokens;
    enum sc_status s = body_print(out, err, ",\"max_tokens\":%lld", (long long)(limit > 0 ? limit : NEEDED_LIMIT));

    if (!s)
        s = write_temperature(r, ",\"temperature\":", out, err);
    if (!s && r->call->stream)
        s = body_text(out, ",\"stream\":true", err);
    return s;
}

static enum sc_status encode(const struct request *r, struct body *out, struct sc_error *err)
{
    const char *model = r->call->model, *system = r->query->system;
    enum sc_status s = body_text(out, "{", err);

    if (!s && model && *model)
        s = write_text("\"model\":", model, ",", out, err);
    if (!s && system && *system)
        s = write_text("\"system\":", system, ",", out, err);
    if (s || (s = body_text(out, "\"messages\":[{\"role\":\"user\",\"content\":[", err)) ||
        (s = write_parts(r, write_part, out, err)) || (s = body_text(out, "]}", err)) ||
        (s = write_turns(r, &turn_plain, out, err)) || (s = body_text(out, "]", err)))
        return s;
    if (!r->counting && (s = write_settings(r, out, err)))
        return s;
    return body_text(out, "}", err);
}

static void read_stop(json_t *holder, struct reply *out)
{
    static const char *const words[][2] = { { "end_turn", "stop" }, { "stop_sequence", "stop" },
                                            { "max_tokens", "length" }, { 0 } };

    read_finish(json_object_get(holder, "stop_reason"), words, out);
}

/* What was read from the cache, or written to it, is not in input_tokens; each event says only some of them. */
static void read_usage(json_t *usage, struct reply *out)
{
    int64_t fresh = -1, written = 0, cached = 0;

    read_count(json_object_get(usage, "input_tokens"), &fresh);
    read_count(json_object_get(usage, "cache_creation_input_tokens"), &written);
    read_count(json_object_get(usage, "cache_read_input_tokens"), &cached);
    if (fresh >= 0) {
        out->prompt_tokens = fresh + written + cached;
        out->cached_tokens = cached;
    }
    read_count(json_object_get(usage, "output_tokens"), &out->output_tokens);
}

static enum sc_status read_message(json_t *root, struct reply *out, struct sc_error *err)
{
    json_t *content = json_object_get(root, "content");

    if (read_error(root, out))
        return SC_OK;
    if (!json_is_array(content))
        return fail(err, SC_ERR_SERVICE, "the reply holds no answer");
    read_stop(root, out);
    read_usage(json_object_get(root, "usage"), out);
    return read_content(content, &out->text, err);
}

static enum sc_status decode_whole(const char *json, size_t size, struct reply *out, struct sc_error *err)
{
    return read_whole_json(json, size, read_message, out, err);
}

static enum sc_status read_event(json_t *root, struct reply *out, struct sc_error *err)
{
    const char *type = json_string_value(json_object_get(root, "type"));

    type = type ? type : "";
    if (!strcmp(type, "error") || !*type) {
        if (!read_error(root, out) && *type)
            say_error(out);
    } else if (!strcmp(type, "message_start")) {
        read_usage(client_json_at(root, "message.usage"), out);
    } else if (!strcmp(type, "content_block_delta")) {
        return client_json_text(&out->text, client_json_at(root, "delta.text"), err);
    } else if (!strcmp(type, "message_delta")) {
        read_stop(json_object_get(root, "delta"), out);
        read_usage(json_object_get(root, "usage"), out);
    } else if (!strcmp(type, "message_stop")) {
        out->ended = true;
    }
    return SC_OK;
}

static enum sc_status decode_event(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err)
{
    enum sc_status s = read_event_json(data, size, read_event, out, err);

    if (!s && !strcmp(name, "error") && !out->has_error)
        say_error(out);
    return s;
}

const struct dialect dialect_anthropic = {
    .name = "anthropic",
    .path = "/messages",
    .models_path = "/models",
    .count_path = "/messages/count_tokens",
    .auth_header = "x-api-key: ",
    .header = "anthropic-version: 2023-06-01",
    .encode = encode,
    .decode_whole = decode_whole,
    .decode_event = decode_event,
    .decode_count = read_input_tokens,
};
