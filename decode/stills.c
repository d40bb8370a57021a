/* Stills as a source: one alone, or the pictures of a folder, glob or printf pattern in natural order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode/still.h"

struct stills {
    int n;
    int at;                  /* the next one to load */
    int first;               /* the first that could be decoded; -1: none yet */
    int furthest;            /* damage before it has been counted */
    struct picture *found;   /* by open, for next */
    struct sc_error first_failure;
};

/* A raw stream whose first picture is larger than the head is known by its name alone. */
static bool is_motion_jpeg(const struct source *s, const uint8_t *head, size_t size)
{
    const char *ending = strrchr(s->path, '.');

    return jpeg_is_stream(head, size) ||
           (still_find(head, size) == &still_jpeg && ending && (!strcasecmp(ending, ".mjpeg") || !strcasecmp(ending, ".mjpg")));
}

static bool stills_claims(const struct source *s)
{
    const uint8_t *head;
    size_t size;

    if (!s->input)
        return !s->record && !s->live;
    head = input_head(s->input, &size);
    return still_find(head, size) && !is_motion_jpeg(s, head, size);
}

static int64_t time_of(const struct source *s, int index)
{
    const struct stills *t = s->self;
    double at_us = (index - (t->first < 0 ? index : t->first)) * 1e6 / s->settings.source.still_rate;

    return at_us < 9e18 ? llround(at_us) : INT64_MAX;
}

static enum sc_status load_at(struct source *s, int index, struct picture **out, const char **codec_out,
                              struct sc_error *err)
{
    struct input *in = NULL;
    char *path = NULL;
    int fd = -1;
    enum sc_status status;

    if (s->input)
        return still_load(s, s->input, out, codec_out, err);
    status = s->host->entry(s->host->user, s->path, &s->given, index, &fd, &path, err);
    if (!status)
        status = input_open_descriptor(&in, path, &fd, s->host, s->settings.cancel, err);
    if (!status)
        status = still_load(s, in, out, codec_out, err);
    input_close(&in);
    free(path);
    return status;
}

/* The next one that can be decoded; others of a sequence are damage. */
static enum sc_status load_next(struct source *s, struct picture **out, const char **codec_out, struct sc_error *err)
{
    struct stills *t = s->self;

    *out = NULL;
    while (t->at < t->n) {
        int index = t->at++;
        struct sc_error failure = { 0 };
        enum sc_status status = load_at(s, index, out, codec_out, &failure);

        if (status == SC_ERR_CANCELLED || status == SC_ERR_NOMEM || (status && s->input)) {
            if (err)
                *err = failure;
            return status;
        }
        if (!status && t->first < 0)
            t->first = index;
        if (!status)
            (*out)->time_us = time_of(s, index);
        if ((status || ((*out)->flags & PICTURE_DAMAGED)) && index >= t->furthest)
            source_damaged(s, time_of(s, index));
        if (index >= t->furthest)
            t->furthest = index + 1;
        if (status && !t->first_failure.code)
            t->first_failure = failure;
        if (!status)
            return SC_OK;
    }
    return SC_OK;
}

static enum sc_status stills_next(struct source *s, struct picture **out, struct sc_error *err)
{
    struct stills *t = s->self;
    const char *codec;

    *out = t->found;
    t->found = NULL;
    return *out ? SC_OK : load_next(s, out, &codec, err);
}

static enum sc_status stills_seek(struct source *s, int64_t time_us, struct sc_error *err)
{
    struct stills *t = s->self;
    double index = time_us <= 0 ? 0 : floor(time_us * s->settings.source.still_rate / 1e6) - 1;

    (void)err;
    picture_unref(&t->found);
    index = index < 0 ? 0 : index > t->n ? t->n : index;
    t->at = t->first + (int)index > t->n ? t->n : t->first + (int)index;
    while (t->at < t->n && time_of(s, t->at) < time_us)
        t->at++;
    return SC_OK;
}

static enum sc_status stills_open(struct source *s, struct sc_error *err)
{
    struct stills *t = s->self = calloc(1, sizeof *t);
    const char *codec;
    enum sc_status status;

    if (!t)
        return fail_memory(err);
    t->first = -1;
    t->n = s->input ? 1 : s->given.n;
    if ((status = load_next(s, &t->found, &codec, err)))
        return status;
    if (!t->found)
        return fail(err, SC_ERR_FORMAT, "no picture in '%s' could be decoded: %.300s", s->name, t->first_failure.text);
    s->info.n_streams = s->info.stream = 1;
    s->info.is_stills = !s->input;
    s->info.is_still = t->n == 1;
    s->info.n_pictures = t->n - t->first;
    s->info.fps = t->n > 1 ? s->settings.source.still_rate : 0;
    s->info.duration_us = s->input ? 0 : time_of(s, t->n);
    s->info.can_seek = true;
    if (s->settings.source.stream > 1)
        return fail(err, SC_ERR_INVALID, "no video stream %d in '%s': it has 1", s->settings.source.stream, s->name);
    return source_describe(s, t->found, s->input ? codec : "stills", codec, err);
}

static void stills_close(struct source *s)
{
    struct stills *t = s->self;

    if (!t)
        return;
    picture_unref(&t->found);
    free(t);
    s->self = NULL;
}

const struct source_ops source_stills = {
    .name = "stills",
    .claims = stills_claims,
    .open = stills_open,
    .next = stills_next,
    .seek = stills_seek,
    .close = stills_close,
};
