/* Many videos: a table that is sorted, filtered and searched where it is kept. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui-tui/catalogue.h"
#include "ui-tui/views.h"
#include "ui-tui/words.h"

struct archive_view {
    struct view view;
    struct catalogue *catalogue;
    int64_t top, at;         /* rows: the first shown, the chosen one */
    int rows;                /* as drawn last */
};

static struct view *open_archive(struct browser *b, const struct request *r)
{
    struct archive_view *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->view = (struct view){ &view_archive, b };
    v->catalogue = r->catalogue;
    v->rows = 20;
    return &v->view;
}

static void close_archive(struct view *v) { free(v); }

/* ---- drawing ---- */

static int64_t clamp(int64_t x, int64_t low, int64_t high) { return x > high ? (high > low ? high : low) : x < low ? low : x; }

/* The path as seen from the folder. */
static const char *short_path(const struct catalogue *c, const char *path)
{
    const size_t n = strlen(c->folder);

    return !strncmp(path, c->folder, n) && path[n] == '/' ? path + n + 1 : path;
}

static void row_words(const struct catalogue *c, const struct sc_video *video, int cols, char *out, size_t size)
{
    const int title = cols > 100 ? (cols - 40) / 2 : 0, path = cols - 40 - title;
    char length[32] = "", cost[32] = "", events[16] = "", name[512], called[512];

    if (video->duration_us > 0)
        words_time(video->duration_us, length);
    if (video->cost_usd > 0)
        words_price(video->cost_usd, cost);
    if (c->is_database && video->state != SC_VIDEO_NEW)
        snprintf(events, sizeof events, "%d", video->n_events);
    words_fit(*video->title && !title ? video->title : short_path(c, video->path), path, name, sizeof name);
    words_fit(video->title, title, called, sizeof called);
    snprintf(out, size, " %s%s%s %10s %7s  %-8s %8s", name, title ? " " : "", title ? called : "", length, events,
             c->is_database ? sc_video_state_name(video->state) : "", cost);
}

static void draw_title(const struct archive_view *v, struct screen *s, struct area a)
{
    const struct catalogue *c = v->catalogue;
    char n[32], right[128];
    int size;

    size = snprintf(right, sizeof right, "%s%s by %s%s ", which_names[c->which], *c->text ? ", searched" : "",
                    order_names[c->order], c->descending ? ", downwards" : "");
    screen_fill(s, a.row, a.col, a.cols, STYLE_BAR);
    screen_print(s, a.row, a.col, a.cols - size - 1, STYLE_BAR, " %s  %s video%s%s", words_name(c->folder),
                 words_count(c->total, n), c->total == 1 ? "" : "s", c->is_busy ? " ..." : "");
    screen_text(s, a.row, a.col + a.cols - size, size, STYLE_BAR, right);
}

static void draw(struct view *view, struct screen *s, struct area a)
{
    struct archive_view *v = (struct archive_view *)view;
    struct catalogue *c = v->catalogue;
    const int64_t middle = v->top + v->rows / 2;
    char line[2048];
    int i;

    v->rows = a.rows - 2;
    v->at = clamp(v->at, 0, c->total - 1);
    v->top = clamp(v->top, v->at - v->rows + 1, v->at);
    if (!c->is_busy && c->total > c->page.n && !*c->err.text &&
        ((v->top < c->first) || (v->top + v->rows > c->first + c->page.n && c->first + c->page.n < c->total)))
        catalogue_read(c, middle);
    draw_title(v, s, a);
    screen_print(s, a.row + 1, a.col, a.cols, STYLE_ACCENT, " %-*s %10s %7s  %-8s %8s", a.cols - 40 + (a.cols > 100),
                 c->is_database ? "video" : "file", "length", "changes", "state", "cost");
    if (*c->err.text)
        screen_text(s, a.row + 2, a.col + 1, a.cols - 1, STYLE_BAD, c->err.text);
    for (i = 0; i < v->rows && v->top + i < c->total; i++) {
        const struct sc_video *video = catalogue_row(c, v->top + i);
        const enum style style = v->top + i == v->at                              ? STYLE_SELECTED
                                 : video && video->state == SC_VIDEO_FAILED ? STYLE_BAD
                                                                            : STYLE_PLAIN;

        if (!video)
            continue;
        row_words(c, video, a.cols, line, sizeof line);
        screen_text(s, a.row + 2 + i, a.col, a.cols, style, line);
    }
}

/* ---- acting ---- */

