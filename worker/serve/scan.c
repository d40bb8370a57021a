/* SCAN: look at pictures and send their signatures, in time order.
 *
 * Effort full decodes and measures every picture. Effort normal lets the decoder skip the pictures that no other
 * needs, and where a border of an event may lie between two measured pictures, or they are far apart, a second
 * decoder goes through what was skipped, so that borders are exact to the picture. Effort scout is scout.c. With a rate
 * or an interval given, just the pictures that are due are measured, and always the first and the last. */
#include "worker/serve/scan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frames/difference.h"

#define MAX_GAP_US 400000        /* between two pictures in neighbouring slots */
#define CALIBRATE_US 1000000     /* at first everything is decoded, to see how far apart pictures really are */
#define BUSY_STREAK 2            /* so many gaps in a row that had to be decoded again: decode all for a while */
#define BUSY_US 8000000          /* at first; each gap costs up to a GOP, so this is about one */
#define BUSY_MAX_US 64000000     /* doubled as long as it stays busy */
#define CALM_STREAK 10           /* so many gaps without a border, and it counts as calm again; */
#define CALM_AWAKE 50            /* so many pictures while everything is decoded */
#define WALK_US 2000000          /* the second decoder goes on by decoding up to so far, beyond it seeks */
#define WAY_ALWAYS_US 60000000   /* so much may be decoded again on the way to borders, */
#define WAY_SHARE 5              /* and a fifth of what was looked at */
#define WHOLE_LEVELS 6.0         /* of mean change of luma: more than a local change has */
#define REDUCED_SIDE (SIGNATURE_SIDE / 2 * 3) /* of stills that are looked at whole: a 12-megapixel JPEG at an eighth has 500 */
#define POSITION_MS 100

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum sc_status scan_say_position(struct scan *scan, int64_t time_us, struct sc_error *err)
{
    struct packer p = { .out = &scan->server->out, .err = err };
    int64_t ms = now_ms();

    if (ms - scan->said_ms < POSITION_MS)
        return SC_OK;
    scan->said_ms = ms;
    pack_i64(&p, time_us);
    pack_i64(&p, scan->n_decoded);
    return p.status ? p.status : serve_send(scan->server, MSG_POSITION, err);
}

enum sc_status scan_emit(struct scan *scan, struct signature **signature, struct sc_error *err)
{
    struct packer p = { .out = &scan->server->out, .err = err };
    enum sc_status s;

    signature_free(&scan->last);
    scan->last = *signature;
    *signature = NULL;
    signature_pack(scan->last, &p);
    s = p.status ? p.status : serve_send(scan->server, MSG_SIGNATURE, err);
    return s ? s : scan_say_position(scan, scan->last->time_us, err);
}

static bool is_past_end(const struct scan *scan, const struct picture *pic)
{
    return scan->settings.to_us && pic->time_us > scan->settings.to_us;
}

/* ---- what was skipped ---- */

static enum sc_status open_second(struct scan *scan, int64_t from_us, struct sc_error *err)
{
    struct decode_settings settings = scan->slot->settings;
    enum sc_status s;

    settings.skip = DECODE_ALL;
    if (!scan->second && (s = decode_open_second(&scan->second, scan->slot->decoder, &settings, err)))
        return s;
    if (scan->second_us >= 0 && scan->second_us < from_us && from_us - scan->second_us < WALK_US)
        return SC_OK;
    return decode_seek(scan->second, from_us, err);
}

/* Measure and send every picture between after_us and before_us. *n_out: how many there were. */
static enum sc_status fill(struct scan *scan, int64_t after_us, int64_t before_us, int *n_out, struct sc_error *err)
{
    struct picture *pic = NULL;
    struct signature *signature = NULL;
    enum sc_status s = open_second(scan, after_us + 1, err);

    *n_out = 0;
    while (!s && !(s = decode_next(scan->second, &pic, err)) && pic) {
        scan->second_us = pic->time_us;
        if (pic->time_us >= before_us || is_past_end(scan, pic))
            break;
        if (pic->time_us > after_us) {
            scan->n_decoded++;
            ++*n_out;
            if (!(s = measure(scan->measurer, pic, &signature, err)))
                s = scan_emit(scan, &signature, err);
        }
        picture_unref(&pic);
    }
    if (!s && !pic)
        scan->second_us = -1;    /* at the end: seek before it is used again */
    picture_unref(&pic);
    return s;
}

