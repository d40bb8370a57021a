/* sc_caption on a lane of its own. */
#include "ui-tui/captioning.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ui-tui/catalogue.h"
#include "ui-tui/known.h"
#include "ui-tui/words.h"

struct caption_job {
    struct job job;
    struct browser *browser;
    bool only_counts;        /* a dry run, to know the price */
    char *catalog, *language; /* or NULL */
    char **paths;
    int n;
    struct sc_look_settings look;
    struct sc_ask_settings ask;
    struct sc_run run;
    pthread_mutex_t lock;    /* of what follows */
    struct sc_run so_far;
    int64_t n_left;
    char why[256];           /* the last failure */
};

/* ---- on the run's threads ---- */

static void on_progress(void *user, const struct sc_caption_progress *progress)
{
    struct caption_job *j = user;

    pthread_mutex_lock(&j->lock);
    j->so_far = progress->run;
    j->so_far.ending = NULL;
    j->n_left = progress->n_left;
    pthread_mutex_unlock(&j->lock);
    jobs_poke(&j->job);
}

static void on_video(void *user, const struct sc_captioned *video)
{
    struct caption_job *j = user;

    if (video->event != SC_CAPTION_FAILED)
        return;
    pthread_mutex_lock(&j->lock);
    snprintf(j->why, sizeof j->why, "%s", video->text ? video->text : "");
    pthread_mutex_unlock(&j->lock);
}

static void caption_work(struct job *job, struct sc *session)
{
    struct caption_job *j = (struct caption_job *)job;
    const struct sc_archive_settings where = { .catalog = j->catalog, .near = j->paths[0], .create = true };
    const struct sc_caption_settings settings = {
        .paths = (const char *const *)j->paths, .n_paths = j->n, .look = &j->look, .ask = &j->ask,
        .language = j->language, .dry_run = j->only_counts, .on_video = on_video, .on_progress = on_progress, .user = j,
    };
    struct sc_archive *archive = NULL;

    if (!(job->status = sc_archive_open(&archive, &where, &job->err)))
        job->status = sc_caption(session, archive, &settings, &j->run, &job->err);
    sc_archive_close(&archive);
}

/* ---- on the main thread ---- */

static void caption_told(struct job *job)
{
    struct caption_job *j = (struct caption_job *)job;
    struct captioning *c = j->browser->captioning;

    pthread_mutex_lock(&j->lock);
    c->is_news = c->is_news || j->so_far.n_done + j->so_far.n_failed > c->run.n_done + c->run.n_failed;
    c->run = j->so_far;
    c->n_left = j->n_left;
    pthread_mutex_unlock(&j->lock);
    j->browser->is_dirty = true;
}

static void say_end(struct caption_job *j)
{
    struct browser *b = j->browser;
    const struct sc_run *r = &j->run;
    char cost[32];

    if (j->job.status == SC_ERR_CANCELLED || (r->ending && strstr(r->ending, "cancelled")))
        browser_say(b, j->only_counts ? "nothing was sent; what was seen is kept" : "captions stopped; what is done is kept");
    else if (j->job.status)
        browser_fail(b, "%s", j->job.err.text);
    else if (r->n_failed)
        browser_fail(b, "captioned %" PRId64 ", %" PRId64 " failed: %s", r->n_done, r->n_failed, j->why);
    else if (r->ending && !strncmp(r->ending, "stopped", 7))
        browser_fail(b, "captions %s", r->ending);
    else
        browser_say(b, "captioned %" PRId64 ", %" PRId64 " had captions%s%s", r->n_done, r->n_unchanged,
                    r->cost_usd > 0 ? "; " : "", r->cost_usd > 0 ? words_price(r->cost_usd, cost) : "");
}

