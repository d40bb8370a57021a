/* Events out of bytes, by the framing of the dialect. */
#include "client/framing.h"

#include <stdlib.h>
#include <string.h>

static const struct { const char *type, *accept; } kinds[] = {
    [FRAMING_EVENTS] = { "event-stream", "text/event-stream, application/json" },
    [FRAMING_LINES] = { "ndjson", "application/x-ndjson, application/json" },
    [FRAMING_FRAMES] = { "vnd.amazon.eventstream", "application/vnd.amazon.eventstream, application/json" },
};

const char *framing_accept(enum framing framing)
{
    return kinds[framing].accept;
}

bool framing_is(enum framing framing, const char *content_type)
{
    return strcasestr(content_type, kinds[framing].type) != NULL;
}

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

/* ---- lines ---- */

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

/* ---- frames ---- */

#define PRELUDE 12           /* length of all, length of the headers, checksum of both */
#define TAIL 4               /* checksum of all before */

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* CRC-32 of IEEE 802.3. */
static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xFFFFFFFF;
    int bit;

    while (size--) {
        crc ^= *bytes++;
        for (bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static enum sc_status damaged(struct sc_error *err)
{
    return fail(err, SC_ERR_SERVICE, "a frame of the reply is damaged");
}

/* Bytes of a header's value of that type, 0..n; -1: unknown, or there are not so many. */
static int value_size(uint8_t type, const uint8_t *at, size_t left)
{
    static const int fixed[] = { 0, 0, 1, 2, 4, 8, -1, -1, 8, 16 };
    int size;

    if (type >= sizeof fixed / sizeof *fixed)
        return -1;
    size = fixed[type];
    if (size < 0)
        size = left < 2 ? -1 : 2 + (at[0] << 8 | at[1]);
    return size < 0 || (size_t)size > left ? -1 : size;
}

static bool is_name(const uint8_t *at, size_t size, const char *name)
{
    return size == strlen(name) && !memcmp(at, name, size);
}

/* The event's name out of the headers: each has a length, a name, a type and a value; type 7 is text. */
static bool read_headers(const uint8_t *at, size_t left, char name[64])
{
    while (left) {
        size_t n = at[0];
        int size = n + 2 <= left ? value_size(at[n + 1], at + n + 2, left - n - 2) : -1;
        const char *text = (const char *)at + n + 4;

        if (size < 0)
            return false;
        if (at[n + 1] == 7 && (is_name(at + 1, n, ":event-type") || is_name(at + 1, n, ":exception-type")))
            snprintf(name, 64, "%.*s", size - 2, text);
        else if (at[n + 1] == 7 && is_name(at + 1, n, ":error-code"))
            snprintf(name, 64, "error");
        at += n + 2 + (size_t)size;
        left -= n + 2 + (size_t)size;
    }
    return true;
}

static enum sc_status take_frame(const uint8_t *frame, size_t size, sse_sink *sink, void *user, struct sc_error *err)
{
    size_t headers = read_u32(frame + 4), json;
    char name[64] = "", *text;
    enum sc_status s;

    if (headers > size - PRELUDE - TAIL || checksum(frame, size - TAIL) != read_u32(frame + size - TAIL) ||
        !read_headers(frame + PRELUDE, headers, name))
        return damaged(err);
    json = size - PRELUDE - headers - TAIL;
    text = malloc(json + 1);
    if (!text)
        return fail_memory(err);
    memcpy(text, frame + PRELUDE + headers, json);
    text[json] = 0;
    s = sink(user, name, text, json, err);
    free(text);
    return s;
}

static enum sc_status feed_frames(struct framer *f, const char *bytes, size_t size, sse_sink *sink, void *user,
                                  struct sc_error *err)
{
    size_t at = 0, whole;
    enum sc_status s = add(&f->bytes, bytes, size, err);

    while (!s && f->bytes.size - at >= PRELUDE) {
        const uint8_t *frame = f->bytes.data + at;

        whole = read_u32(frame);
        if (whole < PRELUDE + TAIL || checksum(frame, 8) != read_u32(frame + 8))
            return damaged(err);
        if (whole > SSE_MAX_EVENT)
            return too_large(err);
        if (whole > f->bytes.size - at)
            break;
        s = take_frame(frame, whole, sink, user, err);
        at += whole;
    }
    if (at)
        memmove(f->bytes.data, f->bytes.data + at, f->bytes.size - at);
    f->bytes.size -= at;
    return s;
}

enum sc_status framer_feed(struct framer *f, const char *bytes, size_t size, sse_sink *sink, void *user,
                           struct sc_error *err)
{
    switch (f->framing) {
    case FRAMING_LINES:
        return feed_lines(f, bytes, size, sink, user, err);
    case FRAMING_FRAMES:
        return feed_frames(f, bytes, size, sink, user, err);
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
    case FRAMING_FRAMES:
        return SC_OK;
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
