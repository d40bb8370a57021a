/* What a map of an event compares. Thread-safety: safe. */
#ifndef API_HEAT_H
#define API_HEAT_H

#include "worker/protocol.h"

/* e: an event of c. */
struct heat_item heat_of(const struct sc_changes *c, const struct sc_event *e);

#endif