static void free_job(struct caption_job *j)
{
    while (j->n)
        free(j->paths[--j->n]);
    free(j->paths);
    free(j->catalog);
    free(j->language);
    free(j->run.ending);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

/* Films that are open show their new captions. */
static void read_captions(const struct caption_job *j)
{
    struct browser *b = j->browser;
    int i, k;

    for (i = 0; i < b->n_films; i++)
        for (k = 0; k < j->n; k++)
            if (!strcmp(b->films[i]->source.path, j->paths[k]))
                known_read(b->films[i]);
}

static void count_done(struct job *job);

static void caption_done(struct job *job)
{
    struct caption_job *j = (struct caption_job *)job;
    struct captioning *c = j->browser->captioning;

    c->state = CAPTIONS_REST;
    c->is_news = true;
    say_end(j);
    read_captions(j);
    free_job(j);
}

static void post(struct caption_job *j)
{
    struct captioning *c = j->browser->captioning;

    free(j->run.ending);
    j->run = j->so_far = (struct sc_run){ 0 };
    j->n_left = j->n;
    j->why[0] = '\0';
    j->job = (struct job){ .lane = LANE_CAPTION, .work = caption_work, .told = caption_told,
                           .done = j->only_counts ? count_done : caption_done };
    c->state = j->only_counts ? CAPTIONS_COUNTING : CAPTIONS_RUNNING;
    c->run = j->so_far;
    c->n_left = j->n;
    c->priced = NULL;
    jobs_post(j->browser->jobs, &j->job);
}

/* The price is known now, or that there is none. */
static void count_done(struct job *job)
{
    struct caption_job *j = (struct caption_job *)job;
    struct captioning *c = j->browser->captioning;
    const struct sc_estimate *would = &j->run.would;

    if (job->status || (j->run.ending && strstr(j->run.ending, "cancelled")) || (!would->no_model && !would->n_questions)) {
        caption_done(job);
    } else if (would->no_model || would->most_usd == 0) {
        j->only_counts = false;
        post(j);
    } else {
        c->state = CAPTIONS_PRICED;
        c->priced = j;
        c->is_news = true;       /* what was looked at */
        j->browser->is_dirty = true;
    }
}

static struct caption_job *new_job(struct browser *b, const char *catalog, const char *const *paths, int n,
                                   const char *language)
{
    struct caption_job *j = calloc(1, sizeof *j);
    int i;

    if (!j || !(j->paths = calloc((size_t)n, sizeof *j->paths))) {
        free(j);
        return NULL;
    }
    pthread_mutex_init(&j->lock, NULL);
    for (i = 0; i < n && (j->paths[i] = strdup(paths[i])); i++)
        j->n++;
    j->catalog = catalog ? strdup(catalog) : NULL;
    j->language = language && *language ? strdup(language) : NULL;
    if (j->n < n || (catalog && !j->catalog)) {
        free_job(j);
        return NULL;
    }
    j->browser = b;
    j->look = b->settings->look;
    j->ask = b->settings->ask;
    j->ask.question = j->ask.schema = NULL;  /* these are for questions */
    return j;
}

bool captioning_start(struct browser *b, const char *catalog, const char *const *paths, int n, const char *language)
{
    struct captioning *c = b->captioning;
    struct caption_job *j = c->priced;

    if (c->state == CAPTIONS_COUNTING || c->state == CAPTIONS_RUNNING) {
        browser_fail(b, "captions are being made; Esc stops that");
        return false;
    }
    if (j) {
        j->only_counts = false;
    } else if ((j = new_job(b, catalog, paths, n, language))) {
        j->only_counts = true;
    } else {
        browser_fail(b, "not enough memory");
        return false;
    }
    post(j);
    return true;
}

bool captioning_refuse(struct browser *b)
{
    struct captioning *c = b->captioning;

    if (!c->priced)
        return false;
    free_job(c->priced);
    c->priced = NULL;
    c->state = CAPTIONS_REST;
    return true;
}

static void priced_words(const struct browser *b, char *out, size_t size)
{
    const struct sc_estimate *e = &b->captioning->priced->run.would;
    char tokens[32], usd[32], most[32], cost[100], keys[64];

    bindings_keys(&b->config.keys, action_named("caption"), keys, sizeof keys);
    keys[strcspn(keys, " ")] = '\0';
    if (e->most_usd < 0)
        snprintf(cost, sizeof cost, "at a price that is not known");
    else
        snprintf(cost, sizeof cost, "about %s, at most %s", words_price(e->usd, usd), words_price(e->most_usd, most));
    snprintf(out, size, "%" PRId64 " question%s, %s tokens, %s: '%s' asks, Esc doesn't", e->n_questions,
             e->n_questions == 1 ? "" : "s", words_count(e->tokens, tokens), cost, *keys ? keys : ":caption");
}

void captioning_words(const struct browser *b, char *out, size_t size)
{
    const struct captioning *c = b->captioning;
    const double usd = c->run.cost_usd;
    char cost[32];

    out[0] = '\0';
    if (c->state == CAPTIONS_PRICED)
        priced_words(b, out, size);
    else if (c->state == CAPTIONS_COUNTING)
        snprintf(out, size, "counting what captions would cost: %" PRId64 " to look at; Esc stops", c->n_left);
    else if (c->state == CAPTIONS_RUNNING)
        snprintf(out, size, "captioning: %" PRId64 " done, %" PRId64 " to do%s%s; Esc stops",
                 c->run.n_done + c->run.n_unchanged, c->n_left, usd > 0 ? ", " : "", usd > 0 ? words_price(usd, cost) : "");
}

void captioning_close(struct captioning **c)
{
    if (*c && (*c)->priced)
        free_job((*c)->priced);
    free(*c);
    *c = NULL;
}
