/* The last line, when something is typed into it: commands, searches, arguments.
 * Thread-safety: main thread. */
#ifndef UI_TUI_PROMPT_H
#define UI_TUI_PROMPT_H

#include "ui-tui/actions.h"

#define PROMPT_BYTES 1024
#define PROMPT_HISTORY 32

struct prompt {
    const struct action *action; /* gets what is typed; ACT_COMMAND: it is a whole command. NULL: nothing is typed */
    char text[PROMPT_BYTES];
    size_t size, at;         /* bytes; where the next one goes */
    char stem[PROMPT_BYTES]; /* what was typed before Tab */
    int n_tabs;
    char *history[PROMPT_HISTORY]; /* commands, the latest last */
    int n_history, back;     /* back: how far the person went back in it */
};

enum prompt_result { PROMPT_GOES_ON, PROMPT_CHANGED, PROMPT_DONE, PROMPT_GIVEN_UP };

void prompt_begin(struct prompt *p, const struct action *a, const char *text);

/* view: whose commands Tab completes. After PROMPT_DONE text is what was typed; prompt_end. */
enum prompt_result prompt_key(struct prompt *p, const char *view, const char *key);
void prompt_end(struct prompt *p);
void prompt_dispose(struct prompt *p);

#endif
