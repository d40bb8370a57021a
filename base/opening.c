/* Opening files, folders of stills and temporary files. */
#include "base/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define SHOWN_BYTES 256

bool opening_is_url(const char *path, bool *rtsp_out)
{
    bool rtsp = !strncmp(path, "rtsp://", 7) || !strncmp(path, "rtsps://", 8);

    if (rtsp_out)
        *rtsp_out = rtsp;
    return rtsp || !strncmp(path, "http://", 7) || !strncmp(path, "https://", 8);
}

/* "/dev/fd/7" is 7; -1: path is none of these. /proc can't be asked where the process holds keys: it belongs to root then. */
static int descriptor_of(const char *path)
{
    char *end;
    long n;

    if (strncmp(path, "/dev/fd/", 8) || path[8] < '0' || path[8] > '9')
        return -1;
    n = strtol(path + 8, &end, 10);
    return *end || n > INT_MAX ? -1 : (int)n;
}

/* Without O_NONBLOCK a FIFO that nobody writes to would hang here, deaf to cancelling. */
static int open_to_read(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static enum sc_status open_file(struct opening *out, const char *path, const char *shown, struct sc_error *err)
{
    struct stat st;

    if (!strcmp(path, "-") || descriptor_of(path) >= 0)
        out->fd = fcntl(strcmp(path, "-") ? descriptor_of(path) : STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        out->fd = open_to_read(path);
    if (out->fd < 0 || fstat(out->fd, &st))
        return fail_errno(err, errno, "can't open '%s'", shown);
    if (S_ISDIR(st.st_mode))
        return fail_errno(err, EISDIR, "can't open '%s'", shown);
    if (S_ISCHR(st.st_mode) && isatty(out->fd))
        return fail(err, SC_ERR_IO, "can't read media from a terminal; give a file, or pipe one in");
    return SC_OK;
}

enum sc_status opening_make(struct opening *out, const char *path, const atomic_bool *cancel, struct sc_error *err)
{
    const bool is_input = !strcmp(path, "-");
    char shown[SHOWN_BYTES];
    struct stat st;
    bool exists = is_input || descriptor_of(path) >= 0 || stat(path, &st) == 0;

    *out = (struct opening){ .kind = OPENING_FILE, .fd = -1 };
    text_shown(is_input ? "standard input" : path, shown, sizeof shown);
    if ((exists && !is_input && descriptor_of(path) < 0 && S_ISDIR(st.st_mode)) ||
        (!exists && !opening_is_url(path, NULL) && listing_is_pattern(path))) {
        out->kind = OPENING_LIST;
        return listing_find(&out->list, path, shown, cancel, err);
    }
    if (!exists && opening_is_url(path, NULL)) {
        out->kind = OPENING_URL;
        return SC_OK;
    }
    return open_file(out, path, shown, err);
}

void opening_dispose(struct opening *o)
{
    if (o->fd >= 0)
        close(o->fd);
    listing_dispose(&o->list);
    *o = (struct opening){ .fd = -1 };
}

enum sc_status opening_entry(const struct opening *o, int index, int *fd_out, struct sc_error *err)
{
    char shown[SHOWN_BYTES];
    struct stat st;

    *fd_out = -1;
    if (index < 0 || index >= o->list.n)
        return fail(err, SC_ERR_INVALID, "no picture %d among %d", index, o->list.n);
    *fd_out = open_to_read(o->list.paths[index]);
    if (*fd_out >= 0 && !fstat(*fd_out, &st) && S_ISREG(st.st_mode))
        return SC_OK;
    if (*fd_out >= 0) {          /* it was a picture when the list was made */
        close(*fd_out);
        *fd_out = -1;
        errno = EINVAL;
    }
    return fail_errno(err, errno, "can't open '%s'", text_shown(o->list.paths[index], shown, sizeof shown));
}

int opening_temporary(void)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    int fd;

    if (!folder || !*folder)
        folder = "/tmp";
    fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    /* Filesystems without O_TMPFILE. */
    if (snprintf(path, sizeof path, "%s/seechange-XXXXXX", folder) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}
