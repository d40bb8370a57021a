/* A folder of files that can be made anew: found by a key, bounded in total, the longest unused removed first.
 *
 * Nothing here is worth an error: a folder that can't be made, read or written is as if it were empty. Files appear
 * under their names only when complete, so several programs may share the folder.
 * Thread-safety: safe; each entry belongs to one thread. */
#ifndef ARCHIVE_CACHE_H
#define ARCHIVE_CACHE_H

#include "base/error.h"

/* What is there for key, open for reading and noted as used now; NULL: nothing. The content says itself whether it is
 * really of that key: names are hashes. fclose it. */
FILE *cache_find(const char *dir, const char *key);

struct cache_entry;

/* A new file for key. NULL: it can't be made. Ends with cache_keep or cache_drop. */
struct cache_entry *cache_begin(const char *dir, const char *key);
FILE *cache_file(struct cache_entry *e);

/* Put it in its place, over what was there, and remove others until all are at most max_bytes. */
void cache_keep(struct cache_entry **e, int64_t max_bytes);
void cache_drop(struct cache_entry **e);

#endif
