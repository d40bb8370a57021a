/* What decode/ needs of its surroundings: descriptors, and somebody to hear that it goes on.
 *
 * In the worker, which may open nothing, its parent is asked (worker/serve/host.c); elsewhere host_itself opens. A host
 * outlives what was opened with it. Thread-safety: its functions may be called from several threads. */
#ifndef DECODE_HOST_H
#define DECODE_HOST_H

#include "base/opening.h"

/* What a path names, opened. */
struct given {
    struct opening opening;  /* list: only where host_itself opened it */
    int n;                   /* OPENING_LIST: how many */
};

struct host {
    /* out: given_dispose, after a failure too. */
    enum sc_status (*open)(void *user, const char *path, const atomic_bool *cancel, struct given *out,
                           struct sc_error *err);
    /* One of a list that open gave for path. *fd_out: close it, *path_out: free it. */
    enum sc_status (*entry)(void *user, const char *path, const struct given *list, int index, int *fd_out,
                            char **path_out, struct sc_error *err);
    /* An unlinked file to write and read, or -1 with errno. */
    int (*temporary)(void *user);
    /* Something was got done: a packet, a picture, new bytes; or it is the input that is waited for. time_us -1: of no
     * known time. Cheap, and called often. */
    void (*alive)(void *user, int64_t time_us);
    void *user;
};

extern const struct host host_itself;

void given_dispose(struct given *g);

#endif
