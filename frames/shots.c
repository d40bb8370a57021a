/* Where shots end and begin in the pictures of the last seconds. */
#include "frames/shots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frames/transition.h"

#define AHEAD_US 2500000        /* a picture is taken out when so much after it is known */
#define RUN_AHEAD_US 1200000    /* a gradual change is looked for so far ahead, so that its beginning is still here */
#define RUN_MOST_US 8000000     /* what takes longer is a change inside the shot */
#define RUN_GAP_US 400000       /* the turn of a fade, or a moment in which motion hides the mixing */
#define RUN_BEND 0.33           /* difference_mixing: film in a dissolve 0.1 to 0.43, pans 0.35 to 0.6, a corner 0.5 */
#define RUN_LEVELS 4.0          /* of change within 0.4 s, somewhere in the transition */
#define EDGE_BEND 1.25          /* around it those belong to it too that bend at most so many times its mean, */
#define EDGE_BEND_LEAST 0.3     /* or so much, */
#define EDGE_BEND_MOST 0.45
#define EDGE_SIZE 0.4           /* and that change by such a part of the most */
#define SHORTEST_RUN 3          /* pictures */
#define SHORTENINGS 6           /* tried, each by this factor at least */
#define SHORTER 0.75
#define RAMP_SHARE 0.6          /* of its run a transition takes at least */
#define MOST_PICTURES 700       /* held at a time: RUN_MOST_US at 60 pictures a second, with room */

/* Measured on labelled cuts at qualities down to CRF 38: the content that was not in the picture before is 9.9 levels
 * or more on the first picture of a shot and at most 7.3 on any other. A cut is also a jump against what is usual. */
#define SUDDEN_LEVELS 8.5
#define SUDDEN_TIMES 2.5
#define USUAL_S 0.5             /* time constant of what is usual */
#define USUAL_MOST 20.0         /* levels: a cut says little about what is usual */
#define NEIGHBOUR_US 120000     /* a jump stands out from the pictures so near to it, */
#define NEIGHBOUR_TIMES 2.0     /* by this factor; the steps of a fade do not */
#define SAME_CORRELATION 0.85   /* of the pictures before and after a flash; cuts have at most 0.6 */

#define FLASH_PICTURES 3
#define FLASH_US 250000         /* a photographer's flash, lightning, a broken picture: three at 12 a second */
#define FLASH_BACK 0.4          /* the picture after it is by this factor nearer to the one before than the flash is */

#define WIPE_EVERY_US 150000    /* wipes are looked for so often */
static const int64_t wipe_spans_us[] = { 600000, 1200000, 2300000 };
#define WIPE_LEVELS 9.0         /* content, before looking closer */

