/* Two state files as one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/batch_own.h"
#include "client/url.h"

static bool is_handed_over(const struct batch_state *state)
{
    int i;

    for (i = 0; i < state->n; i++)
        if (state->parts[i].step < BATCH_RUNNING)
            return false;
    return true;
}

enum sc_status batch_check_join(const char *other, struct sc_error *err)
{
    struct batch_state state;
    enum sc_status s = batch_state_read(other, &state, err);

    if (!s && !is_handed_over(&state))
        s = fail(err, SC_ERR_INVALID, "the batch '%s' is not handed over yet; the command that made it does so, or "
                                      "'seechange batch cancel' ends it", other);
    batch_state_dispose(&state);
    return s;
}

static bool is_fetched(const struct batch_state *state)
{
    int i;

    for (i = 0; i < state->n; i++)
        if (state->parts[i].step != BATCH_FETCHED)
            return false;
    return true;
}

static bool has_part(const struct batch_state *state, const char *id)
{
    int i;

    for (i = 0; i < state->n; i++)
        if (!strcmp(state->parts[i].id, id))
            return true;
    return false;
}

/* What is fetched is in the other's hands. */
static enum sc_status add_parts(struct batch_state *to, const struct batch_state *from, const char *path,
                                struct sc_error *err)
{
    struct batch_part *parts = reallocarray(to->parts, (size_t)to->n + (size_t)from->n + 1, sizeof *parts);
    int i;

    if (!parts)
        return fail_memory(err);
    to->parts = parts;
    for (i = 0; i < from->n; i++) {
        if (from->parts[i].step == BATCH_FETCHED || has_part(to, from->parts[i].id))
            continue;
        if (to->n == BATCH_MAX_PARTS)
            return fail(err, SC_ERR_LIMIT, "more than %d files in the batch '%s'", BATCH_MAX_PARTS, path);
        to->parts[to->n++] = from->parts[i];
    }
    return SC_OK;
}

static enum sc_status copy_head(struct batch_state *to, const struct batch_state *from, struct sc_error *err)
{
    to->made_s = from->made_s;
    to->service = strdup(from->service);
    to->base_url = strdup(from->base_url);
    to->dialect = strdup(from->dialect);
    to->model = strdup(from->model);
    return to->service && to->base_url && to->dialect && to->model ? SC_OK : fail_memory(err);
}

static enum sc_status must_be_same(const struct batch_state *own, const struct batch_state *other, const char *path,
                                   struct sc_error *err)
{
    char told[URL_TOLD_SIZE];

    if (batch_state_is_same(own, other))
        return SC_OK;
    return fail(err, SC_ERR_INVALID, "the batch '%s' is of %.40s at %.200s (%.31s, %.31s): fetch its answers where it was made",
                path, other->model, url_told(other->base_url, told), other->service, other->dialect);
}

static enum sc_status join(const char *path, const struct batch_state *other, const char *other_path, struct sc_error *err)
{
    struct batch_state own = { 0 };
    enum sc_status s;

    if (access(path, F_OK))
        s = errno == ENOENT ? copy_head(&own, other, err) : fail_errno(err, errno, "can't read '%s'", path);
    else if (!(s = batch_state_read(path, &own, err)))
        s = must_be_same(&own, other, other_path, err);
    if (!s)
        s = add_parts(&own, other, path, err);
    if (other->made_s < own.made_s)
        own.made_s = other->made_s;
    if (!s)
        s = batch_state_write(path, &own, err);
    batch_state_dispose(&own);
    return s;
}

enum sc_status batch_join(const char *path, const char *other, struct sc_error *err)
{
    struct batch_state state = { 0 };
    int lock = -1;
    enum sc_status s;

    if (!(s = batch_check_join(other, err)) && !(s = batch_state_read(other, &state, err)) && !is_fetched(&state) &&
        !(s = batch_lock(path, &lock, err)))
        s = join(path, &state, other, err);
    batch_state_dispose(&state);
    if (lock >= 0)
        close(lock);
    return s;
}
