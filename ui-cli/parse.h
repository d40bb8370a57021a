/* Read a command line by the table of options of a command. */
#ifndef UI_CLI_PARSE_H
#define UI_CLI_PARSE_H

#include "ui-cli/command.h"

/* argv: what follows the command's name, n of them. Options and operands may be mixed; "--" ends the options.
 * Returns false after saying on standard error what is wrong. args_dispose in either case. */
bool parse_args(const struct command *command, int n, char **argv, struct args *out);

void args_dispose(struct args *args);

/* The command that was probably meant, or NULL. */
const char *parse_suggest_command(const char *word);

#endif
