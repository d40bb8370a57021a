/* Sessions: start, end, cancel; inputs that stay open; words for the person. */
#include "api/session.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/files.h"
#include "api/remember.h"
#include "client/pool.h"

#define MAX_CONFIG_BYTES ((size_t)1 << 20)
#define PROGRESS_MS 100

/* $variable/seechange, else ~/otherwise/seechange. */
static char *default_dir(const char *variable, const char *otherwise)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    char *dir = NULL;

    if (base && *base == '/')
        return asprintf(&dir, "%s/seechange", base) < 0 ? NULL : dir;
    if (home && *home)
        return asprintf(&dir, "%s/%s/seechange", home, otherwise) < 0 ? NULL : dir;
    return NULL;
}

enum sc_status sc_open(struct sc **out, const struct sc_settings *settings, struct sc_error *err)
{
    struct sc *s = calloc(1, sizeof *s);
    struct worker_settings worker = { 0 };
    enum sc_status status;

    *out = NULL;
    if (!s)
        return fail_memory(err);
    if (settings)
        s->settings = *settings;
    s->config_dir = s->settings.config_dir ? strdup(s->settings.config_dir)
                                             : default_dir("XDG_CONFIG_HOME", ".config");
    s->cache_dir = s->settings.cache_dir ? strdup(s->settings.cache_dir) : default_dir("XDG_CACHE_HOME", ".cache");
    worker.program = s->settings.worker;
    worker.cancel = &s->cancel;
    worker.memory_bytes = s->settings.memory_bytes;
    worker.stall_us = s->settings.stall_us;
    if ((status = worker_open(&s->worker, &worker, err)) || (status = client_pool_open(&s->pool, err)))
        sc_close(&s);
    if (s)
        remember_answers(s);
    *out = s;
    return status;
}

static void forget_input(struct open_input *input)
{
    free((char *)input->source.path);
    sc_info_dispose(&input->info);
    memset(input, 0, sizeof *input);
}

void sc_close(struct sc **s)
{
    int i;

    if (!*s)
        return;
    client_pool_close(&(*s)->pool);
    worker_close(&(*s)->worker);
    for (i = 0; i < PROTOCOL_SLOTS; i++)
        forget_input(&(*s)->inputs[i]);
    free((*s)->config_dir);
    free((*s)->cache_dir);
    free(*s);
    *s = NULL;
}

void session_leave(struct sc *s, int slot)
{
    forget_input(&s->inputs[slot]);
}

void sc_cancel(struct sc *s)
{
    atomic_store(&s->cancel, true);
}

static bool same_source(const struct sc_source *a, const struct sc_source *b)
{
    return a->path && b->path && !strcmp(a->path, b->path) && a->stream == b->stream &&
           a->still_rate == b->still_rate && a->has_background == b->has_background &&
           a->background_rgb == b->background_rgb && a->max_pixels == b->max_pixels;
}

enum sc_status session_input(struct sc *s, int slot, const struct sc_source *source, const struct sc_info **info_out,
                             struct sc_error *err)
{
    struct open_input *input = &s->inputs[slot];
    enum sc_status status;

    *info_out = &input->info;
    if (!source->path || !*source->path)
        return fail(err, SC_ERR_INVALID, "no input was named");
    if (same_source(&input->source, source)) {
        if (input->run && input->run == worker_run(s->worker))
            return SC_OK;
        if (!strcmp(source->path, "-"))
            return fail(err, SC_ERR_IO, "standard input can be read only once; give a file");
    }
    forget_input(input);
    if ((status = worker_open_input(s->worker, slot, source, &input->info, err)))
        return status;
    input->source = *source;
    input->source.path = strdup(source->path);
    if (!input->source.path) {
        forget_input(input);
        return fail_memory(err);
    }
    input->run = worker_run(s->worker);
    return SC_OK;
}

void session_notice(struct sc *s, const char *format, ...)
{
    char text[1024];
    va_list args;

    if (!s->settings.on_notice)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    s->settings.on_notice(s->settings.user, text);
}

void session_progress(struct sc *s, const struct sc_progress *progress)
{
    struct timespec t;
    int64_t ms;

    if (!s->settings.on_progress)
        return;
    clock_gettime(CLOCK_MONOTONIC, &t);
    ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    if (s->progress_ms && ms - s->progress_ms < PROGRESS_MS)
        return;
    s->progress_ms = ms;
    s->settings.on_progress(s->settings.user, progress);
}

enum sc_status session_read_config(struct sc *s, const char *name, char **out, struct sc_error *err)
{
    char *path = NULL;
    enum sc_status status;

    *out = NULL;
    if (!s->config_dir)
        return SC_OK;
    if (asprintf(&path, "%s/%s", s->config_dir, name) < 0)
        return fail_memory(err);
    status = file_read(path, MAX_CONFIG_BYTES, true, out, err);
    free(path);
    return status;
}
