/* Evidence that nobody decoded: the same three changes in 24 s, for tests of what is made of evidence. */
#ifndef TESTS_KIT_EVIDENCE_H
#define TESTS_KIT_EVIDENCE_H

#include "include/seechange.h"

#define EVIDENCE_EVENTS 3
#define EVIDENCE_FRAMES 9

struct made_evidence {
    struct sc_changes changes; /* points into this struct: do not copy, do not free */
    struct sc_event events[EVIDENCE_EVENTS];
    struct sc_frame frames[EVIDENCE_FRAMES];
};

/* A red thing appears at the left, moves to the right, and a cut ends it. width x height as displayed. */
void evidence_make(struct made_evidence *e, int width, int height);

#endif
