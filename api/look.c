/* The signatures of a video, from the cache or the worker. */
#include "api/look.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/cache.h"
#include "archive/tape.h"

#define FOLDER "signatures"
#define CACHE_MAX_BYTES ((int64_t)2 << 30)
#define TAPE_MAX_BYTES (CACHE_MAX_BYTES / 4)

/* ---- settings, masks, crops ---- */

static bool boxes_are_good(const struct sc_box *boxes, int n)
{
    int i;

    for (i = 0; i < n; i++)
        if (boxes[i].x < 0 || boxes[i].y < 0 || boxes[i].w < 1 || boxes[i].h < 1)
            return false;
    return n >= 0;
}

enum sc_status look_check(const struct sc_look_settings *l, struct sc_error *err)
{
    if (l->fps && l->every_us)
        return fail(err, SC_ERR_INVALID, "fps and every exclude each other");
    if (l->fps < 0 || !isfinite(l->fps) || l->every_us < 0)
        return fail(err, SC_ERR_INVALID, "the pictures to look at must be more than none a second");
    if (l->from_us < 0 || (l->to_us && l->to_us < l->from_us))
        return fail(err, SC_ERR_INVALID, "the stretch to look at ends before it begins");
    if (l->crop.x < 0 || l->crop.y < 0 || l->crop.w < 0 || l->crop.h < 0)
        return fail(err, SC_ERR_INVALID, "the crop must lie inside the picture");
    if (!boxes_are_good(l->ignore, l->n_ignore) || !boxes_are_good(l->only, l->n_only))
        return fail(err, SC_ERR_INVALID, "a box to look at or away from has no size or negative numbers");
    if (!(l->min_size >= 0 && l->min_size <= 1) || l->min_duration_us < 0)
        return fail(err, SC_ERR_INVALID, "the smallest size is a part of the picture, 0 to 1, and no time is negative");
    if (l->max_frames < 0)
        return fail(err, SC_ERR_INVALID, "at most %d frames makes no sense", l->max_frames);
    if (l->n_moments < 0 || l->n_moments > SC_MAX_MOMENTS)
        return fail(err, SC_ERR_LIMIT, "at most %d pictures can be chosen by their times", SC_MAX_MOMENTS);
    if (l->profile > SC_PROFILE_FILM)
        return fail(err, SC_ERR_INVALID, "no such profile");
    if (l->has_sensitivity && !(l->sensitivity >= 0 && l->sensitivity <= 1))
        return fail(err, SC_ERR_INVALID, "sensitivity must be between 0 and 1");
    return SC_OK;
}

enum sc_status look_decide(struct decider *d, struct mask *mask, const struct signature *signature, struct sc_error *err)
{
    struct signature *masked;
    enum sc_status s;

    if (!mask)
        return decide_add(d, signature, err);
    masked = signature_copy(signature);
    if (!masked)
        return fail_memory(err);
    mask_apply(mask, masked);
    s = decide_add(d, masked, err);
    signature_free(&masked);
    return s;
}

void look_place(struct sc_changes *c, struct sc_box crop)
{
    int i;

    for (i = 0; crop.w > 0 && crop.h > 0 && i < c->n_events; i++) {
        c->events[i].box.x += crop.x;
        c->events[i].box.y += crop.y;
    }
}

/* ---- what signatures are of ---- */

static enum sc_status add_identity(struct buffer *key, const struct stat *st)
{
    return buffer_print(key, NULL, "%llu %llu %lld %lld.%09ld\n", (unsigned long long)st->st_dev,
                        (unsigned long long)st->st_ino, (long long)st->st_size, (long long)st->st_mtim.tv_sec,
                        st->st_mtim.tv_nsec);
}

