/* What can still be read of a damaged catalogue. Thread-safety: as struct catalog. */
#ifndef ARCHIVE_SALVAGE_H
#define ARCHIVE_SALVAGE_H

#include "archive/catalog.h"

/* How far each table can be read: told a line for each that lost rows, as "at least 12 of answer can't be read". *n_out:
 * rows lost, in all. */
SC_CHECKED enum sc_status salvage_count(struct catalog *damaged, void (*on_lost)(void *user, const char *text), void *user,
                                        int64_t *n_out, struct sc_error *err);

/* Copy every row that can be read of the catalogue of that path into a fresh one at copy_path, which catalog_merge can
 * take; answers that are no JSON stay behind. SC_ERR_FORMAT: it can't even be opened. */
SC_CHECKED enum sc_status salvage_copy(const char *damaged_path, const char *copy_path, struct sc_error *err);

#endif
