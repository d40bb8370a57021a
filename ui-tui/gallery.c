/* A cache of renditions, the last used first, and the jobs that fill it. */
#include "ui-tui/gallery.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ui-tui/graphics.h"
#include "ui-tui/shelf.h"

#define MAX_BATCH 64             /* pictures that one job makes */
#define MAX_FAILED 64            /* pictures remembered as not to be had */

struct key {
    uint64_t film;
    struct wanted wanted;
};

struct kept {
    struct key key;
    struct rendition *what;      /* NULL: it can't be made */
    struct kept *next;
};

struct batch;

struct gallery {
    struct jobs *jobs;
    const struct terminal *terminal;
    bool *on_new;
    char *shelf;
    bool is_cleaned;
    struct kept *first;
    struct batch *wanted[N_LANES]; /* of the frame that is being drawn */
    struct batch *under_way[N_LANES];
    int lanes[N_LANES];          /* addresses are topics */
};

/* ---- on a lane's thread ---- */

struct item {
    struct wanted wanted;
    struct rendition *made;
    bool is_done;
};

struct batch {
    struct job job;
    struct gallery *gallery;
    const struct film *film;
    struct evidence *evidence;   /* for maps */
    struct item items[MAX_BATCH];
    int n;
    bool clean;                  /* the shelf, too */
    pthread_mutex_t lock;        /* of made and is_done */
    int rows[MAX_BATCH];         /* of the call in progress: which item each picture is */
};

static void file_name(const struct batch *b, const struct item *i, int width, int height, char out[64])
{
    snprintf(out, 64, "%016" PRIx64 "-%" PRId64 "-%c%dx%d", b->film->id, i->wanted.time_us,
             i->wanted.shows == SHOWS_HEAT ? 'h' : 'p', width, height);
}

static void finish(struct batch *b, struct item *i, const struct sc_pixels *pixels)
{
    struct rendition *made = pixels ? rendition_make(b->gallery->terminal, pixels, i->wanted.cols, i->wanted.rows)
                                    : NULL;

    pthread_mutex_lock(&b->lock);
    i->made = made;
    i->is_done = true;
    pthread_mutex_unlock(&b->lock);
    jobs_poke(&b->job);
}

static bool take_from_shelf(struct batch *b, struct item *i)
{
    struct sc_pixels pixels;
    char name[64];
    int w, h;

    if (i->wanted.shows == SHOWS_HEAT)
        return false;            /* a map depends on the sensitivity */
    rendition_room(b->gallery->terminal, i->wanted.cols, i->wanted.rows, &w, &h);
    file_name(b, i, w, h, name);
    if (!shelf_get(b->gallery->shelf, name, &pixels))
        return false;
    finish(b, i, &pixels);
    free(pixels.rgb);
    return true;
}

static void on_picture(void *user, int row, struct sc_pixels *pixels)
{
    struct batch *b = user;
    struct item *i = &b->items[b->rows[row]];
    char name[64];
    int w, h;

    rendition_room(b->gallery->terminal, i->wanted.cols, i->wanted.rows, &w, &h);
    file_name(b, i, w, h, name);
    shelf_put(b->gallery->shelf, name, pixels);
    finish(b, i, pixels);
}

/* All that are as large as the first one that is missing, in one call. */
static enum sc_status make_pictures(struct batch *b, struct sc *session, int first, struct sc_error *err)
{
    int64_t times[MAX_BATCH];
    int i, n = 0, w, h;

    for (i = first; i < b->n; i++)
        if (!b->items[i].is_done && b->items[i].wanted.shows == SHOWS_PICTURE &&
            b->items[i].wanted.cols == b->items[first].wanted.cols &&
            b->items[i].wanted.rows == b->items[first].wanted.rows) {
            b->rows[n] = i;
            times[n++] = b->items[i].wanted.time_us;
        }
    rendition_room(b->gallery->terminal, b->items[first].wanted.cols, b->items[first].wanted.rows, &w, &h);
    return sc_pictures(session, &b->film->source, times, n, w, h, on_picture, b, err);
}

static enum sc_status make_heat(struct batch *b, struct sc *session, struct item *i, struct sc_error *err)
{
    struct sc_pixels pixels = { 0 };
    enum sc_status s = sc_heat(session, &b->film->source, b->evidence->changes, i->wanted.event, &pixels, err);

    if (!s)
        finish(b, i, &pixels);
    free(pixels.rgb);
    return s;
}

static void batch_work(struct job *job, struct sc *session)
{
    struct batch *b = (struct batch *)job;
    int i;

    for (i = 0; i < b->n; i++)
        take_from_shelf(b, &b->items[i]);
    for (i = 0; i < b->n && !job->status; i++) {
        if (b->items[i].is_done)
            continue;
        job->status = b->items[i].wanted.shows == SHOWS_HEAT
                          ? b->evidence ? make_heat(b, session, &b->items[i], &job->err) : SC_OK
                          : make_pictures(b, session, i, &job->err);
    }
    if (b->clean)
        shelf_clean(b->gallery->shelf, SHELF_BYTES);
}

