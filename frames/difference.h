/* Two signatures compared: the light between them, the displacement between them, and how different what is left is.
 * Works on the block grids alone; both signatures must have the same grid (difference_comparable).
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_DIFFERENCE_H
#define FRAMES_DIFFERENCE_H

#include "frames/signature.h"

#define DIFFERENCE_MAX_BLOCKS (SIGNATURE_MAX_GRID * SIGNATURE_MAX_GRID)

/* b = gain * a + offset on luma (levels of 255); (chroma - 128) scales with chroma_gain and moves by du, dv. */
struct light {
    double gain, offset;
    double chroma_gain, du, dv;
};

/* Samples of a grid as numbers, so that references, which are means over time, look like signatures. Levels of 255. */
struct grid {
    int w, h;
    bool masked;                /* some are hidden */
    float y[DIFFERENCE_MAX_BLOCKS], u[DIFFERENCE_MAX_BLOCKS], v[DIFFERENCE_MAX_BLOCKS];
    float texture[DIFFERENCE_MAX_BLOCKS];
    bool hidden[DIFFERENCE_MAX_BLOCKS]; /* says nothing, and counts nowhere */
};

bool difference_comparable(const struct signature *a, const struct signature *b);

void grid_from_signature(struct grid *out, const struct signature *s);

/* The same with luma alone, in a third of the time. Chroma and texture are left as they are. */
void grid_luma(struct grid *out, const struct signature *s);

/* The global light between two grids: a robust fit (what moved or is new counts little). skip: blocks that must not
 * count, or NULL. */
struct light light_fit(const struct grid *a, const struct grid *b, const bool *skip);
struct light light_none(void);

/* a as it would look in that light. open: what it makes whiter than white, or blacker than black, is not cut off. */
void light_apply(struct grid *a, const struct light *light, bool open);

/* Turn it round: the light from b to a. */
void light_undo(struct light *light);

/* How much of b is not in a, wherever it may have moved by up to reach blocks: mean over the blocks of the smallest
 * difference to any block of a near it, levels. Small for light, motion and shake; large for another shot. */
double difference_content(const struct grid *a, const struct grid *b, int reach);

/* Correlation of luma over the blocks, -1..1; 1 when both are flat. */
double difference_correlation(const struct grid *a, const struct grid *b);

/* Part of the blocks whose luma is the same, 0..1. */
double difference_explained(const struct grid *a, const struct grid *b);

/* Mean change of luma over the blocks, levels, as they are: straight from the signatures, and cheap. */
double difference_luma(const struct signature *a, const struct signature *b);

/* Whether m, between a and b in time, is a mixture of them. part: where m lies between them, 0..1. */
struct mixing {
    double size;             /* mean change of luma from a to b, levels */
    double bend;             /* distance of m from the straight line, as part of size: 0 a mixture, 0.5 a step */
    double share;            /* blocks that change, 0..1 */
};
struct mixing difference_mixing(const struct grid *a, const struct grid *m, const struct grid *b, double part);

/* Global displacement of b against a in small pixels, from the projections: b(x, y) = a(x - dx, y - dy).
 * confidence 0..1: how much of the difference between the projections it takes away. */
struct shift {
    double dx, dy;
    double confidence;
};
struct shift difference_shift(const struct signature *a, const struct signature *b, int max_px);

/* The logarithm of the magnification from a to b, as far as the outer thirds of both projections agree that they moved
 * apart (or together) by up to max_px small pixels; 0: they do not. */
double difference_zoom(const struct signature *a, const struct signature *b, int max_px);

#endif
