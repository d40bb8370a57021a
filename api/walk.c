/* Videos and stills below a path. */
#include "api/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- what is media ---- */

struct magic {
    int at, size;
    const char *bytes;
};

/* From the formats' own specifications. */
static const struct magic magics[] = {
    { 4, 4, "ftyp" }, { 4, 4, "moov" }, { 4, 4, "mdat" }, { 4, 4, "wide" }, { 4, 4, "free" }, { 4, 4, "skip" },
    { 0, 4, "\x1A\x45\xDF\xA3" },                            /* Matroska, WebM */
    { 8, 4, "AVI " }, { 8, 4, "WEBP" }, { 0, 4, "FLV\1" }, { 0, 4, ".RMF" }, { 0, 4, "DKIF" }, { 0, 9, "YUV4MPEG2" },
    { 0, 4, "\x30\x26\xB2\x75" },                            /* ASF */
    { 0, 4, "\0\0\1\xBA" }, { 0, 4, "\0\0\1\xB3" },          /* MPEG program stream, MPEG video */
    { 0, 4, "\0\0\0\1" }, { 0, 4, "\0\0\1\x67" }, { 0, 4, "\0\0\1\x09" }, /* H.264 and H.265 as they are */
    { 0, 4, "\x06\x0E\x2B\x34" }, { 0, 4, "nut/" }, { 0, 4, "\x1F\x07\0\0" }, /* MXF, NUT, DV */
    { 0, 3, "\xFF\xD8\xFF" }, { 0, 8, "\x89PNG\r\n\x1A\n" }, { 0, 4, "GIF8" }, { 0, 4, "II*\0" }, { 0, 4, "MM\0*" },
    { 0, 4, "\0\0\0\x0C" }, { 0, 2, "\xFF\x0A" }, { 0, 4, "qoif" }, /* JPEG 2000, JPEG XL, QOI */
};

static const char *const endings[] = {
    "3g2", "3gp", "asf", "avi", "avif", "bmp", "divx", "dv", "f4v", "flv", "gif", "heic", "heif", "ivf", "jpeg", "jpg", "jxl",
    "m1v", "m2ts", "m2v", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "nut", "ogv", "pgm", "png", "ppm", "qt",
    "tif", "tiff", "ts", "vob", "webm", "webp", "wmv", "y4m",
};

static bool is_named_so(const char *path)
{
    const char *name = strrchr(path, '/'), *dot = strrchr(name ? name : path, '.');
    size_t i;

    for (i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (!strcasecmp(dot + 1, endings[i]))
            return true;
    return false;
}

static bool has_bytes(const uint8_t *head, size_t n, const struct magic *m)
{
    return n >= (size_t)(m->at + m->size) && !memcmp(head + m->at, m->bytes, (size_t)m->size);
}

/* MP4 with sound alone says so; Ogg names its codecs at the head; MPEG transport streams repeat a byte. */
static bool begins_so(const uint8_t *head, size_t n)
{
    static const struct magic sound[] = { { 4, 7, "ftypM4A" }, { 4, 7, "ftypM4B" } };
    size_t i;

    for (i = 0; i < sizeof sound / sizeof *sound; i++)
        if (has_bytes(head, n, &sound[i]))
            return false;
    for (i = 0; i < sizeof magics / sizeof *magics; i++)
        if (has_bytes(head, n, &magics[i]))
            return true;
    if (n > 4 && !memcmp(head, "OggS", 4))
        return memmem(head, n, "theora", 6) || memmem(head, n, "OVP80", 5) || memmem(head, n, "BBCD", 4);
    return (n > 376 && head[0] == 0x47 && head[188] == 0x47 && head[376] == 0x47) ||
           (n > 388 && head[4] == 0x47 && head[196] == 0x47 && head[388] == 0x47);
}

bool walk_is_media(const char *path)
{
    uint8_t head[1024];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n;

    if (is_named_so(path)) {
        if (fd >= 0)
            close(fd);
        return true;
    }
    if (fd < 0)
        return false;
    n = read(fd, head, sizeof head);
    close(fd);
    return n > 0 && begins_so(head, (size_t)n);
}

/* ---- where ---- */

static bool matches(const char *patterns, const char *below)
{
    const char *name = strrchr(below, '/');
    char pattern[1024];

    name = name ? name + 1 : below;
    while (*patterns) {
        const size_t size = strcspn(patterns, ",");

        snprintf(pattern, sizeof pattern, "%.*s", (int)size, patterns);
        if (!fnmatch(pattern, strchr(pattern, '/') ? below : name, 0))
            return true;
        patterns += size + (patterns[size] == ',');
    }
    return false;
}

static bool is_wanted(const struct walk *w, const char *below)
{
    return (!w->include || matches(w->include, below)) && !(w->exclude && matches(w->exclude, below));
}

static enum sc_status enter(const struct walk *w, const char *path, size_t root, int depth, struct sc_error *err);

static enum sc_status visit(const struct walk *w, const char *path, size_t root, int depth, struct sc_error *err)
{
    const char *below = path + root + (path[root] == '/');
    struct identity file;
    struct stat st;

    if (w->cancel && atomic_load(w->cancel))
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    if (lstat(path, &st))
        return SC_OK;            /* gone meanwhile */
    if (S_ISDIR(st.st_mode))
        return w->exclude && *below && matches(w->exclude, below) ? SC_OK : enter(w, path, root, depth + 1, err);
    if (!S_ISREG(st.st_mode) || !is_wanted(w, below))
        return SC_OK;
    identity_of_stat(&st, &file);
    return w->on_file(w->user, path, below, &file, err);
}

static int passes(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void notice(const struct walk *w, const char *path, const char *why)
{
    char *text = NULL;

    if (w->on_notice && asprintf(&text, "'%s' is passed over: %s", path, why) >= 0) {
        w->on_notice(w->user, text);
        free(text);
    }
}

static enum sc_status enter(const struct walk *w, const char *path, size_t root, int depth, struct sc_error *err)
{
    struct dirent **entries;
    enum sc_status s = SC_OK;
    int n, i;

    if (depth > WALK_MAX_DEPTH) {
        notice(w, path, "too many folders in folders");
        return SC_OK;
    }
    n = scandir(path, &entries, passes, by_bytes);
    if (n < 0) {
        if (errno == ENOMEM)
            return fail_memory(err);
        notice(w, path, strerror(errno));
        return SC_OK;
    }
    for (i = 0; i < n; i++) {
        char *inner = NULL;

        if (!s && asprintf(&inner, "%s/%s", path[1] ? path : "", entries[i]->d_name) < 0)
            s = fail_memory(err);
        else if (!s)
            s = visit(w, inner, root, depth, err);
        free(inner);
        free(entries[i]);
    }
    free(entries);
    return s;
}

enum sc_status walk(const struct walk *w, const char *path, struct sc_error *err)
{
    char *real = realpath(path, NULL), *slash;
    struct identity file;
    struct stat st;
    enum sc_status s;

    if (!real || stat(real, &st))
        s = fail_errno(err, errno, "can't open '%s'", path);
    else if (S_ISDIR(st.st_mode))
        s = enter(w, real, strlen(real), 0, err);
    else if (!S_ISREG(st.st_mode))
        s = fail(err, SC_ERR_INVALID, "'%s' is neither a file nor a folder", path);
    else {
        identity_of_stat(&st, &file);
        slash = strrchr(real, '/');
        s = w->on_file(w->user, real, slash + 1, &file, err);
    }
    free(real);
    return s;
}
