/* Files that appear under their names only when they are complete. */
#include "api/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BESIDE ".new-"           /* and the six letters and digits of mkstemp */
#define CHANCE 6

static int write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

/* A device or pipe can't be renamed onto: write straight into it. */
static bool is_special(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_special(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), e;

    if (fd < 0)
        return errno;
    e = write_all(fd, data, size);
    if (close(fd) && !e)
        e = errno;
    return e;
}

static int write_beside(const char *path, const void *data, size_t size)
{
    char *beside = NULL;
    mode_t mask;
    int fd, e;

    if (asprintf(&beside, "%s" BESIDE "XXXXXX", path) < 0)
        return ENOMEM;
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        e = errno;
        free(beside);
        return e;
    }
    mask = umask(0);
    umask(mask);
    e = write_all(fd, data, size);
    if (!e && (fchmod(fd, 0666 & ~mask) || fsync(fd)))
        e = errno;
    if (close(fd) && !e)
        e = errno;
    if (!e && rename(beside, path))
        e = errno;
    if (e)
        unlink(beside);
    free(beside);
    return e;
}

enum sc_status file_write(const char *path, const void *data, size_t size, struct sc_error *err)
{
    int e = is_special(path) ? write_special(path, data, size) : write_beside(path, data, size);

    return e ? fail_errno(err, e, "can't write '%s'", path) : SC_OK;
}

static bool is_beside(const char *name, const char *file)
{
    const size_t n = strlen(file);

    return strlen(name) == n + strlen(BESIDE) + CHANCE && !strncmp(name, file, n) &&
           !strncmp(name + n, BESIDE, strlen(BESIDE)) &&
           strspn(name + n + strlen(BESIDE), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == CHANCE;
}

void file_remove_leftovers(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *folder = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
    DIR *dir = folder ? opendir(folder) : NULL;
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (is_beside(entry->d_name, name))
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    free(folder);
}

enum sc_status file_make_folder(const char *path, struct sc_error *err)
{
    struct stat st;

    if (mkdir(path, 0777) == 0)
        return SC_OK;
    if (errno == EEXIST && stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) ? SC_OK : fail(err, SC_ERR_IO, "'%s' is not a folder", path);
    return fail_errno(err, errno, "can't make the folder '%s'", path);
}

enum sc_status file_read(const char *path, size_t limit, bool may_miss, char **out, struct sc_error *err)
{
    struct buffer b = { .limit = limit };
    enum sc_status s = SC_OK;
    char piece[4096];
    FILE *f = fopen(path, "re");
    size_t n;

    *out = NULL;
    if (!f)
        return may_miss && (errno == ENOENT || errno == ENOTDIR) ? SC_OK
                                                                 : fail_errno(err, errno, "can't read '%s'", path);
    while (!s && (n = fread(piece, 1, sizeof piece, f)) > 0)
        s = buffer_add(&b, piece, n, err);
    if (s)
        fail_in(err, s, "'%s'", path);
    else if (ferror(f))
        s = fail_errno(err, errno, "can't read '%s'", path);
    fclose(f);
    if (!s && !(*out = buffer_take(&b)))
        s = fail_memory(err);
    buffer_dispose(&b);
    return s;
}
