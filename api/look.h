/* The signatures of a video: from the cache if it was looked at like this before, else from the worker.
 * Thread-safety: as struct sc. */
#ifndef API_LOOK_H
#define API_LOOK_H

#include "api/session.h"
#include "frames/decide.h"
#include "frames/mask.h"

/* SC_ERR_INVALID for settings that make no sense. */
SC_CHECKED enum sc_status look_check(const struct sc_look_settings *settings, struct sc_error *err);

/* decide_add of what the mask (NULL: none) leaves of a signature. */
SC_CHECKED enum sc_status look_decide(struct decider *d, struct mask *mask, const struct signature *signature,
                                      struct sc_error *err);

/* Signatures know the crop alone; boxes are told in pixels of the whole picture. */
void look_place(struct sc_changes *c, struct sc_box crop);

/* As worker_scan on slot 0, where source must be open. *cached_out: whether they came from the cache; when that fails,
 * use_cache false does not. */
SC_CHECKED enum sc_status look_through(struct sc *s, const struct sc_source *source,
                                       const struct scan_settings *settings, bool use_cache,
                                       const struct scan_sink *sink, struct scan_summary *out, bool *cached_out,
                                       struct sc_error *err);

/* Append which file it is, as a row of text. SC_ERR_IO for what is none, such as a pipe: it can't be known again. */
SC_CHECKED enum sc_status look_add_source(struct buffer *key, const struct sc_source *source);

#endif
