/* Frames of HTTP/2. */
#include "tests/kit/http2.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define FRAME_HEAD 9
#define MAX_FRAME 16384

bool http2_agreed(const struct connection *c)
{
    const unsigned char *name;
    unsigned size;

    if (!c->ssl)
        return false;
    SSL_get0_alpn_selected(c->ssl, &name, &size);
    return size == 2 && !memcmp(name, "h2", 2);
}

static void put(uint8_t *at, uint32_t value, int bytes)
{
    while (bytes--)
        *at++ = (uint8_t)(value >> bytes * 8);
}

void http2_frame(uint8_t **at, enum http2_type type, uint8_t flags, uint32_t stream, const void *payload, size_t size)
{
    put(*at, (uint32_t)size, 3);
    (*at)[3] = (uint8_t)type;
    (*at)[4] = flags;
    put(*at + 5, stream, 4);
    *at += FRAME_HEAD;
    if (!payload)
        return;
    memcpy(*at, payload, size);
    *at += size;
}

/* Indexed status; content-type by its index with a value as it is. Source: RFC 7541, appendix A. */
void http2_head(uint8_t **at, int status, const char *content_type, uint8_t flags)
{
    static const int table[] = { 200, 204, 206, 304, 400, 404, 500 };
    uint8_t block[128];
    size_t n = strlen(content_type), i;

    for (i = 0; i < 6 && table[i] != status; i++)
        continue;
    block[0] = (uint8_t)(0x80 | (8 + i));
    block[1] = 0x0F;
    block[2] = 31 - 15;
    block[3] = (uint8_t)n;
    memcpy(block + 4, content_type, n);
    http2_frame(at, HTTP2_HEADERS, flags, 1, block, n + 4);
}

void http2_reset(uint8_t **at, uint32_t code)
{
    uint8_t payload[4];

    put(payload, code, 4);
    http2_frame(at, HTTP2_RST_STREAM, 0, 1, payload, sizeof payload);
}

void http2_goaway(uint8_t **at, uint32_t last_stream, uint32_t code)
{
    uint8_t payload[8];

    put(payload, last_stream, 4);
    put(payload + 4, code, 4);
    http2_frame(at, HTTP2_GOAWAY, 0, 0, payload, sizeof payload);
}

/* One frame of the client's. */
static bool read_frame(struct connection *c, uint8_t head[FRAME_HEAD], uint8_t *payload, size_t *size)
{
    if (!connection_read_all(c, head, FRAME_HEAD))
        return false;
    *size = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
    return *size <= MAX_FRAME && connection_read_all(c, payload, *size);
}

bool http2_read_request(struct connection *c, char *body, size_t *size_out)
{
    uint8_t *payload = malloc(MAX_FRAME), head[FRAME_HEAD], hello[2 * FRAME_HEAD], *at = hello;
    char preface[sizeof PREFACE - 1];
    bool ok, ended = false;
    size_t size;

    *size_out = 0;
    http2_frame(&at, HTTP2_SETTINGS, 0, 0, NULL, 0);
    http2_frame(&at, HTTP2_SETTINGS, 1, 0, NULL, 0);
    ok = payload && connection_read_all(c, preface, sizeof preface) && !memcmp(preface, PREFACE, sizeof preface) &&
         connection_write(c, hello, sizeof hello);
    while (ok && !ended && (ok = read_frame(c, head, payload, &size))) {
        if (head[3] == HTTP2_DATA && (ok = *size_out + size <= HTTP2_MAX_BODY)) {
            memcpy(body + *size_out, payload, size);
            *size_out += size;
        }
        ended = head[3] <= HTTP2_HEADERS && head[4] & HTTP2_END_STREAM;
    }
    free(payload);
    return ok;
}