/* Could a picture have been skipped in a gap as long as this? */
static bool may_hide(const struct scan *scan, int64_t gap_us)
{
    return scan->skipped && (!scan->shortest_us || gap_us > scan->shortest_us + scan->shortest_us / 2);
}

static void set_skipping(struct scan *scan, int64_t time_us)
{
    bool skip = time_us >= scan->all_until_us;

    if (skip != scan->skipping)
        decode_set_skip(scan->slot->decoder, skip ? DECODE_SKIP_NONREF : DECODE_ALL, SLOT_US);
    scan->skipping = skip;
    scan->skipped = scan->skipped || skip;
}

/* Decode everything for a while, longer each time that it is busy again at once. */
static void stay_awake(struct scan *scan, int64_t time_us)
{
    scan->busy_us = !scan->busy_us ? BUSY_US : scan->busy_us < BUSY_MAX_US ? 2 * scan->busy_us : BUSY_MAX_US;
    scan->all_until_us = time_us + scan->busy_us;
    scan->streak = 0;
}

/* No border again and again: what was busy is over. */
static void count_calm(struct scan *scan, bool border, int64_t time_us)
{
    scan->calm = border ? 0 : scan->calm + 1;
    if (scan->skipping && !border)
        scan->streak = 0;
    if (scan->calm < (scan->skipping ? CALM_STREAK : CALM_AWAKE))
        return;
    scan->busy_us = 0;
    if (scan->all_until_us > time_us && scan->skipped)
        scan->all_until_us = time_us;
}

/* What was skipped can only be decoded from a key picture on. Where that was too far back too often, the border of a
 * local change stays where it was seen, and from there on everything is decoded; a change of the whole picture is found
 * exactly. */
static bool is_worth_filling(struct scan *scan, const struct signature *next)
{
    int64_t from_us = scan->second_us > scan->key_us && scan->second_us < scan->last->time_us ? scan->second_us
                                                                                              : scan->key_us;
    int64_t way_us = scan->last->time_us - from_us;

    if (scan->way_us + way_us > WAY_ALWAYS_US + (next->time_us - scan->settings.from_us) / WAY_SHARE &&
        difference_luma(scan->last, next) <= WHOLE_LEVELS)
        return false;
    scan->way_us += way_us;
    return true;
}

static enum sc_status look_between(struct scan *scan, const struct signature *next, struct sc_error *err)
{
    int64_t gap_us = next->time_us - scan->last->time_us;
    bool border = decide_border_between(&scan->noise, scan->last, next, BORDER_SENSITIVITY);
    enum sc_status s;
    int n;

    if (!may_hide(scan, gap_us) || (gap_us <= MAX_GAP_US && !border)) {
        if (!scan->shortest_us || gap_us < scan->shortest_us)
            scan->shortest_us = gap_us;
        count_calm(scan, border, next->time_us);
        return SC_OK;
    }
    if (gap_us <= MAX_GAP_US && !is_worth_filling(scan, next)) {
        stay_awake(scan, next->time_us);
        return SC_OK;
    }
    if ((s = fill(scan, scan->last->time_us, next->time_us, &n, err)))
        return s;
    if (n && (!scan->shortest_us || gap_us / (n + 1) < scan->shortest_us))
        scan->shortest_us = gap_us / (n + 1);
    scan->calm = 0;
    if (++scan->streak >= BUSY_STREAK || scan->busy_us)
        stay_awake(scan, next->time_us);
    return SC_OK;
}

/* ---- the ways of looking ---- */

static enum sc_status look_at(struct scan *scan, const struct picture *pic, struct sc_error *err)
{
    struct signature *signature = NULL;
    enum sc_status s = measure(scan->measurer, pic, &signature, err);

    if (pic->flags & PICTURE_KEY)
        scan->key_us = pic->time_us;
    if (!s && scan->settings.effort == SC_NORMAL && scan->last)
        s = look_between(scan, signature, err);
    if (!s)
        s = scan_emit(scan, &signature, err);
    signature_free(&signature);
    return s;
}

static bool has_interval(const struct scan_settings *settings)
{
    return settings->fps > 0 || settings->every_us > 0;
}

/* With an interval: is this one due? Counts from the first picture looked at, so that rounding does not add up. */
static bool is_due(struct scan *scan, int64_t time_us)
{
    int64_t step_us = scan->settings.every_us;

    if (!has_interval(&scan->settings))
        return true;
    if (!step_us)
        step_us = scan->settings.fps < 1e6 ? (int64_t)(1e6 / scan->settings.fps + 0.5) : 1;
    if (!scan->last)
        scan->due_us = time_us;
    if (time_us < scan->due_us)
        return false;
    scan->due_us += (1 + (time_us - scan->due_us) / step_us) * step_us;
    return true;
}

