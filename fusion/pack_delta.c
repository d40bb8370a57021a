/* The packing `delta`: a whole frame first, then only what changed, at native resolution; a whole frame again wherever
 * the shot changes or the parts would cost more than it is worth. */
#include <stdlib.h>

#include "fusion/crop.h"
#include "fusion/pack.h"

#define MOST_PARTS 4             /* of one moment: more is the whole frame */
#define MOST_SINGLE 32           /* before those are merged that cost less as one */
#define FRESH_US 2000000         /* a chosen frame shows what ended so long before it */

/* Something to show of one moment. */
struct part {
    int event;                   /* the one that it is named after */
    int64_t before_us;           /* when it was still as before; -1: not known */
    struct sc_box need;
    struct crop after;           /* alone */
    struct crop both;            /* with what was before, on one canvas; no tokens: it is not wanted */
    bool alone_before;           /* what was before needs an image of its own */
};

struct delta {
    const struct pack_input *in;
    struct views *out;
    bool *taken;                 /* events that have a chosen frame of their own, or were shown */
    int width, height;
    int64_t whole_us;            /* the last whole frame's time */
    struct part parts[MOST_SINGLE]; /* of the frame at hand */
    int n_parts;
};

static bool is_shot(enum sc_kind kind)
{
    return kind == SC_CUT || kind == SC_DISSOLVE || kind == SC_FADE || kind == SC_WIPE;
}

static const struct sc_event *event_at(const struct sc_changes *c, int i)
{
    return i >= 0 && i < c->n_events ? &c->events[i] : NULL;
}

static bool is_local(const struct delta *d, const struct sc_event *e)
{
    return e->box.w > 0 && e->box.h > 0 && (e->box.w < d->width || e->box.h < d->height) && !is_shot(e->kind);
}

/* ---- which parts ---- */

static void add_part(struct delta *d, int event)
{
    const struct sc_event *e = &d->in->evidence->events[event];

    d->parts[d->n_parts++] = (struct part){
        .event = event, .before_us = e->before_us, .need = crop_with_context(e->box, d->width, d->height),
    };
}

/* Another shot began since the last whole frame. */
static bool has_new_shot(const struct delta *d, int64_t time_us)
{
    const struct sc_changes *c = d->in->evidence;
    int i;

    for (i = 0; i < c->n_events; i++)
        if (is_shot(c->events[i].kind) && c->events[i].start_us > d->whole_us && c->events[i].start_us <= time_us)
            return true;
    return false;
}

static bool is_fresh(const struct sc_event *e, const struct sc_frame *f)
{
    return e->end_us <= f->time_us && f->time_us - e->end_us <= FRESH_US;
}

/* A settled frame that follows shows the event as well as f does, and better. */
static bool can_wait(const struct delta *d, const struct sc_event *e, const struct sc_frame *f)
{
    int i;

    for (i = 0; i < d->in->n_frames && f->role == SC_PEAK; i++) {
        const struct sc_frame *later = &d->in->evidence->frames[d->in->frames[i]];

        if (later->time_us > f->time_us && later->role == SC_AFTER && is_fresh(e, later))
            return true;
    }
    return false;
}

/* The frame's own event first, then those that have no frame of their own and ended just before. */
static void collect_parts(struct delta *d, const struct sc_frame *f)
{
    const struct sc_changes *c = d->in->evidence;
    int i;

    d->n_parts = 0;
    if (f->role == SC_BEFORE)
        return;
    if (event_at(c, f->event))
        add_part(d, f->event);
    for (i = 0; i < c->n_events && d->n_parts < MOST_SINGLE; i++) {
        const struct sc_event *e = &c->events[i];

        if (d->taken[i] || !is_local(d, e) || !is_fresh(e, f) || can_wait(d, e, f))
            continue;
        d->taken[i] = true;
        add_part(d, i);
    }
}

static int64_t cost_alone(const struct delta *d, struct sc_box need)
{
    return crop_cost(d->in->model, need, d->in->max_tokens);
}

