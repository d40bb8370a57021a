/* Where shots end and begin in the pictures of the last seconds. */
#include "frames/shots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frames/transition.h"

#define AHEAD_US 2500000        /* a picture is taken out when so much after it is known */
#define RUN_AHEAD_US 400000     /* a gradual change is looked for so far ahead, so that its beginning is still here */
#define RUN_MOST_US 8000000     /* what takes longer is a change inside the shot */
#define RUN_GAP_US 400000       /* the turn of a fade, or a moment in which motion hides the mixing */
#define MOST_PICTURES 700       /* held at a time: RUN_MOST_US at 60 pictures a second, with room */

/* Measured on labelled cuts at qualities down to CRF 38: the content that was not in the picture before is 9.9 levels
 * or more on the first picture of a shot and at most 7.3 on any other. A cut is also a jump against what is usual. */
#define SUDDEN_LEVELS 8.5
#define SUDDEN_TIMES 2.5
#define USUAL_S 0.5             /* time constant of what is usual */
#define SAME_CORRELATION 0.85   /* above it the light has changed, not the shot: 0.97 for a lamp, at most 0.6 for cuts */

#define FLASH_PICTURES 3
#define FLASH_US 250000         /* a photographer's flash, lightning, a broken picture: three at 12 a second */
#define FLASH_BACK 0.4          /* the picture after it is by this factor nearer to the one before than the flash is */

#define WIPE_EVERY_US 150000    /* wipes are looked for so often */
static const int64_t wipe_spans_us[] = { 600000, 1200000, 2300000 };
#define WIPE_LEVELS 9.0         /* content, before looking closer */

struct facts {
    double content;             /* not in the picture before, levels; 0 for the first */
    double correlation;         /* with the picture before */
    bool resized, sudden;
};

struct shots {
    double sensitivity;
    struct signature *row[MOST_PICTURES + 1];
    struct facts facts[MOST_PICTURES + 1];
    int n, next;                /* row[next] is taken next; before it at most one, which was taken last */
    bool ended;
    double usual;               /* content between neighbours in this shot, levels */
    int64_t judged_us;          /* gradual changes were looked for up to here */
    int64_t wipe_us;            /* and wipes from here on */
    bool pending;               /* a transition or flash lies ahead or is going on: */
    int64_t from_us, to_us;
    bool returns;               /* afterwards the shot goes on (a flash) */
    struct grid previous, current;
};

struct shots *shots_new(double sensitivity)
{
    struct shots *s = calloc(1, sizeof *s);
    if (s)
        s->sensitivity = sensitivity;
    return s;
}

void shots_free(struct shots **s)
{
    for (int i = 0; *s && i < (*s)->n; i++)
        signature_free(&(*s)->row[i]);
    free(*s);
    *s = NULL;
}

bool shots_sudden(double content, double usual, double sensitivity)
{
    return content > SUDDEN_LEVELS / sqrt(sensitivity) && content > SUDDEN_TIMES * usual;
}

static struct facts compare(struct shots *s, const struct signature *a, const struct signature *b)
{
    struct facts f = { .correlation = 1 };
    if (!difference_comparable(a, b))
        return (struct facts){ .resized = true, .sudden = true };
    f.content = difference_content(&s->previous, &s->current, 2);
    f.correlation = difference_correlation(&s->previous, &s->current);
    f.sudden = shots_sudden(f.content, s->usual, s->sensitivity);
    double dt = (double)(b->time_us - a->time_us) * 1e-6;
    if (f.sudden)
        s->usual = 0;
    else
        s->usual += (f.content - s->usual) * (1 - exp(-dt / USUAL_S));
    return f;
}

enum sc_status shots_put(struct shots *s, const struct signature *signature, struct sc_error *err)
{
    struct signature *copy = signature_copy(signature);
    if (!copy)
        return fail_memory(err);
    s->previous = s->current;
    grid_from_signature(&s->current, copy);
    s->facts[s->n] = s->n ? compare(s, s->row[s->n - 1], copy) : (struct facts){ .correlation = 1 };
    s->row[s->n++] = copy;
    return SC_OK;
}

void shots_end(struct shots *s)
{
    s->ended = true;
}

static const struct signature *const *row_from(const struct shots *s, int i)
{
    return (const struct signature *const *)&s->row[i];
}

