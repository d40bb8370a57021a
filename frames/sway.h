/* How much the camera moves: the displacement of the picture against those of the last second.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_SWAY_H
#define FRAMES_SWAY_H

#include "frames/difference.h"

#define SWAY_ANCHORS 3

struct sway {
    struct signature *anchor[SWAY_ANCHORS]; /* the newest first */
    int64_t last_us;
    double amount;           /* small pixels, falling slowly when the camera comes to rest; 0: it stands */
    struct shift shift;      /* against the oldest anchor, if it can be trusted, else 0 */
};

SC_CHECKED enum sc_status sway_start(struct sway *w, const struct signature *first, struct sc_error *err);
SC_CHECKED enum sc_status sway_add(struct sway *w, const struct signature *s, struct sc_error *err);
/* Whether a displacement is the camera's: a passing car also moves the sums of columns. */
bool sway_is_trusted(const struct shift *s);

void sway_dispose(struct sway *w);

#endif
