/* JSON from services, read leniently: what a good parser refuses but servers send is repaired first.
 * Thread-safety: safe; touches nothing but its arguments. */
#ifndef CLIENT_JSON_H
#define CLIENT_JSON_H

#include <jansson.h>

#include "base/buffer.h"

/* NULL: no JSON (or no memory). Bad UTF-8 and lone surrogates have become U+FFFD. The caller owns the reference. */
json_t *client_json(const char *text, size_t size);

/* Follow member names and array indices: "data.0.id". Borrowed; NULL: not there. */
json_t *client_json_at(json_t *root, const char *path);

/* Append a string's text without control characters but tab and newline. Nothing for anything but a string. */
SC_CHECKED enum sc_status client_json_text(struct buffer *out, const json_t *string, struct sc_error *err);

/* The same as one line, cut to fit: newlines become spaces. Empty for anything but a string. */
void client_json_line(char *out, size_t size, const json_t *string);

/* Text of unknown origin as one line without control characters, cut to fit at a whole character. */
void client_one_line(char *out, size_t out_size, const char *text, size_t size);

#endif
