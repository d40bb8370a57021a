/* sc_info: what is known of an input. */
#include <stdlib.h>
#include <string.h>

#include "api/copy.h"
#include "api/session.h"

enum sc_status sc_info(struct sc *s, const struct sc_source *source, struct sc_info *out, struct sc_error *err)
{
    const struct sc_info *info;
    enum sc_status status = session_input(s, 0, source, &info, err);

    memset(out, 0, sizeof *out);
    return status ? status : copy_info(out, info, err);
}
