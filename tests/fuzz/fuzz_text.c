/* Text from outside made harmless: always valid UTF-8, for a terminal without controls, as JSON inside its quotes. */
#include <string.h>

#include "base/text.h"
#include "tests/fuzz/fuzz.h"

static void must_be_utf8(const struct buffer *b)
{
    size_t at, n;

    for (at = 0; at < b->size; at += n)
        must((n = text_utf8_length((const char *)b->data + at, b->size - at)) > 0);
}

static void must_be_visible(const struct buffer *b, bool multiline)
{
    size_t i;

    for (i = 0; i < b->size; i++) {
        bool may_stay = multiline && (b->data[i] == '\t' || b->data[i] == '\n');

        must(may_stay || (b->data[i] >= 0x20 && b->data[i] != 0x7f));
        must(i == 0 || b->data[i - 1] != 0xc2 || b->data[i] >= 0xa0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer b = { 0 };
    const char *text = (const char *)data;
    int multiline;

    must(text_utf8_unfinished(text, size) <= 3);
    must(!text_add_utf8(&b, text, size, NULL));
    must_be_utf8(&b);
    for (multiline = 0; multiline <= 1; multiline++) {
        buffer_clear(&b);
        must(!text_add_visible(&b, text, size, multiline, NULL));
        must_be_utf8(&b);
        must_be_visible(&b, multiline);
    }
    buffer_clear(&b);
    must(!text_add_json(&b, text, size, NULL));
    must_be_utf8(&b);
    must_be_visible(&b, false);
    must(b.size >= 2 && b.data[0] == '"' && b.data[b.size - 1] == '"');
    buffer_dispose(&b);
    return 0;
}
