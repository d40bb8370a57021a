/* A queue of questions, a thread that asks them, and a list of what came of them. */
#include "api/asker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define ROUNDED_US 1500          /* times in a clip are rounded to milliseconds */

struct question {
    struct sc_watched event;     /* its texts and event are owned by this: */
    struct sc_event what;
    struct sc_info info;         /* sizes alone */
    char *source, *path, *clip, *media;
    int fd;
    int64_t begin_us;
    struct sc_answer *answer;
    struct sc_error why;
    struct question *next;
};

struct list {
    struct question *first, **end;
    int n;
};

struct asker {
    struct sc *session;
    struct sc_look_settings look;
    struct sc_ask_settings ask;
    int64_t before_us;
    double spent_usd;            /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock;        /* of all that follows */
    pthread_cond_t changed;
    bool ends, asking;
    struct list waiting, done;
    char *notice;                /* the newest; NULL: told */
    bool asked;                  /* the first one was: which service it is and the like is told once */
};

static void append(struct list *l, struct question *q)
{
    q->next = NULL;
    *(l->first ? l->end : &l->first) = q;
    l->end = &q->next;
    l->n++;
}

static struct question *take_first(struct list *l)
{
    struct question *q = l->first;

    if (q) {
        l->first = q->next;
        l->n--;
    }
    return q;
}

static void drop(struct question *q)
{
    sc_answer_free(&q->answer);
    if (q->fd >= 0)
        close(q->fd);
    free(q->source);
    free(q->path);
    free(q->clip);
    free(q->media);
    free(q);
}

/* ---- the thread ---- */

static void on_notice(void *user, const char *text)
{
    struct asker *a = user;

    pthread_mutex_lock(&a->lock);
    if (!a->asked && a->notice) {
        char *both = NULL;

        if (asprintf(&both, "%s; %s", a->notice, text) >= 0) {
            free(a->notice);
            a->notice = both;
        }
    } else if (!a->asked) {
        a->notice = strdup(text);
    }
    pthread_mutex_unlock(&a->lock);
}

static int moments_of(const struct asker *a, const struct question *q, int64_t out[4])
{
    const int64_t of_event[] = { q->what.start_us - a->before_us / 2, q->what.before_us, q->what.peak_us, q->what.after_us };
    int n = 0;

    for (int i = 0; i < 4; i++) {
        const int64_t t = of_event[i] - q->begin_us;

        if (of_event[i] >= 0 && t >= 0)
            out[n++] = t + (q->begin_us ? ROUNDED_US : 0);
    }
    return n;
}

static void ask(struct asker *a, struct question *q)
{
    const struct sc_source source = { .path = q->media };
    struct sc_look_settings look = a->look;
    struct sc_ask_settings settings = a->ask;
    int64_t moments[4];

    look.n_moments = moments_of(a, q, moments);
    look.moments_us = moments;
    if (settings.max_cost_usd > 0 && a->spent_usd >= settings.max_cost_usd) {
        fail(&q->why, SC_ERR_LIMIT, "not asked: $%.4f are spent, and $%.4f is the limit", a->spent_usd,
             settings.max_cost_usd);
        return;
    }
    if (q->fd >= 0)
        settings.subtitles = "none"; /* the clip has no name to look beside */
    if (settings.max_cost_usd > 0)
        settings.max_cost_usd -= a->spent_usd;
    if (sc_ask(a->session, &source, &look, &settings, &q->answer, &q->why))
        return;
    if (q->answer->sent && q->answer->price_usd > 0)
        a->spent_usd += q->answer->price_usd;
}

