/* Runs, and what each is at. A run that was killed leaves rows behind; that it is gone is seen at a lock that it held, so
 * its work is free again at once. Thread-safety: as struct catalog. */
#ifndef ARCHIVE_RUNS_H
#define ARCHIVE_RUNS_H

#include "archive/catalog.h"

/* Start a run and hold its lock until the catalogue is closed: one for each struct catalog. */
SC_CHECKED enum sc_status run_begin(struct catalog *c, int64_t settings_id, int64_t *id_out, struct sc_error *err);
SC_CHECKED enum sc_status run_update(struct catalog *c, const struct sc_run *run, struct sc_error *err);
SC_CHECKED enum sc_status run_end(struct catalog *c, const struct sc_run *run, const char *ending,
                                  struct sc_error *err);
bool run_is_alive(const struct catalog *c, int64_t run_id);

enum claim { CLAIM_MINE, CLAIM_DONE, CLAIM_BUSY };

/* Take the work at a content: MINE, or DONE with its answer, or BUSY: another run, or this one for another file of the
 * same content, is at it. An answer older than newer_than_us (0: none is) does not count. */
SC_CHECKED enum sc_status work_claim(struct catalog *c, int64_t run_id, int64_t content_id, int64_t settings_id,
                                     int64_t video_id, int64_t newer_than_us, enum claim *out, int64_t *answer_id_out,
                                     struct sc_error *err);

/* It was looked at: it waits, here and not in memory, to be asked about. */
SC_CHECKED enum sc_status work_ready(struct catalog *c, int64_t content_id, int64_t settings_id, struct sc_error *err);

/* The next that waits; *video_id_out 0: none. */
SC_CHECKED enum sc_status work_take(struct catalog *c, int64_t run_id, int64_t *video_id_out, int64_t *content_id_out,
                                    struct sc_error *err);

/* Nothing came of it, and nothing failed. */
SC_CHECKED enum sc_status work_drop(struct catalog *c, int64_t content_id, int64_t settings_id, struct sc_error *err);

#endif
