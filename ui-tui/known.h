/* What a catalogue knows of a film: its captions, and what was answered before. Read in the background.
 * Thread-safety: main thread. */
#ifndef UI_TUI_KNOWN_H
#define UI_TUI_KNOWN_H

#include "ui-tui/film.h"

/* From the film's catalogue, or else from the one of the folder it is in: f->kept changes, and f->catalog if there is
 * one for it. */
void known_read(struct film *f);

/* The caption of that moment: the last one that begins then or before. NULL: there is none. */
const struct sc_passage *known_caption(const struct film *f, int64_t time_us);

/* "" if it has none. */
const char *known_title(const struct film *f);

#endif
