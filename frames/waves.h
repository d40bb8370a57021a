/* What waves: leaves, water, fire, a screen that flickers. A block whose luma swings to and fro about its mean for some
 * seconds without a pause waves; blocks that wave beside each other are one place. How far each of them swings, in luma,
 * chroma and texture, is its tolerance from then on, so that only something new in the place is a change there.
 *
 * A place is told once, as one SC_REPEATING with its box, from when the first of it began to wave to when the last of
 * it rests. Noise has no region of its own and swings everywhere alike, a passing thing leaves, a cloud doesn't return.
 * Thread-safety: one thread at a time for each object; waves_mute touches nothing but its argument. */
#ifndef FRAMES_WAVES_H
#define FRAMES_WAVES_H

#include "frames/blocks.h"
#include "frames/candidate.h"

struct wave {
    struct sample mean;      /* of the last seconds */
    struct sample swing;     /* largest distance from it, lately, tolerances */
    float deviation, step;   /* usual distance of luma from it, and from the picture before, tolerances */
    float last;              /* luma in that, levels */
    int side;                /* of the mean on which it was last: -1, 1; 0: near it since the beginning */
    int turns;               /* to a side, in a row, */
    int64_t since_us;        /* since when, */
    float swung;             /* swing of luma then, */
    int64_t turned_us;       /* and the last one; 0: none */
    float often;             /* turns lately, apart from each other, */
    int64_t counted_us;      /* and when the last of these was */
    int all;                 /* turns since it began, */
    int64_t began_us;        /* when that was, */
    int64_t alive_us;        /* when its place last waved, */
    bool strong;             /* and it has done so without a pause: it waves by itself */
};

/* Blocks beside each other that wave, or turn now and then with others that do. */
struct waving {
    int n, n_strong, n_alive; /* blocks; that wave by themselves; that did just now */
    int x0, y0, x1, y1;      /* where those that do by themselves are, blocks */
};

struct waves {
    struct wave at[DIFFERENCE_MAX_BLOCKS];
    float band;              /* tolerances from the mean that are a side */
    float interval;          /* between pictures, usually, seconds */
    int64_t started_us, last_us, looked_us;
    float away[DIFFERENCE_MAX_BLOCKS]; /* from the means, tolerances, in this picture, */
    float sums[(SIGNATURE_MAX_GRID + 1) * (SIGNATURE_MAX_GRID + 1)]; /* and all above and to the left of each corner */
    float sorted[DIFFERENCE_MAX_BLOCKS];
    bool marked[DIFFERENCE_MAX_BLOCKS];
    short label[DIFFERENCE_MAX_BLOCKS];
    struct waving place[DIFFERENCE_MAX_BLOCKS + 1]; /* by label */
};

/* A new shot, of which the blocks know the first picture. */
void waves_start(struct waves *w, const struct blocks *b);

/* The next picture, compared already. steady: the camera stands still. shape: any picture of the shot. Places that came
 * to rest are added to the list, with wave set. */
SC_CHECKED enum sc_status waves_add(struct waves *w, struct blocks *b, bool steady, const struct signature *shape,
                                    struct candidates *list, struct sc_error *err);

/* The shot ends: those that still wave are added. */
SC_CHECKED enum sc_status waves_end(struct waves *w, struct blocks *b, const struct signature *shape,
                                    struct candidates *list, struct sc_error *err);

/* One place is told once, and what changed there before it was known to wave is part of it. list: sorted. */
void waves_mute(struct candidates *list);

#endif
