/* The way out, from the terminal's description. */
#include "ui-tui/leave.h"

#include <stdio.h>
#include <string.h>

#include <curses.h>
#include <term.h>

static const char *capability(const char *name)
{
    const char *bytes = tigetstr(name);

    return bytes && bytes != (const char *)-1 ? bytes : "";
}

void leave_with(const struct terminal *t, char out[LEAVE_BYTES])
{
    static const char kitty[] = "\033_Ga=d,d=A,q=2;\033\\";
    static const char wrapped[] = "\033Ptmux;\033\033_Ga=d,d=A,q=2;\033\033\\\033\\";
    static const char mouse[] = "\033[?1000l\033[?1002l\033[?1003l\033[?1006l";

    snprintf(out, LEAVE_BYTES, "%s%s%s%s%s%s", t->graphics != GRAPHICS_KITTY ? "" : t->in_tmux ? wrapped : kitty,
             *capability("kmous") ? mouse : "", capability("sgr0"), capability("cnorm"), capability("rmkx"),
             capability("rmcup"));
}
