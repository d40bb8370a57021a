/* OpenAI's Responses. */
#include "client/dialects/common.h"

#include <string.h>

extern const struct dialect dialect_openai_responses;

static enum sc_status write_picture(const struct request *r, const struct query_part *part, struct body *out,
                                    struct sc_error *err)
{
    const char *detail = r->call->service->has_detail ? image_detail_name(part) : NULL;
    enum sc_status s = body_print(out, err, "{\"type\":\"input_image\",\"image_url\":\"data:%s;base64,",
                                  image_type(part));

    if (s || (s = write_image(part, "", "\"", out, err)))
        return s;
    if (detail && (s = body_print(out, err, ",\"detail\":\"%s\"", detail)))
        return s;
    return body_text(out, "}", err);
}

static enum sc_status write_part(const struct request *r, const struct query_part *part, struct body *out,
                                 struct sc_error *err)
{
    return part->type == PART_IMAGE ? write_picture(r, part, out, err)
                                    : write_text("{\"type\":\"input_text\",\"text\":", part->text, "}", out, err);
}

static enum sc_status write_settings(const struct request *r, struct body *out, struct sc_error *err)
{
    const struct client_call *call = r->call;
    enum sc_status s = SC_OK;

    if (call->max_output_tokens > 0)
        s = body_print(out, err, ",\"max_output_tokens\":%lld", (long long)call->max_output_tokens);
    if (!s)
        s = write_temperature(r, ",\"temperature\":", out, err);
    if (!s)
        s = write_schema(r, ",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":",
                         call->is_schema_strict ? ",\"strict\":true,\"schema\":" : ",\"schema\":", "}}", out, err);
    if (!s && call->service->has_store)
        s = body_text(out, ",\"store\":false", err);
    if (!s && call->stream)
        s = body_text(out, ",\"stream\":true", err);
    if (!s && call->stream && call->service->has_obfuscation_switch)
        s = body_text(out, ",\"stream_options\":{\"include_obfuscation\":false}", err);
    return s;
}

static const struct turn_shape turns = {
    "{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":",
    "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":", "}]}",
};

static enum sc_status encode(const struct request *r, struct body *out, struct sc_error *err)
{
    const char *model = r->call->model, *system = r->query->system;
    enum sc_status s = body_text(out, "{", err);

    if (!s && model && *model)
        s = write_text("\"model\":", model, ",", out, err);
    if (!s && system && *system)
        s = write_text("\"instructions\":", system, ",", out, err);
    if (s || (s = body_text(out, "\"input\":[{\"role\":\"user\",\"content\":[", err)) ||
        (s = write_parts(r, write_part, out, err)) || (s = body_text(out, "]}", err)) ||
        (s = write_turns(r, &turns, out, err)) || (s = body_text(out, "]", err)))
        return s;
    if (!r->counting && (s = write_settings(r, out, err)))
        return s;
    return body_text(out, "}", err);
}

static enum sc_status read_item(const json_t *item, struct reply *out, struct sc_error *err)
{
    const char *type = json_string_value(json_object_get(item, "type"));
    const json_t *part;
    enum sc_status s = SC_OK;
    size_t i;

    if (type && strcmp(type, "message"))
        return SC_OK;
    json_array_foreach(json_object_get(item, "content"), i, part)
        if (!s && !(s = client_json_text(&out->refusal, json_object_get(part, "refusal"), err)))
            s = client_json_text(&out->text, json_object_get(part, "text"), err);
    return s;
}

/* How it ended and what it cost; of a response object, whole or in the last event. */
static void read_end(json_t *response, struct reply *out)
{
    static const char *const words[][2] = { { "completed", "stop" }, { "max_output_tokens", "length" }, { 0 } };
    json_t *usage = json_object_get(response, "usage");
    const char *status = json_string_value(json_object_get(response, "status"));

    read_count(json_object_get(usage, "input_tokens"), &out->prompt_tokens);
    read_count(json_object_get(usage, "output_tokens"), &out->output_tokens);
    read_count(client_json_at(usage, "input_tokens_details.cached_tokens"), &out->cached_tokens);
    read_finish(json_object_get(response, "status"), words, out);
    read_finish(client_json_at(response, "incomplete_details.reason"), words, out);
    if (!read_error(response, out) && status && !strcmp(status, "failed"))
        say_error(out);
}

static enum sc_status read_response(json_t *root, struct reply *out, struct sc_error *err)
{
    json_t *items = json_object_get(root, "output"), *item;
    enum sc_status s = SC_OK;
    size_t i;

    read_end(root, out);
    json_array_foreach(items, i, item)
        if (!s)
            s = read_item(item, out, err);
    if (!s && !out->has_error && !json_is_array(items))
        s = fail(err, SC_ERR_SERVICE, "the reply holds no answer");
    return s;
}

static enum sc_status decode_whole(const char *json, size_t size, struct reply *out, struct sc_error *err)
{
    return read_whole_json(json, size, read_response, out, err);
}

static enum sc_status read_event(json_t *root, struct reply *out, struct sc_error *err)
{
    const json_t *delta = json_object_get(root, "delta");
    const char *type = json_string_value(json_object_get(root, "type"));

    type = type ? type : "";
    if (!strcmp(type, "response.output_text.delta"))
        return client_json_text(&out->text, delta, err);
    if (!strcmp(type, "response.refusal.delta"))
        return client_json_text(&out->refusal, delta, err);
    if (!strcmp(type, "response.completed") || !strcmp(type, "response.incomplete") ||
        !strcmp(type, "response.failed")) {
        read_end(json_object_get(root, "response"), out);
        out->ended = true;
    }
    if (!strcmp(type, "response.failed") && !out->has_error)
        say_error(out);
    if ((!*type || !strcmp(type, "error")) && !read_error(root, out) && *type)
        say_error(out);
    return SC_OK;
}

static enum sc_status decode_event(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err)
{
    enum sc_status s;

    if (size >= 6 && !memcmp(data, "[DONE]", 6)) {
        out->ended = true;
        return SC_OK;
    }
    s = read_event_json(data, size, read_event, out, err);
    if (!s && !strcmp(name, "error") && !out->has_error)
        say_error(out);
    return s;
}

const struct dialect dialect_openai_responses = {
    .name = "openai-responses",
    .path = "/responses",
    .models_path = "/models",
    .count_path = "/responses/input_tokens",
    .encode = encode,
    .decode_whole = decode_whole,
    .decode_event = decode_event,
    .decode_count = read_input_tokens,
};
