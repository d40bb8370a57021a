/* Packings: ways of making images of the chosen frames. One file each (fusion/pack_*.c) and one line in the list.
 * Thread-safety: safe, the functions touch only their arguments. */
#ifndef FUSION_PACK_H
#define FUSION_PACK_H

#include "fusion/view.h"

struct pack_input {
    const struct sc_changes *evidence;
    const struct model *model;
    const int *frames;       /* those to show: indices into evidence->frames, by time, one for each time */
    int n_frames;
    int64_t max_tokens;      /* what one image should cost at most; the smallest useful size may cost more */
};

struct packing {
    const char *name;        /* as after --pack */
    const char *about;       /* told to the model: how such images are to be read; NULL: they need no words */
    /* Append the views, by time. */
    enum sc_status (*pack)(const struct pack_input *in, struct views *out, struct sc_error *err);
};

extern const struct packing *const packings[];       /* ends with NULL; the first is whole frames */
const struct packing *packing_find(const char *name); /* NULL: none */

/* Append the whole frame i of the evidence. */
SC_CHECKED enum sc_status pack_whole(const struct pack_input *in, int i, struct views *out, struct sc_error *err);

#endif
