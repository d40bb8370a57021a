/* The help, made from the tables. */
#ifndef UI_CLI_HELP_H
#define UI_CLI_HELP_H

#include "ui-cli/command.h"

void help_overview(struct ui *ui);
void help_command(struct ui *ui, const struct command *command);

#endif
