/* Values as bytes and back. */
#include "base/pack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_TEXT 0xFFFFFFFFu

static void put(struct packer *p, uint64_t v, int n)
{
    uint8_t bytes[8];
    int i;

    for (i = 0; i < n; i++)
        bytes[i] = (uint8_t)(v >> (8 * i));
    pack_bytes(p, bytes, (size_t)n);
}

void pack_u8(struct packer *p, uint8_t v) { put(p, v, 1); }
void pack_u16(struct packer *p, uint16_t v) { put(p, v, 2); }
void pack_u32(struct packer *p, uint32_t v) { put(p, v, 4); }
void pack_i32(struct packer *p, int32_t v) { put(p, (uint32_t)v, 4); }
void pack_i64(struct packer *p, int64_t v) { put(p, (uint64_t)v, 8); }

void pack_f64(struct packer *p, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    put(p, bits, 8);
}

void pack_bytes(struct packer *p, const void *data, size_t size)
{
    if (!p->status)
        p->status = buffer_add(p->out, data, size, p->err);
}

void pack_text(struct packer *p, const char *text)
{
    size_t size = text ? strlen(text) : 0;

    if (!text) {
        pack_u32(p, NO_TEXT);
        return;
    }
    if (size >= NO_TEXT && !p->status)
        p->status = fail(p->err, SC_ERR_LIMIT, "text of %zu bytes", size);
    pack_u32(p, (uint32_t)size);
    pack_bytes(p, text, size);
}

void pack_box(struct packer *p, struct sc_box box)
{
    pack_i32(p, box.x);
    pack_i32(p, box.y);
    pack_i32(p, box.w);
    pack_i32(p, box.h);
}

const uint8_t *unpack_bytes(struct unpacker *u, size_t size)
{
    const uint8_t *at;

    if (u->failed || size > u->size - u->at) {
        u->failed = true;
        return NULL;
    }
    at = u->data + u->at;
    u->at += size;
    return at;
}

static uint64_t get(struct unpacker *u, int n)
{
    const uint8_t *bytes = unpack_bytes(u, (size_t)n);
    uint64_t v = 0;

    if (!bytes)
        return 0;
    while (n--)
        v = v << 8 | bytes[n];
    return v;
}

uint8_t unpack_u8(struct unpacker *u) { return (uint8_t)get(u, 1); }
uint16_t unpack_u16(struct unpacker *u) { return (uint16_t)get(u, 2); }
uint32_t unpack_u32(struct unpacker *u) { return (uint32_t)get(u, 4); }
int32_t unpack_i32(struct unpacker *u) { return (int32_t)(uint32_t)get(u, 4); }
int64_t unpack_i64(struct unpacker *u) { return (int64_t)get(u, 8); }

double unpack_f64(struct unpacker *u)
{
    uint64_t bits = get(u, 8);
    double v;

    memcpy(&v, &bits, sizeof v);
    if (!isfinite(v)) {
        u->failed = true;
        return 0;
    }
    return v;
}

char *unpack_text(struct unpacker *u, size_t limit)
{
    uint32_t size = unpack_u32(u);
    const uint8_t *bytes;
    char *text;

    if (u->failed || size == NO_TEXT)
        return NULL;
    bytes = size <= limit ? unpack_bytes(u, size) : NULL;
    text = bytes ? malloc((size_t)size + 1) : NULL;
    if (!text) {
        u->failed = true;
        return NULL;
    }
    memcpy(text, bytes, size);
    text[size] = 0;
    return text;
}

struct sc_box unpack_box(struct unpacker *u)
{
    struct sc_box box;

    box.x = unpack_i32(u);
    box.y = unpack_i32(u);
    box.w = unpack_i32(u);
    box.h = unpack_i32(u);
    return box;
}

size_t unpack_left(const struct unpacker *u, size_t item_size)
{
    return u->failed ? 0 : (u->size - u->at) / item_size;
}
