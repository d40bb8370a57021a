/* The view of one video. */
#include <stdlib.h>
#include <string.h>

#include "ui-tui/captioning.h"
#include "ui-tui/conversation.h"
#include "ui-tui/export.h"
#include "ui-tui/known.h"
#include "ui-tui/outside.h"
#include "ui-tui/video.h"
#include "ui-tui/views.h"
#include "ui-tui/words.h"

static struct view *open_video(struct browser *b, const struct request *r)
{
    struct video *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->view = (struct view){ &view_video, b };
    v->film = r->film;
    film_look(v->film);
    if (!v->film->kept)
        known_read(v->film);
    if (r->time_us >= 0)
        film_go(v->film, r->time_us);
    return &v->view;
}

static void close_video(struct view *view)
{
    struct video *v = (struct video *)view;
    int i;

    for (i = 0; i < 3; i++)
        rendition_unref(&v->last[i]);
    free(v);
}

static void draw(struct view *v, struct screen *s, struct area area) { video_draw((struct video *)v, s, area); }

/* ---- acting ---- */

/* count columns of the timeline; lines have none, and go by seconds. */
static int64_t step(const struct video *v, int count)
{
    const int64_t length = film_length(v->film);

    if (!v->strip.cols)
        return (int64_t)count * 1000000;
    return (int64_t)count * (length / v->strip.cols > 40000 ? length / v->strip.cols : 40000);
}

static void go_time(struct video *v, const char *text)
{
    int64_t time_us;

    if (!text || !sc_parse_time(text, &time_us))
        browser_fail(v->view.browser, "'%s' is no time; try 12.5, 1:02 or 1:02:03.5", text ? text : "");
    else
        film_go(v->film, time_us);
}

static void play(struct video *v)
{
    const char *started = outside_play(v->film->source.path, v->film->cursor_us);

    if (started)
        browser_say(v->view.browser, "started %s", started);
    else
        browser_fail(v->view.browser, "neither mpv nor ffplay is installed");
}

static void copy(struct video *v)
{
    char time[32];

    sc_format_time(v->film->cursor_us, time);
    if (!v->view.browser->screen)
        browser_fail(v->view.browser, "there is no clipboard to copy to");
    else if (terminal_copy(&v->view.browser->terminal, time))
        browser_say(v->view.browser, "copied %s", time);
}

static void ask(struct video *v, const char *question)
{
    struct request r = { .view = "answer", .film = v->film, .time_us = -1 };

    if (conversation_ask(v->film, question ? question : ""))
        browser_go(v->view.browser, &r);
    else
        browser_fail(v->view.browser, "an answer is still coming; Esc stops it");
}

static void move(struct video *v, bool moved, const char *what)
{
    if (!moved)
        browser_say(v->view.browser, "no %s there", what);
}

/* What moves. */
static bool act_on_time(struct video *v, enum action_id id, int count, const char *argument)
{
    struct film *f = v->film;
    const int n = count ? count : 1;

    switch (id) {
    case ACT_DOWN: case ACT_NEXT_EVENT: move(v, film_go_event(f, n), "event"); return true;
    case ACT_UP: case ACT_PREVIOUS_EVENT: move(v, film_go_event(f, -n), "event"); return true;
    case ACT_NEXT_MARK: move(v, film_go_mark(f, n), "mark"); return true;
    case ACT_PREVIOUS_MARK: move(v, film_go_mark(f, -n), "mark"); return true;
    case ACT_LEFT: film_go(f, f->cursor_us - step(v, n)); return true;
    case ACT_RIGHT: film_go(f, f->cursor_us + step(v, n)); return true;
    case ACT_PAGE_DOWN: film_go(f, f->cursor_us + n * film_length(f) / 10); return true;
    case ACT_PAGE_UP: film_go(f, f->cursor_us - n * film_length(f) / 10); return true;
    case ACT_FIRST: film_go(f, 0); return true;
    case ACT_LAST: film_go(f, film_length(f)); return true;
    case ACT_TIME: go_time(v, argument); return true;
    default: return false;
    }
}

static bool act(struct view *view, const struct action *a, int count, const char *argument)
{
    struct video *v = (struct video *)view;
    struct film *f = v->film;
    struct request query = { .view = "query", .film = f, .time_us = -1 };
    struct request answers = { .view = "answer", .film = f, .time_us = -1 };
    const int n = count ? count : 1;

    if (act_on_time(v, a->id, count, argument))
        return true;
    switch (a->id) {
    case ACT_COMPARE: v->compares = !v->compares; return true;
    case ACT_MORE: film_retune(f, f->sensitivity + 0.05 * n); return true;
    case ACT_LESS: film_retune(f, f->sensitivity - 0.05 * n); return true;
    case ACT_MARK: film_mark(f); return true;
    case ACT_SPAN: film_span(f); return true;
    case ACT_UNDO: move(v, film_undo(f), "change of marks"); return true;
    case ACT_ASK: ask(v, argument); return true;
    case ACT_ANSWERS: browser_go(view->browser, &answers); return true;
    case ACT_CAPTION:
        captioning_start(view->browser, f->catalog, &f->source.path, 1, argument);
        return true;
    case ACT_QUERY: browser_go(view->browser, &query); return true;
    case ACT_PLAYER: play(v); return true;
    case ACT_COPY: copy(v); return true;
    case ACT_EXPORT: export_film(view->browser, f, argument); return true;
    default: return false;
    }
}

