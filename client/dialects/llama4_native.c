/* llama-server's own completion: the prompt as Llama 4 reads it, pictures beside it, a marker where each belongs. */
#include "client/dialects/common.h"

#include <string.h>

#include "fusion/llama4.h"

#define OLD_MARKER "<__media__>" /* of servers that name none */

extern const struct dialect dialect_llama4_native;

static enum sc_status read_facts(const char *json, size_t size, struct request *out, struct sc_error *err)
{
    json_t *root = client_json(json, size);

    if (!json_is_object(root)) {
        json_decref(root);
        return fail(err, SC_ERR_SERVICE, "the server does not say how a prompt marks its pictures");
    }
    snprintf(out->marker, sizeof out->marker, "%s", OLD_MARKER);
    if (json_is_string(json_object_get(root, "media_marker")))
        client_json_line(out->marker, sizeof out->marker, json_object_get(root, "media_marker"));
    json_decref(root);
    return SC_OK;
}

static enum sc_status write_prompt(const struct request *r, struct body *out, struct sc_error *err)
{
    struct buffer prompt = { 0 };
    enum sc_status s = llama4_prompt_text(r->query, *r->marker ? r->marker : OLD_MARKER, &prompt, err);

    if (!s)
        s = write_text("{\"prompt\":{\"prompt_string\":", (const char *)prompt.data, ",\"multimodal_data\":[", out,
                       err);
    buffer_dispose(&prompt);
    return s;
}

static enum sc_status write_images(const struct query *query, struct body *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i, n = 0;

    for (i = 0; i < query->n_parts && !s; i++)
        if (query->parts[i].type == PART_IMAGE)
            s = write_image(&query->parts[i], n++ ? ",\"" : "\"", "\"", out, err);
    return s ? s : body_text(out, "]}", err);
}

static enum sc_status write_settings(const struct request *r, struct body *out, struct sc_error *err)
{
    const struct client_call *call = r->call;
    enum sc_status s = SC_OK;

    if (call->max_output_tokens > 0)
        s = body_print(out, err, ",\"n_predict\":%lld", (long long)call->max_output_tokens);
    if (!s)
        s = write_temperature(r, ",\"temperature\":", out, err);
    if (!s)
        s = write_schema(r, ",\"json_schema\":", NULL, "", out, err);
    if (!s && call->has_seed)
        s = body_print(out, err, ",\"seed\":%lld", (long long)call->seed);
    if (!s && call->stream)
        s = body_text(out, ",\"stream\":true", err);
    return s;
}

static enum sc_status encode(const struct request *r, struct body *out, struct sc_error *err)
{
    enum sc_status s;

    if ((s = write_prompt(r, out, err)) || (s = write_images(r->query, out, err)) ||
        (s = write_settings(r, out, err)))
        return s;
    return body_text(out, "}", err);
}

static enum sc_status read_completion(json_t *root, struct reply *out, struct sc_error *err)
{
    static const char *const words[][2] = { { "eos", "stop" }, { "word", "stop" }, { "limit", "length" }, { 0 } };
    const char *stop = json_string_value(json_object_get(root, "stop_type"));

    if (read_error(root, out))
        return SC_OK;
    /* Only the end has counts of the whole. */
    if (json_is_true(json_object_get(root, "stop"))) {
        read_count(json_object_get(root, "tokens_evaluated"), &out->prompt_tokens);
        read_count(json_object_get(root, "tokens_predicted"), &out->output_tokens);
        read_count(client_json_at(root, "timings.cache_n"), &out->cached_tokens);
        if (stop && strcmp(stop, "none"))
            read_finish(json_object_get(root, "stop_type"), words, out);
        out->ended = true;
    }
    return client_json_text(&out->text, json_object_get(root, "content"), err);
}

static enum sc_status read_whole(json_t *root, struct reply *out, struct sc_error *err)
{
    enum sc_status s = read_completion(root, out, err);

    if (!s && !out->has_error && !json_is_string(json_object_get(root, "content")))
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
    enum sc_status s = read_event_json(data, size, read_completion, out, err);

    if (!s && !strcmp(name, "error") && !out->has_error)
        say_error(out);
    return s;
}

const struct dialect dialect_llama4_native = {
    .name = "llama4-native",
    .path = "/completion",
    .models_path = "/v1/models",
    .facts_path = "/props",
    .has_no_version = true,
    .encode = encode,
    .read_facts = read_facts,
    .decode_whole = decode_whole,
    .decode_event = decode_event,
};
