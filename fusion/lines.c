/* Lines of words with times. */
#include "fusion/lines.h"

#include <stdlib.h>
#include <string.h>

#include "fusion/query.h"
#include "fusion/tokens.h"

static const char *const words[N_LINE_KINDS] = {
    [LINE_SUBTITLE] = "subtitle", [LINE_SPEECH] = "speech", [LINE_NOTE] = "note",
};

enum sc_status lines_add(struct lines *l, enum line_kind kind, int64_t start_us, int64_t end_us, const char *text,
                         struct sc_error *err)
{
    char *own;

    if (l->n == LINES_MAX)
        return fail(err, SC_ERR_LIMIT, "more than %d lines of words", LINES_MAX);
    if (l->n == l->capacity) {
        int capacity = l->capacity ? 2 * l->capacity : 64;
        struct line *items = reallocarray(l->items, (size_t)capacity, sizeof *items);

        if (!items)
            return fail_memory(err);
        l->items = items;
        l->capacity = capacity;
    }
    if (!(own = strdup(text)))
        return fail_memory(err);
    l->items[l->n] = (struct line){ start_us, end_us > start_us ? end_us : start_us, kind, NULL };
    l->items[l->n++].text = own;
    return SC_OK;
}

/* A merge sort keeps the order of equal ones. room: for n. */
static void sort(struct line *items, struct line *room, int n)
{
    int half = n / 2, a = 0, b = half, i;

    if (n < 2)
        return;
    sort(items, room, half);
    sort(items + half, room, n - half);
    for (i = 0; i < n; i++)
        room[i] = b == n || (a < half && items[a].start_us <= items[b].start_us) ? items[a++] : items[b++];
    memcpy(items, room, (size_t)n * sizeof *items);
}

void lines_sort(struct lines *l)
{
    struct line *room = calloc((size_t)l->n + 1, sizeof *room);

    if (room)
        sort(l->items, room, l->n);
    free(room);
}

void lines_dispose(struct lines *l)
{
    int i;

    for (i = 0; i < l->n; i++)
        free(l->items[i].text);
    free(l->items);
    memset(l, 0, sizeof *l);
}

bool lines_have(const struct lines *l, const bool *kept, enum line_kind kind)
{
    int i;

    for (i = 0; l && i < l->n; i++)
        if (kept[i] && l->items[i].kind == kind)
            return true;
    return false;
}

/* ---- writing ---- */

/* In one row. */
static enum sc_status add_words(const char *text, struct buffer *out, struct sc_error *err)
{
    struct buffer safe = { 0 };
    enum sc_status s = query_add_safe_text(&safe, text, err);
    size_t i, start = 0;

    for (i = 0; i < safe.size && !s; i++)
        if (safe.data[i] == '\n' || safe.data[i] == '\t')
            safe.data[i] = ' ';
    while (start < safe.size && safe.data[start] == ' ')
        start++;
    while (safe.size > start && safe.data[safe.size - 1] == ' ')
        safe.size--;
    if (!s && safe.size > start)
        s = buffer_add(out, safe.data + start, safe.size - start, err);
    buffer_dispose(&safe);
    return s;
}

static enum sc_status write_line(const struct line *line, struct buffer *out, struct sc_error *err)
{
    char from[32], to[32];
    enum sc_status s = buffer_text(out, sc_format_time(line->start_us, from), err);

    if (!s && line->end_us > line->start_us)
        s = buffer_print(out, err, " to %s", sc_format_time(line->end_us, to));
    if (s || (s = buffer_print(out, err, ", %s: \"", words[line->kind])) || (s = add_words(line->text, out, err)))
        return s;
    return buffer_text(out, "\"\n", err);
}

enum sc_status lines_write(const struct lines *l, const bool *kept, int64_t from_us, int64_t to_us,
                           struct buffer *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; l && i < l->n && !s; i++)
        if (kept[i] && l->items[i].start_us >= from_us && l->items[i].start_us < to_us)
            s = write_line(&l->items[i], out, err);
    return s;
}

/* ---- choosing ---- */

#define EDGE_US 1000000      /* how far from the ends of the video a look may begin and end and still be all of it */

struct weighed {
    int64_t distance_us;
    int64_t tokens;
    int line;
};

static int by_distance(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;

    return x->distance_us != y->distance_us ? (x->distance_us < y->distance_us ? -1 : 1) : x->line - y->line;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* From the line to the nearest of the ascending times; 0 for one that is shown meanwhile. */
static int64_t distance(const struct line *line, const int64_t *times, int n)
{
    int64_t nearest = INT64_MAX;
    int low = 0, high = n;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (times[middle] < line->start_us)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0)
        nearest = line->start_us - times[low - 1];
    if (low < n && times[low] <= line->end_us)
        nearest = 0;
    else if (low < n && times[low] - line->end_us < nearest)
        nearest = times[low] - line->end_us;
    return nearest;
}

static bool was_looked_at(const struct line *line, const struct sc_changes *c)
{
    bool to_end = c->source.duration_us - c->last_us <= EDGE_US;

    return line->end_us >= (c->first_us > EDGE_US ? c->first_us : 0) && (to_end || line->start_us <= c->last_us);
}

static int64_t *frame_times(const struct sc_changes *c, struct sc_error *err)
{
    int64_t *times = calloc((size_t)c->n_frames + 1, sizeof *times);
    int i;

    for (i = 0; times && i < c->n_frames; i++)
        times[i] = c->frames[i].time_us;
    if (times)
        qsort(times, (size_t)c->n_frames, sizeof *times, by_time);
    else
        fail_memory(err);
    return times;
}

/* Those that may stay. */
static enum sc_status weigh(const struct lines *l, const struct sc_changes *evidence, struct weighed *all, int *n_out,
                            struct sc_error *err)
{
    int64_t *times = frame_times(evidence, err);
    struct buffer text = { 0 };
    enum sc_status s = times ? SC_OK : SC_ERR_NOMEM;
    int i;

    for (i = 0; !s && i < l->n; i++) {
        const struct line *line = &l->items[i];

        if (!was_looked_at(line, evidence))
            continue;
        buffer_clear(&text);
        s = write_line(line, &text, err);
        all[*n_out] = (struct weighed){ .line = i };
        all[*n_out].distance_us = line->kind == LINE_NOTE ? -1 : distance(line, times, evidence->n_frames);
        all[*n_out].tokens = s ? 0 : tokens_text_estimate((char *)text.data);
        ++*n_out;
    }
    buffer_dispose(&text);
    free(times);
    return s;
}

enum sc_status lines_choose(const struct lines *l, const struct sc_changes *evidence, int64_t max_tokens, bool *kept,
                            int *n_kept, int *n_left_out, struct sc_error *err)
{
    struct weighed *all = calloc((size_t)l->n + 1, sizeof *all);
    int64_t left = max_tokens;
    int n = 0, i;
    enum sc_status s = all ? weigh(l, evidence, all, &n, err) : fail_memory(err);

    *n_kept = *n_left_out = 0;
    if (!s)
        qsort(all, (size_t)n, sizeof *all, by_distance);
    for (i = 0; !s && i < n; i++) {
        kept[all[i].line] = all[i].tokens <= left;
        left -= kept[all[i].line] ? all[i].tokens : 0;
        ++*(kept[all[i].line] ? n_kept : n_left_out);
    }
    free(all);
    return s;
}
