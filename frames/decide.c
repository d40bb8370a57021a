/* Signatures in, evidence out: the shots, what changes inside them, the light; then what of it are events. */
#include "frames/decide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frames/camera.h"
#include "frames/choose.h"
#include "frames/lightwatch.h"
#include "frames/mover.h"
#include "frames/panned.h"
#include "frames/profile.h"
#include "frames/recall.h"
#include "frames/repeat.h"
#include "frames/scroll.h"
#include "frames/shots.h"
#include "frames/stillness.h"
#include "frames/tracker.h"
#include "frames/typing.h"
#include "frames/waves.h"

#define TIMES 4096              /* recent picture times: events are listed at most some 20 s after they began */
#define AFTER_US 200000         /* the picture that shows what came of it: so long after it settled */
#define SAME_LEVELS 4           /* of the mean colour: a place looks as it did before */
#define SAME_BOX 0.6            /* intersection over union: it is the same place */

#define REMEMBER_US 600000000   /* a stream's events are weighed against those of so long before, */
#define REMEMBER_MOST 2000      /* and so many at most */
#define MOVING_US 500000        /* what moved before a camera that moves still is weighed again so often, */
#define MOVING_MOST_US 60000000 /* and waits so long at most */

struct decider {
    struct sc_look_settings settings;
    struct shots *shots;
    struct tracker *tracker;
    struct lightwatch light;
    struct stillness still;
    struct recall recall;
    struct profile profile;
    struct scroll scroll;
    struct camera camera;
    struct mover mover;
    struct moments moments;
    struct signature *latest;   /* last picture inside a shot */
    struct candidates found;
    int placed;                 /* found items whose neighbours in time are known */
    int64_t times[TIMES];       /* ring */
    int64_t n_looked, first_us, last_us, kept_us;
    int64_t weighed_us;         /* from here on candidates are known: the first picture, or what a stream was forgotten to */
    int64_t settle_us;          /* the next one settles then */
    int n_weighed;              /* found items at the last look for settled ones */
    struct sc_box whole;
    bool inside;                /* the tracker is in a shot */
};

double decide_sensitivity(const struct sc_look_settings *settings)
{
    return settings->has_sensitivity ? pow(16, settings->sensitivity - 0.5) : 1;
}

enum sc_status decide_open(struct decider **out, const struct sc_look_settings *settings, struct sc_error *err)
{
    struct decider *d = calloc(1, sizeof *d);
    *out = NULL;
    if (!d)
        return fail_memory(err);
    d->settings = *settings;
    if (d->settings.max_frames <= 0)
        d->settings.max_frames = CHOOSE_BY_DEFAULT;
    d->shots = shots_new(decide_sensitivity(settings));
    d->tracker = tracker_new(decide_sensitivity(settings));
    d->mover.sensitivity = decide_sensitivity(settings);
    if (!d->shots || !d->tracker) {
        decide_close(&d);
        return fail_memory(err);
    }
    stillness_start(&d->still);
    *out = d;
    return SC_OK;
}

void decide_close(struct decider **d)
{
    if (*d) {
        shots_free(&(*d)->shots);
        tracker_free(&(*d)->tracker);
        candidates_dispose(&(*d)->found);
        recall_dispose(&(*d)->recall);
        scroll_dispose(&(*d)->scroll);
        camera_dispose(&(*d)->camera);
        mover_dispose(&(*d)->mover);
        signature_free(&(*d)->latest);
    }
    free(*d);
    *d = NULL;
}

/* An event of the whole picture of which kind and times are known. */
static enum sc_status add_whole(struct decider *d, const struct sc_event *change, struct sc_error *err)
{
    struct candidate c = { .event = *change, .whole = true };
    c.event.before_us = c.event.after_us = c.event.same_as_us = -1;
    c.event.count = 1;
    c.event.share = 1;
    c.event.box = d->whole;
    return candidates_add(&d->found, &c, err);
}

static enum sc_status add_camera(struct decider *d, const struct sc_event *change, bool held, struct sc_error *err)
{
    enum sc_status s = add_whole(d, change, err);
    if (!s)
        d->found.items[d->found.n - 1].held = held;
    return s;
}

static enum sc_status add_scroll(struct decider *d, const struct sc_event *change, struct sc_error *err)
{
    struct candidate c = { .event = *change };
    c.event.kind = SC_SCROLL;
    c.event.before_us = c.event.after_us = c.event.same_as_us = -1;
    return candidates_add(&d->found, &c, err);
}

