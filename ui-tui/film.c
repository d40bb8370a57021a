/* The state of a film, and the looks that fill it. */
#include "ui-tui/film.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ui-tui/conversation.h"

#define MAX_CURVE 2000000        /* looks, more than a day and a half at normal effort */

/* ---- evidence ---- */

struct evidence *evidence_ref(struct evidence *e)
{
    if (e)
        atomic_fetch_add(&e->n_refs, 1);
    return e;
}

void evidence_unref(struct evidence **e)
{
    if (*e && atomic_fetch_sub(&(*e)->n_refs, 1) == 1) {
        sc_changes_free(&(*e)->changes);
        free(*e);
    }
    *e = NULL;
}

const struct sc_changes *film_changes(const struct film *f) { return f->evidence ? f->evidence->changes : NULL; }

/* ---- the curve ---- */

static void curve_add(struct curve *c, int64_t time_us, double score)
{
    if (c->n == c->room && c->room < MAX_CURVE) {
        const int room = c->room ? 2 * c->room : 256;
        int64_t *times = realloc(c->times_us, (size_t)room * sizeof *times);
        float *scores;

        if (times)
            c->times_us = times;
        scores = times ? realloc(c->scores, (size_t)room * sizeof *scores) : NULL;
        if (!scores)
            return;
        c->scores = scores;
        c->room = room;
    }
    if (c->n == c->room)
        return;
    c->times_us[c->n] = time_us;
    c->scores[c->n++] = (float)(score < 0 ? 0 : score > 1 ? 1 : score);
}

static void curve_dispose(struct curve *c)
{
    free(c->times_us);
    free(c->scores);
    *c = (struct curve){ 0 };
}

void film_curve(const struct film *f, float *out, int n)
{
    const int64_t length = film_length(f);
    int i;

    for (i = 0; i < n; i++)
        out[i] = 0;
    for (i = 0; length > 0 && i < f->curve.n; i++) {
        int64_t at = f->curve.times_us[i] * n / length;

        at = at < 0 ? 0 : at >= n ? n - 1 : at;
        if (f->curve.scores[i] > out[at])
            out[at] = f->curve.scores[i];
    }
}

/* ---- looking ---- */

struct look_job {
    struct job job;
    struct film *film;
    struct sc_look_settings look;
    struct sc_changes *changes;
    pthread_mutex_t lock;    /* of the curve, which grows while the main thread copies it */
    struct curve curve;
    int n_copied;
};

static void on_look(void *user, const struct sc_look *look)
{
    struct look_job *j = user;
    const double score = look->score_kept > look->score_previous ? look->score_kept : look->score_previous;

    pthread_mutex_lock(&j->lock);
    curve_add(&j->curve, look->time_us, score);
    pthread_mutex_unlock(&j->lock);
}

static void look_work(struct job *job, struct sc *session)
{
    struct look_job *j = (struct look_job *)job;

    job->status = sc_changes(session, &j->film->source, &j->look, &j->changes, &job->err);
}

static void copy_curve(struct look_job *j)
{
    struct film *f = j->film;

    pthread_mutex_lock(&j->lock);
    if (!j->n_copied)
        f->curve.n = 0;
    for (; j->n_copied < j->curve.n; j->n_copied++)
        curve_add(&f->curve, j->curve.times_us[j->n_copied], j->curve.scores[j->n_copied]);
    pthread_mutex_unlock(&j->lock);
}

static void look_told(struct job *job)
{
    struct look_job *j = (struct look_job *)job;

    if (!j->film->evidence)
        copy_curve(j);       /* one that is decided again keeps its curve until the new one is whole */
    j->film->done_us = atomic_load(&job->done_us);
    j->film->total_us = atomic_load(&job->total_us);
    j->film->version++;
}

