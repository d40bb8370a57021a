/* The models of a service, as it lists them itself.
 * Thread-safety: safe; calls are independent. */
#ifndef CLIENT_MODELS_H
#define CLIENT_MODELS_H

#include "client/client.h"

struct listed_model {
    char name[256];
    int64_t context_tokens;  /* 0: not said */
    char ends[32];           /* when it will be gone, as the service says; "" if it does not */
};

/* *out: free(). SC_ERR_INVALID when the dialect has no such list, SC_ERR_SERVICE when the reply is none. */
SC_CHECKED enum sc_status client_models(const struct client_call *call, struct listed_model **out, int *n_out,
                                        struct sc_error *err);

/* The same of a page that was fetched. */
SC_CHECKED enum sc_status models_from_page(const struct client_page *page, struct listed_model **out, int *n_out,
                                           struct sc_error *err);
const char *models_path(const struct client_call *call); /* NULL: the dialect lists none */

#define MODELS_PAGE_BYTES ((size_t)8 << 20)

#endif