static enum sc_status next_picture(struct scan *scan, struct picture **pic, struct sc_error *err)
{
    enum sc_status s;

    picture_unref(&scan->pending);
    if (is_due(scan, (*pic)->time_us)) {
        s = look_at(scan, *pic, err);
        picture_unref(pic);
        return s;
    }
    scan->pending = *pic;
    *pic = NULL;
    return scan_say_position(scan, scan->pending->time_us, err);
}

/* The last picture is looked at even when it was not due, or was skipped. */
static enum sc_status finish(struct scan *scan, struct sc_error *err)
{
    int n;

    if (scan->pending)
        return look_at(scan, scan->pending, err);
    if (scan->skipped && scan->last)
        return fill(scan, scan->last->time_us, INT64_MAX, &n, err);
    return SC_OK;
}

enum sc_status scan_go_through(struct scan *scan, int64_t from_us, struct sc_error *err)
{
    struct decoder *d = scan->slot->decoder;
    struct picture *pic = NULL;
    enum sc_status s;

    if (!scan->settings.crop.w)
        decode_set_reduced(d, REDUCED_SIDE);
    if ((s = decode_seek(d, from_us, err)))
        return s;
    while (!(s = decode_next(d, &pic, err)) && pic && !is_past_end(scan, pic)) {
        if (scan->last && pic->time_us <= scan->last->time_us) {
            picture_unref(&pic);
            continue;
        }
        scan->n_decoded++;
        if (!scan->last)
            scan->all_until_us = pic->time_us + CALIBRATE_US;
        if (scan->settings.effort == SC_NORMAL)
            set_skipping(scan, pic->time_us);
        if ((s = next_picture(scan, &pic, err)))
            break;
    }
    picture_unref(&pic);
    if (!s)
        s = finish(scan, err);
    decode_set_skip(d, DECODE_ALL, 0);
    decode_set_reduced(d, 0);
    return s;
}

static enum sc_status send_summary(struct scan *scan, struct sc_error *err)
{
    struct decoder *d = scan->slot->decoder;
    struct sc_damage damage = decode_damage(d);
    struct sc_info info = *decode_info(d);
    struct packer p = { .out = &scan->server->out, .err = err };

    /* Where the header does not say how long it is. */
    info.duration_us = info.duration_us > scan->furthest_us ? info.duration_us : scan->furthest_us;
    pack_i64(&p, scan->n_decoded);
    pack_damage(&p, &damage);
    pack_info(&p, &info);
    pack_scouting(&p, &scan->scouting);
    return p.status ? p.status : serve_send(scan->server, MSG_SUMMARY, err);
}

/* Standard input and network streams are there once: no second decoder. */
static bool can_open_again(const struct sc_info *info)
{
    return info->can_seek && strcmp(info->path, "-") != 0 && !strstr(info->path, "://");
}

static enum sc_status look(struct scan *scan, struct sc_error *err)
{
    enum sc_status s = scan->settings.effort == SC_SCOUT ? scan_scout(scan, err)
                                                         : scan_go_through(scan, scan->settings.from_us, err);

    if (!s && !scan->last)
        s = fail(err, SC_ERR_FORMAT, "no picture between the given times in '%s'",
                 decode_info(scan->slot->decoder)->path);
    return s;
}

enum sc_status serve_scan(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct scan scan = { .server = s, .second_us = -1 };
    const struct sc_info *info;
    enum sc_status status;

    if (!(scan.slot = serve_slot(s, u, err)))
        return SC_ERR_INVALID;
    if (!unpack_scan(u, &scan.settings))
        return fail(err, SC_ERR_INVALID, "malformed request");
    info = decode_info(scan.slot->decoder);
    if (!can_open_again(info) || info->is_stills || has_interval(&scan.settings))
        scan.settings.effort = SC_FULL;
    if (!(status = measure_open(&scan.measurer, scan.settings.crop, err)))
        status = look(&scan, err);
    if (!status)
        status = send_summary(&scan, err);
    measure_close(&scan.measurer);
    decode_close(&scan.second);
    signature_free(&scan.last);
    picture_unref(&scan.pending);
    sc_scouting_dispose(&scan.scouting);
    return status;
}
