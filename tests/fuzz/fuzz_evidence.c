/* What a catalogue remembers of a video: what can be read is written and read again the same. */
#include <string.h>

#include "api/evidence.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer in = { 0 }, first = { 0 }, second = { 0 };
    struct sc_changes *c = NULL, *again = NULL;

    if (size <= 65536 && buffer_add(&in, data, size, NULL) == SC_OK && evidence_unpack(&in, &c, NULL) == SC_OK) {
        must(evidence_pack(c, &first, NULL) == SC_OK);
        must(evidence_unpack(&first, &again, NULL) == SC_OK);
        must(evidence_pack(again, &second, NULL) == SC_OK);
        must(first.size == second.size && !memcmp(first.data, second.data, first.size));
    }
    sc_changes_free(&c);
    sc_changes_free(&again);
    buffer_dispose(&in);
    buffer_dispose(&first);
    buffer_dispose(&second);
    return 0;
}
