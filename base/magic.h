/* Telling pictures by their first bytes, which are compared and no more. Thread-safety: safe. */
#ifndef BASE_MAGIC_H
#define BASE_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether these first bytes are of a still picture that somebody (perhaps libav) may be able to read. */
bool magic_is_picture(const uint8_t *head, size_t size);

#endif
