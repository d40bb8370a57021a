/* What a model service says, heard in every dialect: the first byte picks whether it is a whole reply or an event. */
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

static void hear(const struct dialect *d, bool whole, const char *json, size_t size)
{
    struct reply reply = { .prompt_tokens = -1, .output_tokens = -1, .cached_tokens = -1 };

    if (whole)
        (void)!d->decode_whole(json, size, &reply, NULL);
    else
        (void)!d->decode_event("", json, size, &reply, NULL);
    must(memchr(reply.finish, 0, sizeof reply.finish));
    must_be_text(&reply.text);
    must_be_text(&reply.refusal);
    buffer_dispose(&reply.text);
    buffer_dispose(&reply.refusal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dialect *const *d;
    char *json;

    if (size < 1 || size > 65536 || !(json = malloc(size)))
        return 0;
    memcpy(json, data + 1, size - 1);
    json[size - 1] = 0;
    for (d = client_dialects; *d; d++)
        hear(*d, data[0] & 1, json, size - 1);
    free(json);
    return 0;
}
