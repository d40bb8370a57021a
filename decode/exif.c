/* Walks the directories of EXIF data. */
#include "decode/exif.h"

#include <string.h>

#define TAG_ORIENTATION 0x112
#define TAG_EXIF 0x8769          /* where EXIF's own directory is */
#define TYPE_ASCII 2
#define TYPE_SHORT 3
#define TYPE_LONG 4
#define ENTRY_BYTES 12

static uint32_t number(const uint8_t *p, int bytes, bool big)
{
    uint32_t v = 0;

    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[big ? i : bytes - 1 - i];
    return v;
}

/* The TIFF header, without what JPEG puts before it. False: it is none. */
static bool open_tiff(const uint8_t **data, size_t *size)
{
    if (*size >= 6 && !memcmp(*data, "Exif\0\0", 6)) {
        *data += 6;
        *size -= 6;
    }
    return *size >= 8 && (!memcmp(*data, "II*\0", 4) || !memcmp(*data, "MM\0*", 4));
}

/* The entry of this tag in the directory at that place; NULL: there is none. */
static const uint8_t *find_entry(const uint8_t *data, size_t size, size_t at, int tag)
{
    bool big = data[0] == 'M';
    uint32_t n;

    if (at > size - 2)
        return NULL;
    n = number(data + at, 2, big);
    at += 2;
    for (; n > 0 && size - at >= ENTRY_BYTES; n--, at += ENTRY_BYTES)
        if (number(data + at, 2, big) == (uint32_t)tag)
            return data + at;
    return NULL;
}

int exif_orientation(const uint8_t *data, size_t size)
{
    const uint8_t *entry;
    uint32_t v;

    if (!open_tiff(&data, &size))
        return 0;
    entry = find_entry(data, size, number(data + 4, 4, data[0] == 'M'), TAG_ORIENTATION);
    if (!entry || number(entry + 2, 2, data[0] == 'M') != TYPE_SHORT)
        return 0;
    v = number(entry + 8, 2, data[0] == 'M');
    return v >= 1 && v <= 8 ? (int)v : 0;
}

bool exif_text(const uint8_t *data, size_t size, int tag, char *out, size_t out_size)
{
    const uint8_t *entry, *text;
    uint32_t n, at;
    bool big;

    if (!open_tiff(&data, &size))
        return false;
    big = data[0] == 'M';
    at = number(data + 4, 4, big);
    if (tag == EXIF_DATE_TAKEN) {
        entry = find_entry(data, size, at, TAG_EXIF);
        if (!entry || number(entry + 2, 2, big) != TYPE_LONG)
            return false;
        at = number(entry + 8, 4, big);
    }
    entry = find_entry(data, size, at, tag);
    if (!entry || number(entry + 2, 2, big) != TYPE_ASCII)
        return false;
    n = number(entry + 4, 4, big);
    at = number(entry + 8, 4, big);
    text = n <= 4 ? entry + 8 : at <= size && n <= size - at ? data + at : NULL;
    if (!text)
        return false;
    n = n < out_size ? n : (uint32_t)out_size - 1;
    memcpy(out, text, n);
    out[n] = '\0';
    for (n = (uint32_t)strlen(out); n && out[n - 1] == ' '; n--)
        out[n - 1] = '\0';
    return n > 0;
}

/* ---- where it is ---- */

static const uint8_t *in_jpeg(const uint8_t *file, size_t size, size_t *exif_size_out)
{
    size_t at = 2;

    while (at + 4 <= size && file[at] == 0xFF && file[at + 1] != 0xDA) {
        size_t n = number(file + at + 2, 2, true);

        if (n < 2 || n > size - at - 2)
            return NULL;
        if (file[at + 1] == 0xE1 && n >= 8 && !memcmp(file + at + 4, "Exif\0\0", 6)) {
            *exif_size_out = n - 2;
            return file + at + 4;
        }
        at += 2 + n;
    }
    return NULL;
}

/* Chunks: a name and a length before the data; PNG has a checksum after it, RIFF is even. */
static const uint8_t *in_chunks(const uint8_t *file, size_t size, bool png, size_t *exif_size_out)
{
    size_t at = png ? 8 : 12;

    while (at + 8 <= size) {
        size_t n = number(file + at + (png ? 0 : 4), 4, png);

        if (n > size - at - 8)
            return NULL;
        if (!memcmp(file + at + (png ? 4 : 0), png ? "eXIf" : "EXIF", 4)) {
            *exif_size_out = n;
            return file + at + 8;
        }
        at += 8 + n + (png ? 4 : n % 2);
    }
    return NULL;
}

const uint8_t *exif_find(const uint8_t *file, size_t size, size_t *exif_size_out)
{
    const uint8_t *tiff = file;

    *exif_size_out = size;
    if (size >= 4 && !memcmp(file, "\xFF\xD8\xFF", 3))
        return in_jpeg(file, size, exif_size_out);
    if (size >= 8 && !memcmp(file, "\x89PNG\r\n\x1A\n", 8))
        return in_chunks(file, size, true, exif_size_out);
    if (size >= 12 && !memcmp(file, "RIFF", 4) && !memcmp(file + 8, "WEBP", 4))
        return in_chunks(file, size, false, exif_size_out);
    return open_tiff(&tiff, exif_size_out) ? file : NULL;
}