/* The pictures around i between which nothing sudden happens: *from..*to-1. */
static void smooth_around(const struct shots *s, int i, int *from, int *to)
{
    *from = i;
    *to = i + 1;
    while (*from > 0 && !s->facts[*from].sudden)
        (*from)--;
    while (*to < s->n && !s->facts[*to].sudden)
        (*to)++;
}

static bool mixes_at(const struct shots *s, int i)
{
    int from, to;
    smooth_around(s, i, &from, &to);
    return transition_mixes(row_from(s, from), to - from, i - from);
}

static struct candidate whole_picture(const struct shots *s, enum sc_kind kind, int64_t start_us, int64_t end_us,
                                      int64_t peak_us)
{
    const struct signature *shape = s->row[s->n - 1];
    return (struct candidate){ .event = { .start_us = start_us, .end_us = end_us, .peak_us = peak_us,
                                          .before_us = -1, .after_us = -1, .same_as_us = -1, .count = 1,
                                          .kind = kind, .box = { 0, 0, shape->width, shape->height },
                                          .share = 1, .score = 1 },
                               .whole = true, .step = start_us == end_us };
}

static enum sc_status begin_pending(struct shots *s, enum sc_kind kind, int64_t from_us, int64_t to_us,
                                    int64_t peak_us, struct candidates *list, struct sc_error *err)
{
    s->pending = true;
    s->from_us = from_us;
    s->to_us = to_us;
    s->returns = kind == SC_FLASH;
    struct candidate c = whole_picture(s, kind, from_us, to_us, peak_us);
    return candidates_add(list, &c, err);
}

/* The end of the run of mixing pictures that begins at first. False: more pictures are needed to know. */
static bool end_of_run(const struct shots *s, int first, int *last)
{
    *last = first;
    for (int i = first + 1; i < s->n; i++) {
        int64_t since_us = s->row[i]->time_us - s->row[*last]->time_us;
        if (s->facts[i].sudden || since_us > RUN_GAP_US || s->row[i]->time_us - s->row[first]->time_us > RUN_MOST_US)
            return true;
        if (s->row[s->n - 1]->time_us - s->row[i]->time_us < RUN_GAP_US && !s->ended)
            return false;
        if (mixes_at(s, i))
            *last = i;
    }
    return s->ended;
}

/* Look for gradual changes as far ahead as needed to let the next picture go. */
static enum sc_status judge_gradual(struct shots *s, bool *wait, struct candidates *list, struct sc_error *err)
{
    *wait = false;
    for (int i = s->next; i < s->n && s->row[i]->time_us <= s->row[s->next]->time_us + RUN_AHEAD_US; i++) {
        if (s->row[i]->time_us <= s->judged_us)
            continue;
        if (s->facts[i].sudden || !mixes_at(s, i)) {
            s->judged_us = s->row[i]->time_us;
            continue;
        }
        int last, from, to;
        if (!end_of_run(s, i, &last) && s->n < MOST_PICTURES) {
            *wait = true;
            return SC_OK;
        }
        s->judged_us = s->row[last]->time_us;
        smooth_around(s, i, &from, &to);
        struct transition t = transition_gradual(row_from(s, from), to - from, i - from, last - from);
        if (t.kind != SC_OTHER)
            return begin_pending(s, t.kind, t.start_us, t.end_us, t.peak_us, list, err);
    }
    return SC_OK;
}

static bool other_content(struct shots *s, int i, int j)
{
    struct grid *g = malloc(2 * sizeof *g);
    if (!g)
        return false;
    grid_from_signature(&g[0], s->row[i]);
    grid_from_signature(&g[1], s->row[j]);
    bool other = difference_content(&g[0], &g[1], 2) > WIPE_LEVELS && difference_correlation(&g[0], &g[1]) < 0.8;
    free(g);
    return other;
}

static enum sc_status judge_wipe(struct shots *s, struct candidates *list, struct sc_error *err)
{
    int first = s->next - 1, from, to;
    if (first < 0 || s->row[first]->time_us < s->wipe_us || s->facts[s->next].sudden)
        return SC_OK;
    s->wipe_us = s->row[first]->time_us + WIPE_EVERY_US;
    smooth_around(s, s->next, &from, &to);
    for (size_t k = 0; k < sizeof wipe_spans_us / sizeof *wipe_spans_us; k++) {
        int last = first;
        while (last < to - 1 && s->row[last]->time_us - s->row[first]->time_us < wipe_spans_us[k])
            last++;
        if (!other_content(s, first, last))
            continue;
        struct transition t = transition_wipe(row_from(s, first), last - first + 1);
        if (t.kind != SC_OTHER && !transition_same_scene(s->row[first], s->row[last])) {
            s->judged_us = t.end_us;
            return begin_pending(s, t.kind, t.start_us, t.end_us, t.peak_us, list, err);
        }
    }
    return SC_OK;
}

