/* What is known of a batch, in a file that survives whoever works on it: which files of requests there are, how far each
 * has come, and by which ids the service knows it. The file is JSON; it holds no key and no picture.
 * Thread-safety: plain data. */
#ifndef CLIENT_BATCH_STATE_H
#define CLIENT_BATCH_STATE_H

#include "base/error.h"

#define BATCH_MAX_PARTS 1000
#define BATCH_ID_SIZE 200

enum batch_step {
    BATCH_WRITTEN,           /* its file is complete, PATH.N.jsonl */
    BATCH_UPLOADED,          /* and at the service */
    BATCH_CREATING,          /* the service is being told; after a crash it has to be asked whether it was */
    BATCH_RUNNING,
    BATCH_ENDED,             /* completed, expired, cancelled or failed: what there is can be fetched */
    BATCH_FETCHED,
};

const char *batch_step_name(enum batch_step step); /* "written"; static */

struct batch_part {
    enum batch_step step;
    int n_requests;
    int64_t bytes;
    char input[BATCH_ID_SIZE], id[BATCH_ID_SIZE], output[BATCH_ID_SIZE], errors[BATCH_ID_SIZE]; /* the service's; "" */
    char status[32];         /* the service's word: "in_progress"; "" before it has one */
    int n_completed, n_failed; /* as the service counts */
    char why[256];           /* it failed: the service's words; "" */
};

struct batch_state {
    char *service, *base_url, *dialect, *model; /* whom it was made for */
    int64_t made_s;          /* seconds since 1970 */
    struct batch_part *parts;
    int n;
};

/* SC_ERR_IO when the file can't be read, SC_ERR_FORMAT when it is none of these. out: batch_state_dispose, always. */
SC_CHECKED enum sc_status batch_state_read(const char *path, struct batch_state *out, struct sc_error *err);

/* The same from its text. */
SC_CHECKED enum sc_status batch_state_parse(const char *text, size_t size, struct batch_state *out,
                                            struct sc_error *err);

/* In the place of what was there, at once and synced. */
SC_CHECKED enum sc_status batch_state_write(const char *path, const struct batch_state *state, struct sc_error *err);
void batch_state_dispose(struct batch_state *state);

/* Whether both were made for the same service, URL, dialect and model. */
bool batch_state_is_same(const struct batch_state *a, const struct batch_state *b);

/* Copy an id of the service's into a path or file; false: it is none, or longer than ids are. */
bool batch_id(char out[BATCH_ID_SIZE], const char *id);

#endif