static bool may_be_screen(const struct decider *d)
{
    enum sc_profile p = d->settings.profile;
    return p == SC_PROFILE_SCREEN || (p == SC_PROFILE_AUTO && profile_is_screen(&d->profile));
}

static enum sc_status end_shot(struct decider *d, bool followed, struct sc_error *err)
{
    struct sc_event light = { .kind = SC_LIGHT }, camera = { 0 };
    if (!d->inside)
        return SC_OK;
    d->inside = false;
    bool held = mover_holds(&d->mover);
    enum sc_status s = tracker_end(d->tracker, followed, &d->found, err);
    if (!s)
        s = mover_end(&d->mover, &d->found, err);
    if (!s && camera_end(&d->camera, &camera))
        s = add_camera(d, &camera, held, err);
    if (!s && d->latest)
        s = recall_keep(&d->recall, d->latest, err);
    if (!s && lightwatch_end(&d->light, &light))
        s = add_whole(d, &light, err);
    return s;
}

static void explain(struct decider *d, const struct placed *p, int n_before)
{
    struct sc_look look = { .time_us = p->signature->time_us, .score_previous = p->content / 255, .light_gain = 1 };
    char words[64];
    look.kept_us = d->kept_us;
    if (p->place == PLACE_INSIDE)
        tracker_explain(d->tracker, &look);
    if (p->place == PLACE_BETWEEN)
        look.verdict = "between: a transition or a flash";
    else if (p->place == PLACE_STARTS)
        look.verdict = d->n_looked && look.time_us != d->first_us ? "kept: a shot begins" : "kept: first";
    else if (d->found.n > n_before) {
        snprintf(words, sizeof words, "settled: %s", sc_kind_name(d->found.items[d->found.n - 1].event.kind));
        look.verdict = words;
    } else
        look.verdict = look.box.w ? "changing" : "same";
    d->settings.on_look(d->settings.user, &look);
}

static enum sc_status take_inside(struct decider *d, const struct signature *s, struct sc_error *err)
{
    struct sc_event light = { .kind = SC_LIGHT }, camera = { 0 };
    double brightness;
    bool rests = false;
    enum sc_status status = tracker_add(d->tracker, s, may_be_screen(d), &d->found, err);
    if (!status)
        status = camera_add(&d->camera, s, &rests, &camera, err);
    bool held = mover_holds(&d->mover);
    if (!status)
        status = mover_add(&d->mover, s, &d->camera, &d->found, err);
    if (!status && rests)
        status = add_camera(d, &camera, held, err);
    if (!status && tracker_brightness(d->tracker, &brightness) &&
        lightwatch_add(&d->light, s->time_us, brightness, &light))
        status = add_whole(d, &light, err);
    return status;
}

/* The shot that begins with s was seen before: say so in the event that began it. */
static void recall_shot(struct decider *d, const struct signature *s)
{
    for (int i = d->found.n - 1; i >= 0; i--) {
        struct sc_event *e = &d->found.items[i].event;
        if (!d->found.items[i].whole || e->end_us != s->time_us || e->kind == SC_LIGHT)
            continue;
        e->same_as_us = recall_find(&d->recall, s);
        return;
    }
}

static enum sc_status take_start(struct decider *d, const struct signature *s, struct sc_error *err)
{
    enum sc_status status = end_shot(d, true, err);
    if (status)
        return status;
    recall_shot(d, s);
    if ((status = recall_keep(&d->recall, s, err)))
        return status;
    d->inside = true;
    d->kept_us = s->time_us;
    lightwatch_start(&d->light, s->time_us);
    if ((status = mover_start(&d->mover, s, err)) || (status = camera_start(&d->camera, s, err)))
        return status;
    return tracker_start(d->tracker, s, err);
}

/* The last picture before at_us (want < 0), or the first at or after it. -1: not known any more, or not yet. */
static int64_t time_near(const struct decider *d, int64_t at_us, int want)
{
    int64_t oldest = d->n_looked > TIMES ? d->n_looked - TIMES : 0, best = -1;
    for (int64_t i = d->n_looked - 1; i >= oldest; i--) {
        int64_t t = d->times[i % TIMES];
        if (want < 0 && t < at_us)
            return t;
        if (want > 0 && t < at_us)
            break;
        best = t;
    }
    return want < 0 ? -1 : best;
}

