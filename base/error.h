/* How every module reports failure: a status code, and words in a struct sc_error that the caller passed.
 *
 *     return fail(err, SC_ERR_FORMAT, "no video stream in '%s'", path);
 *     return fail_in(err, s, "frame at %.3f s", t);   (puts words in front of those of a deeper level)
 *
 * err may be NULL. Thread-safety: safe; both touch nothing but *err. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "include/seechange.h"

/* Fill *err and return code. */
enum sc_status fail(struct sc_error *err, enum sc_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "words: " in front of the message that is there. Returns code. */
enum sc_status fail_in(struct sc_error *err, enum sc_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "not enough memory". */
enum sc_status fail_memory(struct sc_error *err);

/* "words: strerror(errno_value)" with code SC_ERR_IO, or SC_ERR_NOMEM for ENOMEM. */
enum sc_status fail_errno(struct sc_error *err, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
