/* What kind of pictures a source consists of: a camera's, a screen's, or a film's, that is edited shots.
 *
 * On a screen most of what is even has exactly one colour, however it was compressed; walls, roads and skies never do.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_PROFILE_H
#define FRAMES_PROFILE_H

#include "frames/candidate.h"
#include "frames/signature.h"

struct profile {
    double sum;              /* of the shares of one colour, over the pictures */
    int64_t n;
};

void profile_add(struct profile *p, const struct signature *s);

/* The share of the picture that has exactly one colour, mean over the pictures so far, 0..1. Black bars at the sides do
 * not count. */
double profile_evenness(const struct profile *p);

/* Whether that is so much that the pictures are a screen's. */
bool profile_is_screen(const struct profile *p);

/* What the pictures are. list: everything found in them; took_us: how long they go on. */
enum sc_profile profile_decide(const struct profile *p, const struct candidates *list, int64_t took_us);

#endif
