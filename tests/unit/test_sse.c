/* Server-sent events, split anywhere. */
#include <string.h>

#include "tests/kit/check.h"

#include "client/sse.h"

/* Each event as "name|data;". */
static enum sc_status note(void *user, const char *event, const char *data, size_t size, struct sc_error *err)
{
    struct buffer *seen = user;

    assert_int_equal(strlen(data), size);
    return buffer_print(seen, err, "%s|%s;", event, data);
}

static const struct {
    const char *name, *bytes, *events;
    bool closed;             /* the connection ends here */
} cases[] = {
    { "one line", "data: {\"a\":1}\n\n", "|{\"a\":1};", false },
    { "no blank behind the colon", "data:{\"a\":1}\n\n", "|{\"a\":1};", false },
    { "only one blank is taken away", "data:  x\n\n", "| x;", false },
    { "CR LF", "data: {\"a\":1}\r\n\r\n", "|{\"a\":1};", false },
    { "CR alone", "data: {\"a\":1}\r\r", "|{\"a\":1};", false },
    { "CR LF between two events", "data: x\r\n\r\ndata: y\r\n\r\n", "|x;|y;", false },
    { "mixed ends of lines", "data: x\r\ndata: y\n\rdata: z\n\n", "|x\ny;|z;", false },
    { "comment", ": OPENROUTER PROCESSING\n\n", "", false },
    { "comments between events", ":\n\ndata: x\n\n:\n\n: y\ndata: z\n\n", "|x;|z;", false },
    { "two data lines", "data: x\ndata: y\n\n", "|x\ny;", false },
    { "empty data line", "data\n\ndata:\n\n", "|;|;", false },
    { "name", "event: error\ndata: {\"error\":{}}\n\n", "error|{\"error\":{}};", false },
    { "name behind data, and only of its event", "data: x\nevent: a\n\ndata: y\n\n", "a|x;|y;", false },
    { "name without data", "event: a\n\ndata: y\n\n", "|y;", false },
    { "no data", "id: 1\nretry: 10\n\n", "", false },
    { "other fields", "id: 1\ndatum: 2\ndata: x\nretry: 3\n\n", "|x;", false },
    { "byte order mark", "\xEF\xBB\xBF" "data: x\n\n", "|x;", false },
    { "two byte order marks", "\xEF\xBB\xBF\xEF\xBB\xBF" "data: x\n\n", "", false },
    { "byte order mark later", "data: x\n\n\xEF\xBB\xBF" "data: y\n\n", "|x;", false },
    { "half a byte order mark", "\xEF\xBB" "data: x\n\ndata: y\n\n", "|y;", false },
    { "end", "data: [DONE]\n\n", "|[DONE];", false },
    { "letter of two bytes", "data: caf\xC3\xA9\n\n", "|caf\xC3\xA9;", false },
    { "not yet ended", "data: {\"a\":1}\n", "", false },
    { "closed without an empty line", "data: {\"a\":1}\n", "|{\"a\":1};", true },
    { "closed without the end of the line", "data: {\"a\":1}", "|{\"a\":1};", true },
    { "closed in a comment", "data: x\n\n: y", "|x;", true },
    { "closed with nothing open", "data: x\n\n", "|x;", true },
    { "closed before anything", "", "", true },
};

static void parse(const char *bytes, size_t size, size_t piece, bool closed, struct buffer *seen)
{
    struct sse p = { 0 };
    size_t at;

    buffer_clear(seen);
    for (at = 0; at < size; at += piece)
        assert_int_equal(sse_feed(&p, bytes + at, size - at < piece ? size - at : piece, note, seen, NULL), SC_OK);
    if (closed)
        assert_int_equal(sse_end(&p, note, seen, NULL), SC_OK);
    sse_dispose(&p);
}

static void reads_every_case_whole_and_in_pieces_of_each_size(void **state)
{
    struct buffer seen = { 0 };
    size_t i, piece;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = strlen(cases[i].bytes);

        for (piece = 1; piece <= size + 1; piece++) {
            parse(cases[i].bytes, size, piece, cases[i].closed, &seen);
            if (strcmp(seen.data ? (char *)seen.data : "", cases[i].events))
                fail_msg("%s, %zu bytes at a time: '%s'", cases[i].name, piece, (char *)seen.data);
        }
    }
    buffer_dispose(&seen);
}

static void reads_a_mebibyte_at_once(void **state)
{
    struct buffer stream = { 0 }, seen = { 0 }, bytewise = { 0 };
    int i, n = 0;
    char *at;

    (void)state;
    while (stream.size < 1 << 20)
        assert_int_equal(buffer_print(&stream, NULL, "data: {\"n\":%d,\"t\":\"\xC3\xA9\xE6\x97\xA5\"}\r\n\r\n", n++),
                         SC_OK);
    parse((char *)stream.data, stream.size, stream.size, false, &seen);
    parse((char *)stream.data, stream.size, 1, false, &bytewise);
    assert_string_equal(seen.data, bytewise.data);
    for (i = 0, at = (char *)seen.data; (at = strchr(at, ';')); at++)
        i++;
    assert_int_equal(i, n);
    buffer_dispose(&stream);
    buffer_dispose(&seen);
    buffer_dispose(&bytewise);
}

/* Feed the beginning once, then the piece again and again. */
static void stops(const char *beginning, const char *piece, size_t size)
{
    struct sse p = { 0 };
    struct sc_error err;
    size_t sent;
    enum sc_status s = SC_OK;

    assert_int_equal(sse_feed(&p, beginning, strlen(beginning), note, NULL, &err), SC_OK);
    for (sent = 0; !s && sent < 4 * SSE_MAX_EVENT; sent += size)
        s = sse_feed(&p, piece, size, note, NULL, &err);
    assert_int_equal(s, SC_ERR_LIMIT);
    assert_string_equal(err.text, "the service sent an event of more than 8388608 bytes");
    assert_true(sent <= SSE_MAX_EVENT + 2 * size);
    sse_dispose(&p);
}

static void stops_at_a_line_and_at_an_event_without_end(void **state)
{
    static char letters[65536];

    (void)state;
    memset(letters, 'x', sizeof letters);
    stops("data: ", letters, sizeof letters);
    memcpy(letters, "\ndata: ", 7);
    stops("", letters, sizeof letters);
}

static enum sc_status refuse(void *user, const char *event, const char *data, size_t size, struct sc_error *err)
{
    (void)event, (void)data, (void)size, (void)err;
    ++*(int *)user;
    return SC_ERR_CANCELLED;
}

static void hands_on_what_its_reader_says(void **state)
{
    struct sse p = { 0 };
    int calls = 0;

    (void)state;
    assert_int_equal(sse_feed(&p, "data: x\n\ndata: y\n\n", 18, refuse, &calls, NULL), SC_ERR_CANCELLED);
    assert_int_equal(calls, 1);
    sse_dispose(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_case_whole_and_in_pieces_of_each_size),
        cmocka_unit_test(reads_a_mebibyte_at_once),
        cmocka_unit_test(stops_at_a_line_and_at_an_event_without_end),
        cmocka_unit_test(hands_on_what_its_reader_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
