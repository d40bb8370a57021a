/* Pictures that lie over the letters: shown once, taken away before anything else is put there.
 * Thread-safety: main thread. */
#ifndef UI_TUI_GRAPHICS_H
#define UI_TUI_GRAPHICS_H

#include "ui-tui/screen.h"

#define MAX_PLACED 128

struct placed {
    int row, col;
    struct rendition *what;  /* a reference */
};

struct graphics_state {
    const struct terminal *terminal;
    struct placed shown[MAX_PLACED], wanted[MAX_PLACED];
    int n_shown, n_wanted;
};

/* For the frame that is being drawn. Takes a reference. */
void graphics_want(struct graphics_state *g, int row, int col, struct rendition *r);

/* Before curses writes the frame: take away what is not wanted any more. */
void graphics_clear(struct graphics_state *g);

/* After it: show what is not there yet. Everything wanted is shown then. */
void graphics_show(struct graphics_state *g);

/* Whatever is shown may be damaged: as if nothing were. leave_none: and the terminal is to forget what it keeps. */
void graphics_forget(struct graphics_state *g, bool leave_none);

/* The terminal forgets this image, if it has it. */
void graphics_drop(const struct terminal *t, struct rendition *r);

#endif
