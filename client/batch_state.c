/* The state of a batch as JSON. */
#include "client/batch_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"

#define VERSION 1
#define MAX_STATE_BYTES ((size_t)4 << 20)

static const char *const steps[] = {
    [BATCH_WRITTEN] = "written", [BATCH_UPLOADED] = "uploaded", [BATCH_CREATING] = "creating",
    [BATCH_RUNNING] = "running", [BATCH_ENDED] = "ended", [BATCH_FETCHED] = "fetched",
};
#define N_STEPS ((int)(sizeof steps / sizeof *steps))

const char *batch_step_name(enum batch_step step)
{
    return (int)step >= 0 && (int)step < N_STEPS ? steps[step] : "unknown";
}

bool batch_id(char out[BATCH_ID_SIZE], const char *id)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t n = id ? strlen(id) : 0;

    if (!n || n >= BATCH_ID_SIZE || strspn(id, good) != n || *id == '.')
        return false;
    memcpy(out, id, n + 1);
    return true;
}

/* ---- read ---- */

/* An id, or "" where there is none. */
static bool read_id(const json_t *part, const char *name, char out[BATCH_ID_SIZE])
{
    const char *id = json_string_value(json_object_get(part, name));

    return id && (!*id || batch_id(out, id));
}

static bool read_count(const json_t *object, const char *name, json_int_t most, json_int_t *out)
{
    const json_t *n = json_object_get(object, name);

    *out = json_integer_value(n);
    return json_is_integer(n) && *out >= 0 && *out <= most;
}

static bool read_text(const json_t *object, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text && (size_t)snprintf(out, size, "%s", text) < size;
}

static bool read_step(const json_t *part, enum batch_step *out)
{
    const char *name = json_string_value(json_object_get(part, "step"));
    int i;

    for (i = 0; name && i < N_STEPS; i++)
        if (!strcmp(steps[i], name)) {
            *out = (enum batch_step)i;
            return true;
        }
    return false;
}

static bool read_part(const json_t *part, struct batch_part *out)
{
    json_int_t requests, bytes, completed, failed;

    if (!read_step(part, &out->step) || !read_count(part, "requests", INT32_MAX, &requests) ||
        !read_count(part, "bytes", (json_int_t)1 << 50, &bytes) ||
        !read_count(part, "completed", INT32_MAX, &completed) || !read_count(part, "failed", INT32_MAX, &failed) ||
        !read_id(part, "input_file", out->input) || !read_id(part, "batch", out->id) ||
        !read_id(part, "output_file", out->output) || !read_id(part, "error_file", out->errors) ||
        !read_text(part, "status", out->status, sizeof out->status) ||
        !read_text(part, "why", out->why, sizeof out->why))
        return false;
    out->n_requests = (int)requests;
    out->bytes = bytes;
    out->n_completed = (int)completed;
    out->n_failed = (int)failed;
    return (out->step < BATCH_UPLOADED || *out->input) && (out->step < BATCH_RUNNING || *out->id);
}

static char *copy_text(const json_t *root, const char *name)
{
    const char *text = json_string_value(json_object_get(root, name));

    return text ? strdup(text) : NULL;
}

static bool read_root(const json_t *root, struct batch_state *out)
{
    const json_t *list = json_object_get(root, "parts"), *part;
    json_int_t version, made;
    size_t i, n = json_array_size(list);

    if (!read_count(root, "seechange_batch", VERSION, &version) || version != VERSION ||
        !read_count(root, "made_s", (json_int_t)1 << 40, &made) || !json_is_array(list) || n > BATCH_MAX_PARTS)
        return false;
    out->made_s = made;
    out->service = copy_text(root, "service");
    out->base_url = copy_text(root, "base_url");
    out->dialect = copy_text(root, "dialect");
    out->model = copy_text(root, "model");
    out->parts = calloc(n + 1, sizeof *out->parts);
    if (!out->service || !out->base_url || !out->dialect || !out->model || !out->parts)
        return false;
    json_array_foreach(list, i, part)
        if (!read_part(part, &out->parts[out->n++]))
            return false;
    return true;
}

