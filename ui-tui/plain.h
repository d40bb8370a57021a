/* The same views as lines, for screen readers and pipes: commands and keys are read from standard input, one a line, and
 * after each the view is written. Nothing moves, nothing is overwritten.
 * Thread-safety: main thread. */
#ifndef UI_TUI_PLAIN_H
#define UI_TUI_PLAIN_H

#include "ui-tui/browser.h"

void plain_loop(struct browser *b);

#endif
