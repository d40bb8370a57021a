/* Mixtures and moving fronts. */
#include "frames/transition.h"

#include <math.h>
#include <stdlib.h>

#define MIX_BEND 0.45           /* difference_mixing: a corner has 0.5, moving film in a dissolve up to 0.43 */
#define MIX_SHARE 0.4           /* of the blocks change in a dissolve; someone walking is less */
#define MIX_LEVELS 2.5          /* and by so much over the whole span */
static const int64_t spans_us[] = { 200000, 100000 }; /* looked at to both sides: ordinary and short transitions */

#define SAME_CONTENT 7.0        /* levels with the light taken out: motion at most, measured on neighbouring pictures */
#define SAME_CORRELATION 0.8
#define OTHER_CONTENT 9.0       /* levels: another shot */

#define BLANK_DEVIATION 8.0     /* levels: nothing to be seen, but for noise and what has not quite gone */
#define BLANK_PART 0.3          /* of the deviation of the poorer of the two ends */

static int nearest(const struct signature *const *row, int n, int i, int64_t at_us)
{
    while (i > 0 && row[i]->time_us > at_us)
        i--;
    while (i < n - 1 && row[i]->time_us < at_us)
        i++;
    return i;
}

static bool mixes_over(const struct signature *const *row, int n, int i, int64_t span_us)
{
    struct grid *g = malloc(3 * sizeof *g);
    if (!g)
        return false;
    int a = nearest(row, n, i, row[i]->time_us - span_us - 2000), b = nearest(row, n, i, row[i]->time_us + span_us - 2000);
    bool mixes = false;
    if (a < i && b > i && row[b]->time_us - row[a]->time_us < 4 * span_us) {
        double part = (double)(row[i]->time_us - row[a]->time_us) / (double)(row[b]->time_us - row[a]->time_us);
        grid_from_signature(&g[0], row[a]);
        grid_from_signature(&g[1], row[i]);
        grid_from_signature(&g[2], row[b]);
        struct mixing m = difference_mixing(&g[0], &g[1], &g[2], part);
        mixes = m.bend < MIX_BEND && m.share > MIX_SHARE && m.size > MIX_LEVELS && part > 0.25 && part < 0.75;
    }
    free(g);
    return mixes;
}

bool transition_mixes(const struct signature *const *row, int n, int i)
{
    for (size_t k = 0; k < sizeof spans_us / sizeof *spans_us; k++)
        if (mixes_over(row, n, i, spans_us[k]))
            return true;
    return false;
}

static bool same_scene(struct grid *a, const struct grid *b)
{
    struct light l = light_fit(a, b, NULL);
    if (l.gain < 0.1 || difference_correlation(a, b) < SAME_CORRELATION)
        return false;
    light_apply(a, &l);
    return difference_content(a, b, 2) < SAME_CONTENT;
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
    for (int i = 0; i < a->w * a->h; i++) {
        double d = b->y[i] - a->y[i];
        along += d * (m->y[i] - a->y[i]);
        whole += d * d;
    }
    return whole > 0 ? along / whole : 0;
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
    grid_from_signature(&g[0], row[from]);
    grid_from_signature(&g[2], row[to]);
    double t_low = -1, t_high = -1, t_before = (double)row[from]->time_us, p_before = 0;
    for (int i = from + 1; i <= to; i++) {
        grid_from_signature(&g[1], row[i]);
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

struct transition transition_gradual(const struct signature *const *row, int n, int first, int last)
{
    struct transition t = { .kind = SC_OTHER, .start = first, .end = last };
    int a = nearest(row, n, first, row[first]->time_us - spans_us[0]), b = nearest(row, n, last, row[last]->time_us + spans_us[0]);
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
    } else {
        struct grid *g = malloc(2 * sizeof *g);
        if (!g)
            return t;
        grid_from_signature(&g[0], row[a]);
        grid_from_signature(&g[1], row[b]);
        bool other = difference_content(&g[0], &g[1], 2) > OTHER_CONTENT && !same_scene(&g[0], &g[1]);
        free(g);
        if (!other)
            return t;
        t.kind = SC_DISSOLVE;
        ends_of_ramp(row, a, b, &start_us, &end_us);
    }
    snap(row, n, &t, start_us, end_us);
    return t;
}
