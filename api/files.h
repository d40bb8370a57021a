/* Files that appear under their names only when they are complete: written beside, synced, renamed.
 * Thread-safety: safe. */
#ifndef API_FILES_H
#define API_FILES_H

#include "base/buffer.h"

SC_CHECKED enum sc_status file_write(const char *path, const void *data, size_t size, struct sc_error *err);

/* What a file_write of that path left beside it when its process was killed. Not while another writes it. */
void file_remove_leftovers(const char *path);

/* The whole of a file as text in *out, free() it. SC_ERR_LIMIT for one of more than limit bytes. There being none is no
 * error, *out is NULL then, if may_miss. */
SC_CHECKED enum sc_status file_read(const char *path, size_t limit, bool may_miss, char **out, struct sc_error *err);

/* Make the folder if it is not there (its parent must be). */
SC_CHECKED enum sc_status file_make_folder(const char *path, struct sc_error *err);

#endif
