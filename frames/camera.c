/* A movement begins, goes on, rests. */
#include "frames/camera.h"

#include <math.h>
#include <stdlib.h>

#include "frames/sway.h"

#define STEP_US 200000          /* displacements are measured over so long: a slow pan moves a pixel in it */
#define REST_US 800000          /* the movement is over when it rests for so long */
#define MOST_PX 24              /* looked for, small pixels */
#define LEAST_PX 0.7            /* of a step: less is what noise does to the measure */

/* Less is a hand's sway, and taken out in silence. Small pixels: four in a hundred of the picture; of its size. */
#define EVENT_PX 12.0
#define EVENT_ZOOM 0.08
#define ZOOM_LEAST 0.004        /* of a step: the outer thirds move apart by most of a small pixel */

#define MODEL_TIMES 2.0         /* so many times LEAST is a movement by frames/motion.h: a film's jitter is less */

/* Where there is detail, it moves with the camera, in most quarters of the picture; a car moves the sums as well. */
#define DETAIL_TEXTURE 8        /* half levels */
#define DETAIL_SHARE 0.06       /* of the blocks of a quarter */
#define STAY_LEVELS 1.5
#define STAY_MOST 0.4           /* of the blocks with detail: pans measure 0.02 to 0.25 */
#define QUARTERS 3

static bool quarter_moves(const struct signature *a, const struct signature *b, int x0, int y0)
{
    int w = a->grid_w / 2, h = a->grid_h / 2, n = 0, stay = 0;
    for (int y = y0; y < y0 + h; y++)
        for (int x = x0; x < x0 + w; x++) {
            const struct signature_block *from = &a->blocks[y * a->grid_w + x], *to = &b->blocks[y * a->grid_w + x];
            if (signature_is_hidden(from) || signature_is_hidden(to) || from->texture < DETAIL_TEXTURE)
                continue;
            n++;
            stay += abs(from->y - to->y) < 16 * STAY_LEVELS && abs(from->texture - to->texture) < 2 * STAY_LEVELS;
        }
    return n > DETAIL_SHARE * w * h && stay < STAY_MOST * n;
}

static bool all_moves(const struct signature *a, const struct signature *b)
{
    int x = a->grid_w - a->grid_w / 2, y = a->grid_h - a->grid_h / 2;
    return quarter_moves(a, b, 0, 0) + quarter_moves(a, b, x, 0) + quarter_moves(a, b, 0, y) +
           quarter_moves(a, b, x, y) >= QUARTERS;
}

enum sc_status camera_start(struct camera *w, const struct signature *first, struct sc_error *err)
{
    camera_dispose(w);
    w->anchor = signature_copy(first);
    return w->anchor ? SC_OK : fail_memory(err);
}

void camera_dispose(struct camera *w)
{
    signature_free(&w->anchor);
    *w = (struct camera){ 0 };
}

bool camera_is_far(const struct camera *w)
{
    return w->open && (w->way >= EVENT_PX || fabs(w->zoom) >= EVENT_ZOOM);
}

static bool close_movement(struct camera *w, struct sc_event *out)
{
    bool happened = camera_is_far(w);
    if (happened) {
        const struct signature *s = w->anchor;
        out->kind = SC_CAMERA;
        out->start_us = w->start_us;
        out->peak_us = w->peak_us;
        out->end_us = w->last_us;
        out->dx = w->dx * s->width / s->small_w;
        out->dy = w->dy * s->height / s->small_h;
        out->score = fmin(1, fmax(w->way / (4 * EVENT_PX), fabs(w->zoom) / (4 * EVENT_ZOOM)));
    }
    w->open = false;
    w->dx = w->dy = w->way = w->zoom = w->most = 0;
    return happened;
}

static void move_on(struct camera *w, const struct shift *shift, double zoom, int64_t now_us)
{
    double length = hypot(shift->dx, shift->dy);
    if (!w->open) {
        w->open = true;
        w->start_us = w->peak_us = w->anchor->time_us;
    }
    w->dx += shift->dx;
    w->dy += shift->dy;
    w->way += length;
    w->zoom += zoom;
    w->last_us = now_us;
    if (length > w->most) {
        w->most = length;
        w->peak_us = now_us;
    }
}

bool camera_moves(const struct motion *m)
{
    return m->holds && (hypot(m->dx, m->dy) * SIGNATURE_BLOCK >= MODEL_TIMES * LEAST_PX ||
                        fabs(m->zoom) >= MODEL_TIMES * ZOOM_LEAST);
}

/* A movement goes on though the sums lose it: their thirds leave the picture in a zoom, things pass before them. */
static bool goes_on(const struct signature *a, const struct signature *b, struct shift *shift, double *zoom)
{
    struct grid from, to;
    uint8_t away[DIFFERENCE_MAX_BLOCKS];
    const struct motion guess[] = { { 0 },
                                    { .dx = shift->dx / SIGNATURE_BLOCK, .dy = shift->dy / SIGNATURE_BLOCK },
                                    { .zoom = *zoom } };
    grid_from_signature(&from, a);
    grid_from_signature(&to, b);
    struct motion m = motion_fit(&from, &to, guess, (int)(sizeof guess / sizeof *guess));
    motion_compare(&from, &to, &m, away);
    if (!camera_moves(&m))
        return false;
    *shift = (struct shift){ .dx = m.dx * SIGNATURE_BLOCK, .dy = m.dy * SIGNATURE_BLOCK };
    *zoom = m.zoom;
    return true;
}

enum sc_status camera_add(struct camera *w, const struct signature *s, bool *ended, struct sc_event *out,
                          struct sc_error *err)
{
    *ended = false;
    if (!w->anchor || !difference_comparable(w->anchor, s))
        return camera_start(w, s, err);
    if (s->time_us - w->anchor->time_us < STEP_US)
        return SC_OK;
    struct shift shift = difference_shift(w->anchor, s, MOST_PX);
    double zoom = difference_zoom(w->anchor, s, MOST_PX / 2);
    bool moved = sway_is_trusted(&shift) && hypot(shift.dx, shift.dy) >= LEAST_PX, zoomed = fabs(zoom) >= ZOOM_LEAST;
    if ((moved || zoomed) && all_moves(w->anchor, s))
        move_on(w, moved ? &shift : &(struct shift){ 0 }, zoomed ? zoom : 0, s->time_us);
    else if (w->open && goes_on(w->anchor, s, &shift, &zoom))
        move_on(w, &shift, zoom, s->time_us);
    else if (w->open && s->time_us - w->last_us >= REST_US)
        *ended = close_movement(w, out);
    signature_free(&w->anchor);
    w->anchor = signature_copy(s);
    return w->anchor ? SC_OK : fail_memory(err);
}

bool camera_end(struct camera *w, struct sc_event *out)
{
    return close_movement(w, out);
}
