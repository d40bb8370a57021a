/* Greedy choice: the ends, then what each event came to, by importance and spread over time. */
#include "frames/choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPREAD_HALF_S 4.0       /* a picture so near to one that was chosen is worth half */
#define FILM_INSIDE 0.5         /* what moves inside the shots of a film is worth so much of what it is elsewhere */
#define CONTEXT_GAP_US 2000000  /* context does not come nearer than half of this to other pictures */
#define FRESH_US 1500000        /* an aftermath is shown by a picture that follows within this */

/* A picture worth having, for one event. */
struct wish {
    int event;
    enum sc_role role;
    int64_t time_us;
    double value;
    bool done;
};

/* What a picture of the aftermath, or of the peak, is worth by kind; 0: not worth a picture. */
static const struct worth {
    double after, peak;
} worth[SC_N_KINDS] = {
    [SC_APPEAR] = { 1.0, 0 }, [SC_DISAPPEAR] = { 0.9, 0 }, [SC_MOVE] = { 0.1, 0.9 }, [SC_TEXT] = { 1.0, 0 },
    [SC_SCROLL] = { 0.9, 0 }, [SC_TYPING] = { 0.6, 0 }, [SC_CUT] = { 1.0, 0 }, [SC_DISSOLVE] = { 1.0, 0 },
    [SC_FADE] = { 1.0, 0 }, [SC_WIPE] = { 1.0, 0 }, [SC_OTHER] = { 0.3, 0.7 },
};

static bool is_shot(enum sc_kind kind)
{
    return kind == SC_CUT || kind == SC_DISSOLVE || kind == SC_FADE || kind == SC_WIPE;
}

/* A lamp switched on or off is worth a picture, dusk is not. */
static bool is_switch(const struct sc_event *e)
{
    return e->kind == SC_LIGHT && e->end_us - e->start_us < 500000;
}