/* The picture with which the shot comes back after a sudden change at i; 0: it does not, within a flash. */
static int end_of_flash(struct shots *s, int i)
{
    struct grid *g = malloc(3 * sizeof *g);
    int end = 0;
    if (!g || s->facts[i].resized || i < 1)
        goto done;
    grid_from_signature(&g[0], s->row[i - 1]);
    grid_from_signature(&g[1], s->row[i]);
    double away = difference_content(&g[0], &g[1], 1);
    for (int j = i + 1; j < s->n && j <= i + FLASH_PICTURES && !end; j++) {
        if (s->row[j]->time_us - s->row[i]->time_us > FLASH_US || !difference_comparable(s->row[i], s->row[j]))
            break;
        grid_from_signature(&g[2], s->row[j]);
        if (difference_content(&g[0], &g[2], 1) < FLASH_BACK * away &&
            difference_correlation(&g[0], &g[2]) > SAME_CORRELATION)
            end = j;
    }
done:
    free(g);
    return end;
}

static enum sc_status judge_sudden(struct shots *s, enum place *place, struct candidates *list, struct sc_error *err)
{
    const struct facts *f = &s->facts[s->next];
    int64_t now_us = s->row[s->next]->time_us;
    int back = end_of_flash(s, s->next);
    if (back) {
        /* The way back is no cut either. */
        for (int i = s->next; i <= back; i++)
            s->facts[i].sudden = false;
        s->judged_us = s->row[back]->time_us;
        *place = PLACE_BETWEEN;
        return begin_pending(s, SC_FLASH, now_us, s->row[back]->time_us, now_us, list, err);
    }
    if (!f->resized && f->correlation > SAME_CORRELATION)
        return SC_OK;
    *place = PLACE_STARTS;
    struct candidate c = whole_picture(s, SC_CUT, now_us, now_us, now_us);
    return candidates_add(list, &c, err);
}

static void drop_taken(struct shots *s)
{
    int drop = s->next - 1;
    if (drop <= 0)
        return;
    for (int i = 0; i < drop; i++)
        signature_free(&s->row[i]);
    memmove(s->row, s->row + drop, (size_t)(s->n - drop) * sizeof *s->row);
    memmove(s->facts, s->facts + drop, (size_t)(s->n - drop) * sizeof *s->facts);
    s->n -= drop;
    s->next -= drop;
}

static enum sc_status judge(struct shots *s, enum place *place, bool *wait, struct candidates *list,
                            struct sc_error *err)
{
    enum sc_status status = SC_OK;
    int64_t now_us = s->row[s->next]->time_us;
    *place = PLACE_INSIDE;
    *wait = false;
    if (s->next == 0) {
        *place = PLACE_STARTS;
        s->judged_us = -1;
    }
    if (!s->pending) {
        status = judge_gradual(s, wait, list, err);
        if (!status && !*wait && !s->pending)
            status = judge_wipe(s, list, err);
        if (status || *wait)
            return status;
    }
    if (s->pending && now_us >= s->from_us) {
        bool over = now_us >= s->to_us;
        *place = !over ? PLACE_BETWEEN : s->returns ? PLACE_INSIDE : PLACE_STARTS;
        s->pending = !over;
        return SC_OK;
    }
    if (s->facts[s->next].sudden && s->next > 0)
        status = judge_sudden(s, place, list, err);
    return status;
}

enum sc_status shots_take(struct shots *s, struct placed *out, bool *taken, struct candidates *list,
                          struct sc_error *err)
{
    *taken = false;
    drop_taken(s);
    if (s->next >= s->n)
        return SC_OK;
    const struct signature *next = s->row[s->next];
    if (!s->ended && s->n < MOST_PICTURES && s->row[s->n - 1]->time_us - next->time_us < AHEAD_US)
        return SC_OK;
    bool wait;
    enum sc_status status = judge(s, &out->place, &wait, list, err);
    if (status || wait)
        return status;
    out->signature = next;
    out->content = s->facts[s->next].content;
    s->next++;
    *taken = true;
    return SC_OK;
}
