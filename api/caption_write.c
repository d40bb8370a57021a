/* The files beside one video: made of what is kept, written whole or not at all, never over what is not ours. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/caption_run.h"
#include "api/evidence.h"
#include "api/files.h"
#include "archive/written.h"

char *caption_file_path(const struct caption_run *r, const char *video, const char *ending)
{
    const char *below = strrchr(video, '/') + 1;
    char *path = NULL;
    int i, n = -1;

    for (i = 0; i < r->n_roots && r->set->sidecar_dir; i++) {
        const size_t size = strlen(r->roots[i]);

        if (!strncmp(video, r->roots[i], size) && video[size] == '/')
            below = video + size + 1;
    }
    n = r->set->sidecar_dir ? asprintf(&path, "%s/%s%s", r->set->sidecar_dir, below, ending)
                            : asprintf(&path, "%s%s", video, ending);
    return n < 0 ? NULL : path;
}

enum sc_status caption_is_written(struct caption_run *r, int64_t answer_id, const char *path, bool *out,
                                  struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    *out = true;
    for (i = 0; r->formats[i] && *out && !s; i++) {
        char *file = caption_file_path(r, path, r->formats[i]->ending);

        if (!file)
            s = fail_memory(err);
        else if (!(s = written_is_done(r->catalog, file, answer_id, out, err)) && access(file, F_OK))
            *out = false;
        free(file);
    }
    return s;
}

static enum sc_status make_folders(const char *file, struct sc_error *err)
{
    char *path = strdup(file), *slash;
    enum sc_status s = path ? SC_OK : fail_memory(err);

    for (slash = path ? strchr(path + 1, '/') : NULL; slash && !s; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        s = file_make_folder(path, err);
        *slash = '/';
    }
    free(path);
    return s;
}

struct writing {
    struct caption_run *run;
    int64_t video_id, answer_id;
    struct caption_file_input input;
};

static enum sc_status begin(struct writing *w, const char *file, const struct caption_format *format,
                            const uint8_t content[HASH_SIZE], bool *is_there_out, struct sc_error *err)
{
    struct caption_run *r = w->run;
    uint8_t now[HASH_SIZE];
    bool there, ours = false, is_cut_off = false;
    enum sc_status s;

    if ((s = caption_file_hash(file, now, &there, err)))
        return s;
    *is_there_out = there && !memcmp(now, content, HASH_SIZE);
    pthread_mutex_lock(&r->lock);
    if (!(s = written_is_ours(r->catalog, file, there ? now : NULL, &ours, err)) && !ours && !*is_there_out)
        s = fail(err, SC_ERR_IO, "'%s' is not what seechange wrote, so it stays; move it away, or use --sidecar-dir", file);
    if (!s && !(s = written_is_cut_off(r->catalog, file, &is_cut_off, err)) && is_cut_off)
        file_remove_leftovers(file);
    if (!s)
        s = written_begin(r->catalog, file, w->video_id, w->answer_id, format->name, content, there ? now : NULL, err);
    pthread_mutex_unlock(&r->lock);
    return s;
}

static enum sc_status write_one(struct writing *w, const char *file, const struct caption_format *format,
                                struct sc_error *err)
{
    struct buffer data = { 0 };
    uint8_t content[HASH_SIZE];
    bool is_there = false;
    enum sc_status s = format->write(&w->input, &data, err);

    if (!s && !(s = identity_of_bytes(data.data, data.size, content, err)))
        s = begin(w, file, format, content, &is_there, err);
    if (!s && !is_there && !(s = make_folders(file, err)))
        s = file_write(file, data.data ? (const void *)data.data : "", data.size, err);
    if (!s) {
        pthread_mutex_lock(&w->run->lock);
        s = written_end(w->run->catalog, file, err);
        pthread_mutex_unlock(&w->run->lock);
    }
    buffer_dispose(&data);
    return s;
}

/* Every one that is not there; the first failure is told, but does not stop the others. */
static enum sc_status write_all(struct writing *w, const char *path, int *n_out, struct sc_error *err)
{
    struct caption_run *r = w->run;
    enum sc_status first = SC_OK;
    int i;

    for (i = 0; r->formats[i]; i++) {
        char *file = caption_file_path(r, path, r->formats[i]->ending);
        struct sc_error why = { 0 };
        bool is_done = false;
        enum sc_status s = file ? SC_OK : fail_memory(&why);

        if (!s) {
            pthread_mutex_lock(&r->lock);
            s = written_is_done(r->catalog, file, w->answer_id, &is_done, &why);
            pthread_mutex_unlock(&r->lock);
        }
        if (!s && !(is_done && !access(file, F_OK)) && !(s = write_one(w, file, r->formats[i], &why)))
            ++*n_out;
        if (s && !first) {
            first = s;
            if (err)
                *err = why;
        }
        free(file);
    }
    return first;
}

/* Length and container time of the video, from its evidence, which goes into the files without the path. */
static enum sc_status read_evidence(struct caption_run *r, int64_t content_id, struct caption_file_input *in,
                                    struct buffer *evidence, uint8_t look[HASH_SIZE], struct sc_error *err)
{
    struct buffer data = { 0 };
    struct sc_changes *changes = NULL;
    enum sc_status s;

    pthread_mutex_lock(&r->lock);
    s = look_newest(r->catalog, content_id, &data, look, err);
    pthread_mutex_unlock(&r->lock);
    if (!s && data.size && !evidence_unpack(&data, &changes, NULL)) {
        in->duration_us = changes->source.duration_us;
        in->offset_us = changes->source.container_offset_us;
        in->look = look;
        free(changes->source.path);
        changes->source.path = NULL;
        s = evidence_pack(changes, evidence, err);
    }
    sc_changes_free(&changes);
    buffer_dispose(&data);
    return s;
}

enum sc_status caption_write(struct caption_run *r, int64_t video_id, int64_t answer_id, const char *path, int *n_out,
                             struct sc_error *err)
{
    struct answer_kept kept = { 0 };
    struct caption caption = { 0 };
    struct buffer evidence = { 0 };
    uint8_t look[HASH_SIZE];
    struct writing w = { r, video_id, answer_id,
                         { .caption = &caption, .kept = &kept, .evidence = &evidence, .name = strrchr(path, '/') + 1 } };
    enum sc_status s;

    *n_out = 0;
    if (!r->formats[0])
        return SC_OK;
    pthread_mutex_lock(&r->lock);
    s = answer_find(r->catalog, answer_id, &kept, err);
    pthread_mutex_unlock(&r->lock);
    if (!s && !(s = read_evidence(r, kept.content_id, &w.input, &evidence, look, err)) &&
        !(s = caption_read(kept.text, w.input.duration_us, &caption, err)))
        s = write_all(&w, path, n_out, err);
    caption_dispose(&caption);
    answer_kept_dispose(&kept);
    buffer_dispose(&evidence);
    return s;
}
