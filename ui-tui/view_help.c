/* All keys and commands, from the table that binds them. */
#include <stdlib.h>
#include <string.h>

#include "ui-tui/pager.h"
#include "ui-tui/views.h"

struct help {
    struct view view;
    const char *about;       /* the view from which it was asked for */
    struct pager lines;
};

static void list(struct help *h, const char *title, bool everywhere)
{
    const struct action *a;
    char keys[64];

    pager_add(&h->lines, STYLE_ACCENT, -1, "%s", title);
    for (a = actions; a->id; a++) {
        if (!action_is_in(a, h->about) || (a->views == NULL) != everywhere)
            continue;
        bindings_keys(&h->view.browser->config.keys, a, keys, sizeof keys);
        pager_add(&h->lines, STYLE_PLAIN, -1, "  %-16s  %s  (:%s%s%s)", keys, a->help, a->name, a->argument ? " " : "",
                  a->argument ? a->argument : "");
    }
    pager_add(&h->lines, STYLE_PLAIN, -1, "%s", "");
}

static void list_others(struct help *h)
{
    const struct action *a;
    char keys[64];

    pager_add(&h->lines, STYLE_ACCENT, -1, "In other views");
    for (a = actions; a->id; a++) {
        if (action_is_in(a, h->about))
            continue;
        bindings_keys(&h->view.browser->config.keys, a, keys, sizeof keys);
        pager_add(&h->lines, STYLE_DIM, -1, "  %-16s  %s  (:%s; %s)", keys, a->help, a->name, a->views);
    }
}

static struct view *open_help(struct browser *b, const struct request *r)
{
    struct help *h = calloc(1, sizeof *h);
    const struct view *from = browser_view(b);
    char title[64];

    (void)r;
    if (!h)
        return NULL;
    h->view = (struct view){ &view_help, b };
    h->about = from ? from->ops->name : "help";
    pager_add(&h->lines, STYLE_PLAIN, -1, "A number before a key repeats it. The timeline and lists");
    pager_add(&h->lines, STYLE_PLAIN, -1, "can be clicked on, and the wheel moves. A command may be");
    pager_add(&h->lines, STYLE_PLAIN, -1, "cut short while it is clear. browse.conf has your own keys");
    pager_add(&h->lines, STYLE_PLAIN, -1, "and colours, see seechange(1).");
    pager_add(&h->lines, STYLE_PLAIN, -1, "%s", "");
    snprintf(title, sizeof title, "In the %s view", h->about);
    list(h, title, false);
    list(h, "Everywhere", true);
    list_others(h);
    return &h->view;
}

static void close_help(struct view *v)
{
    pager_dispose(&((struct help *)v)->lines);
    free(v);
}

static void draw(struct view *v, struct screen *s, struct area area)
{
    screen_fill(s, area.row, area.col, area.cols, STYLE_BAR);
    screen_text(s, area.row, area.col, area.cols, STYLE_BAR, " keys and commands");
    pager_draw(&((struct help *)v)->lines, s, (struct area){ area.row + 1, area.col + 1, area.rows - 1, area.cols - 1 });
}

static bool act(struct view *v, const struct action *a, int count, const char *argument)
{
    (void)argument;
    return pager_act(&((struct help *)v)->lines, a->id, count);
}

static bool search(struct view *v, const char *words, int direction)
{
    return pager_search(&((struct help *)v)->lines, words, direction);
}

static void write_lines(struct view *v, FILE *out) { pager_print(&((struct help *)v)->lines, out); }

const struct view_ops view_help = {
    .name = "help",
    .open = open_help,
    .close = close_help,
    .draw = draw,
    .act = act,
    .search = search,
    .write = write_lines,
};
