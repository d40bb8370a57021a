/* The dialects that are spoken. */
#include "client/dialects/dialect.h"

#include <string.h>

extern const struct dialect dialect_openai_chat;

const struct dialect *const client_dialects[] = { &dialect_openai_chat, NULL };

const struct dialect *dialect_find(const char *name)
{
    const struct dialect *const *d;

    for (d = client_dialects; *d; d++)
        if (!strcmp((*d)->name, name))
            return *d;
    return NULL;
}
