/* Slots of a quarter second: what the packets of each layer came to, then how far that is from the usual. */
#include "frames/activity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_US 250000
#define MAX_SLOTS (4 * 3600 * 96)   /* four days */
#define HEADER_BYTES 30             /* of a packet that says nothing changed: less is no news */

#define BIN 16                      /* of a histogram of sizes, to a factor of e */
#define BINS (24 * BIN)

#define SHORT 4                     /* slots: means over one second */
#define LONG 16                     /* and four */
#define AROUND 480                  /* slots to each side that tell what is usual: two minutes */
#define STEP 80                     /* what is usual is reckoned anew each twenty seconds, */
#define SAMPLED 4                   /* from one slot in so many */
#define DEVIATIONS 5.0              /* so many median deviations stand out, */
#define LEAST_SHORT 0.45            /* but no less than this: a second with 1.6 times the bytes, */
#define LEAST_LONG 0.18             /* four with 1.2 times */

#define LEAST_INTRA 0.03            /* key pictures alone are as even as what they show */

#define PLACES 64                   /* slots of a short group of pictures: 16 s */
#define GROUPS_LEARNED 16           /* it takes so many groups to know what is usual at a place */

#define FLAT_DEVIATION 0.015        /* seconds as equal as this are made so by the encoder, */
#define FLAT_BITS 0.004             /* unless there is next to nothing in them: bits for a pixel */
#define KEY_RATIO 1.5
#define TELLING (4 * HEADER_BYTES)  /* of packets that are all smaller each only says that all is skipped */

struct slot {
    float logs[ACTIVITY_LAYERS];    /* sums of the logarithms of sizes */
    uint16_t n[ACTIVITY_LAYERS];
    uint16_t place;                 /* in its group of pictures */
    float level;                    /* mean logarithm of the ratios to what is usual */
    bool alive;
};

struct activity {
    struct slot *slots;
    int n, room;
    int64_t first;                  /* number of slots[0]: time / SLOT_US */
    int64_t key_us;
    int64_t pixels;
    struct layering layering;
    int histogram[ACTIVITY_LAYERS][BINS];
    double median[ACTIVITY_LAYERS];
    bool intra;                     /* most are key pictures */
    bool telling;                   /* packets are large enough to say something */
    enum activity_doubt doubt;
    float *means;                   /* room for one of each slot */
};

struct activity *activity_new(int64_t pixels)
{
    struct activity *a = calloc(1, sizeof *a);

    if (a) {
        a->pixels = pixels > 0 ? pixels : 1;
        a->first = -1;
    }
    return a;
}

void activity_free(struct activity **a)
{
    if (*a) {
        free((*a)->slots);
        free((*a)->means);
    }
    free(*a);
    *a = NULL;
}

int layering_add(struct layering *l, int64_t time_us, bool key)
{
    int64_t below_us = INT64_MIN, above_us = INT64_MAX;
    int below = 1, above = 1, layer = 1, i;

    if (key || !l->n) {
        layer = 0;
        l->n = l->next = 0;
    } else if (time_us < l->top_us) {
        for (i = 0; i < l->n; i++) {
            if (l->recent[i].time_us < time_us && l->recent[i].time_us > below_us) {
                below_us = l->recent[i].time_us;
                below = l->recent[i].layer;
            }
            if (l->recent[i].time_us > time_us && l->recent[i].time_us < above_us) {
                above_us = l->recent[i].time_us;
                above = l->recent[i].layer;
            }
        }
        layer = 1 + (below > above ? below : above);
        layer = layer < 2 ? 2 : layer < ACTIVITY_LAYERS ? layer : ACTIVITY_LAYERS - 1;
    }
    l->top_us = !l->n || time_us > l->top_us ? time_us : l->top_us;
    l->recent[l->next].time_us = time_us;
    l->recent[l->next].layer = layer ? layer : 1;
    l->next = (l->next + 1) % ACTIVITY_RECENT;
    l->n += l->n < ACTIVITY_RECENT;
    return layer;
}

static struct slot *slot_at(struct activity *a, int64_t time_us)
{
    int64_t number = time_us / SLOT_US;
    int64_t i;