struct facts {
    double content;             /* not in the picture before, levels; 0 for the first */
    double correlation;         /* with the picture before */
    bool resized;
    bool jump;                  /* against what was usual before */
    bool excused;               /* in a flash: no jump after all */
    bool has_mixing;
    struct mixing mixing;
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

static bool is_jump(double content, double usual, double sensitivity)
{
    return content > SUDDEN_LEVELS / sqrt(sensitivity) && content > SUDDEN_TIMES * usual;
}

static struct facts compare(struct shots *s, const struct signature *a, const struct signature *b)
{
    struct facts f = { .correlation = 1 };
    if (!difference_comparable(a, b))
        return (struct facts){ .resized = true, .jump = true };
    f.content = difference_content(&s->previous, &s->current, 2);
    f.correlation = difference_correlation(&s->previous, &s->current);
    f.jump = is_jump(f.content, s->usual, s->sensitivity);
    double dt = (double)(b->time_us - a->time_us) * 1e-6;
    s->usual += (fmin(f.content, USUAL_MOST) - s->usual) * (1 - exp(-dt / USUAL_S));
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

/* The largest content of the pictures just before and after the one at i. */
static double around(const struct shots *s, int i)
{
    double most = 0;
    for (int j = i - 1; j > 0 && s->row[i]->time_us - s->row[j]->time_us < NEIGHBOUR_US; j--)
        most = fmax(most, s->facts[j].content);
    for (int j = i + 1; j < s->n && s->row[j]->time_us - s->row[i]->time_us < NEIGHBOUR_US; j++)
        most = fmax(most, s->facts[j].content);
    return most;
}

/* Whether the picture at i is a sudden change from the one before. */
static bool sudden(const struct shots *s, int i)
{
    const struct facts *f = &s->facts[i];
    if (!f->jump || f->excused || f->resized)
        return f->resized;
    return f->content > NEIGHBOUR_TIMES * around(s, i);
}

/* The pictures around i between which nothing sudden happens: *from..*to-1. */
static void smooth_around(const struct shots *s, int i, int *from, int *to)
{
    *from = i;
    *to = i + 1;
    while (*from > 0 && !sudden(s, *from))
        (*from)--;
    while (*to < s->n && !sudden(s, *to))
        (*to)++;
}

static struct mixing mixing_at(struct shots *s, int i)
{
    int from, to;
    struct facts *f = &s->facts[i];
    if (f->has_mixing)
        return f->mixing;
    smooth_around(s, i, &from, &to);
    f->mixing = transition_mixing(row_from(s, from), to - from, i - from);
    f->has_mixing = s->ended || s->row[s->n - 1]->time_us - s->row[i]->time_us > RUN_GAP_US;
    return f->mixing;
}

static bool is_core(const struct mixing *m)
{
    return m->bend < RUN_BEND && m->size > RUN_LEVELS;
}

/* What a run has been like so far. */
struct run {
    int first, last;
    double size;                /* most */
    double bend;                /* mean */
    int n;
};

static bool is_edge(const struct mixing *m, const struct run *r)
{
    double bend = fmin(fmax(EDGE_BEND * r->bend, EDGE_BEND_LEAST), EDGE_BEND_MOST);
    return m->bend < bend && m->size > EDGE_SIZE * r->size;
}

static void extend(struct run *r, const struct mixing *m, int i)
{
    r->first = i < r->first ? i : r->first;
    r->last = i > r->last ? i : r->last;
    r->size = fmax(r->size, m->size);
    r->bend += (m->bend - r->bend) / ++r->n;
}

/* The run of mixing pictures around core. False: more pictures are needed to know where it ends. */
static bool find_run(struct shots *s, int core, struct run *r)
{
    struct mixing m = mixing_at(s, core);
    *r = (struct run){ core, core, m.size, m.bend, 1 };
    for (int i = core + 1; i < s->n; i++) {
        int64_t since_us = s->row[i]->time_us - s->row[r->last]->time_us;
        if (sudden(s, i) || since_us > RUN_GAP_US || s->row[i]->time_us - s->row[core]->time_us > RUN_MOST_US)
            break;
        if (s->row[s->n - 1]->time_us - s->row[i]->time_us < RUN_GAP_US && !s->ended && s->n < MOST_PICTURES)
            return false;
        m = mixing_at(s, i);
        if (is_edge(&m, r))
            extend(r, &m, i);
    }
    for (int i = core - 1; i > 0 && !sudden(s, i + 1); i--) {
        m = mixing_at(s, i);
        if (!is_edge(&m, r))
            break;
        extend(r, &m, i);
    }
    return true;
}

/* Leave out pictures at the beginning that change too little for what followed: they are from before. */
static void trim_start(struct shots *s, struct run *r)
{
    struct mixing m;
    while (r->first < r->last && (m = mixing_at(s, r->first), !is_edge(&m, r)))
        r->first++;
}

/* End the run before its weakest picture, and in any case a good deal sooner: two transitions with a pan between them
 * look like one. */
static bool shorten(struct shots *s, struct run *r)
{
    int weakest = -1;
    double bend = 0;
    for (int i = r->first + SHORTEST_RUN; i < r->last; i++) {
        double here = mixing_at(s, i).bend;
        if (here > bend) {
            bend = here;
            weakest = i;
        }
    }
    if (weakest < 0)
        return false;
    int sooner = r->first + (int)((r->last - r->first) * SHORTER);
    r->last = weakest - 1 < sooner ? weakest - 1 : sooner;
    r->size = 0;
    for (int i = r->first; i <= r->last; i++)
        r->size = fmax(r->size, mixing_at(s, i).size);
    return true;
}

static struct transition name_run(struct shots *s, struct run *r)
{
    struct transition t;
    int from, to, tries = 0;
    smooth_around(s, r->first, &from, &to);
    do {
        struct run trimmed = *r;
        trim_start(s, &trimmed);
        t = transition_gradual(row_from(s, from), to - from, trimmed.first - from, trimmed.last - from);
        t.start += from;
        t.end += from;
        int64_t run_us = s->row[trimmed.last]->time_us - s->row[trimmed.first]->time_us;
        if (t.kind == SC_DISSOLVE && t.end_us - t.start_us < RAMP_SHARE * run_us) {
            t.kind = SC_OTHER; /* the ends of more than one */
            t.mixed = false;
        }
    } while (t.kind == SC_OTHER && !t.mixed && ++tries < SHORTENINGS && shorten(s, r));
    return t;
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
    for (int i = list->n - 1; kind == SC_DISSOLVE && i >= 0 && i >= list->n - 16; i--) {
        struct sc_event *before = &list->items[i].event;
        if (before->kind != SC_DISSOLVE || llabs(from_us - before->end_us) > RUN_GAP_US)
            continue;
        before->end_us = to_us; /* motion hid the mixing for a moment */
        return SC_OK;
    }
    struct candidate c = whole_picture(s, kind, from_us, to_us, peak_us);
    return candidates_add(list, &c, err);
}

/* Look for gradual changes as far ahead as needed to let the next picture go. */
static enum sc_status judge_gradual(struct shots *s, bool *wait, struct candidates *list, struct sc_error *err)
{
    *wait = false;
    for (int i = s->next; i < s->n && s->row[i]->time_us <= s->row[s->next]->time_us + RUN_AHEAD_US; i++) {
        if (s->row[i]->time_us <= s->judged_us)
            continue;
        struct mixing m = { 0 };
        if (sudden(s, i) || (m = mixing_at(s, i), !is_core(&m))) {
            s->judged_us = s->row[i]->time_us;
            continue;
        }
        struct run r;
        if (!find_run(s, i, &r)) {
            *wait = true;
            return SC_OK;
        }
        struct transition t = name_run(s, &r);
        s->judged_us = s->row[r.last]->time_us;
        if (t.kind != SC_OTHER && t.start_us >= s->row[s->next]->time_us)
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
    if (first < 0 || s->row[first]->time_us < s->wipe_us || sudden(s, s->next))
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

static enum sc_status judge_jump(struct shots *s, enum place *place, struct candidates *list, struct sc_error *err)
{
    const struct facts *f = &s->facts[s->next];
    int64_t now_us = s->row[s->next]->time_us;
    int back = end_of_flash(s, s->next);
    if (back) {
        for (int i = s->next; i <= back; i++)
            s->facts[i].excused = true;
        s->judged_us = s->row[back]->time_us;
        *place = PLACE_BETWEEN;
        return begin_pending(s, SC_FLASH, now_us, s->row[back]->time_us, now_us, list, err);
    }
    if (!sudden(s, s->next))
        return SC_OK;
    if (!f->resized && transition_same_scene(s->row[s->next - 1], s->row[s->next]))
        return SC_OK; /* light, or something large in the picture */
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
    if (s->facts[s->next].jump && !s->facts[s->next].excused && s->next > 0)
        status = judge_jump(s, place, list, err);
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
