/* The answer without a model: the evidence in plain English. Says what was measured (kind, place, size, time, colour,
 * motion) and nothing that would need eyes. Thread-safety: safe. */
#ifndef FUSION_DESCRIBE_H
#define FUSION_DESCRIBE_H

#include "base/buffer.h"

/* Append one line that sums up, and one for each event: "[00:04.040] Something red appeared at the left (38x76 px,
 * 1.2 % of the picture); it is still there at the end." Each line ends with a newline. A picture that stands still is
 * no change. */
SC_CHECKED enum sc_status describe_changes(const struct sc_changes *c, struct buffer *out, struct sc_error *err);

#endif
