/* What a model service says: the first byte picks the dialect and whether it is a whole reply or an event. */
#include <string.h>

#include "client/dialects/dialect.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer text = { 0 }, refusal = { 0 };
    struct reply reply = { .text = &text, .refusal = &refusal };
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
    must(memchr(reply.finish, 0, sizeof reply.finish) && memchr(reply.message, 0, sizeof reply.message));
    free(json);
    buffer_dispose(&text);
    buffer_dispose(&refusal);
    return 0;
}
