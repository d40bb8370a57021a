/* The dialects that are spoken. */
#include "client/dialects/dialect.h"

#include <string.h>

extern const struct dialect dialect_openai_chat, dialect_openai_responses, dialect_anthropic, dialect_ollama,
    dialect_llama4_native, dialect_llama_api, dialect_bedrock;

const struct dialect *const client_dialects[] = {
    &dialect_openai_chat, &dialect_openai_responses, &dialect_anthropic, &dialect_ollama, &dialect_llama4_native,
    &dialect_llama_api, &dialect_bedrock, NULL
};

const struct dialect *dialect_find(const char *name)
{
    const struct dialect *const *d;

    for (d = client_dialects; *d; d++)
        if (!strcmp((*d)->name, name))
            return *d;
    return NULL;
}

enum sc_status dialect_named(const char *name, const struct dialect **out, struct sc_error *err)
{
    const struct dialect *const *d;
    char names[200] = "";
    size_t used = 0;

    if ((*out = dialect_find(name)))
        return SC_OK;
    for (d = client_dialects; *d && used < sizeof names; d++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", (*d)->name);
    return fail(err, SC_ERR_INVALID, "no dialect '%.80s'; there are %s", name, names);
}
