/* --on-event: the person's own command, run for each event.
 *
 * The command is theirs, and goes to sh as they wrote it; nothing of an event is put into it. What there is to know of the
 * event is in the environment, and as JSON on standard input. What it writes goes to standard error.
 * Thread-safety: as struct ui. */
#ifndef UI_CLI_HOOK_H
#define UI_CLI_HOOK_H

#include "ui-cli/ui.h"

struct hook;

struct hook *hook_new(struct ui *ui, const char *command); /* NULL: out of memory */

/* Run it for an event, or when one of those that run has ended. */
void hook_run(struct hook *h, const struct sc_watched *event);

/* See which have ended, and start those that wait. */
void hook_turn(struct hook *h);

/* Wait until all have run, or ui is stopped. */
void hook_free(struct hook **h);

#endif
