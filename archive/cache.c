/* Files in one folder, by key. */
#include "archive/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ENDING ".kept"
#define UNFINISHED ".new-"
#define UNFINISHED_S 86400       /* what was left behind by a program that was killed a day ago */
#define FNV_OFFSET 14695981039346656037u /* FNV-1a, 64 bit */
#define FNV_PRIME 1099511628211u

struct cache_entry {
    FILE *file;
    char *dir, *path, *unfinished;
};

static uint64_t hash(const char *text, uint64_t h)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * FNV_PRIME;
    return h;
}

static char *path_of(const char *dir, const char *key)
{
    const uint64_t a = hash(key, FNV_OFFSET), b = hash(key, a);
    char *path = NULL;

    return asprintf(&path, "%s/%016llx%016llx" ENDING, dir, (unsigned long long)a, (unsigned long long)b) < 0 ? NULL
                                                                                                             : path;
}

FILE *cache_find(const char *dir, const char *key)
{
    char *path = path_of(dir, key);
    FILE *f = path ? fopen(path, "re") : NULL;

    if (f)
        (void)!futimens(fileno(f), NULL);
    free(path);
    return f;
}

/* Make the folder and those above it that are missing. */
static bool make_folder(const char *dir)
{
    char *path = strdup(dir), *slash;
    bool made;

    if (!path)
        return false;
    for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        (void)!mkdir(path, 0700);
        *slash = '/';
    }
    made = mkdir(path, 0700) == 0 || errno == EEXIST;
    free(path);
    return made;
}

struct cache_entry *cache_begin(const char *dir, const char *key)
{
    struct cache_entry *e = calloc(1, sizeof *e);
    int fd = -1;

    if (!e)
        return NULL;
    e->dir = strdup(dir);
    e->path = path_of(dir, key);
    if (e->dir && e->path && make_folder(dir) && asprintf(&e->unfinished, "%s/" UNFINISHED "XXXXXX", dir) >= 0)
        fd = mkostemp(e->unfinished, O_CLOEXEC);
    if (fd >= 0) {
        e->file = fdopen(fd, "w");
        if (!e->file)
            close(fd);
        else
            return e;
    }
    cache_drop(&e);
    return NULL;
}

FILE *cache_file(struct cache_entry *e)
{
    return e->file;
}

void cache_drop(struct cache_entry **e)
{
    if (!*e)
        return;
    if ((*e)->file) {
        fclose((*e)->file);
        unlink((*e)->unfinished);
    }
    free((*e)->dir);
    free((*e)->path);
    free((*e)->unfinished);
    free(*e);
    *e = NULL;
}

/* ---- the bound ---- */

struct found {
    char *name;
    struct timespec used;
    int64_t bytes;
};

static int by_use(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    if (x->used.tv_nsec != y->used.tv_nsec)
        return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
    return strcmp(x->name, y->name);
}

static bool ends_with(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);

    return n > m && !strcmp(name + n - m, ending);
}

static bool is_left_behind(const char *name, const struct stat *st)
{
    return !strncmp(name, UNFINISHED, strlen(UNFINISHED)) && st->st_mtime < time(NULL) - UNFINISHED_S;
}

/* Ours in the folder; what else is there is none of our business. */
static struct found *list(DIR *d, size_t *n_out)
{
    struct found *all = NULL;
    size_t n = 0, capacity = 0;
    struct dirent *entry;
    struct stat st;

    while ((entry = readdir(d))) {
        if (fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
            continue;
        if (is_left_behind(entry->d_name, &st))
            unlinkat(dirfd(d), entry->d_name, 0);
        if (!ends_with(entry->d_name, ENDING))
            continue;
        if (n == capacity) {
            struct found *more = realloc(all, (capacity = 2 * capacity + 64) * sizeof *all);

            if (!more)
                break;
            all = more;
        }
        if (!(all[n].name = strdup(entry->d_name)))
            break;
        all[n].used = st.st_mtim;
        all[n++].bytes = st.st_size;
    }
    *n_out = n;
    return all;
}

static void trim(const char *dir, int64_t max_bytes)
{
    DIR *d = opendir(dir);
    int64_t total = 0;
    struct found *all;
    size_t n, i;

    if (!d)
        return;
    all = list(d, &n);
    for (i = 0; i < n; i++)
        total += all[i].bytes;
    if (n)
        qsort(all, n, sizeof *all, by_use);
    for (i = 0; i < n && total > max_bytes; i++)
        if (!unlinkat(dirfd(d), all[i].name, 0))
            total -= all[i].bytes;
    for (i = 0; i < n; i++)
        free(all[i].name);
    free(all);
    closedir(d);
}

void cache_keep(struct cache_entry **e, int64_t max_bytes)
{
    struct cache_entry *kept = *e;
    const bool good = !ferror(kept->file) && !fflush(kept->file) && !rename(kept->unfinished, kept->path);

    if (good) {
        fclose(kept->file);
        kept->file = NULL;
        trim(kept->dir, max_bytes);
    }
    cache_drop(e);
}
