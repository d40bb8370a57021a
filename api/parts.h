/* A question that takes several queries: about windows of a long video, or about several videos.
 * Thread-safety: as struct sc. */
#ifndef API_PARTS_H
#define API_PARTS_H

#include "api/asking.h"

/* One video that was looked at. */
struct looked {
    const struct sc_source *source;
    struct sc_changes *changes;
    struct gathered words;
};

struct part {
    const struct looked *of;
    struct asking asking;    /* its target is lent by the whole's */
};

struct parts {
    struct part *items;
    int n;
    struct sc_ask_settings settings; /* of each */
};

/* Which parts the question of a has; videos of which there is nothing to ask have none. Nothing is rendered or sent. out:
 * parts_dispose, always. */
SC_CHECKED enum sc_status parts_plan(struct asking *a, const struct looked *all, int n, struct parts *out,
                                     struct sc_error *err);

/* Ask about each of two or more, and for one answer of theirs. A part that fails is told, and the others go on; an error
 * if none is left. max_tokens and max_cost_usd bound all of it. */
SC_CHECKED enum sc_status parts_ask(struct asking *a, struct parts *p, struct sc_error *err);
void parts_dispose(struct parts *p);

#endif
