/* Reads as some file systems do them: to be loaded in front of the C library, LD_PRELOAD=…/reads.so.
 *     FAULTY_READS=short         each gives some of the bytes asked for, from 1 to 600
 *     FAULTY_READS=EIO:N         the N-th fails, and each after it
 *     FAULTY_READS=EINTR:N       each N-th is interrupted
 * Only descriptors from 4 on are meant: the standard ones and the worker's pipe stay as they are. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define SEEN __attribute__((visibility("default")))

SEEN ssize_t read(int fd, void *data, size_t size);
SEEN ssize_t pread(int fd, void *data, size_t size, off_t offset);
SEEN ssize_t pread64(int fd, void *data, size_t size, off64_t offset);

static struct {
    int every, from, error;
    bool is_short;
} fault;
static atomic_int n_reads;

static void __attribute__((constructor)) configure(void)
{
    const char *what = getenv("FAULTY_READS");

    fault.is_short = what && !strcmp(what, "short");
    if (what && !strncmp(what, "EIO:", 4))
        fault.from = atoi(what + 4), fault.error = EIO;
    if (what && !strncmp(what, "EINTR:", 6))
        fault.every = atoi(what + 6), fault.error = EINTR;
}

/* Whether this one fails; else how much of it is done. */
static bool fails(int fd, size_t *size)
{
    int n;

    if (fd <= 3)
        return false;
    n = ++n_reads;
    if (fault.is_short && *size > 600)
        *size = 600;
    if (fault.is_short && *size > 1)
        *size = 1 + (size_t)n * 37 % *size;
    if ((fault.from && n >= fault.from) || (fault.every && n % fault.every == 0)) {
        errno = fault.error;
        return true;
    }
    return false;
}

ssize_t read(int fd, void *data, size_t size)
{
    return fails(fd, &size) ? -1 : syscall(SYS_read, fd, data, size);
}

ssize_t pread64(int fd, void *data, size_t size, off64_t offset)
{
    return fails(fd, &size) ? -1 : syscall(SYS_pread64, fd, data, size, offset);
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
    return pread64(fd, data, size, offset);
}
