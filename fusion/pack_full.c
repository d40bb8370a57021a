/* The packing `full`: each chosen frame whole. */
#include "fusion/pack.h"

enum sc_status pack_whole(const struct pack_input *in, int i, struct views *out, struct sc_error *err)
{
    const struct sc_changes *c = in->evidence;
    const struct sc_frame *f = &c->frames[i];
    struct view *v = views_add(out);
    enum image_detail detail;
    int w, h;

    (void)view_whole_size(in->model, c->source.width, c->source.height, in->max_tokens, &w, &h, &detail);
    if (!v || !view_add_picture(v, f->time_us, i, (struct sc_box){ 0 }, (struct sc_box){ 0, 0, w, h }))
        return fail_memory(err);
    v->kind = VIEW_WHOLE;
    v->time_us = f->time_us;
    v->role = f->role;
    v->event = f->event;
    return view_set_size(v, in->model, w, h, detail, err);
}

static enum sc_status pack(const struct pack_input *in, struct views *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < in->n_frames && !s; i++)
        s = pack_whole(in, in->frames[i], out, err);
    return s;
}

const struct packing packing_full = { .name = "full", .pack = pack };
