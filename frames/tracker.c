/* Blocks that change together become open events; when all their blocks have settled they are described and listed. */
#include "frames/tracker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frames/blocks.h"
#include "frames/crossing.h"
#include "frames/drift.h"
#include "frames/kinds.h"
#include "frames/regions.h"
#include "frames/sway.h"
#include "frames/waves.h"

#define HOLD_US 300000      /* an event stays open so long after its last block settled: typing, a window in steps */
#define ACTIVE_PART 0.02    /* of its greatest strength: what is left then is exposure that still creeps */
#define JOIN_US 600000      /* a block still draws others into its event so long after it settled, */
#define JOIN_PEAK 1.5f      /* if it changed by so much: shadows do not */
#define PATIENCE_US 12000000 /* what goes on longer is reported as going on, and its place is busy from then on */

#define REACH 2             /* blocks: one still block between two changing ones does not part them */
#define MAX_OPEN 96         /* at the same time; more is motion everywhere, and the rest waits */

#define OPEN_STRENGTH 2.0   /* tolerances, summed over the region: one block just beyond noise opens nothing */
#define LIST_EXCESS 4.5     /* tolerances beyond one, summed: less is not worth listing, */
#define LIST_NOISE 1.5      /* by so much more where there is noise, */
#define LIST_YOUNG 30.0     /* or while the shot is so young that nothing is known of its noise */
#define HINDSIGHT_US 3000000 /* a change must also stand out from the noise that is learned in the time after it */
#define HINDSIGHT_SHARE 0.5 /* with such a part of its strength */
#define FROM_START_US 1000000 /* what moves from the beginning of a shot */
#define LONG_US 5000000     /* and goes on for so long always moves */
#define TRAVELS_PART 0.1    /* but what is at one moment on less of the blocks that it goes over travels, and is listed:
                               a rolling ball 0.06, cars and people 0.19 at least, leaves more */
#define PRELUDE_US 300000   /* what began so shortly before a shot's end belongs to the transition */
#define EARLY_SHARE 0.02    /* of the strength may have come before the start: what moved there before is not of it */
#define LATE_US 500000      /* a step so long after an event began was no part of it */
#define LONG_STEP_US 1500000 /* but when the event goes on so long, a step may also have begun it */
#define REMAINDER 0.15      /* what is left of an event when its steps have left: less of its blocks is their rim */

#define STEADY 1.0          /* small pixels that the camera moves at most while crossings and waves are looked for */

#define TOGETHER_US 120000  /* blocks that change within this time changed together: a picture or two, or a refresh */
#define STEP_US 250000      /* a step may take so long: coarse codecs sharpen a new object over a few pictures */
#define SPLIT_SHARE 0.15    /* of the excess: a step that is so much of a longer event was an event itself */

struct open_event {
    bool used;
    int64_t active_us;       /* last picture with a changing block */
    struct path path;
    double now, x, y;        /* of this picture: strength, and its centre times strength, */
    int blocks;              /* and blocks that differ */
};

/* A closed event that waits for hindsight. */
struct waiting {
    struct candidate candidate;
    int64_t closed_us;
    struct waiting *next;
    int n;
    struct {
        short block;
        float raw_peak;
    } member[];
};

struct tracker {
    struct blocks blocks;
    struct sway sway;
    struct crossings crossings;
    struct waves waves;
    int64_t drift_us;        /* when slow changes were last looked for */
    struct signature *shape; /* the shot's first picture: sizes, for boxes */
    struct open_event open[MAX_OPEN + 1]; /* 1-based, as blocks name their owners */
    struct waiting *waiting; /* newest first */
    bool mask[DIFFERENCE_MAX_BLOCKS], members[DIFFERENCE_MAX_BLOCKS];
    short label[DIFFERENCE_MAX_BLOCKS];
};

struct tracker *tracker_new(double sensitivity)
{
    struct tracker *t = calloc(1, sizeof *t);
    if (t)
        t->blocks.sensitivity = sensitivity;
    return t;
}