static void look_free(struct look_job *j)
{
    sc_changes_free(&j->changes);
    curve_dispose(&j->curve);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

static void take_changes(struct film *f, struct look_job *j)
{
    struct evidence *e = calloc(1, sizeof *e);

    if (!e) {
        f->state = FILM_FAILED;
        return;
    }
    e->changes = j->changes;
    atomic_store(&e->n_refs, 1);
    j->changes = NULL;
    evidence_unref(&f->evidence);
    f->evidence = e;
    f->state = FILM_READY;
    copy_curve(j);
    film_go(f, f->cursor_us);
    film_preview(f);
}

static void look_done(struct job *job)
{
    struct look_job *j = (struct look_job *)job;
    struct film *f = j->film;

    f->version++;
    if (!job->status && j->changes) {
        take_changes(f, j);
    } else if (job->status == SC_ERR_CANCELLED) {
        if (f->state == FILM_LOOKING && !jobs_busy(f->jobs, LANE_LOOK))
            f->state = f->evidence ? FILM_READY : FILM_NEW;
    } else {
        f->state = FILM_FAILED;
        f->err = job->err;
    }
    look_free(j);
}

static void post_look(struct film *f, bool again)
{
    struct look_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    pthread_mutex_init(&j->lock, NULL);
    j->film = f;
    j->look = f->look;
    j->look.has_sensitivity = true;
    j->look.sensitivity = f->sensitivity;
    j->look.coarse_boxes = again;
    j->look.on_look = on_look;
    j->look.user = j;
    j->job = (struct job){ .lane = LANE_LOOK, .topic = f, .work = look_work, .told = look_told, .done = look_done };
    f->state = FILM_LOOKING;
    f->version++;
    jobs_post(f->jobs, &j->job);
}

void film_look(struct film *f)
{
    if (f->state == FILM_NEW)
        post_look(f, false);
}

void film_retune(struct film *f, double sensitivity)
{
    f->sensitivity = sensitivity < 0 ? 0 : sensitivity > 1 ? 1 : sensitivity;
    if (f->state != FILM_FAILED)
        post_look(f, f->evidence != NULL);
}

/* ---- what asking would send ---- */

struct preview_job {
    struct job job;
    struct film *film;
    struct evidence *evidence;
    struct sc_ask_settings ask;
    char *model;             /* of ask; NULL: the service's own */
    struct sc_answer *answer;
};

static void preview_work(struct job *job, struct sc *session)
{
    struct preview_job *j = (struct preview_job *)job;

    job->status = sc_preview(session, j->evidence->changes, &j->ask, &j->answer, &job->err);
}

static void preview_done(struct job *job)
{
    struct preview_job *j = (struct preview_job *)job;
    struct film *f = j->film;

    f->version++;
    if (job->status != SC_ERR_CANCELLED) {
        sc_answer_free(&f->preview);
        f->preview = j->answer;
        j->answer = NULL;
        f->preview_err = job->err;
        f->is_previewing = false;
    }
    sc_answer_free(&j->answer);
    evidence_unref(&j->evidence);
    free(j->model);
    free(j);
}

void film_preview(struct film *f)
{
    struct preview_job *j = f->evidence ? calloc(1, sizeof *j) : NULL;

    if (!j)
        return;
    j->film = f;
    j->evidence = evidence_ref(f->evidence);
    j->ask = f->ask;
    j->ask.model = j->model = f->ask.model ? strdup(f->ask.model) : NULL;
    j->job = (struct job){ .lane = LANE_ASIDE, .topic = &f->preview, .work = preview_work, .done = preview_done };
    f->is_previewing = true;
    f->version++;
    jobs_post(f->jobs, &j->job);
}

/* ---- one film ---- */

/* FNV-1a. */
static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *p = data;

    while (size--)
        hash = (hash ^ *p++) * 0x100000001B3u;
    return hash;
}

static uint64_t identify(const struct film *f)
{
    uint64_t hash = mix(0xCBF29CE484222325u, f->source.path, strlen(f->source.path) + 1);
    struct stat st;

    hash = mix(hash, &f->source.stream, sizeof f->source.stream);
    if (!stat(f->source.path, &st)) {
        hash = mix(hash, &st.st_size, sizeof st.st_size);
        hash = mix(hash, &st.st_mtim.tv_sec, sizeof st.st_mtim.tv_sec);
        hash = mix(hash, &st.st_mtim.tv_nsec, sizeof st.st_mtim.tv_nsec);
    }
    return hash;
}

struct film *film_open(struct jobs *jobs, const struct sc_source *source, const struct sc_look_settings *look,
                       const struct sc_ask_settings *ask, const char *path)
{
    struct film *f = calloc(1, sizeof *f);

    if (!f || !(path = strdup(path))) {
        free(f);
        return NULL;
    }
    f->jobs = jobs;
    f->source = *source;
    f->source.path = path;
    f->look = *look;
    f->ask = *ask;
    f->sensitivity = look->has_sensitivity ? look->sensitivity : 0.5;
    f->marks.from_us = f->marks.to_us = -1;
    f->id = identify(f);
    return f;
}

