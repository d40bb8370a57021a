/* Values as bytes and back: little-endian, fixed width, no padding. The worker's pipe and files on disk use it.
 *
 * Writing appends to a buffer and remembers the first failure in the packer; reading stops at the first value that
 * does not fit, returns zeros from then on, and leaves failed true. Check once at the end.
 * Thread-safety: one thread at a time for each object. */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/buffer.h"

struct packer {
    struct buffer *out;
    enum sc_status status;   /* SC_OK until something failed */
    struct sc_error *err;    /* may be NULL */
};

void pack_u8(struct packer *p, uint8_t v);
void pack_u16(struct packer *p, uint16_t v);
void pack_u32(struct packer *p, uint32_t v);
void pack_i32(struct packer *p, int32_t v);
void pack_i64(struct packer *p, int64_t v);
void pack_f64(struct packer *p, double v);
void pack_bytes(struct packer *p, const void *data, size_t size);    /* no length before them */
void pack_text(struct packer *p, const char *text);                  /* u32 length, bytes; NULL as length 2^32-1 */
void pack_box(struct packer *p, struct sc_box box);

struct unpacker {
    const uint8_t *data;     /* borrowed */
    size_t size, at;
    bool failed;
};

uint8_t unpack_u8(struct unpacker *u);
uint16_t unpack_u16(struct unpacker *u);
uint32_t unpack_u32(struct unpacker *u);
int32_t unpack_i32(struct unpacker *u);
int64_t unpack_i64(struct unpacker *u);
double unpack_f64(struct unpacker *u);           /* NaN and infinities fail */
const uint8_t *unpack_bytes(struct unpacker *u, size_t size); /* borrowed from data; NULL if there are not so many */
char *unpack_text(struct unpacker *u, size_t limit); /* malloc'd; NULL for a NULL that was packed, and on failure */
struct sc_box unpack_box(struct unpacker *u);

/* How many items of item_size bytes can still follow: a bound for counts that come from outside. */
size_t unpack_left(const struct unpacker *u, size_t item_size);

#endif
