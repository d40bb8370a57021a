/* `archive rebuild`: a damaged or lost catalogue made anew. */
#ifndef UI_CLI_REBUILD_H
#define UI_CLI_REBUILD_H

#include "ui-cli/ui.h"

/* The operands behind the first are the paths. */
int rebuild(struct ui *ui, const struct args *args);

#endif
