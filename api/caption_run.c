/* sc_caption: a run over many videos. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/caption_batch.h"
#include "client/pool.h"

#define DEFAULT_REQUESTS 4
#define DEFAULT_TRIES 3
#define TICK_MS 200
#define SAVE_US 5000000          /* between two times that the counts are written down */
#define MAX_DEFERRED_ROUNDS 64

/* ---- words and ends, with the lock held ---- */

void caption_tell(struct caption_run *r, const struct sc_captioned *video)
{
    if (r->set->on_video)
        r->set->on_video(r->set->user, video);
}

void caption_stop(struct caption_run *r, const char *format, ...)
{
    va_list list;

    if (r->begins_none)
        return;
    r->begins_none = true;
    va_start(list, format);
    memcpy(r->ending, "stopped: ", 10);
    vsnprintf(r->ending + 9, sizeof r->ending - 9, format, list);
    va_end(list);
    pthread_cond_broadcast(&r->changed);
}

void caption_fatal(struct caption_run *r, enum sc_status s, const struct sc_error *err)
{
    if (!r->fatal) {
        r->fatal = s;
        r->fatal_error = *err;
    }
    caption_stop(r, "%s", err->text);
}

static void notice(struct caption_run *r, const char *text)
{
    const struct sc_captioned told = { .event = SC_CAPTION_NOTICE, .title = "", .text = text, .prompt_tokens = -1,
                                       .output_tokens = -1, .cost_usd = -1 };

    pthread_mutex_lock(&r->lock);
    caption_tell(r, &told);
    pthread_mutex_unlock(&r->lock);
}

/* ---- threads ---- */

struct crew {
    struct caption_run *run;
    pthread_t threads[CAPTION_MAX_THREADS];
    struct sc *subs[CAPTION_MAX_THREADS];
    int n, n_started;
};

struct member {
    struct caption_run *run;
    struct sc *sub;
    bool asks;
};

static bool take_item(struct caption_run *r, struct caption_item *out)
{
    while (!r->n_queued && !r->has_ended && !r->begins_none)
        pthread_cond_wait(&r->changed, &r->lock);
    if (!r->n_queued || r->begins_none)
        return false;
    *out = r->queue[r->queue_first];
    r->queue_first = (r->queue_first + 1) % CAPTION_QUEUE;
    r->n_queued--;
    r->n_looking++;
    snprintf(r->current, sizeof r->current, "%s", out->path);
    pthread_cond_broadcast(&r->changed);
    return true;
}

