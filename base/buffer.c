/* A growing run of bytes with a limit. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT ((size_t)1 << 30)

uint8_t *buffer_room(struct buffer *b, size_t size, struct sc_error *err)
{
    size_t limit = b->limit ? b->limit : DEFAULT_LIMIT;
    size_t capacity = b->capacity ? b->capacity : 256;
    uint8_t *data;

    if (size > limit || b->size > limit - size) {
        fail(err, SC_ERR_LIMIT, "more than %zu bytes", limit);
        return NULL;
    }
    if (b->size + size < b->capacity)
        return b->data + b->size;
    while (capacity < b->size + size + 1)
        capacity *= 2;
    data = realloc(b->data, capacity);
    if (!data) {
        fail_memory(err);
        return NULL;
    }
    data[b->size] = 0;
    b->data = data;
    b->capacity = capacity;
    return data + b->size;
}

void buffer_filled(struct buffer *b, size_t size)
{
    b->size += size;
    b->data[b->size] = 0;
}

enum sc_status buffer_add(struct buffer *b, const void *data, size_t size, struct sc_error *err)
{
    uint8_t *room = buffer_room(b, size, err);

    if (!room)
        return size > (b->limit ? b->limit : DEFAULT_LIMIT) - b->size ? SC_ERR_LIMIT : SC_ERR_NOMEM;
    if (size)
        memcpy(room, data, size);
    buffer_filled(b, size);
    return SC_OK;
}

enum sc_status buffer_text(struct buffer *b, const char *text, struct sc_error *err)
{
    return buffer_add(b, text, strlen(text), err);
}

enum sc_status buffer_print(struct buffer *b, struct sc_error *err, const char *format, ...)
{
    char small[512], *big;
    va_list args;
    int n;
    enum sc_status s;

    va_start(args, format);
    n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n < 0)
        return fail(err, SC_ERR_INVALID, "text can't be formatted");
    if ((size_t)n < sizeof small)
        return buffer_add(b, small, (size_t)n, err);
    big = malloc((size_t)n + 1);
    if (!big)
        return fail_memory(err);
    va_start(args, format);
    vsnprintf(big, (size_t)n + 1, format, args);
    va_end(args);
    s = buffer_add(b, big, (size_t)n, err);
    free(big);
    return s;
}

void buffer_clear(struct buffer *b)
{
    b->size = 0;
    if (b->data)
        b->data[0] = 0;
}

void buffer_dispose(struct buffer *b)
{
    free(b->data);
    b->data = NULL;
    b->size = b->capacity = 0;
}

char *buffer_take(struct buffer *b)
{
    char *data = (char *)b->data;

    b->data = NULL;
    b->size = b->capacity = 0;
    return data ? data : calloc(1, 1);
}
