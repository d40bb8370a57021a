/* EXIF data of a still: the orientation is one of nine numbers whatever it says. */
#include "decode/exif.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int orientation = exif_orientation(data, size);

    must(orientation >= 0 && orientation <= 8);
    return 0;
}
