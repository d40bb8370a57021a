/* REFINE: rough boxes made exact on the pictures themselves.
 *
 * First the packets are walked, without decoding, to learn what each box would cost: the pictures from the key
 * picture before it. As many boxes as the request allows are taken, in its order; then the pictures that they need are
 * decoded in the order of time. */
#include <stdlib.h>

#include "frames/pixels/compare.h"
#include "frames/pixels/reel.h"
#include "frames/signature.h"
#include "worker/serve/serve.h"

#define MAX_HELD 32              /* pictures kept at the same time, */
#define MAX_HELD_PIXELS 100000000 /* or fewer when they are large; a box that needs one more stays rough */
#define WALK_US 20000000         /* reading packets on is cheaper than a seek at least up to here */
#define MARGIN_PX 2
#define COMPARING 20             /* comparing two pictures costs as much as decoding so many: H.264, 360p and 1080p */
#define TIMES 3                  /* before, peak, after */

/* One picture that is needed: how to get there. */
struct stop {
    int64_t time_us;
    int group;                   /* which key picture it hangs on */
    int depth;                   /* pictures from there, itself included */
    int uses;                    /* by boxes taken that still wait for another picture */
    struct picture *held;
};

struct refiner {
    struct server *server;
    struct slot *slot;
    struct refine_settings settings;
    struct rough_box *boxes;
    int *at;                     /* TIMES for each box: indices into stops */
    bool *taken;
    int n;
    struct stop *stops;          /* ascending times, each once */
    int n_stops, n_groups, max_held;
};

/* ---- what each picture costs ---- */

static int by_time(const void *a, const void *b)
{
    const struct stop *x = a, *y = b;

    return x->time_us < y->time_us ? -1 : x->time_us > y->time_us;
}

static int find_stop(const struct refiner *r, int64_t time_us)
{
    const struct stop key = { .time_us = time_us };
    const struct stop *found = bsearch(&key, r->stops, (size_t)r->n_stops, sizeof *r->stops, by_time);

    return (int)(found - r->stops);
}

static void list_stops(struct refiner *r)
{
    int i, k, n = 0;

    for (i = 0; i < r->n; i++) {
        const int64_t times[TIMES] = { r->boxes[i].before_us, r->boxes[i].peak_us, r->boxes[i].after_us };

        for (k = 0; k < TIMES; k++)
            r->stops[n++].time_us = times[k];
    }
    qsort(r->stops, (size_t)n, sizeof *r->stops, by_time);
    for (i = 0; i < n; i++)
        if (!r->n_stops || r->stops[i].time_us != r->stops[r->n_stops - 1].time_us)
            r->stops[r->n_stops++].time_us = r->stops[i].time_us;
    for (i = 0; i < r->n; i++) {
        r->at[i * TIMES] = find_stop(r, r->boxes[i].before_us);
        r->at[i * TIMES + 1] = find_stop(r, r->boxes[i].peak_us);
        r->at[i * TIMES + 2] = find_stop(r, r->boxes[i].after_us);
    }
}

/* Where the walk along the packets is. */
struct walk {
    int64_t time_us, key_us;     /* furthest packet; its key packet */
    int64_t key_interval_us;     /* longest seen */
    int depth;
    bool started, ended;
};

static enum sc_status walk_to(struct refiner *r, struct walk *w, int64_t time_us, struct sc_error *err)
{
    struct decoder *d = r->slot->decoder;
    const int64_t near_us = w->key_interval_us > WALK_US ? w->key_interval_us : WALK_US;
    enum sc_status s = SC_OK;

    if (!w->started || time_us - w->time_us > near_us) {
        s = decode_seek(d, time_us, err);
        *w = (struct walk){ .time_us = INT64_MIN, .key_us = INT64_MIN, .key_interval_us = w->key_interval_us,
                            .started = true };
    }
    while (!s && !w->ended && w->time_us < time_us) {
        struct packet_facts p;

        if ((s = decode_next_packet(d, &p, &w->ended, err)) || w->ended)
            break;
        if (p.key) {
            if (w->key_us != INT64_MIN && p.time_us - w->key_us > w->key_interval_us)
                w->key_interval_us = p.time_us - w->key_us;
            w->key_us = p.time_us;
            w->depth = 0;
            r->n_groups++;
        }
        w->depth++;
        if (p.time_us > w->time_us)
            w->time_us = p.time_us;
    }
    return s;
}

/* Stills and whatever is there once have no packets worth walking: each picture is a key picture. */
static enum sc_status price(struct refiner *r, struct sc_error *err)
{
    const bool has_packets = !decode_info(r->slot->decoder)->is_stills;
    struct walk w = { 0 };
    enum sc_status s;
    int i;

