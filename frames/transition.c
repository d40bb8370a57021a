/* Mixtures and moving fronts. */
#include "frames/transition.h"

#include <math.h>
#include <stdlib.h>

#define MIX_SHARE 0.4           /* of the blocks change in a dissolve; someone walking is less */
static const int64_t spans_us[] = { 200000, 100000 }; /* looked at to both sides: ordinary and short transitions */

#define SLACK_US 2000           /* times are rounded to the container's clock, often milliseconds */
#define PART_LEAST 0.25         /* a picture so near to one end says nothing: a step looks like a mixture there */

/* Two pictures show the same scene when they are alike as wholes, or when light explains enough of the difference
 * (what is left is an object, however large). Measured on the ends of dissolves between live shots: correlation up to
 * 0.45, explained up to 0.2 with a gain that light can have; on cars, hands and exposure: 0.8 and 0.4 at least. */
#define SAME_CORRELATION 0.75
#define SAME_EXPLAINED 0.35
#define SAME_CONTENT 5.0        /* levels, if they are alike at all: */
#define MAYBE_CORRELATION 0.5
#define SAME_GAIN 0.33
#define OTHER_CONTENT 9.0       /* levels: less is no other shot */

#define REST_MOST 0.36          /* of the change from end to end may a picture on the way be off the mixture. Dissolves
                                   between moving shots have up to 0.30, pans 0.4 and more */
#define REST_PICTURES 12        /* looked at on the way */

#define BLANK_DEVIATION 8.0     /* levels: nothing to be seen, but for noise and what has not quite gone */
#define STIR 2                  /* 1/16 level of mean luma from one picture to the next: something still fades */
#define BLANK_PART 0.3          /* of the deviation of the poorer of the two ends */

/* Less change, in levels, than the weakest part of a transition has: noise, a mover. The ends need no closer look. */
#define MIX_LEVELS 1.5

static int nearest(const struct signature *const *row, int n, int i, int64_t at_us)
{
    while (i > 0 && row[i]->time_us > at_us)
        i--;
    while (i < n - 1 && row[i]->time_us < at_us)
        i++;
    return i;
}

static struct mixing mixing_over(const struct signature *const *row, int n, int i, int64_t span_us)
{
    struct mixing m = { .bend = 1 };
    struct grid *g = malloc(3 * sizeof *g);
    if (!g)
        return m;
    int a = nearest(row, n, i, row[i]->time_us - span_us - SLACK_US);
    int b = nearest(row, n, i, row[i]->time_us + span_us - SLACK_US);
    int64_t whole_us = row[b]->time_us - row[a]->time_us;
    double part = whole_us ? (double)(row[i]->time_us - row[a]->time_us) / (double)whole_us : 0;
    m.size = difference_luma(row[a], row[b]);
    if (m.size > MIX_LEVELS && whole_us < 4 * span_us && part > PART_LEAST && part < 1 - PART_LEAST) {
        grid_luma(&g[0], row[a]);
        grid_luma(&g[1], row[i]);
        grid_luma(&g[2], row[b]);
        m = difference_mixing(&g[0], &g[1], &g[2], part);
        if (m.share < MIX_SHARE)
            m.bend = 1;
    }
    free(g);
    return m;
}

struct mixing transition_mixing(const struct signature *const *row, int n, int i)
{
    struct mixing best = { .bend = 1 };
    for (size_t k = 0; k < sizeof spans_us / sizeof *spans_us; k++) {
        struct mixing m = mixing_over(row, n, i, spans_us[k]);
        m.size *= (double)spans_us[0] / (double)spans_us[k];
        if (m.bend < best.bend)
            best = m;
    }
    return best;
}

static bool same_scene(const struct grid *a, const struct grid *b)
{
    double correlation = difference_correlation(a, b);
    if (correlation > SAME_CORRELATION)
        return true;
    if (correlation < 0)
        return false; /* no light makes what was bright dark and what was dark bright */
    struct light l = light_fit(a, b, NULL);
    if (l.gain < SAME_GAIN || l.gain > 1 / SAME_GAIN)
        return false;
    struct grid *lit = malloc(sizeof *lit);
    if (!lit)
        return false;
    *lit = *a;
    light_apply(lit, &l, false);
    bool same = difference_explained(lit, b) > SAME_EXPLAINED ||
                (correlation > MAYBE_CORRELATION && difference_content(lit, b, 2) < SAME_CONTENT);
    free(lit);
    return same;
}

bool transition_same_scene(const struct signature *a, const struct signature *b)
{
    if (!difference_comparable(a, b))
        return false;
    struct grid *g = malloc(2 * sizeof *g);
    if (!g)
        return false;
    grid_from_signature(&g[0], a);
    grid_from_signature(&g[1], b);
    bool same = same_scene(&g[0], &g[1]);
    free(g);
    return same;
}

/* How far m is on the way from a to b, 0..1 (least squares over the luma of all blocks). */
static double progress(const struct grid *a, const struct grid *m, const struct grid *b)
{
    double along = 0, whole = 0;
    for (int y = 0, i = 0; y < a->h; y++) {
        float row_along = 0, row_whole = 0;
        for (int x = 0; x < a->w; x++, i++) {
            float d = b->y[i] - a->y[i];
            row_along += d * (m->y[i] - a->y[i]);
            row_whole += d * d;
        }
        along += (double)row_along;
        whole += (double)row_whole;
    }
    return whole > 0 ? along / whole : 0;
}

