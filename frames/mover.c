/* Places that are in no other picture, and places that went over. */
#include "frames/mover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frames/aligned.h"
#include "frames/regions.h"
#include "frames/track.h"

#define HELD 0.8                /* of a movement's steps */
#define REACH 2                 /* blocks: one in between does not part a place */
#define SPOT_BLOCKS 3
#define SPOT_STRENGTH 6.0       /* tolerances, summed */
#define CROWDED 0.15            /* of the picture: more is parallax, or water, and no background */

#define SAME 10                 /* in parts of a tolerance: the same in both pictures, */
#define OTHER 24                /* and another state */
#define RISEN_SIDE 3            /* blocks: what a moving edge uncovers is narrow */
#define RISEN_FILL 0.5          /* of its box */
#define RISEN_STRENGTH 12.0
#define RISEN_RING 2            /* blocks around it, of which */
#define RISEN_SEEN 0.5          /* so many can be seen in the pictures around, */
#define RISEN_CALM 0.9          /* and of these are the same */
#define RISEN_ALONE 0.004       /* of the picture, and half of its own size, may differ besides */

struct mover_scene {
    struct aligned aligned;
    double sensitivity;
    struct signature *shape;
    struct tracks tracks;
    bool mask[DIFFERENCE_MAX_BLOCKS];
    short label[DIFFERENCE_MAX_BLOCKS];
    uint8_t away[DIFFERENCE_MAX_BLOCKS];
};

static void forget_scene(struct mover *m)
{
    if (m->scene)
        signature_free(&m->scene->shape);
    free(m->scene);
    m->scene = NULL;
}

void mover_dispose(struct mover *m)
{
    for (int k = 0; k < ALIGNED_PICTURES; k++)
        signature_free(&m->picture[k]);
    forget_scene(m);
}

static enum sc_status remember(struct mover *m, const struct signature *s, struct sc_error *err)
{
    struct signature *copy = signature_copy(s);
    if (!copy)
        return fail_memory(err);
    signature_free(&m->picture[ALIGNED_PICTURES - 1]);
    for (int k = ALIGNED_PICTURES - 1; k > 0; k--)
        m->picture[k] = m->picture[k - 1];
    m->picture[0] = copy;
    return SC_OK;
}

enum sc_status mover_start(struct mover *m, const struct signature *first, struct sc_error *err)
{
    mover_dispose(m);
    return remember(m, first, err);
}

static uint8_t sharpen(int away, double sensitivity)
{
    return away < 0 ? 0 : (uint8_t)fmin(away * sensitivity, MOTION_MOST);
}

/* The most that a block is away from any of the pictures on one side; -1: it is in none of them. */
static int most_away(uint8_t away[ALIGNED_LAGS][DIFFERENCE_MAX_BLOCKS], int i)
{
    int most = -1;
    for (int lag = 0; lag < ALIGNED_LAGS; lag++)
        if (away[lag][i] != MOTION_UNSEEN && away[lag][i] > most)
            most = away[lag][i];
    return most;
}

static void spot_add(struct spot *s, const struct look *now, const struct look *before, int i, double away)
{
    const struct grid *g = &now->grid, *h = &before->grid;
    int x = i % g->w, y = i / g->w, j = aligned_under(now, i);
    if (!s->n)
        *s = (struct spot){ .x0 = x, .y0 = y };
    s->x0 = x < s->x0 ? x : s->x0, s->x1 = x >= s->x1 ? x + 1 : s->x1;
    s->y0 = y < s->y0 ? y : s->y0, s->y1 = y >= s->y1 ? y + 1 : s->y1;
    s->n++;
    s->x += away * (x + 0.5);
    s->y += away * (y + 0.5);
    s->strength += away;
    s->yuv[0] += (double)g->y[i], s->yuv[1] += (double)g->u[i], s->yuv[2] += (double)g->v[i];
    j = j < 0 ? i : j;
    s->under[0] += (double)h->y[j], s->under[1] += (double)h->u[j], s->under[2] += (double)h->v[j];
}

static void spot_finish(struct spot *s)
{
    s->x /= s->strength;
    s->y /= s->strength;
    for (int k = 0; k < 3; k++) {
        s->yuv[k] /= s->n;
        s->under[k] /= s->n;
    }
}

/* The labelled places as spots, those with the least left out. away: parts of a tolerance. */
static int gather(const struct mover_scene *s, int names, const struct look *now, const struct look *before,
                  struct spot out[TRACKS_MOST])
{
    int n = 0;
    for (short name = 1; name <= names && n < TRACKS_MOST; name++) {
        struct spot spot = { 0 };
        for (int i = 0; i < now->grid.w * now->grid.h; i++)
            if (s->label[i] == name)
                spot_add(&spot, now, before, i, (double)s->away[i] / MOTION_SCALE);
        if (spot.n < SPOT_BLOCKS || spot.strength < SPOT_STRENGTH)
            continue;
        spot_finish(&spot);
        out[n++] = spot;
    }
    return n;
}

