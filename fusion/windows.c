/* Windows of evidence. */
#include "fusion/windows.h"

#include <stdlib.h>
#include <string.h>

/* next[i]: where a window that has frame i may end at the earliest, behind all frames of its event and of those that
 * overlap it. */
static enum sc_status find_ends(const struct sc_changes *c, int **next_out, struct sc_error *err)
{
    int *next = calloc((size_t)c->n_frames + 1, sizeof *next), *last = calloc((size_t)c->n_events + 1, sizeof *last);
    int reach = 0, begin = 0, i;

    *next_out = next;
    if (!next || !last) {
        free(last);
        return fail_memory(err);
    }
    for (i = 0; i < c->n_frames; i++)
        if (c->frames[i].event >= 0)
            last[c->frames[i].event] = i;
    for (i = 0; i < c->n_frames; i++) {
        int its = c->frames[i].event >= 0 ? last[c->frames[i].event] : i;

        reach = its > reach ? its : reach;
        if (reach > i)
            continue;
        for (; begin <= i; begin++)
            next[begin] = i + 1;
        reach = i + 1;
    }
    free(last);
    return SC_OK;
}

/* The last settled frame before that one; -1: none. */
static int settled_before(const struct sc_changes *c, int from)
{
    int i = from - 1;

    while (i >= 0 && c->frames[i].role == SC_PEAK)
        i--;
    return i;
}

static int split(const struct sc_changes *c, const int *next, int max_frames, struct window *out)
{
    int n = 0, at = 0;

    while (at < c->n_frames) {
        struct window *w = &out[n++];

        *w = (struct window){ .from = at, .to = next[at], .lead = settled_before(c, at) };
        while (w->to < c->n_frames && next[w->to] - w->from + (w->lead >= 0) <= max_frames)
            w->to = next[w->to];
        at = w->to;
    }
    return n;
}

/* As few as there can be, and none larger than it need be for that. */
static int split_evenly(const struct sc_changes *c, const int *next, int most, int max_windows, struct window *out)
{
    int n, low, high;

    while ((n = split(c, next, most, out)) > max_windows)
        most += (most + 7) / 8;
    for (low = 2, high = most; low < high; ) {
        int middle = low + (high - low) / 2;

        if (split(c, next, middle, out) > n)
            low = middle + 1;
        else
            high = middle;
    }
    return split(c, next, high, out);
}

enum sc_status windows_split(const struct sc_changes *evidence, int max_frames, int max_windows, struct window **out,
                             int *n_out, struct sc_error *err)
{
    struct window *list = calloc((size_t)evidence->n_frames + 1, sizeof *list);
    int least = max_frames > 2 ? max_frames : 2, *next = NULL;
    enum sc_status s;

    *out = list;
    if (!list)
        return fail_memory(err);
    if (!(s = find_ends(evidence, &next, err)))
        *n_out = split_evenly(evidence, next, least, max_windows, list);
    free(next);
    return s;
}

static bool is_within(const struct sc_changes *c, const struct window *w, int event, int64_t from_us, int64_t to_us)
{
    const struct sc_event *e = &c->events[event];
    int i;

    for (i = w->from; i < w->to; i++)
        if (c->frames[i].event == event)
            return true;
    return e->start_us >= from_us && e->end_us <= to_us;
}

static void take_frame(struct sc_changes *out, const struct sc_frame *frame, const int *renamed)
{
    struct sc_frame *f = &out->frames[out->n_frames++];

    *f = *frame;
    f->event = frame->event >= 0 ? renamed[frame->event] : -1;
}

enum sc_status windows_cut(const struct sc_changes *evidence, const struct window *w, struct sc_changes *out,
                           struct sc_error *err)
{
    int *renamed = calloc((size_t)evidence->n_events + 1, sizeof *renamed), i;

    out->n_events = out->n_frames = 0;
    out->events = calloc((size_t)evidence->n_events + 1, sizeof *out->events);
    out->frames = calloc((size_t)(w->to - w->from) + 1, sizeof *out->frames);
    if (!renamed || !out->events || !out->frames) {
        free(renamed);
        return fail_memory(err);
    }
    out->first_us = w->from ? evidence->frames[w->lead >= 0 ? w->lead : w->from].time_us : evidence->first_us;
    out->last_us = w->to < evidence->n_frames ? evidence->frames[w->to - 1].time_us : evidence->last_us;
    for (i = 0; i < evidence->n_events; i++) {
        renamed[i] = -1;
        if (!is_within(evidence, w, i, out->first_us, out->last_us))
            continue;
        renamed[i] = out->n_events;
        out->events[out->n_events++] = evidence->events[i];
    }
    if (w->lead >= 0) {
        take_frame(out, &evidence->frames[w->lead], renamed);
        out->frames[0].role = SC_CONTEXT;
        out->frames[0].event = -1;
    }
    for (i = w->from; i < w->to; i++)
        take_frame(out, &evidence->frames[i], renamed);
    free(renamed);
    return SC_OK;
}
