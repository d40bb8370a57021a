/* The videos of a folder, found there or known to its catalogue. Read in the background; what is there already is shown
 * meanwhile. A catalogue itself, and one that knows too many videos of the folder, is read a page at a time, and then
 * only it is looked into.
 * Thread-safety: main thread. */
#ifndef UI_TUI_CATALOGUE_H
#define UI_TUI_CATALOGUE_H

#include "ui-tui/jobs.h"

#define CATALOGUE_PAGE 1024      /* rows that are held of a large one */

enum which { WHICH_ALL, WHICH_NEW, WHICH_LOOKED, WHICH_CAPTIONED, WHICH_FAILED, N_WHICH }; /* states, after all */

extern const char *const which_names[]; /* by enum which; ends with NULL */
extern const char *const order_names[]; /* by enum sc_video_order; ends with NULL */

struct catalogue {
    struct jobs *jobs;
    char *folder;            /* or the catalogue's own file */
    bool is_large;           /* the rows are pages of the catalogue, else page holds all of them */
    bool is_busy;
    enum which which;
    char text[256];          /* in the path or the title */
    enum sc_video_order order;
    bool descending;
    struct sc_videos page;
    int64_t first, total;    /* of the page; of all */
    struct sc_runs runs;
    struct sc_failures failures;
    struct sc_archive_status status;
    int64_t n_retried;       /* by the last retry; -1: none yet */
    struct sc_error err;
    unsigned version;
    struct sc_archive *archive; /* the lane's own */
    char *file;              /* of the catalogue; NULL: there is none */
};

/* Whether there are videos in it, or a catalogue: else a folder is one film of stills. */
bool catalogue_suits(const char *path);

struct catalogue *catalogue_open(struct jobs *jobs, const char *path);

/* After jobs_close. */
void catalogue_close(struct catalogue **c);

/* Have everything read anew, with the page around that row. */
void catalogue_read(struct catalogue *c, int64_t row);

/* Have that page read alone. */
void catalogue_page(struct catalogue *c, int64_t row);

/* Have the page that is held read again, from a catalogue that has been made meanwhile, too. */
void catalogue_refresh(struct catalogue *c);

/* Have failures forgotten, so that the next run tries again. */
void catalogue_retry(struct catalogue *c);

/* NULL: it is being read, or there is none. */
const struct sc_video *catalogue_row(const struct catalogue *c, int64_t row);

#endif