    for (i = 0; i < r->n_stops; i++) {
        if (has_packets && (s = walk_to(r, &w, r->stops[i].time_us, err)))
            return s;
        r->stops[i].group = has_packets ? r->n_groups : r->n_groups++;
        r->stops[i].depth = has_packets ? w.depth : 1;
    }
    return SC_OK;
}

/* ---- which boxes ---- */

static int most_held(const struct sc_info *info)
{
    const int64_t n = MAX_HELD_PIXELS / ((int64_t)info->width * info->height + 1);

    return n < TIMES ? TIMES : n > MAX_HELD ? MAX_HELD : (int)n;
}

/* Count box i's pictures in or out of memory, each from its time to the last box that waits for it. False: too many. */
static bool hold(const struct refiner *r, short *held, const int *last, int i, int by)
{
    const int *at = &r->at[i * TIMES];
    bool fits = true;
    int k, j;

    for (k = 0; k < TIMES; k++) {
        if (k && at[k] == at[k - 1])
            continue;
        for (j = last[at[k]] >= at[k] ? last[at[k]] + 1 : at[k]; j <= at[TIMES - 1]; j++) {
            held[j] = (short)(held[j] + by);
            fits = fits && held[j] <= r->max_held;
        }
    }
    return fits;
}

static int64_t cost_of(const struct refiner *r, const int *reached, int i)
{
    int64_t cost = COMPARING;
    int k, group = -1, depth = 0;

    for (k = 0; k < TIMES; k++) {
        const struct stop *stop = &r->stops[r->at[i * TIMES + k]];

        if (stop->group != group) {
            group = stop->group;
            depth = reached[group];
        }
        if (stop->depth > depth) {
            cost += stop->depth - depth;
            depth = stop->depth;
        }
    }
    return cost;
}

static void take(struct refiner *r, int *reached, int *last, int i)
{
    const int *at = &r->at[i * TIMES];
    int k;

    r->taken[i] = true;
    for (k = 0; k < TIMES; k++) {
        struct stop *stop = &r->stops[at[k]];

        stop->uses++;
        if (stop->depth > reached[stop->group])
            reached[stop->group] = stop->depth;
        if (at[TIMES - 1] > last[at[k]])
            last[at[k]] = at[TIMES - 1];
    }
}

static enum sc_status choose(struct refiner *r, struct sc_error *err)
{
    short *held = calloc((size_t)r->n_stops + 1, sizeof *held);
    int *last = calloc((size_t)r->n_stops + 1, sizeof *last);
    int *reached = calloc((size_t)r->n_groups + 1, sizeof *reached);
    const bool enough = held && last && reached;
    int64_t spent = 0;
    int i;

    for (i = 0; enough && i < r->n_stops; i++)
        last[i] = -1;
    for (i = 0; enough && i < r->n; i++) {
        const int64_t cost = cost_of(r, reached, i);

        if (cost > r->settings.max_pictures - spent)
            continue;
        if (!hold(r, held, last, i, 1)) {
            hold(r, held, last, i, -1);
            continue;
        }
        spent += cost;
        take(r, reached, last, i);
    }
    free(held);
    free(last);
    free(reached);
    return enough ? SC_OK : fail_memory(err);
}

/* ---- looking ---- */

static struct sc_box clip(struct sc_box b, struct sc_box to)
{
    const int x0 = b.x > to.x ? b.x : to.x, x1 = b.x + b.w < to.x + to.w ? b.x + b.w : to.x + to.w;
    const int y0 = b.y > to.y ? b.y : to.y, y1 = b.y + b.h < to.y + to.h ? b.y + b.h : to.y + to.h;

    return (struct sc_box){ x0, y0, x1 > x0 ? x1 - x0 : 0, y1 > y0 ? y1 - y0 : 0 };
}

static struct sc_box unite(struct sc_box a, struct sc_box b)
{
    const int x1 = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w, x0 = a.x < b.x ? a.x : b.x;
    const int y1 = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h, y0 = a.y < b.y ? a.y : b.y;

    return a.w > 0 ? (struct sc_box){ x0, y0, x1 - x0, y1 - y0 } : b;
}

/* A box is off by up to a block of the signature it came from, on each side. */
static struct sc_box around(const struct refiner *r, const struct picture *pic, struct sc_box box)
{
    const struct sc_box all = { 0, 0, pic->width, pic->height };
    const struct sc_box area = r->settings.crop.w > 0 && r->settings.crop.h > 0 ? clip(r->settings.crop, all) : all;
    const int side = area.w > area.h ? area.w : area.h;
    const int grow = (side * SIGNATURE_BLOCK + SIGNATURE_SIDE - 1) / SIGNATURE_SIDE + MARGIN_PX;

    box = clip(box, area);
    if (box.w < 1 || box.h < 1)
        return (struct sc_box){ 0 };
    return clip((struct sc_box){ box.x - grow, box.y - grow, box.w + 2 * grow, box.h + 2 * grow }, area);
}

