/* The pieces of a request body, read as one run of bytes. */
#include "client/body.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "client/base64.h"

static enum sc_status add_piece(struct body *b, struct body_piece piece, struct sc_error *err)
{
    if (b->n_pieces == b->capacity) {
        int capacity = b->capacity ? b->capacity * 2 : 16;
        struct body_piece *pieces = reallocarray(b->pieces, (size_t)capacity, sizeof *pieces);

        if (!pieces)
            return fail_memory(err);
        b->pieces = pieces;
        b->capacity = capacity;
    }
    b->pieces[b->n_pieces++] = piece;
    return SC_OK;
}

/* Text grew by what is behind start: lengthen the last piece, or begin one. */
static enum sc_status add_text(struct body *b, size_t start, struct sc_error *err)
{
    size_t size = b->text.size - start;
    struct body_piece *last = b->n_pieces ? &b->pieces[b->n_pieces - 1] : NULL;

    if (!size)
        return SC_OK;
    if (last && !last->base64) {
        last->size += size;
        return SC_OK;
    }
    return add_piece(b, (struct body_piece){ .offset = start, .size = size }, err);
}

enum sc_status body_text(struct body *b, const char *text, struct sc_error *err)
{
    size_t start = b->text.size;
    enum sc_status s = buffer_text(&b->text, text, err);

    return s ? s : add_text(b, start, err);
}

enum sc_status body_print(struct body *b, struct sc_error *err, const char *format, ...)
{
    char *text;
    va_list args;
    int n;
    enum sc_status s;

    va_start(args, format);
    n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        return fail_memory(err);
    s = body_text(b, text, err);
    free(text);
    return s;
}

enum sc_status body_json_string(struct body *b, const char *text, struct sc_error *err)
{
    size_t start = b->text.size;
    enum sc_status s = text_add_json(&b->text, text, strlen(text), err);

    return s ? s : add_text(b, start, err);
}

enum sc_status body_json_number(struct body *b, double value, struct sc_error *err)
{
    json_t *number = json_real(value);
    char *text;
    enum sc_status s;

    if (!number)
        return fail(err, SC_ERR_INVALID, "a setting of the request is no number");
    text = json_dumps(number, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    json_decref(number);
    if (!text)
        return fail_memory(err);
    s = body_text(b, text, err);
    free(text);
    return s;
}

enum sc_status body_base64(struct body *b, const uint8_t *data, size_t size, struct sc_error *err)
{
    if (!size)
        return SC_OK;
    return add_piece(b, (struct body_piece){ .data = data, .size = size, .base64 = true }, err);
}

void body_dispose(struct body *b)
{
    buffer_dispose(&b->text);
    free(b->pieces);
    *b = (struct body){ 0 };
}

static size_t wire_size(const struct body_piece *p)
{
    return p->base64 ? BASE64_SIZE(p->size) : p->size;
}

int64_t body_size(const struct body *b)
{
    int64_t size = 0;
    int i;

    for (i = 0; i < b->n_pieces; i++)
        size += (int64_t)wire_size(&b->pieces[i]);
    return size;
}

bool body_seek(struct body *b, int64_t offset)
{
    if (offset < 0 || offset > body_size(b))
        return false;
    for (b->piece = 0; b->piece < b->n_pieces; b->piece++) {
        int64_t size = (int64_t)wire_size(&b->pieces[b->piece]);

        if (offset < size)
            break;
        offset -= size;
    }
    b->at = (size_t)offset;
    return true;
}

/* Some characters of a base64 piece, at least one, beginning at any of them. */
static size_t read_base64(const struct body_piece *p, size_t at, char *out, size_t size)
{
    size_t group = at / 4, skip = at % 4, left = p->size - group * 3;
    char four[4];
    size_t n;

    if (!skip && size >= 4) {
        n = size / 4 * 3;
        return base64_encode(p->data + group * 3, n < left ? n : left, out);
    }
    base64_encode(p->data + group * 3, left < 3 ? left : 3, four);
    n = 4 - skip < size ? 4 - skip : size;
    memcpy(out, four + skip, n);
    return n;
}

size_t body_read(struct body *b, char *out, size_t size)
{
    size_t done = 0;

    while (done < size && b->piece < b->n_pieces) {
        const struct body_piece *p = &b->pieces[b->piece];
        size_t left = wire_size(p) - b->at, n = size - done;

        if (p->base64) {
            n = read_base64(p, b->at, out + done, n);
        } else {
            n = n < left ? n : left;
            memcpy(out + done, b->text.data + p->offset + b->at, n);
        }
        done += n;
        b->at += n;
        if (n == left) {
            b->piece++;
            b->at = 0;
        }
    }
    return done;
}

int64_t body_left(const struct body *b)
{
    int64_t left = -(int64_t)b->at;
    int i;

    for (i = b->piece; i < b->n_pieces; i++)
        left += (int64_t)wire_size(&b->pieces[i]);
    return left;
}
