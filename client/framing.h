/* How the events of a streamed reply are told apart: server-sent events, JSON lines, or frames of AWS's event stream.
 *
 *     struct framer f = { .framing = FRAMING_LINES };
 *     while (bytes come)
 *         if ((s = framer_feed(&f, bytes, size, on_event, user, err)))
 *             break;
 *     if (!s)
 *         s = framer_end(&f, on_event, user, err);
 *     framer_dispose(&f);
 *
 * Thread-safety: one thread at a time for each framer. */
#ifndef CLIENT_FRAMING_H
#define CLIENT_FRAMING_H

#include "client/sse.h"

enum framing {
    FRAMING_EVENTS,          /* text/event-stream */
    FRAMING_LINES,           /* one JSON value a line, application/x-ndjson */
    FRAMING_FRAMES,          /* application/vnd.amazon.eventstream: lengths, headers, JSON, checksums. An event has the
                              * name of :event-type, an exception that of :exception-type, an error "error" */
};

struct framer {
    enum framing framing;
    struct sse sse;
    struct buffer bytes;     /* of a line or frame that is not yet whole */
};

/* What the Accept header says of it; static. */
const char *framing_accept(enum framing framing);

/* Whether a reply of this type is a stream of such events. */
bool framing_is(enum framing framing, const char *content_type);

/* The sink gets each event with its name ("" for none), as sse_feed says. SC_ERR_LIMIT for one over SSE_MAX_EVENT;
 * SC_ERR_SERVICE for a damaged frame. */
SC_CHECKED enum sc_status framer_feed(struct framer *f, const char *bytes, size_t size, sse_sink *sink, void *user,
                                      struct sc_error *err);

/* The connection closed: what is left is handed over if its reader could make something of it. */
SC_CHECKED enum sc_status framer_end(struct framer *f, sse_sink *sink, void *user, struct sc_error *err);
void framer_dispose(struct framer *f);

#endif
