/* The screen: curses for letters, and pictures laid over the blanks that are left for them.
 *
 * A frame is screen_begin, any drawing, screen_end. Positions are rows and columns from 0; what does not fit is cut off.
 * Text may come from anywhere: controls in it are shown, never sent.
 * Thread-safety: main thread; there is one screen. */
#ifndef UI_TUI_SCREEN_H
#define UI_TUI_SCREEN_H

#include "ui-tui/rendition.h"

enum style {
    STYLE_PLAIN, STYLE_DIM, STYLE_STRONG, STYLE_BAR, STYLE_SELECTED, STYLE_ACCENT, STYLE_GOOD, STYLE_WARN, STYLE_BAD,
    STYLE_CURVE, STYLE_EVENT, STYLE_MARK, STYLE_CURSOR, STYLE_LINK,
    N_STYLES
};

extern const char *const style_names[]; /* by enum style; ends with NULL */

struct area {
    int row, col, rows, cols;
};

/* What the config file says of a style. */
struct style_look {
    bool is_set;
    int ink, ground;         /* -1: the terminal's own */
    bool bold, underline, reverse, dim;
};

struct screen;

/* SC_ERR_IO: no terminal, or one that curses does not know. *out: screen_close. t and looks (N_STYLES of them) are
 * borrowed. */
enum sc_status screen_open(struct screen **out, const struct terminal *t, const struct style_look *looks,
                           struct sc_error *err);
void screen_close(struct screen **s);

struct area screen_all(const struct screen *s);

void screen_begin(struct screen *s);
void screen_end(struct screen *s);

/* Draw all of it anew at the next screen_end, whatever seems to be there. */
void screen_spoil(struct screen *s);

/* Take the size that the terminal has now, if it has another one. Returns whether it has. */
bool screen_fit(struct screen *s);

/* Give the terminal back and stop; returns when continued. */
void screen_suspend(struct screen *s);

/* Text in at most cols columns. Returns the columns taken. */
int screen_text(struct screen *s, int row, int col, int cols, enum style style, const char *text);
int screen_print(struct screen *s, int row, int col, int cols, enum style style, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void screen_fill(struct screen *s, int row, int col, int cols, enum style style);

/* One of unicode and ascii, as the terminal has it. */
const char *screen_either(const struct screen *s, const char *unicode, const char *ascii);

/* A bar of part 0..1 of a cell's height. */
void screen_level(struct screen *s, int row, int col, double part, enum style style);

/* A picture in the middle of an area; r NULL: nothing. It is shown after the letters. */
void screen_picture(struct screen *s, struct area area, struct rendition *r);

/* Where typing happens; row -1: nowhere. */
void screen_cursor(struct screen *s, int row, int col);

/* The next key as "a", "^F", "PgDn", "Enter", "Space", "Mouse"; false: none is there. */
struct mouse {
    int row, col;
    int wheel;               /* -1 up, 1 down, 0 a click */
};
bool screen_key(struct screen *s, char out[16], struct mouse *mouse);

#endif
