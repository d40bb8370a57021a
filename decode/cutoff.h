/* What the first and last bytes of a file say about the whole: is its end missing, is it scrambled?
 * Of NULL nothing is said. Private to decode/. Thread-safety: as the input. */
#ifndef DECODE_CUTOFF_H
#define DECODE_CUTOFF_H

#include "decode/input.h"

/* Whether the container's outermost box (Matroska, RIFF) or its end mark (GIF) says that bytes are missing. */
bool cutoff_seen(struct input *in);

/* Whether most packets of a transport stream's head are marked as scrambled. */
bool cutoff_is_scrambled(const struct input *in);

#endif
