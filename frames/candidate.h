/* A change that was seen and may become an event: what the trackers hand over, before repetition, importance and the
 * neighbours in time are weighed.
 * Thread-safety: plain data. */
#ifndef FRAMES_CANDIDATE_H
#define FRAMES_CANDIDATE_H

#include "base/error.h"

struct candidate {
    struct sc_event event;
    double strength;         /* how far beyond noise, summed over the blocks, at the peak */
    float strongest;         /* of a single block */
    float noise;             /* usual in the blocks, tolerances */
    double excess;           /* strength beyond tolerance */
    bool soft;               /* faint, without edges, in a noisy picture: a shadow, a reflection */
    int blocks;              /* that took part */
    int kept;                /* of these, in another state afterwards */
    bool step;               /* from one picture to the next, then still */
    bool whole;              /* concerns the whole picture */
    bool continues;          /* was still going on when the shot ended or patience did */
    bool always;             /* moves from the beginning of the shot on: muted, but others may come in meanwhile */
    bool slow;               /* found by what has become of its place (frames/drift.h); its border is not known well */
    bool pointer;            /* tiny, travels over a drawn page, leaves nothing behind */
    bool crossing;           /* came in over the border, or left over it (frames/crossing.h): */
    bool inward;             /* which of the two */
    bool against;            /* before a background that the camera moves over (frames/mover.h); */
    bool near;               /* what stands near the camera and does not move would be seen like that */
    bool held;               /* of a camera's movement: the motion model held */
    bool wave;               /* a place that waves (frames/waves.h) */
    bool muted;              /* part of something that goes on all the time */
    float texture_before, texture_after; /* mean in the box, levels */
    bool settled;            /* for a stream: judged for good, */
    bool told;               /* and told as an event, */
    bool told_repeating;     /* or as part of a repetition */
    int place;               /* in the list that this one is a copy of */
};

struct candidates {
    struct candidate *items; /* in the order in which they were closed */
    int n, capacity;
};

/* Append. SC_ERR_LIMIT past CANDIDATES_MAX. */
SC_CHECKED enum sc_status candidates_add(struct candidates *list, const struct candidate *c, struct sc_error *err);

/* *out: the same items, each with its place. candidates_dispose. */
SC_CHECKED enum sc_status candidates_copy(struct candidates *out, const struct candidates *list, struct sc_error *err);

/* Drop the first n. */
void candidates_drop(struct candidates *list, int n);
void candidates_sort(struct candidates *list); /* by start, then place */
void candidates_dispose(struct candidates *list);

#endif
