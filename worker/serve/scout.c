/* Effort scout: the sizes of packets say where a video looks alive, key pictures whether anything is different between
 * them, and only such stretches are decoded.
 *
 * One walk reads all packets and decodes key pictures alone, a chapter of some minutes at a time. Then the intervals
 * between key pictures are gone through in order: a quiet one is its key picture, a lively one is decoded by a second
 * decoder from its key picture on, as far as it is lively and a little longer. Where little of a chapter is lively,
 * everything in a lively stretch is decoded; where much is, as in a film, pictures between others are left out unless
 * the forward picture after them is large, as at a cut, and the loop filter with them.
 *
 * What can't be told from sizes is looked at as with effort normal, and the summary says so: short videos, constant
 * bit rates, key pictures that are none (intra refresh), streams whose only key picture is the first, packets without
 * times. */
#include "worker/serve/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frames/activity.h"

#define SHORT_US 60000000        /* of less than a minute nothing is usual */
#define KEY_STEP_US 2000000      /* a key picture is decoded each so long, if there are so many */
#define CHAPTER_US 600000000
#define MAX_KEYS 512             /* looked at in a chapter */
#define LEAST_KEYS 3             /* in all: fewer show nothing */
#define BEFORE_US 3000000        /* of a stretch that looks alive: the decision is to know its noise, */
#define AT_KEY_US 250000         /* what begins so shortly before a key picture begins with it */
#define AFTER_US 5000000         /* and what was settled to stay so */
#define WAY_US 2000000           /* on the way to it one picture in so long is looked at */
#define RARE 0.15                /* of a chapter is lively: decode all of that */
#define LARGE 0.9                /* of a forward picture's size: the logarithm of its ratio to the mean, */
#define LARGE_KEEP 0.95          /* which forgets so slowly */
#define MAX_HELD 32              /* measured pictures that wait for the next slot's */
#define DIFFERENT 0.3            /* sensitivity with which key pictures are compared: shadows creep between them */
#define UNEXPLAINED 4            /* so many intervals whose ends differ while their packets look quiet, */
#define UNEXPLAINED_PART 4       /* one in so many, and all of the chapter is looked at */

struct interval {
    struct signature *key;       /* the picture it begins with; NULL: begins inside a group of pictures */
    int64_t from_us, to_us;
    int64_t core_us, until_us;   /* what is lively, with its margins; empty: quiet */
};

struct scout {
    struct scan *scan;
    struct decoder *looker;
    struct picture *ahead;       /* that the looker gave, and was not looked at yet */
    int64_t reached_us;          /* the looker gave all before this; -1: it has to seek */
    struct activity *activity;
    struct interval intervals[MAX_KEYS + 1];
    int n;
    struct border_noise noise;   /* between key pictures */
    struct signature *previous;  /* key picture */
    struct signature *held[MAX_HELD];
    int n_held;
    bool border;                 /* lay before the last picture that was sent */
    bool timeless, endless;      /* packets without times; more of them than activity keeps */
    bool busy;                   /* this chapter is */
    int64_t core_us, until_us;   /* of the interval that the looker is in */
    bool gap;                    /* something was left out since the last picture that was sent */
    struct layering layering;    /* of the looker's packets */
    double usual;                /* logarithm of a forward picture's bytes; 0: not known */
    bool large;                  /* the last one */
    int64_t carried_us;          /* a lively stretch of the last chapter goes on until here */
    int n_keys;                  /* in all */
    int64_t given_us;            /* the last key packet that was decoded */
};

/* ---- the walk ---- */

static enum decode_skip note_packet(void *user, const struct packet_facts *p)
{
    struct scout *scout = user;

    if (p->time_us == INT64_MIN)
        scout->timeless = true;
    else if (!activity_add(scout->activity, p->time_us, p->bytes, p->key))
        scout->endless = true;
    if (p->time_us > scout->scan->furthest_us)
        scout->scan->furthest_us = p->time_us;
    if (!p->key || (p->time_us >= scout->given_us && p->time_us - scout->given_us < KEY_STEP_US))
        return DECODE_NONE;
    scout->given_us = p->time_us;
    return DECODE_ALL;
}

/* Begin an interval at time_us, which ends the one before it. Takes *key. */
static void begin(struct scout *scout, struct signature **key, int64_t time_us)
{
    scout->intervals[scout->n++] = (struct interval){ .key = *key, .from_us = time_us, .to_us = INT64_MAX };
    *key = NULL;
    if (scout->n > 1)
        scout->intervals[scout->n - 2].to_us = time_us;
}

/* Walk on until the chapter is full: its last interval is not known in full yet, unless *ended_out. */
static enum sc_status read_chapter(struct scout *scout, bool *ended_out, struct sc_error *err)
{
    struct scan *scan = scout->scan;
    struct decoder *d = scan->slot->decoder;
    const int64_t to_us = scan->settings.to_us;
    struct signature *key = NULL;
    struct picture *pic = NULL;
    enum sc_status s;

