/* Starting a player. */
#include "ui-tui/outside.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_installed(const char *name)
{
    const char *path = getenv("PATH");
    char file[4096];

    while (path && *path) {
        const size_t n = strcspn(path, ":");

        if (n && n + strlen(name) + 2 < sizeof file) {
            snprintf(file, sizeof file, "%.*s/%s", (int)n, path, name);
            if (!access(file, X_OK))
                return true;
        }
        path += n + (path[n] == ':');
    }
    return false;
}

/* In the child: a group of its own, nothing of our terminal. */
static void become(char *const argv[])
{
    const int null = open("/dev/null", O_RDWR);
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        _exit(127);
    if (fork())
        _exit(0);                /* init takes care of it */
    execvp(argv[0], argv);
    _exit(127);
}

const char *outside_play(const char *path, int64_t time_us)
{
    char start[64], file[4096];
    char *mpv[] = { "mpv", start, "--", file, NULL };
    char *ffplay[] = { "ffplay", "-loglevel", "quiet", "-ss", start, "-i", file, NULL };
    char **argv = is_installed("mpv") ? mpv : is_installed("ffplay") ? ffplay : NULL;
    pid_t child;

    if (!argv || strlen(path) + 3 > sizeof file)
        return NULL;
    snprintf(start, sizeof start, argv == mpv ? "--start=%.3f" : "%.3f", (double)time_us / 1e6);
    snprintf(file, sizeof file, "%s%s", path[0] == '-' ? "./" : "", path);
    child = fork();
    if (child == 0)
        become(argv);
    if (child < 0 || waitpid(child, NULL, 0) < 0)
        return NULL;
    return argv[0];
}
