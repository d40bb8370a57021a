/* What a run of captions tells: a line for each video, how far it is, and figures for machines. */
#ifndef UI_CLI_CAPTION_SHOW_H
#define UI_CLI_CAPTION_SHOW_H

#include "ui-cli/metrics.h"

struct caption_show {
    struct ui *ui;
    bool json;               /* a line of JSON for each event on standard output */
    struct metrics *metrics; /* NULL: none */
    int64_t told_us;         /* of the run's clock */
};

/* As the callbacks of struct sc_caption_settings. */
void caption_show_video(void *user, const struct sc_captioned *v);
void caption_show_progress(void *user, const struct sc_caption_progress *p);

/* The sums at the end. */
void caption_show_run(struct caption_show *show, const struct sc_run *run);

#endif
