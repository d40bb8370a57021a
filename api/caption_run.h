/* A run of captions under way: what its threads share. One finds files, some look, some ask; between those who look and
 * those who ask stands the catalogue, so that what was seen waits on disk and survives the run.
 *
 * Thread-safety: everything after lock is looked at and changed with lock held, the catalogue too. Whoever looks or asks
 * has a session of its own. */
#ifndef API_CAPTION_RUN_H
#define API_CAPTION_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/asking.h"
#include "api/caption_files.h"
#include "api/catalog.h"
#include "api/walk.h"
#include "archive/answers.h"
#include "archive/runs.h"
#include "archive/videos.h"

#define CAPTION_QUEUE 256        /* files found and not begun */
#define CAPTION_MAX_THREADS 256
#define CAPTION_MAX_PATHS 4096   /* named for one run */

struct caption_item {
    char *path;
    struct identity file;        /* the four numbers of when it was found */
};

struct caption_run {
    struct sc *session;
    const struct sc_caption_settings *set;
    struct sc_look_settings look;
    struct sc_ask_settings ask;
    char *question;              /* NULL: that of the schema */
    const struct caption_format *formats[CAPTION_MAX_FORMATS + 1];
    char *roots[CAPTION_MAX_PATHS]; /* the paths of the settings, without links */
    int n_roots;
    bool asks_anew;              /* answers that are remembered do not count */
    bool embedded;               /* no model: captions are made of the evidence */
    bool sends_rest;             /* it stops, but what is ready for the batch is handed over */
    struct caption_batch *batch; /* questions are written into it, or only counted; NULL: they are asked */
    double usd_in, usd_out;      /* a million tokens; < 0: not known */
    int64_t settings_id, look_id, started_us;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct catalog *catalog;
    struct sc_run counts;
    struct caption_item queue[CAPTION_QUEUE];
    int queue_first, n_queued;
    char **deferred;             /* files whose content another one's thread, or another run, is at */
    int n_deferred;
    bool is_walked;              /* no file comes any more */
    bool has_ended;              /* nothing is left to do */
    bool begins_none;            /* what is under way is ended, nothing else begun */
    int n_requests;              /* may be under way at once; more are prepared meanwhile */
    int n_sending;               /* are */
    int n_looking, n_asking, n_ready, n_left_alone, n_elsewhere;
    int transient_in_a_row;
    double reserved_usd;
    char ending[512];
    enum sc_status fatal;        /* the catalogue failed: the run can't go on */
    struct sc_error fatal_error;
    char current[4096];
};

/* Each needs the lock. */
void caption_stop(struct caption_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void caption_fatal(struct caption_run *r, enum sc_status s, const struct sc_error *err);
void caption_tell(struct caption_run *r, const struct sc_captioned *video);

/* Deal with one file: know it, look at it, and have it ready to be asked about, or done. Takes item->path. */
void caption_look(struct caption_run *r, struct sc *sub, struct caption_item *item);

/* Ask about one that is ready. */
void caption_ask(struct caption_run *r, struct sc *sub, int64_t video_id, int64_t content_id);

/* Where the file of that ending is: below the folder of sidecars as the video is below its root, or beside it. free() it. */
char *caption_file_path(const struct caption_run *r, const char *video, const char *ending);

/* Captions that are new, and where they come from. */
struct caption_result {
    int64_t video_id, content_id;
    const char *path, *json;
    const struct sc_answer *answer; /* NULL: made of the evidence */
    const uint8_t *request;      /* SHA-256; NULL: not known */
    const struct sc_changes *changes;
    struct sc_passage *subtitles;
    int n_subtitles;
    bool no_files;               /* write none: the video is not there, or not one of this run's */
};

/* What was seen of a content; *out NULL: nothing is kept. Takes the lock itself, as those below. */
SC_CHECKED enum sc_status caption_find_evidence(struct caption_run *r, int64_t content_id, const char *path,
                                                struct sc_changes **out, struct sc_error *err);
/* No answer, and why. */
void caption_no_answer(struct caption_run *r, const struct caption_result *from, enum sc_status s,
                       enum client_class class, const struct sc_error *err);
/* An answer that may be refused, cut off, or whole: kept, with its files. */
void caption_take_answer(struct caption_run *r, struct caption_result *from, struct sc_answer *answer);
/* The files of one that is kept. */
void caption_write_known(struct caption_run *r, int64_t video_id, int64_t answer_id, const char *path);

/* Write the files that are wanted of an answer and not there. SC_ERR_IO: one can't be, or is not ours; *n_out: how many were
 * written. Takes the lock itself. */
SC_CHECKED enum sc_status caption_write(struct caption_run *r, int64_t video_id, int64_t answer_id, const char *path,
                                        int *n_out, struct sc_error *err);

/* Whether all of them are there, with the lock held. */
SC_CHECKED enum sc_status caption_is_written(struct caption_run *r, int64_t answer_id, const char *path, bool *out,
                                             struct sc_error *err);

/* All that looks, and answers, depend on beside the content, as text. Appended to the buffers. */
SC_CHECKED enum sc_status caption_words(const struct caption_run *r, const struct target *t, struct buffer *look,
                                        struct buffer *all, struct sc_error *err);

#endif
