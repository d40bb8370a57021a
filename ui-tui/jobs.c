/* Lanes of threads. One lock guards all queues; sessions belong to their lane, but for sc_cancel. */
#include "ui-tui/jobs.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lane_state {
    struct jobs *jobs;
    pthread_t thread;
    bool has_thread;
    pthread_cond_t wake;
    struct job *waiting;     /* first in, first out */
    struct job *running;
    struct sc *session;      /* NULL until the first job */
    bool is_cancelled;       /* the session is of no use any more */
};

struct jobs {
    struct sc_settings settings;
    pthread_mutex_t lock;
    struct lane_state lanes[N_LANES];
    struct job *finished;
    bool is_closing;
    int wake[2];
};

static void wake_main(struct jobs *j)
{
    ssize_t n = write(j->wake[1], "", 1);

    (void)n;                 /* a full pipe wakes as well */
}

/* ---- on the lane's thread ---- */

static void on_progress(void *user, const struct sc_progress *p)
{
    struct lane_state *lane = user;

    atomic_store(&lane->running->done_us, p->done_us);
    atomic_store(&lane->running->total_us, p->total_us);
    jobs_poke(lane->running);
}

static void on_notice(void *user, const char *text)
{
    struct lane_state *lane = user;

    if (lane->running->notice)
        lane->running->notice(lane->running, text);
}

/* Under the lock. */
static struct job *next_job(struct lane_state *lane)
{
    struct jobs *j = lane->jobs;

    while (!lane->waiting && !j->is_closing)
        pthread_cond_wait(&lane->wake, &j->lock);
    if (j->is_closing)
        return NULL;
    lane->running = lane->waiting;
    lane->waiting = lane->running->next;
    lane->running->next = NULL;
    return lane->running;
}

static void do_job(struct lane_state *lane, struct job *job)
{
    struct sc_settings settings = lane->jobs->settings;
    struct sc *fresh = NULL;

    settings.on_progress = on_progress;
    settings.on_notice = on_notice;
    settings.user = lane;
    if (!lane->session) {
        job->status = sc_open(&fresh, &settings, &job->err);
        pthread_mutex_lock(&lane->jobs->lock);
        lane->session = fresh;
        if (fresh && lane->is_cancelled)
            sc_cancel(fresh);
        pthread_mutex_unlock(&lane->jobs->lock);
    }
    if (lane->session)
        job->work(job, lane->session);
}

/* Under the lock, which is let go while a session ends. */
static void finish_job(struct lane_state *lane, struct job *job)
{
    struct jobs *j = lane->jobs;
    struct sc *old = lane->is_cancelled ? lane->session : NULL;
    struct job **end = &j->finished;

    if (lane->is_cancelled)
        lane->session = NULL;
    lane->is_cancelled = false;
    lane->running = NULL;
    while (*end)
        end = &(*end)->next;
    *end = job;
    wake_main(j);
    if (old) {
        pthread_mutex_unlock(&j->lock);
        sc_close(&old);
        pthread_mutex_lock(&j->lock);
    }
}

static void *lane_main(void *user)
{
    struct lane_state *lane = user;
    struct jobs *j = lane->jobs;
    struct job *job;

    pthread_mutex_lock(&j->lock);
    while ((job = next_job(lane))) {
        pthread_mutex_unlock(&j->lock);
        do_job(lane, job);
        pthread_mutex_lock(&j->lock);
        finish_job(lane, job);
    }
    pthread_mutex_unlock(&j->lock);
    sc_close(&lane->session);
    return NULL;
}

void jobs_poke(struct job *job)
{
    if (!atomic_exchange(&job->poked, true))
        wake_main(job->jobs);
}

/* ---- on the main thread ---- */

