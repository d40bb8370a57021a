/* The pictures that views show, made in the background and kept: in memory as they are sent to the terminal, on disk as
 * pixels. A view asks in every frame for what it wants to show; what is not there yet is made, and the view is drawn again.
 * Thread-safety: main thread. */
#ifndef UI_TUI_GALLERY_H
#define UI_TUI_GALLERY_H

#include "ui-tui/film.h"
#include "ui-tui/rendition.h"

#define GALLERY_BYTES (64 << 20)

enum shows { SHOWS_PICTURE, SHOWS_HEAT };

/* What is to be seen, and in how many cells. */
struct wanted {
    enum shows shows;
    int64_t time_us;         /* the picture's, or of the event's beginning */
    int event;               /* SHOWS_HEAT */
    int cols, rows;
};

struct gallery;

/* *on_new is set whenever something new can be drawn. */
struct gallery *gallery_open(struct jobs *jobs, const struct terminal *t, bool *on_new);

/* After jobs_close and before the screen closes. */
void gallery_close(struct gallery **g);

/* What is there of it; NULL: it is being made. Valid until the next frame. */
struct rendition *gallery_get(struct gallery *g, const struct film *f, enum lane lane, const struct wanted *w);

/* End of a frame: have made what was asked for and is not there. */
void gallery_flush(struct gallery *g);

/* The size of a cell has changed: nothing kept is of use. */
void gallery_forget(struct gallery *g);

#endif
