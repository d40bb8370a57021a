/* sc_archive_rebuild: a catalogue out of what a damaged one still has, and of the JSON files beside the videos. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/caption_run.h"
#include "api/evidence.h"
#include "api/files.h"
#include "archive/answers.h"
#include "archive/listing.h"
#include "archive/place.h"
#include "archive/salvage.h"
#include "archive/upkeep.h"
#include "client/base64.h"

#define ENDING ".seechange.json"
#define MAX_FILE_BYTES ((size_t)64 << 20)
#define MAX_ASIDE 1000           /* damaged catalogues beside one */

struct rebuilding {
    struct sc *session;
    const struct sc_rebuild_settings *set;
    struct sc_rebuilt *out;
    struct caption_run *run;     /* for what it knows of files beside videos; its catalogue is the new one */
    const char *root;            /* of the paths, that is walked now */
};

static void say(struct rebuilding *r, const char *path, const char *why)
{
    char *text = NULL;

    if (r->set->on_notice && asprintf(&text, "'%s': %s", path, why) >= 0)
        r->set->on_notice(r->set->user, text);
    free(text);
}

/* ---- the catalogue ---- */

/* SQLite's header has the number that says whose file it is at byte 68. A file without a header is taken for a catalogue
 * only by its name. */
static bool may_be_ours(const char *path)
{
    const char *dot = strrchr(path, '.');
    uint8_t head[72] = { 0 };
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;

    if (f)
        fclose(f);
    if (n == sizeof head && !memcmp(head, "SQLite format 3", 16))
        return ((uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 | (uint32_t)head[70] << 8 | head[71]) ==
               CATALOG_APPLICATION_ID;
    return dot && !strcmp(dot, ".db");
}

/* Move it, and what belongs to it, out of the way. *aside_out: free it. */
static enum sc_status put_aside(const char *path, char **aside_out, struct sc_error *err)
{
    static const char *const parts[] = { "", "-wal", "-shm" };
    char from[4096], to[4096];
    size_t k;
    int i;

    for (i = 1; i < MAX_ASIDE; i++) {
        snprintf(to, sizeof to, "%s.damaged-%d", path, i);
        if (access(to, F_OK))
            break;
    }
    for (k = 0; k < sizeof parts / sizeof *parts; k++) {
        snprintf(from, sizeof from, "%s%s", path, parts[k]);
        snprintf(to, sizeof to, "%s.damaged-%d%s", path, i, parts[k]);
        if (rename(from, to) && (errno != ENOENT || !k))
            return fail_errno(err, errno, "can't move '%s' aside", from);
    }
    return asprintf(aside_out, "%s.damaged-%d", path, i) < 0 ? fail_memory(err) : SC_OK;
}

static void no_words(void *user, const char *text)
{
    (void)user;
    (void)text;
}

static enum sc_status is_run_alive(struct catalog *c, struct sc_error *err)
{
    struct sc_runs runs = { 0 };
    bool alive = false;
    int i;

    if (!list_runs(c, 64, &runs, NULL))
        for (i = 0; i < runs.n; i++)
            alive = alive || runs.rows[i].is_alive;
    sc_runs_dispose(&runs);
    return alive ? fail(err, SC_ERR_IO, "a run is at '%s'; rebuild it when that has ended", c->path) : SC_OK;
}

/* *is_damaged_out: it has to be made anew. */
static enum sc_status inspect(const char *path, bool *is_damaged_out, struct sc_error *err)
{
    struct catalog *c = NULL;
    int64_t n_faults = 0;
    enum sc_status s;

    *is_damaged_out = false;
    if (access(path, F_OK))
        return SC_OK;
    if ((s = catalog_open(&c, path, false, err)) == SC_ERR_FORMAT && may_be_ours(path)) {
        *is_damaged_out = true;
        return SC_OK;
    }
    if (!s && !(s = is_run_alive(c, err)) && !(s = catalog_verify(c, no_words, NULL, &n_faults, err)))
        *is_damaged_out = n_faults > 0;
    catalog_close(&c);
    return s;
}

/* What can be read of the old one goes by way of a copy of its readable rows, so that merging meets no damage. */
static void salvage(struct rebuilding *r, const char *aside)
{
    struct sc_error err = { 0 };
    char copy[4096];
    enum sc_status s;

    snprintf(copy, sizeof copy, "%s.readable", r->run->catalog->path);
    unlink(copy);
    if (!(s = salvage_copy(aside, copy, &err)))
        s = catalog_merge(r->run->catalog, copy, &r->out->n_salvaged, &err);
    if (s)
        say(r, aside, "nothing of it can be read; what it knew is taken from the files beside the videos");
    unlink(copy);
    snprintf(copy, sizeof copy, "%s.readable-wal", r->run->catalog->path);
    unlink(copy);
    snprintf(copy, sizeof copy, "%s.readable-shm", r->run->catalog->path);
    unlink(copy);
}

static enum sc_status open_new(struct rebuilding *r, const char *path, struct sc_error *err)
{
    bool is_damaged;
    enum sc_status s = inspect(path, &is_damaged, err);

    if (!s && is_damaged)
        s = put_aside(path, &r->out->aside, err);
    if (!s && !(s = catalog_open(&r->run->catalog, path, true, err)) && r->out->aside)
        salvage(r, r->out->aside);
    return s;
}

/* ---- one file ---- */

static bool read_hex(const json_t *value, uint8_t out[HASH_SIZE])
{
    const char *text = json_string_value(value);
    int i;

    if (!text || strlen(text) != 2 * HASH_SIZE || strspn(text, "0123456789abcdef") != 2 * HASH_SIZE)
        return false;
    for (i = 0; i < HASH_SIZE; i++) {
        const char pair[] = { text[2 * i], text[2 * i + 1], '\0' };

        out[i] = (uint8_t)strtol(pair, NULL, 16);
    }
    return true;
}

static int64_t read_count(const json_t *root, const char *name)
{
    const json_t *n = json_object_get(root, name);

    return json_is_integer(n) && json_integer_value(n) >= 0 ? (int64_t)json_integer_value(n) : -1;
}

static const char *read_text(const json_t *root, const char *name)
{
    const char *text = json_string_value(json_object_get(root, name));

    return text ? text : "";
}

/* The evidence if it is there and whole; it tells the length of the video. */
static enum sc_status take_evidence(struct rebuilding *r, const json_t *root, int64_t content_id, int64_t *duration_us,
                                    struct sc_error *err)
{
    const char *text = read_text(root, "evidence");
    const size_t n = strlen(text);
    struct catalog *c = r->run->catalog;
    struct buffer data = { 0 }, old = { 0 };
    struct sc_changes *changes = NULL;
    uint8_t digest[HASH_SIZE], *room;
    int64_t look_id;
    enum sc_status s = SC_OK;

    if (!n || !read_hex(json_object_get(root, "look"), digest))
        return SC_OK;
    if (!(room = buffer_room(&data, n, err)))
        return SC_ERR_NOMEM;
    buffer_filled(&data, base64_decode(text, room));
    if (!evidence_unpack(&data, &changes, NULL) && !(s = catalog_settings_of(c, digest, &look_id, err)) &&
        !(s = look_find(c, content_id, look_id, &old, err))) {
        *duration_us = changes->source.is_still ? 0 : changes->source.duration_us;
        if (!old.size)
            s = look_keep(c, content_id, look_id, &data, *duration_us, changes->n_events, err);
    }
    sc_changes_free(&changes);
    buffer_dispose(&data);
    buffer_dispose(&old);
    return s;
}

/* What captions say, and subtitles behind it, as a run would have kept them. *out: each text of the subtitles is in root. */
static enum sc_status all_passages(const struct caption *caption, const json_t *root, struct sc_passage **out, int *n_out,
                                   struct sc_error *err)
{
    const json_t *subtitles = json_object_get(root, "subtitles"), *item;
    size_t i;

    *n_out = caption->n_passages;
    *out = calloc((size_t)caption->n_passages + json_array_size(subtitles) + 1, sizeof **out);
    if (!*out)
        return fail_memory(err);
    if (caption->n_passages)
        memcpy(*out, caption->passages, (size_t)caption->n_passages * sizeof **out);
    json_array_foreach(subtitles, i, item) {
        struct sc_passage p = { SC_SUBTITLE, read_count(item, "start_us"), read_count(item, "end_us"),
                                (char *)read_text(item, "text") };

        if (*p.text)
            (*out)[(*n_out)++] = p;
    }
    return SC_OK;
}

static enum sc_status keep(struct rebuilding *r, const json_t *root, const char *text, struct answer_row *row,
                           int64_t duration_us, int64_t *id_out, struct sc_error *err)
{
    struct caption caption = { 0 };
    struct sc_passage *passages = NULL;
    int n = 0;
    enum sc_status s;

    if (!(s = caption_read(text, duration_us, &caption, err)) && !(s = all_passages(&caption, root, &passages, &n, err))) {
        row->title = *caption.title || !caption.n_passages ? caption.title : caption.passages[0].text;
        s = answer_keep(r->run->catalog, row, passages, n, id_out, err);
    }
    free(passages);
    caption_dispose(&caption);
    return s;
}

static enum sc_status take_answer(struct rebuilding *r, const json_t *root, int64_t video_id, int64_t content_id,
                                  int64_t asked_at_us, int64_t *id_out, struct sc_error *err)
{
    const json_t *cost = json_object_get(root, "cost_usd");
    struct answer_row row = {
        .content_id = content_id, .video_id = video_id, .kind = SC_ANSWER_CAPTION, .service = read_text(root, "service"),
        .model = read_text(root, "model"), .prompt_version = read_text(root, "prompt_version"),
        .no_model = json_is_true(json_object_get(root, "no_model")), .prompt_tokens = read_count(root, "prompt_tokens"),
        .output_tokens = read_count(root, "output_tokens"),
        .cost_usd = json_is_number(cost) ? json_number_value(cost) : -1,
        .asked_at_us = asked_at_us,
    };
    uint8_t settings[HASH_SIZE], request[HASH_SIZE];
    int64_t duration_us = 0;
    char *text;
    enum sc_status s;

    if (!read_hex(json_object_get(root, "settings"), settings) || !json_is_object(json_object_get(root, "caption")))
        return fail(err, SC_ERR_FORMAT, "it has no captions");
    if (read_hex(json_object_get(root, "request"), request))
        row.request = request;
    if ((s = take_evidence(r, root, content_id, &duration_us, err)) ||
        (s = catalog_settings_of(r->run->catalog, settings, &row.settings_id, err)) ||
        (s = sql_number(r->run->catalog, 0, id_out, err, "SELECT id FROM answer WHERE content_id = ? AND settings_id = ?", "ii",
                        content_id, row.settings_id)))
        return s;
    if (*id_out)
        return video_refresh(r->run->catalog, video_id, err);
    row.text = text = json_dumps(json_object_get(root, "caption"), JSON_INDENT(1));
    s = text ? keep(r, root, text, &row, duration_us, id_out, err) : fail_memory(err);
    free(text);
    if (!s)
        r->out->n_taken++;
    return s;
}

/* Files of which the text is what would be written now are ours again; others are as of somebody else. */
static void claim_files(struct rebuilding *r, const char *video, int64_t video_id, int64_t answer_id)
{
    const struct caption_format *f;
    struct sc_error err = { 0 };
    int n = 0, written;

    for (f = caption_formats; f->name; f++) {
        char *path = caption_file_path(r->run, video, f->ending);

        if (path && !access(path, F_OK))
            r->run->formats[n++] = f;
        free(path);
    }
    r->run->formats[n] = NULL;
    if (caption_write(r->run, video_id, answer_id, video, &written, &err))
        say(r, video, err.text);
}

/* SC_ERR_FORMAT and SC_ERR_IO are of this one alone. */
static enum sc_status take(struct rebuilding *r, const json_t *root, const char *video, int64_t asked_at_us,
                           struct sc_error *err)
{
    struct identity file;
    uint8_t content[HASH_SIZE];
    int64_t video_id, content_id, answer_id = 0;
    enum sc_status s;

    if (read_count(root, "version") != 1 || strcmp(read_text(root, "generator"), "seechange") != 0 ||
        !read_hex(json_object_get(root, "sha256"), content))
        return fail(err, SC_ERR_FORMAT, "it is none that seechange wrote, or of another version");
    if (access(video, F_OK))
        return fail(err, SC_ERR_FORMAT, "its video is gone");
    if ((s = identity_of_file(video, &r->session->cancel, &file, err)))
        return s == SC_ERR_IO ? fail(err, SC_ERR_FORMAT, "its video can't be read") : s;
    if (memcmp(content, file.sha256, HASH_SIZE) != 0)
        return fail(err, SC_ERR_FORMAT, "its video has changed since");
    if ((s = video_add(r->run->catalog, video, &file, &video_id, &content_id, err)) ||
        (s = take_answer(r, root, video_id, content_id, asked_at_us, &answer_id, err)))
        return s;
    claim_files(r, video, video_id, answer_id);
    return SC_OK;
}

/* The path of the video: beside the file, or as far below the root as this is below the folder of sidecars. */
static char *video_of(const struct rebuilding *r, const char *path, const char *below)
{
    const size_t n = strlen(path) - strlen(ENDING);
    char *video = NULL;

    if (!r->set->sidecar_dir)
        return strndup(path, n);
    return asprintf(&video, "%s/%.*s", r->root, (int)(strlen(below) - strlen(ENDING)), below) < 0 ? NULL : video;
}

static enum sc_status on_file(void *user, const char *path, const char *below, const struct identity *file,
                              struct sc_error *err)
{
    struct rebuilding *r = user;
    const size_t n = strlen(path), ending = strlen(ENDING);
    struct sc_error why = { 0 };
    json_t *root = NULL;
    char *video = NULL, *text = NULL;
    enum sc_status s;

    if (n <= ending || strcmp(path + n - ending, ENDING) != 0)
        return SC_OK;
    r->out->n_files++;
    if (file_read(path, MAX_FILE_BYTES, false, &text, &why) || !(root = json_loads(text, JSON_ALLOW_NUL, NULL)))
        s = fail(&why, SC_ERR_FORMAT, text ? "it is no JSON" : "it can't be read");
    else
        s = (video = video_of(r, path, below)) ? take(r, root, video, file->mtime_ns / 1000, &why) : fail_memory(&why);
    if (s == SC_ERR_FORMAT) {
        r->out->n_left++;
        say(r, path, why.text);
        s = SC_OK;
    } else if (s && err)
        *err = why;
    json_decref(root);
    free(video);
    free(text);
    return s;
}

/* ---- all ---- */

static enum sc_status take_files(struct rebuilding *r, struct sc_error *err)
{
    const struct walk w = { .include = "*" ENDING, .cancel = &r->session->cancel, .on_file = on_file, .user = r };
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < r->set->n_paths && !s; i++) {
        char *root = realpath(r->set->paths[i], NULL);

        if (!root)
            return fail_errno(err, errno, "can't open '%s'", r->set->paths[i]);
        r->run->roots[r->run->n_roots++] = root;
        r->root = root;
        s = walk(&w, r->set->sidecar_dir ? r->set->sidecar_dir : root, err);
    }
    return s;
}