static void look_on(struct caption_run *r, struct sc *sub)
{
    struct caption_item item;

    pthread_mutex_lock(&r->lock);
    while (take_item(r, &item)) {
        pthread_mutex_unlock(&r->lock);
        caption_look(r, sub, &item);
        pthread_mutex_lock(&r->lock);
        r->n_looking--;
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
}

static bool take_ready(struct caption_run *r, int64_t *video_id, int64_t *content_id)
{
    struct sc_error err;
    enum sc_status s;

    while (!r->n_ready && !r->has_ended && !r->begins_none)
        pthread_cond_wait(&r->changed, &r->lock);
    if (!r->n_ready || r->begins_none)
        return false;
    if ((s = work_take(r->catalog, r->counts.id, video_id, content_id, &err))) {
        caption_fatal(r, s, &err);
        return false;
    }
    r->n_ready -= *video_id ? 1 : r->n_ready; /* what another program took away is none of ours */
    r->n_asking++;
    return true;
}

static void ask_on(struct caption_run *r, struct sc *sub)
{
    int64_t video_id, content_id;

    pthread_mutex_lock(&r->lock);
    while (take_ready(r, &video_id, &content_id)) {
        pthread_mutex_unlock(&r->lock);
        if (video_id)
            caption_ask(r, sub, video_id, content_id);
        pthread_mutex_lock(&r->lock);
        r->n_asking--;
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
}

static void *work(void *user)
{
    struct member m = *(struct member *)user;

    free(user);
    (m.asks ? ask_on : look_on)(m.run, m.sub);
    return NULL;
}

/* A session of its own, that keeps to the same limits of services. */
static enum sc_status open_sub(struct caption_run *r, struct sc **out, struct sc_error *err)
{
    struct sc_settings settings = r->session->settings;
    enum sc_status s;

    settings.on_progress = NULL;
    settings.on_notice = NULL;
    if ((s = sc_open(out, &settings, err)))
        return s;
    client_pool_close(&(*out)->pool);
    (*out)->pool = r->session->pool;
    return SC_OK;
}

static void close_sub(struct sc **sub)
{
    if (*sub)
        (*sub)->pool = NULL;
    sc_close(sub);
}

static enum sc_status start_one(struct crew *c, bool asks, struct sc_error *err)
{
    struct member *m = malloc(sizeof *m);
    enum sc_status s = m ? open_sub(c->run, &c->subs[c->n], err) : fail_memory(err);
    int e;

    if (s) {
        free(m);
        return s;
    }
    *m = (struct member){ c->run, c->subs[c->n++], asks };
    if ((e = pthread_create(&c->threads[c->n_started], NULL, work, m))) {
        free(m);
        return fail_errno(err, e, "can't start a thread");
    }
    c->n_started++;
    return SC_OK;
}

static enum sc_status start(struct crew *c, struct sc_error *err)
{
    const struct sc_caption_settings *set = c->run->set;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int jobs = set->jobs > 0 ? set->jobs : cores > 0 ? (int)cores : 1;
    int requests = c->run->embedded ? 0 : set->requests > 0 ? set->requests : DEFAULT_REQUESTS, ahead;
    enum sc_status s = SC_OK;

    jobs = jobs > CAPTION_MAX_THREADS / 2 ? CAPTION_MAX_THREADS / 2 : jobs;
    requests = requests > CAPTION_MAX_THREADS / 2 ? CAPTION_MAX_THREADS / 2 : requests;
    /* The next pictures are made while those before wait for their answers. */
    ahead = requests < jobs ? requests : jobs;
    c->run->n_requests = requests;
    requests = requests + ahead > CAPTION_MAX_THREADS / 2 ? CAPTION_MAX_THREADS / 2 : requests + ahead;
    while (!s && c->n_started < jobs)
        s = start_one(c, false, err);
    while (!s && c->n_started < jobs + requests)
        s = start_one(c, true, err);
    return s;
}

static void stop(struct crew *c)
{
    struct caption_run *r = c->run;
    int i;

    pthread_mutex_lock(&r->lock);
    r->has_ended = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    for (i = 0; i < c->n_started; i++)
        pthread_join(c->threads[i], NULL);
    for (i = 0; i < c->n; i++)
        close_sub(&c->subs[i]);
}

/* ---- time passes, with the lock held ---- */

static void wait_a_tick(struct caption_run *r)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until); /* as r->changed has it: the other clock may be set back by an hour */
    until.tv_nsec += TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&r->changed, &r->lock, &until);
}

static int64_t monotonic_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct ticking {
    struct crew *crew;
    int64_t began_us, told_us, saved_us;
};

static void tell_progress(struct ticking *t, int64_t now_us)
{
    struct caption_run *r = t->crew->run;
    struct sc_caption_progress p = {
        .run = r->counts, .n_left = r->counts.n_found - r->counts.n_unchanged - r->counts.n_done - r->counts.n_failed -
        r->n_left_alone, .n_looking = r->n_looking, .n_asking = r->n_sending, .elapsed_us = now_us - t->began_us,
        .is_walking = !r->is_walked, .path = *r->current ? r->current : NULL,
    };

    p.run.ending = "";
    if (r->set->on_progress)
        r->set->on_progress(r->set->user, &p);
}

static void tick(struct ticking *t)
{
    struct caption_run *r = t->crew->run;
    const int64_t now_us = monotonic_us();
    struct sc_error err;
    enum sc_status s;
    int i;

    if (atomic_load(&r->session->cancel)) {
        caption_stop(r, "cancelled");
        for (i = 0; i < t->crew->n; i++)
            sc_cancel(t->crew->subs[i]);
    }
    if (r->set->until_us && catalog_now_us() > r->set->until_us) {
        r->sends_rest = !r->begins_none;
        caption_stop(r, "its time is over; run again to go on");
    }
    if (now_us - t->told_us >= TICK_MS * 1000) {
        t->told_us = now_us;
        tell_progress(t, now_us);
    }
    if (now_us - t->saved_us >= SAVE_US) {
        t->saved_us = now_us;
        if ((s = run_update(r->catalog, &r->counts, &err)))
            caption_fatal(r, s, &err);
    }
}

/* ---- finding files ---- */

