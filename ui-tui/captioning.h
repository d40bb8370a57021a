/* Captions made in the background: one run at a time, of the videos that a view names. What costs money, or nobody knows
 * what, is counted first and waits until the person says yes.
 * Thread-safety: main thread. */
#ifndef UI_TUI_CAPTIONING_H
#define UI_TUI_CAPTIONING_H

#include "ui-tui/browser.h"

enum captioning_state { CAPTIONS_REST, CAPTIONS_COUNTING, CAPTIONS_PRICED, CAPTIONS_RUNNING };

struct captioning {
    enum captioning_state state;
    struct sc_run run;       /* how far it is; ending is not read */
    int64_t n_left;
    bool is_news;            /* more is done than the views know */
    struct caption_job *priced; /* waits for a yes; else NULL */
};

/* Have n videos captioned, into the catalogue at that path; NULL: that of their folder, made if there is none. language
 * in words, NULL or "": the model's choice. Where a run waits for a yes this is the yes, and nothing else is read. False:
 * a run goes on, or there is no memory; the person was told. */
bool captioning_start(struct browser *b, const char *catalog, const char *const *paths, int n, const char *language);

/* Forget the run that waits for a yes. False: there is none. */
bool captioning_refuse(struct browser *b);

/* One line about the run that goes on, or waits; "" while there is none. */
void captioning_words(const struct browser *b, char *out, size_t size);

void captioning_close(struct captioning **c);

#endif
