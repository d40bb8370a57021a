/* What every verb of the library shares: the session, its worker and the inputs open there.
 * Thread-safety: as struct sc. */
#ifndef API_SESSION_H
#define API_SESSION_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "worker/worker.h"

struct client_pool;
struct models;
struct services;

struct open_input {
    struct sc_source source; /* path owned */
    struct sc_info info;
    unsigned run;            /* of the worker that has it open; 0: none */
};

struct sc {
    struct sc_settings settings;
    atomic_bool cancel;
    atomic_bool watch_ends, watch_connects; /* sc_watch_end was called; sc_watch waits for a connection */
    struct worker *worker;
    struct client_pool *pool; /* limits, connections and remembered answers of all that this session asks */
    char *config_dir;        /* NULL: there is no home */
    char *cache_dir;         /* the same */
    struct open_input inputs[PROTOCOL_SLOTS];
    int64_t progress_ms;     /* when progress was told last */
};

/* Have source open in that slot of the worker; it is not opened again if it is. *info_out is valid until the slot
 * gets another source. */
SC_CHECKED enum sc_status session_input(struct sc *s, int slot, const struct sc_source *source,
                                        const struct sc_info **info_out, struct sc_error *err);

/* The slot is used for something else: what was open there is to be opened anew. */
void session_leave(struct sc *s, int slot);

void session_notice(struct sc *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void session_progress(struct sc *s, const struct sc_progress *progress);

/* The whole of config_dir/name as text in *out (free it), NULL if there is no such file. At most 1 MiB. */
SC_CHECKED enum sc_status session_read_config(struct sc *s, const char *name, char **out, struct sc_error *err);

#endif
