/* Talks about videos: {"video", "service", "model", "first": the first message's sum, "most_images", "most_tokens", "said":
 * [question, answer, question, answer ...]}. */
#include "api/talk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "archive/cache.h"
#include "client/digest.h"

#define TALKS_MAX_BYTES ((int64_t)16 << 20)
#define TALK_MAX_BYTES (4 << 20)

struct talk {
    json_t *root, *said;
    struct sc_ask_settings settings; /* of its first question */
    const char *next;        /* the one with which it goes on; borrowed */
};

/* The video, whatever its path is called here. */
static char *name_video(const struct sc_source *source)
{
    char *real = realpath(source->path, NULL), *name = NULL;

    if (asprintf(&name, "talk about %s, stream %d", real ? real : source->path, source->stream) < 0)
        name = NULL;
    free(real);
    return name;
}

static char *folder(const struct sc *s)
{
    char *dir = NULL;

    return s->cache_dir && asprintf(&dir, "%s/talks", s->cache_dir) >= 0 ? dir : NULL;
}

/* ---- the first message ---- */

static enum sc_status add_sum(struct buffer *sums, const void *bytes, size_t size, struct sc_error *err)
{
    uint8_t sum[DIGEST_SIZE];
    enum sc_status s = digest_bytes(bytes ? bytes : "", size, sum, err);

    return s ? s : buffer_add(sums, sum, sizeof sum, err);
}

/* Of all that comes before the first answer. */
static enum sc_status sum_up(const struct query *q, char out[DIGEST_HEX_SIZE], struct sc_error *err)
{
    struct buffer sums = { 0 };
    uint8_t sum[DIGEST_SIZE];
    enum sc_status s = add_sum(&sums, q->system, q->system ? strlen(q->system) : 0, err);
    int i;

    for (i = 0; i < q->n_parts && !s; i++) {
        const struct query_part *p = &q->parts[i];

        s = p->type == PART_IMAGE ? add_sum(&sums, p->data.data, p->data.size, err)
                                  : add_sum(&sums, p->text, strlen(p->text), err);
    }
    if (!s && !(s = digest_bytes(sums.data, sums.size, sum, err)))
        digest_hex(sum, out);
    buffer_dispose(&sums);
    return s;
}

/* ---- taking it up ---- */

static const char *text_of(const json_t *root, const char *name) { return json_string_value(json_object_get(root, name)); }

/* Questions and answers in turn; the first question may be null, which is the default. */
static bool is_talk(const json_t *root, const char *name)
{
    const json_t *said = json_object_get(root, "said");
    const char *video = text_of(root, "video");
    size_t n = json_array_size(said), i;

    if (!video || strcmp(video, name) != 0 || !n || n % 2 || n > 2 * TALK_MAX_TURNS || !text_of(root, "service") ||
        !text_of(root, "model") || !text_of(root, "first"))
        return false;
    for (i = 0; i < n; i++)
        if (!json_is_string(json_array_get(said, i)) && (i || !json_is_null(json_array_get(said, i))))
            return false;
    return true;
}

static json_t *read_talk(const struct sc *s, const struct sc_source *source)
{
    char *name = name_video(source), *dir = folder(s);
    FILE *f = name && dir ? cache_find(dir, name) : NULL;
    bool fits = f && !fseeko(f, 0, SEEK_END) && ftello(f) <= TALK_MAX_BYTES && !fseeko(f, 0, SEEK_SET);
    json_t *root = fits ? json_loadf(f, JSON_REJECT_DUPLICATES, NULL) : NULL;

    if (f)
        fclose(f);
    if (root && !is_talk(root, name)) {
        json_decref(root);
        root = NULL;
    }
    free(name);
    free(dir);
    return root;
}

/* A line of the last question, so that it can be seen which talk this is. */
static void tell(const struct asking *a)
{
    size_t n = json_array_size(a->talk->said);
    const char *last = json_string_value(json_array_get(a->talk->said, n - 2));

    if (last)
        session_notice(a->session, "going on after '%.*s%s'", 60, last, strlen(last) > 60 ? "..." : "");
    else
        session_notice(a->session, "going on after what changed was asked");
}

enum sc_status talk_take_up(struct asking *a, struct sc_error *err)
{
    json_t *root;

    if (!a->settings->question || a->settings->schema)
        return fail(err, SC_ERR_INVALID, "--continue needs a question, and takes no --schema");
    if (a->call.no_memory || !a->session->cache_dir)
        return fail(err, SC_ERR_INVALID, "--continue needs the cache, where what was said is kept");
    if (!(root = read_talk(a->session, a->source)))
        return fail(err, SC_ERR_INVALID, "no question about '%s' has an answer here that could be continued; ask without "
                    "--continue first", a->source->path);
    if (!(a->talk = calloc(1, sizeof *a->talk))) {
        json_decref(root);
        return fail_memory(err);
    }
    a->talk->root = root;
    a->talk->said = json_object_get(root, "said");
    a->talk->next = a->settings->question;
    a->most_images = (int)json_integer_value(json_object_get(root, "most_images"));
    a->most_tokens = json_integer_value(json_object_get(root, "most_tokens"));
    a->is_smaller = true; /* other pictures would be another talk */
    a->talk->settings = *a->settings;
    a->talk->settings.question = json_string_value(json_array_get(a->talk->said, 0));
    a->talk->settings.windows = -1;
    a->settings = &a->talk->settings;
    tell(a);
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

/* ---- going on ---- */

static enum sc_status check_same(const struct asking *a, struct sc_error *err)
{
    const json_t *root = a->talk->root;
    char sum[DIGEST_HEX_SIZE], told[URL_TOLD_SIZE];
    enum sc_status s;

