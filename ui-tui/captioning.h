/* Captions made in the background: one run at a time, of the videos that a view names.
 * Thread-safety: main thread. */
#ifndef UI_TUI_CAPTIONING_H
#define UI_TUI_CAPTIONING_H

#include "ui-tui/browser.h"

struct captioning {
    bool is_running;
    struct sc_run run;       /* how far it is; ending is not read */
    int64_t n_left;
    bool is_news;            /* more is done than the views know */
};

/* Have n videos captioned, into the catalogue at that path; NULL: that of their folder, made if there is none. language
 * in words, NULL or "": the model's choice. False: a run goes on, or there is no memory; the person was told. */
bool captioning_start(struct browser *b, const char *catalog, const char *const *paths, int n, const char *language);

/* One line about the run that goes on. */
void captioning_words(const struct captioning *c, char *out, size_t size);

#endif
