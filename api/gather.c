/* Gathering the words that go with the pictures. */
#include "api/gather.h"

#include <stdlib.h>
#include <string.h>

#include "api/metadata.h"
#include "api/sidecar.h"
#include "api/speech.h"
#include "api/timed.h"

struct gathering {
    struct sc *session;
    const struct sc_source *source;
    const struct sc_info *info;
    struct lines *lines;
    char **from;             /* gathered.subtitles */
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static enum sc_status keep_name(struct gathering *g, const char *name, struct sc_error *err)
{
    free(*g->from);
    *g->from = strdup(name);
    return *g->from ? SC_OK : fail_memory(err);
}

static void say(struct gathering *g, const char *what, int n, const char *from)
{
    session_notice(g->session, "%s: %d line%s of %s", what, n, n == 1 ? "" : "s", from);
}

/* ---- subtitles ---- */

static enum sc_status add_line(void *user, int64_t start_us, int64_t end_us, const char *text, struct sc_error *err)
{
    return lines_add(((struct gathering *)user)->lines, LINE_SUBTITLE, start_us, end_us, text, err);
}

static void on_position(void *user, int64_t time_us)
{
    struct gathering *g = user;
    const struct sc_progress progress = { .stage = "reading subtitles", .path = g->source->path, .done_us = time_us,
                                          .total_us = g->info->duration_us };

    session_progress(g->session, &progress);
}

static enum sc_status of_stream(struct gathering *g, int number, struct sc_error *err)
{
    const struct line_sink sink = { add_line, on_position, g };
    int n_before = g->lines->n;
    bool pictures = false;
    char *name = NULL;
    enum sc_status s = worker_subtitles(g->session->worker, 0, number, &sink, &name, &pictures, err);

    if (s)
        return s;
    if (pictures && number == SUBTITLES_BEST)
        session_notice(g->session, "the subtitles of %s are pictures: they can't be sent as words", name);
    else if (pictures)
        s = fail(err, SC_ERR_FORMAT, "the subtitles of %s are pictures: they can't be sent as words", name);
    else if (*name && !(s = keep_name(g, name, err)))
        say(g, "subtitles", g->lines->n - n_before, name);
    free(name);
    return s;
}

static enum sc_status of_file(struct gathering *g, const char *path, int n_others, struct sc_error *err)
{
    int n_before = g->lines->n;
    enum sc_status s = timed_read(g->session, path, LINE_SUBTITLE, g->info->container_offset_us, g->lines, err);

    if (s || (s = keep_name(g, base_name(path), err)))
        return s;
    say(g, "subtitles", g->lines->n - n_before, base_name(path));
    if (n_others)
        session_notice(g->session, "beside the video lie subtitles in %d other file%s; --subtitles takes one by its name",
                       n_others, n_others == 1 ? "" : "s");
    return s;
}

static enum sc_status of_itself(struct gathering *g, struct sc_error *err)
{
    char *sidecar = NULL;
    int n_others;
    enum sc_status s = sidecar_find(g->source->path, &sidecar, &n_others, err);

    if (!s && sidecar)
        s = of_file(g, sidecar, n_others, err);
    else if (!s && g->info->has_subtitles)
        s = of_stream(g, SUBTITLES_BEST, err);
    if (!s && !sidecar && !*g->from && g->info->has_captions)
        s = of_stream(g, SUBTITLES_CAPTIONS, err);
    free(sidecar);
    return s;
}

/* What was not asked for by name may fail. */
static enum sc_status find_subtitles(struct gathering *g, struct sc_error *err)
{
    struct sc_error own = { 0 };
    enum sc_status s = of_itself(g, &own);

    if (s == SC_ERR_CANCELLED || s == SC_ERR_NOMEM) {
        if (err)
            *err = own;
        return s;
    }
    if (s)
        session_notice(g->session, "without subtitles: %s", own.text);
    return SC_OK;
}

/* A number of a few digits is a stream. */
static int stream_number(const char *word)
{
    size_t n = strlen(word);

    return n && n < 5 && strspn(word, "0123456789") == n ? atoi(word) : 0;
}

static enum sc_status subtitles(struct gathering *g, const char *which, struct sc_error *err)
{
    if (!which || !strcmp(which, "auto"))
        return find_subtitles(g, err);
    if (!strcmp(which, "none"))
        return SC_OK;
    if (!strcmp(which, "captions"))
        return of_stream(g, SUBTITLES_CAPTIONS, err);
    if (stream_number(which))
        return of_stream(g, stream_number(which), err);
    return of_file(g, which, 0, err);
}

/* ---- all of them ---- */

static enum sc_status named_file(struct gathering *g, const char *path, enum line_kind kind, const char *what,
                                 struct sc_error *err)
{
    int n_before = g->lines->n;
    enum sc_status s;

    if (!path)
        return SC_OK;
    if (!(s = timed_read(g->session, path, kind, g->info->container_offset_us, g->lines, err)))
        say(g, what, g->lines->n - n_before, base_name(path));
    return s;
}

static enum sc_status heard(struct gathering *g, const struct sc_ask_settings *settings,
                            const struct sc_changes *changes, bool no_cache, double *usd_out, struct sc_error *err)
{
    int n_before = g->lines->n;
    enum sc_status s;

    if (!settings->transcribe)
        return SC_OK;
    s = speech_lines(g->session, g->source, changes, settings, no_cache, g->lines, usd_out, err);
    if (!s && !settings->dry_run)
        say(g, "speech", g->lines->n - n_before, "a transcript");
    return s;
}

enum sc_status gather_words(struct sc *s, const struct sc_source *source, const struct sc_ask_settings *settings,
                            const struct sc_changes *changes, bool no_cache, struct gathered *out,
                            struct sc_error *err)
{
    struct gathering g = { .session = s, .source = source, .info = &changes->source, .lines = &out->lines,
                           .from = &out->subtitles };
    const struct sc_info *opened;
    enum sc_status status;

    memset(out, 0, sizeof *out);
    if (settings->transcribe && settings->transcript)
        return fail(err, SC_ERR_INVALID, "there is a transcript already: give one, or let one be made");
    if ((status = session_input(s, 0, source, &opened, err)) || (status = subtitles(&g, settings->subtitles, err)) ||
        (status = named_file(&g, settings->transcript, LINE_SPEECH, "transcript", err)) ||
        (status = heard(&g, settings, changes, no_cache, &out->usd, err)) ||
        (settings->metadata && (status = metadata_words(s, &out->metadata, err))) ||
        (status = named_file(&g, settings->notes, LINE_NOTE, "notes", err)))
        return status;
    lines_sort(&out->lines);
    return SC_OK;
}

void gather_dispose(struct gathered *g)
{
    lines_dispose(&g->lines);
    buffer_dispose(&g->metadata);
    free(g->subtitles);
    memset(g, 0, sizeof *g);
}