void tracker_free(struct tracker **t)
{
    if (*t) {
        signature_free(&(*t)->shape);
        sway_dispose(&(*t)->sway);
        while ((*t)->waiting) {
            struct waiting *next = (*t)->waiting->next;
            free((*t)->waiting);
            (*t)->waiting = next;
        }
    }
    free(*t);
    *t = NULL;
}

enum sc_status tracker_start(struct tracker *t, const struct signature *first, struct sc_error *err)
{
    signature_free(&t->shape);
    t->shape = signature_copy(first);
    if (!t->shape)
        return fail_memory(err);
    memset(t->open, 0, sizeof t->open);
    t->drift_us = first->time_us;
    blocks_start(&t->blocks, first);
    crossings_start(&t->crossings);
    waves_start(&t->waves, &t->blocks);
    return sway_start(&t->sway, first, err);
}

static int n_blocks(const struct tracker *t)
{
    return t->blocks.w * t->blocks.h;
}

/* The open event that a region touches, or 0; others that it touches become one with it. */
static int owner_of_region(struct tracker *t, short name)
{
    int owner = 0;
    for (int i = 0; i < n_blocks(t); i++) {
        int other = t->blocks.at[i].owner;
        if (t->label[i] != name || !other || other == owner)
            continue;
        if (!owner) {
            owner = other;
            continue;
        }
        struct open_event *into = &t->open[owner], *from = &t->open[other];
        if (from->path.peak > into->path.peak) {
            into->path.peak = from->path.peak;
            into->path.peak_us = from->path.peak_us;
        }
        into->path.peak_blocks += from->path.peak_blocks;
        from->used = false;
        for (int j = 0; j < n_blocks(t); j++)
            if (t->blocks.at[j].owner == other)
                t->blocks.at[j].owner = owner;
    }
    return owner;
}

static int open_new(struct tracker *t)
{
    for (int i = 1; i <= MAX_OPEN; i++)
        if (!t->open[i].used) {
            t->open[i] = (struct open_event){ .used = true };
            return i;
        }
    return 0;
}

static bool draws_others(const struct block *k, int64_t now_us)
{
    return k->phase == BLOCK_CHANGING || (k->owner && k->peak > JOIN_PEAK && now_us - k->settled_us < JOIN_US);
}

/* Give the changing blocks to open events, region by region. */
static void assign(struct tracker *t, int64_t now_us)
{
    struct blocks *b = &t->blocks;
    double strength[DIFFERENCE_MAX_BLOCKS + 1];
    for (int i = 0; i < n_blocks(t); i++)
        t->mask[i] = draws_others(&b->at[i], now_us);
    int n = regions_label(t->mask, b->w, b->h, REACH, t->label);
    for (int i = 0; i <= n; i++)
        strength[i] = 0;
    for (int i = 0; i < n_blocks(t); i++)
        if (b->at[i].phase == BLOCK_CHANGING)
            strength[t->label[i]] += b->at[i].peak;
    for (int name = 1; name <= n; name++) {
        int owner = owner_of_region(t, (short)name);
        if (!owner && strength[name] > OPEN_STRENGTH)
            owner = open_new(t);
        for (int i = 0; owner && i < n_blocks(t); i++)
            if (t->label[i] == name && b->at[i].phase == BLOCK_CHANGING)
                b->at[i].owner = owner;
    }
}

