/* The worker as a process: finding its program, starting and ending it. Thread-safety: one thread for each object. */
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include <sys/types.h>

#include "base/error.h"

struct process {
    pid_t pid;               /* 0: not running */
    int fd;                  /* our end of its pipe; -1: not running */
    int words_fd;            /* its standard error, to be read; -1: not running */
};

#define PROCESS_NONE ((struct process){ 0, -1, -1 })

/* named, else $SEECHANGE_WORKER, else beside the running program, else where it is installed. NULL: no memory. free() it. */
char *process_find_program(const char *named);

/* Its descriptors are the pipe as PROTOCOL_FD, its standard error, and /dev/null. live: it is to speak to the network. */
SC_CHECKED enum sc_status process_start(struct process *p, const char *program, bool live, struct sc_error *err);

/* End it, if it runs, and return its wait status (0: it did not). *p becomes PROCESS_NONE. */
int process_stop(struct process *p);

/* Whether it said, before it ended, that a system call was forbidden to it: the call's name in out. */
bool process_forbidden_call(const struct process *p, char out[32]);

#endif
