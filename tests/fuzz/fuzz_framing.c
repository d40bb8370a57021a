/* Streamed replies: the first byte picks events, lines or frames. However the bytes are split, the same events come out. */
#include <string.h>

#include "client/framing.h"
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
static enum sc_status events_of(enum framing framing, const uint8_t *data, size_t size, size_t step, struct buffer *seen)
{
    struct framer f = { .framing = framing };
    enum sc_status s = SC_OK;
    size_t at, n;

    for (at = 0; at < size && !s; at += n) {
        n = step && step < size - at ? step : size - at;
        s = framer_feed(&f, (const char *)data + at, n, note, seen, NULL);
    }
    if (!s)
        s = framer_end(&f, note, seen, NULL);
    framer_dispose(&f);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer whole = { 0 }, split = { 0 };
    enum framing framing;
    enum sc_status a, b;
    size_t step;

    if (!size || size > 65536)
        return 0;
    framing = (enum framing)(data[0] % (FRAMING_FRAMES + 1));
    a = events_of(framing, data + 1, size - 1, 0, &whole);
    for (step = 1; step <= 16; step += 5) {
        buffer_clear(&split);
        b = events_of(framing, data + 1, size - 1, step, &split);
        must(a == b);
        must(whole.size == split.size && (!whole.size || !memcmp(whole.data, split.data, whole.size)));
    }
    buffer_dispose(&whole);
    buffer_dispose(&split);
    return 0;
}
