/* Which files were written beside videos, and with what in them. Thread-safety: as struct catalog. */
#ifndef ARCHIVE_WRITTEN_H
#define ARCHIVE_WRITTEN_H

#include "archive/catalog.h"
#include "archive/identity.h"

/* Whether a file of this content (NULL: none is there) may be written over: it is the one that was written last, or that
 * which was there when a write was cut off. path: of the file, absolute. */
SC_CHECKED enum sc_status written_is_ours(struct catalog *c, const char *path, const uint8_t *content, bool *out,
                                          struct sc_error *err);

/* Before a write: from now on a file of either content is ours. before: what is there; NULL: nothing. */
SC_CHECKED enum sc_status written_begin(struct catalog *c, const char *path, int64_t video_id, int64_t answer_id,
                                        const char *format, const uint8_t content[HASH_SIZE], const uint8_t *before,
                                        struct sc_error *err);

/* After it. */
SC_CHECKED enum sc_status written_end(struct catalog *c, const char *path, struct sc_error *err);

/* Whether a write of the file was begun and did not come to its end. */
SC_CHECKED enum sc_status written_is_cut_off(struct catalog *c, const char *path, bool *out, struct sc_error *err);

/* Whether the file was written for this answer and the write was not cut off. */
SC_CHECKED enum sc_status written_is_done(struct catalog *c, const char *path, int64_t answer_id, bool *out,
                                          struct sc_error *err);

/* What is kept of an answer, for writing it: answer_kept_dispose, always. */
struct answer_kept {
    int64_t content_id, size_bytes;
    char *text, *service, *model, *prompt_version;
    uint8_t content[HASH_SIZE], settings[HASH_SIZE], request[HASH_SIZE];
    bool has_request, no_model;
    int64_t prompt_tokens, output_tokens;
    double cost_usd;
    struct sc_passage *subtitles; /* what is said, by time */
    int n_subtitles;
};
SC_CHECKED enum sc_status answer_find(struct catalog *c, int64_t answer_id, struct answer_kept *out,
                                      struct sc_error *err);
void answer_kept_dispose(struct answer_kept *a);

#endif
