/* Events out of bytes, by the framing of the dialect. */
#include "client/framing.h"

#include <string.h>
#include <strings.h>

static const struct { const char *type, *accept; } kinds[] = {
    [FRAMING_EVENTS] = { "event-stream", "text/event-stream, application/json" },
    [FRAMING_LINES] = { "ndjson", "application/x-ndjson, application/json" },
};

const char *framing_accept(enum framing framing)
{
    return kinds[framing].accept;
}

bool framing_is(enum framing framing, const char *content_type)
{
    return strcasestr(content_type, kinds[framing].type) != NULL;
}

static enum sc_status add(struct buffer *b, const char *bytes, size_t size, struct sc_error *err)
{
    if (size > SSE_MAX_EVENT || b->size > SSE_MAX_EVENT - size)
        return fail(err, SC_ERR_LIMIT, "the service sent a line of more than %zu bytes", SSE_MAX_EVENT);
    return buffer_add(b, bytes, size, err);
}

static enum sc_status end_line(struct framer *f, sse_sink *sink, void *user, struct sc_error *err)
{
    size_t size = f->bytes.size;
    enum sc_status s = SC_OK;

    if (size && f->bytes.data[size - 1] == '\r')
        f->bytes.data[--size] = 0;
    if (size)
        s = sink(user, "", (const char *)f->bytes.data, size, err);
    buffer_clear(&f->bytes);
    return s;
}

static enum sc_status feed_lines(struct framer *f, const char *bytes, size_t size, sse_sink *sink, void *user,
                                 struct sc_error *err)
{
    const char *end;
    enum sc_status s;

    while ((end = memchr(bytes, '\n', size))) {
        if ((s = add(&f->bytes, bytes, (size_t)(end - bytes), err)) || (s = end_line(f, sink, user, err)))
            return s;
        size -= (size_t)(end + 1 - bytes);
        bytes = end + 1;
    }
    return add(&f->bytes, bytes, size, err);
}

enum sc_status framer_feed(struct framer *f, const char *bytes, size_t size, sse_sink *sink, void *user,
                           struct sc_error *err)
{
    switch (f->framing) {
    case FRAMING_LINES:
        return feed_lines(f, bytes, size, sink, user, err);
    case FRAMING_EVENTS:
        break;
    }
    return sse_feed(&f->sse, bytes, size, sink, user, err);
}

enum sc_status framer_end(struct framer *f, sse_sink *sink, void *user, struct sc_error *err)
{
    switch (f->framing) {
    case FRAMING_LINES:
        return end_line(f, sink, user, err);
    case FRAMING_EVENTS:
        break;
    }
    return sse_end(&f->sse, sink, user, err);
}

void framer_dispose(struct framer *f)
{
    sse_dispose(&f->sse);
    buffer_dispose(&f->bytes);
}
