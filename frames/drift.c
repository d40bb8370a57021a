/* Anchors, departures, rest. */
#include "frames/drift.h"

#include <math.h>
#include <string.h>

#include "frames/regions.h"

#define LEAVES 0.5f           /* of the tolerance: a block that has begun to leave its anchor */
#define RESTS 0.3f            /* tolerances: a reference that goes no further in REST_US rests. It follows by one level a
                                 second at most, three times as fast */
#define REST_US 5000000
#define JUMPS 1.0f           /* tolerances in DRIFT_EVERY_US: that was no slow change */
#define SLOW_US 4000000       /* what takes less is a step that was judged when it happened */
#define LONG_US 120000000     /* and what takes more is the day */
#define LEAST_BLOCKS 4
#define MOST_SHARE 0.4        /* of the picture: more is the light, or the lens that clouds over */
#define REACH 2               /* blocks: one in between does not part them */
/* Without edges, faint and gray, on average: the light of a place, the day's shadows. */
#define SOFT_TEXTURE 3.0
#define SOFT_LUMA 24.0
#define SOFT_CHROMA 4.0
#define AT_REST 0.8           /* of the blocks rest when it is over; while it goes on it does so in as many */

void drift_anchor(struct block *k)
{
    k->anchor = k->rest = k->reference;
    k->tick = k->recent;
    k->departed_us = -1;
    k->rest_us = 0;
}

void drift_anchor_all(struct blocks *b)
{
    for (int i = 0; i < b->w * b->h; i++)
        drift_anchor(&b->at[i]);
}

static float from_anchor(const struct blocks *b, const struct block *k)
{
    return sample_distance(&k->reference, &k->anchor) * (float)b->sensitivity / block_allowance(k->noise);
}

static bool is_still(const struct block *k)
{
    return k->phase == BLOCK_STABLE && !k->owner;
}

void drift_look(struct blocks *b, int64_t now_us)
{
    for (int i = 0; i < b->w * b->h; i++) {
        struct block *k = &b->at[i];
        if (b->current.hidden[i])
            continue;
        bool jumped = sample_distance(&k->recent, &k->tick) > JUMPS;
        k->tick = k->recent;
        if (k->phase == BLOCK_FRESH || k->phase == BLOCK_BUSY || k->waves || jumped) {
            drift_anchor(k);
            k->anchor = k->recent; /* where the reference is going */
            continue;
        }
        if (!is_still(k))
            continue;
        if (from_anchor(b, k) < LEAVES)
            k->departed_us = -1;
        else if (k->departed_us < 0)
            k->departed_us = now_us;
        if (sample_distance(&k->reference, &k->rest) > RESTS) {
            k->rest = k->reference;
            k->rest_us = now_us;
        }
    }
}

/* The members of one label, as a change; false: it is none, or goes on. */
static bool is_slow_change(struct blocks *b, int64_t now_us, bool last, const bool *members)
{
    int n = 0, n_rest = 0;
    double texture = 0, luma = 0, chroma = 0;
    int64_t first_us = INT64_MAX, final_us = 0;
    for (int i = 0; i < b->w * b->h; i++) {
        const struct block *k = &b->at[i];
        if (!members[i])
            continue;
        n++;
        n_rest += now_us - k->rest_us >= REST_US;
        texture += fabs(k->reference.texture - k->anchor.texture);
        luma += fabs(k->reference.y - k->anchor.y);
        chroma += fmax(fabs(k->reference.u - k->anchor.u), fabs(k->reference.v - k->anchor.v));
        first_us = k->departed_us < first_us ? k->departed_us : first_us;
        final_us = k->rest_us > final_us ? k->rest_us : final_us;
    }
    bool over = n_rest >= AT_REST * n || (last && n_rest <= (1 - AT_REST) * n);
    return n >= LEAST_BLOCKS && n <= MOST_SHARE * b->w * b->h && over &&
           final_us - first_us >= SLOW_US && final_us - first_us <= LONG_US &&
           (texture > SOFT_TEXTURE * n || luma > SOFT_LUMA * n || chroma > SOFT_CHROMA * n);
}

bool drift_next(struct blocks *b, int64_t now_us, bool last, short *label, int *from, bool *members)
{
    const int n = b->w * b->h;
    int names = 0;
    if (!*from) {
        for (int i = 0; i < n; i++) {
            const struct block *k = &b->at[i];
            members[i] = !b->current.hidden[i] && is_still(k) && k->departed_us >= 0 && from_anchor(b, k) > 1;
        }
        regions_label(members, b->w, b->h, REACH, label);
    }
    for (int i = 0; i < n; i++)
        names = label[i] > names ? label[i] : names;
    while (++*from <= names) {
        for (int i = 0; i < n; i++)
            members[i] = label[i] == *from;
        if (!is_slow_change(b, now_us, last, members))
            continue;
        for (int i = 0; i < n; i++) {
            struct block *k = &b->at[i];
            if (!members[i])
                continue;
            k->before = k->anchor;
            k->first_us = k->departed_us;
            k->final_us = k->rest_us;
            k->steps = 1;
            k->peak = from_anchor(b, k);
            k->raw_peak = sample_distance(&k->reference, &k->anchor);
        }
        return true;
    }
    return false;
}
