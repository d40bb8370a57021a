/* The camera's own movement: pans, zooms, shake.
 *
 * Measured from picture to picture on the sums of columns and rows; those of the two outer thirds move apart in a zoom.
 * Once it has begun, frames/motion.h goes on where these lose it.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_CAMERA_H
#define FRAMES_CAMERA_H

#include "frames/motion.h"

struct camera {
    struct signature *anchor;
    bool open;
    int64_t start_us, last_us, peak_us; /* of the movement */
    double dx, dy, way;      /* displacement, and the way it took, small pixels */
    double zoom, most;       /* logarithm of the magnification; the longest step */
};

SC_CHECKED enum sc_status camera_start(struct camera *w, const struct signature *first, struct sc_error *err);

/* The next picture. *ended: a movement is over, and times, dx, dy and score of *out are set. */
SC_CHECKED enum sc_status camera_add(struct camera *w, const struct signature *s, bool *ended, struct sc_event *out,
                                     struct sc_error *err);

/* Whether a movement goes on that is more than a hand's sway, and so an event. */
bool camera_is_far(const struct camera *w);

/* Whether a motion between two pictures, that holds, is a movement of the camera. */
bool camera_moves(const struct motion *m);

/* The shot is over: the same for a movement that goes on. */
bool camera_end(struct camera *w, struct sc_event *out);

void camera_dispose(struct camera *w);

#endif
