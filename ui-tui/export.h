/* Writing what is seen to files, in the background.
 * Thread-safety: main thread. */
#ifndef UI_TUI_EXPORT_H
#define UI_TUI_EXPORT_H

#include "ui-tui/browser.h"

/* By the ending of path: .jpg .png a sheet of the chosen pictures, .json the evidence, else a folder of pictures. */
void export_film(struct browser *b, struct film *f, const char *path);

/* An answer: .json as the service gave it, else its text. answer is read before the call returns. */
void export_answer(struct browser *b, const struct sc_answer *answer, const char *path);

#endif
