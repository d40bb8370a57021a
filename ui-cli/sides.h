/* Answers of several models to one question, beside each other. */
#ifndef UI_CLI_SIDES_H
#define UI_CLI_SIDES_H

#include "ui-cli/ui.h"

/* Columns on a terminal that is wide enough, else one after the other; then the times that not all of them cite. */
void sides_show(struct ui *ui, const struct sc_sides *sides);

/* What each would send and cost. */
void sides_show_dry_run(struct ui *ui, const struct sc_sides *sides);

enum sc_status sides_show_json(struct ui *ui, const struct sc_sides *sides, struct sc_error *err);

/* What is wrong with them, on standard error. Returns an enum exit_code. */
int sides_show_ending(struct ui *ui, const struct sc_sides *sides);

#endif
