/* One decoded picture in the decoder's own planes, counted.
 *
 * A holder owns one reference: picture_ref makes another, picture_unref gives it up. The samples are read-only.
 * Thread-safety: references may be taken and dropped on any thread (libavutil counts atomically); one struct picture
 * belongs to one thread. */
#ifndef DECODE_PICTURE_H
#define DECODE_PICTURE_H

#include "include/seechange.h"

struct AVFrame;

enum picture_flag {
    PICTURE_KEY = 1,
    PICTURE_DAMAGED = 2,      /* the decoder reported errors in it */
    PICTURE_INTERLACED = 4,
};

struct picture {
    struct AVFrame *av;       /* planes, strides, pixel format, range, matrix, transfer, primaries: always set there,
                                 guessed as players do where the stream says nothing. Never paletted alpha-less GIFs'
                                 partial canvases: what is shown is what is here */
    int64_t time_us;          /* presentation time; 0: the first displayed picture. Unique and ascending in a stream */
    int turns;                /* quarter turns clockwise to show it upright, 0..3, after mirroring */
    bool mirror;              /* flip left-right first */
    int width, height;        /* as displayed: coded size, stretched to square samples, turned */
    unsigned flags;           /* enum picture_flag */
    int packet_bytes;         /* coded size of its packet; 0: not known */
    uint32_t background_rgb;  /* what shows through transparent samples */
};

struct picture *picture_ref(const struct picture *p);   /* NULL: out of memory */
void picture_unref(struct picture **p);                 /* sets NULL; a pointer to NULL is fine */

/* Map a box in displayed pixels to the coded planes (before turning and stretching); clipped, at least 1x1. */
struct sc_box picture_to_coded(const struct picture *p, struct sc_box displayed);

#endif
