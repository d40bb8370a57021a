/* Text from outside made harmless: UTF-8 repair, control characters, and the special strings of models.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buffer.h"

/* Bytes of the valid UTF-8 sequence at text (1..4), or 0 if there is none (or it is cut off by size). */
size_t text_utf8_length(const char *text, size_t size);

/* Bytes at the end of text that begin a UTF-8 sequence which needs more bytes (0..3): keep them for the next read. */
size_t text_utf8_unfinished(const char *text, size_t size);

/* Append text as valid UTF-8: bad bytes become U+FFFD. */
SC_CHECKED enum sc_status text_add_utf8(struct buffer *out, const char *text, size_t size, struct sc_error *err);

/* Append text for a terminal: as above, and C0, DEL and C1 controls and bidirectional overrides become visible
 * escapes (\x1b, \u202e). Tab and newline pass if multiline, else they are escaped too. */
SC_CHECKED enum sc_status text_add_visible(struct buffer *out, const char *text, size_t size, bool multiline,
                                           struct sc_error *err);

/* path for messages: one line, no control characters, cut short to out_size bytes (at least 8). A URL without its user,
 * password and query. Returns out. */
char *text_shown(const char *path, char *out, size_t out_size);

/* Append text as a JSON string with its quotes, DEL and C1 controls escaped too; invalid UTF-8 becomes U+FFFD. */
SC_CHECKED enum sc_status text_add_json(struct buffer *out, const char *text, size_t size, struct sc_error *err);

#endif
