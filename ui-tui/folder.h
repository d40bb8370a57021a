/* The videos that lie in a folder, with what a catalogue knows of them.
 * Thread-safety: safe; an archive belongs to one thread. */
#ifndef UI_TUI_FOLDER_H
#define UI_TUI_FOLDER_H

#include "include/seechange.h"

#define FOLDER_MOST 10000        /* videos that are found in a folder, and that a catalogue may know of it to be looked at */

/* Whether there is a video in it or below it. */
bool folder_suits(const char *folder);

/* All videos in it and below it: those that are found there, and those that the archive knows (NULL: there is none).
 * Of filter, text and state are read. out: sc_videos_dispose. */
SC_CHECKED enum sc_status folder_list(const char *folder, struct sc_archive *archive,
                                      const struct sc_video_filter *filter, enum sc_video_order order, bool descending,
                                      struct sc_videos *out, struct sc_error *err);

#endif