static bool overlap(const struct sc_box *a, const struct sc_box *b)
{
    if (!a->w || !b->w)
        return true;
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

/* When the state that event i left behind is gone. */
static int64_t gone_us(const struct sc_changes *c, int i)
{
    int64_t gone = c->last_us + 1;
    for (int j = 0; j < c->n_events; j++) {
        const struct sc_event *e = &c->events[j];
        bool covers = is_shot(e->kind) || (worth[e->kind].after > 0 && overlap(&e->box, &c->events[i].box));
        if (covers && e->start_us > c->events[i].start_us && e->start_us >= c->events[i].end_us && e->start_us < gone)
            gone = e->start_us;
    }
    return gone;
}

static bool shows(const struct sc_changes *c, const struct wish *w, int64_t at_us)
{
    const struct sc_event *e = &c->events[w->event];
    switch (w->role) {
    case SC_AFTER:
        return at_us >= e->end_us && at_us < gone_us(c, w->event) &&
               (is_shot(e->kind) || at_us <= e->end_us + FRESH_US);
    case SC_PEAK:
        return at_us == w->time_us;
    default:
        return false;
    }
}

static int make_wishes(const struct sc_changes *c, struct wish *wishes)
{
    int n = 0;
    for (int i = 0; i < c->n_events; i++) {
        const struct sc_event *e = &c->events[i];
        double after = is_switch(e) ? 0.8 : worth[e->kind].after, peak = worth[e->kind].peak;
        double inside = c->profile == SC_PROFILE_FILM && !is_shot(e->kind) ? FILM_INSIDE : 1;
        double size = inside * (0.5 + 0.5 * fmin(1, sqrt(e->share) * 3)); /* a ninth of the picture is as good as all of it */
        if (peak > after)
            wishes[n++] = (struct wish){ i, SC_PEAK, e->peak_us, peak * e->score * size, false };
        else if (after > 0)
            wishes[n++] = (struct wish){ i, SC_AFTER, e->after_us >= 0 ? e->after_us : e->end_us,
                                         after * e->score * size, false };
    }
    return n;
}

static double spread(const struct sc_changes *c, int64_t at_us)
{
    double nearest_s = 1e9;
    for (int i = 0; i < c->n_frames; i++)
        nearest_s = fmin(nearest_s, fabs((double)(c->frames[i].time_us - at_us)) * 1e-6);
    return 1 - 0.5 * exp2(-nearest_s / SPREAD_HALF_S);
}

static void add_frame(struct sc_changes *c, int64_t time_us, enum sc_role role, int event)
{
    struct sc_frame *f = &c->frames[c->n_frames++];
    *f = (struct sc_frame){ .time_us = time_us, .role = role, .event = event, .rank = c->n_frames };
    if (event < 0) {
        snprintf(f->reason, sizeof f->reason, "%s", role == SC_FIRST  ? "first picture"
                                                    : role == SC_LAST ? "last picture"
                                                                      : "context: nothing happens here");
        return;
    }
    const struct sc_event *e = &c->events[event];
    f->box = e->box;
    if (is_shot(e->kind) || e->kind == SC_LIGHT)
        snprintf(f->reason, sizeof f->reason, "%s event %d: %s", sc_role_name(role), event, sc_kind_name(e->kind));
    else
        snprintf(f->reason, sizeof f->reason, "%s event %d: %s at %d,%d", sc_role_name(role), event,
                 sc_kind_name(e->kind), e->box.x, e->box.y);
}

static void mark_shown(const struct sc_changes *c, struct wish *wishes, int n, int64_t at_us)
{
    for (int i = 0; i < n; i++)
        if (!wishes[i].done && shows(c, &wishes[i], at_us))
            wishes[i].done = true;
}

static int best_wish(const struct sc_changes *c, const struct wish *wishes, int n)
{
    int best = -1;
    double most = 0;
    for (int i = 0; i < n; i++) {
        double value = wishes[i].done ? 0 : wishes[i].value * spread(c, wishes[i].time_us);
        if (value > most) {
            most = value;
            best = i;
        }
    }
    return best;
}

static int by_time(const void *a, const void *b)
{
    const struct sc_frame *x = a, *y = b;
    return x->time_us < y->time_us ? -1 : x->time_us > y->time_us;
}

void moments_add(struct moments *m, int64_t time_us)
{
    m->every = m->every ? m->every : 1;
    if (m->seen++ % m->every)
        return;
    if (m->n == MOMENTS_MOST) {
        for (int i = 0; i < MOMENTS_MOST / 2; i++)
            m->at_us[i] = m->at_us[2 * i];
        m->n = MOMENTS_MOST / 2;
        m->every *= 2;
    }
    m->at_us[m->n++] = time_us;
}

/* Picture by picture into the middle of the widest gap. c->frames: has room for max_frames. */
static void fill_with_context(struct sc_changes *c, int max_frames, const struct moments *m)
{
    while (c->n_frames < max_frames) {
        int64_t widest_us = CONTEXT_GAP_US - 1, best_us = -1;
        qsort(c->frames, (size_t)c->n_frames, sizeof *c->frames, by_time);
        for (int i = 0, k = 0; i + 1 < c->n_frames; i++) {
            int64_t from_us = c->frames[i].time_us, to_us = c->frames[i + 1].time_us;
            while (k < m->n && m->at_us[k] < from_us + (to_us - from_us) / 2)
                k++;
            if (k < m->n && m->at_us[k] < to_us - CONTEXT_GAP_US / 4 && to_us - from_us > widest_us) {
                widest_us = to_us - from_us;
                best_us = m->at_us[k];
            }
        }
        if (best_us < 0)
            return;
        add_frame(c, best_us, SC_CONTEXT, -1);
    }
}

enum sc_status choose_frames(struct sc_changes *c, int max_frames, const struct moments *context, struct sc_error *err)
{
    struct wish *wishes = calloc((size_t)c->n_events + 1, sizeof *wishes);
    int n, best;

    free(c->frames);
    c->n_frames = 0;
    c->frames = calloc((size_t)c->n_events + 2 + (context ? (size_t)max_frames : 0), sizeof *c->frames);
    if (!wishes || !c->frames) {
        free(wishes);
        return fail_memory(err);
    }
    n = make_wishes(c, wishes);
    add_frame(c, c->first_us, SC_FIRST, -1);
    mark_shown(c, wishes, n, c->first_us);
    if (c->last_us > c->first_us && max_frames > 1) {
        add_frame(c, c->last_us, SC_LAST, -1);
        mark_shown(c, wishes, n, c->last_us);
    }
    while (c->n_frames < max_frames && (best = best_wish(c, wishes, n)) >= 0) {
        add_frame(c, wishes[best].time_us, wishes[best].role, wishes[best].event);
        wishes[best].done = true;
        mark_shown(c, wishes, n, wishes[best].time_us);
    }
    free(wishes);
    if (context)
        fill_with_context(c, max_frames, context);
    qsort(c->frames, (size_t)c->n_frames, sizeof *c->frames, by_time);
    return SC_OK;
}

/* Ranks are the order in which the times were given. */
enum sc_status choose_moments(struct sc_changes *c, const int64_t *times_us, int n, struct sc_error *err)
{
    struct sc_frame *frames = calloc((size_t)n + 1, sizeof *frames);

    if (!frames)
        return fail_memory(err);
    free(c->frames);
    c->frames = frames;
    c->n_frames = 0;
    for (int i = 0; i < n; i++) {
        const int64_t at_us = times_us[i] < c->first_us ? c->first_us : times_us[i] > c->last_us ? c->last_us : times_us[i];
        int event = c->n_events - 1, k = 0;

        while (k < c->n_frames && c->frames[k].time_us != at_us)
            k++;
        if (k < c->n_frames)
            continue;
        while (event >= 0 && (c->events[event].start_us > at_us || c->events[event].end_us < at_us))
            event--;
        add_frame(c, at_us, event < 0 ? SC_CONTEXT : SC_PEAK, event);
        snprintf(c->frames[k].reason, sizeof c->frames[k].reason, "asked for");
    }
    qsort(c->frames, (size_t)c->n_frames, sizeof *c->frames, by_time);
    return SC_OK;
}
