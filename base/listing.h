/* The files that a folder, a glob or a printf pattern stands for. Thread-safety: safe. */
#ifndef BASE_LISTING_H
#define BASE_LISTING_H

#include <stdatomic.h>

#include "base/error.h"

#define LISTING_MAX 10000000

struct listing {
    char **paths;            /* in natural order: img2 before img10 */
    int n, capacity;
};

/* Whether path is written as a glob or a printf pattern. */
bool listing_is_pattern(const char *path);

/* The pictures that path stands for; other files, hidden ones and folders are left out. shown: path for messages.
 * SC_ERR_FORMAT "no pictures in ...", SC_ERR_IO. out: listing_dispose, after a failure too. */
SC_CHECKED enum sc_status listing_find(struct listing *out, const char *path, const char *shown, const atomic_bool *cancel,
                                     struct sc_error *err);
void listing_dispose(struct listing *n);

/* <0, 0, >0: runs of digits compare as numbers, all else as bytes. */
int listing_compare(const char *a, const char *b);

#endif
