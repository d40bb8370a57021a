/* Key pictures: pictures that a codec codes anew, so that every block steps a little though nothing happens.
 *
 * Between key pictures a coarse codec repeats most blocks as they are, noise and all; with the next key picture nearly
 * all of them take other values at once, and the coarser the codec, the larger the steps. Such a picture is known by
 * the step that three quarters of its blocks exceed, in a row of pictures in which next to none do.
 * Thread-safety: one thread at a time for each object. */
#ifndef FRAMES_REFRESH_H
#define FRAMES_REFRESH_H

struct refresh {
    float usual;             /* running step that three quarters of the blocks exceed */
};

/* A new shot begins. */
void refresh_start(struct refresh *r);

/* The next picture, dt seconds after the one before; step[0..n-1]: how far its blocks are from that one, in tolerances.
 * How far a block may step because the picture is coded anew; 0: it isn't. */
float refresh_add(struct refresh *r, const float *step, int n, float dt);

#endif
