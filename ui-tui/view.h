/* A view is a struct of functions and one file. It draws what films and other state tell, and does what actions ask for.
 * It knows no other view: whatever leads elsewhere is a request to the browser.
 * Thread-safety: main thread. */
#ifndef UI_TUI_VIEW_H
#define UI_TUI_VIEW_H

#include "ui-tui/browser.h"

struct view {
    const struct view_ops *ops;
    struct browser *browser;
};

/* Which view to open, and of what. */
struct request {
    const char *view;
    struct film *film;       /* NULL: none */
    struct catalogue *catalogue; /* NULL: none */
    int64_t time_us;         /* where in the film; -1: where it is */
};

struct view_ops {
    const char *name;        /* as actions say where they mean something */
    struct view *(*open)(struct browser *b, const struct request *r); /* NULL: no memory */
    void (*close)(struct view *v);
    void (*draw)(struct view *v, struct screen *s, struct area area); /* every frame, wholly */
    bool (*act)(struct view *v, const struct action *a, int count, const char *argument); /* false: not mine */
    bool (*search)(struct view *v, const char *words, int direction); /* 0: from here on; NULL: can't be searched */
    void (*typing)(struct view *v, const char *words); /* a search is being typed; NULL: only whole ones matter */
    void (*click)(struct view *v, int row, int col); /* NULL: nothing to click on */
    void (*write)(struct view *v, FILE *out); /* the same as lines */
};

extern const struct view_ops *const views[]; /* ends with NULL */

#endif