/* Signals are the main thread's. */
static bool start_lane(struct jobs *j, enum lane i)
{
    struct lane_state *lane = &j->lanes[i];
    sigset_t all, old;

    lane->jobs = j;
    pthread_cond_init(&lane->wake, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    lane->has_thread = !pthread_create(&lane->thread, NULL, lane_main, lane);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return lane->has_thread;
}

static enum sc_status no_start(struct sc_error *err, const char *why)
{
    err->code = SC_ERR_NOMEM;
    snprintf(err->text, sizeof err->text, "%s", why);
    return err->code;
}

enum sc_status jobs_open(struct jobs **out, const struct sc_settings *settings, struct sc_error *err)
{
    struct jobs *j = calloc(1, sizeof *j);
    int i;

    *out = NULL;
    if (!j || pipe2(j->wake, O_CLOEXEC | O_NONBLOCK)) {
        free(j);
        return no_start(err, "no pipe to wake the screen with");
    }
    j->settings = *settings;
    pthread_mutex_init(&j->lock, NULL);
    for (i = 0; i < N_LANES; i++)
        if (!start_lane(j, (enum lane)i)) {
            jobs_close(&j);
            return no_start(err, "no thread to work with");
        }
    *out = j;
    return SC_OK;
}

/* Under the lock. */
static void finish_unworked(struct jobs *j, struct job *job)
{
    struct job **end = &j->finished;

    job->status = SC_ERR_CANCELLED;
    job->next = NULL;
    while (*end)
        end = &(*end)->next;
    *end = job;
    wake_main(j);
}

static void drop_waiting(struct jobs *j, struct lane_state *lane)
{
    while (lane->waiting) {
        struct job *job = lane->waiting;

        lane->waiting = job->next;
        finish_unworked(j, job);
    }
}

/* Under the lock. */
static void cancel_running(struct lane_state *lane)
{
    if (!lane->running)
        return;
    lane->is_cancelled = true;
    if (lane->session)
        sc_cancel(lane->session);
}

void jobs_close(struct jobs **jobs)
{
    struct jobs *j = *jobs;
    int i;

    if (!j)
        return;
    pthread_mutex_lock(&j->lock);
    j->is_closing = true;
    for (i = 0; i < N_LANES; i++) {
        drop_waiting(j, &j->lanes[i]);
        cancel_running(&j->lanes[i]);
        pthread_cond_signal(&j->lanes[i].wake);
    }
    pthread_mutex_unlock(&j->lock);
    for (i = 0; i < N_LANES; i++)
        if (j->lanes[i].has_thread)
            pthread_join(j->lanes[i].thread, NULL);
    jobs_run(j);
    for (i = 0; i < N_LANES; i++)
        pthread_cond_destroy(&j->lanes[i].wake);
    pthread_mutex_destroy(&j->lock);
    close(j->wake[0]);
    close(j->wake[1]);
    free(j);
    *jobs = NULL;
}

int jobs_descriptor(const struct jobs *j) { return j->wake[0]; }

void jobs_post(struct jobs *j, struct job *job)
{
    struct lane_state *lane = &j->lanes[job->lane];
    struct job **at = &lane->waiting;

    job->jobs = j;
    pthread_mutex_lock(&j->lock);
    while (*at) {
        if (job->topic && (*at)->topic == job->topic) {
            struct job *old = *at;

            *at = old->next;
            finish_unworked(j, old);
        } else {
            at = &(*at)->next;
        }
    }
    if (j->is_closing)
        finish_unworked(j, job);
    else
        *at = job;
    pthread_cond_signal(&lane->wake);
    pthread_mutex_unlock(&j->lock);
}

static bool tell_running(struct jobs *j)
{
    bool any = false;
    int i;

    for (i = 0; i < N_LANES; i++) {
        struct job *job;

        pthread_mutex_lock(&j->lock);
        job = j->lanes[i].running;
        if (job && atomic_exchange(&job->poked, false) && job->told) {
            job->told(job);  /* the lane cannot finish it meanwhile; told() must be quick and post nothing */
            any = true;
        }
        pthread_mutex_unlock(&j->lock);
    }
    return any;
}

bool jobs_run(struct jobs *j)
{
    struct job *job;
    char bytes[64];
    bool any;

    while (read(j->wake[0], bytes, sizeof bytes) > 0)
        ;
    any = tell_running(j);
    for (;;) {
        pthread_mutex_lock(&j->lock);
        if ((job = j->finished))
            j->finished = job->next;
        pthread_mutex_unlock(&j->lock);
        if (!job)
            return any;
        job->done(job);
        any = true;
    }
}

bool jobs_cancel(struct jobs *j, enum lane i)
{
    struct lane_state *lane = &j->lanes[i];
    bool any;

    pthread_mutex_lock(&j->lock);
    any = lane->running || lane->waiting;
    drop_waiting(j, lane);
    cancel_running(lane);
    pthread_mutex_unlock(&j->lock);
    return any;
}

bool jobs_busy(struct jobs *j, enum lane i)
{
    bool busy;

    pthread_mutex_lock(&j->lock);
    busy = j->lanes[i].running || j->lanes[i].waiting;
    pthread_mutex_unlock(&j->lock);
    return busy;
}
