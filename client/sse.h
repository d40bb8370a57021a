/* Server-sent events (WHATWG HTML, section 9.2), from bytes split anywhere.
 * Thread-safety: one thread at a time for each parser. */
#ifndef CLIENT_SSE_H
#define CLIENT_SSE_H

#include "base/buffer.h"

#define SSE_MAX_EVENT (8u << 20)

struct sse {
    struct buffer line, data;
    char event[64];
    bool at_start, after_cr, has_data;
    unsigned bom;
};

/* data is valid for the call. A status other than SC_OK stops the parser and is returned by sse_feed. */
typedef enum sc_status sse_sink(void *user, const char *event, const char *data, size_t size, struct sc_error *err);

void sse_init(struct sse *p);
void sse_dispose(struct sse *p);
SC_CHECKED enum sc_status sse_feed(struct sse *p, const char *bytes, size_t size, sse_sink *sink, void *user,
                                   struct sc_error *err);
/* The connection closed: hand over what is left if it was a whole data line (lenient). */
SC_CHECKED enum sc_status sse_end(struct sse *p, sse_sink *sink, void *user, struct sc_error *err);

#endif
