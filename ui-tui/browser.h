/* What views share: the films, the background, the screen, and the ways to each other.
 * Thread-safety: main thread. */
#ifndef UI_TUI_BROWSER_H
#define UI_TUI_BROWSER_H

#include "ui-tui/config.h"
#include "ui-tui/film.h"
#include "ui-tui/gallery.h"
#include "ui-tui/prompt.h"
#include "ui-tui/tui.h"

struct view;
struct request;
struct captioning;

#define MAX_DEPTH 16
#define MAX_WORDS_SOUGHT 256

struct browser {
    const struct tui_settings *settings;
    struct config config;
    struct terminal terminal;
    struct screen *screen;   /* NULL: lines instead of a screen */
    struct jobs *jobs;
    struct gallery *gallery; /* NULL with lines */
    struct catalogue *catalogue; /* of the folder that was opened; NULL: a video was */
    struct captioning *captioning; /* never NULL */
    struct film **films;
    int n_films;
    struct view *stack[MAX_DEPTH];
    int depth;
    struct prompt prompt;
    char sought[MAX_WORDS_SOUGHT]; /* what was searched for last */
    int count;               /* typed before a key; 0: none */
    char message[512];
    bool message_is_bad;
    bool is_dirty;           /* to be drawn again */
    bool quit;
};

/* NULL on failure, told in err. */
struct browser *browser_open(const struct tui_settings *settings, struct sc_error *err);
void browser_close(struct browser **b);

/* One line to the person, until the next key. */
void browser_say(struct browser *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void browser_fail(struct browser *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The film of that path, opened if it is not yet. NULL: no memory. */
struct film *browser_film(struct browser *b, const char *path);

/* Open a view over the one that is there. */
void browser_go(struct browser *b, const struct request *r);
void browser_back(struct browser *b);
struct view *browser_view(const struct browser *b);

/* Do an action: count 0 if none was given, argument NULL or "" if none. */
void browser_act(struct browser *b, const struct action *a, int count, const char *argument);

/* A key as screen_key names it. */
void browser_key(struct browser *b, const char *key);

/* A line as typed after ':', without it. */
void browser_command(struct browser *b, const char *line);

/* Have read anew what captions have made old. */
void browser_refresh(struct browser *b);

void browser_draw(struct browser *b);

#endif