/* What is in none of the pictures before and after it passes. Returns how many blocks do. */
static int mark_passing(struct mover_scene *s, struct look *now)
{
    const int n = now->grid.w * now->grid.h;
    int marked = 0;
    for (int i = 0; i < n; i++) {
        int past = most_away(now->past, i), future = most_away(now->future, i);
        s->away[i] = sharpen(past < future ? past : future, s->sensitivity);
        s->mask[i] = s->away[i] >= MOTION_SCALE;
        marked += s->mask[i];
    }
    return marked;
}

/* What was the same in the pictures before, is the same in those after, and differs between them. */
static int mark_risen(struct mover_scene *s, const struct look *now, const struct look *before)
{
    const int n = now->grid.w * now->grid.h;
    int differ = 0;
    for (int i = 0; i < n; i++) {
        int j = aligned_under(now, i), least = MOTION_MOST;
        bool stood = j >= 0, stands = true;
        s->mask[i] = false;
        differ += now->past[0][i] != MOTION_UNSEEN && now->past[0][i] >= MOTION_SCALE;
        for (int lag = 0; lag < ALIGNED_LAGS; lag++) {
            least = now->past[lag][i] < least ? now->past[lag][i] : least;
            stands = stands && now->past[lag][i] != MOTION_UNSEEN && now->future[lag][i] <= SAME;
            stood = stood && (lag == ALIGNED_LAGS - 1 || before->past[lag][j] <= SAME);
        }
        s->away[i] = sharpen(least, s->sensitivity);
        s->mask[i] = stood && stands && s->away[i] >= OTHER;
    }
    return differ;
}

static bool is_compact(const struct spot *s)
{
    int w = s->x1 - s->x0, h = s->y1 - s->y0;
    return w >= RISEN_SIDE && h >= RISEN_SIDE && s->n >= RISEN_FILL * w * h && s->strength >= RISEN_STRENGTH;
}

static bool is_calm_around(const struct spot *spot, const struct look *now, const struct look *before)
{
    const int w = now->grid.w, h = now->grid.h;
    int all = 0, seen = 0, calm = 0;
    for (int y = spot->y0 - RISEN_RING; y < spot->y1 + RISEN_RING; y++)
        for (int x = spot->x0 - RISEN_RING; x < spot->x1 + RISEN_RING; x++) {
            bool inside = x >= spot->x0 - 1 && x <= spot->x1 && y >= spot->y0 - 1 && y <= spot->y1;
            int i = y * w + x, j;
            all += !inside;
            if (inside || x < 0 || y < 0 || x >= w || y >= h || (j = aligned_under(now, i)) < 0 ||
                now->past[0][i] == MOTION_UNSEEN || now->future[0][i] == MOTION_UNSEEN)
                continue;
            seen++;
            calm += now->past[0][i] < MOTION_SCALE && now->future[0][i] < MOTION_SCALE &&
                    (before->past[0][j] < MOTION_SCALE || before->past[0][j] == MOTION_UNSEEN);
        }
    return seen >= RISEN_SEEN * all && calm >= RISEN_CALM * seen;
}

/* Widen it to where it is in the next picture, which will be the one to show it. */
static void follow(struct spot *s, const struct look *next)
{
    double dx, dy;
    motion_at(&next->from[0], &next->grid, s->x, s->y, &dx, &dy);
    int x = (int)lround(dx), y = (int)lround(dy);
    if (!next->from[0].holds)
        return;
    s->x0 += x < 0 && s->x0 + x >= 0 ? x : 0, s->x1 += x > 0 && s->x1 + x <= next->grid.w ? x : 0;
    s->y0 += y < 0 && s->y0 + y >= 0 ? y : 0, s->y1 += y > 0 && s->y1 + y <= next->grid.h ? y : 0;
}

static enum sc_status list_risen(struct mover_scene *s, int c, struct candidates *list, struct sc_error *err)
{
    const struct look *now = s->aligned.at[c], *before = s->aligned.at[c + 1];
    struct spot spot[TRACKS_MOST];
    const int w = now->grid.w, h = now->grid.h;
    int differ = mark_risen(s, now, before);
    int n = gather(s, regions_label(s->mask, w, h, 1, s->label), now, before, spot);
    for (int k = 0; k < n; k++) {
        if (!is_compact(&spot[k]) || differ - spot[k].n > RISEN_ALONE * w * h + spot[k].n / 2 ||
            !is_calm_around(&spot[k], now, before))
            continue;
        follow(&spot[k], s->aligned.at[c - 1]);
        struct candidate change = spot_describe(&spot[k], s->shape);
        change.kept = change.blocks;
        change.step = true;
        change.event.kind = SC_APPEAR;
        change.event.before_us = before->time_us;
        change.event.start_us = (before->time_us + now->time_us) / 2;
        change.event.peak_us = change.event.end_us = now->time_us;
        enum sc_status status = candidates_add(list, &change, err);
        if (status)
            return status;
    }
    return SC_OK;
}

/* Whether what the track is now came along with it from the picture in which it was farthest away, or was where it is
 * already. */
