/* Text from outside (file names, messages, answers) made harmless for a terminal: control characters and
 * bidirectional formatting become \x1b or \u202e, bytes that are no UTF-8 become \xff.
 * Thread-safety: safe. */
#ifndef UI_CLI_VISIBLE_H
#define UI_CLI_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

#define VISIBLE_SIZE 16 /* enough for one step, with its NUL */

/* Take one character from text (size > 0) and write how it is shown. columns_out: what it takes on a terminal.
 * Returns how many bytes were taken. */
size_t visible_step(const char *text, size_t size, char out[VISIBLE_SIZE], int *columns_out);

/* The whole text; free() it. NULL without memory. */
char *visible_text(const char *text);

/* As much of text as fits into columns and into size bytes with the NUL. Returns the columns taken. */
int visible_fit(char *out, size_t size, int columns, const char *text);

#endif
