/* Commands of the person's: at most so many at a time, the others wait. */
#include "ui-cli/hook.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_RUNNING 4
#define MOST_WAITING 64
#define VARIABLES 16
#define STEP_MS 20

extern char **environ;

struct job {
    char *variables[VARIABLES]; /* "SEECHANGE_KIND=appear" */
    int n;
    char *json;
};

struct hook {
    struct ui *ui;
    const char *command;
    pid_t running[MOST_RUNNING]; /* 0: none */
    struct job waiting[MOST_WAITING];
    int n;
};

struct hook *hook_new(struct ui *ui, const char *command)
{
    struct hook *h = calloc(1, sizeof *h);

    if (h) {
        h->ui = ui;
        h->command = command;
    }
    return h;
}

static void set(struct job *job, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void set(struct job *job, const char *name, const char *format, ...)
{
    char *value = NULL, *both = NULL;
    va_list list;

    va_start(list, format);
    if (vasprintf(&value, format, list) < 0)
        value = NULL;
    va_end(list);
    if (value && asprintf(&both, "SEECHANGE_%s=%s", name, value) >= 0)
        job->variables[job->n++] = both;
    free(value);
}

static void describe(struct job *job, const struct sc_watched *w)
{
    const struct sc_event *e = w->event;

    set(job, "NUMBER", "%" PRId64, w->number);
    set(job, "SOURCE", "%s", w->source);
    set(job, "KIND", "%s", sc_kind_name(e->kind));
    set(job, "AT", "%.3f", (double)w->began_us / 1e6);
    set(job, "START", "%.3f", (double)e->start_us / 1e6);
    set(job, "END", "%.3f", (double)e->end_us / 1e6);
    set(job, "BOX", "%d,%d,%d,%d", e->box.x, e->box.y, e->box.w, e->box.h);
    set(job, "SHARE", "%.6f", e->share);
    set(job, "SCORE", "%.3f", e->score);
    set(job, "PATH", "%s", w->path ? w->path : "");
    set(job, "CLIP", "%s", w->clip ? w->clip : "");
    set(job, "ANSWER", "%s", w->answer && w->answer->text ? w->answer->text : "");
    set(job, "WHY_NOT", "%s", w->why_not ? w->why_not : "");
}

static void drop(struct job *job)
{
    for (int i = 0; i < job->n; i++)
        free(job->variables[i]);
    free(job->json);
    memset(job, 0, sizeof *job);
}

static bool is_ours(const char *variable)
{
    static const char *const names[] = { "NUMBER", "SOURCE", "KIND", "AT", "START", "END", "BOX", "SHARE", "SCORE", "PATH",
                                         "CLIP", "ANSWER", "WHY_NOT" };

    for (size_t i = 0; !strncmp(variable, "SEECHANGE_", 10) && i < sizeof names / sizeof *names; i++) {
        const size_t size = strlen(names[i]);

        if (!strncmp(variable + 10, names[i], size) && variable[10 + size] == '=')
            return true;
    }
    return false;
}

/* Ours, and what we have ourselves. free() it, not what is in it. */
static char **environment(const struct job *job)
{
    size_t n = 0, k = 0;
    char **all;

    while (environ[n])
        n++;
    if (!(all = calloc(n + (size_t)job->n + 1, sizeof *all)))
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!is_ours(environ[i]))
            all[k++] = environ[i];
    memcpy(all + k, job->variables, (size_t)job->n * sizeof *all);
    return all;
}

/* Its signals as a program expects them, and none of the terminal's: Ctrl-C ends the watching, not what was begun. */
static int spawn(const struct hook *h, const struct job *job, int input, pid_t *pid)
{
    char *argv[] = { (char *)"sh", (char *)"-c", (char *)h->command, NULL };
    char **all = environment(job);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int code;

    if (!all)
        return ENOMEM;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    code = posix_spawn(pid, "/bin/sh", &files, &attributes, argv, all);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    free(all);
    return code;
}

static void start(struct hook *h, struct job *job, pid_t *pid)
{
    FILE *input = tmpfile();
    int code = input && fputs(job->json, input) >= 0 && !fflush(input) ? 0 : errno;

    *pid = 0;
    if (!code) {
        rewind(input);
        code = spawn(h, job, fileno(input), pid);
    }
    if (code)
        ui_error("can't run the command of --on-event: %s", strerror(code));
    if (input)
        fclose(input);
    drop(job);
}

/* Whether it still runs. */
static bool runs(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, WNOHANG) == 0)
        return true;
    if (WIFSIGNALED(status))
        ui_error("the command of --on-event was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status))
        ui_error("the command of --on-event failed with exit status %d", WEXITSTATUS(status));
    return false;
}

void hook_turn(struct hook *h)
{
    for (int i = 0; i < MOST_RUNNING; i++) {
        struct job next;

        if (h->running[i] && runs(h->running[i]))
            continue;
        h->running[i] = 0;
        if (!h->n)
            continue;
        next = h->waiting[0];
        memmove(&h->waiting[0], &h->waiting[1], (size_t)--h->n * sizeof *h->waiting);
        start(h, &next, &h->running[i]);
    }
}

void hook_run(struct hook *h, const struct sc_watched *event)
{
    struct job job = { 0 };

    if (h->n >= MOST_WAITING) {
        ui_note(h->ui, "the command of --on-event takes too long: it is not run for event %" PRId64, event->number);
        return;
    }
    describe(&job, event);
    if (sc_watched_json(event, &job.json, NULL))
        drop(&job);
    else
        h->waiting[h->n++] = job;
    hook_turn(h);
}

static bool is_busy(const struct hook *h)
{
    int n = h->n;

    for (int i = 0; i < MOST_RUNNING; i++)
        n += h->running[i] != 0;
    return n > 0;
}

void hook_free(struct hook **hook)
{
    const struct timespec step = { 0, STEP_MS * 1000000L };
    struct hook *h = *hook;

    *hook = NULL;
    if (!h)
        return;
    for (hook_turn(h); is_busy(h) && !ui_stopped(h->ui); hook_turn(h))
        nanosleep(&step, NULL);
    for (int i = 0; i < h->n; i++)
        drop(&h->waiting[i]);
    free(h);
}