    while (!(s = decode_next(d, &pic, err)) && pic && !(to_us && pic->time_us > to_us)) {
        scan->n_decoded++;
        /* The first ones were decoded when it was opened. */
        if (scout->n && pic->time_us - scout->intervals[scout->n - 1].from_us < KEY_STEP_US) {
            picture_unref(&pic);
            continue;
        }
        if (!scout->n && pic->time_us > scan->settings.from_us && !scan->last)
            begin(scout, &key, scan->settings.from_us);
        if ((s = measure(scan->measurer, pic, &key, err)) ||
            (s = scan_say_position(scan, pic->time_us, err)))
            break;
        scout->n_keys++;
        begin(scout, &key, pic->time_us);
        picture_unref(&pic);
        if (scout->n > MAX_KEYS || scout->intervals[scout->n - 1].from_us - scout->intervals[0].from_us > CHAPTER_US)
            return SC_OK;
    }
    signature_free(&key);
    *ended_out = !s;
    if (!s && scout->n)
        scout->intervals[scout->n - 1].to_us = to_us && to_us < scan->furthest_us ? to_us + 1 : scan->furthest_us + 1;
    picture_unref(&pic);
    return s;
}

/* ---- the plan ---- */

static void enliven(struct interval *i, int64_t from_us, int64_t until_us)
{
    from_us = from_us > i->from_us ? from_us : i->from_us;
    until_us = until_us < i->to_us ? until_us : i->to_us;
    if (until_us <= from_us)
        return;
    if (i->until_us <= i->core_us)
        i->core_us = from_us;
    i->core_us = from_us < i->core_us ? from_us : i->core_us;
    i->until_us = until_us > i->until_us ? until_us : i->until_us;
}

/* A margin does not reach over the key picture that a stretch begins with: it would cost all before that. */
static int64_t before(const struct scout *scout, int n, int64_t from_us)
{
    int64_t margin_us = from_us - BEFORE_US;

    for (int i = 0; i < n; i++)
        if (scout->intervals[i].key && scout->intervals[i].from_us <= from_us + AT_KEY_US &&
            scout->intervals[i].from_us > margin_us)
            margin_us = scout->intervals[i].from_us;
    return margin_us;
}

/* As enliven, over n intervals. */
static void enliven_all(struct interval *at, int n, int64_t from_us, int64_t until_us)
{
    for (int i = 0; i < n; i++)
        enliven(&at[i], from_us, until_us);
}

static void plan_by_sizes(struct scout *scout, int n)
{
    const int64_t end_us = scout->intervals[n - 1].to_us;
    int64_t at_us = scout->intervals[0].from_us, from_us, until_us;

    while (at_us < end_us && activity_next(scout->activity, at_us, end_us, &from_us, &until_us)) {
        enliven_all(scout->intervals, n, before(scout, n, from_us), until_us + AFTER_US);
        scout->carried_us = until_us + AFTER_US;
        at_us = until_us;
    }
}

/* Whether two key pictures differ by more than those before and after them do. Noise is learned as if all were a slot
 * apart. */
static bool differs(struct scout *scout, const struct signature *a, const struct signature *b)
{
    struct signature before = *a, after = *b;

    before.time_us = 0;
    after.time_us = SLOT_US;
    return decide_border_between(&scout->noise, &before, &after, DIFFERENT);
}

/* Ends that differ though nothing between them looked alive: most likely it happened at the second one, whose packet
 * says nothing. Should it be earlier, it is seen on the way there. */
static void plan_by_keys(struct scout *scout, int n)
{
    const struct interval *first = scout->intervals;
    int unexplained = 0;

    for (int i = 1; i < n; i++)
        if (first[i - 1].key && first[i - 1].until_us <= first[i - 1].core_us)
            differs(scout, first[i - 1].key, first[i].key);
    for (int i = 0; i < n; i++) {
        struct interval *now = &scout->intervals[i];
        const bool quiet = i && now[-1].until_us <= now[-1].core_us;

        if (scout->previous && quiet && differs(scout, scout->previous, now->key)) {
            unexplained++;
            enliven(&now[-1], now[-1].to_us - BEFORE_US, now[-1].to_us);
            enliven(now, now->from_us, now->from_us + AFTER_US);
        }
        if (now->key) {
            signature_free(&scout->previous);
            scout->previous = signature_copy(now->key);
        }
    }
    if (unexplained >= UNEXPLAINED && unexplained * UNEXPLAINED_PART >= n)
        enliven_all(scout->intervals, n, 0, INT64_MAX);
}

