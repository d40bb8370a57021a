/* Talks about videos: {"video", "said": [question, answer, question, answer ...]}. */
#include "api/talk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "archive/cache.h"

#define TALKS_MAX_BYTES ((int64_t)16 << 20)

struct talk {
    json_t *root, *said;
};

/* The video whatever its path is called here, as long as it is not written anew. */
static char *name_video(const struct sc_source *source)
{
    char *real = realpath(source->path, NULL), *name = NULL;
    struct stat st = { 0 };

    if ((real && stat(real, &st)) ||
        asprintf(&name, "talk about %s, stream %d, %" PRId64 " bytes of %" PRId64, real ? real : source->path,
                 source->stream, (int64_t)st.st_size, (int64_t)st.st_mtime) < 0)
        name = NULL;
    free(real);
    return name;
}

static char *folder(const struct sc *s)
{
    char *dir = NULL;

    return s->cache_dir && asprintf(&dir, "%s/talks", s->cache_dir) >= 0 ? dir : NULL;
}

/* Questions and answers in turn, the first question may be null. */
static bool is_talk(const json_t *root, const char *name)
{
    const json_t *said = json_object_get(root, "said");
    const char *video = json_string_value(json_object_get(root, "video"));
    size_t n = json_array_size(said), i;

    if (!video || strcmp(video, name) != 0 || !n || n % 2 || n > 2 * TALK_MAX_TURNS)
        return false;
    for (i = 0; i < n; i++)
        if (!json_is_string(json_array_get(said, i)) && (i || !json_is_null(json_array_get(said, i))))
            return false;
    return true;
}

enum sc_status talk_open(struct sc *s, const struct sc_source *source, struct talk **out, struct sc_error *err)
{
    char *name = name_video(source), *dir = folder(s);
    FILE *f = name && dir ? cache_find(dir, name) : NULL;
    json_t *root = f ? json_loadf(f, JSON_REJECT_DUPLICATES, NULL) : NULL;
    struct talk *t = root && is_talk(root, name) ? calloc(1, sizeof *t) : NULL;

    if (f)
        fclose(f);
    free(name);
    free(dir);
    *out = t;
    if (!t) {
        json_decref(root);
        return fail(err, SC_ERR_INVALID, "nothing was asked about '%s', as it is now, that could be continued; ask without "
                                         "--continue first",
                    source->path);
    }
    t->root = root;
    t->said = json_object_get(root, "said");
    return SC_OK;
}

void talk_close(struct talk **t)
{
    if (!*t)
        return;
    json_decref((*t)->root);
    free(*t);
    *t = NULL;
}

const char *talk_question(const struct talk *t) { return json_string_value(json_array_get(t->said, 0)); }

enum sc_status talk_add(const struct talk *t, const char *next, const struct model *model, struct query *q,
                        struct sc_error *err)
{
    size_t n = json_array_size(t->said), i;
    enum sc_status s = SC_OK;

    if (n >= 2 * TALK_MAX_TURNS)
        return fail(err, SC_ERR_LIMIT, "%d questions were asked already; ask without --continue", TALK_MAX_TURNS);
    for (i = 1; i < n && !s; i += 2)
        s = query_add_turns(q, model, json_string_value(json_array_get(t->said, i)),
                            i + 1 < n ? json_string_value(json_array_get(t->said, i + 1)) : next, err);
    return s;
}

void talk_keep(struct sc *s, const struct sc_source *source, const struct talk *t, const char *question,
               const char *answer)
{
    char *name = name_video(source), *dir = folder(s);
    json_t *said = t ? json_copy(t->said) : json_array(), *root = json_object();
    struct cache_entry *entry = name && dir ? cache_begin(dir, name) : NULL;
    bool good = said && root && name &&
                !json_array_append_new(said, question ? json_string(question) : json_null()) &&
                !json_array_append_new(said, json_string(answer)) &&
                !json_object_set_new(root, "video", json_string(name)) && !json_object_set(root, "said", said);

    if (entry && good && !json_dumpf(root, cache_file(entry), JSON_INDENT(1)))
        cache_keep(&entry, TALKS_MAX_BYTES);
    else if (entry)
        cache_drop(&entry);
    json_decref(said);
    json_decref(root);
    free(name);
    free(dir);
}
