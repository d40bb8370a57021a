/* Files of words with times: subtitles of any format, transcripts as JSON, notes as people write them.
 * Thread-safety: as struct sc. */
#ifndef API_TIMED_H
#define API_TIMED_H

#include "api/session.h"
#include "fusion/lines.h"

/* Append the lines of the file at path. Times of notes are the presentation clock's; of all else the container's, from
 * which offset_us is taken, unless all of them lie before it. SC_ERR_IO, SC_ERR_FORMAT, SC_ERR_LIMIT. */
SC_CHECKED enum sc_status timed_read(struct sc *s, const char *path, enum line_kind kind, int64_t offset_us,
                                     struct lines *out, struct sc_error *err);

/* Append the segments of a transcript, {"segments": [{"start": 1.5, "end": 2, "text": "..."}]}, start_us later.
 * SC_ERR_FORMAT for anything else. */
SC_CHECKED enum sc_status timed_segments(const char *json, size_t size, int64_t start_us, struct lines *out,
                                         struct sc_error *err);

/* The same of what a service heard in a chunk of sound; without segments its text is one line, duration_us long. */
SC_CHECKED enum sc_status timed_transcript(const char *json, size_t size, int64_t start_us, int64_t duration_us,
                                           struct lines *out, struct sc_error *err);

#endif