/* Whether the pictures between two are mixtures of them. */
static bool all_mixtures(const struct signature *const *row, int from, int to)
{
    bool mixed = true;
    int step = 1 + (to - from) / REST_PICTURES;
    struct grid *g = malloc(3 * sizeof *g);
    if (!g)
        return false;
    grid_luma(&g[0], row[from]);
    grid_luma(&g[2], row[to]);
    for (int i = from + step; i < to && mixed; i += step) {
        grid_luma(&g[1], row[i]);
        double p = progress(&g[0], &g[1], &g[2]);
        mixed = p < 0.15 || p > 0.85 || difference_mixing(&g[0], &g[1], &g[2], p).bend < REST_MOST;
    }
    free(g);
    return mixed;
}

static bool another_shot(const struct signature *a, const struct signature *b)
{
    struct grid *g = malloc(2 * sizeof *g);
    if (!g)
        return false;
    grid_from_signature(&g[0], a);
    grid_from_signature(&g[1], b);
    bool other = !same_scene(&g[0], &g[1]) && difference_content(&g[0], &g[1], 2) > OTHER_CONTENT;
    free(g);
    return other;
}

/* Times at which the way from row[from] to row[to] began and ended: the straight line through a fifth and four fifths
 * of it, carried on to both ends. Motion in the shots disturbs the ends themselves, not these. */
static void ends_of_ramp(const struct signature *const *row, int from, int to, int64_t *start_us, int64_t *end_us)
{
    struct grid *g = malloc(3 * sizeof *g);
    *start_us = row[from]->time_us;
    *end_us = row[to]->time_us;
    if (!g)
        return;
    grid_luma(&g[0], row[from]);
    grid_luma(&g[2], row[to]);
    double t_low = -1, t_high = -1, t_before = (double)row[from]->time_us, p_before = 0;
    for (int i = from + 1; i <= to; i++) {
        grid_luma(&g[1], row[i]);
        double p = progress(&g[0], &g[1], &g[2]), t = (double)row[i]->time_us;
        if (t_low < 0 && p >= 0.2)
            t_low = t_before + (t - t_before) * (0.2 - p_before) / (p - p_before);
        if (t_high < 0 && p >= 0.8)
            t_high = t_before + (t - t_before) * (0.8 - p_before) / fmax(p - p_before, 1e-3);
        t_before = t;
        p_before = p;
    }
    free(g);
    if (t_low < 0 || t_high <= t_low)
        return;
    double third = (t_high - t_low) / 3;
    *start_us = llround(fmax(t_low - third, (double)*start_us));
    *end_us = llround(fmin(t_high + third, (double)*end_us));
}

static int flattest(const struct signature *const *row, int first, int last)
{
    int at = first;
    for (int i = first; i <= last; i++)
        if (row[i]->deviation_y < row[at]->deviation_y)
            at = i;
    return at;
}

/* Bring the borders to pictures of the row: the first that differs, and the first that is all new. */
static void snap(const struct signature *const *row, int n, struct transition *t, int64_t start_us, int64_t end_us)
{
    int i = 0, j;
    while (i < n - 1 && row[i]->time_us < start_us)
        i++;
    if (i < n - 1 && row[i]->time_us == start_us)
        i++; /* there the mixture is still all old */
    for (j = i; j < n - 1 && row[j]->time_us < end_us;)
        j++;
    t->start = i;
    t->end = j;
    t->start_us = row[i]->time_us;
    t->end_us = row[j]->time_us;
    t->peak_us = row[nearest(row, n, i, (start_us + end_us) / 2)]->time_us;
}

/* Fading pictures change more slowly near black than a straight line does: go back to where it began. */
static int64_t first_stir(const struct signature *const *row, int i)
{
    while (i > 0 && abs(row[i]->mean_y - row[i - 1]->mean_y) >= STIR)
        i--;
    return row[i]->time_us;
}

static int64_t last_stir(const struct signature *const *row, int n, int i)
{
    while (i < n - 1 && abs(row[i + 1]->mean_y - row[i]->mean_y) >= STIR)
        i++;
    return row[i]->time_us;
}

struct transition transition_gradual(const struct signature *const *row, int n, int first, int last)
{
    struct transition t = { .kind = SC_OTHER, .start = first, .end = last };
    int a = nearest(row, n, first, row[first]->time_us - spans_us[0]);
    int b = nearest(row, n, last, row[last]->time_us + spans_us[0]);
    int m = flattest(row, a, b);
    double da = row[a]->deviation_y / 16.0, db = row[b]->deviation_y / 16.0, dm = row[m]->deviation_y / 16.0;
    double richer = fmax(da, db), poorer = fmin(da, db);
    bool through = dm < BLANK_DEVIATION && dm < BLANK_PART * poorer;
    bool from_or_to = poorer < BLANK_DEVIATION && poorer < BLANK_PART * richer;
    int64_t start_us, end_us, ignored;
    if (through) {
        t.kind = SC_FADE;
        ends_of_ramp(row, a, m, &start_us, &ignored);
        ends_of_ramp(row, m, b, &ignored, &end_us);
    } else if (from_or_to) {
        t.kind = SC_FADE;
        ends_of_ramp(row, a, b, &start_us, &end_us);
        if (da < db)
            start_us = first_stir(row, first);
        else
            end_us = last_stir(row, n, last);
    } else {
        t.mixed = all_mixtures(row, a, b);
        if (!t.mixed || !another_shot(row[a], row[b]))
            return t;
        t.kind = SC_DISSOLVE;
        ends_of_ramp(row, a, b, &start_us, &end_us);
    }
    snap(row, n, &t, start_us, end_us);
    return t;
}
