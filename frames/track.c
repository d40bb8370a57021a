/* Following, and the verdict. */
#include "frames/track.h"

#include <math.h>
#include <stdlib.h>

#define NEAR 4.0                /* blocks: it is so far from where it was expected at most, and half its size */
#define MISSED_MOST 2           /* pictures in which it need not be seen: behind something, before something alike */

#define PICTURES_LEAST 3
#define TRAVEL_LEAST 4.0        /* blocks over the background: five in a hundred of the picture, */
#define TRAVEL_OF_SIZE 0.4      /* and so much of its own size: the middle of something large is not known better */
#define STEADY 0.5              /* of its steps' products with those before: leaves and water turn about */
#define ALONG_LEAST 0.6         /* of its blocks come along with it, */
#define ALONG_MORE 0.15         /* and so many more than were there before: what stays lies over the picture */

/* Something that stands still moves as the background does, by so many times more, and by nothing else. Something far
 * behind moves less, but is surrounded by what hides it, and does not travel. */
#define PARALLAX_LEAST 0.12
#define PARALLAX_MOST 3.0
#define PARALLAX_REST 0.3       /* of its squared steps that parallax leaves unexplained */

static double size_of(const struct spot *s)
{
    return hypot(s->x1 - s->x0, s->y1 - s->y0);
}

static bool is_parallax(const struct track *t)
{
    double times = t->vv > 0 ? t->uv / t->vv : 0;
    double rest = t->uu > 0 ? 1 - t->uv * t->uv / (t->uu * fmax(t->vv, 1e-9)) : 0;
    return times > PARALLAX_LEAST && times < PARALLAX_MOST && rest < PARALLAX_REST;
}

static bool is_mover(const struct track *t)
{
    double size = fmax(t->peak.x1 - t->peak.x0, t->peak.y1 - t->peak.y0);
    return t->far >= fmax(TRAVEL_LEAST, TRAVEL_OF_SIZE * size) &&
           t->on >= STEADY * t->turns && t->along >= ALONG_LEAST * t->asked &&
           t->along - t->here >= ALONG_MORE * t->asked;
}

struct candidate spot_describe(const struct spot *s, const struct signature *shape)
{
    struct candidate c = { .event = { .before_us = -1, .after_us = -1, .same_as_us = -1, .count = 1 } };
    c.event.box = signature_to_box(shape, s->x0, s->y0, s->x1, s->y1);
    c.event.share = (double)s->n / (shape->grid_w * shape->grid_h);
    c.event.score = 1 - exp(-s->strength / 20); /* as frames/kinds.c */
    c.blocks = s->n;
    c.strength = c.excess = s->strength;
    c.strongest = (float)(s->strength / s->n);
    c.against = true;
    for (int k = 0; k < 3; k++) {
        c.event.yuv_after[k] = (uint8_t)lround(fmin(fmax(s->yuv[k], 0), 255));
        c.event.yuv_before[k] = (uint8_t)lround(fmin(fmax(s->under[k], 0), 255));
    }
    return c;
}

static enum sc_status end_track(struct track *t, const struct signature *shape, struct candidates *list,
                                struct sc_error *err)
{
    t->used = false;
    bool near = is_parallax(t);
    if (t->n < PICTURES_LEAST || (!near && !is_mover(t)))
        return SC_OK;
    struct candidate c = spot_describe(&t->peak, shape);
    c.near = c.muted = near;
    c.event.kind = SC_MOVE;
    c.event.before_us = t->before_us;
    c.event.start_us = (t->before_us + t->first_us) / 2;
    c.event.peak_us = t->peak_us;
    c.event.end_us = t->last_us;
    c.event.box = signature_to_box(shape, t->x0, t->y0, t->x1, t->y1);
    c.event.dx = (t->seen_x - t->first_x) * shape->width / shape->grid_w;
    c.event.dy = (t->seen_y - t->first_y) * shape->height / shape->grid_h;
    return candidates_add(list, &c, err);
}

