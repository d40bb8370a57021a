/* Where a catalogue is, or would be. */
#include "archive/place.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The folder itself, or that of the file, without links. free() it. */
static char *folder_of(const char *near, struct sc_error *err)
{
    char *path = realpath(near ? near : ".", NULL), *slash;
    struct stat st;

    if (!path) {
        fail_errno(err, errno, "can't open '%s'", near ? near : ".");
        return NULL;
    }
    if (!stat(path, &st) && !S_ISDIR(st.st_mode) && (slash = strrchr(path, '/')))
        slash[slash == path] = '\0';
    return path;
}

/* A catalogue tells us what to believe, so none from a stranger in a place like /tmp. */
static bool is_trusted(const char *folder, const struct stat *file)
{
    struct stat st;

    return file->st_uid == geteuid() || file->st_uid == 0 || (!stat(folder, &st) && !(st.st_mode & S_IWOTH));
}

static bool is_there(const char *folder, char **out, struct sc_error *err)
{
    struct stat st;

    if (asprintf(out, "%s/" CATALOG_NAME, strcmp(folder, "/") != 0 ? folder : "") < 0) {
        *out = NULL;
        fail_memory(err);
        return true;
    }
    if (!stat(*out, &st) && S_ISREG(st.st_mode) && is_trusted(folder, &st))
        return true;
    free(*out);
    *out = NULL;
    return false;
}

/* In the folder or above it. */
static bool find_above(const char *folder, char **out, struct sc_error *err)
{
    char path[PATH_MAX];
    char *slash;

    snprintf(path, sizeof path, "%s", folder);
    while (!is_there(path, out, err)) {
        slash = strrchr(path, '/');
        if (!slash || !path[1])
            return false;
        slash[slash == path] = '\0';
    }
    return true;
}

/* Of the person, for archives that can't be written to. */
static char *data_folder(void)
{
    const char *base = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char *folder = NULL;

    if (base && *base == '/')
        return asprintf(&folder, "%s/seechange", base) < 0 ? NULL : folder;
    if (home && *home == '/')
        return asprintf(&folder, "%s/.local/share/seechange", home) < 0 ? NULL : folder;
    return NULL;
}

static void make_folders(const char *folder)
{
    char path[PATH_MAX];
    char *slash;

    snprintf(path, sizeof path, "%s", folder);
    for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)!mkdir(path, 0700);
        *slash = '/';
    }
    (void)!mkdir(path, 0700);
}

/* Where it would be made. */
static enum sc_status new_place(const char *folder, const char *data, char **out, struct sc_error *err)
{
    if (access(folder, W_OK)) {
        if (!data)
            return fail(err, SC_ERR_IO, "'%s' can't be written to, and there is no home for a catalogue; name one with "
                                        "--catalog", folder);
        make_folders(data);
        folder = data;
    }
    return asprintf(out, "%s/" CATALOG_NAME, strcmp(folder, "/") != 0 ? folder : "") < 0 ? fail_memory(err) : SC_OK;
}

enum sc_status place_find(const char *near, bool create, char **out, struct sc_error *err)
{
    char *folder = folder_of(near, err), *data = data_folder();
    enum sc_status s = SC_OK;

    *out = NULL;
    if (!folder)
        s = SC_ERR_IO;
    else if (find_above(folder, out, err))
        s = *out ? SC_OK : SC_ERR_NOMEM;
    else if (create)
        s = new_place(folder, data, out, err);
    else if (!data || !is_there(data, out, err))
        s = fail(err, SC_ERR_IO, "no catalogue in '%s' or above it: 'seechange caption PATH' makes one, --catalog FILE "
                                 "names another", folder);
    free(folder);
    free(data);
    return s;
}

bool place_is_remote(const char *path)
{
    /* From linux/magic.h and the file systems' own sources: nfs, smb, smb2, cifs, fuse (sshfs), afs, ceph, 9p, lustre,
     * gpfs, gfs2, ocfs2, beegfs, vboxsf. */
    static const unsigned remote[] = {
        0x6969, 0x517B, 0xFE534D42, 0xFF534D42, 0x65735546, 0x5346414F, 0x00C36400, 0x01021997, 0x0BD00BD0, 0x47504653,
        0x01161970, 0x7461636F, 0x19830326, 0x786F4256,
    };
    char folder[PATH_MAX];
    struct statfs fs;
    char *slash;
    size_t i;

    snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    if (statfs(slash ? folder : ".", &fs))
        return false;
    for (i = 0; i < sizeof remote / sizeof *remote; i++)
        if ((unsigned)fs.f_type == remote[i])
            return true;
    return false;
}
