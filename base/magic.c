/* Telling pictures by their first bytes. */
#include "base/magic.h"

#include <string.h>

static bool is_heif(const uint8_t *head, size_t size)
{
    static const char brands[][5] = { "heic", "heix", "heim", "heis", "mif1", "avif" };

    if (size < 12 || memcmp(head + 4, "ftyp", 4))
        return false;
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        if (!memcmp(head + 8, brands[i], 4))
            return true;
    return false;
}

/* "P4\n" and the like: a letter alone would take every text that begins with P and a digit. */
static bool is_netpbm(const uint8_t *head, size_t size)
{
    return size >= 8 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' &&
           (head[2] == '\n' || head[2] == ' ' || head[2] == '\r' || head[2] == '\t');
}

bool magic_is_picture(const uint8_t *head, size_t size)
{
    static const struct {
        uint8_t size;
        const char *bytes;
    } magics[] = {
        { 8, "\x89PNG\r\n\x1a\n" }, { 3, "\xFF\xD8\xFF" }, { 6, "GIF87a" }, { 6, "GIF89a" },
        { 4, "II*\0" }, { 4, "MM\0*" }, { 4, "\0\0\1\0" }, { 4, "8BPS" }, { 4, "SDPX" }, { 4, "XPDS" },
        { 4, "v/1\1" }, { 12, "\0\0\0\x0CjP  \r\n\x87\n" }, { 4, "\xFF\x4F\xFF\x51" }, { 2, "\xFF\x0A" },
        { 12, "\0\0\0\x0CJXL \r\n\x87\n" }, { 4, "qoif" }, { 10, "#?RADIANCE" }, { 4, "\x59\xA6\x6A\x95" },
    };

    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (size >= magics[i].size && !memcmp(head, magics[i].bytes, magics[i].size))
            return true;
    if (size >= 16 && !memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WEBP", 4))
        return true;
    if (size >= 26 && head[0] == 'B' && head[1] == 'M' && !memcmp(head + 6, "\0\0\0\0", 4))
        return true;
    return is_netpbm(head, size) || is_heif(head, size);
}