static void see(struct track *t, const struct spot *s, int64_t before_us, int64_t now_us)
{
    if (!t->n++) {
        *t = (struct track){ .used = true, .n = 1, .before_us = before_us, .first_us = now_us, .peak_us = now_us, .peak = *s,
                             .x0 = s->x0, .y0 = s->y0, .x1 = s->x1, .y1 = s->y1, .first_x = s->x, .first_y = s->y };
    } else if (s->strength > t->peak.strength) {
        t->peak = *s;
        t->peak_us = now_us;
    }
    t->x0 = s->x0 < t->x0 ? s->x0 : t->x0, t->x1 = s->x1 > t->x1 ? s->x1 : t->x1;
    t->y0 = s->y0 < t->y0 ? s->y0 : t->y0, t->y1 = s->y1 > t->y1 ? s->y1 : t->y1;
    t->last = *s;
    t->seen_x = s->x;
    t->seen_y = s->y;
    t->last_us = now_us;
    t->missed = 0;
}

/* Where the background under the track's last place is by now, carried on through pictures in which it was missed. */
static void carry(struct track *t, const struct motion *m, const struct grid *g)
{
    double dx, dy;
    motion_at(m, g, t->last.x, t->last.y, &dx, &dy); /* close enough: the motion is smooth */
    t->last.x += dx;
    t->last.y += dy;
    t->last.x0 += (int)lround(dx), t->last.x1 += (int)lround(dx);
    t->last.y0 += (int)lround(dy), t->last.y1 += (int)lround(dy);
    t->missed++;
    for (int k = TRACK_TRAIL - 1; k > 0; k--) {
        t->trail_x[k] = t->trail_x[k - 1], t->trail_y[k] = t->trail_y[k - 1];
        t->seen[k] = t->seen[k - 1];
    }
    t->trail_x[0] = t->seen_x, t->trail_y[0] = t->seen_y;
    t->seen[0] = t->missed == 1;
}

/* It is at s now: add its own step, and that of the background where it was, to the sums. */
static void step(struct track *t, const struct spot *s)
{
    double x = s->x - t->last.x, y = s->y - t->last.y, vx = t->last.x - t->seen_x, vy = t->last.y - t->seen_y;
    t->on += x * t->step_x + y * t->step_y;
    t->turns += hypot(x, y) * hypot(t->step_x, t->step_y);
    t->step_x = x;
    t->step_y = y;
    t->ux += x;
    t->uy += y;
    t->far = fmax(t->far, hypot(t->ux, t->uy));
    t->uu += x * x + y * y;
    t->uv += x * vx + y * vy;
    t->vv += vx * vx + vy * vy;
    t->own_x = x / t->missed;
    t->own_y = y / t->missed;
}

static int nearest(const struct track *t, const struct spot *spot, int n, const bool *taken)
{
    double least = 1e9;
    int at = -1;
    for (int i = 0; i < n; i++) {
        double d = hypot(spot[i].x - t->last.x - t->own_x * t->missed, spot[i].y - t->last.y - t->own_y * t->missed);
        if (taken[i] || d > NEAR + 0.5 * size_of(&t->last) || d >= least)
            continue;
        least = d;
        at = i;
    }
    return at;
}

enum sc_status tracks_add(struct tracks *t, const struct spot *spot, int n, const struct motion *m,
                          const struct grid *g, int64_t before_us, int64_t now_us,
                          const struct signature *shape,
                          struct candidates *list, struct sc_error *err)
{
    bool taken[TRACKS_MOST] = { false };
    for (int k = 0; k < TRACKS_MOST; k++) {
        struct track *at = &t->at[k];
        if (!at->used)
            continue;
        carry(at, m, g);
        int i = nearest(at, spot, n, taken);
        if (i >= 0) {
            taken[i] = true;
            step(at, &spot[i]);
            see(at, &spot[i], before_us, now_us);
            continue;
        }
        enum sc_status s = at->missed > MISSED_MOST ? end_track(at, shape, list, err) : SC_OK;
        if (s)
            return s;
    }
    for (int i = 0, k = 0; i < n; i++) {
        while (k < TRACKS_MOST && t->at[k].used)
            k++;
        if (taken[i] || k == TRACKS_MOST)
            continue;
        t->at[k] = (struct track){ 0 };
        see(&t->at[k], &spot[i], before_us, now_us);
    }
    return SC_OK;
}

enum sc_status tracks_end(struct tracks *t, const struct signature *shape, struct candidates *list,
                          struct sc_error *err)
{
    for (int k = 0; k < TRACKS_MOST; k++) {
        enum sc_status s = t->at[k].used ? end_track(&t->at[k], shape, list, err) : SC_OK;
        if (s)
            return s;
    }
    return SC_OK;
}
