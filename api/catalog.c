/* The archive's verbs that need no media: open, list, search, look after. */
#include "api/catalog.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/batches.h"
#include "api/evidence.h"
#include "archive/answers.h"
#include "archive/listing.h"
#include "archive/place.h"
#include "archive/runs.h"
#include "archive/upkeep.h"
#include "archive/videos.h"

enum sc_status sc_archive_open(struct sc_archive **out, const struct sc_archive_settings *settings,
                               struct sc_error *err)
{
    struct sc_archive *a = calloc(1, sizeof *a);
    char *path = NULL;
    enum sc_status s = SC_OK;

    *out = NULL;
    if (!a)
        return fail_memory(err);
    if (settings->catalog && !(path = strdup(settings->catalog)))
        s = fail_memory(err);
    else if (!path)
        s = place_find(settings->near, settings->create, &path, err);
    if (!s)
        s = catalog_open(&a->catalog, path, settings->create, err);
    free(path);
    if (s)
        sc_archive_close(&a);
    *out = a;
    return s;
}

void sc_archive_close(struct sc_archive **a)
{
    if (!*a)
        return;
    catalog_close(&(*a)->catalog);
    free(*a);
    *a = NULL;
}

const char *sc_archive_path(const struct sc_archive *a) { return a->catalog->path; }

enum sc_status catalog_absolute(const char *path, char **out, struct sc_error *err)
{
    char *copy, *slash, *folder;

    if ((*out = realpath(path, NULL)))
        return SC_OK;
    if (errno == ENOMEM || !(copy = strdup(path)))
        return fail_memory(err);
    slash = strrchr(copy, '/');
    if (slash)
        *slash = '\0';
    folder = realpath(!slash ? "." : *copy ? copy : "/", NULL);
    if (!folder) /* what is above it is gone too: as it stands, if it stands alone */
        *out = *path == '/' ? strdup(path) : NULL;
    else if (asprintf(out, "%s/%s", strcmp(folder, "/") != 0 ? folder : "", path + (slash ? slash + 1 - copy : 0)) < 0)
        *out = NULL;
    free(folder);
    free(copy);
    return *out ? SC_OK : fail(err, SC_ERR_IO, "there is no '%s'", path);
}

enum sc_status catalog_place_filter(const struct sc_video_filter *filter, struct sc_video_filter *out, char **in_out,
                                    struct sc_error *err)
{
    enum sc_status s;

    *in_out = NULL;
    *out = filter ? *filter : (struct sc_video_filter){ 0 };
    if (!out->in)
        return SC_OK;
    s = catalog_absolute(out->in, in_out, err);
    out->in = *in_out;
    return s;
}

enum sc_status sc_archive_videos(struct sc_archive *a, const struct sc_video_filter *filter, enum sc_video_order order,
                                 bool descending, int64_t first, int max, struct sc_videos *out, struct sc_error *err)
{
    struct sc_video_filter f;
    char *in;
    enum sc_status s = catalog_place_filter(filter, &f, &in, err);

    *out = (struct sc_videos){ 0 };
    if (!s)
        s = list_videos(a->catalog, &f, order, descending, first, max, out, err);
    free(in);
    return s;
}

enum sc_status sc_archive_count(struct sc_archive *a, const struct sc_video_filter *filter, int64_t *out,
                                struct sc_error *err)
{
    struct sc_video_filter f;
    char *in;
    enum sc_status s = catalog_place_filter(filter, &f, &in, err);

    if (!s)
        s = list_count(a->catalog, &f, out, err);
    free(in);
    return s;
}

enum sc_status sc_archive_find(struct sc_archive *a, const char *path, int64_t *id_out, struct sc_error *err)
{
    char *absolute = NULL;
    enum sc_status s = catalog_absolute(path, &absolute, err);

    *id_out = 0;
    if (!s)
        s = sql_number(a->catalog, 0, id_out, err, "SELECT id FROM video WHERE path = ?", "t",
                       catalog_kept_path(a->catalog, absolute));
    free(absolute);
    return s;
}

/* The evidence tells where the file is now, not where it was. */
static enum sc_status set_path(struct sc_changes *c, const char *path, struct sc_error *err)
{
    char *own = strdup(path);

    if (!own)
        return fail_memory(err);
    free(c->source.path);
    c->source.path = own;
    return SC_OK;
}

enum sc_status sc_archive_video(struct sc_archive *a, int64_t id, struct sc_kept **out, struct sc_error *err)
{
    struct buffer evidence = { 0 };
    enum sc_status s = list_one(a->catalog, id, out, &evidence, err);

    if (!s && evidence.size && !(s = evidence_unpack(&evidence, &(*out)->changes, err)))
        s = set_path((*out)->changes, (*out)->video.path, err);
    if (s)
        sc_kept_free(out);
    buffer_dispose(&evidence);
    return s;
}