static enum sc_status push(struct ticking *t, const char *path, const struct identity *file, struct sc_error *err)
{
    struct caption_run *r = t->crew->run;
    char *own = strdup(path);

    if (!own)
        return fail_memory(err);
    while (r->n_queued == CAPTION_QUEUE && !r->begins_none) {
        wait_a_tick(r);
        tick(t);
    }
    if (r->begins_none) {
        free(own);
        return SC_OK;
    }
    r->queue[(r->queue_first + r->n_queued++) % CAPTION_QUEUE] = (struct caption_item){ own, *file };
    pthread_cond_broadcast(&r->changed);
    return SC_OK;
}

/* Which shard a file belongs to depends on its path below where the walk began alone, so that every machine agrees. */
static enum sc_status is_of_shard(const struct sc_caption_settings *set, const char *below, bool *out,
                                  struct sc_error *err)
{
    uint8_t hash[HASH_SIZE];
    uint64_t v = 0;
    enum sc_status s;
    int i;

    *out = true;
    if (set->n_shards < 2)
        return SC_OK;
    if ((s = identity_of_bytes(below, strlen(below), hash, err)))
        return s;
    for (i = 0; i < 8; i++)
        v = v << 8 | hash[i];
    *out = (int)(v % (uint64_t)set->n_shards) == set->shard - 1;
    return SC_OK;
}

/* What is known tells whether there is anything to do; most files of a second run end here. */
static enum sc_status consider(struct ticking *t, const char *path, const struct identity *file,
                               const struct video_known *known, struct sc_error *err)
{
    struct caption_run *r = t->crew->run;
    const int tries = r->set->tries > 0 ? r->set->tries : DEFAULT_TRIES;
    bool is_done = known->answer_id && !known->has_failed && !r->set->redo;
    enum sc_status s;

    if (r->set->only_failed && !known->has_failed)
        return SC_OK;
    r->counts.n_found++;
    if (is_done && (s = caption_is_written(r, known->answer_id, path, &is_done, err)))
        return s;
    if (is_done) {
        r->counts.n_unchanged++;
        return SC_OK;
    }
    if (known->has_failed && (known->tries >= tries || known->failure == SC_QUARANTINED) && !r->set->redo) {
        r->n_left_alone++;
        return SC_OK;
    }
    return push(t, path, file, err);
}

static enum sc_status on_file(void *user, const char *path, const char *below, const struct identity *file,
                              struct sc_error *err)
{
    struct ticking *t = user;
    struct caption_run *r = t->crew->run;
    struct video_known known;
    bool is_ours;
    enum sc_status s = is_of_shard(r->set, below, &is_ours, err);

    if (s || !is_ours)
        return s;
    pthread_mutex_lock(&r->lock);
    tick(t);
    if (r->begins_none)
        s = fail(err, SC_ERR_CANCELLED, "stopped");
    else if ((s = video_known(r->catalog, path, file, r->settings_id, &known, err)))
        caption_fatal(r, s, err);
    else if (known.video_id || walk_is_media(path)) {
        if ((s = consider(t, path, file, &known, err)))
            caption_fatal(r, s, err);
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

static void on_notice(void *user, const char *text) { notice(((struct ticking *)user)->crew->run, text); }

static enum sc_status find_files(struct ticking *t, struct sc_error *err)
{
    struct caption_run *r = t->crew->run;
    const struct walk w = { .include = r->set->include, .exclude = r->set->exclude, .cancel = &r->session->cancel,
                            .on_file = on_file, .on_notice = on_notice, .user = t };
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < r->n_roots && !s; i++)
        s = walk(&w, r->roots[i], err);
    pthread_mutex_lock(&r->lock);
    r->is_walked = true;
    if (s == SC_ERR_CANCELLED && atomic_load(&r->session->cancel))
        tick(t);
    pthread_mutex_unlock(&r->lock);
    return s == SC_ERR_CANCELLED ? SC_OK : s;
}

/* ---- to the end, with the lock held ---- */

static bool is_busy(const struct caption_run *r)
{
    return r->n_looking || r->n_asking || (!r->begins_none && (r->n_queued || r->n_ready));
}

static void wait_for_all(struct ticking *t)
{
    while (is_busy(t->crew->run)) {
        wait_a_tick(t->crew->run);
        tick(t);
    }
}

/* Copies of what was under way when they were found: now it is done. What is still busy is so in another run. */
static enum sc_status again(struct ticking *t, struct sc_error *err)
{
    struct caption_run *r = t->crew->run;
    const struct identity none = { 0 };
    enum sc_status s = SC_OK;
    int round;