/* All that lies in a folder, by name: as text for each it would be long, so two sums of it. */
static enum sc_status add_folder(struct buffer *key, const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort), i;
    uint64_t a = 14695981039346656037u, b = 0;   /* FNV-1a, and a second one with another start */
    enum sc_status s = n < 0 ? SC_ERR_IO : SC_OK;

    for (i = 0; i < n; i++) {
        struct buffer line = { 0 };
        struct stat st;
        char *file = NULL;
        size_t k;

        if (!s && entries[i]->d_name[0] != '.' &&
            (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0 || stat(file, &st) ||
             buffer_text(&line, entries[i]->d_name, NULL) || add_identity(&line, &st)))
            s = SC_ERR_IO;
        for (k = 0; k < line.size; k++) {
            a = (a ^ line.data[k]) * 1099511628211u;
            b = (b + line.data[k]) * 6364136223846793005u + 1442695040888963407u;
        }
        buffer_dispose(&line);
        free(file);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return s ? s : buffer_print(key, NULL, "%d %016llx%016llx\n", n, (unsigned long long)a, (unsigned long long)b);
}

enum sc_status look_add_source(struct buffer *key, const struct sc_source *source)
{
    struct stat st;

    if (!strcmp(source->path, "-") || strstr(source->path, "://") || stat(source->path, &st))
        return SC_ERR_IO;
    if (S_ISDIR(st.st_mode))
        return add_folder(key, source->path);
    return S_ISREG(st.st_mode) ? add_identity(key, &st) : SC_ERR_IO;
}

/* Everything that signatures depend on, as text; NULL: they are not to be cached. free() it. */
static char *make_key(struct sc *s, const struct sc_source *source, const struct scan_settings *scan)
{
    struct buffer key = { .limit = TAPE_MAX_KEY - 1 };
    const struct sc_box c = scan->crop;
    char *text = NULL;
    struct stat worker;

    if (!stat(worker_program(s->worker), &worker) &&
        !buffer_print(&key, NULL, "signatures %d of seechange %s, libavcodec %s\n", SIGNATURE_VERSION, SC_VERSION,
                      worker_media(s->worker)) &&
        !add_identity(&key, &worker) && !look_add_source(&key, source) &&
        !buffer_print(&key, NULL, "stream %d rate %.17g background %d %06x max %lld\n", source->stream,
                      source->still_rate, source->has_background, (unsigned)source->background_rgb,
                      (long long)source->max_pixels) &&
        !buffer_print(&key, NULL, "effort %d fps %.17g every %lld from %lld to %lld crop %d,%d,%d,%d\n", scan->effort,
                      scan->fps, (long long)scan->every_us, (long long)scan->from_us, (long long)scan->to_us, c.x, c.y,
                      c.w, c.h))
        text = buffer_take(&key);
    buffer_dispose(&key);
    return text;
}

static char *folder(const struct sc *s)
{
    char *dir = NULL;

    return s->cache_dir && asprintf(&dir, "%s/" FOLDER, s->cache_dir) >= 0 ? dir : NULL;
}

/* ---- from the cache ---- */

static enum sc_status read_summary(const struct buffer *tail, const char *path, struct scan_summary *out,
                                   struct sc_error *err)
{
    struct unpacker u = { .data = tail->data, .size = tail->size };
    char *own;

    out->n_decoded = unpack_i64(&u);
    unpack_damage(&u, &out->damage);
    if (!unpack_info(&u, &out->info) || !unpack_scouting(&u, &out->scouting))
        return fail(err, SC_ERR_FORMAT, "a damaged tape");
    if (!(own = strdup(path)))
        return fail_memory(err);
    free(out->info.path);        /* the same file may have been looked at by another name */
    out->info.path = own;
    return SC_OK;
}

static enum sc_status replay(struct sc *s, struct tape_reader *tape, const char *path, const struct scan_sink *sink,
                             struct scan_summary *out, struct sc_error *err)
{
    const struct signature *signature = NULL;
    struct buffer tail = { 0 };
    enum sc_status status;

