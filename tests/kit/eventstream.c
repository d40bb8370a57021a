/* Frames of AWS's event stream, made apart from the code that reads them. */
#include "tests/kit/eventstream.h"

#include <string.h>

uint32_t eventstream_checksum(const uint8_t *bytes, size_t size)
{
    uint32_t crc = ~0u;
    size_t i;
    int bit;

    for (i = 0; i < size; i++)
        for (crc ^= bytes[i], bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
    return ~crc;
}

void eventstream_put(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24), at[1] = (uint8_t)(value >> 16), at[2] = (uint8_t)(value >> 8), at[3] = (uint8_t)value;
}

static size_t put_text_header(uint8_t *at, const char *name, const char *value)
{
    size_t n = strlen(name), v = strlen(value);

    at[0] = (uint8_t)n;
    memcpy(at + 1, name, n);
    at[n + 1] = 7;
    at[n + 2] = (uint8_t)(v >> 8);
    at[n + 3] = (uint8_t)v;
    memcpy(at + n + 4, value, v);
    return n + 4 + v;
}

size_t eventstream_frame(uint8_t *out, const char *kind, const char *name, const char *json)
{
    static const uint8_t others[] = { 1, 'a', 0, 1, 'b', 4, 0, 0, 0, 7, 1, 'c', 8, 1, 2, 3, 4, 5, 6, 7, 8 };
    size_t headers, size;

    memcpy(out + 12, others, sizeof others);
    headers = sizeof others + put_text_header(out + 12 + sizeof others, kind, name);
    headers += put_text_header(out + 12 + headers, ":content-type", "application/json");
    size = 12 + headers + strlen(json) + 4;
    memcpy(out + 12 + headers, json, strlen(json));
    eventstream_put(out, (uint32_t)size);
    eventstream_put(out + 4, (uint32_t)headers);
    eventstream_put(out + 8, eventstream_checksum(out, 8));
    eventstream_put(out + size - 4, eventstream_checksum(out, size - 4));
    return size;
}
