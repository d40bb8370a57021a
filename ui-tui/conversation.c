/* Asking in the background. */
#include "ui-tui/conversation.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ask_job {
    struct job job;
    struct film *film;
    struct turn *turn;
    struct sc_look_settings look; /* its moments are the turn's */
    struct sc_ask_settings ask;
    char *question, *model;  /* NULL: the service's own */
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

static void free_job(struct ask_job *j)
{
    pthread_mutex_destroy(&j->lock);
    free(j->question);
    free(j->model);
    free(j->catalog);
    free(j->text);
    free(j);
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
    free_job(j);
}

static struct ask_job *new_job(struct film *f, struct turn *t, const char *question)
{
    struct ask_job *j = calloc(1, sizeof *j);

    if (!j)
        return NULL;
    pthread_mutex_init(&j->lock, NULL);
    j->question = strdup(question);
    j->model = t->wanted_model ? strdup(t->wanted_model) : NULL;
    if (!j->question || (t->wanted_model && !j->model)) {
        free_job(j);
        return NULL;
    }
    j->film = f;
    j->turn = t;
    j->look = f->look;
    j->look.has_sensitivity = true;
    j->look.sensitivity = t->sensitivity;
    if (t->to_us >= 0) {
        j->look.from_us = t->from_us;
        j->look.to_us = t->to_us;
    } else if (t->n_moments) {
        j->look.moments_us = t->moments_us;
        j->look.n_moments = t->n_moments;
    }
    j->catalog = f->catalog ? strdup(f->catalog) : NULL;
    j->ask = f->ask;
    j->ask.question = *j->question ? j->question : f->ask.question;
    j->ask.goes_on = t->goes_on;
    j->ask.model = j->model;
    j->ask.pack = t->pack;
    j->ask.on_text = on_text;
    j->ask.user = j;
    j->job = (struct job){ .lane = LANE_ASK, .work = ask_work, .told = ask_told, .done = ask_done,
                           .notice = on_notice };
    return j;
}

static void turn_dispose(struct turn *t)
{
    free(t->question);
    free(t->moments_us);
    free(t->wanted_model);
    free(t->text);
    free(t->links);
    sc_answer_free(&t->answer);
    *t = (struct turn){ 0 };
}

/* ---- one turn more ---- */

static bool take_moments(struct turn *t, const int64_t *times_us, int n)
{
    t->n_moments = n;
    if (!n)
        return true;
    t->moments_us = malloc((size_t)n * sizeof *t->moments_us);
    if (t->moments_us)
        memcpy(t->moments_us, times_us, (size_t)n * sizeof *t->moments_us);
    return t->moments_us;
}

/* What the person chose, or, where before is given, what that one was about. */
static bool fill_turn(struct turn *t, const struct film *f, const char *question, const struct turn *before)
{
    const struct marks *m = &f->marks;
    const bool has_span = before ? before->to_us >= 0 : m->from_us >= 0 && m->to_us > m->from_us;

    *t = (struct turn){ .from_us = -1, .to_us = -1, .goes_on = before, .pack = f->ask.pack };
    t->sensitivity = before ? before->sensitivity : f->sensitivity;
    t->question = strdup(question);
    t->text = strdup("");
    t->wanted_model = f->ask.model ? strdup(f->ask.model) : NULL;
    if (has_span) {
        t->from_us = before ? before->from_us : m->from_us;
        t->to_us = before ? before->to_us : m->to_us;
    } else if (!take_moments(t, before ? before->moments_us : m->times_us, before ? before->n_moments : m->n)) {
        return false;
    }
    return t->question && t->text && (t->wanted_model || !f->ask.model);
}

static bool same(const char *a, const char *b) { return a == b || (a && b && !strcmp(a, b)); }

/* A talk is kept by the library when a model's whole answer is there, or one cut off by its length (api/talk.h). */
static bool is_kept(const struct turn *t)
{
    const struct sc_answer *a = t->answer;

    return a && a->sent && !a->no_model && a->text && *a->text && !a->refused && !a->n_parts &&
           (!a->incomplete || same(a->finish, "length"));
}

/* The last turn that has an answer, if one can go on after it; else NULL. */
static const struct turn *last_kept(const struct film *f)
{
    const struct conversation *c = f->conversation;
    int i = c ? c->n - 1 : -1;

    while (i >= 0 && !c->turns[i].answer)
        i--;
    return i >= 0 && is_kept(&c->turns[i]) && same(c->turns[i].wanted_model, f->ask.model) &&
                   same(c->turns[i].pack, f->ask.pack) && !f->ask.schema
               ? &c->turns[i]
               : NULL;
}

static bool begin(struct film *f, const char *question, const struct turn *before)
{
    struct conversation *c = f->conversation;
    struct turn t;
    struct ask_job *j;

    if (!c && !(c = f->conversation = calloc(1, sizeof *c)))
        return false;
    if (c->n && c->turns[c->n - 1].is_coming)
        return false;
    if (!fill_turn(&t, f, question, before)) {
        turn_dispose(&t);
        return false;
    }
    if (c->n == MAX_TURNS) {
        turn_dispose(&c->turns[0]);
        memmove(c->turns, c->turns + 1, (MAX_TURNS - 1) * sizeof *c->turns);
        c->n--;
    }
    c->turns[c->n] = t;
    if (!(j = new_job(f, &c->turns[c->n], question))) {
        turn_dispose(&c->turns[c->n]);
        return false;
    }
    c->turns[c->n++].is_coming = true;
    f->version++;
    jobs_post(f->jobs, &j->job);
    return true;
}

bool conversation_ask(struct film *f, const char *question) { return begin(f, question, NULL); }

bool conversation_ask_further(struct film *f, const char *question)
{
    return begin(f, question, *question ? last_kept(f) : NULL);
}

/* ---- what was said before ---- */

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