/* What differs between two pictures in a box, where it meets the rough one. found_out without size: nothing. */
static enum sc_status look(const struct refiner *r, const struct picture *a, const struct picture *b,
                           struct sc_box rough, struct sc_box *found_out, double *share_out, struct sc_error *err)
{
    struct compare_settings settings = { .within = around(r, a, rough), .sensitivity = r->settings.sensitivity };
    struct sc_comparison c = { 0 };
    enum sc_status s;
    int i;

    *found_out = (struct sc_box){ 0 };
    *share_out = 0;
    if (settings.within.w < 1 || a->width != b->width || a->height != b->height)
        return SC_OK;
    s = compare_pictures(a, b, &settings, &c, err);
    for (i = 0; !s && i < c.n_regions; i++)
        if (clip(c.regions[i].box, rough).w > 0 && clip(c.regions[i].box, rough).h > 0) {
            *found_out = unite(*found_out, clip(c.regions[i].box, settings.within));
            *share_out += c.regions[i].share;
        }
    if (*share_out > 1)
        *share_out = 1;
    sc_comparison_dispose(&c);
    return s;
}

static enum sc_status refine_one(struct refiner *r, int i, struct sc_error *err)
{
    const struct sc_box rough = r->boxes[i].box;
    const struct picture *pics[TIMES];
    struct packer p = { .out = &r->server->out, .err = err };
    struct sc_box found;
    double share;
    enum sc_status s;
    int k;

    for (k = 0; k < TIMES; k++)
        pics[k] = r->stops[r->at[i * TIMES + k]].held;
    s = look(r, pics[0], pics[2], rough, &found, &share, err);
    if (!s && !found.w)          /* what came has gone again */
        s = look(r, pics[0], pics[1], rough, &found, &share, err);
    if (s || !found.w)
        return s;
    pack_u32(&p, (uint32_t)i);
    pack_box(&p, found);
    pack_f64(&p, share);
    return p.status ? p.status : serve_send(r->server, MSG_REFINED, err);
}

static enum sc_status settle(struct refiner *r, int now, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i, k;

    for (i = 0; i < r->n && !s; i++) {
        if (!r->taken[i] || r->at[i * TIMES + 2] != now)
            continue;
        s = refine_one(r, i, err);
        for (k = 0; k < TIMES; k++) {
            struct stop *stop = &r->stops[r->at[i * TIMES + k]];

            if (!--stop->uses)
                picture_unref(&stop->held);
        }
    }
    return s;
}

static enum sc_status go_through(struct refiner *r, struct sc_error *err)
{
    struct reel reel = reel_of(r->slot->decoder);
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < r->n_stops && !s; i++) {
        struct stop *stop = &r->stops[i];

        if (!stop->uses)
            continue;
        if ((s = reel_to(&reel, stop->time_us, err)))
            break;
        stop->held = picture_ref(reel.shown);
        s = stop->held ? settle(r, i, err) : fail_memory(err);
    }
    reel_clear(&reel);
    return s;
}

static enum sc_status read_request(struct refiner *r, struct unpacker *u, struct sc_error *err)
{
    uint32_t n, i;

    if (!unpack_refine(u, &r->settings))
        return fail(err, SC_ERR_INVALID, "malformed request");
    n = unpack_u32(u);
    if (u->failed || n > REFINE_MAX || n > unpack_left(u, 1))
        return fail(err, SC_ERR_INVALID, "malformed request");
    r->boxes = calloc((size_t)n + 1, sizeof *r->boxes);
    r->at = calloc((size_t)n * TIMES + 1, sizeof *r->at);
    r->stops = calloc((size_t)n * TIMES + 1, sizeof *r->stops);
    r->taken = calloc((size_t)n + 1, sizeof *r->taken);
    if (!r->boxes || !r->at || !r->stops || !r->taken)
        return fail_memory(err);
    for (i = 0; i < n; i++)
        if (!unpack_rough_box(u, &r->boxes[i]))
            return fail(err, SC_ERR_INVALID, "malformed request");
    r->n = (int)n;
    return SC_OK;
}

enum sc_status serve_refine(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct refiner r = { .server = s };
    enum sc_status status;
    int i;

    if (!(r.slot = serve_slot(s, u, err)))
        return SC_ERR_INVALID;
    r.max_held = most_held(decode_info(r.slot->decoder));
    if (!(status = read_request(&r, u, err))) {
        list_stops(&r);
        if (!(status = price(&r, err)) && !(status = choose(&r, err)))
            status = go_through(&r, err);
    }
    for (i = 0; i < r.n_stops; i++)
        picture_unref(&r.stops[i].held);
    free(r.boxes);
    free(r.at);
    free(r.stops);
    free(r.taken);
    return status;
}