/* Where each open event is in this picture, and how strong. */
static void follow_paths(struct tracker *t, int64_t now_us)
{
    const struct blocks *b = &t->blocks;
    for (int i = 1; i <= MAX_OPEN; i++)
        t->open[i].now = t->open[i].x = t->open[i].y = t->open[i].blocks = 0;
    for (int i = 0; i < n_blocks(t); i++) {
        const struct block *k = &b->at[i];
        if (!k->owner || k->phase != BLOCK_CHANGING)
            continue;
        struct open_event *e = &t->open[k->owner];
        if (k->distance > 1) {
            e->now += k->distance;
            e->blocks++;
            e->x += k->distance * (i % b->w + 0.5);
            e->y += k->distance * (i / b->w + 0.5);
        }
    }
    for (int i = 1; i <= MAX_OPEN; i++) {
        struct open_event *e = &t->open[i];
        if (!e->used || e->now <= 0)
            continue;
        if (e->now > ACTIVE_PART * e->path.peak)
            e->active_us = now_us;
        if (e->now > e->path.peak) {
            e->path.peak = e->now;
            e->path.peak_us = now_us;
        }
        if (e->blocks > e->path.peak_blocks)
            e->path.peak_blocks = e->blocks;
        e->path.last_x = e->x / e->now;
        e->path.last_y = e->y / e->now;
        if (!e->path.placed) {
            e->path.first_x = e->path.last_x;
            e->path.first_y = e->path.last_y;
            e->path.placed = true;
        }
    }
}

/* First onset and last settling of the members. A few that began long before the bulk are left out. */
static void span(const struct tracker *t, bool *members, int64_t *start_us, int64_t *end_us)
{
    const struct blocks *b = &t->blocks;
    double all = 0, early = 0;
    *end_us = INT64_MIN;
    for (int i = 0; i < n_blocks(t); i++)
        all += members[i] ? b->at[i].peak : 0;
    for (int64_t from_us = INT64_MIN;; from_us = *start_us + 1) {
        *start_us = INT64_MAX;
        for (int i = 0; i < n_blocks(t); i++)
            if (members[i] && b->at[i].first_us >= from_us && b->at[i].first_us < *start_us)
                *start_us = b->at[i].first_us;
        if (*start_us == INT64_MAX)
            return;
        for (int i = 0; i < n_blocks(t); i++)
            early += members[i] && b->at[i].first_us == *start_us ? b->at[i].peak : 0;
        if (early > EARLY_SHARE * all)
            break;
    }
    for (int i = 0; i < n_blocks(t); i++) {
        const struct block *k = &b->at[i];
        members[i] = members[i] && k->first_us >= *start_us;
        if (!members[i])
            continue;
        int64_t end = k->phase == BLOCK_CHANGING ? k->held_us : k->final_us;
        *end_us = end > *end_us ? end : *end_us;
    }
}

static bool stepped_at(const struct block *k, int64_t at_us)
{
    return k->steps == 1 && k->phase == BLOCK_STABLE && k->first_us >= at_us && k->first_us - at_us <= TOGETHER_US &&
           k->final_us - k->first_us <= STEP_US;
}

static enum sc_status list_group(struct tracker *t, bool *members, const struct path *path, bool continues,
                                 struct sc_error *err)
{
    int64_t start_us, end_us;
    span(t, members, &start_us, &end_us);
    if (end_us < start_us)
        return SC_OK;
    struct path own = *path;
    if (own.peak_us < start_us || own.peak_us > end_us)
        own.peak_us = end_us;
    struct candidate c = kinds_describe(&t->blocks, members, t->shape, &own, start_us, end_us);
    c.step = end_us - start_us <= STEP_US;
    c.continues = continues;
    c.slow = path->slow;
    bool young = start_us - t->blocks.started_us < FROM_START_US;
    bool travels = path->peak_blocks < TRAVELS_PART * c.blocks;
    bool always = young && !travels && !path->slow && (continues || end_us - start_us > LONG_US);
    if (c.excess < (young && !path->slow ? LIST_YOUNG : LIST_EXCESS * (1 + LIST_NOISE * c.noise)) || c.soft)
        return SC_OK;
    c.always = c.muted = always;
    struct waiting *w = malloc(sizeof *w + (size_t)c.blocks * sizeof *w->member);
    if (!w)
        return fail_memory(err);
    *w = (struct waiting){ .candidate = c, .closed_us = t->blocks.last_us, .next = t->waiting };
    for (int i = 0; i < n_blocks(t); i++)
        if (members[i]) {
            w->member[w->n].block = (short)i;
            w->member[w->n++].raw_peak = t->blocks.at[i].raw_peak;
            drift_anchor(&t->blocks.at[i]);
        }
    t->waiting = w;
    return SC_OK;
}

