/* config_dir/config.json: what the person prefers. */
#include "api/config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_NAME "config.json"

static char **member(struct config *c, const char *key)
{
    if (!strcmp(key, "service"))
        return &c->service;
    if (!strcmp(key, "model"))
        return &c->model;
    if (!strcmp(key, "dialect"))
        return &c->dialect;
    return strcmp(key, "base_url") ? NULL : &c->base_url;
}

enum sc_status config_read(struct sc *s, struct config *out, struct sc_error *err)
{
    char *text = NULL;
    json_t *root, *value;
    json_error_t where;
    const char *key;
    enum sc_status status;

    memset(out, 0, sizeof *out);
    if ((status = session_read_config(s, CONFIG_NAME, &text, err)) || !text)
        return status;
    root = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    free(text);
    if (!json_is_object(root)) {
        json_decref(root);
        return fail(err, SC_ERR_INVALID, "'%s/" CONFIG_NAME "' line %d: %s", s->config_dir, where.line,
                    root ? "an object is needed" : where.text);
    }
    json_object_foreach(root, key, value) {
        char **to = member(out, key);

        if (!to || !json_is_string(value)) {
            status = fail(err, SC_ERR_INVALID, "'%s/" CONFIG_NAME "': member '%s' is %s", s->config_dir, key,
                          to ? "no string" : "not known; there are service, model, base_url and dialect");
            break;
        }
        if (!(*to = strdup(json_string_value(value)))) {
            status = fail_memory(err);
            break;
        }
    }
    json_decref(root);
    if (status)
        config_dispose(out);
    return status;
}

void config_dispose(struct config *c)
{
    free(c->service);
    free(c->model);
    free(c->base_url);
    free(c->dialect);
    memset(c, 0, sizeof *c);
}
