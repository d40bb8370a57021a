/* Questions and answers about a film. Times in brackets are links to its moments. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui-tui/conversation.h"
#include "ui-tui/export.h"
#include "ui-tui/pager.h"
#include "ui-tui/outside.h"
#include "ui-tui/views.h"
#include "ui-tui/words.h"

struct answer_view {
    struct view view;
    struct film *film;
    struct pager lines;
    int cols;                /* that the lines are broken to */
    unsigned version;
    int link;                /* chosen, among those of the last turn; -1: none */
    bool follows;            /* stay at the end while the answer comes */
};

static struct turn *last_turn(const struct answer_view *v)
{
    struct conversation *c = v->film->conversation;

    return c && c->n ? &c->turns[c->n - 1] : NULL;
}

static struct view *open_answer(struct browser *b, const struct request *r)
{
    struct answer_view *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->view = (struct view){ &view_answer, b };
    v->film = r->film;
    v->film->version++;
    v->link = -1;
    v->follows = true;
    return &v->view;
}

static void close_answer(struct view *v)
{
    pager_dispose(&((struct answer_view *)v)->lines);
    free(v);
}

/* ---- as lines ---- */

static void add_costs(struct pager *l, const struct sc_answer *a)
{
    char in[32], cached[64] = "", out[32], price[32];

    if (a->cached_tokens > 0)
        snprintf(cached, sizeof cached, " (%s from the service's cache)", words_count(a->cached_tokens, in));
    if (a->no_model)
        pager_add(l, STYLE_DIM, -1, "from what was measured; no model was used");
    else if (a->sent)
        pager_add(l, STYLE_DIM, -1, "%s at %s, packed as %s: %s tokens%s, %s answered %s", a->model, a->service, a->pack,
                  words_count(a->prompt_tokens >= 0 ? a->prompt_tokens : a->image_tokens + a->text_tokens, in), cached,
                  words_count(a->output_tokens, out), words_price(a->price_usd, price));
    if (a->incomplete)
        pager_add(l, STYLE_WARN, -1, "the answer was cut off");
}

static void add_turn(struct pager *l, const struct turn *t, int cols)
{
    char from[32], to[32], about[96] = "", *head = NULL;

    if (t->goes_on)
        snprintf(about, sizeof about, " (going on)");
    else if (t->to_us >= 0)
        snprintf(about, sizeof about, " (from %s to %s)", words_time(t->from_us, from), words_time(t->to_us, to));
    else if (t->n_moments)
        snprintf(about, sizeof about, " (%d marked moment%s)", t->n_moments, t->n_moments == 1 ? "" : "s");
    if (asprintf(&head, "%s%s", *t->question ? t->question : WHAT_CHANGED, about) >= 0)
        pager_wrap(l, STYLE_STRONG, -1, cols, "", head);
    free(head);
    pager_wrap(l, STYLE_PLAIN, -1, cols, "  ", t->text);
    if (t->is_coming)
        pager_wrap(l, STYLE_DIM, -1, cols, "", *t->notice ? t->notice : "asking ...");
    else if (t->status == SC_ERR_CANCELLED)
        pager_add(l, STYLE_WARN, -1, "stopped");
    else if (t->status)
        pager_wrap(l, STYLE_BAD, -1, cols, "", t->err.text);
    else if (t->answer)
        add_costs(l, t->answer);
    else if (t->asked_us)
        pager_add(l, STYLE_DIM, -1, "%s, %s", t->model, words_date(t->asked_us, from));
    pager_add(l, STYLE_PLAIN, -1, "%s", "");
}

/* The cited times of the last answer, one a line: what Enter and clicks go to. */
static void add_links(struct answer_view *v)
{
    const struct turn *t = last_turn(v);
    char time[32];
    int i;

    if (!t || !t->n_links)
        return;
    pager_add(&v->lines, STYLE_ACCENT, -1, "cited (Tab chooses, Enter goes there)");
    for (i = 0; i < t->n_links; i++) {
        const int event = film_event_at(v->film, t->links[i].time_us);
        char line[128] = "";

        if (event >= 0)
            words_event(film_changes(v->film), event, line);
        pager_add(&v->lines, i == v->link ? STYLE_SELECTED : STYLE_LINK, i, "  %s%s  %s",
                  sc_format_time(t->links[i].time_us, time),
                  t->is_coming || t->links[i].is_known || !t->answer || t->answer->no_model
                      ? ""
                      : " (no picture of it was shown)",
                  line);
    }
}

static void refresh(struct answer_view *v, int cols)
{
    const struct conversation *c = v->film->conversation;
    int i;

    if (v->version == v->film->version && v->cols == cols && v->lines.n)
        return;
    v->version = v->film->version;
    v->cols = cols;
    pager_clear(&v->lines);
    if (!c || !c->n)
        pager_add(&v->lines, STYLE_DIM, -1, "nothing was asked yet; 'a' asks");
    for (i = 0; c && i < c->n; i++)
        add_turn(&v->lines, &c->turns[i], cols);
    add_links(v);
    if (v->follows)
        v->lines.top = v->lines.n;
}

