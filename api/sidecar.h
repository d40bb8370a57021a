/* Files of subtitles beside a video, known by their names: FILE.srt, FILE.mp4.srt, FILE.en.srt; vtt, ass and ssa too.
 * Thread-safety: safe. */
#ifndef API_SIDECAR_H
#define API_SIDECAR_H

#include "base/error.h"

/* The one to take in *out (free it), NULL: there is none; *n_others_out: how many more there are. The plain name goes
 * before one with a word in it, then srt before vtt before ass, then by name. */
SC_CHECKED enum sc_status sidecar_find(const char *path, char **out, int *n_others_out, struct sc_error *err);

#endif
