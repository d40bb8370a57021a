/* Filling struct sc_error. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum sc_status fail(struct sc_error *err, enum sc_status code, const char *format, ...)
{
    va_list args;

    if (!err)
        return code;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->code = code;
    return code;
}

enum sc_status fail_in(struct sc_error *err, enum sc_status code, const char *format, ...)
{
    char deeper[sizeof err->text];
    va_list args;
    size_t used;

    if (!err)
        return code;
    memcpy(deeper, err->text, sizeof deeper);
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s", deeper);
    err->code = code;
    return code;
}

enum sc_status fail_memory(struct sc_error *err)
{
    return fail(err, SC_ERR_NOMEM, "not enough memory");
}

enum sc_status fail_errno(struct sc_error *err, int errno_value, const char *format, ...)
{
    enum sc_status code = errno_value == ENOMEM ? SC_ERR_NOMEM : SC_ERR_IO;
    va_list args;
    size_t used;

    if (!err)
        return code;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(errno_value));
    err->code = code;
    return code;
}
