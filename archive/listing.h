/* Reading the catalogue: lists of videos, what is kept of one, searches. The structs are those of the public header,
 * where the calls of the same names are explained. Thread-safety: as struct catalog. */
#ifndef ARCHIVE_LISTING_H
#define ARCHIVE_LISTING_H

#include "archive/catalog.h"

/* Conditions on "video v" for this filter, starting with " WHERE ", with the values ?1 to ?7. */
SC_CHECKED enum sc_status filter_add(const struct catalog *c, const struct sc_video_filter *filter, struct buffer *sql,
                                     struct sc_error *err);

/* A statement that begins with select and has the filter's conditions; then the rest, whose own values are ?8 and ?9, and
 * ?10 text where has_text. *out: sql_close. */
SC_CHECKED enum sc_status filter_open(struct catalog *c, const char *select, const struct sc_video_filter *filter,
                                      const char *rest, int64_t v8, int64_t v9, const char *v10, sqlite3_stmt **out,
                                      struct sc_error *err);

SC_CHECKED enum sc_status list_videos(struct catalog *c, const struct sc_video_filter *filter,
                                      enum sc_video_order order, bool descending, int64_t first, int max,
                                      struct sc_videos *out, struct sc_error *err);
SC_CHECKED enum sc_status list_count(struct catalog *c, const struct sc_video_filter *filter, int64_t *out,
                                     struct sc_error *err);
SC_CHECKED enum sc_status list_failures(struct catalog *c, int64_t first, int max, struct sc_failures *out,
                                        struct sc_error *err);
SC_CHECKED enum sc_status list_runs(struct catalog *c, int max, struct sc_runs *out, struct sc_error *err);
SC_CHECKED enum sc_status list_status(struct catalog *c, struct sc_archive_status *out, struct sc_error *err);
SC_CHECKED enum sc_status search(struct catalog *c, const char *words, const struct sc_video_filter *filter, int max,
                                 struct sc_hits *out, struct sc_error *err);

/* All but the evidence, which is bytes in *evidence. *out: sc_kept_free. */
SC_CHECKED enum sc_status list_one(struct catalog *c, int64_t id, struct sc_kept **out, struct buffer *evidence,
                                   struct sc_error *err);

/* One more row of size bytes, all zeros, at the end of *rows. */
SC_CHECKED enum sc_status list_grow(void *rows, int n, size_t size, struct sc_error *err);

#endif
