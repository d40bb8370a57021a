/* Where not to look, from the settings; and events kept out of there.
 * Thread-safety: as struct sc. */
#ifndef API_MASK_H
#define API_MASK_H

#include "api/session.h"
#include "frames/mask.h"

/* *out: mask_close; NULL when everything is looked at. The mask's picture is read through the worker. */
SC_CHECKED enum sc_status mask_make(struct sc *s, const struct sc_look_settings *look, const struct sc_info *info,
                                    struct mask **out, struct sc_error *err);

/* Cut the boxes of events that concern a part of the picture to what is looked at, and drop those outside it. */
void mask_events(const struct mask *m, struct sc_changes *c);

#endif
