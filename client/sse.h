/* Server-sent events (WHATWG HTML, section 9.2), from bytes split anywhere.
 *
 *     struct sse p = { 0 };
 *     while (bytes come)
 *         if ((s = sse_feed(&p, bytes, size, on_event, user, err)))
 *             break;
 *     if (!s)
 *         s = sse_end(&p, on_event, user, err);
 *     sse_dispose(&p);
 *
 * Thread-safety: one thread at a time for each parser. */
#ifndef CLIENT_SSE_H
#define CLIENT_SSE_H

#include "base/buffer.h"

#define SSE_MAX_EVENT ((size_t)8 << 20)  /* bytes of one line, and of the data of one event */

struct sse {
    struct buffer line, data;
    char event[64];          /* name of the event that is being read, cut to fit; "" for none */
    bool after_cr, has_data;
    unsigned bom;            /* bytes of a byte order mark seen at the very start; 3: past it */
};

/* data is valid for the call and followed by a NUL. A status other than SC_OK stops the parser; sse_feed returns it. */
typedef enum sc_status sse_sink(void *user, const char *event, const char *data, size_t size, struct sc_error *err);

/* SC_ERR_LIMIT for an event over SSE_MAX_EVENT. */
SC_CHECKED enum sc_status sse_feed(struct sse *p, const char *bytes, size_t size, sse_sink *sink, void *user,
                                   struct sc_error *err);

/* The connection closed: an event that lacks only the end of its line or the empty line after it is handed over. The
 * standard drops it; whether it is whole only its reader can tell. */
SC_CHECKED enum sc_status sse_end(struct sse *p, sse_sink *sink, void *user, struct sc_error *err);
void sse_dispose(struct sse *p);

#endif
