/* For tools/analyze alone, in front of every file: the analyzer looks at one file at a time, and can't know that what
 * reports a failure never returns SC_OK. */
#include "base/error.h"

#define fail(err, code, ...) (code)
#define fail_in(err, code, ...) (code)
#define fail_memory(err) SC_ERR_NOMEM
#define fail_errno(err, ...) SC_ERR_IO
