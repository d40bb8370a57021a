/* Tapes of signatures: prediction from the one before, zlib, a checksum over all.
 *
 * File      8 bytes of magic, a deflated stream, u32 CRC-32 of all before it
 * Stream    key; records; end
 * Record    u8 RECORD_SAME, or RECORD_SHAPE and the sizes from here on; head; then planes of bytes: low and high halves
 *           of 16-bit values apart, each value less that of the signature before. Planes of other noise begin deflate
 *           blocks of their own, with codes of their own: a tenth less
 * End       u8 RECORD_END, u32 size and bytes of the tail */
#include "archive/tape.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/pack.h"

#define MAGIC "sctape01"
#define PIECE 65536
#define CRC_BYTES 4
#define LEVEL 6              /* of the strategy that follows: it costs next to nothing */
#define STRATEGY Z_RLE       /* what is left of the differences is noise and runs of zeros */

enum record { RECORD_END, RECORD_SHAPE, RECORD_SAME };

struct tape_writer {
    FILE *file;
    z_stream z;
    uLong crc;
    int64_t n_bytes, max_bytes;
    struct signature *last;
    struct buffer record;
    uint8_t piece[PIECE];
};

struct tape_reader {
    FILE *file;
    z_stream z;
    int64_t left;            /* bytes of the stream not read from the file yet */
    bool ended;
    struct signature *last;
    uint8_t *planes;         /* room for the planes of last */
    uint8_t piece[PIECE];
};

/* ---- values as planes of differences ---- */

static size_t plane_bytes(const struct signature *s)
{
    return (size_t)s->grid_w * (size_t)s->grid_h * 6 + 2 * ((size_t)s->small_w + (size_t)s->small_h);
}

/* Small differences of either sign have a high half of 0. */
static uint16_t fold(uint16_t now, uint16_t last)
{
    const int d = (int16_t)(uint16_t)(now - last);

    return (uint16_t)(d < 0 ? -2 * d - 1 : 2 * d);
}

static uint16_t unfold(uint16_t folded, uint16_t last)
{
    return (uint16_t)(last + (folded & 1 ? -(folded / 2) - 1 : folded / 2));
}

static uint8_t *write_row(uint8_t *at, const uint16_t *now, const uint16_t *last, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        const uint16_t v = fold(now[i], last[i]);

        at[i] = (uint8_t)v;
        at[n + i] = (uint8_t)(v >> 8);
    }
    return at + 2 * n;
}

static const uint8_t *read_row(const uint8_t *at, uint16_t *last, int n)
{
    int i;

    for (i = 0; i < n; i++)
        last[i] = unfold((uint16_t)(at[i] | at[n + i] << 8), last[i]);
    return at + 2 * n;
}

static void write_planes(uint8_t *at, const struct signature *s, const struct signature *last)
{
    const int n = s->grid_w * s->grid_h;
    int i;

    for (i = 0; i < n; i++) {
        const struct signature_block *b = &s->blocks[i], *p = &last->blocks[i];
        const uint16_t y = fold(b->y, p->y);

        at[i] = (uint8_t)y;
        at[n + i] = (uint8_t)(y >> 8);
        at[2 * n + i] = (uint8_t)(b->u - p->u);
        at[3 * n + i] = (uint8_t)(b->v - p->v);
        at[4 * n + i] = (uint8_t)(b->texture - p->texture);
        at[5 * n + i] = (uint8_t)(b->spread - p->spread);
    }
    at = write_row(at + 6 * (size_t)n, s->cols, last->cols, s->small_w);
    write_row(at, s->rows, last->rows, s->small_h);
}

static void read_planes(const uint8_t *at, struct signature *last)
{
    const int n = last->grid_w * last->grid_h;
    int i;

    for (i = 0; i < n; i++) {
        struct signature_block *b = &last->blocks[i];

        b->y = unfold((uint16_t)(at[i] | at[n + i] << 8), b->y);
        b->u = (uint8_t)(b->u + at[2 * n + i]);
        b->v = (uint8_t)(b->v + at[3 * n + i]);
        b->texture = (uint8_t)(b->texture + at[4 * n + i]);
        b->spread = (uint8_t)(b->spread + at[5 * n + i]);
    }
    at = read_row(at + 6 * (size_t)n, last->cols, last->small_w);
    read_row(at, last->rows, last->small_h);
}