void film_close(struct film **out)
{
    struct film *f = *out;

    if (!f)
        return;
    conversation_close(&f->conversation);
    evidence_unref(&f->evidence);
    sc_answer_free(&f->preview);
    curve_dispose(&f->curve);
    free((char *)f->source.path);
    free(f->own_model);
    sc_kept_free(&f->kept);
    free(f->catalog);
    free(f);
    *out = NULL;
}

int64_t film_length(const struct film *f)
{
    const struct sc_changes *c = film_changes(f);
    const int64_t seen = f->curve.n ? f->curve.times_us[f->curve.n - 1] : 0;

    if (!c)
        return f->total_us > seen ? f->total_us : seen;
    return c->source.duration_us > c->last_us ? c->source.duration_us : c->last_us;
}

int film_event_at(const struct film *f, int64_t time_us)
{
    const struct sc_changes *c = film_changes(f);
    int low = 0, high = c ? c->n_events : 0;

    while (low < high) {
        const int middle = (low + high) / 2;

        if (c->events[middle].start_us <= time_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

int film_frame_at(const struct film *f, int64_t time_us)
{
    const struct sc_changes *c = film_changes(f);
    int i, best = -1;

    for (i = 0; c && i < c->n_frames; i++)
        if (best < 0 || llabs(c->frames[i].time_us - time_us) < llabs(c->frames[best].time_us - time_us))
            best = i;
    return best;
}

void film_go(struct film *f, int64_t time_us)
{
    const struct sc_changes *c = film_changes(f);
    const int64_t last = c ? c->last_us : film_length(f);

    f->cursor_us = time_us > last ? last : time_us;
    if (f->cursor_us < 0)
        f->cursor_us = 0;
    f->version++;
}

bool film_go_event(struct film *f, int count)
{
    const struct sc_changes *c = film_changes(f);
    int at = film_event_at(f, f->cursor_us);

    if (!c || !c->n_events)
        return false;
    if (count < 0 && at >= 0 && c->events[at].start_us < f->cursor_us)
        count++;             /* first to the beginning of the one that we are in */
    at += count;
    if (at < 0 || at >= c->n_events)
        at = at < 0 ? 0 : c->n_events - 1;
    if (c->events[at].start_us == f->cursor_us)
        return false;
    film_go(f, c->events[at].start_us);
    return true;
}

/* ---- marks ---- */

static void remember(struct film *f)
{
    if (f->n_undo == MAX_UNDO) {
        memmove(f->undo, f->undo + 1, (MAX_UNDO - 1) * sizeof *f->undo);
        f->n_undo--;
    }
    f->undo[f->n_undo++] = f->marks;
    f->version++;
}

void film_mark(struct film *f)
{
    struct marks *m = &f->marks;
    int i = 0;

    while (i < m->n && m->times_us[i] < f->cursor_us)
        i++;
    if (i < m->n && m->times_us[i] == f->cursor_us) {
        remember(f);
        memmove(m->times_us + i, m->times_us + i + 1, (size_t)(m->n - i - 1) * sizeof *m->times_us);
        m->n--;
    } else if (m->n < MAX_MARKS) {
        remember(f);
        memmove(m->times_us + i + 1, m->times_us + i, (size_t)(m->n - i) * sizeof *m->times_us);
        m->times_us[i] = f->cursor_us;
        m->n++;
    }
}

void film_span(struct film *f)
{
    struct marks *m = &f->marks;

    remember(f);
    if (m->from_us >= 0 && m->to_us >= 0) {
        m->from_us = m->to_us = -1;
    } else if (m->from_us < 0) {
        m->from_us = f->cursor_us;
    } else {
        m->to_us = f->cursor_us > m->from_us ? f->cursor_us : m->from_us;
        if (f->cursor_us < m->from_us)
            m->from_us = f->cursor_us;
    }
}

bool film_undo(struct film *f)
{
    if (!f->n_undo)
        return false;
    f->marks = f->undo[--f->n_undo];
    f->version++;
    return true;
}

bool film_go_mark(struct film *f, int count)
{
    const struct marks *m = &f->marks;
    int i = 0;

    while (i < m->n && (count > 0 ? m->times_us[i] <= f->cursor_us : m->times_us[i] < f->cursor_us))
        i++;
    i += count > 0 ? count - 1 : count;
    if (i < 0 || i >= m->n)
        return false;
    film_go(f, m->times_us[i]);
    return true;
}
