/* Finding stills by folder, glob or printf pattern. */
#include "base/listing.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/magic.h"

#define HEAD_BYTES 64

/* A printf pattern taken apart: prefix, %0Nd, suffix. */
struct pattern {
    char *prefix, *suffix;   /* with %% made % */
    int width;               /* fewest digits */
};

static int compare_digits(const char **a, const char **b)
{
    const char *x = *a, *y = *b;
    size_t nx, ny;
    int order;

    while (*x == '0')
        x++;
    while (*y == '0')
        y++;
    nx = strspn(x, "0123456789");
    ny = strspn(y, "0123456789");
    *a = x + nx;
    *b = y + ny;
    order = nx < ny ? -1 : nx > ny ? 1 : memcmp(x, y, nx);
    return order;
}

int listing_compare(const char *a, const char *b)
{
    const char *x = a, *y = b;

    while (*x && *y) {
        if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
            int order = compare_digits(&x, &y);

            if (order)
                return order;
        } else if (*x != *y) {
            return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
        } else {
            x++;
            y++;
        }
    }
    if (*x || *y)
        return *x ? 1 : -1;
    return strcmp(a, b); /* 01 and 1: some fixed order */
}

static int by_name(const void *a, const void *b)
{
    return listing_compare(*(char *const *)a, *(char *const *)b);
}

static const char *find_conversion(const char *path, const char **end_out)
{
    for (const char *p = path; *p; p++) {
        const char *q = p + 1;

        if (*p != '%')
            continue;
        if (*q == '%') {
            p = q;
            continue;
        }
        q += strspn(q, "0123456789");
        if (*q == 'd' && q - p <= 4) {
            *end_out = q + 1;
            return p;
        }
    }
    return NULL;
}

bool listing_is_pattern(const char *path)
{
    const char *end;

    return strpbrk(path, "*?[") || find_conversion(path, &end);
}

/* A regular file that begins as a picture does. */
static bool is_picture_file(const char *path)
{
    uint8_t head[HEAD_BYTES];
    struct stat st;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return false;
    n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, head, sizeof head) : -1;
    close(fd);
    return n > 0 && magic_is_picture(head, n);
}

/* Takes path. */
static enum sc_status add(struct listing *n, char *path, struct sc_error *err)
{
    if (!path)
        return fail_memory(err);
    if (!is_picture_file(path)) {
        free(path);
        return SC_OK;
    }
    if (n->n == n->capacity) {
        int capacity = n->capacity ? 2 * n->capacity : 64;
        char **paths = n->n < LISTING_MAX ? realloc(n->paths, capacity * sizeof *paths) : NULL;

        if (!paths) {
            free(path);
            return n->n < LISTING_MAX ? fail_memory(err) : fail(err, SC_ERR_LIMIT, "more than %d pictures", LISTING_MAX);
        }
        n->paths = paths;
        n->capacity = capacity;
    }
    n->paths[n->n++] = path;
    return SC_OK;
}

static char *join(const char *folder, size_t folder_size, const char *name)
{
    size_t size = folder_size + strlen(name) + 2;
    char *out = malloc(size);

    if (out)
        snprintf(out, size, "%.*s%s%s", (int)folder_size, folder,
                 folder_size && folder[folder_size - 1] != '/' ? "/" : "", name);
    return out;
}

static bool fits(const struct pattern *p, const char *name)
{
    size_t prefix = strlen(p->prefix), suffix = strlen(p->suffix), size = strlen(name), digits;

    if (size <= prefix + suffix || strncmp(name, p->prefix, prefix) || strcmp(name + size - suffix, p->suffix))
        return false;
    digits = size - prefix - suffix;
    if (strspn(name + prefix, "0123456789") < digits)
        return false;
    return digits == (size_t)p->width || (digits > (size_t)p->width && name[prefix] != '0');
}

/* The visible files of a folder; only those that fit pattern, if there is one. */
static enum sc_status add_folder(struct listing *n, const char *folder, size_t folder_size, const struct pattern *pattern,
                                 const char *shown, const atomic_bool *cancel, struct sc_error *err)
{
    char *path = folder_size ? strndup(folder, folder_size) : strdup(".");
    DIR *dir = path ? opendir(path) : NULL;
    enum sc_status status = SC_OK;
    struct dirent *e;

    if (!path)
        return fail_memory(err);
    free(path);
    if (!dir)
        return fail_errno(err, errno, "can't open '%s'", shown);
    while (!status && (e = readdir(dir))) {
        if (cancel && atomic_load(cancel))
            status = fail(err, SC_ERR_CANCELLED, "cancelled");
        else if (pattern ? fits(pattern, e->d_name) : e->d_name[0] != '.')
            status = add(n, join(folder, folder_size, e->d_name), err);
    }
    closedir(dir);
    return status;
}

static char *unescape(const char *text, size_t size)
{
    char *out = malloc(size + 1), *to = out;

    if (!out)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        *to++ = text[i];
        if (text[i] == '%' && i + 1 < size && text[i + 1] == '%')
            i++;
    }
    *to = '\0';
    return out;
}

static enum sc_status add_pattern(struct listing *n, const char *path, const char *shown, const atomic_bool *cancel,
                                  struct sc_error *err)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *end = NULL;
    const char *begin = find_conversion(base, &end);
    struct pattern p = { 0 };
    enum sc_status status;

    if (!begin)
        return fail(err, SC_ERR_INVALID, "'%s': the number must be in the file's name, not in a folder's", shown);
    p.prefix = unescape(base, begin - base);
    p.suffix = unescape(end, strlen(end));
    p.width = atoi(begin + 1);
    if (p.width < 1)
        p.width = 1;
    if (p.prefix && p.suffix)
        status = add_folder(n, path, base - path, &p, shown, cancel, err);
    else
        status = fail_memory(err);
    free(p.prefix);
    free(p.suffix);
    return status;
}

static enum sc_status add_glob(struct listing *n, const char *path, struct sc_error *err)
{
    glob_t found = { 0 };
    enum sc_status status = SC_OK;
    int code = glob(path, GLOB_NOSORT, NULL, &found);

    if (code == GLOB_NOSPACE)
        status = fail_memory(err);
    for (size_t i = 0; code == 0 && !status && i < found.gl_pathc; i++)
        status = add(n, strdup(found.gl_pathv[i]), err);
    globfree(&found);
    return status;
}

enum sc_status listing_find(struct listing *out, const char *path, const char *shown, const atomic_bool *cancel,
                          struct sc_error *err)
{
    struct stat st;
    const char *end;
    enum sc_status status;
    bool folder = stat(path, &st) == 0;

    if (folder)
        status = add_folder(out, path, strlen(path), NULL, shown, cancel, err);
    else if (find_conversion(path, &end))
        status = add_pattern(out, path, shown, cancel, err);
    else
        status = add_glob(out, path, err);
    if (!status && out->n == 0)
        status = fail(err, SC_ERR_FORMAT, folder ? "no pictures in the folder '%s'" : "no pictures match '%s'", shown);
    if (!status)
        qsort(out->paths, out->n, sizeof *out->paths, by_name);
    return status;
}

void listing_dispose(struct listing *n)
{
    for (int i = 0; i < n->n; i++)
        free(n->paths[i]);
    free(n->paths);
    memset(n, 0, sizeof *n);
}
