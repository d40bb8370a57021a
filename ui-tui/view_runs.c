/* Runs of captions over a catalogue: how far they are, what they cost, what failed and why. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui-tui/catalogue.h"
#include "ui-tui/pager.h"
#include "ui-tui/views.h"
#include "ui-tui/words.h"

struct runs_view {
    struct view view;
    struct catalogue *catalogue;
    struct pager lines;
    unsigned version;
};

static struct view *open_runs(struct browser *b, const struct request *r)
{
    struct runs_view *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->view = (struct view){ &view_runs, b };
    v->catalogue = r->catalogue;
    return &v->view;
}

static void close_runs(struct view *v)
{
    pager_dispose(&((struct runs_view *)v)->lines);
    free(v);
}

static void add_run(struct pager *l, const struct sc_run *r)
{
    char when[32], cost[32], in[32];

    pager_add(l, r->is_alive ? STYLE_GOOD : STYLE_PLAIN, -1,
              "  %s  %" PRId64 " found, %" PRId64 " done, %" PRId64 " unchanged, %" PRId64 " failed  %s tokens %s  %s",
              words_date(r->started_us, when), r->n_found, r->n_done, r->n_unchanged, r->n_failed,
              words_count(r->prompt_tokens + r->output_tokens, in), words_price(r->cost_usd, cost),
              r->is_alive ? "goes on" : r->ending);
}

static void add_failure(struct pager *l, const struct sc_failure *f)
{
    pager_add(l, STYLE_BAD, -1, "  %s", f->path);
    pager_add(l, STYLE_PLAIN, -1, "      %s, tried %d time%s: %s", sc_failure_class_name(f->which), f->tries,
              f->tries == 1 ? "" : "s", f->reason);
}

static void refresh(struct runs_view *v)
{
    const struct catalogue *c = v->catalogue;
    char n[32], cost[32];
    int i;

    if (v->lines.n && v->version == c->version)
        return;
    v->version = c->version;
    pager_clear(&v->lines);
    if (*c->err.text)
        pager_add(&v->lines, STYLE_BAD, -1, "%s", c->err.text);
    if (!c->file) {
        pager_add(&v->lines, STYLE_DIM, -1, "this folder has no catalogue, so there were no runs");
        return;
    }
    pager_add(&v->lines, STYLE_STRONG, -1, "%s videos, %" PRId64 " captioned, %" PRId64 " failed; %s so far",
              words_count(c->status.n_videos, n), c->status.n_in_state[SC_VIDEO_DONE],
              c->status.n_in_state[SC_VIDEO_FAILED], words_price(c->status.cost_usd, cost));
    pager_add(&v->lines, STYLE_PLAIN, -1, "%s", "");
    pager_add(&v->lines, STYLE_ACCENT, -1, c->runs.n ? "runs, the newest first" : "no run yet");
    for (i = 0; i < c->runs.n; i++)
        add_run(&v->lines, &c->runs.rows[i]);
    pager_add(&v->lines, STYLE_PLAIN, -1, "%s", "");
    pager_add(&v->lines, STYLE_ACCENT, -1, c->failures.n ? "failures, the newest first" : "nothing failed");
    for (i = 0; i < c->failures.n; i++)
        add_failure(&v->lines, &c->failures.rows[i]);
    if (c->n_retried >= 0)
        pager_add(&v->lines, STYLE_GOOD, -1, "%" PRId64 " will be tried again by the next run", c->n_retried);
}

static void draw(struct view *view, struct screen *s, struct area a)
{
    struct runs_view *v = (struct runs_view *)view;

    refresh(v);
    screen_fill(s, a.row, a.col, a.cols, STYLE_BAR);
    screen_print(s, a.row, a.col, a.cols, STYLE_BAR, " runs  %s", words_name(v->catalogue->folder));
    pager_draw(&v->lines, s, (struct area){ a.row + 1, a.col + 1, a.rows - 1, a.cols - 1 });
}

static bool act(struct view *view, const struct action *a, int count, const char *argument)
{
    struct runs_view *v = (struct runs_view *)view;

    (void)argument;
    switch (a->id) {
    case ACT_RETRY:
        if (v->catalogue->file)
            catalogue_retry(v->catalogue);
        return true;
    case ACT_REFRESH: catalogue_read(v->catalogue, v->catalogue->first); return true;
    default: return pager_act(&v->lines, a->id, count);
    }
}

static bool search(struct view *view, const char *words, int direction)
{
    return pager_search(&((struct runs_view *)view)->lines, words, direction);
}

static void write_lines(struct view *view, FILE *out)
{
    refresh((struct runs_view *)view);
    pager_print(&((struct runs_view *)view)->lines, out);
}

const struct view_ops view_runs = {
    .name = "runs",
    .open = open_runs,
    .close = close_runs,
    .draw = draw,
    .act = act,
    .search = search,
    .write = write_lines,
};
