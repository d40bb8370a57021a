/* The signatures of a video: from the cache if it was looked at like this before, else from the worker.
 * Thread-safety: as struct sc. */
#ifndef API_LOOK_H
#define API_LOOK_H

#include "api/session.h"

/* As worker_scan on slot 0, where source must be open. *cached_out: whether they came from the cache; when that fails,
 * use_cache false does not. */
SC_CHECKED enum sc_status look_through(struct sc *s, const struct sc_source *source,
                                       const struct scan_settings *settings, bool use_cache,
                                       const struct scan_sink *sink, struct scan_summary *out, bool *cached_out,
                                       struct sc_error *err);

/* Append which file it is, as a row of text. SC_ERR_IO for what is none, such as a pipe: it can't be known again. */
SC_CHECKED enum sc_status look_add_source(struct buffer *key, const struct sc_source *source);

#endif