    for (round = 0; round < MAX_DEFERRED_ROUNDS && r->n_deferred && !r->begins_none && !s; round++) {
        char **paths = r->deferred;
        const int n = r->n_deferred;
        int i;

        r->deferred = NULL;
        r->n_deferred = 0;
        for (i = 0; i < n; i++) {
            if (!s)
                s = push(t, paths[i], &none, err);
            free(paths[i]);
        }
        free(paths);
        wait_for_all(t);
        if (r->n_deferred == n)
            break;
    }
    r->n_elsewhere = r->n_deferred;
    return s;
}

static void say_ending(struct caption_run *r)
{
    size_t n;

    if (r->begins_none)
        return;
    n = (size_t)snprintf(r->ending, sizeof r->ending, "done");
    if (r->n_left_alone)
        n += (size_t)snprintf(r->ending + n, sizeof r->ending - n,
                              ", %d left alone after failing too often or crashing the decoder", r->n_left_alone);
    if (r->n_elsewhere)
        snprintf(r->ending + n, sizeof r->ending - n, ", %d in the hands of another run", r->n_elsewhere);
}

static enum sc_status go(struct caption_run *r, struct sc_error *err)
{
    struct crew crew = { .run = r };
    struct ticking t = { .crew = &crew, .began_us = monotonic_us() };
    struct sc_error why;
    enum sc_status s, ended;

    t.saved_us = t.began_us;
    if (!(s = start(&crew, err)))
        s = find_files(&t, err);
    pthread_mutex_lock(&r->lock);
    if (s)
        caption_stop(r, "%s", err ? err->text : "failed");
    wait_for_all(&t);
    if (!s && !r->batch)
        s = again(&t, err);
    say_ending(r);
    if (!s && r->batch && !r->fatal)
        s = caption_batch_hand_over(r, err);
    tell_progress(&t, monotonic_us());
    ended = run_end(r->catalog, &r->counts, r->ending, &why);
    pthread_mutex_unlock(&r->lock);
    stop(&crew);
    if (r->fatal && err)
        *err = r->fatal_error;
    if (!r->fatal && !s && ended && err)
        *err = why;
    return r->fatal ? r->fatal : s ? s : ended;
}

/* What was handed over before. */
static enum sc_status go_on_with_batch(struct caption_run *r, struct sc_error *err)
{
    struct crew crew = { .run = r };
    struct ticking t = { .crew = &crew, .began_us = monotonic_us() };
    struct sc_error why;
    enum sc_status s = caption_batch_go_on(r, err), ended;

    pthread_mutex_lock(&r->lock);
    if (s)
        caption_stop(r, "%s", err ? err->text : "failed");
    tell_progress(&t, monotonic_us());
    ended = run_end(r->catalog, &r->counts, r->ending, &why);
    pthread_mutex_unlock(&r->lock);
    if (err && (r->fatal || (!s && ended)))
        *err = r->fatal ? r->fatal_error : why;
    return s ? s : ended;
}

/* ---- before and after ---- */

static enum sc_status set_roots(struct caption_run *r, struct sc_error *err)
{
    int i;

    if (r->set->n_paths < 1 || r->set->n_paths > CAPTION_MAX_PATHS)
        return fail(err, SC_ERR_INVALID, "1 to %d paths are captioned at a time", CAPTION_MAX_PATHS);
    for (i = 0; i < r->set->n_paths; i++) {
        r->roots[i] = realpath(r->set->paths[i], NULL);
        if (!r->roots[i])
            return fail_errno(err, errno, "can't open '%s'", r->set->paths[i]);
        r->n_roots++;
    }
    return SC_OK;
}

/* The question in full, because another language is a sentence more. */
static enum sc_status set_question(struct caption_run *r, const struct target *t, struct sc_error *err)
{
    const char *question = r->ask.question;

