/* Signatures from a pipe or a cache: what can be read is within its bounds, and is written and read again the same. */
#include <string.h>

#include "frames/signature.h"
#include "tests/fuzz/fuzz.h"

static void same_again(const struct signature *s)
{
    struct buffer first = { 0 }, second = { 0 };
    struct packer p = { .out = &first }, q = { .out = &second };
    struct unpacker u;
    struct signature *again;

    signature_pack(s, &p);
    must(!p.status);
    u = (struct unpacker){ .data = first.data, .size = first.size };
    again = signature_unpack(&u);
    must(again && !u.failed && u.at == u.size);
    signature_pack(again, &q);
    must(first.size == second.size && !memcmp(first.data, second.data, first.size));
    signature_free(&again);
    buffer_dispose(&first);
    buffer_dispose(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unpacker u = { .data = data, .size = size };
    struct signature *s;

    s = signature_unpack(&u);
    must(!s == u.failed);
    if (s) {
        must(s->small_w >= 1 && s->small_w <= SIGNATURE_SIDE && s->small_h >= 1 && s->small_h <= SIGNATURE_SIDE);
        must(s->grid_w >= 1 && s->grid_w <= SIGNATURE_MAX_GRID && s->grid_h >= 1 && s->grid_h <= SIGNATURE_MAX_GRID);
        same_again(s);
    }
    signature_free(&s);
    return 0;
}
