/* What the ways of looking at a video share (scan.c, scout.c). Private to worker/serve/.
 * Thread-safety: one thread. */
#ifndef WORKER_SERVE_SCAN_H
#define WORKER_SERVE_SCAN_H

#include "frames/decide.h"
#include "frames/pixels/measure.h"
#include "worker/serve/serve.h"

#define SLOT_US 200000           /* look at least five times a second: once in each fifth */

/* Whatever the decision's sensitivity is, so that the same pictures are looked at for all of them. The test of borders
 * allows for no noise, so with the usual setting it already fires on less than the usual decision does. */
#define BORDER_SENSITIVITY 1

struct scan {
    struct server *server;
    struct slot *slot;
    struct scan_settings settings;
    struct measurer *measurer;
    struct decoder *second;      /* for what was skipped; opened when first needed */
    int64_t second_us;           /* time of the picture that it gave last; -1: none */
    struct signature *last;      /* measured last */
    struct border_noise noise;
    int64_t key_us;              /* time of the key picture before it */
    int64_t way_us;              /* decoded again on the way to borders */
    struct picture *pending;     /* decoded but not due: measured after all if it is the last */
    int64_t due_us;
    int64_t shortest_us;         /* between neighbouring pictures, as seen so far; 0: not yet */
    int64_t all_until_us;        /* decode everything until here */
    bool skipping, skipped;      /* now; ever. What was asked for comes into effect some pictures later */
    int streak;                  /* gaps in a row that were decoded again */
    int calm;                    /* gaps in a row without a border */
    int64_t busy_us;             /* how long to decode all when it is busy again; 0: it was calm */
    int64_t n_decoded;
    int64_t said_ms;
    struct sc_scouting scouting;
    int64_t furthest_us;         /* time of the last packet, with effort scout; 0: not known */
};

/* Send a measured picture, which becomes the last. Takes *signature. */
SC_CHECKED enum sc_status scan_emit(struct scan *scan, struct signature **signature, struct sc_error *err);
SC_CHECKED enum sc_status scan_say_position(struct scan *scan, int64_t time_us, struct sc_error *err);

/* Look from from_us on as the effort says, with the slot's decoder. Pictures up to the last one sent are left out. */
SC_CHECKED enum sc_status scan_go_through(struct scan *scan, int64_t from_us, struct sc_error *err);

/* Effort scout (scout.c). */
SC_CHECKED enum sc_status scan_scout(struct scan *scan, struct sc_error *err);

#endif
