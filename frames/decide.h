/* The deciding half of frames/: signatures in, evidence out. Knows no pixels.
 *
 * Feed every signature in ascending time with decide_add; events are closed as the stream goes on, so memory does not
 * grow with its length (only with the number of events). decide_finish closes what is open and chooses the frames.
 * For a stream that does not end, decide_settled tells the events as they settle and forgets them later: memory is flat.
 * A pure, serial function of the signatures and settings: the same result for any number of decoding threads.
 * Thread-safety: one thread at a time for each decider. */
#ifndef FRAMES_DECIDE_H
#define FRAMES_DECIDE_H

#include "frames/signature.h"

#define DECIDE_VERSION 3 /* one more when other events or frames come of the same signatures: what was asked about the old
                          * ones is asked again then */

struct decider;

SC_CHECKED enum sc_status decide_open(struct decider **out, const struct sc_look_settings *settings,
                                      struct sc_error *err);
void decide_close(struct decider **d);

/* signature: borrowed. */
SC_CHECKED enum sc_status decide_add(struct decider *d, const struct signature *signature, struct sc_error *err);

/* Fill events, frames, profile, n_looked, first_us, last_us of *out (freed by sc_changes_free). */
SC_CHECKED enum sc_status decide_finish(struct decider *d, struct sc_changes *out, struct sc_error *err);

/* So long after its last change an event has settled: nothing that comes later can change what it is, but that it is
 * found to repeat. 2.5 s until its pictures are known to be no other shot's, 3 s of hindsight, a second in which what
 * belongs to it settles. */
#define DECIDE_SETTLE_US 7500000

/* For a stream: the events that have settled since the last call, each told once, in the order in which they end. What
 * repeats is told a few times, then once as SC_REPEATING, then no more. last: the stream has ended, tell the rest; no
 * call of decide_add may follow. After the first call decide_finish may not be called. Boxes are as exact as a block. */
SC_CHECKED enum sc_status decide_settled(struct decider *d, bool last,
                                         enum sc_status (*on_event)(void *user, const struct sc_event *event,
                                                                    struct sc_error *err),
                                         void *user, struct sc_error *err);

/* Choose the frames once more, after events were left out or their boxes made exact. */
SC_CHECKED enum sc_status decide_choose(const struct decider *d, struct sc_changes *c, struct sc_error *err);

/* The one knob as what every threshold is divided by: 0.25 at 0, 1 at 0.5 and by default, 4 at 1. */
double decide_sensitivity(const struct sc_look_settings *settings);

/* How much each block usually differs between two looked-at pictures, in tolerances: leaves, water, a noisy corner.
 * {0} knows nothing. */
struct border_noise {
    float at[SIGNATURE_MAX_GRID * SIGNATURE_MAX_GRID];
    int n;                   /* blocks that are known; another number, and all is forgotten */
};

/* Whether something between these two neighbouring looked-at pictures is worth decoding every picture between them:
 * a border of an event may lie there. Cheap; used while looking with effort normal. noise: learns from each call, or
 * NULL. sensitivity: as decide_sensitivity gives it. */
bool decide_border_between(struct border_noise *noise, const struct signature *a, const struct signature *b,
                           double sensitivity);

#endif