/* ---- writing ---- */

static enum sc_status put(struct tape_writer *w, const void *data, size_t size, struct sc_error *err)
{
    if ((int64_t)size > w->max_bytes - w->n_bytes)
        return fail(err, SC_ERR_LIMIT, "a tape of more than %lld bytes", (long long)w->max_bytes);
    if (size && fwrite(data, 1, size, w->file) != size)
        return fail(err, SC_ERR_IO, "can't write a tape");
    w->crc = crc32(w->crc, data, (uInt)size);
    w->n_bytes += (int64_t)size;
    return SC_OK;
}

static enum sc_status deflate_all(struct tape_writer *w, const uint8_t *data, size_t size, int flush,
                                  struct sc_error *err)
{
    enum sc_status s;

    w->z.next_in = (Bytef *)(uintptr_t)data;
    w->z.avail_in = (uInt)size;
    do {
        w->z.next_out = w->piece;
        w->z.avail_out = PIECE;
        if (deflate(&w->z, flush) == Z_STREAM_ERROR)
            return fail(err, SC_ERR_IO, "can't compress a tape");
        if ((s = put(w, w->piece, PIECE - w->z.avail_out, err)))
            return s;
    } while (!w->z.avail_out);
    return SC_OK;
}

enum sc_status tape_create(struct tape_writer **out, FILE *file, const char *key, int64_t max_bytes,
                           struct sc_error *err)
{
    struct tape_writer *w = calloc(1, sizeof *w);
    struct packer p = { .err = err };
    enum sc_status s;

    *out = NULL;
    if (!w || deflateInit2(&w->z, LEVEL, Z_DEFLATED, 15, 9, STRATEGY) != Z_OK) {
        free(w);
        return fail_memory(err);
    }
    w->file = file;
    w->max_bytes = max_bytes;
    w->crc = crc32(0, NULL, 0);
    p.out = &w->record;
    pack_text(&p, key);
    if ((s = p.status) || (s = put(w, MAGIC, strlen(MAGIC), err)) ||
        (s = deflate_all(w, w->record.data, w->record.size, Z_NO_FLUSH, err)))
        tape_close_writer(&w);
    *out = w;
    return s;
}

static bool same_shape(const struct signature *a, const struct signature *b)
{
    return a->small_w == b->small_w && a->small_h == b->small_h && a->width == b->width && a->height == b->height;
}

static enum sc_status start_shape(struct tape_writer *w, const struct signature *s, struct packer *p)
{
    signature_free(&w->last);
    w->last = signature_new(s->small_w, s->small_h);
    if (!w->last)
        return fail_memory(p->err);
    pack_i32(p, s->small_w);
    pack_i32(p, s->small_h);
    pack_i32(p, s->width);
    pack_i32(p, s->height);
    return p->status;
}

/* The head, low halves of luma, high halves and chroma, texture, spread, projections. */
static enum sc_status deflate_record(struct tape_writer *w, size_t planes, struct sc_error *err)
{
    const size_t n = (size_t)w->last->grid_w * (size_t)w->last->grid_h, head = w->record.size - planes;
    const size_t ends[] = { head, head + n, head + 4 * n, head + 5 * n, head + 6 * n, w->record.size };
    size_t i, at = 0;
    enum sc_status s;

    for (i = 0; i < sizeof ends / sizeof *ends; at = ends[i++])
        if ((s = deflate_all(w, w->record.data + at, ends[i] - at, Z_BLOCK, err)))
            return s;
    return SC_OK;
}

enum sc_status tape_write(struct tape_writer *w, const struct signature *s, struct sc_error *err)
{
    const bool same = w->last && same_shape(w->last, s);
    struct packer p = { .out = &w->record, .err = err };
    const size_t size = plane_bytes(s);
    struct signature *copy;
    uint8_t *room;
    enum sc_status status = SC_OK;

