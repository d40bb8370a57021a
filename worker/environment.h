/* What the worker gets of the environment: what a decoder needs, by name, and so no keys.
 * Thread-safety: as getenv. */
#ifndef WORKER_ENVIRONMENT_H
#define WORKER_ENVIRONMENT_H

#include <stdbool.h>

/* Whether a variable, written NAME=VALUE, may pass. */
bool environment_may_pass(const char *variable);

/* Those of all that may pass, ending with NULL; the strings are borrowed. NULL: no memory. free() it. */
char **environment_for_worker(char *const *all);

#endif
