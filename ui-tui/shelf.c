/* One file for each picture: a line with its size, then the pixels. */
#include "ui-tui/shelf.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_SIDE 4096
#define STALE_S 3600             /* half-written files older than this belong to nobody */

char *shelf_open(void)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *path = NULL;
    char *at;

    if (base && *base == '/') {
        if (asprintf(&path, "%s/seechange/pictures", base) < 0)
            return NULL;
    } else if (!home || *home != '/' || asprintf(&path, "%s/.cache/seechange/pictures", home) < 0) {
        return NULL;
    }
    for (at = path + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(path, 0700);
        *at = '/';
    }
    mkdir(path, 0700);
    return path;
}

bool shelf_get(const char *dir, const char *key, struct sc_pixels *out)
{
    char path[4096];
    FILE *f;
    size_t size;
    bool good = false;

    *out = (struct sc_pixels){ 0 };
    if (!dir || snprintf(path, sizeof path, "%s/%s", dir, key) >= (int)sizeof path || !(f = fopen(path, "re")))
        return false;
    if (fscanf(f, "seechange 1 %d %d", &out->width, &out->height) == 2 && fgetc(f) == '\n' && out->width > 0 &&
        out->height > 0 && out->width <= MAX_SIDE && out->height <= MAX_SIDE) {
        size = 3 * (size_t)out->width * (size_t)out->height;
        out->rgb = malloc(size);
        good = out->rgb && fread(out->rgb, 1, size, f) == size && fgetc(f) == EOF;
    }
    if (good)
        futimens(fileno(f), NULL);   /* the oldest is what was not used for longest */
    fclose(f);
    if (!good) {
        free(out->rgb);
        out->rgb = NULL;
    }
    return good;
}

void shelf_put(const char *dir, const char *key, const struct sc_pixels *pixels)
{
    const size_t size = 3 * (size_t)pixels->width * (size_t)pixels->height;
    char path[4096], part[4096];
    FILE *f;
    int fd;
    bool good;

    if (!dir || snprintf(path, sizeof path, "%s/%s", dir, key) >= (int)sizeof path ||
        snprintf(part, sizeof part, "%s/.new-XXXXXX", dir) >= (int)sizeof part || (fd = mkostemp(part, O_CLOEXEC)) < 0)
        return;
    f = fdopen(fd, "w");
    if (!f) {
        close(fd);
        unlink(part);
        return;
    }
    fprintf(f, "seechange 1 %d %d\n", pixels->width, pixels->height);
    good = fwrite(pixels->rgb, 1, size, f) == size;
    if (fclose(f) || !good || rename(part, path))
        unlink(part);
}

struct kept {
    char name[64];
    int64_t size;
    struct timespec used;
};

static int by_use(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    return x->used.tv_nsec < y->used.tv_nsec ? -1 : x->used.tv_nsec > y->used.tv_nsec;
}

static int list(DIR *d, struct kept **out)
{
    const time_t now = time(NULL);
    struct dirent *entry;
    int n = 0, room = 0;

    while ((entry = readdir(d))) {
        struct kept *more;
        struct stat st;

        if (strlen(entry->d_name) >= sizeof more->name || fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
            !S_ISREG(st.st_mode))
            continue;
        if (entry->d_name[0] == '.') {
            if (st.st_mtime + STALE_S < now)
                unlinkat(dirfd(d), entry->d_name, 0);
            continue;
        }
        if (n == room) {
            room = room ? 2 * room : 256;
            if (!(more = realloc(*out, (size_t)room * sizeof *more)))
                break;
            *out = more;
        }
        strcpy((*out)[n].name, entry->d_name);
        (*out)[n].size = st.st_size;
        (*out)[n++].used = st.st_mtim;
    }
    return n;
}

void shelf_clean(const char *dir, int64_t max_bytes)
{
    DIR *d = dir ? opendir(dir) : NULL;
    struct kept *files = NULL;
    int64_t total = 0;
    int i, n;

    if (!d)
        return;
    n = list(d, &files);
    for (i = 0; i < n; i++)
        total += files[i].size;
    if (n)
        qsort(files, (size_t)n, sizeof *files, by_use);
    for (i = 0; i < n && total > max_bytes; i++)
        if (!unlinkat(dirfd(d), files[i].name, 0))
            total -= files[i].size;
    free(files);
    closedir(d);
}