    buffer_clear(&w->record);
    pack_u8(&p, same ? RECORD_SAME : RECORD_SHAPE);
    if (!same)
        status = start_shape(w, s, &p);
    pack_i64(&p, s->time_us);
    pack_u32(&p, s->flags);
    pack_i32(&p, s->packet_bytes);
    pack_u16(&p, s->mean_y);
    pack_u16(&p, s->deviation_y);
    if (status || (status = p.status))
        return status;
    if (!(room = buffer_room(&w->record, size, err)))
        return SC_ERR_NOMEM;
    write_planes(room, s, w->last);
    buffer_filled(&w->record, size);
    if (!(copy = signature_copy(s)))
        return fail_memory(err);
    signature_free(&w->last);
    w->last = copy;
    return deflate_record(w, size, err);
}

enum sc_status tape_finish(struct tape_writer *w, const struct buffer *tail, struct sc_error *err)
{
    struct packer p = { .out = &w->record, .err = err };
    enum sc_status s;

    buffer_clear(&w->record);
    pack_u8(&p, RECORD_END);
    pack_u32(&p, (uint32_t)tail->size);
    pack_bytes(&p, tail->data, tail->size);
    if ((s = p.status) || (s = deflate_all(w, w->record.data, w->record.size, Z_FINISH, err)))
        return s;
    buffer_clear(&w->record);
    pack_u32(&p, (uint32_t)w->crc);
    if ((s = p.status) || (s = put(w, w->record.data, w->record.size, err)))
        return s;
    return fflush(w->file) ? fail(err, SC_ERR_IO, "can't write a tape") : SC_OK;
}

void tape_close_writer(struct tape_writer **w)
{
    if (!*w)
        return;
    deflateEnd(&(*w)->z);
    signature_free(&(*w)->last);
    buffer_dispose(&(*w)->record);
    free(*w);
    *w = NULL;
}

/* ---- reading ---- */

static enum sc_status damaged(struct sc_error *err)
{
    return fail(err, SC_ERR_FORMAT, "a damaged tape");
}

/* Inflate exactly size bytes. */
static enum sc_status get(struct tape_reader *r, void *out, size_t size, struct sc_error *err)
{
    r->z.next_out = out;
    r->z.avail_out = (uInt)size;
    while (r->z.avail_out) {
        int code;

        if (!r->z.avail_in && r->left) {
            const size_t n = r->left < PIECE ? (size_t)r->left : PIECE;

            if (fread(r->piece, 1, n, r->file) != n)
                return damaged(err);
            r->left -= (int64_t)n;
            r->z.next_in = r->piece;
            r->z.avail_in = (uInt)n;
        }
        code = r->ended ? Z_DATA_ERROR : inflate(&r->z, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR)
            return fail_memory(err);
        if (code != Z_OK && code != Z_STREAM_END)
            return damaged(err);
        r->ended = code == Z_STREAM_END;
    }
    return SC_OK;
}

/* Of size bytes of values in *u, which borrows from room. */
static enum sc_status get_values(struct tape_reader *r, uint8_t *room, size_t size, struct unpacker *u,
                                 struct sc_error *err)
{
    *u = (struct unpacker){ .data = room, .size = size };
    return get(r, room, size, err);
}

/* Read the whole file once for its checksum; leave it behind the magic. */
static enum sc_status check(struct tape_reader *r, struct sc_error *err)
{
    const long magic = (long)strlen(MAGIC);
    uLong crc = crc32(0, NULL, 0);
    struct unpacker u = { .data = r->piece, .size = CRC_BYTES };
    int64_t size, at;

    if (fseeko(r->file, 0, SEEK_END) || (size = ftello(r->file)) < magic + CRC_BYTES ||
        fseeko(r->file, 0, SEEK_SET))
        return damaged(err);
    for (at = 0; at < size - CRC_BYTES;) {
        const size_t n = size - CRC_BYTES - at < PIECE ? (size_t)(size - CRC_BYTES - at) : PIECE;

        if (fread(r->piece, 1, n, r->file) != n || (!at && (n < (size_t)magic || memcmp(r->piece, MAGIC, (size_t)magic))))
            return damaged(err);
        crc = crc32(crc, r->piece, (uInt)n);
        at += (int64_t)n;
    }
    if (fread(r->piece, 1, CRC_BYTES, r->file) != CRC_BYTES || unpack_u32(&u) != crc ||
        fseeko(r->file, magic, SEEK_SET))
        return damaged(err);
    r->left = size - magic - CRC_BYTES;
    return SC_OK;
}

