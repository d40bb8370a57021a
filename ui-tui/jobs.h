/* Work that must not hold up the screen: lanes of threads, each with a session of its own. A job is given to its lane,
 * worked on there, and its done() is called on the main thread, which alone may touch views and the terminal.
 *
 * A lane does one job at a time, in the order in which they came. Cancelling ends the running job's session; the lane
 * opens another for its next job.
 * Thread-safety: all but jobs_poke belongs to the main thread. */
#ifndef UI_TUI_JOBS_H
#define UI_TUI_JOBS_H

#include <stdatomic.h>

#include "include/seechange.h"

enum lane {
    LANE_LOOK,              /* what changed */
    LANE_PICTURE,           /* the large picture: it must not wait for small ones */
    LANE_THUMBNAILS,
    LANE_ASK,               /* a model, a long time */
    LANE_CAPTION,           /* captions of many videos */
    LANE_ARCHIVE,           /* the catalogue */
    LANE_ASIDE,             /* lengths, costs, files written */
    N_LANES
};

struct jobs;

struct job {
    enum lane lane;
    const void *topic;      /* a newer job of the same topic takes the place of one that waits; NULL: none */
    void (*work)(struct job *job, struct sc *session); /* on the lane's thread; fills status and err */
    void (*told)(struct job *job);  /* main thread, after jobs_poke; NULL: not wanted */
    void (*done)(struct job *job);  /* main thread, last: frees the job. Also when it was never worked on */
    void (*notice)(struct job *job, const char *text); /* lane's thread; NULL: not wanted */
    enum sc_status status;  /* SC_ERR_CANCELLED when it was not worked on */
    struct sc_error err;
    struct jobs *jobs;      /* filled by jobs_post */
    _Atomic int64_t done_us, total_us; /* how far it is, of a look */
    atomic_bool poked;
    struct job *next;
};

/* *out: jobs_close. sc_settings of every session; its callbacks are not used. */
enum sc_status jobs_open(struct jobs **out, const struct sc_settings *settings, struct sc_error *err);

/* Cancels everything, waits for the threads and calls done() of all. */
void jobs_close(struct jobs **j);

/* Becomes readable when jobs_run has something to do. */
int jobs_descriptor(const struct jobs *j);

void jobs_post(struct jobs *j, struct job *job);

/* From work(): have told() called soon. */
void jobs_poke(struct job *job);

/* Call what is due. Returns whether anything was. */
bool jobs_run(struct jobs *j);

/* End the running job of the lane and drop the waiting ones. Returns whether there was one. */
bool jobs_cancel(struct jobs *j, enum lane lane);

/* Whether a job runs or waits there. */
bool jobs_busy(struct jobs *j, enum lane lane);

#endif
