/* Meta's own shape of its Llama API: the requests of Chat Completions with fewer members, replies without choices. */
#include "client/dialects/common.h"

#include <string.h>

extern const struct dialect dialect_llama_api;

static enum sc_status write_part(const struct request *r, const struct query_part *part, struct body *out,
                                 struct sc_error *err)
{
    enum sc_status s;

    (void)r;
    if (part->type == PART_TEXT)
        return write_text("{\"type\":\"text\",\"text\":", part->text, "}", out, err);
    s = body_print(out, err, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:%s;base64,", image_type(part));
    return s ? s : write_image(part, "", "\"}}", out, err);
}

static enum sc_status encode(const struct request *r, struct body *out, struct sc_error *err)
{
    const struct client_call *call = r->call;
    const char *model = call->model, *system = r->query->system;
    enum sc_status s = body_text(out, "{", err);

    if (!s && model && *model)
        s = write_text("\"model\":", model, ",", out, err);
    if (!s)
        s = body_text(out, "\"messages\":[", err);
    if (!s && system && *system)
        s = write_text("{\"role\":\"system\",\"content\":", system, "},", out, err);
    if (s || (s = body_text(out, "{\"role\":\"user\",\"content\":[", err)) ||
        (s = write_parts(r, write_part, out, err)) || (s = body_text(out, "]}", err)) ||
        (s = write_turns(r, &turn_plain, out, err)) || (s = body_text(out, "]", err)))
        return s;
    if (call->max_output_tokens > 0 &&
        (s = body_print(out, err, ",\"max_completion_tokens\":%lld", (long long)call->max_output_tokens)))
        return s;
    if ((s = write_schema(r, ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":",
                          ",\"schema\":", "}}", out, err)) ||
        (s = write_temperature(r, ",\"temperature\":", out, err)) ||
        (call->stream && (s = body_text(out, ",\"stream\":true", err))))
        return s;
    return body_text(out, "}", err);
}

static void read_metrics(json_t *metrics, struct reply *out)
{
    json_t *row;
    size_t i;

    json_array_foreach(metrics, i, row) {
        const char *name = json_string_value(json_object_get(row, "metric"));
        const json_t *value = json_object_get(row, "value");

        if (name && !strcmp(name, "num_prompt_tokens"))
            read_count(value, &out->prompt_tokens);
        else if (name && !strcmp(name, "num_completion_tokens"))
            read_count(value, &out->output_tokens);
    }
}

/* A string, or an object with it. */
static enum sc_status read_text(json_t *content, struct reply *out, struct sc_error *err)
{
    return client_json_text(&out->text, json_is_object(content) ? json_object_get(content, "text") : content, err);
}

static enum sc_status read_whole(json_t *root, struct reply *out, struct sc_error *err)
{
    json_t *message = json_object_get(root, "completion_message");

    if (read_error(root, out))
        return SC_OK;
    if (!json_is_object(message))
        return fail(err, SC_ERR_SERVICE, "the reply holds no answer");
    read_metrics(json_object_get(root, "metrics"), out);
    read_finish(json_object_get(message, "stop_reason"), NULL, out);
    return read_text(json_object_get(message, "content"), out, err);
}

static enum sc_status decode_whole(const char *json, size_t size, struct reply *out, struct sc_error *err)
{
    return read_whole_json(json, size, read_whole, out, err);
}

static enum sc_status read_event(json_t *root, struct reply *out, struct sc_error *err)
{
    json_t *event = json_object_get(root, "event");

    if (read_error(root, out))
        return SC_OK;
    read_metrics(json_object_get(event, "metrics"), out);
    read_finish(json_object_get(event, "stop_reason"), NULL, out);
    return read_text(json_object_get(event, "delta"), out, err);
}

static enum sc_status decode_event(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err)
{
    (void)name;
    if (size >= 6 && !memcmp(data, "[DONE]", 6)) {
        out->ended = true;
        return SC_OK;
    }
    return read_event_json(data, size, read_event, out, err);
}

const struct dialect dialect_llama_api = {
    .name = "llama-api",
    .path = "/chat/completions",
    .models_path = "/models",
    .encode = encode,
    .decode_whole = decode_whole,
    .decode_event = decode_event,
};
