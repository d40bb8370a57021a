/* As much of HTTP/2 (RFC 9113) as a scripted server needs: reading a request's frames, and writing frames, good and bad.
 * Thread-safety: safe; touches nothing but its arguments. */
#ifndef TESTS_KIT_HTTP2_H
#define TESTS_KIT_HTTP2_H

#include <stdint.h>

#include "tests/kit/connection.h"

enum http2_type {
    HTTP2_DATA, HTTP2_HEADERS, HTTP2_PRIORITY, HTTP2_RST_STREAM, HTTP2_SETTINGS, HTTP2_PUSH, HTTP2_PING, HTTP2_GOAWAY,
    HTTP2_WINDOW_UPDATE, HTTP2_CONTINUATION
};

#define HTTP2_END_STREAM 1   /* flags */
#define HTTP2_END_HEADERS 4

#define HTTP2_MAX_BODY 65535 /* more than the first window takes is not asked for */

/* Whether this connection agreed on HTTP/2. */
bool http2_agreed(const struct connection *c);

/* Say hello, and read frames up to the end of the first request. body has room for HTTP2_MAX_BODY bytes. */
bool http2_read_request(struct connection *c, char *body, size_t *size_out);

/* One frame to *at, which moves on; payload may be NULL. The size is that of the payload and need not be true. */
void http2_frame(uint8_t **at, enum http2_type type, uint8_t flags, uint32_t stream, const void *payload, size_t size);

/* The header block of a reply on stream 1: a status that HPACK's table has (200, 204, 206, 304, 400, 404, 500) and a
 * content type. */
void http2_head(uint8_t **at, int status, const char *content_type, uint8_t flags);

/* RST_STREAM of stream 1, or GOAWAY with that last stream, with an error code (RFC 9113, section 7). */
void http2_reset(uint8_t **at, uint32_t code);
void http2_goaway(uint8_t **at, uint32_t last_stream, uint32_t code);

#endif