/* One place where the words are, at time_us; better places take the place of worse ones. */
struct place {
    int64_t from_us;         /* where the search begins */
    int direction;
    int64_t near_us, far_us; /* the nearest that way, and where going round begins; -1: none */
};

static void consider(struct place *p, int64_t time_us)
{
    const bool back = p->direction < 0;
    const bool ahead = back ? time_us < p->from_us : p->direction > 0 ? time_us > p->from_us : time_us >= p->from_us;
    int64_t *best = ahead ? &p->near_us : &p->far_us;

    if (*best < 0 || (back ? time_us > *best : time_us < *best))
        *best = time_us;
}

/* In the lines of events, and in captions. */
static bool search(struct view *view, const char *words, int direction)
{
    struct film *f = ((struct video *)view)->film;
    const struct sc_changes *c = film_changes(f);
    const int at = film_event_at(f, f->cursor_us);
    struct place p = { f->cursor_us, direction, -1, -1 };
    char line[128];
    int i;

    if (!direction && at >= 0)
        p.from_us = c->events[at].start_us;
    for (i = 0; c && i < c->n_events; i++) {
        words_event(c, i, line);
        if (words_found(line, words))
            consider(&p, c->events[i].start_us);
    }
    for (i = 0; f->kept && i < f->kept->n_passages; i++)
        if (f->kept->passages[i].start_us >= 0 && words_found(f->kept->passages[i].text, words))
            consider(&p, f->kept->passages[i].start_us);
    if (p.near_us < 0 && p.far_us < 0)
        return false;
    film_go(f, p.near_us >= 0 ? p.near_us : p.far_us);
    return true;
}

static bool is_in(struct area a, int row, int col)
{
    return row >= a.row && row < a.row + a.rows && col >= a.col && col < a.col + a.cols;
}

static void click(struct view *view, int row, int col)
{
    struct video *v = (struct video *)view;
    const struct sc_changes *c = film_changes(v->film);
    const int event = v->first_event + row - v->list.row;

    if (is_in(v->strip, row, col))
        film_go(v->film, film_length(v->film) * (col - v->strip.col) / v->strip.cols);
    else if (is_in(v->list, row, col) && c && event < c->n_events)
        film_go(v->film, c->events[event].start_us);
}

static void write_captions(const struct film *f, FILE *out)
{
    char from[32];
    int i;

    for (i = 0; f->kept && i < f->kept->n_passages; i++) {
        const struct sc_passage *p = &f->kept->passages[i];
        char *shown = words_visible(p->text);

        if (shown && p->start_us >= 0)
            fprintf(out, "%s at %s: %s\n", sc_passage_kind_name(p->kind), words_time(p->start_us, from), shown);
        else if (shown)
            fprintf(out, "%s: %s\n", sc_passage_kind_name(p->kind), shown);
        free(shown);
    }
}

static void write_lines(struct view *view, FILE *out)
{
    const struct film *f = ((struct video *)view)->film;
    const struct sc_changes *c = film_changes(f);
    char line[256], time[32], length[32];
    int i;

    fprintf(out, "video %s\n", words_name(f->source.path));
    if (f->state == FILM_FAILED)
        fprintf(out, "failed: %s\n", f->err.text);
    if (!c)
        return;
    fprintf(out, "%dx%d, %s long, %d changes, %d chosen pictures, sensitivity %.2f\n", c->source.width,
            c->source.height, words_time(film_length(f), length), c->n_events, c->n_frames, f->sensitivity);
    for (i = 0; i < c->n_events; i++) {
        words_event(c, i, line);
        fprintf(out, "%s%s\n", i == film_event_at(f, f->cursor_us) ? "here: " : "      ", line);
    }
    for (i = 0; i < f->marks.n; i++)
        fprintf(out, "mark at %s\n", words_time(f->marks.times_us[i], time));
    if (f->marks.to_us >= 0)
        fprintf(out, "span from %s to %s\n", words_time(f->marks.from_us, time), words_time(f->marks.to_us, length));
    write_captions(f, out);
    words_preview(f, line, sizeof line);
    fprintf(out, "asking: %s\n", line);
    fprintf(out, "at %s\n", words_time(f->cursor_us, time));
}

const struct view_ops view_video = {
    .name = "video",
    .open = open_video,
    .close = close_video,
    .draw = draw,
    .act = act,
    .search = search,
    .click = click,
    .write = write_lines,
};
