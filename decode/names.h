/* The files that a folder, a glob or a printf pattern stands for. Private to decode/. Thread-safety: safe. */
#ifndef DECODE_NAMES_H
#define DECODE_NAMES_H

#include <stdatomic.h>

#include "base/error.h"

#define NAMES_MAX 10000000

struct names {
    char **paths;            /* in natural order: img2 before img10 */
    int n, capacity;
};

/* Whether path is written as a glob or a printf pattern. */
bool names_is_pattern(const char *path);

/* The pictures that path stands for; other files, hidden ones and folders are left out. shown: path for messages.
 * SC_ERR_FORMAT "no pictures in ...", SC_ERR_IO. out: names_dispose, after a failure too. */
SC_CHECKED enum sc_status names_find(struct names *out, const char *path, const char *shown, const atomic_bool *cancel,
                                     struct sc_error *err);
void names_dispose(struct names *n);

/* <0, 0, >0: runs of digits compare as numbers, all else as bytes. */
int names_compare(const char *a, const char *b);

#endif
