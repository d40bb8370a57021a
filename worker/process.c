/* Finding, starting and ending the worker's process. */
#include "worker/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/environment.h"
#include "worker/protocol.h"

#ifndef SC_LIBEXECDIR
#define SC_LIBEXECDIR "/usr/local/libexec"
#endif

#define MAX_WORDS 4096       /* of what it says on standard error */

extern char **environ;

static char *beside_this_program(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "seechange-worker");
    char *slash;

    if (n <= 0)
        return NULL;
    path[n] = 0;
    slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    strcpy(slash + 1, "seechange-worker");
    return access(path, X_OK) == 0 ? strdup(path) : NULL;
}

char *process_find_program(const char *named)
{
    const char *env = getenv("SEECHANGE_WORKER");
    char *path;

    if (named)
        return strdup(named);
    if (env && *env)
        return strdup(env);
    path = beside_this_program();
    return path ? path : strdup(SC_LIBEXECDIR "/seechange-worker");
}

/* A pair of ends out of the way of the standard descriptors, whichever of those are closed. */
static bool move_up(int ends[2])
{
    for (int i = 0; i < 2; i++) {
        int moved = fcntl(ends[i], F_DUPFD_CLOEXEC, PROTOCOL_FD + 1);

        if (moved < 0) {
            close(ends[0]);
            close(ends[1]);
            return false;
        }
        close(ends[i]);
        ends[i] = moved;
    }
    return true;
}

/* The sanitizers' reports are for whoever runs such a build; else nothing of the worker's reaches the terminal. */
static bool words_are_shown(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded && strstr(preloaded, "vgpreload");
#endif
}

static int arrange(posix_spawn_file_actions_t *actions, int theirs, int words)
{
    int e = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    e = e ? e : posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!words_are_shown())
        e = e ? e : posix_spawn_file_actions_adddup2(actions, words, STDERR_FILENO);
    return e ? e : posix_spawn_file_actions_adddup2(actions, theirs, PROTOCOL_FD);
}

static enum sc_status spawn(struct process *p, const char *program, int theirs, int words, bool live,
                            struct sc_error *err)
{
    char *const argv[] = { (char *)"seechange-worker", NULL };
    posix_spawn_file_actions_t actions;
    char **environment = environment_for_worker(environ, live);
    int e;

    if (!environment || posix_spawn_file_actions_init(&actions)) {
        free(environment);
        return fail_memory(err);
    }
    e = arrange(&actions, theirs, words);
    if (!e)
        e = posix_spawn(&p->pid, program, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    if (!e)
        return SC_OK;
    p->pid = 0;
    return fail(err, SC_ERR_WORKER, "can't start the worker '%s': %s; set SEECHANGE_WORKER to its path", program,
                strerror(e));
}

enum sc_status process_start(struct process *p, const char *program, bool live, struct sc_error *err)
{
    int pair[2], words[2];
    enum sc_status s;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) || !move_up(pair))
        return fail_errno(err, errno, "can't make a pipe for the worker");
    if (pipe2(words, O_CLOEXEC | O_NONBLOCK) || !move_up(words)) {
        s = fail_errno(err, errno, "can't make a pipe for the worker");
        close(pair[0]);
        close(pair[1]);
        return s;
    }
    s = spawn(p, program, pair[1], words[1], live, err);
    close(pair[1]);
    close(words[1]);
    p->fd = pair[0];
    p->words_fd = words[0];
    if (s) {
        close(p->fd);
        close(p->words_fd);
        *p = PROCESS_NONE;
    }
    return s;
}

int process_stop(struct process *p)
{
    int status = 0;

    if (!p->pid)
        return 0;
    close(p->fd);
    if (p->words_fd >= 0)
        close(p->words_fd);
    kill(p->pid, SIGKILL);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        ;
    *p = PROCESS_NONE;
    return status;
}

bool process_forbidden_call(const struct process *p, char out[32])
{
    static const char begin[] = "forbidden call: ";
    char words[MAX_WORDS + 1];
    ssize_t n = p->words_fd >= 0 ? read(p->words_fd, words, MAX_WORDS) : 0;
    const char *at;

    words[n > 0 ? n : 0] = 0;
    if (!(at = strstr(words, begin)))
        return false;
    at += sizeof begin - 1;
    snprintf(out, 32, "%.*s", (int)strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_"), at);
    return true;
}
