/* Locking this process in, before it reads the first byte of media.
 *
 * What then is left: computing, threads, and the descriptors that it has or is given. A call that no decoder makes ends
 * the process by SIGSYS, with "forbidden call: NAME" on standard error; looking for files, which libraries do by habit,
 * just fails. A kernel or container that lacks a part of it takes that part away and no more. */
#ifndef WORKER_SERVE_SANDBOX_H
#define WORKER_SERVE_SANDBOX_H

#include "worker/protocol.h"

#define SANDBOX_MAX_FILES 64                 /* open at once */
#define SANDBOX_MAX_CPU_S (7 * 24 * 3600)    /* of one worker */
#define SANDBOX_MAX_FILE_BYTES ((int64_t)65 << 30) /* of a temporary file: beyond what decode/spool.h keeps */

/* For good. To be called while there is one thread. SC_ERR_WORKER where what every Linux has fails. */
SC_CHECKED enum sc_status sandbox_enter(const struct confinement *wanted, struct confined *out);

#endif
