/* Sides, turns, places. */
#include "frames/waves.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "frames/regions.h"

#define MEAN_S 3.0f             /* time constants: of the mean, */
#define DEVIATION_S 2.0f        /* of what is usual, */
#define SWING_S 60.0f           /* of forgetting how far it swings, */
#define STRETCH_S 5.0f          /* and of learning that it swings farther than it did */
#define SWING_MARGIN 1.5f       /* beyond the farthest that was seen */

/* Sensor noise, film grain and coarse codings at rest leave a mean deviation of 0.15 tolerances or less in nine of ten
 * blocks, and more than this band on either side in turn in none; leaves, water and fire do in a third or more. */
#define BAND 0.4f               /* tolerances */
#define BAND_NOISE 4.0f         /* of what the quietest tenth of the picture deviates by: noise is everywhere */

#define SIDE_PART 0.12f          /* of how far it swings: a side, when that is more, */
#define FARTHER 4.0f            /* and so many times as far as when the row began is something else, which begins anew */
#define NOISE_STEP 1.25f        /* deviations from one picture to the next: noise has 1.4, leaves at five pictures a second */
#define NOISE_MOST 0.6f         /* as many, but a deviation of 2.7 tolerances; the noise of a dark room has 0.4 */
#define NOISE_PEAK 10.0f        /* as many, and a peak of 6; snow has 30 */
#define AROUND 4                /* blocks: a neighbourhood, */
#define COMMON_MOST 1.0f        /* and tolerances by which all of it may swing and nothing waves */
#define BACK 0.5f              /* bands: near the mean again */
#define TURN_US 2000000         /* between two turns at most: slower is a cloud, or one thing after another, */
#define TURN_PICTURES 6.0f      /* but so many pictures may lie between, or they are missed */
#define TURNS 14                /* so many in a row, there and back seven times: a button pressed six is six events, */
#define TURNS_SEEN 8            /* or half of them, where there are so few pictures that the rest is missed, */
#define FEW_S 0.25f             /* seconds from one to the next, */
#define WAVES_US 12000000       /* for so long: it waves. Someone busy at a place seldom is for longer */
#define ALWAYS_US 8000000       /* or for so long from the beginning of a shot on */
#define OFTEN_S 10.0f           /* time constant, */
#define OFTEN 3.5f              /* turns within it, */
#define OFTEN_APART_US 800000   /* so far apart, or one that passes would do: it waves with others that do */
#define ALIVE_PART 0.2          /* of what waves by itself has turned within that time: the place waves */
#define RESTS_US 10000000       /* one that hasn't for so long rests: gusts come and go */
#define LOOK_US 1000000         /* places are looked for so often */
#define FROM_START_US 2500000   /* what began so soon after a shot did has always waved */

#define REACH 4                 /* blocks: leaves between which the sky stands still are one tree */
#define LEAST_BLOCKS 8          /* that wave by themselves: fewer are a clock, a lamp; */
#define LEAST_SHARE 0.006       /* of the picture, if they are scattered: what coarse codings do to edges, */
#define CLOSE_PART 0.4          /* unless so much of their box does */
#define STRONG_PART 0.25        /* and of all that turn there now and then: fewer are people who come and go */
#define EARLY 0.05              /* of the blocks may have begun before the place did, and go on after it */

#define KNOWN_US 9000000        /* after a place began to wave its blocks are known, all but a few */
#define BEFORE_US 1000000       /* a first gust, before it does so without a pause */
#define LASTS_US 2500000        /* that became something else in so long: it is in another state of its waving */
#define COVERED 0.7             /* of the box lies in the place */

static struct sample sample_at(const struct grid *g, int i)
{
    return (struct sample){ g->y[i], g->u[i], g->v[i], g->texture[i] };
}

static int64_t gap_us(const struct waves *w)
{
    int64_t pictures = (int64_t)(TURN_PICTURES * 1e6f * w->interval);
    return pictures > TURN_US ? pictures : TURN_US;
}

/* What part of the way running means go in the time since the picture before. */
struct pace {
    float mean, deviation, forget, stretch, often;
};

static float part_of(float dt, float constant_s)
{
    return 1 - expf(-dt / constant_s);
}

