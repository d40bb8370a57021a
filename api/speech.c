/* Speech: sound from the worker to a service, words into the cache. */
#include "api/speech.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api/look.h"
#include "api/target.h"
#include "api/timed.h"
#include "archive/cache.h"
#include "client/transcribe.h"
#include "client/url.h"

#define FOLDER "transcripts"
#define CACHE_MAX_BYTES ((int64_t)256 << 20)
#define EDGE_US 1000000      /* a look that leaves out less than this at an end hears it too */
#define BYTES_A_SECOND 32000 /* of sound at most */
#define MAX_CHUNK_S 600
#define LEAST_CHUNK_S 10

struct speech {
    struct sc *session;
    const struct sc_source *source;
    const struct sc_info *info;
    struct target target;
    struct client_call call;
    const struct service *service; /* whose transcription it is */
    const char *model;
    double usd_a_minute;     /* < 0: unknown */
    int64_t from_us, to_us;  /* 0: from the beginning, to the end */
    int chunk_s;
    char *dir, *key;         /* of the cache; NULL: it is not used */
    struct lines heard;
};

/* ---- the cache: {"key": ..., "segments": [...]} ---- */

static json_t *to_json(const struct lines *l, const char *key)
{
    json_t *root = json_object(), *segments = json_array();
    bool failed = json_object_set_new(root, "key", json_string(key)) != 0;
    int i;

    for (i = 0; i < l->n && !failed; i++)
        failed = json_array_append_new(segments, json_pack("{s:f, s:f, s:s}", "start", (double)l->items[i].start_us / 1e6,
                                                           "end", (double)l->items[i].end_us / 1e6, "text",
                                                           l->items[i].text)) != 0;
    if (json_object_set_new(root, "segments", segments) || failed) {
        json_decref(root);
        return NULL;
    }
    return root;
}

static void keep(const struct speech *p, const char *key, const struct lines *l)
{
    struct cache_entry *entry = p->dir && key ? cache_begin(p->dir, key) : NULL;
    json_t *root = entry ? to_json(l, key) : NULL;

    if (root && !json_dumpf(root, cache_file(entry), JSON_COMPACT))
        cache_keep(&entry, CACHE_MAX_BYTES);
    cache_drop(&entry);
    json_decref(root);
}

/* Whether it was there; then it is in *out. */
static bool recall(const struct speech *p, const char *key, struct lines *out)
{
    FILE *f = p->dir && key ? cache_find(p->dir, key) : NULL;
    json_t *root = f ? json_loadf(f, 0, NULL) : NULL;
    const char *told = json_string_value(json_object_get(root, "key"));
    char *text = told && !strcmp(told, key) ? json_dumps(root, JSON_COMPACT) : NULL;
    bool found = text && !timed_segments(text, strlen(text), 0, out, NULL);

    free(text);
    json_decref(root);
    if (f)
        fclose(f);
    return found;
}

static enum sc_status make_key(struct speech *p, const char *url, struct sc_error *err)
{
    struct buffer key = { 0 };
    enum sc_status s;

    if (!p->session->cache_dir || look_add_source(&key, p->source)) {
        buffer_dispose(&key);
        return SC_OK;
    }
    s = buffer_print(&key, err, "transcript 1 by %s at %s, from %lld to %lld in %d s, container %lld", p->model, url,
                     (long long)p->from_us, (long long)p->to_us, p->chunk_s, (long long)p->info->container_offset_us);
    p->key = s ? NULL : buffer_take(&key);
    buffer_dispose(&key);
    if (!s && (!p->key || asprintf(&p->dir, "%s/" FOLDER, p->session->cache_dir) < 0))
        s = fail_memory(err);
    return s;
}

/* ---- where it goes ---- */

static void on_wait(void *user, const char *why, int64_t wait_ms)
{
    session_notice(((struct speech *)user)->session, "%s; trying again in %.1f s", why, (double)wait_ms / 1000);
}

static enum sc_status choose(struct speech *p, const struct sc_ask_settings *settings, struct sc_error *err)
{
    struct sc_ask_settings where = *settings;
    int64_t limit;
    enum sc_status s;

    where.model = NULL;
    where.dialect = NULL;
    where.max_cost_usd = 0;
    if (settings->transcribe_service || settings->transcribe_url) {
        where.service = settings->transcribe_service;
        where.base_url = settings->transcribe_url;
    }
    if ((s = target_reach(p->session, &where, &p->target, err)))
        return s;
    p->service = p->target.service;
    if (p->service && !p->service->transcription && p->target.base_url)
        p->service = services_generic(p->target.services);
    if (p->target.embedded || !service_transcription(p->service, &p->model, &limit, &p->usd_a_minute))
        return fail(err, SC_ERR_INVALID, "%s does not write down speech; name a service that does with "
                    "--transcribe-service, or a server with --transcribe-url",
                    p->target.embedded ? "nobody" : p->target.service->name);
    p->model = settings->transcribe_model ? settings->transcribe_model : p->model;
    p->chunk_s = limit / BYTES_A_SECOND > MAX_CHUNK_S + 10 ? MAX_CHUNK_S : (int)(limit / BYTES_A_SECOND * 19 / 20);
    p->chunk_s = p->chunk_s < LEAST_CHUNK_S ? LEAST_CHUNK_S : p->chunk_s;
    p->call = (struct client_call){
        .service = p->target.service, .base_url = p->target.base_url, .model = p->model,
        .key = key_text(p->target.key), .insecure_http = settings->insecure_http,
        .idle_timeout_s = settings->timeout_s, .deadline_s = settings->deadline_s, .max_retries = 2,
        .cancel = &p->session->cancel, .on_wait = on_wait, .user = p,
    };
    return SC_OK;
}

