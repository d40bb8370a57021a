/* The signature: what is known of one looked-at picture. Everything that is decided is decided from these.
 *
 * It depends on one picture alone (and the crop), so any two can be compared later and stretches can be decoded side
 * by side. All sample values are 8-bit full range whatever the source was (limited range expanded; 10 and 12 bit
 * scaled; RGB turned to Y'CbCr with BT.601 coefficients); the picture is as displayed: turned, square samples.
 *
 * Shapes   small    the picture area-averaged to small_w x small_h, small_w <= 320, small_h <= 320, aspect kept
 *          block    4x4 small pixels (the last column and row may be narrower): grid_w x grid_h = ceil(small / 4)
 *          cols     small_w column means of luma, rows: small_h row means: global displacement is found from these
 * Thread-safety: plain data. */
#ifndef FRAMES_SIGNATURE_H
#define FRAMES_SIGNATURE_H

#include "base/pack.h"

#define SIGNATURE_VERSION 1
#define SIGNATURE_SIDE 320      /* small pixels along the longer side, at most */
#define SIGNATURE_BLOCK 4       /* small pixels along a block */
#define SIGNATURE_MAX_GRID ((SIGNATURE_SIDE + SIGNATURE_BLOCK - 1) / SIGNATURE_BLOCK)

/* Between the picture before and this one, long apart, nothing happened, as was learned without looking: what crept
 * meanwhile, light or shadows, is no change. */
#define SIGNATURE_ANEW 0x100u

struct signature_block {
    uint16_t y;                 /* mean luma, 1/16 of a level: 0..4080 */
    uint8_t u, v;               /* mean chroma, 128 neutral */
    uint8_t texture;            /* mean absolute luma difference to the right and lower small pixel, 1/2 level, capped */
    uint8_t spread;             /* max - min of the small luma pixels in the block */
};

/* What a hidden block has (frames/mask.h), and no block of a picture: a mean of black with a spread. */
#define signature_hidden ((struct signature_block){ .spread = 255 })

static inline bool signature_is_hidden(const struct signature_block *b)
{
    return b->spread == 255 && !b->y;
}

struct signature {
    int64_t time_us;
    unsigned flags;             /* enum picture_flag, SIGNATURE_ANEW */
    int packet_bytes;
    int width, height;          /* displayed pixels that it covers: the crop, or the whole picture */
    int small_w, small_h;
    int grid_w, grid_h;
    uint16_t mean_y;            /* of the picture, 1/16 level */
    uint16_t deviation_y;       /* standard deviation of small luma, 1/16 level */
    struct signature_block *blocks; /* grid_h rows of grid_w */
    uint16_t *cols, *rows;      /* 1/16 level */
};

/* Make one with room for its arrays. NULL: out of memory, or sizes out of range. signature_free. */
struct signature *signature_new(int small_w, int small_h);
void signature_free(struct signature **s);
struct signature *signature_copy(const struct signature *s);

/* The form on the pipe and on disk, with SIGNATURE_VERSION first. */
void signature_pack(const struct signature *s, struct packer *p);
struct signature *signature_unpack(struct unpacker *u);   /* NULL and u->failed for anything malformed */

/* Displayed pixels covered by the blocks x0..x1-1, y0..y1-1. */
struct sc_box signature_to_box(const struct signature *s, int x0, int y0, int x1, int y1);

#endif
