/* What a file says of itself, in words for a query. Thread-safety: as struct sc. */
#ifndef API_METADATA_H
#define API_METADATA_H

#include "api/session.h"

/* Of the source open in slot 0: "title 'A walk', date 2024-05-01 12:00:00, camera Fairphone 5, chapters 00:00.000 'In',
 * 01:00.000 'Out'". Not made safe yet. Nothing is appended where it says nothing. */
SC_CHECKED enum sc_status metadata_words(struct sc *s, struct buffer *out, struct sc_error *err);

#endif
