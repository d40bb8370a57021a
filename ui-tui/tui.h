/* The front end for a terminal: what `seechange browse` starts.
 * Thread-safety: main thread; the locale is set and standard input and output are open. */
#ifndef UI_TUI_TUI_H
#define UI_TUI_TUI_H

#include "include/seechange.h"

struct tui_settings {
    const char *const *paths; /* files, folders, URLs */
    int n_paths;
    const char *graphics;    /* how pictures are shown; NULL: as the config file says, or as the terminal can */
    const char *config;      /* NULL: the usual file */
    bool plain;              /* lines instead of a screen */
    bool no_colour;
    struct sc_source source; /* path is not read */
    struct sc_look_settings look;
    struct sc_ask_settings ask;
};

/* Run until the person ends it. *signal_out: the signal that ended it, or 0. SC_ERR_INVALID: settings that make no
 * sense; SC_ERR_IO: no terminal. */
enum sc_status tui_run(const struct tui_settings *settings, int *signal_out, struct sc_error *err);

#endif
