/* A decoder wound on to ascending times: neighbours share one decode, what is far is reached by a seek.
 * Thread-safety: one thread at a time for each reel. */
#ifndef FRAMES_PIXELS_REEL_H
#define FRAMES_PIXELS_REEL_H

#include "decode/decode.h"

/* Where the decoder is: shown is displayed until the time of next; both may be NULL. */
struct reel {
    struct decoder *decoder;
    struct picture *shown, *next;
    bool ended;                  /* nothing comes after next */
    int64_t key_us;              /* time of the last key picture seen; -1: none */
    int64_t key_interval_us;     /* longest seen */
};

/* decoder: borrowed until reel_clear. */
struct reel reel_of(struct decoder *decoder);
void reel_clear(struct reel *r);

/* Make shown the picture displayed at time_us, which must not be before the one asked for last; for times before the
 * first picture that one. SC_ERR_FORMAT when there is none. */
SC_CHECKED enum sc_status reel_to(struct reel *r, int64_t time_us, struct sc_error *err);

#endif
