/* A small bitmap font: printable ASCII, 5x7 dots and two rows below the line, in a cell of 6x9.
 * Thread-safety: safe. */
#ifndef FRAMES_PIXELS_FONT_H
#define FRAMES_PIXELS_FONT_H

#include <stdbool.h>

#define FONT_CELL_W 6
#define FONT_CELL_H 9

/* Is there a dot in this column and row of the cell? What is not printable ASCII looks like '?'. */
bool font_dot(char c, int column, int row);

#endif