static void ask_back(struct mover_scene *s, int c, struct track *t)
{
    const struct look *now = s->aligned.at[c];
    double most = 0;
    int back = 0;
    for (int k = 0; k < TRACK_TRAIL && c + k + 1 < s->aligned.n; k++) {
        double d = t->seen[k] ? hypot(t->seen_x - t->trail_x[k], t->seen_y - t->trail_y[k]) : 0;
        if (d > most) {
            most = d;
            back = k + 1;
        }
    }
    if (!back)
        return;
    const struct grid *then = &s->aligned.at[c + back]->grid;
    double px = t->seen_x - t->trail_x[back - 1], py = t->seen_y - t->trail_y[back - 1];
    for (int y = t->last.y0; y < t->last.y1; y++)
        for (int x = t->last.x0; x < t->last.x1; x++) {
            int i = y * now->grid.w + x;
            if (s->away[i] < MOTION_SCALE)
                continue;
            float along = motion_away(then, &now->grid, i, x - px, y - py);
            float here = motion_away(then, &now->grid, i, x, y);
            if (along < 0 || here < 0)
                continue;
            t->asked++;
            t->along += along < 1;
            t->here += here < 1;
        }
}

/* Judge picture c, now that those around it are known. */
static enum sc_status judge(struct mover_scene *s, int c, struct candidates *list, struct sc_error *err)
{
    if (c + 1 >= s->aligned.n)
        return SC_OK;
    struct look *now = s->aligned.at[c], *before = s->aligned.at[c + 1];
    struct spot spot[TRACKS_MOST];
    const int w = now->grid.w, h = now->grid.h;
    if (!now->from[0].holds)
        return tracks_end(&s->tracks, s->shape, list, err);
    if (mark_passing(s, now) > CROWDED * w * h) {
        s->tracks = (struct tracks){ 0 };
        return SC_OK;
    }
    int n = gather(s, regions_label(s->mask, w, h, REACH, s->label), now, before, spot);
    enum sc_status status = tracks_add(&s->tracks, spot, n, &now->from[0], &now->grid, before->time_us,
                                       now->time_us, s->shape, list, err);
    for (int k = 0; k < TRACKS_MOST; k++)
        if (s->tracks.at[k].used && s->tracks.at[k].last_us == now->time_us)
            ask_back(s, c, &s->tracks.at[k]);
    return status ? status : list_risen(s, c, list, err);
}

static enum sc_status start_scene(struct mover *m, struct sc_error *err)
{
    struct mover_scene *s = calloc(1, sizeof *s);
    if (!s || !(s->shape = signature_copy(m->picture[0]))) {
        free(s);
        return fail_memory(err);
    }
    s->sensitivity = m->sensitivity;
    m->scene = s;
    for (int k = ALIGNED_PICTURES - 1; k >= 0; k--)
        if (m->picture[k])
            aligned_add(&s->aligned, m->picture[k], k + 1 < ALIGNED_PICTURES ? m->picture[k + 1] : NULL);
    return SC_OK;
}

bool mover_holds(const struct mover *m)
{
    const struct aligned *a = m->scene ? &m->scene->aligned : NULL;
    return a && a->held >= HELD * a->steps && a->far * 2 >= a->steps;
}

enum sc_status mover_end(struct mover *m, struct candidates *list, struct sc_error *err)
{
    enum sc_status status = SC_OK;
    if (!m->scene)
        return SC_OK;
    for (int c = ALIGNED_LAGS - 1; c > 0 && !status; c--)
        status = judge(m->scene, c, list, err);
    if (!status)
        status = tracks_end(&m->scene->tracks, m->scene->shape, list, err);
    forget_scene(m);
    return status;
}

/* A slow zoom begins before the sums of columns and rows show it. */
static void begin_earlier(const struct aligned *a, struct camera *camera)
{
    for (int k = 0; k + 1 < a->n && camera_moves(&a->at[k]->from[0]); k++)
        if (a->at[k + 1]->time_us < camera->start_us)
            camera->start_us = a->at[k + 1]->time_us;
}

enum sc_status mover_add(struct mover *m, const struct signature *s, struct camera *camera,
                         struct candidates *list, struct sc_error *err)
{
    if (!camera->anchor || camera->anchor->time_us != s->time_us)
        return SC_OK; /* no step of the camera's */
    enum sc_status status = SC_OK;
    if (m->picture[0] && !difference_comparable(m->picture[0], s)) {
        status = mover_end(m, list, err);
        mover_dispose(m);
    }
    if (status || (status = remember(m, s, err)))
        return status;
    if (!camera->open)
        return mover_end(m, list, err);
    if (!m->scene) {
        if ((status = start_scene(m, err)))
            return status;
        begin_earlier(&m->scene->aligned, camera);
        for (int c = m->scene->aligned.n - 2; c > ALIGNED_LAGS && !status; c--)
            status = judge(m->scene, c, list, err);
    } else {
        aligned_add(&m->scene->aligned, s, m->picture[1]);
    }
    return status ? status : judge(m->scene, ALIGNED_LAGS, list, err);
}
