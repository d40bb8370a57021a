/* The packing `pair`: for each event one image, before | after side by side. */
#include "fusion/pack.h"

/* The largest cell, two of which with the gap between them cost at most in->max_tokens and lose no pixel. */
static void cell_size(const struct pack_input *in, int *w_out, int *h_out, enum image_detail *detail_out)
{
    const struct sc_info *source = &in->evidence->source;
    int w, h;

    (void)view_whole_size(in->model, 2 * source->width + VIEW_GAP_PX, source->height, in->max_tokens, &w, &h,
                          detail_out);
    *w_out = (w - VIEW_GAP_PX) / 2;
    *w_out = *w_out > 1 ? *w_out : 1;
    *h_out = (int)(((int64_t)source->height * *w_out * 2 + source->width) / (2 * (int64_t)source->width));
    *h_out = *h_out > h ? h : *h_out > 1 ? *h_out : 1;
}

static enum sc_status add_pair(const struct pack_input *in, int i, const struct sc_event *e, struct views *out,
                               struct sc_error *err)
{
    const struct sc_frame *f = &in->evidence->frames[i];
    struct view *v = views_add(out);
    enum image_detail detail;
    int w, h;

    cell_size(in, &w, &h, &detail);
    if (!v || !view_add_picture(v, e->before_us, -1, (struct sc_box){ 0 }, (struct sc_box){ 0, 0, w, h }) ||
        !view_add_picture(v, e->after_us, i, (struct sc_box){ 0 }, (struct sc_box){ w + VIEW_GAP_PX, 0, w, h }))
        return fail_memory(err);
    v->kind = VIEW_PAIR;
    v->time_us = e->after_us;
    v->role = SC_AFTER;
    v->event = f->event;
    v->columns = 2;
    return view_set_size(v, in->model, 2 * w + VIEW_GAP_PX, h, detail, err);
}

static const struct sc_event *event_of(const struct pack_input *in, int i)
{
    int event = in->evidence->frames[i].event;

    return event >= 0 && event < in->evidence->n_events ? &in->evidence->events[event] : NULL;
}

static bool is_shown(const struct views *v, int event)
{
    int i;

    for (i = 0; i < v->n; i++)
        if (v->items[i].event == event)
            return true;
    return false;
}

static enum sc_status pack(const struct pack_input *in, struct views *out, struct sc_error *err)
{
    bool has_events = false;
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < in->n_frames; i++)
        has_events = has_events || event_of(in, in->frames[i]);
    for (i = 0; i < in->n_frames && !s; i++) {
        const struct sc_event *e = event_of(in, in->frames[i]);

        if (!e ? has_events : is_shown(out, in->evidence->frames[in->frames[i]].event))
            continue;
        if (e && e->before_us >= 0 && e->after_us > e->before_us)
            s = add_pair(in, in->frames[i], e, out, err);
        else
            s = pack_whole(in, in->frames[i], out, err);
    }
    return s;
}

const struct packing packing_pair = {
    .name = "pair",
    .about = "Most images are pairs: on the left the frame before a change, on the right the one after it. The magenta "
             "line between them is no part of the video.",
    .pack = pack,
};
