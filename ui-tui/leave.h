/* What puts the terminal back without curses. Thread-safety: main thread. */
#ifndef UI_TUI_LEAVE_H
#define UI_TUI_LEAVE_H

#include "ui-tui/terminal.h"

#define LEAVE_BYTES 512

/* After curses has begun: pictures, mouse, letters, cursor, keypad, the other screen. */
void leave_with(const struct terminal *t, char out[LEAVE_BYTES]);

#endif
