/* A folder in which files arrive: each is looked at when it is complete, which is when it was closed or moved there and has
 * then been left alone for a second. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/walk.h"
#include "api/watch.h"

#define ALONE_US 1000000
#define WAIT_MS 200
#define MOST_WAITING 4096

struct arrival {
    char *name;
    int64_t due_us;
};

struct folder {
    struct watch *w;
    const char *path;
    int fd;                      /* inotify's */
    struct arrival waiting[MOST_WAITING]; /* in the order in which they came */
    int n;
    int64_t last_us;             /* when anything came */
};

static void postpone(struct folder *f, const char *name)
{
    const int64_t due_us = watch_now_us() + ALONE_US;

    f->last_us = watch_now_us();
    for (int i = 0; i < f->n; i++)
        if (!strcmp(f->waiting[i].name, name)) {
            f->waiting[i].due_us = due_us;
            return;
        }
    if (f->n < MOST_WAITING && (f->waiting[f->n].name = strdup(name)))
        f->waiting[f->n++].due_us = due_us;
    else
        session_notice(f->w->session, "too much arrives in '%s' at once: '%s' is not looked at", f->w->shown, name);
}

/* False: the folder is gone. */
static bool take_note(struct folder *f, const struct inotify_event *e)
{
    if (e->mask & IN_Q_OVERFLOW)
        session_notice(f->w->session, "too much arrives in '%s' at once: some files may not be looked at", f->w->shown);
    else if (e->len && e->name[0] != '.' && !(e->mask & IN_ISDIR))
        postpone(f, e->name);
    return !(e->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT));
}

static enum sc_status listen_for(struct folder *f, struct sc_error *err)
{
    char events[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    struct pollfd p = { .fd = f->fd, .events = POLLIN };
    ssize_t n = poll(&p, 1, WAIT_MS) > 0 ? read(f->fd, events, sizeof events) : 0;

    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *e = (const struct inotify_event *)(const void *)(events + at);

        if (!take_note(f, e))
            return fail(err, SC_ERR_IO, "the folder '%s' is gone", f->w->shown);
        at += (ssize_t)(sizeof *e + e->len);
    }
    return SC_OK;
}

/* The next one that has been left alone; free() it. NULL: none. */
static char *take_due(struct folder *f)
{
    const int64_t now_us = watch_now_us();

    for (int i = 0; i < f->n; i++)
        if (f->waiting[i].due_us <= now_us || f->waiting[i].due_us > now_us + ALONE_US) {
            char *name = f->waiting[i].name;

            memmove(&f->waiting[i], &f->waiting[i + 1], (size_t)(--f->n - i) * sizeof *f->waiting);
            return name;
        }
    return NULL;
}

/* The file's date is when its last picture was written. */
static int64_t began_us(const char *path, const struct sc_changes *c, const struct sc_event *e)
{
    struct stat st;

    if (stat(path, &st))
        return watch_now_us();
    return (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000 - (c->last_us - e->start_us);
}

static enum sc_status tell_all(struct watch *w, const char *path, const struct sc_changes *c, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int fd = -1;

    for (int i = 0; i < c->n_events && !s; i++) {
        struct sc_watched told = { .path = path, .event = &c->events[i], .info = &c->source,
                                   .began_us = began_us(path, c, &c->events[i]) };

        s = watch_tell(w, &told, path, &fd, 0, err);
        watch_turn(w);
    }
    return s;
}

static enum sc_status look_at(struct watch *w, const char *path, struct sc_error *err)
{
    struct sc_source source = *w->source;
    struct sc_changes *c = NULL;
    struct sc_error why = { 0 };
    enum sc_status s;

    source.path = path;
    s = sc_changes(w->session, &source, &w->look, &c, &why);
    if (s == SC_ERR_CANCELLED || s == SC_ERR_NOMEM)
        return fail(err, s, "%s", why.text);
    if (s) {
        session_notice(w->session, "%s", why.text);
        return SC_OK;
    }
    s = tell_all(w, path, c, err);
    sc_changes_free(&c);
    return s;
}

static enum sc_status look_at_due(struct folder *f, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    char *name;

    while (!s && !watch_ends(f->w) && (name = take_due(f))) {
        char *path = NULL;

        if (asprintf(&path, "%s/%s", f->path, name) < 0)
            s = fail_memory(err);
        else if (walk_is_media(path))
            s = look_at(f->w, path, err);
        free(path);
        free(name);
        f->last_us = watch_now_us();
    }
    return s;
}

enum sc_status watch_folder(struct watch *w, struct sc_error *err)
{
    struct folder *f = calloc(1, sizeof *f);
    enum sc_status s = SC_OK;

    if (!f)
        return fail_memory(err);
    f->w = w;
    f->path = w->source->path;
    f->last_us = watch_now_us();
    f->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (f->fd < 0 || inotify_add_watch(f->fd, f->path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
                                                           IN_ONLYDIR) < 0)
        s = fail_errno(err, errno, "can't watch the folder '%s'", w->shown);
    while (!s && !watch_ends(w)) {
        s = listen_for(f, err);
        if (!s)
            s = look_at_due(f, err);
        watch_turn(w);
        if (w->settings.idle_us && !f->n && watch_now_us() - f->last_us > w->settings.idle_us)
            break;
    }
    for (int i = 0; i < f->n; i++)
        free(f->waiting[i].name);
    if (f->fd >= 0)
        close(f->fd);
    free(f);
    return s;
}
