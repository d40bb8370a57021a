/* Where not to look: blocks of signatures hidden before anything is decided from them.
 *
 * What is hidden depends on settings alone, so other settings need no other signatures. A hidden block has values that
 * no block of a picture has; projections and means are made anew from the blocks that are left.
 * Thread-safety: one thread at a time for each mask. */
#ifndef FRAMES_MASK_H
#define FRAMES_MASK_H

#include "frames/signature.h"

/* All boxes in displayed pixels of the whole picture. */
struct mask_settings {
    const struct sc_box *ignore; /* blocks that these touch are hidden */
    int n_ignore;
    const struct sc_box *only;   /* if there are any: blocks that none of these touches are hidden */
    int n_only;
    const struct signature *picture; /* stretched over the whole picture; hidden where it is darker than half; NULL */
    int width, height;           /* of the whole picture */
    struct sc_box crop;          /* what signatures cover; no box: all */
};

struct mask;

/* *out NULL when nothing is to be hidden; the functions below take that. settings->picture is copied. */
SC_CHECKED enum sc_status mask_open(struct mask **out, const struct mask_settings *settings, struct sc_error *err);
void mask_close(struct mask **m);

void mask_apply(struct mask *m, struct signature *s);

/* The part of box (displayed pixels of the whole picture) that reaches as far as visible blocks do, as for the
 * signature that was masked last. w and h of 0: nothing in it is visible. */
struct sc_box mask_trim(const struct mask *m, struct sc_box box);

#endif
