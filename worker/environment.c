/* What the worker gets of the environment. */
#include "worker/environment.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Patterns of names. For the loader, and what watches programs in tests. */
static const char *const passes[] = {
    "LD_*", "MALLOC_*", "GLIBC_TUNABLES", "*SAN_OPTIONS", "GCOV_*", "LLVM_PROFILE_FILE", "VALGRIND_*",
};

static const char *const passes_live[] = {
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR",
};

static bool matches(const char *name, const char *const *patterns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!fnmatch(patterns[i], name, 0))
            return true;
    return false;
}

bool environment_may_pass(const char *variable, bool live)
{
    char name[64];
    size_t n = strcspn(variable, "=");

    if (!n || n >= sizeof name)
        return false;
    memcpy(name, variable, n);
    name[n] = 0;
    return matches(name, passes, sizeof passes / sizeof *passes) ||
           (live && matches(name, passes_live, sizeof passes_live / sizeof *passes_live));
}

char **environment_for_worker(char *const *all, bool live)
{
    size_t n = 0, used = 0, i;
    char **out;

    while (all[n])
        n++;
    out = calloc(n + 1, sizeof *out);
    for (i = 0; out && i < n; i++)
        if (environment_may_pass(all[i], live))
            out[used++] = all[i];
    return out;
}
