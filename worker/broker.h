/* The parent's answers to a worker that wants something opened: what may be, and opening it.
 *
 * The worker can have what a request named, by that very path, the pictures of a folder or pattern that was named, by
 * number, and some temporary files; nothing else, whatever it asks. Thread-safety: as the worker's. */
#ifndef WORKER_BROKER_H
#define WORKER_BROKER_H

#include "base/opening.h"
#include "worker/protocol.h"

#define BROKER_MAX_FILES 8       /* temporary files for one request */

/* One path that may be opened. */
struct grant {
    char *path;              /* NULL: none */
    struct opening opening;  /* of a list, once it was asked for, so that both decoders see the same pictures */
    bool listed;
};

struct broker {
    struct grant grants[PROTOCOL_SLOTS];
    int n_files;             /* temporary ones since broker_begin */
};

/* From now on path may be opened, instead of what was granted for the slot before. NULL: nothing. */
SC_CHECKED enum sc_status broker_grant(struct broker *b, int slot, const char *path, struct sc_error *err);
void broker_dispose(struct broker *b);

/* A request begins. */
void broker_begin(struct broker *b);

/* Whether the message asks for something, and if so the answer to it, written to fd. *handled_out. */
SC_CHECKED enum sc_status broker_answer(struct broker *b, int fd, enum message type, struct unpacker *u,
                                        const struct patience *patience, bool *handled_out, struct sc_error *err);

#endif