/* Make one of two parts wherever the box around both costs no more. */
static void merge_parts(struct delta *d)
{
    int i, j;

    for (i = 0; i < d->n_parts; i++) {
        for (j = i + 1; j < d->n_parts; j++) {
            struct part *a = &d->parts[i], *b = &d->parts[j];
            struct sc_box both = box_union(a->need, b->need);

            if (cost_alone(d, both) > cost_alone(d, a->need) + cost_alone(d, b->need))
                continue;
            a->need = both;
            a->before_us = b->before_us < a->before_us ? b->before_us : a->before_us;
            *b = d->parts[--d->n_parts];
            i = -1;
            break;
        }
    }
}

/* ---- before and after ---- */

static bool changed_between(const struct delta *d, struct sc_box box, int64_t from_us, int64_t to_us)
{
    const struct sc_changes *c = d->in->evidence;
    int i;

    for (i = 0; i < c->n_events; i++)
        if (c->events[i].end_us > from_us && c->events[i].start_us <= to_us && box_overlaps(c->events[i].box, box))
            return true;
    return false;
}

/* Whether an image that is already there shows the part as it was before, at half its size at least. */
static bool is_before_shown(const struct delta *d, const struct part *part)
{
    int i, k;

    for (i = d->out->n - 1; i >= 0; i--) {
        const struct view *v = &d->out->items[i];

        for (k = 0; k < v->n_pictures; k++) {
            const struct view_picture *p = &v->pictures[k];
            int from = p->crop.w ? p->crop.w : d->width;

            if (p->time_us <= part->before_us && 2 * p->dest.w >= from && box_contains(p->crop, part->need) &&
                !changed_between(d, part->need, p->time_us, part->before_us))
                return true;
        }
    }
    return false;
}

static int64_t area(const struct crop *c) { return (int64_t)c->box.w * c->box.h; }

/* Before and after on one canvas, side by side or one above the other, for at most max_tokens. */
static bool pair_up(const struct delta *d, struct part *part, int64_t max_tokens)
{
    struct crop beside = { 0 }, below = { 0 };
    const struct model *m = d->in->model;

    if (!crop_native(m, part->need, d->width, d->height, 2, 1, max_tokens, &beside))
        beside = (struct crop){ 0 };
    if (!crop_native(m, part->need, d->width, d->height, 1, 2, max_tokens, &below))
        below = (struct crop){ 0 };
    part->both = area(&below) > area(&beside) ? below : beside;
    return part->both.tokens > 0;
}

/* What was before costs nothing where it fits beside; else it is bought only if no image shows it yet. */
static void plan_part(const struct delta *d, const struct sc_frame *f, struct part *part)
{
    crop_fit(d->in->model, part->need, d->width, d->height, d->in->max_tokens, &part->after);
    if (part->before_us < 0 || part->before_us >= f->time_us || pair_up(d, part, part->after.tokens) ||
        is_before_shown(d, part))
        return;
    if (!pair_up(d, part, d->in->max_tokens) || part->both.tokens > 2 * part->after.tokens) {
        part->both = (struct crop){ 0 };
        part->alone_before = true;
    }
}

static int64_t parts_cost(const struct delta *d, bool with_before)
{
    int64_t sum = 0;
    int i;

    for (i = 0; i < d->n_parts; i++) {
        const struct part *p = &d->parts[i];
        bool free_pair = p->both.tokens && p->both.tokens <= p->after.tokens;

        sum += p->both.tokens && (with_before || free_pair) ? p->both.tokens : p->after.tokens;
        sum += p->alone_before && with_before ? p->after.tokens : 0;
    }
    return sum;
}

static void forgo_before(struct delta *d)
{
    int i;

    for (i = 0; i < d->n_parts; i++) {
        struct part *p = &d->parts[i];

        p->alone_before = false;
        if (p->both.tokens > p->after.tokens)
            p->both = (struct crop){ 0 };
    }
}

/* ---- images ---- */

static struct view *add_crop(const struct delta *d, const struct crop *crop, int event, enum sc_role role,
                             int64_t time_us, struct sc_error *err)
{
    struct view *v = views_add(d->out);

    if (!v || view_set_size(v, d->in->model, crop->width, crop->height, crop->detail, err))
        return NULL;
    v->kind = VIEW_PART;
    v->event = event;
    v->role = role;
    v->time_us = time_us;
    v->columns = crop->columns;
    v->rows = crop->rows;
    return v;
}

