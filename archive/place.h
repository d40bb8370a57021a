/* Where a catalogue is, or would be, and how it is journalled there. Thread-safety: safe. */
#ifndef ARCHIVE_PLACE_H
#define ARCHIVE_PLACE_H

#include "base/error.h"

#define CATALOG_NAME "seechange.db"

/* The catalogue of near (a file or folder; NULL: the current folder): CATALOG_NAME in it or the nearest folder above it,
 * but none that another user put where everybody may write; else $XDG_DATA_HOME/seechange/CATALOG_NAME. With create,
 * where it would be made if there is none: in near's folder, or there if that can't be written to. *out: free it.
 * SC_ERR_IO: there is none, or no place for one. */
SC_CHECKED enum sc_status place_find(const char *near, bool create, char **out, struct sc_error *err);

/* Whether the file is, or would be, on a file system of another machine, where shared memory does not work. */
bool place_is_remote(const char *path);

#endif