    if (!r->set->language)
        return SC_OK;
    if (!question)
        question = prompts_text(&t->prompts.set, PROMPT_CAPTION);
    if (asprintf(&r->question, "%s\nWrite every text in this language: %s", question, r->set->language) < 0) {
        r->question = NULL;
        return fail_memory(err);
    }
    r->ask.question = r->question;
    return SC_OK;
}

static void say_target(struct caption_run *r, const struct target *t)
{
    char text[512], told[URL_TOLD_SIZE];

    if (r->embedded)
        snprintf(text, sizeof text, "no model is asked: captions are made of what was measured (see --service)");
    else
        snprintf(text, sizeof text, "asking %s at %.300s (%s)", t->model_name, target_url(t, told), t->service->name);
    notice(r, text);
}

static enum sc_status set_up(struct caption_run *r, struct target *t, bool *goes_on_out, struct sc_error *err)
{
    struct buffer look = { 0 }, all = { 0 };
    enum sc_status s;

    if (!r->ask.schema)
        r->ask.schema = "caption";
    if ((s = caption_formats_choose(r->set->write, r->formats, err)) || (s = set_roots(r, err)) ||
        (s = target_choose(r->session, &r->ask, t, err)))
        return s;
    r->embedded = t->embedded;
    if (r->embedded && (r->ask.question || r->set->language || strcmp(r->ask.schema, "caption") != 0))
        return fail(err, SC_ERR_INVALID, "a prompt, schema or language of one's own needs a model, and there is none here; "
                                         "name one with --service or --base-url");
    if (r->embedded && r->set->dry_run && !r->set->batch)
        return SC_OK;
    r->usd_in = t->model.usd_in;
    r->usd_out = t->model.usd_out;
    if (!(s = set_question(r, t, err)) && !(s = caption_words(r, t, &look, &all, err)) &&
        !(s = catalog_settings(r->catalog, (const char *)look.data, &r->look_id, err)) &&
        !(s = catalog_settings(r->catalog, (const char *)all.data, &r->settings_id, err)) &&
        !(s = caption_batch_begin(r, t, goes_on_out, err)))
        s = run_begin(r->catalog, r->settings_id, &r->counts.id, err);
    r->started_us = catalog_now_us();
    r->counts.started_us = r->started_us;
    if (!s)
        say_target(r, t);
    buffer_dispose(&look);
    buffer_dispose(&all);
    return s;
}

/* What is asked of each video is what was found for the first: no server is looked for again. */
static void name_target(struct caption_run *r, const struct target *t)
{
    if (r->embedded)
        return;
    r->ask.service = t->service->name;
    r->ask.model = t->model_name;
    r->ask.base_url = t->base_url;
}

static void tear_down(struct caption_run *r)
{
    int i;

    for (i = 0; i < r->n_roots; i++)
        free(r->roots[i]);
    for (i = 0; i < r->n_queued; i++)
        free(r->queue[(r->queue_first + i) % CAPTION_QUEUE].path);
    for (i = 0; i < r->n_deferred; i++)
        free(r->deferred[i]);
    free(r->deferred);
    free(r->question);
    caption_batch_end(r);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

enum sc_status sc_caption(struct sc *session, struct sc_archive *a, const struct sc_caption_settings *settings,
                          struct sc_run *run_out, struct sc_error *err)
{
    struct caption_run *r = calloc(1, sizeof *r);
    struct target target = { 0 };
    pthread_condattr_t clock;
    bool goes_on = false;
    enum sc_status s;

    *run_out = (struct sc_run){ 0 };
    if (!r)
        return fail_memory(err);
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &clock);
    pthread_condattr_destroy(&clock);
    r->session = session;
    r->catalog = a->catalog;
    r->set = settings;
    if (settings->look)
        r->look = *settings->look;
    if (settings->ask)
        r->ask = *settings->ask;
    /* The catalogue keeps the evidence; signatures of a whole archive would only drive each other out. */
    r->asks_anew = settings->redo || r->look.no_cache;
    r->look.no_cache = true;
    r->look.on_look = NULL;
    r->ask.dump = NULL;
    r->ask.dry_run = settings->dry_run;
    r->ask.on_text = NULL;
    if (!(s = set_up(r, &target, &goes_on, err)) && r->embedded && settings->dry_run) {
        say_target(r, &target);
        r->counts.would.no_model = true;
        snprintf(r->ending, sizeof r->ending, "dry run: no model would be asked");
    } else if (!s) {
        name_target(r, &target);
        s = goes_on ? go_on_with_batch(r, err) : go(r, err);
    }
    if (!s) {
        *run_out = r->counts;
        run_out->ended_us = catalog_now_us();
        if (!(run_out->ending = strdup(r->ending)))
            s = fail_memory(err);
    }
    tear_down(r);
    target_dispose(&target);
    return s;
}
