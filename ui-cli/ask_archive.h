/* `ask --archive`: a question about everything that a catalogue has. */
#ifndef UI_CLI_ASK_ARCHIVE_H
#define UI_CLI_ASK_ARCHIVE_H

#include "ui-cli/ui.h"

/* Whether the options fit to --archive, or to its absence; says on stderr what does not. */
bool ask_archive_agrees(const struct args *args);

int ask_archive(struct ui *ui, const struct args *args);

#endif
