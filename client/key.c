/* Keys of services. */
#include "client/key.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MAX_FILE_BYTES 65536
#define POLL_MS 100
#define BLANKS " \t\r\n"

extern char **environ;

struct key {
    size_t size;             /* of the pages */
    char text[];
};

/* ---- memory ---- */

static struct key *make(size_t size, struct sc_error *err)
{
    struct key *k = mmap(NULL, sizeof *k + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (k == MAP_FAILED) {
        (void)fail_memory(err);
        return NULL;
    }
    k->size = sizeof *k + size;
    madvise(k, k->size, MADV_DONTDUMP);
    mlock(k, k->size);
    return k;
}

void key_close(struct key **k)
{
    size_t size;

    if (!*k)
        return;
    size = (*k)->size;
    explicit_bzero(*k, size);
    munmap(*k, size);
    *k = NULL;
}

const char *key_text(const struct key *k)
{
    return k ? k->text : NULL;
}

static enum sc_status too_long(const char *name, struct sc_error *err)
{
    return fail(err, SC_ERR_INVALID, "the key of service '%s' is longer than %d characters", name, KEY_MAX_BYTES);
}

/* text without blanks around it; *out stays NULL if nothing is left. */
static enum sc_status keep(const char *name, const char *text, size_t size, struct key **out, struct sc_error *err)
{
    while (size && strchr(BLANKS, text[size - 1]))
        size--;
    while (size && strchr(BLANKS, *text)) {
        text++;
        size--;
    }
    if (size > KEY_MAX_BYTES)
        return too_long(name, err);
    if (!size)
        return SC_OK;
    if (!(*out = make(size + 1, err)))
        return SC_ERR_NOMEM;
    memcpy((*out)->text, text, size);
    return SC_OK;
}

/* ---- the environment ---- */

static const char *variable(const char *name)
{
    const char *value = name ? getenv(name) : NULL;

    return value && *value ? value : NULL;
}

static enum sc_status from_environment(const struct service *s, struct key **out, struct sc_error *err)
{
    const char *key = variable(s->key_variable), *id, *secret, *token;

    if (key)
        return keep(s->name, key, strlen(key), out, err);
    id = variable("AWS_ACCESS_KEY_ID");
    secret = variable("AWS_SECRET_ACCESS_KEY");
    token = variable("AWS_SESSION_TOKEN");
    if (!s->sign || !id || !secret)
        return SC_OK;
    if (strlen(id) + strlen(secret) + (token ? strlen(token) : 0) + 2 > KEY_MAX_BYTES)
        return too_long(s->name, err);
    if (!(*out = make(KEY_MAX_BYTES + 1, err)))
        return SC_ERR_NOMEM;
    snprintf((*out)->text, KEY_MAX_BYTES + 1, "%s:%s%s%s", id, secret, token ? ":" : "", token ? token : "");
    return SC_OK;
}

/* ---- the file ---- */

/* Only its owner may be able to read it. *fd -1: there is none. */
static enum sc_status open_file(const char *path, int *fd, struct sc_error *err)
{
    struct stat st;

    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? SC_OK : fail_errno(err, errno, "can't read '%s'", path);
    if (fstat(*fd, &st))
        return fail_errno(err, errno, "can't read '%s'", path);
    if (!S_ISREG(st.st_mode))
        return fail(err, SC_ERR_INVALID, "'%s' is no file", path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return fail(err, SC_ERR_INVALID, "others can read the keys in '%s': chmod 600 it", path);
    if (st.st_size >= MAX_FILE_BYTES)
        return fail(err, SC_ERR_INVALID, "'%s' has more than %d bytes", path, MAX_FILE_BYTES);
    return SC_OK;
}

static enum sc_status find_line(const char *path, const char *text, const char *name, struct key **out,
                                struct sc_error *err)
{
    size_t n, size = strlen(name);
    int number = 1;