    if (a->first < 0)
        a->first = number;
    i = number < a->first ? 0 : number - a->first;
    if (i >= MAX_SLOTS)
        return NULL;
    if (i >= a->room) {
        const int room = i < 2048 ? 4096 : (int)i * 2;
        struct slot *more = realloc(a->slots, (size_t)room * sizeof *more);
        float *means;

        if (!more)
            return NULL;
        a->slots = more;
        if (!(means = realloc(a->means, (size_t)room * sizeof *means)))
            return NULL;
        a->means = means;
        memset(more + a->room, 0, (size_t)(room - a->room) * sizeof *more);
        a->room = room;
    }
    if (i >= a->n)
        a->n = (int)i + 1;
    return &a->slots[i];
}

bool activity_add(struct activity *a, int64_t time_us, int bytes, bool key)
{
    const double size = log((bytes > 0 ? bytes : 0) + (double)HEADER_BYTES);
    const int layer = layering_add(&a->layering, time_us, key);
    const int bin = (int)(size * BIN);
    struct slot *slot = slot_at(a, time_us > 0 ? time_us : 0);

    if (!slot)
        return false;
    if (key)
        a->key_us = time_us;
    a->histogram[layer][bin < BINS ? bin : BINS - 1]++;
    slot->logs[layer] += (float)size;
    slot->n[layer] = (uint16_t)(slot->n[layer] + (slot->n[layer] < UINT16_MAX));
    if (time_us >= a->key_us)
        slot->place = (uint16_t)((time_us - a->key_us) / SLOT_US < UINT16_MAX ? (time_us - a->key_us) / SLOT_US
                                                                              : UINT16_MAX);
    return true;
}

/* ---- what is usual ---- */

