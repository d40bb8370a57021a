/* Opening by oneself: for tests and tools, which nobody confines. */
#include "decode/host.h"

#include <stdlib.h>
#include <string.h>

void given_dispose(struct given *g)
{
    opening_dispose(&g->opening);
    g->n = 0;
}

static enum sc_status open_path(void *user, const char *path, const atomic_bool *cancel, struct given *out,
                                struct sc_error *err)
{
    enum sc_status s = opening_make(&out->opening, path, cancel, err);

    (void)user;
    out->n = out->opening.list.n;
    return s;
}

static enum sc_status open_entry(void *user, const char *path, const struct given *list, int index, int *fd_out,
                                 char **path_out, struct sc_error *err)
{
    enum sc_status s = opening_entry(&list->opening, index, fd_out, err);

    (void)user, (void)path;
    *path_out = s ? NULL : strdup(list->opening.list.paths[index]);
    return !s && !*path_out ? fail_memory(err) : s;
}

static int temporary(void *user)
{
    (void)user;
    return opening_temporary();
}

static void alive(void *user, int64_t time_us)
{
    (void)user, (void)time_us;
}

const struct host host_itself = { open_path, open_entry, temporary, alive, NULL };