static enum sc_status keep(struct sc_archive *a, const char *path, const char *question, const struct sc_answer *answer,
                           struct sc_error *err)
{
    struct answer_row row = {
        .kind = SC_ANSWER_QUESTION, .question = question, .text = answer->text, .service = answer->service,
        .model = answer->model, .prompt_version = answer->prompt_version, .no_model = answer->no_model,
        .prompt_tokens = answer->prompt_tokens, .output_tokens = answer->output_tokens, .cost_usd = answer->price_usd,
    };
    const struct sc_passage passage = { SC_ANSWER, -1, -1, answer->text };
    struct identity file;
    struct buffer words = { 0 };
    int64_t id;
    enum sc_status s;

    if (!(s = buffer_print(&words, err, "question %s\nservice %s\nmodel %s\nprompts %s\n", question ? question : "",
                           row.service ? row.service : "", row.model ? row.model : "", row.prompt_version)) &&
        !(s = catalog_settings(a->catalog, (const char *)words.data, &row.settings_id, err)) &&
        !(s = identity_of_file(path, NULL, &file, err)) &&
        !(s = video_add(a->catalog, path, &file, &row.video_id, &row.content_id, err)))
        s = answer_keep(a->catalog, &row, &passage, 1, &id, err);
    buffer_dispose(&words);
    return s;
}

enum sc_status sc_archive_keep(struct sc_archive *a, const char *path, const char *question,
                               const struct sc_answer *answer, struct sc_error *err)
{
    char *absolute = NULL;
    enum sc_status s;

    if (!answer->text)
        return fail(err, SC_ERR_INVALID, "there is no answer to keep");
    if (!(s = catalog_absolute(path, &absolute, err)))
        s = keep(a, absolute, question, answer, err);
    free(absolute);
    return s;
}

enum sc_status sc_archive_search(struct sc_archive *a, const char *words, const struct sc_video_filter *filter, int max,
                                 struct sc_hits *out, struct sc_error *err)
{
    struct sc_video_filter f;
    char *in;
    enum sc_status s = catalog_place_filter(filter, &f, &in, err);

    *out = (struct sc_hits){ 0 };
    if (!s)
        s = search(a->catalog, words, &f, max, out, err);
    free(in);
    return s;
}

enum sc_status sc_archive_failures(struct sc_archive *a, int64_t first, int max, struct sc_failures *out,
                                   struct sc_error *err)
{
    return list_failures(a->catalog, first, max, out, err);
}

enum sc_status sc_archive_runs(struct sc_archive *a, int max, struct sc_runs *out, struct sc_error *err)
{
    return list_runs(a->catalog, max, out, err);
}

enum sc_status sc_archive_status(struct sc_archive *a, struct sc_archive_status *out, struct sc_error *err)
{
    return list_status(a->catalog, out, err);
}

/* What forget and retry share: a place or everywhere. */
static enum sc_status in_place(struct sc_archive *a, const char *in, int64_t *n_out, struct sc_error *err,
                               enum sc_status (*act)(struct catalog *c, const char *in, int64_t *n_out,
                                                     struct sc_error *err))
{
    char *absolute = NULL;
    enum sc_status s = in ? catalog_absolute(in, &absolute, err) : SC_OK;

    *n_out = 0;
    if (!s)
        s = act(a->catalog, absolute, n_out, err);
    free(absolute);
    return s;
}

enum sc_status sc_archive_retry(struct sc_archive *a, const char *in, int64_t *n_out, struct sc_error *err)
{
    return in_place(a, in, n_out, err, catalog_retry);
}

enum sc_status sc_archive_forget(struct sc_archive *a, const char *in, int64_t *n_out, struct sc_error *err)
{
    return in ? in_place(a, in, n_out, err, catalog_forget)
              : fail(err, SC_ERR_INVALID, "what is to be forgotten was not named");
}

enum sc_status sc_archive_merge(struct sc_archive *a, const char *path, int64_t *n_videos_out, struct sc_error *err)
{
    enum sc_status s = batches_check(path, err);

    *n_videos_out = 0;
    if (!s && !(s = catalog_merge(a->catalog, path, n_videos_out, err)))
        s = batches_join(a->catalog, path, err);
    return s;
}

enum sc_status sc_archive_vacuum(struct sc_archive *a, struct sc_error *err)
{
    return catalog_vacuum(a->catalog, err);
}

enum sc_status sc_archive_verify(struct sc_archive *a, void (*on_fault)(void *user, const char *text), void *user,
                                 int64_t *n_out, struct sc_error *err)
{
    return catalog_verify(a->catalog, on_fault, user, n_out, err);
}
