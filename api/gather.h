/* The words that go with the pictures: subtitles of the video or beside it, a transcript, notes.
 * Thread-safety: as struct sc. */
#ifndef API_GATHER_H
#define API_GATHER_H

#include "api/session.h"
#include "fusion/lines.h"

struct gathered {
    struct lines lines;      /* presentation times, by their beginning */
    struct buffer metadata;  /* what the file says of itself, in words */
    double usd;              /* what hearing the speech cost; < 0: unknown */
    char *subtitles;         /* where they are from: "clip.en.srt", "stream 1 of 2 (subrip, eng)"; NULL: there are none */
};

/* By settings->subtitles, transcript, transcribe, notes and metadata; says in a line each what was found. What the person named
 * and can't be read is an error, what was found by itself is said and left out. out: gather_dispose, always. */
SC_CHECKED enum sc_status gather_words(struct sc *s, const struct sc_source *source,
                                       const struct sc_ask_settings *settings, const struct sc_changes *changes,
                                       bool no_cache, struct gathered *out, struct sc_error *err);
void gather_dispose(struct gathered *g);

#endif