/* ---- on the main thread ---- */

static bool same(const struct key *a, const struct key *b)
{
    return a->film == b->film && a->wanted.shows == b->wanted.shows && a->wanted.time_us == b->wanted.time_us &&
           a->wanted.event == b->wanted.event && a->wanted.cols == b->wanted.cols && a->wanted.rows == b->wanted.rows;
}

static void drop(struct gallery *g, struct kept **at)
{
    struct kept *old = *at;

    *at = old->next;
    if (old->what && old->what->n_refs == 1)
        graphics_drop(g->terminal, old->what);
    rendition_unref(&old->what);
    free(old);
}

static void trim(struct gallery *g)
{
    struct kept **at = &g->first;
    size_t bytes = 0;
    int n_failed = 0;

    while (*at) {
        const struct rendition *r = (*at)->what;

        bytes += r ? r->size + sizeof *r : 0;
        n_failed += !r;
        if (r ? bytes > GALLERY_BYTES && r->n_refs == 1 : n_failed > MAX_FAILED)
            drop(g, at);
        else
            at = &(*at)->next;
    }
}

static void keep(struct gallery *g, const struct key *key, struct rendition *what)
{
    struct kept *k = calloc(1, sizeof *k);

    if (!k) {
        rendition_unref(&what);
        return;
    }
    *k = (struct kept){ *key, what, g->first };
    g->first = k;
    *g->on_new = true;
    trim(g);
}

static struct kept *find(struct gallery *g, const struct key *key)
{
    struct kept **at = &g->first, *found;

    while (*at && !same(&(*at)->key, key))
        at = &(*at)->next;
    if (!(found = *at))
        return NULL;
    *at = found->next;
    found->next = g->first;
    return g->first = found;
}

static void take_made(struct batch *b, bool all)
{
    int i;

    pthread_mutex_lock(&b->lock);
    for (i = 0; i < b->n; i++) {
        struct key key = { b->film->id, b->items[i].wanted };

        if (b->items[i].made) {
            keep(b->gallery, &key, b->items[i].made);
            b->items[i].made = NULL;
        } else if (all && !find(b->gallery, &key)) {
            keep(b->gallery, &key, NULL);
        }
    }
    pthread_mutex_unlock(&b->lock);
}

static void batch_free(struct batch *b)
{
    evidence_unref(&b->evidence);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

static void batch_told(struct job *job) { take_made((struct batch *)job, false); }

static void batch_done(struct job *job)
{
    struct batch *b = (struct batch *)job;

    if (b->gallery->under_way[job->lane] == b)
        b->gallery->under_way[job->lane] = NULL;
    take_made(b, job->status != SC_ERR_CANCELLED);
    batch_free(b);
}

static struct batch *new_batch(struct gallery *g, const struct film *f, enum lane lane)
{
    struct batch *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    b->job = (struct job){ .lane = lane, .topic = &g->lanes[lane], .work = batch_work, .told = batch_told,
                           .done = batch_done };
    b->gallery = g;
    b->film = f;
    b->evidence = evidence_ref(f->evidence);
    b->clean = !g->is_cleaned;
    g->is_cleaned = true;
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

static bool is_in(const struct batch *b, const struct key *key)
{
    int i;

    for (i = 0; b && b->film->id == key->film && i < b->n; i++)
        if (same(&(struct key){ key->film, b->items[i].wanted }, key))
            return true;
    return false;
}

struct rendition *gallery_get(struct gallery *g, const struct film *f, enum lane lane, const struct wanted *w)
{
    const struct key key = { f->id, *w };
    struct kept *k = find(g, &key);
    struct batch *b;

    if (k)
        return k->what;
    if (w->cols < 1 || w->rows < 1 || g->terminal->graphics == GRAPHICS_NONE || is_in(g->under_way[lane], &key))
        return NULL;
    if (!g->wanted[lane])
        g->wanted[lane] = new_batch(g, f, lane);
    b = g->wanted[lane];
    if (b && b->film == f && b->n < MAX_BATCH && !is_in(b, &key))
        b->items[b->n++].wanted = *w;
    return NULL;
}

void gallery_flush(struct gallery *g)
{
    int i;

    for (i = 0; i < N_LANES; i++) {
        if (!g->wanted[i])
            continue;
        g->under_way[i] = g->wanted[i];
        g->wanted[i] = NULL;
        jobs_post(g->jobs, &g->under_way[i]->job);
    }
}

void gallery_forget(struct gallery *g)
{
    while (g->first)
        drop(g, &g->first);
}

struct gallery *gallery_open(struct jobs *jobs, const struct terminal *t, bool *on_new)
{
    struct gallery *g = calloc(1, sizeof *g);

    if (!g)
        return NULL;
    g->jobs = jobs;
    g->terminal = t;
    g->on_new = on_new;
    g->shelf = shelf_open();
    return g;
}

void gallery_close(struct gallery **out)
{
    struct gallery *g = *out;

    if (!g)
        return;
    gallery_forget(g);
    free(g->shelf);
    free(g);
    *out = NULL;
}
