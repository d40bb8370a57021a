/* Judging a file by its edges. */
#include "decode/cutoff.h"

#include <string.h>

#define TS_PACKET 188

/* An EBML number (RFC 8794, 4). Returns its bytes, 0 if there is none; *unknown_out: all ones. */
static int ebml_size(const uint8_t *p, size_t left, uint64_t *out, bool *unknown_out)
{
    int n = 1;

    while (n <= 8 && left > 0 && !(p[0] & 0x80 >> (n - 1)))
        n++;
    if (n > 8 || (size_t)n > left)
        return 0;
    *out = p[0] & (0x7F >> (n - 1));
    for (int i = 1; i < n; i++)
        *out = *out << 8 | p[i];
    *unknown_out = *out == (UINT64_C(1) << 7 * n) - 1;
    return n;
}

static bool matroska_is_cut(const uint8_t *head, size_t size, int64_t file_size)
{
    uint64_t length;
    bool unknown;
    size_t at = 4;
    int n = ebml_size(head + at, size - at, &length, &unknown);

    if (!n || unknown || length > size - at - n)
        return false;
    at += n + length;
    if (size - at < 12 || memcmp(head + at, "\x18\x53\x80\x67", 4))
        return false;
    at += 4;
    n = ebml_size(head + at, size - at, &length, &unknown);
    return n && !unknown && length < INT64_MAX / 2 && (int64_t)(at + n + length) > file_size;
}

static bool gif_is_cut(struct input *in, int64_t file_size)
{
    uint8_t last = 0;

    return input_read(in, file_size - 1, &last, 1) == 1 && last != 0x3B && last != 0;
}

bool cutoff_seen(struct input *in)
{
    size_t size = 0;
    const uint8_t *head = in ? input_head(in, &size) : NULL;
    int64_t file_size = input_size(in);

    if (size < 16 || file_size < 16)
        return false;
    if (!memcmp(head, "\x1A\x45\xDF\xA3", 4))
        return matroska_is_cut(head, size, file_size);
    if (!memcmp(head, "GIF8", 4))
        return gif_is_cut(in, file_size);
    if (!memcmp(head, "RIFF", 4))
        return 8 + ((int64_t)head[7] << 24 | head[6] << 16 | head[5] << 8 | head[4]) > file_size;
    return false;
}

bool cutoff_is_scrambled(const struct input *in)
{
    size_t size = 0;
    const uint8_t *head = in ? input_head(in, &size) : NULL;
    int n_scrambled = 0, n = 0;

    for (size_t at = 0; at + TS_PACKET <= size; at += TS_PACKET, n++) {
        if (head[at] != 0x47)
            return false;
        n_scrambled += (head[at + 3] & 0xC0) != 0;
    }
    return n > 4 && n_scrambled > n / 2;
}
