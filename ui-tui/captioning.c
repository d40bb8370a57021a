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
        .language = j->language, .on_video = on_video, .on_progress = on_progress, .user = j,
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
        browser_say(b, "captions stopped; what is done is kept");
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
    free(j);
}

static void caption_done(struct job *job)
{
    struct caption_job *j = (struct caption_job *)job;
    struct browser *b = j->browser;
    int i, k;

    b->captioning->is_running = false;
    b->captioning->is_news = true;
    say_end(j);
    for (i = 0; i < b->n_films; i++)
        for (k = 0; k < j->n; k++)
            if (!strcmp(b->films[i]->source.path, j->paths[k]))
                known_read(b->films[i]);
    pthread_mutex_destroy(&j->lock);
    free_job(j);
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
    struct caption_job *j;

    if (b->captioning->is_running) {
        browser_fail(b, "captions are being made; Esc stops that");
        return false;
    }
    if (!(j = new_job(b, catalog, paths, n, language))) {
        browser_fail(b, "not enough memory");
        return false;
    }
    pthread_mutex_init(&j->lock, NULL);
    j->job = (struct job){ .lane = LANE_CAPTION, .work = caption_work, .told = caption_told, .done = caption_done };
    *b->captioning = (struct captioning){ .is_running = true, .n_left = n };
    jobs_post(b->jobs, &j->job);
    return true;
}

void captioning_words(const struct captioning *c, char *out, size_t size)
{
    char cost[32];

    snprintf(out, size, "captioning: %" PRId64 " done, %" PRId64 " to do%s%s; Esc stops", c->run.n_done + c->run.n_unchanged,
             c->n_left, c->run.cost_usd > 0 ? ", " : "", c->run.cost_usd > 0 ? words_price(c->run.cost_usd, cost) : "");
}
