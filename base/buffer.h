/* A growing run of bytes with a limit.
 *
 *     struct buffer b = { .limit = MAX_JPEG_BYTES };
 *     if ((s = buffer_add(&b, data, size, err))) goto done;
 *     ...
 *     buffer_dispose(&b);
 *
 * The bytes are always followed by a NUL that size does not count, so that text can be used as a string.
 * Thread-safety: one thread at a time for each buffer. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/error.h"

struct buffer {
    uint8_t *data;   /* NULL while empty */
    size_t size;
    size_t capacity;
    size_t limit;    /* most bytes it may hold; 0: 1 GiB */
};

/* SC_ERR_LIMIT "more than N bytes" past the limit, SC_ERR_NOMEM; the buffer is unchanged then. */
SC_CHECKED enum sc_status buffer_add(struct buffer *b, const void *data, size_t size, struct sc_error *err);
SC_CHECKED enum sc_status buffer_text(struct buffer *b, const char *text, struct sc_error *err);
SC_CHECKED enum sc_status buffer_print(struct buffer *b, struct sc_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Make room for size more bytes and return where they go, or NULL with *err filled; size is not changed. */
uint8_t *buffer_room(struct buffer *b, size_t size, struct sc_error *err);

/* The first size bytes of the room were filled: they are content now. */
void buffer_filled(struct buffer *b, size_t size);

/* Forget the content, keep the memory. */
void buffer_clear(struct buffer *b);
void buffer_dispose(struct buffer *b);

/* Give the bytes away (free() them); the buffer is empty afterwards. Never NULL unless out of memory. */
char *buffer_take(struct buffer *b);

#endif
