/* The rows of files: what is known of one, which content it has, what is being done to it, why it failed.
 * Thread-safety: as struct catalog. */
#ifndef ARCHIVE_VIDEOS_H
#define ARCHIVE_VIDEOS_H

#include "archive/catalog.h"
#include "archive/identity.h"

/* What a run has to know of a file before it reads it. */
struct video_known {
    int64_t video_id;        /* 0: never seen, or it has changed */
    int64_t content_id;      /* 0: not read yet */
    int64_t answer_id;       /* under the settings asked for; 0: none */
    bool has_failed;         /* under them, last */
    int tries;               /* how often it failed in a way that counts */
    enum sc_failure_class failure;
};

/* By path, else by device and inode: then it was renamed, and its row follows. file: the four trusted numbers; if they
 * differ from those of the row, only video_id is set. */
SC_CHECKED enum sc_status video_known(struct catalog *c, const char *path, const struct identity *file,
                                      int64_t settings_id, struct video_known *out, struct sc_error *err);

/* The row of a file that was read just now, with its content: new, changed or moved (a row of the same content whose file
 * is gone follows). Failures of another content are forgotten. A transaction of its own. */
SC_CHECKED enum sc_status video_add(struct catalog *c, const char *path, const struct identity *file,
                                    int64_t *video_id_out, int64_t *content_id_out, struct sc_error *err);

/* The row of a file that could not be read. */
SC_CHECKED enum sc_status video_add_unread(struct catalog *c, const char *path, const struct identity *file,
                                           int64_t *video_id_out, struct sc_error *err);

/* Have rows show what is known of their contents; a condition follows. */
#define VIDEO_REFRESH \
    "UPDATE video SET done_at_us = coalesce((SELECT max(asked_at_us) FROM answer a WHERE " \
    "a.content_id = video.content_id AND a.kind = 0), 0), " \
    "state = CASE WHEN coalesce((SELECT max(asked_at_us) FROM answer a WHERE a.content_id = video.content_id AND " \
    "a.kind = 0), 0) > coalesce((SELECT max(failed_at_us) FROM failure f WHERE f.video_id = video.id), 0) THEN 2 " \
    "WHEN EXISTS (SELECT 1 FROM failure f WHERE f.video_id = video.id) THEN 3 " \
    "ELSE EXISTS (SELECT 1 FROM look l WHERE l.content_id = video.content_id) END, " \
    "title = coalesce((SELECT body FROM passage p WHERE p.content_id = video.content_id AND p.kind = 0 " \
    "ORDER BY id DESC LIMIT 1), ''), " \
    "(duration_us, n_events) = (SELECT coalesce(max(duration_us), 0), coalesce(max(n_events), 0) FROM look l " \
    "WHERE l.content_id = video.content_id) WHERE "
SC_CHECKED enum sc_status video_refresh(struct catalog *c, int64_t video_id, struct sc_error *err);

/* Note that it failed. A failure that is not transient counts as a try. A transaction of its own. */
SC_CHECKED enum sc_status video_failed(struct catalog *c, int64_t video_id, int64_t settings_id,
                                       enum sc_failure_class why, const char *reason, struct sc_error *err);

/* It did not fail after all: what was left of it is done. */
SC_CHECKED enum sc_status video_succeeded(struct catalog *c, int64_t video_id, int64_t settings_id,
                                          struct sc_error *err);

/* Keep the evidence of a content; takes the place of what there was. */
SC_CHECKED enum sc_status look_keep(struct catalog *c, int64_t content_id, int64_t settings_id,
                                    const struct buffer *evidence, int64_t duration_us, int n_events,
                                    struct sc_error *err);

/* *out is left empty if there is none. settings_id 0: the newest under any. */
SC_CHECKED enum sc_status look_find(struct catalog *c, int64_t content_id, int64_t settings_id, struct buffer *out,
                                    struct sc_error *err);

/* The newest under any settings, and the digest of these; *out is left empty if there is none. */
SC_CHECKED enum sc_status look_newest(struct catalog *c, int64_t content_id, struct buffer *out,
                                      uint8_t settings_out[HASH_SIZE], struct sc_error *err);

#endif