static void plan(struct scout *scout, int n)
{
    int64_t lively_us = 0;

    activity_judge(scout->activity);
    enliven_all(scout->intervals, n, 0, scout->carried_us);
    plan_by_sizes(scout, n);
    if (!scout->intervals[0].key)
        enliven(&scout->intervals[0], 0, INT64_MAX);
    plan_by_keys(scout, n);
    for (int i = 0; i < n; i++)
        if (scout->intervals[i].until_us > scout->intervals[i].core_us)
            lively_us += scout->intervals[i].until_us - scout->intervals[i].from_us;
    scout->busy = (double)lively_us > RARE * (double)(scout->intervals[n - 1].to_us - scout->intervals[0].from_us);
}

/* ---- lively stretches ---- */

/* What the looker decodes: on the way to where it is lively what others need, there all, in a busy chapter what shows
 * where it changes. */
static enum decode_skip choose_packet(void *user, const struct packet_facts *p)
{
    struct scout *scout = user;
    const int layer = layering_add(&scout->layering, p->time_us, p->key);
    const double size = log(p->bytes + 1.0);

    if (!scout->busy)
        return p->time_us < scout->core_us ? DECODE_SKIP_NONREF : DECODE_ALL;
    if (layer == 1) {
        scout->large = scout->usual > 0 && size > scout->usual + LARGE;
        scout->usual = scout->usual > 0 ? LARGE_KEEP * scout->usual + (1 - LARGE_KEEP) * size : size;
    }
    return layer > 1 && scout->large ? DECODE_ALL : DECODE_SKETCH;
}

static enum sc_status send(struct scout *scout, struct signature **signature, struct sc_error *err)
{
    if (scout->gap)
        (*signature)->flags |= SIGNATURE_ANEW;
    scout->gap = false;
    return scan_emit(scout->scan, signature, err);
}

static enum sc_status emit_held(struct scout *scout, bool all, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    for (int i = 0; i < scout->n_held; i++) {
        if (!s && (all || i == scout->n_held - 1))
            s = send(scout, &scout->held[i], err);
        signature_free(&scout->held[i]);
    }
    scout->n_held = 0;
    return s;
}

/* One picture of each slot is enough, and all since the last one where a change may begin or end between. */
static enum sc_status offer(struct scout *scout, const struct picture *pic, struct sc_error *err)
{
    struct scan *scan = scout->scan;
    struct signature *signature = NULL;
    bool border, all;
    enum sc_status s;

    scan->n_decoded++;
    if (!scout->busy && pic->time_us < scout->core_us && scan->last && !scout->gap &&
        pic->time_us - scan->last->time_us < WAY_US)
        return SC_OK;
    if ((s = measure(scan->measurer, pic, &signature, err)))
        return s;
    scout->held[scout->n_held++] = signature;
    if (scan->last && scout->n_held < MAX_HELD && pic->time_us - scan->last->time_us < SLOT_US)
        return SC_OK;
    border = scan->last && decide_border_between(&scan->noise, scan->last, signature, BORDER_SENSITIVITY);
    all = scout->busy || border != scout->border || !scan->last || scout->gap;
    scout->border = border;
    return emit_held(scout, all, err);
}

static enum sc_status open_looker(struct scout *scout, struct sc_error *err)
{
    struct decode_settings settings = scout->scan->slot->settings;
    enum sc_status s = SC_OK;

    settings.skip = DECODE_ALL;
    settings.threads = 1;
    if (!scout->looker && !(s = decode_open_second(&scout->looker, scout->scan->slot->decoder, &settings, err)))
        decode_set_choice(scout->looker, choose_packet, scout);
    return s;
}

static enum sc_status go_to(struct scout *scout, const struct interval *i, struct sc_error *err)
{
    enum sc_status s = open_looker(scout, err);

    scout->core_us = i->core_us;
    scout->until_us = i->until_us;
    if (s || scout->reached_us == i->from_us)
        return s;
    picture_unref(&scout->ahead);
    return decode_seek(scout->looker, i->from_us, err);
}

static enum sc_status look_through(struct scout *scout, const struct interval *i, struct sc_error *err)
{
    struct scan *scan = scout->scan;
    struct picture *pic;
    enum sc_status s = go_to(scout, i, err);

    while (!s) {
        pic = scout->ahead;
        scout->ahead = NULL;
        if ((!pic && (s = decode_next(scout->looker, &pic, err))) || !pic)
            break;
        if (pic->time_us >= i->until_us) {
            scout->ahead = pic;
            break;
        }
        if (!scan->last || pic->time_us > scan->last->time_us)
            s = offer(scout, pic, err);
        picture_unref(&pic);
    }
    scout->reached_us = i->until_us;
    return s ? s : emit_held(scout, false, err);
}

static enum sc_status leave_out(struct scout *scout, int64_t from_us, int64_t to_us, struct sc_error *err)
{
    struct sc_scouting *o = &scout->scan->scouting;