static enum sc_status check_key(struct tape_reader *r, const char *key, struct sc_error *err)
{
    const size_t size = strlen(key);
    uint8_t head[4];
    struct unpacker u;
    char *found;
    enum sc_status s;

    if ((s = get_values(r, head, sizeof head, &u, err)))
        return s;
    if (size > TAPE_MAX_KEY || unpack_u32(&u) != size)
        return damaged(err);
    if (!(found = malloc(size + 1)))
        return fail_memory(err);
    s = get(r, found, size, err);
    if (!s && memcmp(found, key, size))
        s = damaged(err);
    free(found);
    return s;
}

enum sc_status tape_open(struct tape_reader **out, FILE *file, const char *key, struct sc_error *err)
{
    struct tape_reader *r = calloc(1, sizeof *r);
    enum sc_status s;

    *out = NULL;
    if (!r || inflateInit(&r->z) != Z_OK) {
        free(r);
        return fail_memory(err);
    }
    r->file = file;
    if ((s = check(r, err)) || (s = check_key(r, key, err)))
        tape_close_reader(&r);
    *out = r;
    return s;
}

static enum sc_status read_shape(struct tape_reader *r, struct sc_error *err)
{
    uint8_t room[16];
    struct unpacker u;
    int small_w, small_h;
    enum sc_status s;

    if ((s = get_values(r, room, sizeof room, &u, err)))
        return s;
    small_w = unpack_i32(&u);
    small_h = unpack_i32(&u);
    signature_free(&r->last);
    free(r->planes);
    r->planes = NULL;
    r->last = signature_new(small_w, small_h);
    if (!r->last)
        return damaged(err);
    r->last->width = unpack_i32(&u);
    r->last->height = unpack_i32(&u);
    r->planes = malloc(plane_bytes(r->last));
    if (!r->planes)
        return fail_memory(err);
    return r->last->width < 1 || r->last->height < 1 ? damaged(err) : SC_OK;
}

static enum sc_status read_tail(struct tape_reader *r, struct buffer *tail, struct sc_error *err)
{
    uint8_t room[4], *to;
    struct unpacker u;
    size_t size;
    enum sc_status s;

    if ((s = get_values(r, room, sizeof room, &u, err)))
        return s;
    size = unpack_u32(&u);
    if (size > TAPE_MAX_TAIL)
        return damaged(err);
    buffer_clear(tail);
    if (!(to = buffer_room(tail, size + 1, err)))
        return SC_ERR_NOMEM;
    s = get(r, to, size, err);
    if (!s)
        buffer_filled(tail, size);
    return s;
}

enum sc_status tape_read(struct tape_reader *r, const struct signature **out, struct buffer *tail,
                         struct sc_error *err)
{
    uint8_t type, room[20];
    struct unpacker u;
    enum sc_status s;

    *out = NULL;
    if ((s = get(r, &type, 1, err)))
        return s;
    if (type == RECORD_END)
        return read_tail(r, tail, err);
    if (type == RECORD_SHAPE && (s = read_shape(r, err)))
        return s;
    if ((type != RECORD_SHAPE && type != RECORD_SAME) || !r->last)
        return damaged(err);
    if ((s = get_values(r, room, sizeof room, &u, err)) || (s = get(r, r->planes, plane_bytes(r->last), err)))
        return s;
    r->last->time_us = unpack_i64(&u);
    r->last->flags = unpack_u32(&u);
    r->last->packet_bytes = unpack_i32(&u);
    r->last->mean_y = unpack_u16(&u);
    r->last->deviation_y = unpack_u16(&u);
    read_planes(r->planes, r->last);
    *out = r->last;
    return SC_OK;
}

void tape_close_reader(struct tape_reader **r)
{
    if (!*r)
        return;
    inflateEnd(&(*r)->z);
    signature_free(&(*r)->last);
    free((*r)->planes);
    free(*r);
    *r = NULL;
}
