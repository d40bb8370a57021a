/* Base64 with the standard alphabet, padded, in one line (RFC 4648, section 4).
 * Thread-safety: safe; touches nothing but its arguments. */
#ifndef CLIENT_BASE64_H
#define CLIENT_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* Write BASE64_SIZE(size) characters, no NUL. Only the last call for one run of data may have a size that 3 does not
 * divide. Returns the characters written. */
size_t base64_encode(const uint8_t *data, size_t size, char *out);

/* The bytes of a whole text, at most three for each four characters. Returns how many; 0: it is none. */
size_t base64_decode(const char *text, uint8_t *out);

#endif
