/* A request body in pieces: text that is written out, and images that become base64 only while they are sent.
 * Thread-safety: one thread at a time for each body. */
#ifndef CLIENT_BODY_H
#define CLIENT_BODY_H

#include "base/buffer.h"

struct body_piece {
    const uint8_t *data;     /* text: owned by body.text (set by offset); base64: borrowed */
    size_t offset, size;     /* text: where in body.text; base64: size of data before encoding */
    bool base64;
};

struct body {
    struct buffer text;
    struct body_piece *pieces;
    int n_pieces, capacity;
    /* reading position */
    int piece;
    size_t at;
};

SC_CHECKED enum sc_status body_text(struct body *b, const char *text, struct sc_error *err);
SC_CHECKED enum sc_status body_print(struct body *b, struct sc_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
SC_CHECKED enum sc_status body_json_string(struct body *b, const char *text, struct sc_error *err);
SC_CHECKED enum sc_status body_base64(struct body *b, const uint8_t *data, size_t size, struct sc_error *err);
void body_dispose(struct body *b);

int64_t body_size(const struct body *b);             /* bytes on the wire */
void body_rewind(struct body *b);
size_t body_read(struct body *b, char *out, size_t size); /* like fread; 0 at the end */

#endif
