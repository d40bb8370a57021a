/* References to pictures, and boxes between displayed and coded pixels. */
#include "decode/picture.h"

#include <stdlib.h>

#include <libavutil/frame.h>

struct picture *picture_ref(const struct picture *p)
{
    struct picture *out = malloc(sizeof *out);

    if (!out)
        return NULL;
    *out = *p;
    out->av = av_frame_clone(p->av);
    if (!out->av) {
        free(out);
        return NULL;
    }
    return out;
}

void picture_unref(struct picture **p)
{
    if (!*p)
        return;
    av_frame_free(&(*p)->av);
    free(*p);
    *p = NULL;
}

/* An interval of a side of from pixels, on a side of to pixels: all that it touches, at least one. */
static void scale_interval(int *at, int *length, int from, int to)
{
    int64_t begin = (int64_t)*at * to / from;
    int64_t end = (((int64_t)*at + *length) * to + from - 1) / from;

    if (end > to)
        end = to;
    if (begin >= end)
        begin = end - 1;
    *at = (int)begin;
    *length = (int)(end - begin);
}

static void clip(int *at, int *length, int size)
{
    int64_t begin = *at, end = begin + (*length > 0 ? *length : 1);

    if (begin < 0)
        begin = 0;
    if (begin > size - 1)
        begin = size - 1;
    if (end > size)
        end = size;
    if (end <= begin)
        end = begin + 1;
    *at = (int)begin;
    *length = (int)(end - begin);
}

struct sc_box picture_to_coded(const struct picture *p, struct sc_box b)
{
    int width = p->width, height = p->height; /* of the plane that b lies in */

    if (b.w <= 0 || b.h <= 0)
        return (struct sc_box){ 0, 0, p->av->width, p->av->height };
    clip(&b.x, &b.w, width);
    clip(&b.y, &b.h, height);
    /* Each step takes back one clockwise quarter turn: what is at the top was at the left. */
    for (int i = 0; i < p->turns; i++) {
        struct sc_box turned = { b.y, width - b.x - b.w, b.h, b.w };
        int side = width;

        b = turned;
        width = height;
        height = side;
    }
    if (p->mirror)
        b.x = width - b.x - b.w;
    scale_interval(&b.x, &b.w, width, p->av->width);
    scale_interval(&b.y, &b.h, height, p->av->height);
    return b;
}