static bool stands_out(const struct tracker *t, const struct waiting *w)
{
    double all = 0, out = 0;
    for (int i = 0; i < w->n; i++) {
        float peak = w->member[i].raw_peak;
        all += peak;
        out += peak > block_allowance(t->blocks.at[w->member[i].block].noise) ? peak : 0;
    }
    return out >= HINDSIGHT_SHARE * all;
}

/* List what has waited long enough, or all. */
static enum sc_status list_waiting(struct tracker *t, bool all, struct candidates *list, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    for (struct waiting **at = &t->waiting; *at;) {
        struct waiting *w = *at;
        if (!all && t->blocks.last_us - w->closed_us < HINDSIGHT_US) {
            at = &w->next;
            continue;
        }
        if (!s && (w->candidate.always || stands_out(t, w)))
            s = candidates_add(list, &w->candidate, err);
        *at = w->next;
        free(w);
    }
    return s;
}

static int64_t began(const struct tracker *t, int id)
{
    int64_t first = INT64_MAX;
    for (int i = 0; i < n_blocks(t); i++)
        if (t->blocks.at[i].owner == id && t->blocks.at[i].first_us < first)
            first = t->blocks.at[i].first_us;
    return first;
}

/* A step that is a good part of what remains of a longer event (an object put beside someone who moves) is listed on
 * its own and leaves the event. */
static enum sc_status split_steps(struct tracker *t, int id, const struct path *path, struct sc_error *err)
{
    struct blocks *b = &t->blocks;
    double excess = 0;
    int64_t began_us = began(t, id);
    for (int i = 0; i < n_blocks(t); i++)
        excess += b->at[i].owner == id ? fmax(b->at[i].peak - 1, 0) : 0;
    for (int i = 0; i < n_blocks(t); i++) {
        if (b->at[i].owner != id || !stepped_at(&b->at[i], b->at[i].first_us))
            continue;
        int64_t at_us = b->at[i].first_us;
        if (at_us - began_us < LATE_US && b->last_us - began_us < LONG_STEP_US)
            continue;
        for (int j = 0; j < n_blocks(t); j++)
            t->mask[j] = b->at[j].owner == id && stepped_at(&b->at[j], at_us);
        regions_label(t->mask, b->w, b->h, REACH + 1, t->label);
        int size = 0;
        double own = 0;
        for (int j = 0; j < n_blocks(t); j++) {
            t->members[j] = t->label[j] && t->label[j] == t->label[i];
            size += t->members[j];
            own += t->members[j] ? fmax(b->at[j].peak - 1, 0) : 0;
        }
        if (size < 2 || own < SPLIT_SHARE * excess)
            continue;
        enum sc_status s = list_group(t, t->members, path, false, err);
        if (s)
            return s;
        for (int j = 0; j < n_blocks(t); j++)
            if (t->members[j])
                b->at[j].owner = 0;
    }
    return SC_OK;
}

static enum sc_status close_event(struct tracker *t, int id, bool continues, struct sc_error *err)
{
    struct path path = t->open[id].path;
    int all = 0, left = 0;
    for (int i = 0; i < n_blocks(t); i++)
        all += t->blocks.at[i].owner == id;
    enum sc_status s = split_steps(t, id, &path, err);
    if (s)
        return s;
    for (int i = 0; i < n_blocks(t); i++)
        left += t->members[i] = t->blocks.at[i].owner == id;
    if (left > REMAINDER * all)
        s = list_group(t, t->members, &path, continues, err);
    for (int i = 0; i < n_blocks(t); i++) {
        struct block *k = &t->blocks.at[i];
        if (k->owner != id)
            continue;
        k->owner = 0;
        block_close(&t->blocks, k);
    }
    t->open[id].used = false;
    return s;
}

