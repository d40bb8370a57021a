/* Frames of AWS's event stream (application/vnd.amazon.eventstream). Thread-safety: safe. */
#ifndef TESTS_KIT_EVENTSTREAM_H
#define TESTS_KIT_EVENTSTREAM_H

#include <stddef.h>
#include <stdint.h>

/* A frame with some headers that nobody asked for, the header kind (":event-type") of that name, and JSON. Returns its
 * size; out needs 150 bytes beside name and JSON. */
size_t eventstream_frame(uint8_t *out, const char *kind, const char *name, const char *json);

uint32_t eventstream_checksum(const uint8_t *bytes, size_t size);
void eventstream_put(uint8_t *at, uint32_t value);   /* big-endian */

#endif
