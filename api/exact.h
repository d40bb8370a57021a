/* The boxes of local events, made exact on the pictures themselves.
 * Thread-safety: as struct sc. */
#ifndef API_EXACT_H
#define API_EXACT_H

#include "api/session.h"

/* Replace box and share of the events of c that concern a part of the picture, the most important first, as far as
 * that costs little beside the looking. Only ending memory and cancelling are failures: a box that can't be made exact
 * stays as it was. The source must be open in slot 0. */
SC_CHECKED enum sc_status exact_boxes(struct sc *s, const struct sc_look_settings *look, struct sc_changes *c,
                                      struct sc_error *err);

#endif
