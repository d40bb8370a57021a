/* The times that an answer cites, like [00:41.200], held against what was shown.
 * Thread-safety: safe. */
#ifndef FUSION_CITE_H
#define FUSION_CITE_H

#include "fusion/view.h"

#define CITE_MAX 1000        /* of one answer; what follows is not looked at */

/* Find the times in square brackets in text: [00:41.2], and each of [00:41.2 - 00:43] and [00:41.2, 00:43.0]; each time
 * is listed once, in the order of the text. One is known if a picture of that time was shown, as exactly as it is
 * written; event: the one that the picture is about, or else one that was going on then. *out: free(). */
SC_CHECKED enum sc_status cite_find(const char *text, const struct sc_changes *evidence, const struct views *views,
                                    struct sc_citation **out, int *n_out, struct sc_error *err);

#endif
