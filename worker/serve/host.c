/* decode/'s host in the worker: the parent is asked for every descriptor, and hears that work goes on. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "worker/serve/serve.h"

#define ALIVE_MS 500

static enum sc_status refused(struct unpacker *u, int *errno_out, struct sc_error *err)
{
    int32_t code = unpack_i32(u), value = unpack_i32(u);
    char *text = unpack_text(u, sizeof err->text);
    enum sc_status s;

    if (code >= 0 || code < SC_ERR_WORKER)
        code = SC_ERR_WORKER;
    *errno_out = value > 0 ? value : EIO;
    s = fail(err, (enum sc_status)code, "%s", text ? text : "refused");
    free(text);
    return s;
}

/* The answer's path in *path_out (NULL: not wanted), its descriptor in *fd_out, -1 where there is none. */
static enum sc_status read_answer(struct server *s, enum opening_kind *kind_out, uint32_t *n_out, char **path_out,
                                  int *fd_out, int *errno_out, struct sc_error *err)
{
    struct unpacker u = { 0 };
    enum message type;
    uint8_t kind;
    char *path;
    enum sc_status status = protocol_read(s->fd, &type, &s->answer, fd_out, NULL, NULL, err);

    if (status)
        return status;
    u.data = s->answer.data;
    u.size = s->answer.size;
    if (type == MSG_REFUSED)
        return refused(&u, errno_out, err);
    kind = unpack_u8(&u);
    *n_out = unpack_u32(&u);
    path = unpack_text(&u, PROTOCOL_MAX_PATH);
    *kind_out = (enum opening_kind)kind;
    if (path_out)
        *path_out = path;
    else
        free(path);
    if (type != MSG_GIVEN || u.failed || kind >= OPENING_N_KINDS || *n_out > LISTING_MAX ||
        (kind == OPENING_FILE) != (*fd_out >= 0))
        return fail(err, SC_ERR_WORKER, "malformed answer of the parent");
    return SC_OK;
}

static enum sc_status ask(struct server *s, enum message type, const struct buffer *question,
                          enum opening_kind *kind_out, uint32_t *n_out, char **path_out, int *fd_out, int *errno_out,
                          struct sc_error *err)
{
    enum sc_status status;

    *fd_out = -1;
    *errno_out = EIO;
    pthread_mutex_lock(&s->lock);
    status = protocol_write(s->fd, type, question, -1, NULL, err);
    if (!status)
        status = read_answer(s, kind_out, n_out, path_out, fd_out, errno_out, err);
    pthread_mutex_unlock(&s->lock);
    if (status && *fd_out >= 0) {
        close(*fd_out);
        *fd_out = -1;
    }
    return status;
}

static enum sc_status ask_path(void *user, const char *path, const atomic_bool *cancel, struct given *out,
                               struct sc_error *err)
{
    struct buffer question = { 0 };
    struct packer p = { .out = &question, .err = err };
    uint32_t n = 0;
    int errno_value;
    enum sc_status status;

    (void)cancel;
    *out = (struct given){ .opening.fd = -1 };
    pack_text(&p, path);
    status = p.status ? p.status : ask(user, MSG_WANT_PATH, &question, &out->opening.kind, &n, NULL, &out->opening.fd,
                                       &errno_value, err);
    out->n = (int)n;
    buffer_dispose(&question);
    return status;
}

static enum sc_status ask_entry(void *user, const char *path, const struct given *list, int index, int *fd_out,
                                char **path_out, struct sc_error *err)
{
    struct buffer question = { 0 };
    struct packer p = { .out = &question, .err = err };
    enum opening_kind kind;
    uint32_t n;
    int errno_value;
    enum sc_status status;

    (void)list;
    *path_out = NULL;
    *fd_out = -1;
    pack_text(&p, path);
    pack_u32(&p, (uint32_t)index);
    status = p.status ? p.status : ask(user, MSG_WANT_ENTRY, &question, &kind, &n, path_out, fd_out, &errno_value, err);
    buffer_dispose(&question);
    if (!status && (!*path_out || *fd_out < 0))
        status = fail(err, SC_ERR_WORKER, "malformed answer of the parent");
    if (status) {
        free(*path_out);
        *path_out = NULL;
    }
    return status;
}

static int ask_file(void *user)
{
    enum opening_kind kind;
    uint32_t n;
    int fd, errno_value;
    struct sc_error err = { 0 };

    if (ask(user, MSG_WANT_FILE, NULL, &kind, &n, NULL, &fd, &errno_value, &err)) {
        errno = errno_value;
        return -1;
    }
    return fd;
}

static void tell_alive(void *user, int64_t time_us)
{
    struct server *s = user;
    struct buffer payload = { 0 };
    struct packer p = { .out = &payload };
    struct timespec t;
    long long ms;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    ms = (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    if (ms - atomic_load_explicit(&s->said_ms, memory_order_relaxed) < ALIVE_MS)
        return;
    atomic_store_explicit(&s->said_ms, ms, memory_order_relaxed);
    pack_i64(&p, time_us);
    pthread_mutex_lock(&s->lock);
    if (!p.status && protocol_write(s->fd, MSG_ALIVE, &payload, -1, NULL, NULL))
        _exit(1);                /* nobody is there any more */
    pthread_mutex_unlock(&s->lock);
    buffer_dispose(&payload);
}

void serve_host_init(struct server *s)
{
    s->host = (struct host){ ask_path, ask_entry, ask_file, tell_alive, s };
}