static void *ask_all(void *user)
{
    struct asker *a = user;
    struct question *q;

    pthread_mutex_lock(&a->lock);
    while (!a->ends) {
        if (!(q = take_first(&a->waiting))) {
            pthread_cond_wait(&a->changed, &a->lock);
            continue;
        }
        a->asking = true;
        pthread_mutex_unlock(&a->lock);
        ask(a, q);
        pthread_mutex_lock(&a->lock);
        a->asking = false;
        a->asked = true;
        append(&a->done, q);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* ---- for who watches ---- */

enum sc_status asker_open(struct asker **out, const struct sc_settings *session, const struct sc_look_settings *look,
                          const struct sc_ask_settings *settings, int64_t before_us, struct sc_error *err)
{
    struct asker *a = calloc(1, sizeof *a);
    struct sc_settings own = *session;
    enum sc_status s;

    *out = NULL;
    if (!a)
        return fail_memory(err);
    a->look = (struct sc_look_settings){ .effort = SC_FULL, .profile = look->profile, .sensitivity = look->sensitivity,
                                         .has_sensitivity = look->has_sensitivity, .no_cache = true };
    a->ask = *settings;
    a->ask.on_text = NULL;
    a->ask.on_body = NULL;
    a->ask.dump = a->ask.record = NULL;
    a->ask.dry_run = a->ask.goes_on = false;
    a->before_us = before_us;
    own.on_progress = NULL;
    own.on_notice = on_notice;
    own.user = a;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    s = sc_open(&a->session, &own, err);
    if (!s && pthread_create(&a->thread, NULL, ask_all, a)) {
        sc_close(&a->session);
        s = fail(err, SC_ERR_NOMEM, "can't start a thread to ask");
    }
    if (s) {
        free(a);
        return s;
    }
    *out = a;
    return SC_OK;
}

void asker_cancel(struct asker *a)
{
    sc_cancel(a->session);
}

void asker_close(struct asker **asker)
{
    struct asker *a = *asker;
    struct question *q;

    *asker = NULL;
    if (!a)
        return;
    sc_cancel(a->session);
    pthread_mutex_lock(&a->lock);
    a->ends = true;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    while ((q = take_first(&a->waiting)) || (q = take_first(&a->done)))
        drop(q);
    sc_close(&a->session);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    free(a->notice);
    free(a);
}

static char *copy(const char *text, bool *failed)
{
    char *own = text ? strdup(text) : NULL;

    *failed |= text && !own;
    return own;
}

const char *asker_add(struct asker *a, const struct sc_watched *event, const char *media, int *fd, int64_t begin_us)
{
    struct question *q = calloc(1, sizeof *q);
    bool failed = false, full;

    if (!q)
        return "not asked: not enough memory";
    q->fd = *fd;
    *fd = -1;
    q->begin_us = begin_us;
    q->what = *event->event;
    q->info = (struct sc_info){ .width = event->info->width, .height = event->info->height };
    q->source = copy(event->source, &failed);
    q->path = copy(event->path, &failed);
    q->clip = copy(event->clip, &failed);
    q->media = copy(media, &failed);
    q->event = (struct sc_watched){ .number = event->number, .source = q->source, .path = q->path,
                                    .began_us = event->began_us, .event = &q->what, .info = &q->info, .clip = q->clip };
    pthread_mutex_lock(&a->lock);
    full = a->waiting.n >= ASKER_MOST;
    if (!failed && !full) {
        append(&a->waiting, q);
        pthread_cond_broadcast(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    if (failed || full)
        drop(q);
    return failed ? "not asked: not enough memory" : full ? "not asked: too many questions wait for their answers" : NULL;
}

void asker_collect(struct asker *a, void (*tell_notice)(void *user, const char *text),
                   void (*on_answer)(void *user, const struct sc_watched *event), void *user)
{
    struct list done;
    struct question *q;
    char *notice;

    pthread_mutex_lock(&a->lock);
    done = a->done;
    a->done = (struct list){ 0 };
    notice = a->notice;
    a->notice = NULL;
    pthread_mutex_unlock(&a->lock);
    if (notice)
        tell_notice(user, notice);
    free(notice);
    while ((q = take_first(&done))) {
        q->event.is_answer = true;
        q->event.answer = q->answer;
        q->event.why_not = q->answer ? NULL : q->why.text;
        on_answer(user, &q->event);
        drop(q);
    }
}

bool asker_is_busy(struct asker *a)
{
    bool busy;

    pthread_mutex_lock(&a->lock);
    busy = a->asking || a->waiting.n || a->done.n;
    pthread_mutex_unlock(&a->lock);
    return busy;
}
