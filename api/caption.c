/* Captions: from JSON, and from evidence. */
#include "api/caption.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fusion/describe.h"

#define MAX_DEPTH 64
#define MAX_PASSAGES 10000
#define MAX_TITLE 120

/* ---- reading ---- */

/* One line: line ends and tabs become spaces, other controls go. */
static char *one_line(const char *text)
{
    char *line = strdup(text), *to = line;

    for (; line && *text; text++)
        if ((unsigned char)*text >= ' ' && *text != 127)
            *to++ = *text;
        else if (to > line && to[-1] != ' ')
            *to++ = ' ';
    if (line)
        while (to > line && to[-1] == ' ')
            to--;
    if (to)
        *to = '\0';
    return line;
}

static enum sc_status add(struct caption *c, enum sc_passage_kind kind, int64_t start_us, int64_t end_us,
                          const char *text, struct sc_error *err)
{
    struct sc_passage *more;
    char *line;

    if (!text || !*text || c->n_passages >= MAX_PASSAGES)
        return SC_OK;
    if (!(c->n_passages & (c->n_passages - 1))) {
        more = realloc(c->passages, (c->n_passages ? 2 * (size_t)c->n_passages : 1) * sizeof *more);
        if (!more)
            return fail_memory(err);
        c->passages = more;
    }
    if (!(line = one_line(text)))
        return fail_memory(err);
    if (!*line) {
        free(line);
        return SC_OK;
    }
    c->passages[c->n_passages++] = (struct sc_passage){ kind, start_us, end_us, line };
    return SC_OK;
}

static enum sc_status add_list(struct caption *c, enum sc_passage_kind kind, const json_t *list, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item) {
        if ((s = add(c, kind, -1, -1, json_string_value(item), err)))
            break;
    }
    return s;
}

/* A time as a label has it, or seconds; otherwise if it is neither. */
static int64_t read_time(const json_t *value, int64_t otherwise, int64_t duration_us)
{
    int64_t t = otherwise;

    if (json_is_number(value) && json_number_value(value) >= 0 && json_number_value(value) < 1e9)
        t = (int64_t)(json_number_value(value) * 1e6);
    else if (json_is_string(value)) {
        const char *text = json_string_value(value);
        char inner[32];

        snprintf(inner, sizeof inner, "%.*s", (int)strcspn(text + (*text == '['), "]"), text + (*text == '['));
        if (!sc_parse_time(inner, &t))
            t = otherwise;
    }
    return duration_us > 0 && t > duration_us ? duration_us : t;
}

static int by_time(const void *a, const void *b)
{
    const struct sc_passage *x = a, *y = b;

    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    return x->end_us < y->end_us ? -1 : x->end_us > y->end_us;
}

/* In order of time, whatever the model wrote; none ends before it begins. */
static enum sc_status add_timeline(struct caption *c, const json_t *timeline, int64_t duration_us, struct sc_error *err)
{
    const int first = c->n_passages;
    enum sc_status s = SC_OK;
    const json_t *item;
    size_t i;

    json_array_foreach(timeline, i, item) {
        const int64_t start = read_time(json_object_get(item, "start"), -1, duration_us);
        const int64_t end = read_time(json_object_get(item, "end"), start, duration_us);

        if (start >= 0 && (s = add(c, SC_CAPTION, start, end < start ? start : end,
                                   json_string_value(json_object_get(item, "text")), err)))
            return s;
    }
    if (c->n_passages > first)
        qsort(c->passages + first, (size_t)(c->n_passages - first), sizeof *c->passages, by_time);
    return s;
}

