/* Pictures kept on disk, so that a moment that was looked at is there at once: cache_dir/pictures, bounded.
 * Thread-safety: safe; several programs may share a shelf. */
#ifndef UI_TUI_SHELF_H
#define UI_TUI_SHELF_H

#include "include/seechange.h"

#define SHELF_BYTES (256ll << 20)

/* The folder, made if it is not there; NULL: nowhere to keep anything. free() it. */
char *shelf_open(void);

/* key names what is shown and how large. False: not there, or damaged. out: free(out->rgb). */
bool shelf_get(const char *dir, const char *key, struct sc_pixels *out);

/* Failing to keep is no failure. */
void shelf_put(const char *dir, const char *key, const struct sc_pixels *pixels);

/* Remove the oldest until at most max_bytes are there, and what a crash left behind. */
void shelf_clean(const char *dir, int64_t max_bytes);

#endif
