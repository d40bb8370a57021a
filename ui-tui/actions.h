/* All that a person can do: the one table that binds keys, completes commands and makes the help.
 * Thread-safety: constant; bindings belong to the main thread. */
#ifndef UI_TUI_ACTIONS_H
#define UI_TUI_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum action_id {
    ACT_NONE,
    ACT_HELP, ACT_COMMAND, ACT_BACK, ACT_QUIT, ACT_CANCEL, ACT_REDRAW, ACT_SUSPEND,
    ACT_DOWN, ACT_UP, ACT_LEFT, ACT_RIGHT, ACT_PAGE_DOWN, ACT_PAGE_UP, ACT_FIRST, ACT_LAST, ACT_OPEN,
    ACT_SEARCH, ACT_NEXT_MATCH, ACT_PREVIOUS_MATCH,
    ACT_NEXT_EVENT, ACT_PREVIOUS_EVENT, ACT_TIME, ACT_COMPARE, ACT_MORE, ACT_LESS,
    ACT_MARK, ACT_SPAN, ACT_UNDO, ACT_NEXT_MARK, ACT_PREVIOUS_MARK,
    ACT_ASK, ACT_ANSWERS, ACT_CAPTION, ACT_QUERY, ACT_PLAYER, ACT_COPY, ACT_EXPORT,
    ACT_PACK, ACT_MODEL, ACT_NEXT_LINK, ACT_PREVIOUS_LINK, ACT_SORT, ACT_FILTER, ACT_RUNS, ACT_RETRY, ACT_REFRESH,
    N_ACTIONS
};

struct action {
    enum action_id id;
    const char *name;       /* as a command */
    const char *keys;       /* by default, apart by spaces: "n", "^L", "PgDn" */
    const char *views;      /* where it means something: "video answer"; NULL: everywhere */
    const char *argument;   /* what a command takes: "TIME"; NULL: none. Optional if in brackets */
    const char *prompt;     /* asked for on the last line when a key calls for it; NULL: the key needs none */
    const char *help;       /* one phrase */
};

extern const struct action actions[];   /* ends with ACT_NONE */

#define MAX_KEYS 256
#define KEY_SIZE 12

/* Which key does what in which view: the defaults, changed by the config file. */
struct bindings {
    struct binding {
        char key[KEY_SIZE];
        const struct action *action;    /* NULL: nothing, whatever the default */
    } rows[MAX_KEYS];
    int n;
};

void bindings_default(struct bindings *b);

/* Bind key to the action of that name, "none" for nothing. Returns what is wrong, or NULL. */
const char *bindings_set(struct bindings *b, const char *key, const char *name);

/* What key does in a view; NULL: nothing. */
const struct action *bindings_find(const struct bindings *b, const char *view, const char *key);

/* The keys of an action, apart by spaces; "" if it has none. */
void bindings_keys(const struct bindings *b, const struct action *a, char *out, size_t size);

bool action_is_in(const struct action *a, const char *view);
const struct action *action_named(const char *name);

/* The nth action of a view whose name begins with word, NULL: there are no more. */
const struct action *action_completes(const char *view, const char *word, int n);

#endif
