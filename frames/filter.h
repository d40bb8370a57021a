/* Events that are too small or too short to be reported.
 * Thread-safety: safe. */
#ifndef FRAMES_FILTER_H
#define FRAMES_FILTER_H

#include "base/error.h"

/* Drop from c->events what has a box smaller than min_size (of the picture's area, 0..1), and what was to be seen for
 * less than min_duration_us: something passing, flashing or blinking that was over sooner, and something that came
 * (or went) and was undone sooner, which drops both events. A change that stays is never too short.
 * c->source and the events must be set; their order is kept, frames are not touched. SC_ERR_NOMEM. */
SC_CHECKED enum sc_status filter_events(struct sc_changes *c, double min_size, int64_t min_duration_us,
                                        struct sc_error *err);

#endif
