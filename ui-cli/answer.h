/* What is shown of an answer, on stdout and, at its end, on stderr. */
#ifndef UI_CLI_ANSWER_H
#define UI_CLI_ANSWER_H

#include "ui-cli/ui.h"

int answer_pictures(const struct sc_answer *a);    /* images that were sent, those of its parts too */
void answer_show_nothing_changed(struct ui *ui, const struct sc_changes *c); /* NULL: it is not known */
void answer_show_dry_run(struct ui *ui, const struct sc_answer *a);
enum sc_status answer_show_json(struct ui *ui, const struct sc_answer *a, struct sc_error *err);

/* What it cost and what is wrong with it. Returns an enum exit_code. */
int answer_show_ending(struct ui *ui, const struct sc_answer *a);

#endif