    do {
        if (atomic_load(&s->cancel))
            status = fail(err, SC_ERR_CANCELLED, "cancelled");
        else if (!(status = tape_read(tape, &signature, &tail, err)) && signature)
            status = sink->on_signature(sink->user, signature, err);
    } while (!status && signature);
    if (!status)
        status = read_summary(&tail, path, out, err);
    if (status)
        scan_summary_dispose(out);
    buffer_dispose(&tail);
    return status;
}

/* Whether it was there. */
static bool from_cache(struct sc *s, const char *dir, const char *key, const char *path, const struct scan_sink *sink,
                       struct scan_summary *out, enum sc_status *status, struct sc_error *err)
{
    FILE *f = cache_find(dir, key);
    struct tape_reader *tape = NULL;
    bool found = f && !tape_open(&tape, f, key, NULL);

    if (found)
        *status = replay(s, tape, path, sink, out, err);
    tape_close_reader(&tape);
    if (f)
        fclose(f);
    return found;
}

/* ---- from the worker, into the cache ---- */

struct recorder {
    const struct scan_sink *sink;
    struct cache_entry *entry;   /* NULL: nothing is recorded, or not any more */
    struct tape_writer *tape;
};

static void stop_recording(struct recorder *r)
{
    tape_close_writer(&r->tape);
    cache_drop(&r->entry);
}

static enum sc_status record(void *user, const struct signature *signature, struct sc_error *err)
{
    struct recorder *r = user;

    if (r->tape && tape_write(r->tape, signature, NULL))
        stop_recording(r);
    return r->sink->on_signature(r->sink->user, signature, err);
}

static void pass_position(void *user, int64_t time_us, int64_t n_decoded)
{
    struct recorder *r = user;

    if (r->sink->on_position)
        r->sink->on_position(r->sink->user, time_us, n_decoded);
}

static void keep(struct recorder *r, const struct scan_summary *summary)
{
    struct buffer tail = { .limit = TAPE_MAX_TAIL };
    struct packer p = { .out = &tail };

    pack_i64(&p, summary->n_decoded);
    pack_damage(&p, &summary->damage);
    pack_info(&p, &summary->info);
    pack_scouting(&p, &summary->scouting);
    if (r->tape && !p.status && !tape_finish(r->tape, &tail, NULL))
        cache_keep(&r->entry, CACHE_MAX_BYTES);
    buffer_dispose(&tail);
}

static enum sc_status scan(struct sc *s, const struct sc_source *source, const struct scan_settings *settings,
                           const char *dir, const char *key, const struct scan_sink *sink, struct scan_summary *out,
                           struct sc_error *err)
{
    struct recorder r = { .sink = sink };
    const struct scan_sink through = { record, pass_position, &r };
    char *key_after;
    enum sc_status status;

    if (key && (r.entry = cache_begin(dir, key)) &&
        tape_create(&r.tape, cache_file(r.entry), key, TAPE_MAX_BYTES, NULL))
        stop_recording(&r);
    status = worker_scan(s->worker, 0, settings, &through, out, err);
    key_after = !status && r.tape ? make_key(s, source, settings) : NULL;
    if (key_after && !strcmp(key, key_after))    /* not written to meanwhile */
        keep(&r, out);
    stop_recording(&r);
    free(key_after);
    return status;
}

enum sc_status look_through(struct sc *s, const struct sc_source *source, const struct scan_settings *settings,
                            bool use_cache, const struct scan_sink *sink, struct scan_summary *out, bool *cached_out,
                            struct sc_error *err)
{
    char *dir = use_cache ? folder(s) : NULL;
    char *key = dir ? make_key(s, source, settings) : NULL;
    enum sc_status status = SC_OK;

    memset(out, 0, sizeof *out);
    *cached_out = key && from_cache(s, dir, key, source->path, sink, out, &status, err);
    if (!*cached_out)
        status = scan(s, source, settings, dir, key, sink, out, err);
    free(key);
    free(dir);
    return status;
}
