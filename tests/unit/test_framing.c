/* Events out of lines of JSON and out of AWS's frames, from bytes split anywhere. Server-sent events: test_sse.c. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/framing.h"
#include "tests/kit/eventstream.h"

static enum sc_status note(void *user, const char *event, const char *data, size_t size, struct sc_error *err)
{
    assert_int_equal(data[size], 0);
    return buffer_print(user, err, "<%s|%s>", event, data);
}

/* What comes of these bytes, fed so many at a time. */
static enum sc_status feed(enum framing framing, const void *bytes, size_t size, size_t piece, struct buffer *out)
{
    struct framer f = { .framing = framing };
    enum sc_status s = SC_OK;
    size_t at;

    for (at = 0; at < size && !s; at += piece)
        s = framer_feed(&f, (const char *)bytes + at, size - at < piece ? size - at : piece, note, out, NULL);
    if (!s)
        s = framer_end(&f, note, out, NULL);
    framer_dispose(&f);
    return s;
}

static void must_be(enum framing framing, const void *bytes, size_t size, const char *want)
{
    size_t piece;

    for (piece = 1; piece <= size + 1; piece++) {
        struct buffer out = { 0 };

        assert_int_equal(feed(framing, bytes, size, piece, &out), SC_OK);
        assert_string_equal(out.data ? (char *)out.data : "", want);
        buffer_dispose(&out);
    }
}

static void cuts_lines(void **state)
{
    static const struct { const char *bytes, *want; } cases[] = {
        { "{\"a\":1}\n{\"b\":2}\n", "<|{\"a\":1}><|{\"b\":2}>" },
        { "{\"a\":1}\r\n\r\n\n{\"b\":2}", "<|{\"a\":1}><|{\"b\":2}>" },
        { "\"\xC3\xA9\rx\"\n", "<|\"\xC3\xA9\rx\">" },
        { "", "" }, { "\n\n", "" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        must_be(FRAMING_LINES, cases[i].bytes, strlen(cases[i].bytes), cases[i].want);
}

static void has_a_limit_for_a_line(void **state)
{
    struct framer f = { .framing = FRAMING_LINES };
    char *big = malloc(1 << 20);
    enum sc_status s = SC_OK;
    int i;

    (void)state;
    memset(big, 'x', 1 << 20);
    for (i = 0; i < 9 && !s; i++)
        s = framer_feed(&f, big, 1 << 20, note, NULL, NULL);
    assert_int_equal(s, SC_ERR_LIMIT);
    assert_int_equal(i, 9);
    framer_dispose(&f);
    free(big);
}

/* ---- frames ---- */

/* Independent of the code under test: the published vector of an empty message. */
static const uint8_t empty_frame[] = { 0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xC2, 0x48, 0xEB, 0x7D, 0x98, 0xC8, 0xFF };

static void cuts_frames(void **state)
{
    uint8_t bytes[1024];
    size_t size = sizeof empty_frame;

    (void)state;
    memcpy(bytes, empty_frame, sizeof empty_frame);
    size += eventstream_frame(bytes + size, ":event-type", "contentBlockDelta", "{\"delta\":{\"text\":\"A\"}}");
    size += eventstream_frame(bytes + size, ":exception-type", "throttlingException", "{\"message\":\"m\"}");
    size += eventstream_frame(bytes + size, ":error-code", "InternalError", "");
    must_be(FRAMING_FRAMES, bytes, size, "<|><contentBlockDelta|{\"delta\":{\"text\":\"A\"}}>"
                                         "<throttlingException|{\"message\":\"m\"}><error|>");
    /* Cut off: what was whole is there, the rest is not. */
    must_be(FRAMING_FRAMES, bytes, sizeof empty_frame + 20, "<|>");
}

/* Every byte changed in turn: nothing passes but the empty frame before it. */
static void notices_every_damage(void **state)
{
    uint8_t bytes[256];
    size_t size = eventstream_frame(bytes, ":event-type", "metadata", "{}"), i;

    (void)state;
    for (i = 0; i < size; i++) {
        struct buffer out = { 0 };
        enum sc_status s;

        bytes[i] ^= 0x41;
        s = feed(FRAMING_FRAMES, bytes, size, size, &out);
        assert_true(s == SC_ERR_SERVICE);
        assert_null(out.data);
        bytes[i] ^= 0x41;
        buffer_dispose(&out);
    }
}

static void refuses_headers_that_lie(void **state)
{
    uint8_t bytes[64] = { 0 };
    static const struct { uint8_t headers[8]; size_t n; } cases[] = {
        { { 9, 'a', 7, 0, 1 }, 5 },          /* a name longer than all */
        { { 1, 'a', 7, 0xFF, 0xFF, 'x' }, 6 }, /* a value longer than all */
        { { 1, 'a', 12 }, 3 },               /* a type that there is not */
        { { 1, 'a' }, 2 },                   /* no type */
        { { 1, 'a', 6, 0 }, 4 },             /* half a length */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = 16 + cases[i].n;
        struct buffer out = { 0 };

        memcpy(bytes + 12, cases[i].headers, cases[i].n);
        eventstream_put(bytes, (uint32_t)size);
        eventstream_put(bytes + 4, (uint32_t)cases[i].n);
        eventstream_put(bytes + 8, eventstream_checksum(bytes, 8));
        eventstream_put(bytes + size - 4, eventstream_checksum(bytes, size - 4));
        assert_int_equal(feed(FRAMING_FRAMES, bytes, size, size, &out), SC_ERR_SERVICE);
        buffer_dispose(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_lines),
        cmocka_unit_test(has_a_limit_for_a_line),
        cmocka_unit_test(cuts_frames),
        cmocka_unit_test(notices_every_damage),
        cmocka_unit_test(refuses_headers_that_lie),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
