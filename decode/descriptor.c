/* fstat, and nothing by path. */
#include "decode/descriptor.h"

#include <sys/syscall.h>
#include <unistd.h>

bool descriptor_stat(int fd, struct stat *out)
{
    /* glibc may make newfstatat of fstat: a call by path, which the worker may not make. */
#ifdef SYS_fstat
    return syscall(SYS_fstat, fd, out) == 0;
#else
    return fstat(fd, out) == 0;
#endif
}
