/* One request and its answers, for the files that make a kind of request. Private to worker/. */
#ifndef WORKER_REQUEST_H
#define WORKER_REQUEST_H

#include "worker/worker.h"

/* Handles one message that is neither DONE nor FAILED. NULL where a request has none. */
typedef enum sc_status worker_handler(void *user, enum message type, struct unpacker *u, struct sc_error *err);

/* Send it and hand every message to handle until DONE or FAILED. Any other way out ends the worker. input: what it is
 * about, for error texts; NULL: as before. */
SC_CHECKED enum sc_status worker_request(struct worker *w, enum message type, const char *input,
                                         const struct packer *payload, worker_handler *handle, void *user,
                                         struct sc_error *err);

#endif
