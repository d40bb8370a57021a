/* Signatures as values: made, copied, written and read back. */
#include "frames/signature.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SIDE (1 << 28)      /* displayed pixels: as many as sc_source.max_pixels allows by default, in one row */
#define MAX_LEVEL 4080          /* 255 in 1/16 level */
#define BLOCK_BYTES 6

static int grid_of(int small)
{
    return (small + SIGNATURE_BLOCK - 1) / SIGNATURE_BLOCK;
}

struct signature *signature_new(int small_w, int small_h)
{
    struct signature *s;
    size_t blocks, lines;
    int grid_w, grid_h;

    if (small_w < 1 || small_h < 1 || small_w > SIGNATURE_SIDE || small_h > SIGNATURE_SIDE)
        return NULL;
    grid_w = grid_of(small_w);
    grid_h = grid_of(small_h);
    blocks = (size_t)grid_w * (size_t)grid_h * sizeof *s->blocks;
    lines = (size_t)(small_w + small_h) * sizeof *s->cols;
    s = calloc(1, sizeof *s + blocks + lines);
    if (!s)
        return NULL;
    s->small_w = small_w;
    s->small_h = small_h;
    s->grid_w = grid_w;
    s->grid_h = grid_h;
    s->blocks = (struct signature_block *)(s + 1);
    s->cols = (uint16_t *)((uint8_t *)s->blocks + blocks);
    s->rows = s->cols + small_w;
    return s;
}

void signature_free(struct signature **s)
{
    if (!s)
        return;
    free(*s);
    *s = NULL;
}

struct signature *signature_copy(const struct signature *s)
{
    struct signature *copy = signature_new(s->small_w, s->small_h);
    struct signature own;

    if (!copy)
        return NULL;
    own = *copy;
    *copy = *s;
    copy->blocks = own.blocks;
    copy->cols = own.cols;
    copy->rows = own.rows;
    memcpy(copy->blocks, s->blocks, (size_t)s->grid_w * (size_t)s->grid_h * sizeof *s->blocks);
    memcpy(copy->cols, s->cols, (size_t)s->small_w * sizeof *s->cols);
    memcpy(copy->rows, s->rows, (size_t)s->small_h * sizeof *s->rows);
    return copy;
}

static void pack_blocks(const struct signature *s, struct packer *p)
{
    uint8_t row[SIGNATURE_MAX_GRID * BLOCK_BYTES];
    int x, y;

    for (y = 0; y < s->grid_h; y++) {
        uint8_t *at = row;

        for (x = 0; x < s->grid_w; x++) {
            const struct signature_block *b = &s->blocks[y * s->grid_w + x];

            *at++ = (uint8_t)b->y;
            *at++ = (uint8_t)(b->y >> 8);
            *at++ = b->u;
            *at++ = b->v;
            *at++ = b->texture;
            *at++ = b->spread;
        }
        pack_bytes(p, row, (size_t)(at - row));
    }
}

static void pack_levels(const uint16_t *levels, int n, struct packer *p)
{
    uint8_t bytes[SIGNATURE_SIDE * 2];
    int i;

    for (i = 0; i < n; i++) {
        bytes[2 * i] = (uint8_t)levels[i];
        bytes[2 * i + 1] = (uint8_t)(levels[i] >> 8);
    }
    pack_bytes(p, bytes, (size_t)n * 2);
}

void signature_pack(const struct signature *s, struct packer *p)
{
    pack_u8(p, SIGNATURE_VERSION);
    pack_i64(p, s->time_us);
    pack_u32(p, s->flags);
    pack_i32(p, s->packet_bytes);
    pack_i32(p, s->width);
    pack_i32(p, s->height);
    pack_u16(p, (uint16_t)s->small_w);
    pack_u16(p, (uint16_t)s->small_h);
    pack_u16(p, s->mean_y);
    pack_u16(p, s->deviation_y);
    pack_blocks(s, p);
    pack_levels(s->cols, s->small_w, p);
    pack_levels(s->rows, s->small_h, p);
}

static bool unpack_head(struct signature *head, struct unpacker *u)
{
    if (unpack_u8(u) != SIGNATURE_VERSION)
        return false;
    head->time_us = unpack_i64(u);
    head->flags = unpack_u32(u);
    head->packet_bytes = unpack_i32(u);
    head->width = unpack_i32(u);
    head->height = unpack_i32(u);
    head->small_w = unpack_u16(u);
    head->small_h = unpack_u16(u);
    head->mean_y = unpack_u16(u);
    head->deviation_y = unpack_u16(u);
    return !u->failed && head->packet_bytes >= 0 && head->width >= 1 && head->height >= 1 &&
           head->width <= MAX_SIDE && head->height <= MAX_SIDE && head->mean_y <= MAX_LEVEL &&
           head->deviation_y <= MAX_LEVEL;
}

static bool unpack_blocks(struct signature *s, struct unpacker *u)
{
    const size_t n = (size_t)s->grid_w * (size_t)s->grid_h;
    const uint8_t *at = unpack_bytes(u, n * BLOCK_BYTES);
    size_t i;

    for (i = 0; at && i < n; i++, at += BLOCK_BYTES) {
        s->blocks[i] = (struct signature_block){ (uint16_t)(at[0] | at[1] << 8), at[2], at[3], at[4], at[5] };
        if (s->blocks[i].y > MAX_LEVEL)
            return false;
    }
    return at != NULL;
}

static bool unpack_lines(struct signature *s, struct unpacker *u)
{
    const int n = s->small_w + s->small_h;
    const uint8_t *at = unpack_bytes(u, (size_t)n * 2);
    int i;

    for (i = 0; at && i < n; i++, at += 2) {
        uint16_t *level = i < s->small_w ? &s->cols[i] : &s->rows[i - s->small_w];

        *level = (uint16_t)(at[0] | at[1] << 8);
        if (*level > MAX_LEVEL)
            return false;
    }
    return at != NULL;
}

struct signature *signature_unpack(struct unpacker *u)
{
    struct signature head = { 0 };
    struct signature *s = unpack_head(&head, u) ? signature_new(head.small_w, head.small_h) : NULL;

    if (!s) {
        u->failed = true;
        return NULL;
    }
    s->time_us = head.time_us;
    s->flags = head.flags;
    s->packet_bytes = head.packet_bytes;
    s->width = head.width;
    s->height = head.height;
    s->mean_y = head.mean_y;
    s->deviation_y = head.deviation_y;
    if (!unpack_blocks(s, u) || !unpack_lines(s, u)) {
        u->failed = true;
        signature_free(&s);
    }
    return s;
}

/* The displayed pixel at which a block begins along a side of that many blocks, small and displayed pixels. */
static int edge(int block, int grid, int small, int displayed)
{
    int at = block <= 0 ? 0 : block >= grid ? small : block * SIGNATURE_BLOCK;

    return (int)((int64_t)at * displayed / small);
}

struct sc_box signature_to_box(const struct signature *s, int x0, int y0, int x1, int y1)
{
    struct sc_box box;

    box.x = edge(x0, s->grid_w, s->small_w, s->width);
    box.y = edge(y0, s->grid_h, s->small_h, s->height);
    box.w = edge(x1, s->grid_w, s->small_w, s->width) - box.x;
    box.h = edge(y1, s->grid_h, s->small_h, s->height) - box.y;
    return box;
}