static double median_of(const int *histogram)
{
    int64_t all = 0, seen = 0;

    for (int i = 0; i < BINS; i++)
        all += histogram[i];
    for (int i = 0; i < BINS && all; i++)
        if (2 * (seen + histogram[i]) >= all)
            return (i + ((double)all / 2 - (double)seen) / histogram[i]) / BIN;
        else
            seen += histogram[i];
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

/* The middle of n values, which are put in order. */
static float middle(float *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return n ? values[n / 2] : 0;
}

/* Only where all pictures are key pictures do these say anything: elsewhere one alone among many does not. */
static void find_levels(struct activity *a)
{
    int64_t n[ACTIVITY_LAYERS] = { 0 };

    for (int l = 0; l < ACTIVITY_LAYERS; l++) {
        a->median[l] = median_of(a->histogram[l]);
        for (int i = 0; i < BINS; i++)
            n[l] += a->histogram[l][i];
    }
    a->intra = n[1] + n[2] + n[3] + n[4] < n[0];
    for (int i = 0; i < a->n; i++) {
        struct slot *s = &a->slots[i];
        double sum = 0;
        int of = 0;

        for (int l = a->intra ? 0 : 1; l < ACTIVITY_LAYERS; l++) {
            sum += s->logs[l] - s->n[l] * a->median[l];
            of += s->n[l];
        }
        s->level = of ? (float)(sum / of) : i ? a->slots[i - 1].level : 0;
    }
    a->doubt = ACTIVITY_TRUSTED;
    a->telling = a->median[a->intra ? 0 : 1] > log(TELLING);
    if (!a->intra && n[0] > 1 && a->median[0] < a->median[1] + log(KEY_RATIO) && a->telling)
        a->doubt = ACTIVITY_KEYLESS;
}

/* The levels of the slots at a place, into out. Returns how many. */
static int gather(const struct activity *a, int place, float *out)
{
    int n = 0;

    for (int i = 0; i < a->n; i++)
        if (a->slots[i].place == place)
            out[n++] = a->slots[i].level;
    return n;
}

/* What is usual at each place of short groups is no news. */
static void take_out_places(struct activity *a)
{
    for (int place = 0; place < PLACES; place++) {
        const int n = gather(a, place, a->means);

        if (n < GROUPS_LEARNED)
            return;              /* places further on are rarer still */
        const float usual = middle(a->means, n);
        for (int i = 0; i < a->n; i++)
            if (a->slots[i].place == place)
                a->slots[i].level -= usual;
    }
}

/* Over the width slots up to each; the first ones have the mean of the first whole width. */
static void find_means(const struct activity *a, int width, float *out)
{
    double sum = 0;

    for (int i = 0; i < a->n; i++) {
        sum += a->slots[i].level;
        if (i >= width)
            sum -= a->slots[i - width].level;
        out[i] = (float)(sum / (i < width ? i + 1 : width));
    }
    for (int i = 0; i < width - 1 && width <= a->n; i++)
        out[i] = out[width - 1];
}

/* The middle of means from..to-1, and of their distances from it. */
static float usual_of(const float *means, int from, int to, float *deviation_out)
{
    float some[(2 * AROUND + STEP) / SAMPLED + 1] = { 0 }, usual;
    int n = 0;

    for (int i = from; i < to; i += SAMPLED)
        some[n++] = means[i];
    usual = middle(some, n);
    for (int i = 0; i < n; i++)
        some[i] = fabsf(some[i] - usual);
    *deviation_out = middle(some, n);
    return usual;
}

/* Slots from..to are alive, but for those before the first that is itself as lively as all. */
static void enliven(struct activity *a, int from, int to, float mean)
{
    while (from < to && a->slots[from].level < mean)
        from++;
    for (; from <= to; from++)
        a->slots[from].alive = true;
}

/* Mark the slots of the means over width slots that stand out. Returns the largest usual deviation. */
static double mark(struct activity *a, int width, double least)
{
    float *means = a->means, largest = 0;

    find_means(a, width, means);
    for (int at = 0; at < a->n; at += STEP) {
        float deviation;
        const float usual = usual_of(means, at > AROUND ? at - AROUND : 0,
                                     at + STEP + AROUND < a->n ? at + STEP + AROUND : a->n, &deviation);

        largest = deviation > largest ? deviation : largest;
        for (int i = at; i < at + STEP && i < a->n; i++)
            if (means[i] - usual > fmax(least, DEVIATIONS * deviation))
                enliven(a, i - width + 1 > 0 ? i - width + 1 : 0, i, means[i]);
    }
    return largest;
}

/* Bits for a pixel of all packets so far. */
static double bits_of(const struct activity *a)
{
    double bytes = 0, n = 0;

    for (int l = 0; l < ACTIVITY_LAYERS; l++)
        for (int i = 0; i < BINS; i++) {
            n += a->histogram[l][i];
            bytes += a->histogram[l][i] * (exp((i + 0.5) / BIN) - HEADER_BYTES);
        }
    return n > 0 ? 8 * bytes / (n * (double)a->pixels) : 0;
}

void activity_judge(struct activity *a)
{
    for (int i = 0; i < a->n; i++)
        a->slots[i].alive = false;
    find_levels(a);
    take_out_places(a);
    const double deviation = mark(a, SHORT, a->intra ? LEAST_INTRA : LEAST_SHORT);
    mark(a, LONG, a->intra ? LEAST_INTRA : LEAST_LONG);
    if (!a->doubt && !a->intra && a->telling && deviation < FLAT_DEVIATION && bits_of(a) > FLAT_BITS)
        a->doubt = ACTIVITY_FLAT;
}

enum activity_doubt activity_doubt(const struct activity *a)
{
    return a->doubt;
}

bool activity_next(const struct activity *a, int64_t from_us, int64_t to_us, int64_t *begin_out, int64_t *end_out)
{
    int64_t i = from_us / SLOT_US - a->first, end = (to_us + SLOT_US - 1) / SLOT_US - a->first;

    i = i > 0 ? i : 0;
    end = end < a->n ? end : a->n;
    while (i < end && !a->slots[i].alive)
        i++;
    if (i >= end)
        return false;
    *begin_out = (a->first + i) * SLOT_US;
    while (i < a->n && a->slots[i].alive)
        i++;
    *end_out = (a->first + i) * SLOT_US;
    return true;
}

void activity_forget(struct activity *a, int64_t time_us)
{
    int64_t n = time_us / SLOT_US - AROUND - a->first;

    if (n <= 0)
        return;
    n = n < a->n ? n : a->n;
    memmove(a->slots, a->slots + n, (size_t)(a->n - n) * sizeof *a->slots);
    a->n -= (int)n;
    memset(a->slots + a->n, 0, (size_t)n * sizeof *a->slots);
    a->first += n;
}
