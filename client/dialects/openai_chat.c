/* OpenAI's Chat Completions, the shape that nearly every service understands. */
#include "client/dialects/common.h"

#include <string.h>

extern const struct dialect dialect_openai_chat;

static enum sc_status write_picture(const struct request *r, const struct query_part *part, struct body *out,
                                    struct sc_error *err)
{
    const char *detail = r->call->service->has_detail ? image_detail_name(part) : NULL;
    enum sc_status s = body_print(out, err, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:%s;base64,",
                                  image_type(part));

    if (s || (s = write_image(part, "", "\"", out, err)))
        return s;
    if (detail && (s = body_print(out, err, ",\"detail\":\"%s\"", detail)))
        return s;
    return body_text(out, "}}", err);
}

static enum sc_status write_part(const struct request *r, const struct query_part *part, struct body *out,
                                 struct sc_error *err)
{
    return part->type == PART_IMAGE ? write_picture(r, part, out, err)
                                    : write_text("{\"type\":\"text\",\"text\":", part->text, "}", out, err);
}

static enum sc_status write_content(const struct request *r, struct body *out, struct sc_error *err)
{
    const struct query *query = r->query;
    enum sc_status s;

    /* Some servers of text models know content only as a string. */
    if (query->n_parts == 1 && query->parts[0].type == PART_TEXT)
        return body_json_string(out, query->parts[0].text, err);
    if ((s = body_text(out, "[", err)) || (s = write_parts(r, write_part, out, err)))
        return s;
    return body_text(out, "]", err);
}

static enum sc_status write_messages(const struct request *r, struct body *out, struct sc_error *err)
{
    const char *system = r->query->system;
    enum sc_status s = body_text(out, "\"messages\":[", err);

    if (!s && system && *system)
        s = write_text("{\"role\":\"system\",\"content\":", system, "},", out, err);
    if (s || (s = body_text(out, "{\"role\":\"user\",\"content\":", err)) || (s = write_content(r, out, err)) ||
        (s = body_text(out, "}", err)) || (s = write_turns(r, &turn_plain, out, err)))
        return s;
    return body_text(out, "]", err);
}

static enum sc_status write_stream(const struct service *service, struct body *out, struct sc_error *err)
{
    enum sc_status s = body_text(out, ",\"stream\":true", err);

    if (s || !service->has_stream_usage)
        return s;
    return body_print(out, err, ",\"stream_options\":{\"include_usage\":true%s}",
                      service->has_obfuscation_switch ? ",\"include_obfuscation\":false" : "");
}

static enum sc_status write_settings(const struct request *r, struct body *out, struct sc_error *err)
{
    const struct client_call *call = r->call;
    const struct service *service = call->service;
    const char *limit = service->has_max_completion_tokens ? "max_completion_tokens" : "max_tokens";
    enum sc_status s = SC_OK;

    if (call->max_output_tokens > 0)
        s = body_print(out, err, ",\"%s\":%lld", limit, (long long)call->max_output_tokens);
    if (!s)
        s = write_temperature(r, ",\"temperature\":", out, err);
    if (!s && call->has_seed)
        s = body_print(out, err, ",\"seed\":%lld", (long long)call->seed);
    if (!s)
        s = write_schema(r, ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":",
                         call->is_schema_strict ? ",\"strict\":true,\"schema\":" : ",\"schema\":", "}}", out, err);
    if (!s && service->has_store)
        s = body_text(out, ",\"store\":false", err);
    if (!s && call->stream)
        s = write_stream(service, out, err);
    return s;
}

static enum sc_status encode(const struct request *r, struct body *out, struct sc_error *err)
{
    const char *model = r->call->model;
    enum sc_status s = body_text(out, "{", err);

    if (!s && model && *model)
        s = write_text("\"model\":", model, ",", out, err);
    if (s || (s = write_messages(r, out, err)) || (s = write_settings(r, out, err)))
        return s;
    return body_text(out, "}", err);
}

static void read_usage(json_t *root, struct reply *out)
{
    json_t *usage = json_object_get(root, "usage");

    if (!json_is_object(usage))
        usage = client_json_at(root, "x_groq.usage");
    if (!json_is_object(usage))
        return;
    read_count(json_object_get(usage, "prompt_tokens"), &out->prompt_tokens);
    read_count(json_object_get(usage, "completion_tokens"), &out->output_tokens);
    read_count(client_json_at(usage, "prompt_tokens_details.cached_tokens"), &out->cached_tokens);
}

/* message of a whole reply or delta of an event: content and refusal; what a model thought aloud is left out. */
static enum sc_status read_choice(json_t *choice, const char *member, struct reply *out, struct sc_error *err)
{
    const json_t *message = json_object_get(choice, member);
    enum sc_status s;

    if ((s = read_content(json_object_get(message, "content"), &out->text, err)) ||
        (s = read_content(json_object_get(message, "refusal"), &out->refusal, err)))
        return s;
    read_finish(json_object_get(choice, "finish_reason"), NULL, out);
    return SC_OK;
}

static enum sc_status read_reply(json_t *root, const char *member, struct reply *out, struct sc_error *err)
{
    json_t *choices = json_object_get(root, "choices");
    enum sc_status s = SC_OK;

    read_error(root, out);
    read_usage(root, out);
    if (json_array_size(choices))
        s = read_choice(json_array_get(choices, 0), member, out, err);
    if (!s && !out->has_error && !strcmp(out->finish, "error"))
        say_error(out);
    return s;
}

static enum sc_status read_whole(json_t *root, struct reply *out, struct sc_error *err)
{
    enum sc_status s = read_reply(root, "message", out, err);

    if (!s && !out->has_error && !json_array_size(json_object_get(root, "choices")))
        s = fail(err, SC_ERR_SERVICE, "the reply holds no answer");
    return s;
}

static enum sc_status decode_whole(const char *json, size_t size, struct reply *out, struct sc_error *err)
{
    return read_whole_json(json, size, read_whole, out, err);
}

static enum sc_status read_event(json_t *root, struct reply *out, struct sc_error *err)
{
    return read_reply(root, "delta", out, err);
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

const struct dialect dialect_openai_chat = {
    .name = "openai-chat",
    .path = "/chat/completions",
    .models_path = "/models",
    .count_path = "/chat/completions/input_tokens",
    .encode = encode,
    .decode_whole = decode_whole,
    .decode_event = decode_event,
    .decode_count = read_input_tokens,
};