static void draw(struct view *view, struct screen *s, struct area area)
{
    struct answer_view *v = (struct answer_view *)view;

    refresh(v, area.cols - 2);
    screen_fill(s, area.row, area.col, area.cols, STYLE_BAR);
    screen_print(s, area.row, area.col, area.cols, STYLE_BAR, " answers  %s", words_name(v->film->source.path));
    pager_draw(&v->lines, s, (struct area){ area.row + 1, area.col + 1, area.rows - 1, area.cols - 2 });
}

/* ---- acting ---- */

static void choose_link(struct answer_view *v, int by)
{
    const struct turn *t = last_turn(v);
    int i;

    if (!t || !t->n_links) {
        browser_say(v->view.browser, "the answer cites no time");
        return;
    }
    v->link = v->link < 0 ? (by > 0 ? 0 : t->n_links - 1) : (v->link + by + t->n_links) % t->n_links;
    v->follows = false;
    v->film->version++;
    refresh(v, v->cols);
    for (i = 0; i < v->lines.n; i++)
        if (v->lines.items[i].tag == v->link)
            pager_show(&v->lines, i);
}

static void go_to_link(struct answer_view *v, int link)
{
    const struct turn *t = last_turn(v);
    struct request r = { .view = "video", .film = v->film };

    if (!t || link < 0 || link >= t->n_links) {
        browser_say(v->view.browser, "Tab chooses a cited time");
        return;
    }
    r.time_us = t->links[link].time_us;
    browser_go(v->view.browser, &r);
}

static void copy(struct answer_view *v)
{
    const struct turn *t = last_turn(v);

    if (!v->view.browser->screen || !t)
        browser_fail(v->view.browser, t ? "there is no clipboard to copy to" : "there is no answer");
    else if (terminal_copy(&v->view.browser->terminal, t->text))
        browser_say(v->view.browser, "copied the answer");
    else
        browser_fail(v->view.browser, "the answer is too long for a clipboard; 'export' writes it to a file");
}

static void ask(struct answer_view *v, const char *question)
{
    v->link = -1;
    v->follows = true;
    if (!conversation_ask_further(v->film, question ? question : ""))
        browser_fail(v->view.browser, "an answer is still coming; Esc stops it");
}

static void write_out(struct answer_view *v, const char *path)
{
    const struct turn *t = last_turn(v);

    if (t && t->answer)
        export_answer(v->view.browser, t->answer, path);
    else
        browser_fail(v->view.browser, "there is no whole answer to write");
}

static void play(struct answer_view *v)
{
    const struct turn *t = last_turn(v);
    const bool chosen = t && v->link >= 0 && v->link < t->n_links;
    const char *started = outside_play(v->film->source.path, chosen ? t->links[v->link].time_us : v->film->cursor_us);

    if (started)
        browser_say(v->view.browser, "started %s", started);
    else
        browser_fail(v->view.browser, "neither mpv nor ffplay is installed");
}

static bool act(struct view *view, const struct action *a, int count, const char *argument)
{
    struct answer_view *v = (struct answer_view *)view;
    struct request query = { .view = "query", .film = v->film, .time_us = -1 };

    switch (a->id) {
    case ACT_NEXT_LINK: choose_link(v, count ? count : 1); return true;
    case ACT_PREVIOUS_LINK: choose_link(v, count ? -count : -1); return true;
    case ACT_OPEN: go_to_link(v, v->link); return true;
    case ACT_ASK: ask(v, argument); return true;
    case ACT_QUERY: browser_go(view->browser, &query); return true;
    case ACT_COPY: copy(v); return true;
    case ACT_EXPORT: write_out(v, argument); return true;
    case ACT_PLAYER: play(v); return true;
    default: break;
    }
    v->follows = v->follows && a->id == ACT_LAST;
    return pager_act(&v->lines, a->id, count);
}

static bool search(struct view *view, const char *words, int direction)
{
    struct answer_view *v = (struct answer_view *)view;

    v->follows = false;
    return pager_search(&v->lines, words, direction);
}

static void click(struct view *view, int row, int col)
{
    struct answer_view *v = (struct answer_view *)view;
    const int at = v->lines.top + row - 1;

    (void)col;
    if (row > 0 && at < v->lines.n && v->lines.items[at].tag >= 0)
        go_to_link(v, v->lines.items[at].tag);
}

static void write_lines(struct view *view, FILE *out)
{
    refresh((struct answer_view *)view, 100);
    pager_print(&((struct answer_view *)view)->lines, out);
}

const struct view_ops view_answer = {
    .name = "answer",
    .open = open_answer,
    .close = close_answer,
    .draw = draw,
    .act = act,
    .search = search,
    .click = click,
    .write = write_lines,
};
