/* The reader of one reply: finds out what it is (events, one JSON object, an error), and turns it into the answer as
 * its bytes come.
 * Thread-safety: one thread at a time for each listener. */
#ifndef CLIENT_LISTENER_H
#define CLIENT_LISTENER_H

#include "client/dialects/dialect.h"
#include "client/transport.h"

enum listener_form { LISTENER_UNDECIDED, LISTENER_EVENTS, LISTENER_WHOLE, LISTENER_ERROR };

struct listener {
    const struct client_call *call;
    struct client_answer *answer;
    enum listener_form form;
    struct framer framer;
    struct reply reply;
    struct buffer raw;       /* a whole reply, or the beginning of an error */
    bool began;              /* a byte of an answer came: sending again could ask (and pay) twice */
    bool ending;             /* the connection is closed */
    bool ready;
    struct failure failure;  /* after listener_end other than SC_OK */
};

/* For struct exchange; user is the listener. */
SC_CHECKED enum sc_status listener_bytes(void *user, const struct reply_head *head, const char *bytes, size_t size,
                                         bool *enough, struct sc_error *err);

/* The exchange is over: complete the answer, or say what went wrong. */
SC_CHECKED enum sc_status listener_end(struct listener *l, const struct exchange *x, struct sc_error *err);
void listener_dispose(struct listener *l);

#endif
