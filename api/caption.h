/* A caption: what a catalogue keeps of a video, read from the JSON that obeys the schema "caption", or one's own.
 * Thread-safety: plain data. */
#ifndef API_CAPTION_H
#define API_CAPTION_H

#include "base/buffer.h"

struct caption {
    char *title, *summary;       /* "" where the JSON has none */
    struct sc_passage *passages; /* title, summary, tags, screen text, then the timeline; every text on one line */
    int n_passages;
    int64_t people, vehicles, animals; /* -1: not told */
};

/* json is one object. Of one that obeys another schema, the members of the same names are taken for what they are, and
 * every other text becomes a passage of kind SC_ANSWER. Times beyond duration_us (0: not known) end there. out:
 * caption_dispose, always. SC_ERR_FORMAT: it is none. */
SC_CHECKED enum sc_status caption_read(const char *json, int64_t duration_us, struct caption *out,
                                       struct sc_error *err);
void caption_dispose(struct caption *c);

/* The same JSON made of the evidence alone, without a model. Append to out. */
SC_CHECKED enum sc_status caption_from_evidence(const struct sc_changes *c, struct buffer *out, struct sc_error *err);

#endif