static void open_chosen(struct archive_view *v)
{
    const struct sc_video *video = catalogue_row(v->catalogue, v->at);
    struct request r = { .view = "video", .time_us = -1 };

    if (!video)
        return;
    r.film = browser_film(v->view.browser, video->path);
    if (r.film && !r.film->catalog && v->catalogue->file)
        r.film->catalog = strdup(v->catalogue->file);
    if (r.film)
        browser_go(v->view.browser, &r);
    else
        browser_fail(v->view.browser, "not enough memory");
}

/* The index of name in names, the one after at if there is no name, -1: there is none. */
static int choose(const char *const *names, const char *name, int at)
{
    int i;

    if (!name || !*name)
        return names[at + 1] ? at + 1 : 0;
    for (i = 0; names[i]; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

static void read_anew(struct archive_view *v)
{
    v->at = v->top = 0;
    catalogue_read(v->catalogue, 0);
}

static void sort(struct archive_view *v, const char *name)
{
    struct catalogue *c = v->catalogue;
    const int order = choose(order_names, name, (int)c->order);

    if (!c->is_database) {
        browser_fail(v->view.browser, "a folder without a catalogue is in the order of its paths");
    } else if (order < 0) {
        browser_fail(v->view.browser, "sort by path, title, length, changes, state, cost or date");
    } else {
        c->descending = order != SC_BY_PATH && order != SC_BY_TITLE && order != SC_BY_STATE;
        c->order = (enum sc_video_order)order;
        read_anew(v);
    }
}

static void filter(struct archive_view *v, const char *name)
{
    struct catalogue *c = v->catalogue;
    const int which = choose(which_names, name, (int)c->which);

    if (!c->is_database) {
        browser_fail(v->view.browser, "a folder without a catalogue knows no states");
    } else if (which < 0) {
        browser_fail(v->view.browser, "show all, new, looked, captioned or failed");
    } else {
        c->which = (enum which)which;
        read_anew(v);
    }
}

static bool act(struct view *view, const struct action *a, int count, const char *argument)
{
    struct archive_view *v = (struct archive_view *)view;
    struct request runs = { .view = "runs", .catalogue = v->catalogue, .time_us = -1 };
    const int64_t n = count ? count : 1, last = v->catalogue->total - 1;

    switch (a->id) {
    case ACT_DOWN: v->at = clamp(v->at + n, 0, last); return true;
    case ACT_UP: v->at = clamp(v->at - n, 0, last); return true;
    case ACT_PAGE_DOWN: v->at = clamp(v->at + n * v->rows, 0, last); return true;
    case ACT_PAGE_UP: v->at = clamp(v->at - n * v->rows, 0, last); return true;
    case ACT_FIRST: v->at = 0; return true;
    case ACT_LAST: v->at = count ? clamp(count - 1, 0, last) : last; return true;
    case ACT_OPEN: open_chosen(v); return true;
    case ACT_SORT: sort(v, argument); return true;
    case ACT_FILTER: filter(v, argument); return true;
    case ACT_RUNS: browser_go(view->browser, &runs); return true;
    case ACT_REFRESH: catalogue_read(v->catalogue, v->at); return true;
    default: return false;
    }
}

static void typing(struct view *view, const char *words)
{
    struct archive_view *v = (struct archive_view *)view;

    if (!strcmp(words, v->catalogue->text))
        return;
    snprintf(v->catalogue->text, sizeof v->catalogue->text, "%s", words);
    read_anew(v);
}

static void click(struct view *view, int row, int col)
{
    struct archive_view *v = (struct archive_view *)view;
    const int64_t at = v->top + row - 2;

    (void)col;
    if (row < 2 || at >= v->catalogue->total)
        return;
    if (at == v->at)
        open_chosen(v);
    v->at = at;
}

static void write_lines(struct view *view, FILE *out)
{
    const struct archive_view *v = (struct archive_view *)view;
    const struct catalogue *c = v->catalogue;
    char line[2048];
    int64_t i;

    if (*c->err.text)
        fprintf(out, "failed: %s\n", c->err.text);
    fprintf(out, "%" PRId64 " videos, %s by %s\n", c->total, which_names[c->which], order_names[c->order]);
    for (i = c->first; i < c->first + c->page.n; i++) {
        char *shown;

        row_words(c, catalogue_row(c, i), 100, line, sizeof line);
        shown = words_visible(line);
        fprintf(out, "%s%s\n", i == v->at ? "here: " : "      ", shown ? shown : "");
        free(shown);
    }
}

const struct view_ops view_archive = {
    .name = "archive",
    .open = open_archive,
    .close = close_archive,
    .draw = draw,
    .act = act,
    .typing = typing,
    .click = click,
    .write = write_lines,
};
