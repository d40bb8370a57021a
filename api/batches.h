/* Batches of captions when catalogues are joined. Thread-safety: as struct catalog. */
#ifndef API_BATCHES_H
#define API_BATCHES_H

#include "archive/catalog.h"

/* Whether the batches of the catalogue at this path can be joined: SC_ERR_INVALID when one is not handed over yet. */
SC_CHECKED enum sc_status batches_check(const char *path, struct sc_error *err);

/* Take them over, after the rows of that catalogue: those of which something is still asked. */
SC_CHECKED enum sc_status batches_join(struct catalog *to, const char *path, struct sc_error *err);

#endif
