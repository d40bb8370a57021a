/* Global light over time: when it leaves a level and when it rests at another one.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_LIGHTWATCH_H
#define FRAMES_LIGHTWATCH_H

#include "frames/candidate.h"

struct lightwatch {
    bool open;
    double level;            /* brightness at which it rested last, levels against the shot's first picture */
    double resting;          /* and that at which it rests since resting_us */
    int64_t left_us;         /* first picture away from the level */
    int64_t resting_us;
    int64_t peak_us;
    double farthest;         /* from the level */
};

void lightwatch_start(struct lightwatch *w, int64_t now_us);

/* brightness: mean luma that the light adds. True: a change of light ended, and start, peak and end of *out are set. */
bool lightwatch_add(struct lightwatch *w, int64_t now_us, double brightness, struct sc_event *out);

/* The shot ends: the same for a change that goes on, or has not rested for long. */
bool lightwatch_end(struct lightwatch *w, struct sc_event *out);

#endif
