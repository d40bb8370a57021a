/* Exchanges with a service as they were, without secrets, to be answered from again: for tests and reports of bugs.
 *
 * A recording is lines of JSON. The first says who was asked; then, for each exchange, come its request, the head of
 * its reply, the pieces of the reply with their times, and how it ended:
 *
 *     {"seechange_recording": 1, "program": ..., "service": ..., "dialect": ..., "base_url": ..., "model": ...,
 *      "context_tokens": ...}
 *     {"request": {"method": "POST", "path": "/v1/chat/completions", "size": ..., "sha256": ..., "body": ...}}
 *     {"reply": {"status": 200, "content_type": ..., ...}}
 *     {"at_ms": 120, "text": "data: ..."}        or "hex", for bytes that are no text of their own
 *     {"end": "over", "at_ms": 900}              or "broken" with "error" and "may_pass", or "cancelled"
 *
 * Of the request's headers none is kept, so no key is; the same bytes as the key's in a reply become asterisks. Pictures
 * in the body are named by size and hash.
 * Thread-safety: safe, but recording_close and replay_close; a tape belongs to one exchange. */
#ifndef CLIENT_RECORDING_H
#define CLIENT_RECORDING_H

#include "client/transport.h"

#define RECORDING_MAX_BYTES ((size_t)64 << 20)

struct recording_head {
    const char *service, *dialect, *base_url, *model;
    int64_t context_tokens;  /* that its server told; 0: none */
};

/* ---- made ---- */

struct tape_piece { int64_t at_ms; size_t size; };

/* A reply while it comes. */
struct reply_tape {
    struct buffer bytes;
    struct tape_piece *pieces;
    int n, capacity;
    int64_t began_ms;
    bool is_torn;            /* there was no memory or no room for all of it */
};

void reply_tape_add(struct reply_tape *t, const char *bytes, size_t size);
void reply_tape_dispose(struct reply_tape *t);

struct recording;

SC_CHECKED enum sc_status recording_open(struct recording **out, const struct recording_head *head,
                                         struct sc_error *err);
void recording_close(struct recording **r);

/* An exchange is over. key: NULL: none. */
void recording_add(struct recording *r, const struct exchange *x, struct reply_tape *tape, const char *key);

/* All of it so far; valid until the next recording_add. NULL: it is not whole, there was no memory or no room for it. */
const struct buffer *recording_text(const struct recording *r);

/* ---- played ---- */

struct replay;

/* SC_ERR_FORMAT names the line that is wrong. */
SC_CHECKED enum sc_status replay_open(struct replay **out, const char *text, size_t size, struct sc_error *err);
void replay_close(struct replay **r);
struct recording_head replay_head(const struct replay *r); /* borrowed from r */

/* Let x have the reply to the next recorded request of its method and path: everything that transport would do to it,
 * at once. *differs_out: the recorded request had other bytes. SC_ERR_INVALID when no such request is left. */
SC_CHECKED enum sc_status replay_play(struct replay *r, struct exchange *x, bool *differs_out, struct sc_error *err);

#endif
