/* What changes inside one shot: each block of the grid is compared with its own reference, apart from global light,
 * and goes stable → changing → stable; blocks that change together, side by side, are one event.
 *
 * Thread-safety: one thread at a time for each tracker. */
#ifndef FRAMES_TRACKER_H
#define FRAMES_TRACKER_H

#include "frames/candidate.h"
#include "frames/difference.h"

struct tracker;

/* sensitivity > 0: divides all tolerances. NULL: out of memory. */
struct tracker *tracker_new(double sensitivity);
void tracker_free(struct tracker **t);

/* A new shot begins with this picture: everything known is forgotten. Call tracker_end for the old one first. */
SC_CHECKED enum sc_status tracker_start(struct tracker *t, const struct signature *first, struct sc_error *err);

/* The next picture of the shot. drawn: a page on a screen, where what is white in less light is something else that is
 * white; a camera cuts off what is too bright. Events that ended are added to the list. */
SC_CHECKED enum sc_status tracker_add(struct tracker *t, const struct signature *s, bool drawn, struct candidates *list,
                                      struct sc_error *err);

/* The shot has ended: close what is open. followed: by another shot, so what had just begun belongs to that. */
SC_CHECKED enum sc_status tracker_end(struct tracker *t, bool followed, struct candidates *list,
                                      struct sc_error *err);

/* The mean luma that the light of the last picture adds to the shot's references, levels. False: it is not known. */
bool tracker_brightness(const struct tracker *t, double *out);

/* Of the last picture, for explaining it. */
void tracker_explain(const struct tracker *t, struct sc_look *look);

#endif
