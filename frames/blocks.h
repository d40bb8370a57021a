/* Each block of the grid against its own reference, apart from global light, inside one shot:
 * stable → changing → stable.
 *
 * A block is STABLE while it looks like its reference, CHANGING from the first picture on which it does not until it
 * holds still again (as before, or in a new state that becomes the reference), FRESH until it first held still in
 * this shot, and BUSY when it never holds still.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_BLOCKS_H
#define FRAMES_BLOCKS_H

#include "frames/difference.h"
#include "frames/refresh.h"

#define BLOCKS_SETTLE_US 400000 /* a block that held still for so long has settled */

enum block_phase { BLOCK_FRESH, BLOCK_STABLE, BLOCK_CHANGING, BLOCK_BUSY };

struct sample {
    float y, u, v, texture;  /* levels, in the light of the references (struct blocks) */
};

struct block {
    struct sample reference; /* what it looks like when nothing happens */
    struct sample held;      /* what it looks like since held_us */
    struct sample recent;    /* mean of the last half second */
    struct sample last;      /* in the picture before */
    struct sample before;    /* the reference before its first change within the event that owns it */
    struct sample anchor;    /* what it looked like when a change of it was last told (frames/drift.h), */
    int64_t departed_us;     /* when the reference had begun to leave that; -1: it hasn't */
    struct sample rest;      /* what it looks like since rest_us, */
    int64_t rest_us;
    struct sample tick;      /* and on average when slow changes were last looked for */
    int64_t onset_us;        /* first picture on which it differed, this time */
    int64_t first_us;        /* first onset within the event that owns it */
    int64_t held_us;
    int64_t settled_us;      /* picture in which it was last found to have settled, */
    int64_t final_us;        /* and since when it had looked like that */
    float noise;             /* running distance from its recent mean, in tolerances */
    float distance;          /* of this picture from the reference, in tolerances with noise: > 1 is a difference */
    float peak, raw_peak;    /* largest distance within its event, with and without noise in the measure */
    int64_t returned_us;     /* when it last came back from a difference */
    enum block_phase phase;
    int returns;             /* how often it came back in a row, each soon after the last */
    int steps;               /* times it settled in another state within its event */
    bool waves;              /* to and fro, as far as this on either side of the reference, tolerances in each. Set by */
    struct sample swing;     /* frames/waves.h */
    int owner;               /* event that it is part of, 0: none. Set and cleared by the tracker */
};

struct blocks {
    double sensitivity;      /* divides the tolerances */
    int w, h;
    int64_t started_us, last_us;
    struct light light;      /* from the references to the last picture: the references follow the light slowly */
    double followed;         /* mean luma by which they have followed since the shot began, levels */
    double brightness;       /* mean luma that the light adds since the shot began, levels */
    bool drawn;              /* a page on a screen: nothing is too bright to be seen */
    bool lit;                /* the light explains the picture: brightness can be believed */
    struct block at[DIFFERENCE_MAX_BLOCKS];
    struct grid reference, current;
    float slack;             /* of the way to its neighbours' values, that a block may take because the camera moves */
    bool skip[DIFFERENCE_MAX_BLOCKS];
    struct refresh refresh;
    float step[DIFFERENCE_MAX_BLOCKS]; /* from the picture before, tolerances */
};

/* A new shot begins with this picture. */
void blocks_start(struct blocks *b, const struct signature *first);

/* The next picture. sway: how far the camera may have moved it, small pixels. */
void blocks_add(struct blocks *b, const struct signature *s, double sway);

/* How far apart two samples are, in tolerances without noise: in each channel, and in the one in which it is most. */
struct sample sample_apart(const struct sample *a, const struct sample *b);
float sample_distance(const struct sample *a, const struct sample *b);

/* The same for two samples of one block, in units of its allowance (what the tolerances are multiplied with), or of how
 * far it swings where that is more. */
float block_distance(const struct block *k, const struct sample *a, const struct sample *b, float allowance);

/* What the tolerances are multiplied with for a noise. */
float block_allowance(float noise);

/* The video ends: what has changed and holds still for a moment is in its new state, though not for long. */
void blocks_end(struct blocks *b);

/* The block goes on moving and is to be ignored until it holds still. */
void block_give_up(struct block *b);

/* Its event ends: the block is back as it was, or goes on moving. */
void block_close(const struct blocks *b, struct block *k);

#endif
