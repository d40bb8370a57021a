/* SHA-256 and what is made of it, by libcrypto.
 * Thread-safety: safe; touches nothing but its arguments. */
#ifndef CLIENT_DIGEST_H
#define CLIENT_DIGEST_H

#include "client/body.h"

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE 65   /* with its NUL */

void digest_hex(const uint8_t digest[DIGEST_SIZE], char out[DIGEST_HEX_SIZE]);
SC_CHECKED enum sc_status digest_bytes(const void *bytes, size_t size, uint8_t out[DIGEST_SIZE], struct sc_error *err);

/* Of a body as it goes over the wire. Its reading position is at the beginning afterwards. */
SC_CHECKED enum sc_status digest_body(struct body *body, uint8_t out[DIGEST_SIZE], struct sc_error *err);

/* HMAC-SHA-256 of a text. out may be key. */
SC_CHECKED enum sc_status digest_hmac(const void *key, size_t key_size, const char *text, uint8_t out[DIGEST_SIZE],
                                      struct sc_error *err);

#endif
