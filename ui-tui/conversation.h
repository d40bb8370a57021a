/* Questions about a film and what was answered, the latest last.
 * Thread-safety: main thread. */
#ifndef UI_TUI_CONVERSATION_H
#define UI_TUI_CONVERSATION_H

#include "ui-tui/film.h"

#define MAX_TURNS 64
#define WHAT_CHANGED "What changed?" /* the question that is asked when none is */

/* A cited time in the text of a turn. */
struct link {
    size_t at, size;         /* bytes of the text, with the brackets */
    int64_t time_us;
    bool is_known;           /* a picture of that time was shown; false while the answer comes */
};

struct turn {
    char *question;          /* "": what changed */
    int64_t from_us, to_us;  /* the span; -1: the whole film */
    int64_t *moments_us;     /* or the marked moments */
    int n_moments;           /* 0: none */
    double sensitivity;
    char *wanted_model;      /* as the settings had it then; NULL: the service's own */
    const char *pack;        /* the same; static or NULL */
    bool goes_on;            /* a further question after the turn before, sent with all that was said */
    int64_t asked_us;        /* since 1970, if it was answered before this program began; else 0 */
    char model[128];         /* that answered then */
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

/* Ask about the film: its span if there is one, else its marked moments, else all of it. False: an answer is still
 * coming, or there is no memory. */
bool conversation_ask(struct film *f, const char *question);

/* Ask further about what the last answer is about, so that the request begins with the same bytes. Where that can't be
 * (there is no whole answer of a model; packing or model is another now; or no question) it is conversation_ask. */
bool conversation_ask_further(struct film *f, const char *question);

/* Begin with the answers that f->kept has, unless something was asked already. */
void conversation_recall(struct film *f);

void conversation_close(struct conversation **c);

#endif
