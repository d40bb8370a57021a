/* Which content a file has. Reading all of a large file takes as long as reading does; a sample finds candidates.
 * Thread-safety: safe. */
#ifndef ARCHIVE_IDENTITY_H
#define ARCHIVE_IDENTITY_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "base/error.h"

#define HASH_SIZE 32             /* SHA-256 */

struct identity {
    int64_t device, inode, size_bytes, mtime_ns;
    uint8_t sampled[HASH_SIZE];  /* of the size and of eight pieces of 64 KiB, first and last among them */
    uint8_t sha256[HASH_SIZE];   /* of everything */
};

/* The four numbers that are trusted as long as they hold. */
void identity_of_stat(const struct stat *st, struct identity *out);
bool identity_is_same_file(const struct identity *a, const struct identity *b);

/* The numbers and both hashes, of one state of the file: SC_ERR_IO if it is written to meanwhile. cancel may be NULL. */
SC_CHECKED enum sc_status identity_of_file(const char *path, const atomic_bool *cancel, struct identity *out,
                                           struct sc_error *err);

/* SHA-256 of bytes; data may be NULL if size is 0. SC_ERR_NOMEM. */
SC_CHECKED enum sc_status identity_of_bytes(const void *data, size_t size, uint8_t out[HASH_SIZE], struct sc_error *err);

#endif
