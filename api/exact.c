/* The boxes of local events, made exact on the pictures themselves. */
#include "api/exact.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "frames/decide.h"

#define SHARE_OF_LOOKING 4       /* a quarter of the pictures decoded for looking may be decoded again, */
#define SHORT_PICTURES 1500      /* or so many: a minute may be gone through again whole */

#define FAR 0.04                 /* of the picture's width */

/* Where one still place differs before and after. What moves has its box from its way. */
static const bool is_local[SC_N_KINDS] = {
    [SC_APPEAR] = true, [SC_DISAPPEAR] = true, [SC_TEXT] = true, [SC_TYPING] = true, [SC_OTHER] = true,
};

struct item {
    int event, rank;             /* INT_MAX: no picture of it was chosen */
    double score;
};

static int by_importance(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->event - y->event;
}

/* Where the camera goes far, a place of one picture is another one in the next. */
static bool is_panned(const struct sc_changes *c, const struct sc_event *e)
{
    int i;

    for (i = 0; i < c->n_events; i++) {
        const struct sc_event *camera = &c->events[i];

        if (camera->kind == SC_CAMERA && camera->start_us <= e->start_us && camera->end_us >= e->end_us &&
            hypot(camera->dx, camera->dy) > FAR * camera->box.w)
            return true;
    }
    return false;
}

static int list_items(const struct sc_changes *c, struct item *out)
{
    int i, k, n = 0;

    for (i = 0; i < c->n_events; i++) {
        const struct sc_event *e = &c->events[i];
        int rank = INT_MAX;

        if (!is_local[e->kind] || e->box.w < 1 || e->before_us < 0 || e->peak_us < e->before_us ||
            e->after_us < e->peak_us || is_panned(c, e))
            continue;
        for (k = 0; k < c->n_frames; k++)
            if (c->frames[k].event == i && c->frames[k].rank < rank)
                rank = c->frames[k].rank;
        if (rank < INT_MAX)
            out[n++] = (struct item){ i, rank, e->score * sqrt(e->share) };
    }
    qsort(out, (size_t)n, sizeof *out, by_importance);
    return n < REFINE_MAX ? n : REFINE_MAX;
}

static enum sc_status refine(struct sc *s, const struct sc_look_settings *look, struct sc_changes *c,
                             const struct item *items, struct rough_box *boxes, double *shares, int n,
                             struct sc_error *err)
{
    const int64_t part = c->n_decoded / SHARE_OF_LOOKING;
    const struct refine_settings settings = {
        .max_pictures = part > SHORT_PICTURES ? part : SHORT_PICTURES, .crop = look->crop,
        .sensitivity = decide_sensitivity(look),
    };
    struct sc_error why = { 0 };
    enum sc_status status;
    int i;

    for (i = 0; i < n; i++) {
        const struct sc_event *e = &c->events[items[i].event];

        boxes[i] = (struct rough_box){ e->before_us, e->peak_us, e->after_us, e->box };
        shares[i] = e->share;
    }
    status = worker_refine(s->worker, 0, &settings, boxes, shares, n, &why);
    for (i = 0; i < n; i++) {
        c->events[items[i].event].box = boxes[i].box;
        c->events[items[i].event].share = shares[i];
    }
    if (status == SC_ERR_CANCELLED || status == SC_ERR_NOMEM)
        return fail(err, status, "%s", why.text);
    if (status)
        session_notice(s, "some boxes stay coarse: %s", why.text);
    return SC_OK;
}

enum sc_status exact_boxes(struct sc *s, const struct sc_look_settings *look, struct sc_changes *c,
                           struct sc_error *err)
{
    struct item *items = calloc((size_t)c->n_events + 1, sizeof *items);
    struct rough_box *boxes = calloc((size_t)c->n_events + 1, sizeof *boxes);
    double *shares = calloc((size_t)c->n_events + 1, sizeof *shares);
    enum sc_status status = SC_OK;
    int n;

    if (!items || !boxes || !shares)
        status = fail_memory(err);
    else if (c->scouting.scouted && !c->scouting.why)
        status = SC_OK;          /* decoding again would cost more than scouting did */
    else if ((n = list_items(c, items)) > 0)
        status = refine(s, look, c, items, boxes, shares, n, err);
    free(items);
    free(boxes);
    free(shares);
    return status;
}
