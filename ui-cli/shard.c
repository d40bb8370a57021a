/* Which part of an archive this process captions. */
#include "ui-cli/shard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui-cli/ui.h"

#define MAX_SHARDS 1000000

static bool read_number(const char *text, long *out)
{
    char *end;

    if (!text || !*text || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    *out = strtol(text, &end, 10);
    return !errno && *out <= MAX_SHARDS;
}

static bool set(struct shard *out, long k, long n, const char *from)
{
    *out = (struct shard){ (int)k, (int)n, from };
    return k >= 1 && k <= n;
}

/* "3/16" */
static bool read_argument(const char *argument, struct shard *out)
{
    char first[16];
    const char *slash = strchr(argument, '/');
    long k, n;

    if (!slash || slash - argument >= (long)sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(slash - argument), argument);
    return read_number(first, &k) && read_number(slash + 1, &n) && set(out, k, n, "--shard");
}

/* Slurm counts from SLURM_ARRAY_TASK_MIN in steps of SLURM_ARRAY_TASK_STEP; Kubernetes from 0, and how many there are has to
 * be handed on as JOB_COMPLETIONS. */
bool shard_find(const char *argument, struct shard *out)
{
    long id, n, min, step;

    *out = (struct shard){ 0 };
    if (argument) {
        if (read_argument(argument, out))
            return true;
        ui_error("--shard '%s' is not a part like 3/16", argument);
        return false;
    }
    if (read_number(getenv("SLURM_ARRAY_TASK_ID"), &id) && read_number(getenv("SLURM_ARRAY_TASK_COUNT"), &n)) {
        if (!read_number(getenv("SLURM_ARRAY_TASK_MIN"), &min))
            min = 0;
        if (!read_number(getenv("SLURM_ARRAY_TASK_STEP"), &step) || step < 1)
            step = 1;
        if (set(out, (id - min) / step + 1, n, "Slurm"))
            return true;
        ui_error("Slurm's task %ld is none of its %ld tasks from %ld on; --shard K/N says it by hand", id, n, min);
        return false;
    }
    if (read_number(getenv("JOB_COMPLETION_INDEX"), &id) && read_number(getenv("JOB_COMPLETIONS"), &n)) {
        if (set(out, id + 1, n, "Kubernetes"))
            return true;
        ui_error("Kubernetes' index %ld is none of %ld; --shard K/N says it by hand", id, n);
        return false;
    }
    return true;
}
