/* What several dialects read and write alike. */
#include "client/dialects/common.h"

#include <string.h>

/* ---- writing ---- */

enum sc_status write_image(const struct query_part *part, const char *before, const char *after, struct body *out,
                           struct sc_error *err)
{
    enum sc_status s;

    if (!part->data.size)
        return fail(err, SC_ERR_INVALID, "image %d of the query has not been rendered", part->image + 1);
    if ((s = body_text(out, before, err)) || (s = body_base64(out, part->data.data, part->data.size, err)))
        return s;
    return body_text(out, after, err);
}

const char *image_type(const struct query_part *part)
{
    return part->content_type ? part->content_type : "image/jpeg";
}

const char *image_detail_name(const struct query_part *part)
{
    return part->detail == DETAIL_HIGH ? "high" : part->detail == DETAIL_LOW ? "low" : NULL;
}

enum sc_status write_text(const char *before, const char *text, const char *after, struct body *out,
                          struct sc_error *err)
{
    enum sc_status s;

    if ((s = body_text(out, before, err)) || (s = body_json_string(out, text, err)))
        return s;
    return body_text(out, after, err);
}

enum sc_status write_parts(const struct request *r, part_writer *write, struct body *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < r->query->n_parts && !s; i++)
        if (!i || !(s = body_text(out, ",", err)))
            s = write(r, &r->query->parts[i], out, err);
    return s;
}

const struct turn_shape turn_plain = { "{\"role\":\"user\",\"content\":", "{\"role\":\"assistant\",\"content\":", "}" };

enum sc_status write_turns(const struct request *r, const struct turn_shape *shape, struct body *out,
                           struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < r->query->n_turns && !s; i++) {
        const struct query_turn *turn = &r->query->turns[i];

        if (!(s = body_text(out, ",", err)))
            s = write_text(turn->by_model ? shape->model : shape->user, turn->text, shape->after, out, err);
    }
    return s;
}

enum sc_status write_schema(const struct request *r, const char *before, const char *middle, const char *after,
                            struct body *out, struct sc_error *err)
{
    const struct client_call *call = r->call;
    enum sc_status s;

    if (!call->schema || !call->service->has_json_schema)
        return SC_OK;
    s = middle ? write_text(before, call->schema_name, middle, out, err) : body_text(out, before, err);
    if (s || (s = body_text(out, call->schema, err)))
        return s;
    return body_text(out, after, err);
}

enum sc_status write_temperature(const struct request *r, const char *name, struct body *out, struct sc_error *err)
{
    enum sc_status s;

    if (!r->call->has_temperature)
        return SC_OK;
    s = body_text(out, name, err);
    return s ? s : body_json_number(out, r->call->temperature, err);
}

/* ---- reading ---- */

void read_count(const json_t *value, int64_t *out)
{
    if (json_is_number(value) && json_number_value(value) >= 0 && json_number_value(value) < 1e15)
        *out = (int64_t)json_number_value(value);
}

void read_finish(const json_t *word, const char *const (*words)[2], struct reply *out)
{
    const char *text = json_string_value(word);

    if (!text || !*text)
        return;
    client_json_line(out->finish, sizeof out->finish, word);
    for (; words && (*words)[0]; words++)
        if (!strcmp((*words)[0], text))
            snprintf(out->finish, sizeof out->finish, "%s", (*words)[1]);
}

bool read_error(const json_t *root, struct reply *out)
{
    struct failure failure;

    if (!failure_from_json(root, &failure))
        return false;
    out->has_error = true;
    out->failure = failure;
    return true;
}

void say_error(struct reply *out)
{
    out->has_error = true;
    out->failure = (struct failure){ 0 };
}

enum sc_status read_content(const json_t *content, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    size_t i;

    if (!json_is_array(content))
        return client_json_text(out, content, err);
    for (i = 0; i < json_array_size(content) && !s; i++)
        s = client_json_text(out, json_object_get(json_array_get(content, i), "text"), err);
    return s;
}

static enum sc_status read_json(const char *what, const char *json, size_t size, root_reader *read,
                                struct reply *out, struct sc_error *err)
{
    json_t *root = client_json(json, size);
    enum sc_status s;

    if (!root)
        return fail(err, SC_ERR_SERVICE, "%s is no JSON", what);
    s = read(root, out, err);
    json_decref(root);
    return s;
}

enum sc_status read_whole_json(const char *json, size_t size, root_reader *read, struct reply *out,
                               struct sc_error *err)
{
    return read_json("the reply", json, size, read, out, err);
}

enum sc_status read_event_json(const char *json, size_t size, root_reader *read, struct reply *out,
                               struct sc_error *err)
{
    return read_json("an event of the reply", json, size, read, out, err);
}

enum sc_status read_input_tokens(const char *json, size_t size, int64_t *tokens_out, struct sc_error *err)
{
    json_t *root = client_json(json, size);

    *tokens_out = -1;
    read_count(json_object_get(root, "input_tokens"), tokens_out);
    json_decref(root);
    return *tokens_out >= 0 ? SC_OK : fail(err, SC_ERR_SERVICE, "the reply holds no count of tokens");
}
