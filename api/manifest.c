/* manifest.json: the evidence, and which file shows which chosen frame. */
#include "api/manifest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 15                /* more would show 0.1 as 0.10000000000000001 */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

enum sc_status manifest_json(const struct sc_changes *c, char *const *paths, char **out, struct sc_error *err)
{
    char *text = NULL;
    json_t *root, *frames;
    enum sc_status s = sc_changes_json(c, &text, err);
    int i;

    *out = NULL;
    if (s)
        return s;
    root = json_loads(text, 0, NULL);
    free(text);
    frames = json_object_get(root, "frames");
    for (i = 0; frames && i < c->n_frames; i++)
        if (json_object_set_new(json_array_get(frames, (size_t)i), "file", json_string(name_of(paths[i]))))
            break;
    if (frames && i == c->n_frames)
        *out = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
    json_decref(root);
    return *out ? SC_OK : fail_memory(err);
}
