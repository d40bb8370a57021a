/* browse.conf: keys, colours and the way of showing pictures. A line is one setting:
 *     bind KEY ACTION                    bind ^N next-event
 *     colour STYLE INK [GROUND] [bold] [underline] [reverse] [dim]
 *     graphics auto|none|symbols|sixel|iterm2|kitty
 * '#' begins a comment. INK and GROUND: a name, 0 to 255, or "default".
 * Thread-safety: main thread. */
#ifndef UI_TUI_CONFIG_H
#define UI_TUI_CONFIG_H

#include "ui-tui/actions.h"
#include "ui-tui/screen.h"

struct config {
    struct bindings keys;
    struct style_look looks[N_STYLES];
    enum graphics graphics;
};

/* The defaults, and what the file says. path NULL: $XDG_CONFIG_HOME/seechange/browse.conf, or ~/.config/...; that it is
 * missing is fine then. SC_ERR_INVALID names the file and the line. */
enum sc_status config_load(struct config *out, const char *path, struct sc_error *err);

/* -1: there is none of that name. */
int config_graphics(const char *name);

#endif