enum sc_status batch_state_parse(const char *text, size_t size, struct batch_state *out, struct sc_error *err)
{
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    bool ok;

    *out = (struct batch_state){ 0 };
    ok = root && read_root(root, out);
    json_decref(root);
    return ok ? SC_OK : fail(err, SC_ERR_FORMAT, "no state of a batch");
}

enum sc_status batch_state_read(const char *path, struct batch_state *out, struct sc_error *err)
{
    struct buffer text = { .limit = MAX_STATE_BYTES };
    FILE *f = fopen(path, "re");
    char piece[4096];
    size_t n;
    enum sc_status s = SC_OK;

    *out = (struct batch_state){ 0 };
    if (!f)
        return fail_errno(err, errno, "can't read '%s'", path);
    while (!s && (n = fread(piece, 1, sizeof piece, f)) > 0)
        s = buffer_add(&text, piece, n, err);
    if (!s && ferror(f))
        s = fail_errno(err, errno, "can't read '%s'", path);
    else if (!s && (s = batch_state_parse(text.data ? (const char *)text.data : "", text.size, out, err)))
        s = fail_in(err, s, "'%s'", path);
    fclose(f);
    buffer_dispose(&text);
    return s;
}

/* ---- write ---- */

static json_t *part_json(const struct batch_part *p)
{
    return json_pack("{s:s, s:i, s:I, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s}", "step", batch_step_name(p->step),
                     "requests", p->n_requests, "bytes", (json_int_t)p->bytes, "input_file", p->input, "batch", p->id,
                     "status", p->status, "completed", p->n_completed, "failed", p->n_failed, "output_file", p->output,
                     "error_file", p->errors, "why", p->why);
}

static json_t *state_json(const struct batch_state *state)
{
    json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:[]}", "seechange_batch", VERSION, "service",
                             state->service, "base_url", state->base_url, "dialect", state->dialect, "model",
                             state->model, "made_s", (json_int_t)state->made_s, "parts");
    int i;

    for (i = 0; root && i < state->n; i++)
        if (json_array_append_new(json_object_get(root, "parts"), part_json(&state->parts[i]))) {
            json_decref(root);
            return NULL;
        }
    return root;
}

static bool write_synced(int fd, const json_t *root)
{
    FILE *f = fdopen(fd, "w");
    bool ok;

    if (!f) {
        close(fd);
        return false;
    }
    ok = !json_dumpf(root, f, JSON_INDENT(1)) && fputc('\n', f) != EOF && !fflush(f) && !fsync(fd);
    return !fclose(f) && ok;
}

enum sc_status batch_state_write(const char *path, const struct batch_state *state, struct sc_error *err)
{
    json_t *root = state_json(state);
    char *beside = NULL;
    enum sc_status s = SC_OK;
    int fd;

    if (!root || asprintf(&beside, "%s.new-XXXXXX", path) < 0) {
        json_decref(root);
        return fail_memory(err);
    }
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        s = fail_errno(err, errno, "can't write '%s'", path);
    } else if (!write_synced(fd, root) || rename(beside, path)) {
        s = fail_errno(err, errno, "can't write '%s'", path);
        unlink(beside);
    }
    free(beside);
    json_decref(root);
    return s;
}

bool batch_state_is_same(const struct batch_state *a, const struct batch_state *b)
{
    return !strcmp(a->service, b->service) && !strcmp(a->base_url, b->base_url) && !strcmp(a->dialect, b->dialect) &&
           !strcmp(a->model, b->model);
}

void batch_state_dispose(struct batch_state *state)
{
    free(state->service);
    free(state->base_url);
    free(state->dialect);
    free(state->model);
    free(state->parts);
    *state = (struct batch_state){ 0 };
}
