/* Questions about a film and what was answered, the latest last.
 * Thread-safety: main thread. */
#ifndef UI_TUI_CONVERSATION_H
#define UI_TUI_CONVERSATION_H

#include "ui-tui/film.h"

#define MAX_TURNS 64

/* A cited time in the text of a turn. */
struct link {
    size_t at, size;         /* bytes of the text, with the brackets */
    int64_t time_us;
    bool is_known;           /* a picture of that time was shown; false while the answer comes */
};

struct turn {
    char *question;          /* "": what changed */
    int64_t from_us, to_us;  /* the span; -1: the whole film */
    char *text;              /* so far; never NULL */
    struct sc_answer *answer; /* NULL until it is whole */
    bool is_coming;
    enum sc_status status;
    struct sc_error err;
    char notice[512];        /* the last word about how it goes */
    struct link *links;
    int n_links;
};

struct conversation {
    struct turn turns[MAX_TURNS];
    int n;
};

/* Ask about the film, or its span. False: an answer is still coming, or there is no memory. */
bool conversation_ask(struct film *f, const char *question);

void conversation_close(struct conversation **c);

#endif
