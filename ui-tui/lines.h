/* A list of styled lines that is longer than the screen: scrolling, searching, drawing, for views that are text.
 * Thread-safety: main thread. */
#ifndef UI_TUI_LINES_H
#define UI_TUI_LINES_H

#include "ui-tui/actions.h"
#include "ui-tui/screen.h"

struct line {
    char *text;
    enum style style;
    int tag;                 /* the view's own; -1: none */
};

struct lines {
    struct line *items;
    int n, room;
    int top;                 /* the first that is shown */
    int found;               /* by the last search; -1: none */
    int rows;                /* as drawn last */
};

void lines_clear(struct lines *l);
void lines_dispose(struct lines *l);

/* One line, as it is. */
void lines_add(struct lines *l, enum style style, int tag, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A text broken at spaces and line ends into at most cols columns. */
void lines_wrap(struct lines *l, enum style style, int tag, int cols, const char *indent, const char *text);

/* As they are, escaped where they could harm a terminal. */
void lines_print(const struct lines *l, FILE *out);

void lines_draw(struct lines *l, struct screen *s, struct area area);
/* Scroll as little as shows that line. */
void lines_show(struct lines *l, int line);

bool lines_act(struct lines *l, enum action_id id, int count);
bool lines_search(struct lines *l, const char *words, int direction);

#endif
