/* OpenAI's Chat Completions, the shape that nearly every service understands. */
#include "client/dialects/dialect.h"

#include <string.h>

#include "client/json.h"

extern const struct dialect dialect_openai_chat;

static enum sc_status encode_image(const struct client_call *call, const struct query_part *part, struct body *out,
                                   struct sc_error *err)
{
    const char *type = part->content_type ? part->content_type : "image/jpeg";
    const char *detail = part->detail == DETAIL_HIGH ? "high" : part->detail == DETAIL_LOW ? "low" : NULL;
    enum sc_status s;

    if (!part->data.size)
        return fail(err, SC_ERR_INVALID, "image %d of the query has not been rendered", part->image + 1);
    if ((s = body_print(out, err, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:%s;base64,", type)) ||
        (s = body_base64(out, part->data.data, part->data.size, err)) || (s = body_text(out, "\"", err)))
        return s;
    if (detail && call->service->has_detail && (s = body_print(out, err, ",\"detail\":\"%s\"", detail)))
        return s;
    return body_text(out, "}}", err);
}

static enum sc_status encode_text(const char *text, struct body *out, struct sc_error *err)
{
    enum sc_status s;

    if ((s = body_text(out, "{\"type\":\"text\",\"text\":", err)) || (s = body_json_string(out, text, err)))
        return s;
    return body_text(out, "}", err);
}

static enum sc_status encode_parts(const struct client_call *call, const struct query *query, struct body *out,
                                   struct sc_error *err)
{
    enum sc_status s;
    int i;

    /* Some servers of text models know content only as a string. */
    if (query->n_parts == 1 && query->parts[0].type == PART_TEXT)
        return body_json_string(out, query->parts[0].text, err);
    s = body_text(out, "[", err);
    for (i = 0; i < query->n_parts && !s; i++) {
        const struct query_part *part = &query->parts[i];

        if (i && (s = body_text(out, ",", err)))
            break;
        s = part->type == PART_TEXT ? encode_text(part->text, out, err) : encode_image(call, part, out, err);
    }
    return s ? s : body_text(out, "]", err);
}

static enum sc_status encode_messages(const struct client_call *call, const struct query *query, struct body *out,
                                      struct sc_error *err)
{
    enum sc_status s = body_text(out, "\"messages\":[", err);

    if (!s && query->system && *query->system) {
        if ((s = body_text(out, "{\"role\":\"system\",\"content\":", err)) ||
            (s = body_json_string(out, query->system, err)) || (s = body_text(out, "},", err)))
            return s;
    }
    if (s || (s = body_text(out, "{\"role\":\"user\",\"content\":", err)) ||
        (s = encode_parts(call, query, out, err)))
        return s;
    return body_text(out, "}]", err);
}

static enum sc_status encode_stream(const struct service *service, struct body *out, struct sc_error *err)
{
    enum sc_status s = body_text(out, ",\"stream\":true", err);

    if (s || !service->has_stream_usage)
        return s;
    return body_print(out, err, ",\"stream_options\":{\"include_usage\":true%s}",
                      service->has_obfuscation_switch ? ",\"include_obfuscation\":false" : "");
}

static enum sc_status encode_settings(const struct client_call *call, struct body *out, struct sc_error *err)
{
    const struct service *service = call->service;
    const char *limit = service->has_max_completion_tokens ? "max_completion_tokens" : "max_tokens";
    enum sc_status s = SC_OK;

    if (call->max_output_tokens > 0)
        s = body_print(out, err, ",\"%s\":%lld", limit, (long long)call->max_output_tokens);
    if (!s && call->has_temperature && !(s = body_text(out, ",\"temperature\":", err)))
        s = body_json_number(out, call->temperature, err);
    if (!s && call->has_seed)
        s = body_print(out, err, ",\"seed\":%lld", (long long)call->seed);
    if (!s && service->has_store)
        s = body_text(out, ",\"store\":false", err);
    if (!s && call->stream)
        s = encode_stream(service, out, err);
    return s;
}

static enum sc_status encode(const struct client_call *call, const struct query *query, struct body *out,
                             struct sc_error *err)
{
    enum sc_status s = body_text(out, "{", err);

    if (!s && call->model && *call->model) {
        if ((s = body_text(out, "\"model\":", err)) || (s = body_json_string(out, call->model, err)))
            return s;
        s = body_text(out, ",", err);
    }
    if (s || (s = encode_messages(call, query, out, err)) || (s = encode_settings(call, out, err)))
        return s;
    return body_text(out, "}", err);
}

static void read_count(const json_t *value, int64_t *out)
{
    if (json_is_number(value) && json_number_value(value) >= 0 && json_number_value(value) < 1e15)
        *out = (int64_t)json_number_value(value);
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

/* Text as a string, or as a list of text parts as some services write it. */
static enum sc_status read_content(const json_t *content, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    size_t i;

    if (!json_is_array(content))
        return client_json_text(out, content, err);
    for (i = 0; i < json_array_size(content) && !s; i++)
        s = client_json_text(out, json_object_get(json_array_get(content, i), "text"), err);
    return s;
}

/* message of a whole reply or delta of an event: content and refusal; what a model thought aloud is left out. */
static enum sc_status read_choice(json_t *choice, const char *member, struct reply *out, struct sc_error *err)
{
    const json_t *message = json_object_get(choice, member);
    const char *finish = json_string_value(json_object_get(choice, "finish_reason"));
    enum sc_status s;

    if ((s = read_content(json_object_get(message, "content"), &out->text, err)) ||
        (s = read_content(json_object_get(message, "refusal"), &out->refusal, err)))
        return s;
    if (finish && *finish)
        client_json_line(out->finish, sizeof out->finish, json_object_get(choice, "finish_reason"));
    return SC_OK;
}

static void read_error(const json_t *root, struct reply *out)
{
    struct failure failure;

    if (!failure_from_json(root, &failure))
        return;
    out->has_error = true;
    out->failure = failure;
}

static enum sc_status decode(json_t *root, const char *member, struct reply *out, struct sc_error *err)
{
    json_t *choices = json_object_get(root, "choices");
    enum sc_status s = SC_OK;

    read_error(root, out);
    read_usage(root, out);
    if (json_array_size(choices))
        s = read_choice(json_array_get(choices, 0), member, out, err);
    if (!s && !out->has_error && !strcmp(out->finish, "error")) {
        out->has_error = true;
        out->failure = (struct failure){ 0 };
    }
    return s;
}

static enum sc_status decode_whole(const char *json, size_t size, struct reply *out, struct sc_error *err)
{
    json_t *root = client_json(json, size);
    enum sc_status s;

    if (!root)
        return fail(err, SC_ERR_SERVICE, "the reply is no JSON");
    s = decode(root, "message", out, err);
    if (!s && !out->has_error && !json_array_size(json_object_get(root, "choices")))
        s = fail(err, SC_ERR_SERVICE, "the reply holds no answer");
    json_decref(root);
    return s;
}

static enum sc_status decode_event(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err)
{
    json_t *root;
    enum sc_status s;

    if (size >= 6 && !memcmp(data, "[DONE]", 6)) {
        out->ended = true;
        return SC_OK;
    }
    root = client_json(data, size);
    if (!root)
        return fail(err, SC_ERR_SERVICE, "an event of the reply is no JSON");
    s = decode(root, "delta", out, err);
    if (!s && !strcmp(name, "error") && !out->has_error) {
        out->has_error = true;
        out->failure = (struct failure){ 0 };
    }
    json_decref(root);
    return s;
}

static enum sc_status decode_count(const char *json, size_t size, int64_t *tokens_out, struct sc_error *err)
{
    json_t *root = client_json(json, size);

    *tokens_out = -1;
    read_count(json_object_get(root, "input_tokens"), tokens_out);
    json_decref(root);
    return *tokens_out >= 0 ? SC_OK : fail(err, SC_ERR_SERVICE, "the reply holds no count of tokens");
}

const struct dialect dialect_openai_chat = {
    .name = "openai-chat",
    .path = "/chat/completions",
    .count_path = "/chat/completions/input_tokens",
    .encode = encode,
    .decode_whole = decode_whole,
    .decode_event = decode_event,
    .decode_count = decode_count,
};
