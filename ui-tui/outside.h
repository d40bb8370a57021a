/* Other programs: a player for the moment that is looked at.
 * Thread-safety: safe. */
#ifndef UI_TUI_OUTSIDE_H
#define UI_TUI_OUTSIDE_H

#include <stdbool.h>
#include <stdint.h>

/* Start mpv, or else ffplay, in the background. Returns the name of what was started, or NULL: there is neither. */
const char *outside_play(const char *path, int64_t time_us);

#endif
