/* What the worker gets of the environment. */
#include "worker/environment.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Patterns of names. Proxies and certificates are for media that is read by URL, the rest for loaders and tools. */
static const char *const passes[] = {
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "TZDIR", "LANG", "LANGUAGE", "LC_*", "TERM", "NO_COLOR",
    "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "SEECHANGE_WORKER*",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_*", "MALLOC_*", "GLIBC_TUNABLES", "*SAN_OPTIONS", "GCOV_*",
    "LLVM_PROFILE_FILE", "VALGRIND_*",
};

bool environment_may_pass(const char *variable)
{
    char name[64];
    size_t n = strcspn(variable, "="), i;

    if (!n || n >= sizeof name)
        return false;
    memcpy(name, variable, n);
    name[n] = 0;
    for (i = 0; i < sizeof passes / sizeof *passes; i++)
        if (!fnmatch(passes[i], name, 0))
            return true;
    return false;
}

char **environment_for_worker(char *const *all)
{
    size_t n = 0, used = 0, i;
    char **out;

    while (all[n])
        n++;
    out = calloc(n + 1, sizeof *out);
    for (i = 0; out && i < n; i++)
        if (environment_may_pass(all[i]))
            out[used++] = all[i];
    return out;
}
