/* How servers are recognised, as data: the "probe" member of a row. docs/SERVICES.md says what is in it.
 * Thread-safety: safe; touches nothing but its arguments. */
#ifndef CLIENT_PROBE_H
#define CLIENT_PROBE_H

#include <jansson.h>

/* NULL: this is a probe; else what it has to be, in words; static. */
const char *probe_check(const json_t *probe);

#endif
