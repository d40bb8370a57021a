/* Asking in the background. */
#include "ui-tui/conversation.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ask_job {
    struct job job;
    struct film *film;
    struct turn *turn;
    struct sc_look_settings look;
    int64_t moments_us[MAX_MARKS];
    struct sc_ask_settings ask;
    char *question;
    char *catalog;           /* NULL: the answer is not kept */
    struct sc_answer *answer;
    pthread_mutex_t lock;    /* of what follows */
    char *text;
    size_t size, room;
    char notice[512];
};

/* ---- on the lane's thread ---- */

static void on_text(void *user, const char *text, size_t size)
{
    struct ask_job *j = user;

    pthread_mutex_lock(&j->lock);
    if (j->size + size + 1 > j->room) {
        const size_t room = 2 * (j->size + size + 1);
        char *more = realloc(j->text, room);

        if (more) {
            j->text = more;
            j->room = room;
        }
    }
    if (j->size + size + 1 <= j->room) {
        memcpy(j->text + j->size, text, size);
        j->size += size;
        j->text[j->size] = '\0';
    }
    pthread_mutex_unlock(&j->lock);
    jobs_poke(&j->job);
}

static void on_notice(struct job *job, const char *text)
{
    struct ask_job *j = (struct ask_job *)job;

    pthread_mutex_lock(&j->lock);
    snprintf(j->notice, sizeof j->notice, "%s", text);
    pthread_mutex_unlock(&j->lock);
    jobs_poke(job);
}

static void keep(struct ask_job *j)
{
    const struct sc_archive_settings settings = { .catalog = j->catalog };
    struct sc_archive *archive = NULL;
    struct sc_error err = { 0 };

    if (sc_archive_open(&archive, &settings, &err) ||
        sc_archive_keep(archive, j->film->source.path, *j->question ? j->question : WHAT_CHANGED, j->answer, &err))
        on_notice(&j->job, err.text);
    sc_archive_close(&archive);
}

static void ask_work(struct job *job, struct sc *session)
{
    struct ask_job *j = (struct ask_job *)job;

    job->status = sc_ask(session, &j->film->source, &j->look, &j->ask, &j->answer, &job->err);
    if (!job->status && j->catalog && j->answer->sent)
        keep(j);
}

/* ---- on the main thread ---- */

static bool is_cited(const struct sc_answer *a, int64_t time_us)
{
    int i;

    for (i = 0; a && i < a->n_citations; i++)
        if (llabs(a->citations[i].time_us - time_us) < 1000)
            return a->citations[i].known;
    return false;
}

/* Every time in square brackets. */
static void find_links(struct turn *t)
{
    const char *at = t->text;
    int room = 0;

    t->n_links = 0;
    free(t->links);
    t->links = NULL;
    while ((at = strchr(at, '['))) {
        const size_t n = strcspn(at + 1, "[]\n");
        char time[40];
        int64_t time_us;

        if (at[1 + n] == ']' && n < sizeof time) {
            memcpy(time, at + 1, n);
            time[n] = '\0';
            if (sc_parse_time(time, &time_us)) {
                if (t->n_links == room) {
                    struct link *more = realloc(t->links, (size_t)(room = room ? 2 * room : 8) * sizeof *more);

                    if (!more)
                        return;
                    t->links = more;
                }
                t->links[t->n_links++] = (struct link){ (size_t)(at - t->text), n + 2, time_us,
                                                        is_cited(t->answer, time_us) };
            }
        }
        at++;
    }
}

static void set_text(struct turn *t, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (copy) {
        free(t->text);
        t->text = copy;
    }
    find_links(t);
}

static void ask_told(struct job *job)
{
    struct ask_job *j = (struct ask_job *)job;

    pthread_mutex_lock(&j->lock);
    set_text(j->turn, j->text);
    memcpy(j->turn->notice, j->notice, sizeof j->turn->notice);
    pthread_mutex_unlock(&j->lock);
    j->film->version++;
}

