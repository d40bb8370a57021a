/* --record and --replay of a question.
 * Thread-safety: as struct sc. */
#ifndef API_RECORDED_H
#define API_RECORDED_H

#include "api/asking.h"

/* Let the call be recorded, if the settings want it. */
SC_CHECKED enum sc_status recorded_begin(struct asking *a, struct sc_error *err);

/* Write what was recorded. What goes wrong with that is told, and costs no answer. */
void recorded_keep(struct asking *a);

#endif
