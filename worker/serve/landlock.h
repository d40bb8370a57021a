/* Landlock: no access to files, TCP and other processes' sockets and signals, as far as the kernel has it. */
#ifndef WORKER_SERVE_LANDLOCK_H
#define WORKER_SERVE_LANDLOCK_H

#include <stdbool.h>

/* For good, for this thread and those that it makes. may_connect: TCP to anywhere, and reading the system's own files
 * for names and certificates. Returns the version of the kernel's rules that hold, 0 for none. no_new_privs must be
 * set. Source: the kernel's Documentation/userspace-api/landlock.rst. */
int landlock_enter(bool may_connect);

#endif