static struct pace pace_of(float dt)
{
    return (struct pace){ part_of(dt, MEAN_S), part_of(dt, DEVIATION_S), part_of(dt, SWING_S), part_of(dt, STRETCH_S),
                          part_of(dt, OFTEN_S) };
}

void waves_start(struct waves *w, const struct blocks *b)
{
    w->band = FLT_MAX; /* until something is known of the noise */
    w->interval = 0;
    w->started_us = w->last_us = w->looked_us = b->started_us;
    for (int i = 0; i < b->w * b->h; i++)
        w->at[i] = (struct wave){ .mean = b->at[i].reference, .last = b->at[i].reference.y };
}

static void forget(struct wave *v, struct block *k)
{
    v->turns = v->all = 0;
    v->turned_us = 0;
    v->often = 0;
    v->strong = false;
    k->waves = false;
}

static void learn_swing(float *swing, float now, const struct pace *p, bool known)
{
    *swing += (now - *swing) * (now < *swing ? p->forget : known ? p->stretch : 1);
}

/* Learn from a picture. Returns how far luma is from the mean. */
static float learn(struct wave *v, const struct sample *s, const struct pace *p, bool known)
{
    struct sample away = sample_apart(s, &v->mean);
    float step = sample_apart(s, &(struct sample){ .y = v->last }).y;
    learn_swing(&v->swing.y, away.y, p, known);
    learn_swing(&v->swing.u, away.u, p, known);
    learn_swing(&v->swing.v, away.v, p, known);
    learn_swing(&v->swing.texture, away.texture, p, known);
    v->deviation += (away.y - v->deviation) * p->deviation;
    v->step += (step - v->step) * p->deviation;
    v->last = s->y;
    float luma = s->y < v->mean.y ? -away.y : away.y;
    v->mean.y += (s->y - v->mean.y) * p->mean;
    v->mean.u += (s->u - v->mean.u) * p->mean;
    v->mean.v += (s->v - v->mean.v) * p->mean;
    v->mean.texture += (s->texture - v->mean.texture) * p->mean;
    return luma;
}

/* Noise goes anywhere from one picture to the next, but never far. */
static bool is_noise(const struct wave *v)
{
    return v->deviation < NOISE_MOST && v->step > NOISE_STEP * v->deviation && v->swing.y < NOISE_PEAK * v->deviation;
}

/* away: from the mean, bands. It is on a side until it is back near the mean or on the other one. */
static void turn(struct wave *v, float away, int64_t now_us, int64_t gap_us)
{
    int side = away > 1 ? 1 : away < -1 ? -1 : fabsf(away) < BACK ? 0 : v->side;
    if (side && side != v->side) {
        if (!v->turned_us || now_us - v->turned_us > gap_us) {
            v->turns = 0;
            v->since_us = now_us;
            v->swung = v->swing.y;
        }
        v->turns++;
        v->all++;
        if (now_us - v->counted_us > OFTEN_APART_US) {
            v->often++;
            v->counted_us = now_us;
        }
        v->turned_us = now_us;
    }
    v->side = side;
}

