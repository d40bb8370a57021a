/* Many videos: a table that is sorted, filtered and searched where it is kept. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui-tui/captioning.h"
#include "ui-tui/catalogue.h"
#include "ui-tui/views.h"
#include "ui-tui/words.h"

#define MAX_CHOSEN 4096

/* Paths, in the order in which they came. */
struct chosen {
    char *paths[MAX_CHOSEN];
    int n;
};

struct archive_view {
    struct view view;
    struct catalogue *catalogue;
    struct chosen marked;
    struct chosen toggled;   /* marked or not marked any more, the last one last: to be undone */
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

static void forget_chosen(struct chosen *c)
{
    while (c->n)
        free(c->paths[--c->n]);
}

static void close_archive(struct view *view)
{
    struct archive_view *v = (struct archive_view *)view;

    forget_chosen(&v->marked);
    forget_chosen(&v->toggled);
    free(v);
}

/* ---- marks ---- */

static int find_chosen(const struct chosen *c, const char *path)
{
    int i = c->n - 1;

    while (i >= 0 && strcmp(c->paths[i], path) != 0)
        i--;
    return i;
}

static bool add_chosen(struct chosen *c, const char *path)
{
    if (c->n == MAX_CHOSEN || !(c->paths[c->n] = strdup(path)))
        return false;
    c->n++;
    return true;
}

static bool toggle(struct archive_view *v, const char *path)
{
    struct chosen *c = &v->marked;
    const int at = find_chosen(c, path);

    if (at < 0)
        return add_chosen(c, path);
    free(c->paths[at]);
    memmove(c->paths + at, c->paths + at + 1, (size_t)(--c->n - at) * sizeof *c->paths);
    return true;
}

/* n rows from the chosen one on, which moves on. */
static void mark(struct archive_view *v, int64_t n)
{
    for (; n > 0; n--) {
        const struct sc_video *video = catalogue_row(v->catalogue, v->at);

        if (!video)
            return;
        if (!toggle(v, video->path)) {
            browser_fail(v->view.browser, "more than %d videos can't be marked", MAX_CHOSEN);
            return;
        }
        if (v->toggled.n == MAX_CHOSEN)
            forget_chosen(&v->toggled);
        add_chosen(&v->toggled, video->path);
        if (v->at + 1 < v->catalogue->total)
            v->at++;
        else
            n = 0;
    }
}

static void undo(struct archive_view *v, int n)
{
    if (!v->toggled.n)
        browser_say(v->view.browser, "no change of marks there");
    for (; n > 0 && v->toggled.n; n--) {
        char *path = v->toggled.paths[--v->toggled.n];

        toggle(v, path);
        free(path);
    }
}

static void caption(struct archive_view *v, const char *language)
{
    const struct sc_video *video = catalogue_row(v->catalogue, v->at);
    const char *one = video ? video->path : NULL;

    if (v->marked.n)
        captioning_start(v->view.browser, v->catalogue->file, (const char *const *)v->marked.paths, v->marked.n, language);
    else if (one)
        captioning_start(v->view.browser, v->catalogue->file, &one, 1, language);
    else
        browser_fail(v->view.browser, "there is no video here");
}

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
    if (c->file && video->state != SC_VIDEO_NEW)
        snprintf(events, sizeof events, "%d", video->n_events);
    words_fit(*video->title && !title ? video->title : short_path(c, video->path), path, name, sizeof name);
    words_fit(video->title, title, called, sizeof called);
    snprintf(out, size, " %s%s%s %10s %7s  %-8s %8s", name, title ? " " : "", title ? called : "", length, events,
             c->file ? sc_video_state_name(video->state) : "", cost);
}

static void draw_title(const struct archive_view *v, struct screen *s, struct area a)
{
    const struct catalogue *c = v->catalogue;
    char n[32], right[128], marked[32] = "";
    int size;

    if (v->marked.n)
        snprintf(marked, sizeof marked, "%d marked, ", v->marked.n);
    size = snprintf(right, sizeof right, "%s%s%s by %s%s ", marked, which_names[c->which], *c->text ? ", searched" : "",
                    order_names[c->order], c->descending ? ", downwards" : "");
    screen_fill(s, a.row, a.col, a.cols, STYLE_BAR);
    screen_print(s, a.row, a.col, a.cols - size - 1, STYLE_BAR, " %s  %s video%s%s", words_name(c->folder),
                 words_count(c->total, n), c->total == 1 ? "" : "s", c->is_busy ? " ..." : "");
    screen_text(s, a.row, a.col + a.cols - size, size, STYLE_BAR, right);
}

/* Have the next rows read when no more than three screens of them are there, either way. */
static void read_ahead(struct archive_view *v)
{
    struct catalogue *c = v->catalogue;
    const int64_t margin = 3 * (int64_t)v->rows, end = c->first + c->page.n;

    if (!c->is_busy && c->total > c->page.n && !*c->err.text &&
        ((c->first > 0 && v->top < c->first + margin) || (end < c->total && v->top + v->rows + margin > end)))
        catalogue_page(c, v->top + v->rows / 2);
}

static void draw(struct view *view, struct screen *s, struct area a)
{
    struct archive_view *v = (struct archive_view *)view;
    struct catalogue *c = v->catalogue;
    char line[2048];
    int i;

    v->rows = a.rows - 2;
    v->at = clamp(v->at, 0, c->total - 1);
    v->top = clamp(v->top, v->at - v->rows + 1, v->at);
    read_ahead(v);
    draw_title(v, s, a);
    screen_print(s, a.row + 1, a.col, a.cols, STYLE_ACCENT, " %-*s %10s %7s  %-8s %8s", a.cols - 40 + (a.cols > 100),
                 c->file ? "video" : "file", "length", "changes", "state", "cost");
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
        if (find_chosen(&v->marked, video->path) >= 0)
            screen_text(s, a.row + 2 + i, a.col, 1, STYLE_MARK, screen_either(s, "◆", "*"));
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

    if (order < 0) {
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

    if (which < 0) {
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
    case ACT_MARK: mark(v, n); return true;
    case ACT_UNDO: undo(v, (int)n); return true;
    case ACT_CAPTION: caption(v, argument); return true;
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
        fprintf(out, "%s%s%s\n", i == v->at ? "here: " : "      ",
                find_chosen(&v->marked, catalogue_row(c, i)->path) >= 0 ? "marked: " : "", shown ? shown : "");
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