/* Name the pictures before and after the events that were closed, while their times are known. */
static void place_in_time(struct decider *d)
{
    for (; d->placed < d->found.n; d->placed++) {
        struct sc_event *e = &d->found.items[d->placed].event;
        int64_t after_us = time_near(d, e->end_us + AFTER_US, 1);
        if (e->before_us < 0)
            e->before_us = time_near(d, e->start_us, -1);
        e->after_us = after_us >= 0 ? after_us : d->last_us;
    }
}

static enum sc_status remember_latest(struct decider *d, const struct signature *s, struct sc_error *err)
{
    signature_free(&d->latest);
    d->latest = signature_copy(s);
    return d->latest ? SC_OK : fail_memory(err);
}

static enum sc_status watch_scrolling(struct decider *d, const struct signature *s, struct sc_error *err)
{
    struct sc_event scroll = { 0 };
    bool ended;
    profile_add(&d->profile, s);
    if (!may_be_screen(d))
        return SC_OK;
    enum sc_status status = scroll_add(&d->scroll, s, &ended, &scroll, err);
    return !status && ended ? add_scroll(d, &scroll, err) : status;
}

static enum sc_status drain(struct decider *d, struct sc_error *err)
{
    for (;;) {
        struct sc_event still = { 0 };
        struct placed p;
        bool taken;
        int n_before = d->found.n;
        enum sc_status s = shots_take(d->shots, &p, &taken, &d->found, err);
        if (s || !taken)
            return s;
        if (p.place == PLACE_STARTS)
            s = take_start(d, p.signature, err);
        else if (p.place == PLACE_INSIDE && d->inside)
            s = take_inside(d, p.signature, err);
        if (!s && p.place != PLACE_BETWEEN)
            s = remember_latest(d, p.signature, err);
        if (!s)
            s = watch_scrolling(d, p.signature, err);
        if (!s && stillness_add(&d->still, p.signature, &still))
            s = add_whole(d, &still, err);
        if (s)
            return s;
        if (d->settings.on_look)
            explain(d, &p, n_before);
    }
}

/* Close what is open, and let the next picture be the first of a shot that nothing began. */
static enum sc_status begin_anew(struct decider *d, struct sc_error *err)
{
    shots_end(d->shots);
    enum sc_status s = drain(d, err);
    if (!s)
        s = end_shot(d, false, err);
    place_in_time(d);
    shots_free(&d->shots);
    d->shots = shots_new(decide_sensitivity(&d->settings));
    return s ? s : d->shots ? SC_OK : fail_memory(err);
}

enum sc_status decide_add(struct decider *d, const struct signature *signature, struct sc_error *err)
{
    if (d->n_looked && signature->time_us <= d->last_us)
        return fail(err, SC_ERR_INVALID, "pictures out of order: %lld us after %lld us",
                    (long long)signature->time_us, (long long)d->last_us);
    enum sc_status s = SC_OK;
    if (!d->n_looked)
        d->first_us = d->weighed_us = signature->time_us;
    else if (signature->flags & SIGNATURE_ANEW)
        s = begin_anew(d, err);
    d->whole = (struct sc_box){ 0, 0, signature->width, signature->height };
    d->last_us = signature->time_us;
    d->times[d->n_looked++ % TIMES] = signature->time_us;
    moments_add(&d->moments, signature->time_us);
    if (!s)
        s = shots_put(d->shots, signature, err);
    if (!s)
        s = drain(d, err);
    place_in_time(d);
    return s;
}

/* What follows soon after an event ends its aftermath. */
static void trim_aftermath(struct candidates *list)
{
    for (int i = 0; i < list->n; i++)
        for (int j = 0; j < list->n; j++) {
            struct sc_event *e = &list->items[i].event;
            const struct candidate *next = &list->items[j];
            if (next->whole && next->event.kind != SC_LIGHT && next->event.start_us > e->start_us &&
                next->event.start_us <= e->after_us)
                e->after_us = next->event.before_us > e->start_us ? next->event.before_us : e->start_us;
        }
}

static bool same_colour(const uint8_t *a, const uint8_t *b)
{
    for (int i = 0; i < 3; i++)
        if (abs(a[i] - b[i]) > SAME_LEVELS)
            return false;
    return true;
}

static bool same_box(const struct sc_box *a, const struct sc_box *b)
{
    int w = (a->x + a->w < b->x + b->w ? a->x + a->w : b->x + b->w) - (a->x > b->x ? a->x : b->x);
    int h = (a->y + a->h < b->y + b->h ? a->y + a->h : b->y + b->h) - (a->y > b->y ? a->y : b->y);
    double common = w > 0 && h > 0 ? (double)w * h : 0;
    return common > SAME_BOX * ((double)a->w * a->h + (double)b->w * b->h - common);
}

