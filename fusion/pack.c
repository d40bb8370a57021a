/* The list of packings. */
#include "fusion/pack.h"

#include <string.h>

extern const struct packing packing_full, packing_pair, packing_delta, packing_grid;

const struct packing *const packings[] = { &packing_full, &packing_pair, &packing_delta, &packing_grid, NULL };

const struct packing *packing_find(const char *name)
{
    int i;

    for (i = 0; packings[i]; i++)
        if (!strcmp(packings[i]->name, name))
            return packings[i];
    return NULL;
}
