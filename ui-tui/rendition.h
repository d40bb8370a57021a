/* A picture as the bytes that show it on this terminal, made on any thread.
 * Thread-safety: a rendition is not changed once it is made, but for what graphics.c notes in it. */
#ifndef UI_TUI_RENDITION_H
#define UI_TUI_RENDITION_H

#include "include/seechange.h"
#include "ui-tui/terminal.h"

struct rendition {
    int cols, rows;          /* of the screen that it covers */
    enum graphics graphics;
    char *bytes;             /* symbols: one line for each row; kitty: pixels in base64; else the sequence itself */
    size_t size;
    int width, height;       /* pixels in bytes; kitty */
    unsigned id;             /* kitty's name for it; each has its own */
    bool is_sent;            /* kitty keeps it */
    int n_refs;              /* main thread */
};

/* The pixels that an area of so many cells has room for. */
void rendition_room(const struct terminal *t, int cols, int rows, int *width_out, int *height_out);

/* Within cols x rows cells; the shape of the picture is kept. NULL: no memory. *out has one reference. */
struct rendition *rendition_make(const struct terminal *t, const struct sc_pixels *pixels, int cols, int rows);
void rendition_unref(struct rendition **r);
struct rendition *rendition_ref(struct rendition *r);

#endif
