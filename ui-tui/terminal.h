/* The terminal below curses: what it can do (asked of it, with time limits), the signals that concern it, and its state
 * put back however the program ends.
 * Thread-safety: main thread; there is one terminal. */
#ifndef UI_TUI_TERMINAL_H
#define UI_TUI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum graphics { GRAPHICS_AUTO, GRAPHICS_NONE, GRAPHICS_SYMBOLS, GRAPHICS_SIXEL, GRAPHICS_ITERM2, GRAPHICS_KITTY };

extern const char *const graphics_names[]; /* by enum graphics; ends with NULL */

struct terminal {
    enum graphics graphics;  /* never AUTO after terminal_open */
    bool utf8;
    bool in_tmux;            /* what tmux does not know must be wrapped for it */
    bool is_light;           /* dark letters on a light ground */
    int colours;             /* 0 (none wanted or none there), 8, 16, 256, 1 << 24 */
    int cell_width, cell_height; /* pixels of a character; a guess if it would not say */
};

/* Note the state of the terminal, and ask it on descriptor 0 and 1; at most half a second, and not at all where it would
 * print the question. */
void terminal_open(struct terminal *t, enum graphics wanted, bool no_colour);

/* From now on the terminal is put back to the state that terminal_open found when the program crashes or is ended by a
 * signal. leave: the bytes for that. */
void terminal_guard(const char *leave);
void terminal_unguard(void);

/* Signals since the last call. */
struct signals {
    bool stop;               /* go to the background */
    bool back;               /* came to the foreground: nothing on the screen is sure */
    bool resized;
    int end;                 /* end with this signal; 0: none */
};
struct signals terminal_signals(void);

/* Becomes readable when a signal came. */
int terminal_signal_descriptor(void);

/* Send bytes as they are. A terminal that does not take them in ten seconds loses the rest. */
void terminal_write(const char *bytes, size_t size);

/* Put text on the clipboard (OSC 52). false: it is too long for that. */
bool terminal_copy(const struct terminal *t, const char *text);

#endif
