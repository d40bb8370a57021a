/* The parser of server-sent events. */
#include "client/sse.h"

#include <string.h>

#define BOM "\xEF\xBB\xBF"

static enum sc_status too_large(struct sc_error *err)
{
    return fail(err, SC_ERR_LIMIT, "the service sent an event of more than %zu bytes", SSE_MAX_EVENT);
}

static enum sc_status add(struct buffer *b, const char *bytes, size_t size, struct sc_error *err)
{
    if (size > SSE_MAX_EVENT || b->size > SSE_MAX_EVENT - size)
        return too_large(err);
    return buffer_add(b, bytes, size, err);
}

static enum sc_status dispatch(struct sse *p, sse_sink *sink, void *user, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    if (p->has_data)
        s = sink(user, p->event, p->data.size ? (const char *)p->data.data : "", p->data.size, err);
    buffer_clear(&p->data);
    p->has_data = false;
    p->event[0] = 0;
    return s;
}

static bool is_field(const char *line, size_t name_size, const char *name)
{
    return name_size == strlen(name) && !memcmp(line, name, name_size);
}

static enum sc_status end_line(struct sse *p, sse_sink *sink, void *user, struct sc_error *err)
{
    const char *line = (const char *)p->line.data, *colon, *value;
    size_t size = p->line.size, name_size, value_size;
    enum sc_status s = SC_OK;

    if (!size)
        return dispatch(p, sink, user, err);
    colon = memchr(line, ':', size);
    name_size = colon ? (size_t)(colon - line) : size;
    value = colon ? colon + 1 : line + size;
    value_size = size - (size_t)(value - line);
    if (value_size && *value == ' ') {
        value++;
        value_size--;
    }
    if (is_field(line, name_size, "data")) {
        if (p->has_data)
            s = add(&p->data, "\n", 1, err);
        if (!s)
            s = add(&p->data, value, value_size, err);
        p->has_data = true;
    } else if (is_field(line, name_size, "event")) {
        snprintf(p->event, sizeof p->event, "%.*s", (int)(value_size < 64 ? value_size : 63), value);
    }
    buffer_clear(&p->line);
    return s;
}

/* How many of the bytes belong to a byte order mark at the very start. A mark that turns out to be none is text. */
static enum sc_status skip_bom(struct sse *p, const char *bytes, size_t size, size_t *used, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    for (*used = 0; *used < size && p->bom < 3; ++*used, p->bom++) {
        if (bytes[*used] == BOM[p->bom])
            continue;
        s = add(&p->line, BOM, p->bom, err);
        p->bom = 3;
        break;
    }
    return s;
}

enum sc_status sse_feed(struct sse *p, const char *bytes, size_t size, sse_sink *sink, void *user,
                        struct sc_error *err)
{
    size_t i, start;
    enum sc_status s = skip_bom(p, bytes, size, &start, err);

    for (i = start; i < size && !s; i++) {
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            p->after_cr = false;
            continue;
        }
        if (bytes[i] == '\r' || !p->after_cr) {
            if (!(s = add(&p->line, bytes + start, i - start, err)))
                s = end_line(p, sink, user, err);
        }
        p->after_cr = bytes[i] == '\r';
        start = i + 1;
    }
    return s ? s : add(&p->line, bytes + start, size - start, err);
}

enum sc_status sse_end(struct sse *p, sse_sink *sink, void *user, struct sc_error *err)
{
    enum sc_status s = p->line.size ? end_line(p, sink, user, err) : SC_OK;

    return s ? s : dispatch(p, sink, user, err);
}

void sse_dispose(struct sse *p)
{
    buffer_dispose(&p->line);
    buffer_dispose(&p->data);
    *p = (struct sse){ 0 };
}
