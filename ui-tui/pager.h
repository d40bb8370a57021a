/* A list of styled lines that is longer than the screen: scrolling, searching, drawing, for views that are text.
 * Thread-safety: main thread. */
#ifndef UI_TUI_PAGER_H
#define UI_TUI_PAGER_H

#include "ui-tui/actions.h"
#include "ui-tui/screen.h"

struct line {
    char *text;
    enum style style;
    int tag;                 /* the view's own; -1: none */
};

struct pager {
    struct line *items;
    int n, room;
    int top;                 /* the first that is shown */
    int found;               /* by the last search; -1: none */
    int rows;                /* as drawn last */
};

void pager_clear(struct pager *l);
void pager_dispose(struct pager *l);

/* One line, as it is. */
void pager_add(struct pager *l, enum style style, int tag, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A text broken at spaces and line ends into at most cols columns. */
void pager_wrap(struct pager *l, enum style style, int tag, int cols, const char *indent, const char *text);

/* As they are, escaped where they could harm a terminal. */
void pager_print(const struct pager *l, FILE *out);

void pager_draw(struct pager *l, struct screen *s, struct area area);
/* Scroll as little as shows that line. */
void pager_show(struct pager *l, int line);

bool pager_act(struct pager *l, enum action_id id, int count);
bool pager_search(struct pager *l, const char *words, int direction);

#endif
