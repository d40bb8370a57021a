/* sc_frames and sc_contact_sheet: the chosen pictures as files. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/files.h"
#include "api/manifest.h"
#include "api/plans.h"
#include "api/session.h"

struct writing {
    const struct sc_changes *changes;
    char **paths;            /* one for each frame; owned */
    void (*on_file)(void *user, const char *path);
    void *user;
};

static enum sc_status write_frame(void *user, int image, struct buffer *data, struct sc_error *err)
{
    struct writing *w = user;
    enum sc_status s = file_write(w->paths[image], data->data, data->size, err);

    if (!s && w->on_file)
        w->on_file(w->user, w->paths[image]);
    return s;
}

/* 00h01m02.345s-peak-e3.jpg; events count from 1, as in the table. */
static void file_name(const struct sc_frame *f, const char *ending, char out[80])
{
    int64_t ms = (f->time_us + 500) / 1000;
    int n = snprintf(out, 80, "%02dh%02dm%02d.%03ds-%s", (int)(ms / 3600000), (int)(ms / 60000 % 60),
                     (int)(ms / 1000 % 60), (int)(ms % 1000), sc_role_name(f->role));

    if (f->event >= 0)
        n += snprintf(out + n, 80 - (size_t)n, "-e%d", f->event + 1);
    snprintf(out + n, 80 - (size_t)n, ".%s", ending);
}

/* Two pictures within a millisecond get a number. */
static char *free_path(const struct writing *w, const char *dir, int i, const char *ending)
{
    char name[80], *path = NULL;
    int j, twin = 1;

    file_name(&w->changes->frames[i], ending, name);
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        return NULL;
    for (j = 0; j < i; j++)
        if (!strcmp(path, w->paths[j])) {
            free(path);
            if (asprintf(&path, "%s/%d-%s", dir, ++twin, name) < 0)
                return NULL;
            j = -1;
        }
    return path;
}

static enum sc_status name_files(struct writing *w, const char *dir, const char *ending, struct sc_error *err)
{
    int i;

    w->paths = calloc((size_t)w->changes->n_frames + 1, sizeof *w->paths);
    for (i = 0; w->paths && i < w->changes->n_frames; i++)
        if (!(w->paths[i] = free_path(w, dir, i, ending)))
            break;
    return w->paths && i == w->changes->n_frames ? SC_OK : fail_memory(err);
}

static enum sc_status write_manifest(const struct writing *w, const char *dir, struct sc_error *err)
{
    char *path = NULL, *json = NULL;
    enum sc_status s = manifest_json(w->changes, w->paths, &json, err);

    if (!s && asprintf(&path, "%s/manifest.json", dir) < 0) {
        path = NULL;
        s = fail_memory(err);
    }
    if (!s)
        s = file_write(path, json, strlen(json), err);
    if (!s && w->on_file)
        w->on_file(w->user, path);
    free(path);
    free(json);
    return s;
}

enum sc_status sc_frames(struct sc *s, const struct sc_source *source, const struct sc_changes *c, const char *dir,
                         const struct sc_frames_settings *settings, void (*on_file)(void *user, const char *path),
                         void *user, struct sc_error *err)
{
    struct sc_frames_settings defaults = { 0 };
    struct writing w = { c, NULL, on_file, user };
    struct plan plan = { 0 };
    const struct sc_info *info;
    enum sc_status status = SC_OK;
    int i;

    if (!settings)
        settings = &defaults;
    if (settings->quality < 0 || settings->quality > 100 || settings->max_side < 0)
        return fail(err, SC_ERR_INVALID, "quality is 1 to 100, and sizes are positive");
    for (i = 0; !status && i < c->n_frames; i++)
        status = plan_frame(&plan, c, i, settings, err);
    if (status || (status = name_files(&w, dir, settings->format == SC_PNG ? "png" : "jpg", err)) ||
        (status = session_input(s, 0, source, &info, err)) || (status = file_make_folder(dir, err)) ||
        (status = worker_render(s->worker, 0, &plan, write_frame, &w, err)))
        goto done;
    status = write_manifest(&w, dir, err);
done:
    for (i = 0; w.paths && i < c->n_frames; i++)
        free(w.paths[i]);
    free(w.paths);
    plan_dispose(&plan);
    return status;
}

static enum sc_status write_sheet(void *user, int image, struct buffer *data, struct sc_error *err)
{
    (void)image;
    return file_write(user, data->data, data->size, err);
}

static bool format_of(const char *path, enum sc_image_format *out)
{
    const char *dot = strrchr(path, '.');

    if (!dot)
        return false;
    *out = strcasecmp(dot, ".png") == 0 ? SC_PNG : SC_JPEG;
    return *out == SC_PNG || strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0;
}

enum sc_status sc_contact_sheet(struct sc *s, const struct sc_source *source, const struct sc_changes *c,
                                const char *path, struct sc_error *err)
{
    struct plan plan = { 0 };
    enum sc_image_format format;
    const struct sc_info *info;
    enum sc_status status;

    if (!format_of(path, &format))
        return fail(err, SC_ERR_INVALID, "'%s' must end in .jpg or .png", path);
    status = plan_sheet(&plan, c, format, err);
    if (!status)
        status = session_input(s, 0, source, &info, err);
    if (!status)
        status = worker_render(s->worker, 0, &plan, write_sheet, (void *)path, err);
    plan_dispose(&plan);
    return status;
}
