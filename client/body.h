/* A request body in pieces: text that is written out, and images that become base64 only while they are sent.
 *
 *     struct body b = { 0 };
 *     if ((s = body_text(&b, "{\"image\":\"", err)) || (s = body_base64(&b, jpeg, jpeg_size, err)) ||
 *         (s = body_text(&b, "\"}", err)))
 *         goto done;
 *     while ((n = body_read(&b, out, sizeof out)) > 0)
 *         ...
 *     body_dispose(&b);
 *
 * Thread-safety: one thread at a time for each body. */
#ifndef CLIENT_BODY_H
#define CLIENT_BODY_H

#include "base/buffer.h"

struct body_piece {
    const uint8_t *data;     /* base64: borrowed until the body is disposed of; text: NULL, it is in body.text */
    size_t offset, size;     /* text: where in body.text; base64: size of data before encoding */
    bool base64;
};

struct body {
    struct buffer text;
    struct body_piece *pieces;
    int n_pieces, capacity;
    int piece;               /* reading position: which piece, */
    size_t at;               /* and how many of its bytes on the wire are read */
};

SC_CHECKED enum sc_status body_text(struct body *b, const char *text, struct sc_error *err);
SC_CHECKED enum sc_status body_print(struct body *b, struct sc_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
SC_CHECKED enum sc_status body_json_string(struct body *b, const char *text, struct sc_error *err);

/* A number as JSON writes it, whatever the locale says. SC_ERR_INVALID for NaN and infinities. */
SC_CHECKED enum sc_status body_json_number(struct body *b, double value, struct sc_error *err);

SC_CHECKED enum sc_status body_base64(struct body *b, const uint8_t *data, size_t size, struct sc_error *err);
void body_dispose(struct body *b);

int64_t body_size(const struct body *b);             /* bytes on the wire */
bool body_seek(struct body *b, int64_t offset);      /* from the beginning; false past the end */
size_t body_read(struct body *b, char *out, size_t size); /* like fread; 0 at the end */
int64_t body_left(const struct body *b);             /* still to be read */

#endif
