/* What moves, or comes up, before a background that the camera moves over.
 *
 * While the camera moves, each picture of its steps is compared with the three before it and the three after it, the
 * camera's motion taken out (frames/motion.h). A place of it that is in neither of them is something passing: what the
 * camera uncovers is in those after it, what it covers in those before. Such places are followed from picture to picture
 * and told when they travel over the background; a place that was one thing before and is another afterwards, with
 * nothing going on around it, came up or vanished. Where the motion does not hold, all is forgotten.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_MOVER_H
#define FRAMES_MOVER_H

#include "frames/aligned.h"
#include "frames/camera.h"
#include "frames/candidate.h"

struct mover_scene;

struct mover {
    struct signature *picture[ALIGNED_PICTURES]; /* of the camera's last steps, the newest first */
    struct mover_scene *scene; /* NULL while the camera stands */
    double sensitivity;     /* divides the tolerances */
};

/* The shot begins with this picture: what was known is forgotten. Zeroed but for the sensitivity before the first. */
SC_CHECKED enum sc_status mover_start(struct mover *m, const struct signature *first, struct sc_error *err);

/* The next picture, after camera_add. What moved is added to the list with against set: it counts if the camera's
 * movement does. When a movement begins, its start is set to where the motion model sees it begin. */
SC_CHECKED enum sc_status mover_add(struct mover *m, const struct signature *s, struct camera *camera,
                                    struct candidates *list, struct sc_error *err);

/* Whether the motion model held in nearly all of the movement so far, and this was too large to be looked through
 * without it. */
bool mover_holds(const struct mover *m);

/* The shot is over: what is followed still is told. */
SC_CHECKED enum sc_status mover_end(struct mover *m, struct candidates *list, struct sc_error *err);

void mover_dispose(struct mover *m);

#endif
