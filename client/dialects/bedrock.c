/* Converse of Amazon Bedrock. */
#include "client/dialects/common.h"

#include <string.h>

extern const struct dialect dialect_bedrock;

static enum sc_status write_part(const struct request *r, const struct query_part *part, struct body *out,
                                 struct sc_error *err)
{
    const char *type = image_type(part), *slash = strchr(type, '/');
    enum sc_status s;

    (void)r;
    if (part->type == PART_TEXT)
        return write_text("{\"text\":", part->text, "}", out, err);
    s = body_print(out, err, "{\"image\":{\"format\":\"%s\",\"source\":{\"bytes\":\"", slash ? slash + 1 : type);
    return s ? s : write_image(part, "", "\"}}}", out, err);
}

static enum sc_status write_settings(const struct request *r, struct body *out, struct sc_error *err)
{
    bool has_limit = r->call->max_output_tokens > 0;
    enum sc_status s = body_text(out, ",\"inferenceConfig\":{", err);

    if (!s && has_limit)
        s = body_print(out, err, "\"maxTokens\":%lld", (long long)r->call->max_output_tokens);
    if (!s)
        s = write_temperature(r, has_limit ? ",\"temperature\":" : "\"temperature\":", out, err);
    return s ? s : body_text(out, "}", err);
}

static const struct turn_shape turns = { "{\"role\":\"user\",\"content\":[{\"text\":",
                                         "{\"role\":\"assistant\",\"content\":[{\"text\":", "}]}" };

static enum sc_status encode(const struct request *r, struct body *out, struct sc_error *err)
{
    const char *system = r->query->system;
    enum sc_status s = body_text(out, "{", err);

    if (!s && system && *system)
        s = write_text("\"system\":[{\"text\":", system, "}],", out, err);
    if (s || (s = body_text(out, "\"messages\":[{\"role\":\"user\",\"content\":[", err)) ||
        (s = write_parts(r, write_part, out, err)) || (s = body_text(out, "]}", err)) ||
        (s = write_turns(r, &turns, out, err)) || (s = body_text(out, "]", err)) ||
        (s = write_settings(r, out, err)))
        return s;
    return body_text(out, "}", err);
}

static void read_stop(const json_t *root, struct reply *out)
{
    static const char *const words[][2] = { { "end_turn", "stop" }, { "stop_sequence", "stop" },
                                            { "max_tokens", "length" }, { "guardrail_intervened", "content_filter" },
                                            { "content_filtered", "content_filter" }, { 0 } };

    read_finish(json_object_get(root, "stopReason"), words, out);
}

static void read_usage(const json_t *usage, struct reply *out)
{
    read_count(json_object_get(usage, "inputTokens"), &out->prompt_tokens);
    read_count(json_object_get(usage, "outputTokens"), &out->output_tokens);
    read_count(json_object_get(usage, "cacheReadInputTokens"), &out->cached_tokens);
}

static enum sc_status read_whole(json_t *root, struct reply *out, struct sc_error *err)
{
    json_t *content = client_json_at(root, "output.message.content");

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
    return read_whole_json(json, size, read_whole, out, err);
}

static enum sc_status read_event(json_t *root, struct reply *out, struct sc_error *err)
{
    read_stop(root, out);
    read_usage(json_object_get(root, "usage"), out);
    return client_json_text(&out->text, client_json_at(root, "delta.text"), err);
}

/* Events are called messageStart, contentBlockDelta and so on; what went wrong, throttlingException and its like. */
static enum sc_status decode_event(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err)
{
    json_t *root;

    if (!strcasestr(name, "exception") && strcmp(name, "error")) {
        if (!strcmp(name, "metadata"))
            out->ended = true;
        return read_event_json(data, size, read_event, out, err);
    }
    root = client_json(data, size);
    if (!root || !read_error(root, out))
        say_error(out);
    snprintf(out->failure.type, sizeof out->failure.type, "%.63s", name);
    json_decref(root);
    return SC_OK;
}

const struct dialect dialect_bedrock = {
    .name = "bedrock",
    .path = "/model/${model}/converse",
    .stream_path = "/model/${model}/converse-stream",
    .has_no_version = true,
    .framing = FRAMING_FRAMES,
    .encode = encode,
    .decode_whole = decode_whole,
    .decode_event = decode_event,
};
