/* What a service says that it heard. */
#include "api/timed.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lines l = { 0 };
    int i;

    if (!timed_transcript((const char *)data, size, 1000000, 2000000, &l, NULL))
        for (i = 0; i < l.n; i++)
            must(l.items[i].text[0] != '\0' && l.items[i].end_us >= l.items[i].start_us);
    lines_dispose(&l);
    return 0;
}
