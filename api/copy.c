/* Deep copies of public values. */
#include "api/copy.h"

#include <stdlib.h>
#include <string.h>

static bool copy_text(char **out, const char *from)
{
    *out = from ? strdup(from) : NULL;
    return *out || !from;
}

enum sc_status copy_info(struct sc_info *out, const struct sc_info *from, struct sc_error *err)
{
    *out = *from;
    out->path = out->container = out->codec = out->pixel_format = out->colour = NULL;
    if (copy_text(&out->path, from->path) && copy_text(&out->container, from->container) &&
        copy_text(&out->codec, from->codec) && copy_text(&out->pixel_format, from->pixel_format) &&
        copy_text(&out->colour, from->colour))
        return SC_OK;
    sc_info_dispose(out);
    return fail_memory(err);
}