/* What changed slowly. last: the shot or the video ends. */
static enum sc_status list_slow(struct tracker *t, int64_t now_us, bool last, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int from = 0;
    if (t->sway.amount > 0) {
        drift_anchor_all(&t->blocks); /* where the camera moves, references follow anything */
        return SC_OK;
    }
    if (!last && now_us - t->drift_us < DRIFT_EVERY_US)
        return SC_OK;
    t->drift_us = now_us;
    drift_look(&t->blocks, now_us);
    while (!s && drift_next(&t->blocks, now_us, last, t->label, &from, t->members))
        s = list_group(t, t->members, &(struct path){ .slow = true, .peak_us = now_us }, last, err);
    return s;
}

enum sc_status tracker_add(struct tracker *t, const struct signature *s, bool drawn, struct candidates *list,
                           struct sc_error *err)
{
    enum sc_status status = sway_add(&t->sway, s, err);
    if (status)
        return status;
    t->blocks.drawn = drawn;
    blocks_add(&t->blocks, s, t->sway.amount);
    assign(t, s->time_us);
    follow_paths(t, s->time_us);
    bool steady = t->sway.amount <= STEADY;
    if (!steady)
        crossings_start(&t->crossings); /* the border itself moves */
    else if ((status = crossings_add(&t->crossings, &t->blocks, t->shape, list, err)))
        return status;
    if ((status = waves_add(&t->waves, &t->blocks, steady, t->shape, list, err)))
        return status;
    for (int i = 1; i <= MAX_OPEN; i++) {
        const struct open_event *e = &t->open[i];
        if (!e->used)
            continue;
        bool tired = s->time_us - began(t, i) > PATIENCE_US;
        if (s->time_us - e->active_us <= HOLD_US && !tired)
            continue;
        status = close_event(t, i, tired, err);
        if (status)
            return status;
    }
    if ((status = list_slow(t, s->time_us, false, err)))
        return status;
    return list_waiting(t, false, list, err);
}

enum sc_status tracker_end(struct tracker *t, bool followed, struct candidates *list, struct sc_error *err)
{
    if (!followed)
        blocks_end(&t->blocks);
    for (int i = 1; i <= MAX_OPEN; i++) {
        if (!t->open[i].used)
            continue;
        if (followed && t->blocks.last_us - began(t, i) < PRELUDE_US) {
            t->open[i].used = false;
            continue;
        }
        enum sc_status s = close_event(t, i, true, err);
        if (s)
            return s;
    }
    enum sc_status slow = list_slow(t, t->blocks.last_us, true, err);
    if (slow)
        return slow;
    enum sc_status waves = waves_end(&t->waves, &t->blocks, t->shape, list, err);
    return waves ? waves : list_waiting(t, true, list, err);
}

bool tracker_brightness(const struct tracker *t, double *out)
{
    *out = t->blocks.brightness;
    return t->blocks.lit;
}

void tracker_explain(const struct tracker *t, struct sc_look *look)
{
    const struct blocks *b = &t->blocks;
    int x0 = b->w, y0 = b->h, x1 = 0, y1 = 0, n = 0;
    for (int i = 0; i < n_blocks(t); i++) {
        if (b->at[i].distance <= 1 || b->at[i].phase != BLOCK_CHANGING)
            continue;
        int x = i % b->w, y = i / b->w;
        x0 = x < x0 ? x : x0;
        y0 = y < y0 ? y : y0;
        x1 = x >= x1 ? x + 1 : x1;
        y1 = y >= y1 ? y + 1 : y1;
        n++;
    }
    look->light_gain = b->light.gain;
    look->light_offset = b->light.offset;
    look->score_kept = (double)n / n_blocks(t);
    if (n)
        look->box = signature_to_box(t->shape, x0, y0, x1, y1);
}