static bool add_cell(struct view *v, const struct crop *crop, int column, int row, int64_t time_us, int frame)
{
    struct sc_box dest = { column * (crop->cell_w + VIEW_GAP_PX), row * (crop->cell_h + VIEW_GAP_PX), crop->cell_w,
                           crop->cell_h };

    return view_add_picture(v, time_us, frame, crop->box, dest) != NULL;
}

static enum sc_status add_before(const struct delta *d, const struct part *p, struct sc_error *err)
{
    struct view *v = add_crop(d, &p->after, p->event, SC_BEFORE, p->before_us, err);

    return v && add_cell(v, &p->after, 0, 0, p->before_us, -1) ? SC_OK : fail_memory(err);
}

static enum sc_status add_after(const struct delta *d, int frame, const struct part *p, struct sc_error *err)
{
    const struct sc_frame *f = &d->in->evidence->frames[frame];
    const struct crop *crop = p->both.tokens ? &p->both : &p->after;
    struct view *v = add_crop(d, crop, p->event, f->role == SC_PEAK ? SC_PEAK : SC_AFTER, f->time_us, err);

    if (!v)
        return fail_memory(err);
    if (p->both.tokens) {
        v->kind = VIEW_PAIR;
        if (!add_cell(v, crop, 0, 0, p->before_us, -1))
            return fail_memory(err);
    }
    return add_cell(v, crop, crop->columns - 1, crop->rows - 1, f->time_us, frame) ? SC_OK : fail_memory(err);
}

/* What the parts may cost in place of the whole frame: half as much again where that would be shrunk. */
static int64_t worth_of_whole(const struct delta *d)
{
    struct image_tokens t = { 0 };
    enum image_detail detail;
    int w, h;

    (void)view_whole_size(d->in->model, d->width, d->height, d->in->max_tokens, &w, &h, &detail);
    if (tokens_image(d->in->model, w, h, detail, &t, NULL))
        return 0;
    return w < d->width ? t.tokens + t.tokens / 2 : t.tokens;
}

static enum sc_status add_frame(struct delta *d, int frame, struct sc_error *err)
{
    const struct sc_changes *c = d->in->evidence;
    const struct sc_frame *f = &c->frames[frame];
    const struct sc_event *e = event_at(c, f->event);
    bool whole = !d->out->n || has_new_shot(d, f->time_us) || (e && f->role != SC_BEFORE && !is_local(d, e));
    enum sc_status s = SC_OK;
    int i;

    if (!whole) {
        collect_parts(d, f);
        merge_parts(d);
        for (i = 0; i < d->n_parts; i++)
            plan_part(d, f, &d->parts[i]);
        if (parts_cost(d, true) > worth_of_whole(d))
            forgo_before(d);
        whole = d->n_parts > MOST_PARTS || parts_cost(d, false) > worth_of_whole(d);
    }
    if (whole) {
        d->whole_us = f->time_us;
        return pack_whole(d->in, frame, d->out, err);
    }
    for (i = 0; i < d->n_parts && !s; i++)
        if (d->parts[i].alone_before)
            s = add_before(d, &d->parts[i], err);
    for (i = 0; i < d->n_parts && !s; i++)
        s = add_after(d, frame, &d->parts[i], err);
    return s;
}

static enum sc_status pack(const struct pack_input *in, struct views *out, struct sc_error *err)
{
    const struct sc_changes *c = in->evidence;
    struct delta d = { .in = in, .out = out, .width = c->source.width, .height = c->source.height, .whole_us = -1 };
    enum sc_status s = SC_OK;
    int i;

    d.taken = calloc((size_t)c->n_events + 1, sizeof *d.taken);
    if (!d.taken)
        s = fail_memory(err);
    for (i = 0; i < c->n_frames && !s; i++)
        if (event_at(c, c->frames[i].event) && c->frames[i].role != SC_BEFORE)
            d.taken[c->frames[i].event] = true;
    for (i = 0; i < in->n_frames && !s; i++)
        s = add_frame(&d, in->frames[i], err);
    free(d.taken);
    return s;
}

const struct packing packing_delta = {
    .name = "delta",
    .about = "Only some images show the whole picture. The others are cut out of it at full resolution where something "
             "changed; outside of them it stayed as it was. A magenta line between before and after is no part of the "
             "video.",
    .pack = pack,
};
