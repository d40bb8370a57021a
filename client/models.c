/* The models of a service. */
#include "client/models.h"

#include <stdlib.h>
#include <string.h>

#include "client/dialects/dialect.h"
#include "client/json.h"

const char *models_path(const struct client_call *call)
{
    return (call->dialect ? call->dialect : call->service->dialect)->models_path;
}

/* Where servers write how many tokens a model holds. */
static int64_t find_context(json_t *row)
{
    static const char *const names[] = { "max_model_len", "context_length", "context_window", "max_context_length",
                                         "max_input_tokens", "meta.n_ctx", "meta.n_ctx_train",
                                         "limits.max_input_tokens" };
    json_int_t n = 0;
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names && n <= 0; i++)
        n = json_integer_value(client_json_at(row, names[i]));
    return n > 0 ? n : 0;
}

static void read_row(json_t *row, struct listed_model *out)
{
    static const char *const names[] = { "id", "name", "model" };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names && !out->name[0]; i++)
        client_json_line(out->name, sizeof out->name, json_object_get(row, names[i]));
    client_json_line(out->ends, sizeof out->ends, json_object_get(row, "shutdown_date"));
    out->context_tokens = find_context(row);
}

enum sc_status models_from_page(const struct client_page *page, struct listed_model **out, int *n_out,
                                struct sc_error *err)
{
    const char *text = page->body.data ? (const char *)page->body.data : "";
    json_t *root = client_json(text, page->body.size), *list = root, *row;
    enum sc_status s = SC_OK;
    size_t i;

    *out = NULL;
    *n_out = 0;
    if (json_is_object(root))
        list = json_is_array(json_object_get(root, "data")) ? json_object_get(root, "data")
                                                            : json_object_get(root, "models");
    if (!json_is_array(list))
        s = fail(err, SC_ERR_SERVICE, "the service's list of models is none");
    else if (!(*out = calloc(json_array_size(list) + 1, sizeof **out)))
        s = fail_memory(err);
    json_array_foreach(s ? NULL : list, i, row) {
        read_row(row, &(*out)[*n_out]);
        *n_out += (*out)[*n_out].name[0] != 0;
    }
    json_decref(root);
    return s;
}

enum sc_status client_models(const struct client_call *call, struct listed_model **out, int *n_out,
                             struct sc_error *err)
{
    const char *path = models_path(call);
    struct client_page page;
    enum sc_status s;

    *out = NULL;
    *n_out = 0;
    if (!path)
        return fail(err, SC_ERR_INVALID, "%s: does not list its models; see %s", call->service->name,
                    call->service->documented);
    if (!(s = client_get(call, path, MODELS_PAGE_BYTES, &page, err)))
        s = models_from_page(&page, out, n_out, err);
    buffer_dispose(&page.body);
    return s;
}
