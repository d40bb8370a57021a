/* Stretches in which nothing is to be seen: black, blank (one even colour), frozen.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_STILLNESS_H
#define FRAMES_STILLNESS_H

#include "frames/candidate.h"
#include "frames/signature.h"

struct stillness {
    enum sc_kind kind;       /* of the stretch that goes on; SC_OTHER: none */
    int64_t since_us, last_us;
    uint64_t print;          /* of the last picture */
    double liveliness;       /* how often pictures differ at all: a drawn page does not freeze, a camera does. 0..1 */
};

void stillness_start(struct stillness *w);

/* The next picture. True: a stretch ended with the picture before, and start, end and kind of *out are set. */
bool stillness_add(struct stillness *w, const struct signature *s, struct sc_event *out);

/* No more pictures: the same for a stretch that goes on. */
bool stillness_end(struct stillness *w, struct sc_event *out);

#endif