static enum sc_status run(struct rebuilding *r, const struct sc_archive_settings *where, struct sc_error *err)
{
    char *path = where->catalog ? strdup(where->catalog) : NULL;
    enum sc_status s = SC_OK;

    if (where->catalog && !path)
        s = fail_memory(err);
    else if (!path)
        s = place_find(where->near, true, &path, err);
    if (!s && !(s = open_new(r, path, err)))
        s = take_files(r, err);
    free(path);
    return s;
}

enum sc_status sc_archive_rebuild(struct sc *session, const struct sc_archive_settings *where,
                                  const struct sc_rebuild_settings *settings, struct sc_rebuilt *out,
                                  struct sc_error *err)
{
    const struct sc_caption_settings files = { .sidecar_dir = settings->sidecar_dir };
    struct rebuilding r = { session, settings, out, calloc(1, sizeof *r.run), NULL };
    enum sc_status s;
    int i;

    *out = (struct sc_rebuilt){ 0 };
    if (!r.run)
        return fail_memory(err);
    pthread_mutex_init(&r.run->lock, NULL);
    r.run->set = &files;
    r.run->session = session;
    if (settings->n_paths < 1 || settings->n_paths > CAPTION_MAX_PATHS ||
        (settings->sidecar_dir && settings->n_paths > 1))
        s = fail(err, SC_ERR_INVALID, settings->sidecar_dir ? "with a folder of sidecars name the one folder they are of"
                                                            : "too many paths, or none, to look through at a time");
    else
        s = run(&r, where, err);
    catalog_close(&r.run->catalog);
    for (i = 0; i < r.run->n_roots; i++)
        free(r.run->roots[i]);
    pthread_mutex_destroy(&r.run->lock);
    free(r.run);
    if (s)
        sc_rebuilt_dispose(out);
    return s;
}

void sc_rebuilt_dispose(struct sc_rebuilt *r)
{
    free(r->aside);
    *r = (struct sc_rebuilt){ 0 };
}
