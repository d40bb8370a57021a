/* What is said in a video, as a service hears it. Thread-safety: as struct sc. */
#ifndef API_SPEECH_H
#define API_SPEECH_H

#include "api/session.h"
#include "fusion/lines.h"

/* Append the transcript of the sound of source, open in slot 0, as far as it was looked at. Kept in the cache, so that
 * what was heard once is not sent again; else it is said what goes where, and sent. A dry run sends nothing: without a
 * transcript in the cache it says what would be. *usd_out: what it cost, 0 from the cache; < 0: unknown.
 * SC_ERR_LIMIT when that is more than max_cost_usd. */
SC_CHECKED enum sc_status speech_lines(struct sc *s, const struct sc_source *source, const struct sc_changes *changes,
                                       const struct sc_ask_settings *settings, bool no_cache, struct lines *out,
                                       double *usd_out, struct sc_error *err);

#endif
