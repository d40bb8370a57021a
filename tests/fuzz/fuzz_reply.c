/* What a model service says: the first byte picks the dialect and whether it is a whole reply or an event. */
#include <string.h>

#include "base/text.h"
#include "client/dialects/dialect.h"
#include "tests/fuzz/fuzz.h"

/* Whole UTF-8, and no control characters but tab and newline. */
static void must_be_text(const struct buffer *b)
{
    size_t at, n;

    for (at = 0; at < b->size; at += n) {
        must((n = text_utf8_length((const char *)b->data + at, b->size - at)) > 0);
        must(n > 1 || b->data[at] >= 0x20 || b->data[at] == '\t' || b->data[at] == '\n');
        must(n > 1 || b->data[at] != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply reply = { .prompt_tokens = -1, .output_tokens = -1, .cached_tokens = -1 };
    const struct dialect *d;
    char *json;
    int n = 0;

    if (size < 1 || size > 65536 || !(json = malloc(size)))
        return 0;
    while (client_dialects[n])
        n++;
    d = client_dialects[(data[0] >> 1) % n];
    memcpy(json, data + 1, size - 1);
    json[size - 1] = 0;
    if (data[0] & 1)
        (void)!d->decode_whole(json, size - 1, &reply, NULL);
    else
        (void)!d->decode_event("", json, size - 1, &reply, NULL);
    must(memchr(reply.finish, 0, sizeof reply.finish));
    must_be_text(&reply.text);
    must_be_text(&reply.refusal);
    free(json);
    buffer_dispose(&reply.text);
    buffer_dispose(&reply.refusal);
    return 0;
}
