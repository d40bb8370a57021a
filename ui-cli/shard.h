/* Which part of an archive this process captions: what --shard says, else what Slurm or Kubernetes put into the
 * environment. */
#ifndef UI_CLI_SHARD_H
#define UI_CLI_SHARD_H

#include <stdbool.h>

struct shard {
    int k, n;                /* 1..n; n 0: all of it */
    const char *from;        /* "--shard", "Slurm", "Kubernetes"; static */
};

/* argument: of --shard, or NULL. False: it makes no sense, which was said. */
bool shard_find(const char *argument, struct shard *out);

#endif
