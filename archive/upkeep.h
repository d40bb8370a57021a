/* Looking after a catalogue: join others, forget, give space back. The public header explains the calls of the same names.
 * Thread-safety: as struct catalog. */
#ifndef ARCHIVE_UPKEEP_H
#define ARCHIVE_UPKEEP_H

#include "archive/catalog.h"

SC_CHECKED enum sc_status catalog_merge(struct catalog *c, const char *path, int64_t *n_videos_out,
                                        struct sc_error *err);
SC_CHECKED enum sc_status catalog_forget(struct catalog *c, const char *in, int64_t *n_out, struct sc_error *err);
SC_CHECKED enum sc_status catalog_retry(struct catalog *c, const char *in, int64_t *n_out, struct sc_error *err);
SC_CHECKED enum sc_status catalog_vacuum(struct catalog *c, struct sc_error *err);

#endif