/* A local change that undoes an earlier one: the place looks again as it did before that. */
static bool undoes(const struct sc_event *e, const struct sc_event *earlier)
{
    return same_box(&e->box, &earlier->box) && same_colour(e->yuv_after, earlier->yuv_before);
}

/* Say of each event what it undoes. events: sorted. */
static void find_returns(struct sc_event *events, int n)
{
    for (int i = 0; i < n; i++) {
        struct sc_event *e = &events[i];
        for (int j = i - 1; j >= 0 && e->same_as_us < 0 && e->share < 1; j--) {
            const struct sc_event *earlier = &events[j];
            if (earlier->share >= 1 && earlier->kind != SC_LIGHT)
                break;
            if (undoes(e, earlier))
                e->same_as_us = earlier->before_us;
        }
    }
}

/* What can't be in pictures of that kind was something else: a page that scrolls looks like a camera that moves, a
 * caption in a film like typing, and a page on which nothing happens has not frozen. */
static void apply_profile(const struct decider *d, struct candidates *list, struct sc_changes *out)
{
    out->profile = d->settings.profile;
    if (out->profile == SC_PROFILE_AUTO)
        out->profile = profile_decide(&d->profile, list, d->last_us - d->weighed_us);
    bool screen = out->profile == SC_PROFILE_SCREEN;
    for (int i = 0; i < list->n; i++) {
        struct candidate *c = &list->items[i];
        if (c->event.kind == SC_TYPING && !screen)
            c->event.kind = SC_TEXT;
        if (screen ? c->event.kind == SC_CAMERA || c->event.kind == SC_FREEZE : c->event.kind == SC_SCROLL)
            c->muted = true;
    }
    panned_mute(list, d->whole.w, camera_is_far(&d->camera) ? d->camera.start_us : INT64_MAX);
    repeat_mute_scrolled(list);
}

enum sc_status decide_choose(const struct decider *d, struct sc_changes *c, struct sc_error *err)
{
    return choose_frames(c, d->settings.max_frames, d->settings.context ? &d->moments : NULL, err);
}

/* No more pictures come: close what is open. */
static enum sc_status close_all(struct decider *d, struct sc_error *err)
{
    struct sc_event still = { 0 }, scroll = { 0 };
    shots_end(d->shots);
    enum sc_status s = drain(d, err);
    if (!s && scroll_end(&d->scroll, &scroll))
        s = add_scroll(d, &scroll, err);
    if (!s)
        s = end_shot(d, false, err);
    if (!s && stillness_end(&d->still, &still))
        s = add_whole(d, &still, err);
    if (!s)
        place_in_time(d);
    return s;
}

/* What of a list is to be told: mutes, joins, sorts. */
static void weigh(const struct decider *d, struct candidates *list, struct sc_changes *out)
{
    candidates_sort(list);
    apply_profile(d, list, out);
    repeat_mute_crossings(list);
    repeat_mute(list, d->whole.w, d->whole.h);
    waves_mute(list);
    if (out->profile == SC_PROFILE_SCREEN)
        typing_join(list, d->whole.w);
    trim_aftermath(list);
}

enum sc_status decide_finish(struct decider *d, struct sc_changes *out, struct sc_error *err)
{
    enum sc_status s = close_all(d, err);
    if (s)
        return s;
    weigh(d, &d->found, out);
    free(out->events);
    out->events = NULL;
    out->n_events = 0;
    if (d->found.n && !(out->events = calloc((size_t)d->found.n, sizeof *out->events)))
        return fail_memory(err);
    for (int i = 0; i < d->found.n; i++)
        if (!d->found.items[i].muted)
            out->events[out->n_events++] = d->found.items[i].event;
    find_returns(out->events, out->n_events);
    out->n_looked = d->n_looked;
    out->first_us = d->first_us;
    out->last_us = d->last_us;
    return d->n_looked ? decide_choose(d, out, err) : SC_OK;
}

/* ---- streams ---- */

