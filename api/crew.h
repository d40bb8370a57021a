/* Several askings at the same time, each with its own query and call.
 * Thread-safety: as struct sc. */
#ifndef API_CREW_H
#define API_CREW_H

#include "api/asking.h"

struct crew_member {
    struct asking *asking;   /* its query is made, its call prepared; text and tokens come into its answer */
    enum sc_status status;   /* how it went; */
    struct sc_error err;     /* then, why not */
    enum client_class class; /* then too; with what it says of limits */
    int64_t overshoot_tokens, limit_tokens;
    int allowed_images;
    int64_t began_ms, first_ms, took_ms; /* since it was asked: first words, -1 if they came all at once; the last */
    bool is_done;            /* those that are need not be asked */
};

/* Ask all that are not done, as many at once as their services allow; what a service found too large is made smaller and
 * asked about again, once. told (may be NULL) is called as each ends, twice then. What goes wrong with one is in it.
 * SC_ERR_CANCELLED, SC_ERR_NOMEM. */
SC_CHECKED enum sc_status crew_ask(struct sc *s, struct crew_member *members, int n,
                                   void (*told)(void *user, int i), void *user, struct sc_error *err);

#endif
