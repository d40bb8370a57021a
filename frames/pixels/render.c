/* Execute a render plan: wanted times in ascending order, each picture decoded once, each image handed over as soon as
 * its last placement is there. */
#include "frames/pixels/render.h"

#include <stdlib.h>

#include "frames/pixels/encode.h"
#include "frames/pixels/reel.h"
#include "frames/pixels/scale.h"

/* A placement in the order of its time. */
struct job {
    int64_t time_us;
    int image, placement;
};

struct progress {
    struct surface surface;      /* no planes until the first placement */
    int n_missing;
};

struct renderer {
    const struct plan *plan;
    struct progress *images;
    struct job *jobs;
    int n_jobs;
    struct scaler scaler;
    struct reel reel;
    render_sink *sink;
    void *user;
};

/* ---- images ---- */

static enum sc_status encode(const struct plan_image *image, const struct surface *surface, struct buffer *out,
                             struct sc_error *err)
{
    if (image->raw)
        return encode_rgb(surface, out, err);
    if (image->format == SC_PNG)
        return encode_png(surface, out, err);
    return encode_jpeg(surface, image->quality, image->full_chroma, out, err);
}

static void draw_mark(struct surface *s, const struct plan_mark *m)
{
    const bool boxed = m->box.w > 0 && m->box.h > 0 && m->thickness > 0;
    const int inside = boxed ? m->thickness : 0;

    if (boxed)
        surface_outline(s, m->box, m->thickness, m->rgb);
    surface_text(s, m->box.x + inside, m->box.y + inside, m->text_size, m->rgb, m->text);
}

static enum sc_status begin_image(struct renderer *r, int index, struct sc_error *err)
{
    const struct plan_image *image = &r->plan->images[index];

    if (r->images[index].surface.plane[0])
        return SC_OK;
    return surface_make(&r->images[index].surface, image->width, image->height,
                        image->raw || image->format == SC_PNG, image->background_rgb, err);
}

static enum sc_status finish_image(struct renderer *r, int index, struct sc_error *err)
{
    const struct plan_image *image = &r->plan->images[index];
    struct surface *surface = &r->images[index].surface;
    struct buffer data = { 0 };
    enum sc_status s;
    int i;

    for (i = 0; i < image->n_marks; i++)
        draw_mark(surface, &image->marks[i]);
    s = encode(image, surface, &data, err);
    surface_dispose(surface);
    if (!s)
        s = r->sink(r->user, index, &data, err);
    buffer_dispose(&data);
    return s;
}

static enum sc_status do_job(struct renderer *r, const struct job *job, struct sc_error *err)
{
    const struct plan_placement *p = &r->plan->images[job->image].placements[job->placement];
    struct surface part;
    enum sc_status s;

    if ((s = reel_to(&r->reel, job->time_us, err)) || (s = begin_image(r, job->image, err)))
        return s;
    part = surface_part(&r->images[job->image].surface, p->dest);
    if ((s = scale_picture(&r->scaler, r->reel.shown, p->crop, &part, err)))
        return fail_in(err, s, "picture at %.3f s", (double)job->time_us / 1e6);
    return --r->images[job->image].n_missing ? SC_OK : finish_image(r, job->image, err);
}

/* ---- the plan ---- */

static enum sc_status check_image(const struct plan_image *image, struct sc_error *err)
{
    int i;

    if (image->width < 1 || image->height < 1 || image->width > PLAN_MAX_SIDE || image->height > PLAN_MAX_SIDE)
        return fail(err, SC_ERR_INVALID, "image of %dx%d", image->width, image->height);
    if (image->format == SC_JPEG && (image->quality < 1 || image->quality > 100))
        return fail(err, SC_ERR_INVALID, "JPEG quality '%d' is not 1 to 100", image->quality);
    for (i = 0; i < image->n_placements; i++) {
        const struct sc_box b = image->placements[i].dest;

        if (b.x < 0 || b.y < 0 || b.w < 1 || b.h < 1 || b.w > image->width - b.x || b.h > image->height - b.y)
            return fail(err, SC_ERR_INVALID, "placement '%d,%d,%d,%d' is not on its image of %dx%d", b.x, b.y, b.w,
                        b.h, image->width, image->height);
    }
    return SC_OK;
}

static int by_time(const void *a, const void *b)
{
    const struct job *x = a, *y = b;

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    if (x->image != y->image)
        return x->image < y->image ? -1 : 1;
    return x->placement - y->placement;
}

static enum sc_status prepare(struct renderer *r, struct sc_error *err)
{
    size_t n = 0;
    int i, k;
    enum sc_status s;

    for (i = 0; i < r->plan->n_images; i++) {
        if ((s = check_image(&r->plan->images[i], err)))
            return fail_in(err, s, "image %d of the plan", i);
        n += (size_t)r->plan->images[i].n_placements;
    }
    r->images = calloc((size_t)r->plan->n_images + 1, sizeof *r->images);
    r->jobs = calloc(n + 1, sizeof *r->jobs);
    if (!r->images || !r->jobs)
        return fail_memory(err);
    for (i = 0; i < r->plan->n_images; i++) {
        const struct plan_image *image = &r->plan->images[i];

        r->images[i].n_missing = image->n_placements;
        for (k = 0; k < image->n_placements; k++) {
            const int64_t time_us = image->placements[k].time_us;

            r->jobs[r->n_jobs++] = (struct job){ time_us > 0 ? time_us : 0, i, k };
        }
    }
    qsort(r->jobs, (size_t)r->n_jobs, sizeof *r->jobs, by_time);
    return SC_OK;
}

static enum sc_status render_all(struct renderer *r, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < r->plan->n_images && !s; i++)
        if (!r->images[i].n_missing && !(s = begin_image(r, i, err)))
            s = finish_image(r, i, err);
    for (i = 0; i < r->n_jobs && !s; i++)
        s = do_job(r, &r->jobs[i], err);
    return s;
}

enum sc_status render(struct decoder *d, const struct plan *plan, render_sink *sink, void *user, struct sc_error *err)
{
    struct renderer r = { .plan = plan, .sink = sink, .user = user, .reel = reel_of(d) };
    enum sc_status s = prepare(&r, err);
    int i;

    if (!s)
        s = render_all(&r, err);
    for (i = 0; r.images && i < plan->n_images; i++)
        surface_dispose(&r.images[i].surface);
    free(r.images);
    free(r.jobs);
    reel_clear(&r.reel);
    scaler_dispose(&r.scaler);
    return s;
}
