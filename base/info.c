/* Disposing of the plain values of the public header that both programs hold. */
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void sc_info_dispose(struct sc_info *info)
{
    if (!info)
        return;
    free(info->path);
    free(info->container);
    free(info->codec);
    free(info->pixel_format);
    free(info->colour);
    memset(info, 0, sizeof *info);
}

void sc_comparison_dispose(struct sc_comparison *c)
{
    if (!c)
        return;
    sc_info_dispose(&c->a);
    sc_info_dispose(&c->b);
    free(c->regions);
    memset(c, 0, sizeof *c);
}

void sc_scouting_dispose(struct sc_scouting *scouting)
{
    if (!scouting)
        return;
    free(scouting->unseen);
    memset(scouting, 0, sizeof *scouting);
}
