/* How different two aligned pictures are, block by block, in units of what their noise, compression and restless
 * texture alone would make.
 * Thread-safety: safe. */
#ifndef FRAMES_PIXELS_RESIDUE_H
#define FRAMES_PIXELS_RESIDUE_H

#include "frames/pixels/canvas.h"

struct residue_block {
    float score;                 /* 1: as much as noise makes at most */
    float y;                     /* mean absolute luma difference, levels */
    float step[3];               /* b's mean less a's: luma, Cb, Cr */
};

struct residue {
    int side;                    /* pixels along a block: 4 or 8 */
    int w, h;                    /* blocks; the last ones may reach over the border */
    struct residue_block *blocks;
    float kinship;               /* 1: the same place, 0: two scenes */
    float noise_y, noise_c;      /* levels: what flat blocks differ by at most */
};

struct residue_settings {
    bool drawn;                  /* a screen: nothing is restless by itself */
    float slack;                 /* levels that the light taken out may be wrong by */
    double sensitivity;          /* 1 is usual, more finds smaller changes */
};

/* a, b: Y'CbCr of the same size. residue_dispose. SC_ERR_NOMEM. */
SC_CHECKED enum sc_status residue_find(struct residue *out, const struct surface *a, const struct surface *b,
                                          const struct residue_settings *settings, struct sc_error *err);
void residue_dispose(struct residue *d);

#endif
