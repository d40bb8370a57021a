/* The terminal, or what stands in for it: results on standard output, words on standard error, and the session.
 *
 * A result that cannot be written is remembered and ends the work; ui_close says so. Ctrl-C cancels the session.
 * Thread-safety: one thread; there is one ui in a program. */
#ifndef UI_CLI_UI_H
#define UI_CLI_UI_H

#include "ui-cli/command.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define MAGENTA "\033[35m"
#define CYAN "\033[36m"
#define PLAIN "\033[0m"

struct ui {
    bool colour;            /* of standard output */
    bool terminal;          /* standard output is one */
    bool utf8;              /* the locale's encoding */
    int width;              /* columns; 80 if it is no terminal */
    bool quiet;
    bool progress;          /* show it */
    bool progress_shown;    /* a line of it stands on standard error now */
    int out_errno;          /* of the first failed write to standard output */
    int64_t memory_limit, stall_us; /* as struct sc_settings has them */
    struct sc *sc;          /* NULL before ui_session */
};

void ui_open(struct ui *ui);
void ui_set(struct ui *ui, const struct args *args);

/* Start the session of the command. Says what failed. */
bool ui_session(struct ui *ui);

/* From here on the first Ctrl-C ends sc_watch in order, which is no failure. */
void ui_end_gently(struct ui *ui);

/* End everything; code is the command's own. Returns the program's exit code. */
int ui_close(struct ui *ui, int code);

/* One line on standard error: "seechange: ...". Text from outside may be in it. */
void ui_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for words that --quiet takes away. */
void ui_note(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say why a call of the library failed (nothing if it was Ctrl-C) and return the exit code for it. */
int ui_failed(struct ui *ui, enum sc_status status, const struct sc_error *err);

/* Show how far a long work is: a line that takes the place of the one before, if progress is shown. */
void ui_progress(struct ui *ui, const char *line);

/* Results. ui_print writes as it is, ui_visible escapes what comes from outside. */
void ui_print(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ui_write(struct ui *ui, const char *text, size_t size);
void ui_visible(struct ui *ui, const char *text);
void ui_flush(struct ui *ui);

/* The colour, or "" if there is none. */
const char *ui_colour(const struct ui *ui, const char *colour);

/* Whether to stop: interrupted, or the results cannot be written. */
bool ui_stopped(const struct ui *ui);

/* unicode if the locale can show it, else ascii. */
const char *ui_either(const struct ui *ui, const char *unicode, const char *ascii);

#endif