    if (to_us <= from_us)
        return SC_OK;
    scout->gap = true;
    o->unseen_us += to_us - from_us;
    if (o->n_unseen && o->unseen[o->n_unseen - 1].to_us == from_us) {
        o->unseen[o->n_unseen - 1].to_us = to_us;
        return SC_OK;
    }
    if (!o->unseen && !(o->unseen = calloc(SC_MAX_UNSEEN, sizeof *o->unseen)))
        return fail_memory(err);
    if (o->n_unseen < SC_MAX_UNSEEN)
        o->unseen[o->n_unseen++] = (struct sc_stretch){ from_us, to_us };
    return SC_OK;
}

static enum sc_status take(struct scout *scout, struct interval *i, struct sc_error *err)
{
    const bool lively = i->until_us > i->core_us;
    enum sc_status s = SC_OK;

    if (lively)
        s = look_through(scout, i, err);
    else if (!scout->scan->last || i->key->time_us > scout->scan->last->time_us)
        s = send(scout, &i->key, err);
    return s ? s : leave_out(scout, lively ? i->until_us : i->from_us, i->to_us, err);
}

/* ---- all of it ---- */

static enum sc_unscouted why_not(const struct scout *scout, int n, bool ended)
{
    if (scout->timeless)
        return SC_WITHOUT_TIMES;
    if (n && activity_doubt(scout->activity) == ACTIVITY_KEYLESS)
        return SC_SMALL_KEYS;
    if (n && activity_doubt(scout->activity) == ACTIVITY_FLAT)
        return SC_CONSTANT_RATE;
    return !n || scout->endless || (ended && scout->n_keys < LEAST_KEYS) ? SC_WITHOUT_KEYS : SC_SCOUTED;
}

static enum sc_status fall_back(struct scan *scan, int64_t from_us, enum sc_unscouted why, struct sc_error *err)
{
    decode_set_choice(scan->slot->decoder, NULL, NULL);
    decode_set_skip(scan->slot->decoder, DECODE_ALL, 0);
    scan->scouting.why = why;
    scan->scouting.normal_from_us = from_us;
    scan->settings.effort = SC_NORMAL;
    return scan_go_through(scan, from_us, err);
}

static enum sc_status go_through_chapter(struct scout *scout, int n, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    for (int i = 0; i < n && !s; i++)
        s = take(scout, &scout->intervals[i], err);
    for (int i = 0; i < n; i++)
        signature_free(&scout->intervals[i].key);
    memmove(scout->intervals, scout->intervals + n, (size_t)(scout->n - n) * sizeof *scout->intervals);
    scout->n -= n;
    if (scout->n)
        activity_forget(scout->activity, scout->intervals[0].from_us);
    return s;
}

static enum sc_status go_through_chapters(struct scout *scout, struct sc_error *err)
{
    struct scan *scan = scout->scan;
    bool ended = false;
    enum sc_status s = SC_OK;

    decode_set_choice(scan->slot->decoder, note_packet, scout);
    if ((s = decode_seek(scan->slot->decoder, scan->settings.from_us, err)))
        return s;
    while (!s && !ended && !(s = read_chapter(scout, &ended, err))) {
        const int n = ended ? scout->n : scout->n - 1;
        enum sc_unscouted why;

        if (n > 0)
            plan(scout, n);
        if ((why = why_not(scout, n, ended)))
            return fall_back(scan, n ? scout->intervals[0].from_us : scan->settings.from_us, why, err);
        s = go_through_chapter(scout, n, err);
    }
    return s;
}

enum sc_status scan_scout(struct scan *scan, struct sc_error *err)
{
    const struct sc_info *info = decode_info(scan->slot->decoder);
    const int64_t to_us = scan->settings.to_us ? scan->settings.to_us : info->duration_us;
    struct scout *scout;
    enum sc_status s;

    scan->scouting.scouted = true;
    if (to_us && to_us - scan->settings.from_us < SHORT_US)
        return fall_back(scan, scan->settings.from_us, SC_TOO_SHORT, err);
    scout = calloc(1, sizeof *scout);
    if (!scout || !(scout->activity = activity_new((int64_t)info->coded_width * info->coded_height))) {
        free(scout);
        return fail_memory(err);
    }
    scout->scan = scan;
    scout->reached_us = -1;
    scout->given_us = -KEY_STEP_US;
    s = go_through_chapters(scout, err);
    decode_set_choice(scan->slot->decoder, NULL, NULL);
    for (int i = 0; i < scout->n; i++)
        signature_free(&scout->intervals[i].key);
    for (int i = 0; i < scout->n_held; i++)
        signature_free(&scout->held[i]);
    picture_unref(&scout->ahead);
    decode_close(&scout->looker);
    signature_free(&scout->previous);
    activity_free(&scout->activity);
    free(scout);
    return s;
}