static bool is_known(const char *name)
{
    static const char *const names[] = { "title", "summary", "tags", "timeline", "on_screen_text", "counts" };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

/* Every text of a value that has no place of its own. */
static enum sc_status add_others(struct caption *c, json_t *value, int depth, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    const char *name;
    json_t *item;
    size_t i;

    if (depth > MAX_DEPTH)
        return SC_OK;
    if (json_is_string(value))
        return add(c, SC_ANSWER, -1, -1, json_string_value(value), err);
    json_array_foreach(value, i, item) {
        if ((s = add_others(c, item, depth + 1, err)))
            return s;
    }
    json_object_foreach(value, name, item) {
        if ((depth > 0 || !is_known(name)) && (s = add_others(c, item, depth + 1, err)))
            return s;
    }
    return s;
}

static int64_t count(const json_t *counts, const char *name)
{
    const json_t *n = json_object_get(counts, name);

    return json_is_integer(n) && json_integer_value(n) >= 0 ? (int64_t)json_integer_value(n) : -1;
}

static char *text_of(const json_t *root, const char *name)
{
    const char *text = json_string_value(json_object_get(root, name));

    return one_line(text ? text : "");
}

static enum sc_status fill(struct caption *c, json_t *root, int64_t duration_us, struct sc_error *err)
{
    const json_t *counts = json_object_get(root, "counts");
    enum sc_status s;

    c->title = text_of(root, "title");
    c->summary = text_of(root, "summary");
    c->people = count(counts, "people");
    c->vehicles = count(counts, "vehicles");
    c->animals = count(counts, "animals");
    if (!c->title || !c->summary)
        return fail_memory(err);
    if ((s = add(c, SC_TITLE, -1, -1, c->title, err)) || (s = add(c, SC_SUMMARY, -1, -1, c->summary, err)) ||
        (s = add_list(c, SC_TAG, json_object_get(root, "tags"), err)) ||
        (s = add_list(c, SC_SCREEN_TEXT, json_object_get(root, "on_screen_text"), err)) ||
        (s = add_others(c, root, 0, err)))
        return s;
    return add_timeline(c, json_object_get(root, "timeline"), duration_us, err);
}

enum sc_status caption_read(const char *json, int64_t duration_us, struct caption *out, struct sc_error *err)
{
    json_t *root = json_loads(json, JSON_ALLOW_NUL, NULL);
    enum sc_status s;

    *out = (struct caption){ .people = -1, .vehicles = -1, .animals = -1 };
    s = json_is_object(root) ? fill(out, root, duration_us, err)
                             : fail(err, SC_ERR_FORMAT, "the captions are no JSON object");
    json_decref(root);
    return s;
}

void caption_dispose(struct caption *c)
{
    int i;

    for (i = 0; i < c->n_passages; i++)
        free(c->passages[i].text);
    free(c->passages);
    free(c->title);
    free(c->summary);
    *c = (struct caption){ 0 };
}

/* ---- from evidence ---- */

/* "[00:04.040] Something red appeared..." of describe_changes is a line of the timeline, the first line the summary. */
static json_t *timeline_of(const struct sc_changes *c, char *lines)
{
    json_t *timeline = json_array();
    char *line, *rest = lines;
    int i = 0;

    while (timeline && (line = strsep(&rest, "\n"))) {
        const char *text = strchr(line, ']');
        char start[32], end[32];

        if (*line != '[' || !text || i >= c->n_events)
            continue;
        sc_format_time(c->events[i].start_us, start);
        sc_format_time(c->events[i].end_us, end);
        i++;
        json_array_append_new(timeline, json_pack("{ssssss}", "start", start, "end", end, "text", text + 2));
    }
    return timeline;
}

static json_t *tags_of(const struct sc_changes *c)
{
    bool has[SC_N_KINDS] = { false };
    json_t *tags = json_array();
    int i;

    for (i = 0; i < c->n_events; i++)
        has[c->events[i].kind] = true;
    for (i = 0; i < SC_N_KINDS; i++)
        if (has[i])
            json_array_append_new(tags, json_string(sc_kind_name((enum sc_kind)i)));
    return tags;
}

/* The name of the file, which is all that is known of what it shows, without its ending. */
static void make_title(const struct sc_changes *c, char out[MAX_TITLE + 1])
{
    const char *name = c->source.path ? strrchr(c->source.path, '/') : NULL;
    struct buffer repaired = { 0 };
    char *dot;

    name = name ? name + 1 : c->source.path ? c->source.path : "";
    if (!text_add_utf8(&repaired, name, strlen(name), NULL) && repaired.data) {
        size_t n = repaired.size < MAX_TITLE ? repaired.size : MAX_TITLE;

        n -= text_utf8_unfinished((const char *)repaired.data, n);
        snprintf(out, MAX_TITLE + 1, "%.*s", (int)n, (const char *)repaired.data);
    } else {
        snprintf(out, MAX_TITLE + 1, "a video");
    }
    if ((dot = strrchr(out, '.')) && dot != out)
        *dot = '\0';
    buffer_dispose(&repaired);
}

enum sc_status caption_from_evidence(const struct sc_changes *c, struct buffer *out, struct sc_error *err)
{
    struct buffer words = { 0 };
    char title[MAX_TITLE + 1], *summary, *text = NULL;
    json_t *root = NULL;
    enum sc_status s = describe_changes(c, &words, err);

    if (!s) {
        char *lines = (char *)words.data;

        summary = lines ? strsep(&lines, "\n") : "";
        make_title(c, title);
        root = json_pack("{sssssososos{snsnsn}}", "title", title, "summary", summary, "tags", tags_of(c), "timeline",
                         timeline_of(c, lines), "on_screen_text", json_array(), "counts", "people",
                         "vehicles", "animals");
        text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
        s = text ? buffer_text(out, text, err) : fail_memory(err);
    }
    free(text);
    json_decref(root);
    buffer_dispose(&words);
    return s;
}