/* All that go on repeating there have been told by this one. */
static void mark_repetition(struct candidates *found, const struct candidates *weighed, const struct candidate *told)
{
    const struct sc_event *r = &told->event;
    for (int i = 0; i < weighed->n; i++) {
        const struct candidate *c = &weighed->items[i];
        const struct sc_event *e = &c->event;
        if (c == told || (c->muted && e->start_us >= r->start_us && e->end_us <= r->end_us && e->box.x >= r->box.x &&
                          e->box.y >= r->box.y && e->box.x + e->box.w <= r->box.x + r->box.w &&
                          e->box.y + e->box.h <= r->box.y + r->box.h))
            found->items[c->place].told_repeating = true;
    }
}

/* Whether the movement of the camera that it counts with may go on still. */
static bool is_in_movement(const struct decider *d, const struct candidate *c)
{
    return c->against && d->camera.open && d->camera.start_us <= c->event.end_us &&
           d->last_us - c->event.end_us < MOVING_MOST_US;
}

/* Whether it is to be told now; marks what it is a copy of. */
static bool settles(struct decider *d, const struct candidates *weighed, const struct candidate *c, bool last)
{
    struct candidate *own = &d->found.items[c->place];
    if (!c->muted && c->event.kind == SC_REPEATING && !own->told_repeating && (!own->settled || own->told)) {
        mark_repetition(&d->found, weighed, c);
        own->settled = own->told = true;
        return true;
    }
    if (own->settled || (!last && (c->event.end_us + DECIDE_SETTLE_US > d->last_us || is_in_movement(d, c))))
        return false;
    own->settled = true;
    own->told = !c->muted && !own->told_repeating;
    return own->told;
}

static void set_returns(struct sc_event *e, const struct candidates *weighed)
{
    for (int j = weighed->n - 1; j >= 0 && e->same_as_us < 0 && e->share < 1; j--) {
        const struct candidate *earlier = &weighed->items[j];
        if (earlier->muted || earlier->event.start_us >= e->start_us)
            continue;
        if (earlier->event.share >= 1 && earlier->event.kind != SC_LIGHT)
            break;
        if (undoes(e, &earlier->event))
            e->same_as_us = earlier->event.before_us;
    }
}

static int by_end(const void *a, const void *b)
{
    const struct sc_event *x = a, *y = b;
    if (x->end_us != y->end_us)
        return x->end_us < y->end_us ? -1 : 1;
    return x->start_us < y->start_us ? -1 : x->start_us > y->start_us;
}

static void forget_old(struct decider *d)
{
    int n = 0;
    while (n < d->found.n && d->found.items[n].settled &&
           (d->found.n - n > REMEMBER_MOST || d->found.items[n].event.end_us < d->last_us - REMEMBER_US))
        d->weighed_us = d->found.items[n++].event.end_us;
    candidates_drop(&d->found, n);
    d->placed -= n;
}

/* When something settles next, as far as is known now. */
static int64_t next_settling(const struct decider *d)
{
    int64_t at_us = INT64_MAX;
    for (int i = 0; i < d->found.n; i++) {
        const struct candidate *c = &d->found.items[i];
        int64_t own_us = is_in_movement(d, c) ? d->last_us + MOVING_US : c->event.end_us + DECIDE_SETTLE_US;
        if (!c->settled && own_us < at_us)
            at_us = own_us;
    }
    return at_us > d->last_us ? at_us : d->last_us + 1;
}

enum sc_status decide_settled(struct decider *d, bool last,
                              enum sc_status (*on_event)(void *user, const struct sc_event *event, struct sc_error *err),
                              void *user, struct sc_error *err)
{
    struct candidates weighed = { 0 };
    struct sc_changes taken = { 0 };
    struct sc_event *now = NULL;
    int n = 0;
    enum sc_status s = last && d->n_looked ? close_all(d, err) : SC_OK;
    if (s || !d->found.n || (!last && d->found.n == d->n_weighed && d->last_us < d->settle_us))
        return s;
    if ((s = candidates_copy(&weighed, &d->found, err)))
        return s;
    weigh(d, &weighed, &taken);
    now = calloc((size_t)weighed.n, sizeof *now);
    if (!now)
        s = fail_memory(err);
    for (int i = 0; !s && i < weighed.n; i++)
        if (settles(d, &weighed, &weighed.items[i], last)) {
            now[n] = weighed.items[i].event;
            set_returns(&now[n++], &weighed);
        }
    if (n)
        qsort(now, (size_t)n, sizeof *now, by_end);
    for (int i = 0; !s && i < n; i++)
        s = on_event(user, &now[i], err);
    free(now);
    candidates_dispose(&weighed);
    forget_old(d);
    d->n_weighed = d->found.n;
    d->settle_us = next_settling(d);
    return s;
}
