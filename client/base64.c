/* Base64: out, and back. */
#include "client/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

static const char alphabet[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_end(const uint8_t *data, size_t size, char *out)
{
    uint32_t v = (uint32_t)data[0] << 16 | (size > 1 ? (uint32_t)data[1] << 8 : 0);

    out[0] = alphabet[v >> 18];
    out[1] = alphabet[v >> 12 & 63];
    out[2] = size > 1 ? alphabet[v >> 6 & 63] : '=';
    out[3] = '=';
}

size_t base64_encode(const uint8_t *data, size_t size, char *out)
{
    char *start = out;

    for (; size >= 3; size -= 3, data += 3, out += 4) {
        uint32_t v = (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2];

        out[0] = alphabet[v >> 18];
        out[1] = alphabet[v >> 12 & 63];
        out[2] = alphabet[v >> 6 & 63];
        out[3] = alphabet[v & 63];
    }
    if (size) {
        encode_end(data, size, out);
        out += 4;
    }
    return (size_t)(out - start);
}

size_t base64_decode(const char *text, uint8_t *out)
{
    const size_t n = strlen(text);
    int size;

    if (!n || n % 4 || n > INT_MAX)
        return 0;
    size = EVP_DecodeBlock(out, (const uint8_t *)text, (int)n);
    return size < 0 ? 0 : (size_t)size - (text[n - 1] == '=') - (text[n - 2] == '=');
}