/* A block that waves is in its usual state about its mean, however far it swings; one that is back there is as before. */
static void accept(const struct wave *v, struct block *k, const struct sample *now)
{
    k->swing = (struct sample){ SWING_MARGIN * v->swing.y, SWING_MARGIN * v->swing.u, SWING_MARGIN * v->swing.v,
                                SWING_MARGIN * v->swing.texture };
    if (k->phase != BLOCK_CHANGING && k->phase != BLOCK_STABLE) {
        k->phase = BLOCK_STABLE;
        k->reference = k->recent = k->held = v->mean;
    } else if (block_distance(k, now, &v->mean, 1) <= 1) {
        k->reference = v->mean;
    }
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Deviations begin at nothing: the part that is known of them after so long. */
static void find_band(struct waves *w, const struct blocks *b)
{
    float known = part_of((float)(w->last_us - w->started_us) * 1e-6f, DEVIATION_S);
    int n = 0;
    for (int i = 0; i < b->w * b->h; i++)
        if (!b->current.hidden[i])
            w->sorted[n++] = w->at[i].deviation;
    qsort(w->sorted, (size_t)n, sizeof *w->sorted, by_size);
    w->band = n ? fmaxf(BAND, BAND_NOISE * w->sorted[n / 10] / known) : BAND;
}

/* The blocks that wave, by themselves or with others beside them, in places. Returns how many. */
static int find_places(struct waves *w, const struct blocks *b)
{
    for (int i = 0; i < b->w * b->h; i++) {
        const struct wave *v = &w->at[i];
        w->marked[i] = b->at[i].waves || v->strong || v->often > OFTEN;
    }
    int n = regions_label(w->marked, b->w, b->h, REACH, w->label);
    for (int name = 0; name <= n; name++)
        w->place[name] = (struct waving){ .x0 = b->w, .y0 = b->h };
    for (int i = 0; i < b->w * b->h; i++) {
        struct waving *p = &w->place[w->label[i]];
        int x = i % b->w, y = i / b->w;
        p->n++;
        if (!w->at[i].strong)
            continue;
        p->n_strong++;
        p->n_alive += w->last_us - w->at[i].turned_us < gap_us(w);
        p->x0 = x < p->x0 ? x : p->x0;
        p->x1 = x >= p->x1 ? x + 1 : p->x1;
        p->y0 = y < p->y0 ? y : p->y0;
        p->y1 = y >= p->y1 ? y + 1 : p->y1;
    }
    for (int i = 0; i < b->w * b->h; i++)
        if (w->place[w->label[i]].n_alive >= ALIVE_PART * w->place[w->label[i]].n_strong)
            w->at[i].alive_us = w->last_us;
    return n;
}

static bool is_place(const struct waves *w, const struct blocks *b, int name)
{
    const struct waving *p = &w->place[name];
    bool close = p->n_strong >= CLOSE_PART * (p->x1 - p->x0) * (p->y1 - p->y0);
    return name && p->n_strong >= LEAST_BLOCKS && p->n_strong >= STRONG_PART * p->n &&
           (close || p->n_strong >= LEAST_SHARE * b->w * b->h);
}

static void take_members(struct waves *w, struct blocks *b)
{
    for (int i = 0; i < b->w * b->h; i++) {
        struct block *k = &b->at[i];
        if (k->waves || !is_place(w, b, w->label[i]))
            continue;
        k->waves = true;
        if (k->phase == BLOCK_CHANGING)
            block_give_up(k);
    }
}

/* When a place began to wave (part: 0 to 1 of its blocks had begun), or, ended, when so many had turned for the last
 * time while it did. */
static int64_t when(struct waves *w, const struct blocks *b, int name, bool ended, double part)
{
    int n = 0;
    for (int i = 0; i < b->w * b->h; i++) {
        const struct wave *v = &w->at[i];
        int64_t at_us = ended ? v->turned_us : v->began_us;
        if (w->label[i] == name && v->strong && at_us && (!ended || at_us <= v->alive_us))
            w->sorted[n++] = (float)((double)(at_us - w->started_us) * 1e-6);
    }
    qsort(w->sorted, (size_t)n, sizeof *w->sorted, by_size);
    return n ? w->started_us + (int64_t)llround(w->sorted[(int)(part * (n - 1))] * 1e6) : w->last_us;
}

static struct candidate describe(struct waves *w, const struct blocks *b, const struct signature *shape, int name)
{
    struct candidate c = { .wave = true, .event = { .kind = SC_REPEATING, .before_us = -1, .after_us = -1,
                                                    .same_as_us = -1,
                                                    .start_us = when(w, b, name, false, EARLY),
                                                    .end_us = when(w, b, name, true, 1 - EARLY) } };
    int x0 = b->w, y0 = b->h, x1 = 0, y1 = 0;
    int64_t alive_us = w->started_us;
    double y = 0, u = 0, v = 0;
    for (int i = 0; i < b->w * b->h; i++) {
        const struct wave *at = &w->at[i];
        if (w->label[i] != name || !b->at[i].waves)
            continue;
        x0 = i % b->w < x0 ? i % b->w : x0;
        x1 = i % b->w >= x1 ? i % b->w + 1 : x1;
        y0 = i / b->w < y0 ? i / b->w : y0;
        y1 = i / b->w >= y1 ? i / b->w + 1 : y1;
        y += at->mean.y, u += at->mean.u, v += at->mean.v;
        c.blocks++;
        c.strength += at->swing.y;
        alive_us = at->alive_us > alive_us ? at->alive_us : alive_us;
        c.event.count = at->all / 2 > c.event.count ? at->all / 2 : c.event.count;
    }
    if (alive_us >= w->looked_us && w->last_us - c.event.end_us < gap_us(w))
        c.event.end_us = w->last_us;
    if (c.event.start_us - w->started_us < FROM_START_US)
        c.event.start_us = w->started_us;
    c.event.peak_us = c.event.start_us;
    c.event.box = signature_to_box(shape, x0, y0, x1, y1);
    c.event.share = (double)c.blocks / (b->w * b->h);
    c.event.score = 1 - exp(-c.strength / 20);
    const double yuv[3] = { b->light.gain * y / c.blocks + b->light.offset, u / c.blocks, v / c.blocks };
    for (int i = 0; i < 3; i++)
        c.event.yuv_before[i] = c.event.yuv_after[i] = (uint8_t)lround(fmin(fmax(yuv[i], 0), 255));
    return c;
}

/* List the places that rest, or all, and forget that they waved. */
static enum sc_status list_places(struct waves *w, struct blocks *b, bool all, const struct signature *shape,
                                  struct candidates *list, struct sc_error *err)
{
    int n = find_places(w, b);
    take_members(w, b);
    for (int name = 1; name <= n; name++) {
        if (!w->place[name].n_strong)
            continue;
        struct candidate c = describe(w, b, shape, name);
        if (c.blocks < LEAST_BLOCKS || (!all && w->last_us - c.event.end_us < RESTS_US))
            continue;
        enum sc_status s = candidates_add(list, &c, err);
        if (s)
            return s;
        for (int i = 0; i < b->w * b->h; i++)
            if (w->label[i] == name)
                forget(&w->at[i], &b->at[i]);
    }
    for (int i = 0; i < b->w * b->h; i++)
        if (w->at[i].turned_us && w->last_us - w->at[i].turned_us > RESTS_US && !b->at[i].waves)
            forget(&w->at[i], &b->at[i]);
    return SC_OK;
}

/* Whether it has turned long enough to wave by itself. */
static bool has_waved(const struct waves *w, const struct wave *v)
{
    if (v->since_us - w->started_us < FROM_START_US)
        return w->last_us - w->started_us >= ALWAYS_US;
    return w->last_us - v->since_us >= WAVES_US;
}

static float bounded(float away)
{
    return away < -COMMON_MOST ? -COMMON_MOST : away > COMMON_MOST ? COMMON_MOST : away;
}

/* Sums of away, bounded, over all blocks above and to the left. Hidden ones are nowhere. */
static void sum_up(struct waves *w, const struct blocks *b)
{
    const int stride = b->w + 1;
    for (int x = 0; x <= b->w; x++)
        w->sums[x] = 0;
    for (int y = 0; y < b->h; y++) {
        float row = 0;
        w->sums[(y + 1) * stride] = 0;
        for (int x = 0; x < b->w; x++) {
            row += bounded(w->away[y * b->w + x]);
            w->sums[(y + 1) * stride + x + 1] = w->sums[y * stride + x + 1] + row;
        }
    }
}

/* How far a block is from its mean, apart from what all around it are a little: light that is not the same everywhere,
 * a lens that breathes. */
static float own_part(const struct waves *w, const struct blocks *b, int i)
{
    const int stride = b->w + 1, x = i % b->w, y = i / b->w;
    const int x0 = x > AROUND ? x - AROUND : 0, x1 = x + AROUND < b->w ? x + AROUND + 1 : b->w;
    const int y0 = y > AROUND ? y - AROUND : 0, y1 = y + AROUND < b->h ? y + AROUND + 1 : b->h;
    float sum = w->sums[y1 * stride + x1] - w->sums[y0 * stride + x1] - w->sums[y1 * stride + x0] +
                w->sums[y0 * stride + x0];
    float common = sum / (float)((x1 - x0) * (y1 - y0)), away = w->away[i];
    return away > 0 ? fmaxf(away - fmaxf(common, 0), 0) : fminf(away - fminf(common, 0), 0);
}

static void judge(struct waves *w, const struct blocks *b, int i)
{
    struct wave *v = &w->at[i];
    if (!v->strong && v->swing.y > FARTHER * v->swung)
        v->turned_us = 0;
    turn(v, own_part(w, b, i) / fmaxf(w->band / (float)b->sensitivity, SIDE_PART * v->swing.y), b->last_us, gap_us(w));
    if (v->strong || v->turns < (w->interval > FEW_S ? TURNS_SEEN : TURNS) || is_noise(v) || !has_waved(w, v))
        return;
    v->strong = true;
    v->began_us = v->since_us;
    v->alive_us = b->last_us;
}

enum sc_status waves_add(struct waves *w, struct blocks *b, bool steady, const struct signature *shape,
                         struct candidates *list, struct sc_error *err)
{
    float dt = (float)(b->last_us - w->last_us) * 1e-6f;
    struct pace pace = pace_of(dt);
    w->last_us = b->last_us;
    w->interval += (dt - w->interval) * pace.mean;
    for (int i = 0; i < b->w * b->h; i++) {
        struct sample now = sample_at(&b->current, i);
        w->away[i] = b->current.hidden[i] ? 0 : learn(&w->at[i], &now, &pace, b->at[i].waves);
        w->at[i].often -= w->at[i].often * pace.often;
    }
    if (steady && b->lit)
        sum_up(w, b);
    for (int i = 0; i < b->w * b->h; i++) {
        if (b->current.hidden[i])
            continue;
        if (steady && b->lit)
            judge(w, b, i);
        else
            w->at[i].turned_us = w->at[i].turns = 0;
        struct sample now = sample_at(&b->current, i);
        if (b->at[i].waves)
            accept(&w->at[i], &b->at[i], &now);
    }
    if (b->last_us - w->looked_us < LOOK_US)
        return SC_OK;
    w->looked_us = b->last_us;
    find_band(w, b);
    return list_places(w, b, false, shape, list, err);
}

enum sc_status waves_end(struct waves *w, struct blocks *b, const struct signature *shape, struct candidates *list,
                         struct sc_error *err)
{
    return list_places(w, b, true, shape, list, err);
}

static double covered(const struct sc_box *a, const struct sc_box *by)
{
    int w = (a->x + a->w < by->x + by->w ? a->x + a->w : by->x + by->w) - (a->x > by->x ? a->x : by->x);
    int h = (a->y + a->h < by->y + by->h ? a->y + a->h : by->y + by->h) - (a->y > by->y ? a->y : by->y);
    return w > 0 && h > 0 ? (double)w * h / ((double)a->w * a->h) : 0;
}

static bool same_place(const struct sc_event *a, const struct sc_event *b)
{
    return covered(&a->box, &b->box) > COVERED || covered(&b->box, &a->box) > COVERED;
}

/* Whether it is what began the waving, or what repeats in a way of its own and is told already. */
static bool is_part_of(const struct candidate *c, const struct sc_event *wave)
{
    const struct sc_event *e = &c->event;
    if (c->wave || c->whole || c->muted || covered(&e->box, &wave->box) < COVERED)
        return false;
    if (e->kind == SC_REPEATING)
        return e->start_us >= wave->start_us - BEFORE_US && e->start_us <= wave->end_us;
    bool passes = e->kind == SC_MOVE || e->kind == SC_OTHER || c->continues || e->end_us - e->start_us > LASTS_US;
    return passes && !c->step && e->start_us >= wave->start_us - BEFORE_US && e->start_us <= wave->start_us + KNOWN_US;
}

void waves_mute(struct candidates *list)
{
    for (int i = 0; i < list->n; i++) {
        struct candidate *first = &list->items[i];
        for (int j = 0; j < list->n && first->wave && !first->muted; j++) {
            struct candidate *c = &list->items[j];
            if (j > i && c->wave && !c->muted && same_place(&first->event, &c->event)) {
                first->event.end_us = c->event.end_us > first->event.end_us ? c->event.end_us : first->event.end_us;
                first->event.count += c->event.count;
                c->muted = true;
            } else if (is_part_of(c, &first->event)) {
                c->muted = true;
            }
        }
    }
}
