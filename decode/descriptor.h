/* What a descriptor is of, asked in a way that the worker's sandbox allows.
 * Thread-safety: safe. */
#ifndef DECODE_DESCRIPTOR_H
#define DECODE_DESCRIPTOR_H

#include <stdbool.h>
#include <sys/stat.h>

/* False: errno is set. */
bool descriptor_stat(int fd, struct stat *out);

#endif
