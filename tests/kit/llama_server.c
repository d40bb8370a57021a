/* Starting and stopping the real server. */
#include "tests/kit/llama_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/kit/http_server.h"

struct llama_server {
    char url[64], dir[64], serve[512], key[64];
    int port, context_tokens;
    pid_t pid;
};

static void find_serve(char *out, size_t size)
{
    const char *shared = getenv("SEECHANGE_SHARED"), *tests = getenv("TESTS");

    if (shared && *shared)
        snprintf(out, size, "%s/llama4-tiny/serve", shared);
    else
        snprintf(out, size, "%s%s../shared/llama4-tiny/serve", tests ? tests : "", tests ? "/../" : "");
}

static int run(const struct llama_server *s, const char *arguments)
{
    char command[2048];

    snprintf(command, sizeof command, "timeout 120 '%s' %s >>'%s/out' 2>&1 </dev/null", s->serve, arguments, s->dir);
    return system(command);
}

static void files_of(const struct llama_server *s, const char *what, char *out, size_t size)
{
    snprintf(out, size, "--port %d %s --pid-file '%s/pid' --log-file '%s/log'", s->port, what, s->dir, s->dir);
}

static pid_t read_pid(const struct llama_server *s)
{
    char path[128];
    int pid = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/pid", s->dir);
    f = fopen(path, "r");
    if (f && fscanf(f, "%d", &pid) != 1)
        pid = 0;
    if (f)
        fclose(f);
    return pid;
}

static void remove_dir(const struct llama_server *s)
{
    static const char *const files[] = { "out", "pid", "log" };
    char path[128];
    size_t i;

    for (i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", s->dir, files[i]);
        unlink(path);
    }
    rmdir(s->dir);
}

static int start(struct llama_server *s)
{
    char what[256], arguments[1024];

    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
    snprintf(what, sizeof what, "--background --ctx %d --parallel 2 %s%s", s->context_tokens,
             *s->key ? "--api-key " : "", s->key);
    files_of(s, what, arguments, sizeof arguments);
    return run(s, arguments);
}

static int start_on_free_port(struct llama_server *s)
{
    s->port = http_free_port();
    return start(s);
}

struct llama_server *llama_server_start(int context_tokens, const char *key)
{
    struct llama_server *s = calloc(1, sizeof *s);

    if (!s)
        abort();
    s->context_tokens = context_tokens;
    snprintf(s->key, sizeof s->key, "%s", key ? key : "");
    find_serve(s->serve, sizeof s->serve);
    snprintf(s->dir, sizeof s->dir, "/tmp/seechange-llama-XXXXXX");
    if (access(s->serve, X_OK) || geteuid() || !mkdtemp(s->dir)) {
        fprintf(stderr, "no llama-server: '%s' is not there, or this is not root\n", s->serve);
        free(s);
        return NULL;
    }
    /* Another program may take the port in between: once more with another. */
    if (run(s, "--setup") || (start_on_free_port(s) && start_on_free_port(s))) {
        fprintf(stderr, "no llama-server: '%s' failed, see %s\n", s->serve, s->dir);
        free(s);
        return NULL;
    }
    s->pid = read_pid(s);
    return s;
}

const char *llama_server_url(const struct llama_server *s)
{
    return s->url;
}

void llama_server_kill(struct llama_server *s)
{
    if (s->pid > 1)
        kill(s->pid, SIGKILL);
}

/* What was killed may need a moment to be gone, and its port to be free. */
bool llama_server_restart(struct llama_server *s)
{
    char path[128];
    int tries;

    snprintf(path, sizeof path, "%s/pid", s->dir);
    for (tries = 0; tries < 10; tries++) {
        unlink(path);
        if (!start(s)) {
            s->pid = read_pid(s);
            return true;
        }
        nanosleep(&(struct timespec){ 0, 300000000 }, NULL);
    }
    return false;
}

void llama_server_stop(struct llama_server **server)
{
    struct llama_server *s = *server;
    char arguments[1024];

    if (!s)
        return;
    files_of(s, "--stop", arguments, sizeof arguments);
    run(s, arguments);
    remove_dir(s);
    free(s);
    *server = NULL;
}