    for (; *text; text += n + (text[n] == '\n'), number++) {
        const char *equals;

        n = strcspn(text, "\n");
        equals = memchr(text, '=', n);
        if (*text == '#' || strspn(text, BLANKS) >= n)
            continue;
        if (!equals || equals == text)
            return fail(err, SC_ERR_INVALID, "'%s' line %d: write it as SERVICE = KEY", path, number);
        if (!strncmp(text, name, size) && strspn(text + size, " \t") == (size_t)(equals - text) - size)
            return keep(name, equals + 1, n - (size_t)(equals + 1 - text), out, err);
    }
    return SC_OK;
}

static enum sc_status from_file(const struct service *s, const char *path, struct key **out, struct sc_error *err)
{
    struct key *text = NULL;
    size_t used = 0;
    ssize_t n = 1;
    int fd;
    enum sc_status status = open_file(path, &fd, err);

    if (!status && fd >= 0 && !(text = make(MAX_FILE_BYTES + 1, err)))
        status = SC_ERR_NOMEM;
    while (!status && text && used < MAX_FILE_BYTES && n > 0) {
        n = read(fd, text->text + used, MAX_FILE_BYTES - used);
        used += n > 0 ? (size_t)n : 0;
    }
    if (!status && n < 0)
        status = fail_errno(err, errno, "can't read '%s'", path);
    if (!status && text)
        status = find_line(path, text->text, s->name, out, err);
    key_close(&text);
    if (fd >= 0)
        close(fd);
    return status;
}

/* ---- the command ---- */

static enum sc_status start(const char *command, int *from, pid_t *pid, struct sc_error *err)
{
    char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
    posix_spawn_file_actions_t actions;
    int ends[2], e;

    if (pipe2(ends, O_CLOEXEC))
        return fail_errno(err, errno, "can't run '%s'", command);
    e = posix_spawn_file_actions_init(&actions);
    if (!e) {
        e = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        e = e ? e : posix_spawn(pid, "/bin/sh", &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (e) {
        close(ends[0]);
        return fail_errno(err, e, "can't run '%s'", command);
    }
    *from = ends[0];
    return SC_OK;
}

/* What it prints, up to the room; the person may be asked for a password meanwhile. */
static enum sc_status collect(int from, struct key *text, size_t room, const atomic_bool *cancel, struct sc_error *err)
{
    struct pollfd ready = { from, POLLIN, 0 };
    size_t used = 0;
    ssize_t n = 1;

    while (n > 0 && used < room) {
        if (cancel && atomic_load(cancel))
            return fail(err, SC_ERR_CANCELLED, "cancelled");
        if (poll(&ready, 1, POLL_MS) <= 0)
            continue;
        n = read(from, text->text + used, room - used);
        used += n > 0 ? (size_t)n : 0;
    }
    return SC_OK;
}

static enum sc_status from_command(const struct service *s, const atomic_bool *cancel, struct key **out,
                                   struct sc_error *err)
{
    struct key *text = make(KEY_MAX_BYTES + 3, err);
    int from = -1, how = 0;
    pid_t pid = 0;
    enum sc_status status = text ? start(s->key_command, &from, &pid, err) : SC_ERR_NOMEM;

    if (!status) {
        status = collect(from, text, KEY_MAX_BYTES + 2, cancel, err);
        close(from);
        if (status)
            kill(pid, SIGTERM);
        while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
            continue;
    }
    if (!status && (!WIFEXITED(how) || WEXITSTATUS(how)))
        status = fail(err, SC_ERR_IO, "service '%s': the key_command '%.200s' failed", s->name, s->key_command);
    if (!status)
        status = keep(s->name, text->text, strcspn(text->text, "\n"), out, err);
    if (!status && !*out)
        status = fail(err, SC_ERR_IO, "service '%s': the key_command '%.200s' printed nothing", s->name,
                      s->key_command);
    key_close(&text);
    return status;
}

static enum sc_status from_places(const struct service *service, const char *file, struct key **out,
                                  struct sc_error *err)
{
    enum sc_status s = from_environment(service, out, err);

    return s || *out || !file ? s : from_file(service, file, out, err);
}

enum sc_status key_find(const struct service *service, const char *file, const atomic_bool *cancel, struct key **out,
                        struct sc_error *err)
{
    enum sc_status s;

    *out = NULL;
    s = from_places(service, file, out, err);
    return s || *out || !service->key_command ? s : from_command(service, cancel, out, err);
}

enum sc_status key_exists(const struct service *service, const char *file, bool *out, struct sc_error *err)
{
    struct key *key = NULL;
    enum sc_status s = from_places(service, file, &key, err);

    *out = key || service->key_command;
    key_close(&key);
    return s;
}
