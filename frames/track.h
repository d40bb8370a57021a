/* Places that differ from the background while the camera moves, followed from picture to picture.
 *
 * One is a mover if it travels over the background without turning about all the time, takes what it looks like along,
 * so that it doesn't stay where it is in the picture (a caption, a spot on the lens), and moves otherwise than
 * something near would that stands still (parallax).
 * Thread-safety: plain functions over data that the caller owns. */
#ifndef FRAMES_TRACK_H
#define FRAMES_TRACK_H

#include "frames/candidate.h"
#include "frames/motion.h"

#define TRACKS_MOST 12
#define TRACK_TRAIL 3          /* pictures */

/* A place in one picture; blocks. */
struct spot {
    int x0, y0, x1, y1;      /* its box, the last excluded */
    double x, y;             /* its centre */
    int n;
    double strength;         /* tolerances, summed */
    double yuv[3], under[3]; /* mean colour, and that of the background in the picture before */
};

struct track {
    bool used;
    int n, missed;           /* pictures in which it was seen; missed in a row since */
    int64_t before_us, first_us, last_us, peak_us; /* the picture before it was seen; seen */
    struct spot last, peak;  /* the latest, and the strongest */
    int x0, y0, x1, y1;      /* over all pictures */
    double first_x, first_y, seen_x, seen_y; /* its first centre, and its latest */
    double ux, uy, far;      /* its own way over the background, and how far away from its beginning it was */
    double step_x, step_y;   /* its own last step, */
    double own_x, own_y;     /* and what of it is one picture's */
    double uu, uv, vv;       /* sums of products of its own steps (u) and the background's (v), */
    double on, turns;        /* of each step with the one before it, and of their lengths */
    double trail_x[TRACK_TRAIL], trail_y[TRACK_TRAIL]; /* its centre in the pictures before, the newest first, */
    bool seen[TRACK_TRAIL];  /* in which it was seen */
    int asked, along, here;  /* blocks asked of, that came along its way, and that were there before already */
};

struct tracks {
    struct track at[TRACKS_MOST];
};

/* The spots of the next picture. m: the motion of the background since the picture before, of before_us. Tracks that
 * ended and were movers are added to the list; those that moved like something near that stands, muted, as well. shape:
 * for sizes. */
SC_CHECKED enum sc_status tracks_add(struct tracks *t, const struct spot *spot, int n, const struct motion *m,
                                     const struct grid *g, int64_t before_us, int64_t now_us,
                                     const struct signature *shape, struct candidates *list, struct sc_error *err);

/* The same for all that are left. */
SC_CHECKED enum sc_status tracks_end(struct tracks *t, const struct signature *shape, struct candidates *list,
                                     struct sc_error *err);

/* A spot as a change, kind and times to be set. */
struct candidate spot_describe(const struct spot *s, const struct signature *shape);

#endif