static void ask_done(struct job *job)
{
    struct ask_job *j = (struct ask_job *)job;
    struct turn *t = j->turn;

    ask_told(job);
    t->is_coming = false;
    t->status = job->status;
    t->err = job->err;
    t->answer = j->answer;
    if (t->answer && t->answer->nothing_changed)
        set_text(t, "Nothing changed, so nothing was asked.");
    else if (t->answer && t->answer->text)
        set_text(t, t->answer->text);
    j->film->version++;
    pthread_mutex_destroy(&j->lock);
    free(j->question);
    free(j->catalog);
    free(j->text);
    free(j);
}

static struct ask_job *new_job(struct film *f, struct turn *t, const char *question)
{
    struct ask_job *j = calloc(1, sizeof *j);

    if (!j || !(j->question = strdup(question))) {
        free(j);
        return NULL;
    }
    j->film = f;
    j->turn = t;
    j->look = f->look;
    j->look.has_sensitivity = true;
    j->look.sensitivity = f->sensitivity;
    if (t->to_us >= 0) {
        j->look.from_us = t->from_us;
        j->look.to_us = t->to_us;
    } else if (t->n_moments) {
        memcpy(j->moments_us, f->marks.times_us, (size_t)t->n_moments * sizeof *j->moments_us);
        j->look.moments_us = j->moments_us;
        j->look.n_moments = t->n_moments;
    }
    j->catalog = f->catalog ? strdup(f->catalog) : NULL;
    j->ask = f->ask;
    j->ask.question = *j->question ? j->question : f->ask.question;
    j->ask.on_text = on_text;
    j->ask.user = j;
    pthread_mutex_init(&j->lock, NULL);
    j->job = (struct job){ .lane = LANE_ASK, .work = ask_work, .told = ask_told, .done = ask_done,
                           .notice = on_notice };
    return j;
}

static void turn_dispose(struct turn *t)
{
    free(t->question);
    free(t->text);
    free(t->links);
    sc_answer_free(&t->answer);
    *t = (struct turn){ 0 };
}

bool conversation_ask(struct film *f, const char *question)
{
    struct conversation *c = f->conversation;
    struct ask_job *j;
    struct turn *t;

    if (!c && !(c = f->conversation = calloc(1, sizeof *c)))
        return false;
    if (c->n && c->turns[c->n - 1].is_coming)
        return false;
    if (c->n == MAX_TURNS) {
        turn_dispose(&c->turns[0]);
        memmove(c->turns, c->turns + 1, (MAX_TURNS - 1) * sizeof *c->turns);
        c->turns[--c->n] = (struct turn){ 0 };
    }
    t = &c->turns[c->n];
    t->question = strdup(question);
    t->text = strdup("");
    t->from_us = t->to_us = -1;
    if (f->marks.from_us >= 0 && f->marks.to_us > f->marks.from_us) {
        t->from_us = f->marks.from_us;
        t->to_us = f->marks.to_us;
    } else {
        t->n_moments = f->marks.n;
    }
    if (!t->question || !t->text || !(j = new_job(f, t, question))) {
        turn_dispose(t);
        return false;
    }
    t->is_coming = true;
    c->n++;
    f->version++;
    jobs_post(f->jobs, &j->job);
    return true;
}

static bool recall(struct turn *t, const struct sc_kept_answer *a)
{
    *t = (struct turn){ .from_us = -1, .to_us = -1, .asked_us = a->asked_us };
    t->question = strdup(a->question);
    t->text = strdup(a->text);
    snprintf(t->model, sizeof t->model, "%s", a->model);
    if (!t->question || !t->text) {
        turn_dispose(t);
        return false;
    }
    find_links(t);
    return true;
}

void conversation_recall(struct film *f)
{
    struct conversation *c = f->conversation;
    int i;

    if (!f->kept || (c && c->n) || (!c && !(c = f->conversation = calloc(1, sizeof *c))))
        return;
    for (i = f->kept->n_answers - 1; i >= 0; i--)    /* they are newest first */
        if (f->kept->answers[i].kind == SC_ANSWER_QUESTION && c->n < MAX_TURNS / 2 &&
            recall(&c->turns[c->n], &f->kept->answers[i]))
            c->n++;
    f->version++;
}

void conversation_close(struct conversation **out)
{
    struct conversation *c = *out;
    int i;

    for (i = 0; c && i < c->n; i++)
        turn_dispose(&c->turns[i]);
    free(c);
    *out = NULL;
}
