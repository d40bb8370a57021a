/* Server-sent events: however the bytes are split, the same events come out. */
#include <string.h>

#include "client/sse.h"
#include "tests/fuzz/fuzz.h"

static enum sc_status note(void *user, const char *event, const char *data, size_t size, struct sc_error *err)
{
    struct buffer *seen = user;
    enum sc_status s;

    if ((s = buffer_text(seen, event, err)) || (s = buffer_add(seen, "\n", 1, err)) ||
        (s = buffer_add(seen, data, size, err)))
        return s;
    return buffer_add(seen, "\0", 1, err);
}

/* step 0: all at once. */
static enum sc_status events_of(const uint8_t *data, size_t size, size_t step, struct buffer *seen)
{
    struct sse p = { 0 };
    enum sc_status s = SC_OK;
    size_t at, n;

    for (at = 0; at < size && !s; at += n) {
        n = step && step < size - at ? step : size - at;
        s = sse_feed(&p, (const char *)data + at, n, note, seen, NULL);
    }
    if (!s)
        s = sse_end(&p, note, seen, NULL);
    sse_dispose(&p);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer whole = { 0 }, split = { 0 };
    enum sc_status a, b;
    size_t step;

    if (size > 65536)
        return 0;
    a = events_of(data, size, 0, &whole);
    for (step = 1; step <= 7; step += 2) {
        buffer_clear(&split);
        b = events_of(data, size, step, &split);
        must(a == b);
        must(whole.size == split.size && (!whole.size || !memcmp(whole.data, split.data, whole.size)));
    }
    buffer_dispose(&whole);
    buffer_dispose(&split);
    return 0;
}
