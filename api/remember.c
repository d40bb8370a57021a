/* What was answered, by the id of its request. */
#include "api/remember.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "archive/cache.h"
#include "client/client.h"
#include "client/pool.h"

#define ANSWERS_MAX_BYTES ((int64_t)64 << 20)
#define ANSWER_MAX_BYTES ((size_t)16 << 20)

static char *folder(const struct sc *s)
{
    char *dir = NULL;

    return s->cache_dir && asprintf(&dir, "%s/answers", s->cache_dir) >= 0 ? dir : NULL;
}

static json_t *read_file(FILE *f)
{
    struct buffer text = { .limit = ANSWER_MAX_BYTES };
    json_t *root = NULL;
    char piece[4096];
    size_t n;
    enum sc_status s = SC_OK;

    while (!s && (n = fread(piece, 1, sizeof piece, f)) > 0)
        s = buffer_add(&text, piece, n, NULL);
    if (!s && !ferror(f) && text.size)
        root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    buffer_dispose(&text);
    return root;
}

/* Files that are not of this id, or damaged, are as if they were not there. */
static bool take(const json_t *root, const char *id, struct client_answer *out)
{
    const char *said = json_string_value(json_object_get(root, "id"));
    const json_t *text = json_object_get(root, "text"), *given = json_object_get(root, "given_s");
    const char *finish = json_string_value(json_object_get(root, "finish"));

    if (!said || strcmp(said, id) != 0 || !json_is_string(text) || !json_is_integer(given) ||
        json_integer_value(given) <= 0 || !finish ||
        buffer_add(&out->text, json_string_value(text), json_string_length(text), NULL))
        return false;
    snprintf(out->finish, sizeof out->finish, "%s", finish);
    out->remembered_s = json_integer_value(given);
    return true;
}

static bool find(void *user, const char *id, struct client_answer *out)
{
    char *dir = folder(user);
    FILE *f = dir ? cache_find(dir, id) : NULL;
    json_t *root = f ? read_file(f) : NULL;
    bool found = root && take(root, id, out);

    json_decref(root);
    if (f)
        fclose(f);
    free(dir);
    return found;
}

static void keep(void *user, const char *id, const struct client_answer *answer)
{
    char *dir = folder(user);
    struct cache_entry *entry = dir ? cache_begin(dir, id) : NULL;
    json_t *root = json_pack("{s:s, s:I, s:s, s:s%}", "id", id, "given_s", (json_int_t)time(NULL), "finish",
                             answer->finish, "text", answer->text.data ? (const char *)answer->text.data : "",
                             answer->text.size);

    if (entry && root && !json_dumpf(root, cache_file(entry), JSON_INDENT(1)))
        cache_keep(&entry, ANSWERS_MAX_BYTES);
    else if (entry)
        cache_drop(&entry);
    json_decref(root);
    free(dir);
}

void remember_answers(struct sc *s)
{
    const struct client_memory memory = { .find = find, .keep = keep, .user = s };

    if (s->cache_dir && s->pool)
        client_pool_remember(s->pool, &memory);
}
