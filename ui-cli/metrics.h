/* Figures for Prometheus (its text format, 0.0.4): in a file, or served on a port of this machine. Numbers alone, no name
 * of any file. Thread-safety: one thread at a time; a port has a thread of its own, which ends with metrics_close. */
#ifndef UI_CLI_METRICS_H
#define UI_CLI_METRICS_H

#include "ui-cli/ui.h"

struct metrics;

/* where: a number is a port of 127.0.0.1, anything else a file; NULL: nowhere, *out is NULL. False: the port can't be had,
 * which is said. */
bool metrics_open(struct metrics **out, struct ui *ui, const char *where);

/* How it stands. A file is written whole or not at all, every two seconds; that it can't be is said once. */
void metrics_put(struct metrics *m, const struct sc_caption_progress *p, bool is_last);
void metrics_close(struct metrics **m);

#endif
