/* What the files of client/batch share.
 * Thread-safety: as struct batch. */
#ifndef CLIENT_BATCH_OWN_H
#define CLIENT_BATCH_OWN_H

#include "client/attempt.h"
#include "client/batch.h"

struct batch {
    char *path;
    struct client_call call;
    struct batch_state state;
    int lock;                /* -1: none */
    FILE *file;              /* of the part that is being written */
};

/* SC_ERR_IO when another program has it. *out: to be closed, also after an error; -1: not open. */
SC_CHECKED enum sc_status batch_lock(const char *path, int *out, struct sc_error *err);

SC_CHECKED enum sc_status batch_save(struct batch *b, struct sc_error *err);
char *batch_file(const struct batch *b, int part);   /* name of its requests; free(); NULL: no memory */

/* One exchange with the service, tried again where that does no harm. The page: buffer_dispose its body, always. */
SC_CHECKED enum sc_status batch_exchange(struct batch *b, const struct page_request *request, bool may_repeat,
                                         struct client_page *page, struct sc_error *err);

#endif
