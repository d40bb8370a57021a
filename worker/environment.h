/* What the worker gets of the environment: what its loader and its kind of input need, by name, and so no keys.
 * Thread-safety: as getenv. */
#ifndef WORKER_ENVIRONMENT_H
#define WORKER_ENVIRONMENT_H

#include <stdbool.h>

/* Whether a variable, written NAME=VALUE, may pass. live: to a worker that speaks to the network. */
bool environment_may_pass(const char *variable, bool live);

/* Those of all that may pass, ending with NULL; the strings are borrowed. NULL: no memory. free() it. */
char **environment_for_worker(char *const *all, bool live);

#endif