/* ---- sending ---- */

static enum sc_status hear(struct speech *p, int64_t start_us, int64_t duration_us, const void *flac, size_t size,
                           struct lines *out, struct sc_error *err)
{
    struct buffer reply = { 0 };
    enum sc_status s = client_transcribe(&p->call, flac, size, &reply, err);

    if (!s)
        s = timed_transcript((char *)reply.data, reply.size, start_us, duration_us, out, err);
    if (s == SC_ERR_FORMAT)
        s = fail(err, SC_ERR_SERVICE, "%s: its transcript can't be read; is '%s' a model for speech?",
                 p->call.service->name, p->model);
    buffer_dispose(&reply);
    return s;
}

/* What was paid for once is not sent again, whatever happens to the rest. */
static enum sc_status on_chunk(void *user, int64_t start_us, int64_t duration_us, const void *flac, size_t size,
                               struct sc_error *err)
{
    struct speech *p = user;
    struct lines lines = { 0 };
    char *key = NULL;
    enum sc_status s = SC_OK;
    int i;

    if (p->key && asprintf(&key, "%s, chunk at %lld of %lld us, %zu bytes", p->key, (long long)start_us,
                           (long long)duration_us, size) < 0)
        return fail_memory(err);
    if (!recall(p, key, &lines) && !(s = hear(p, start_us, duration_us, flac, size, &lines, err)))
        keep(p, key, &lines);
    for (i = 0; i < lines.n && !s; i++)
        s = lines_add(&p->heard, LINE_SPEECH, lines.items[i].start_us, lines.items[i].end_us, lines.items[i].text, err);
    lines_dispose(&lines);
    free(key);
    return s;
}

static void on_position(void *user, int64_t time_us)
{
    struct speech *p = user;
    const struct sc_progress progress = { .stage = "transcribing", .path = p->source->path, .done_us = time_us,
                                          .total_us = p->info->duration_us };

    session_progress(p->session, &progress);
}

static int64_t length_us(const struct speech *p)
{
    return (p->to_us ? p->to_us : p->info->duration_us) - p->from_us;
}

static enum sc_status bound_cost(const struct speech *p, double most_usd, double usd, struct sc_error *err)
{
    if (most_usd <= 0 || usd == 0)
        return SC_OK;
    if (usd < 0)
        return fail(err, SC_ERR_INVALID, "the price of a transcript by '%s' is not known, so its cost can't be bounded",
                    p->model);
    if (usd >= most_usd)
        return fail(err, SC_ERR_LIMIT, "a transcript would cost %.4f USD, but %.4f are allowed for it and the answer",
                    usd, most_usd);
    return SC_OK;
}

static enum sc_status send(struct speech *p, const struct sc_ask_settings *settings, const char *url, double *usd_out,
                           struct sc_error *err)
{
    const struct sound_sink sink = { on_chunk, on_position, p };
    double usd = url_is_loopback(url) ? 0 : p->usd_a_minute < 0 ? -1 : p->usd_a_minute * (double)length_us(p) / 6e7;
    char length[32], price[48] = "";
    enum sc_status s = bound_cost(p, settings->max_cost_usd, usd, err);

    if (s)
        return s;
    sc_format_time(length_us(p), length);
    if (usd > 0)
        snprintf(price, sizeof price, ", about %.4f USD", usd);
    session_notice(p->session, "%s %s of sound (16 kHz, mono, FLAC) to %s at %s (%s)%s",
                   settings->dry_run ? "a dry run sends nothing; it would send" : "sending", length, p->model, url,
                   p->call.service->name, price);
    *usd_out = usd;
    if (settings->dry_run)
        return SC_OK;
    if ((s = worker_sound(p->session->worker, 0, p->from_us, p->to_us, p->chunk_s, &sink, err)))
        return s;
    keep(p, p->key, &p->heard);
    return SC_OK;
}

static enum sc_status speech(struct speech *p, const struct sc_ask_settings *settings, bool no_cache, double *usd_out,
                             struct sc_error *err)
{
    char *row = NULL, *url = NULL;
    enum sc_status s = choose(p, settings, err);

    if (!s && !p->call.base_url)
        s = service_url(p->call.service, &row, err);
    if (!s)
        s = url_base(p->call.base_url ? p->call.base_url : row, &url, err);
    if (!s && !no_cache)
        s = make_key(p, url, err);
    if (!s && recall(p, p->key, &p->heard))
        session_notice(p->session, "the transcript is the one that %s made before", p->model);
    else if (!s)
        s = send(p, settings, url, usd_out, err);
    free(row);
    free(url);
    return s;
}

enum sc_status speech_lines(struct sc *s, const struct sc_source *source, const struct sc_changes *changes,
                            const struct sc_ask_settings *settings, bool no_cache, struct lines *out, double *usd_out,
                            struct sc_error *err)
{
    struct speech p = { .session = s, .source = source, .info = &changes->source };
    enum sc_status status;
    int i;

    *usd_out = 0;
    if (!changes->source.has_audio)
        return fail(err, SC_ERR_FORMAT, "no sound in '%s' to write down", source->path);
    p.from_us = changes->first_us > EDGE_US ? changes->first_us : 0;
    p.to_us = changes->source.duration_us - changes->last_us > EDGE_US ? changes->last_us : 0;
    status = speech(&p, settings, no_cache, usd_out, err);
    for (i = 0; i < p.heard.n && !status; i++)
        status = lines_add(out, LINE_SPEECH, p.heard.items[i].start_us, p.heard.items[i].end_us, p.heard.items[i].text,
                           err);
    lines_dispose(&p.heard);
    target_dispose(&p.target);
    free(p.dir);
    free(p.key);
    return status;
}
