/* Walks the first directory of EXIF data. */
#include "decode/exif.h"

#include <stdbool.h>
#include <string.h>

#define TAG_ORIENTATION 0x112
#define TYPE_SHORT 3
#define ENTRY_BYTES 12

static uint32_t number(const uint8_t *p, int bytes, bool big)
{
    uint32_t v = 0;

    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[big ? i : bytes - 1 - i];
    return v;
}

int exif_orientation(const uint8_t *data, size_t size)
{
    bool big;
    uint32_t at, n;

    if (size >= 6 && !memcmp(data, "Exif\0\0", 6)) {
        data += 6;
        size -= 6;
    }
    if (size < 8 || (memcmp(data, "II*\0", 4) && memcmp(data, "MM\0*", 4)))
        return 0;
    big = data[0] == 'M';
    at = number(data + 4, 4, big);
    if (at > size - 2)
        return 0;
    n = number(data + at, 2, big);
    at += 2;
    for (; n > 0 && size - at >= ENTRY_BYTES; n--, at += ENTRY_BYTES) {
        const uint8_t *entry = data + at;

        if (number(entry, 2, big) == TAG_ORIENTATION && number(entry + 2, 2, big) == TYPE_SHORT) {
            uint32_t v = number(entry + 8, 2, big);

            return v >= 1 && v <= 8 ? (int)v : 0;
        }
    }
    return 0;
}