    target_url(&a->target, told); /* a name alone may be that of many servers */
    if (strcmp(text_of(root, "service"), told) != 0 || strcmp(text_of(root, "model"), a->target.model_name) != 0)
        return fail(err, SC_ERR_INVALID, "what was asked about '%s' was asked of %s at %s, not of %s at %s; ask that one, or "
                    "without --continue", a->source->path, text_of(root, "model"), text_of(root, "service"),
                    a->target.model_name, told);
    if ((s = sum_up(&a->query, sum, err)))
        return s;
    if (strcmp(sum, text_of(root, "first")) != 0)
        return fail(err, SC_ERR_INVALID, "the file '%s', or an option that decides what is sent of it, is not as it was when "
                    "it was asked about; repeat the options, or ask without --continue", a->source->path);
    return SC_OK;
}

/* The hard stops, for all of it. */
static enum sc_status check_size(struct asking *a, struct sc_error *err)
{
    const struct query *q = &a->query;
    int64_t tokens = q->image_tokens + q->text_tokens + q->layout_tokens, most, bytes = a->settings->max_bytes;
    int64_t takes = a->target.service->limit_body_bytes;
    enum sc_status s = target_most_tokens(&a->target, a->settings, &most, err);

    if (!s && most && tokens > most)
        s = fail(err, SC_ERR_LIMIT, "with all that was said before the query has %" PRId64 " tokens, but %" PRId64
                 " are allowed; ask without --continue", tokens, most);
    bytes = !bytes || (takes && takes < bytes) ? takes : bytes;
    if (!s && !(s = client_write_body(&a->call, q, NULL, &a->answer->body_bytes, err)) && bytes &&
        a->answer->body_bytes > bytes)
        s = fail(err, SC_ERR_LIMIT, "with all that was said before the request has %" PRId64 " bytes, but %" PRId64
                 " are allowed; ask without --continue", a->answer->body_bytes, bytes);
    return s;
}

enum sc_status talk_go_on(struct asking *a, struct sc_error *err)
{
    const struct talk *t = a->talk;
    size_t n = json_array_size(t->said), i;
    enum sc_status s = check_same(a, err);

    if (!s && n >= (size_t)2 * TALK_MAX_TURNS)
        s = fail(err, SC_ERR_LIMIT, "%d questions were asked already; ask without --continue", TALK_MAX_TURNS);
    for (i = 1; i < n && !s; i += 2)
        s = query_add_turns(&a->query, &a->target.model, json_string_value(json_array_get(t->said, i)),
                            i + 1 < n ? json_string_value(json_array_get(t->said, i + 1)) : t->next, err);
    return s ? s : check_size(a, err);
}

/* ---- keeping it ---- */

static json_t *begin_talk(const struct asking *a, const char *name)
{
    char sum[DIGEST_HEX_SIZE], told[URL_TOLD_SIZE];

    if (sum_up(&a->query, sum, NULL))
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:[]}", "video", name, "service",
                     target_url(&a->target, told), "model", a->target.model_name, "first", sum, "most_images",
                     a->most_images, "most_tokens", (json_int_t)a->most_tokens, "said");
}

static bool say(json_t *root, const char *question, const char *answer)
{
    json_t *said = json_object_get(root, "said");

    return !json_array_append_new(said, question ? json_string(question) : json_null()) &&
           !json_array_append_new(said, json_string(answer));
}

void talk_keep(const struct asking *a)
{
    const struct sc_answer *answer = a->answer;
    const char *question = a->talk ? a->talk->next : a->settings->question;
    struct cache_entry *entry;
    char *name, *dir;
    json_t *root;
    bool by_length = answer->finish && !strcmp(answer->finish, "length"); /* "go on" is a question too */

    if (!answer->text || !*answer->text || (answer->incomplete && !by_length) || answer->refused || a->target.schema ||
        a->call.no_memory || a->target.replay)
        return;
    name = name_video(a->source);
    dir = folder(a->session);
    root = !name ? NULL : a->talk ? json_deep_copy(a->talk->root) : begin_talk(a, name);
    entry = dir && root ? cache_begin(dir, name) : NULL;
    if (entry && say(root, question, answer->text) && !json_dumpf(root, cache_file(entry), JSON_INDENT(1)))
        cache_keep(&entry, TALKS_MAX_BYTES);
    else if (entry)
        cache_drop(&entry);
    json_decref(root);
    free(name);
    free(dir);
}
