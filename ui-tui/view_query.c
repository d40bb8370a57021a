/* What asking would send: its images one by one, with sizes, tiles and tokens; what it costs; what was left out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui-tui/conversation.h"
#include "ui-tui/pager.h"
#include "ui-tui/views.h"
#include "ui-tui/words.h"

static const char *const packs[] = { "auto", "full", "pair", "delta", "grid", NULL };

struct query_view {
    struct view view;
    struct film *film;
    struct pager lines;
    unsigned version;        /* of the film that the lines tell of; never 0 */
};

static struct view *open_query(struct browser *b, const struct request *r)
{
    struct query_view *q = calloc(1, sizeof *q);

    if (!q)
        return NULL;
    q->view = (struct view){ &view_query, b };
    q->film = r->film;
    q->film->version++;
    return &q->view;
}

static void close_query(struct view *v)
{
    pager_dispose(&((struct query_view *)v)->lines);
    free(v);
}

static void add_images(struct pager *l, const struct sc_answer *a)
{
    int i;

    pager_add(l, STYLE_ACCENT, -1, "  #  time         role     shows  size        grid    tokens  event");
    for (i = 0; i < a->n_images; i++) {
        const struct sc_image_cost *c = &a->images[i];
        char time[32], tokens[32], size[32], event[16] = "";

        if (c->event >= 0)
            snprintf(event, sizeof event, "%d", c->event + 1);
        snprintf(size, sizeof size, "%dx%d", c->width, c->height);
        pager_add(l, STYLE_PLAIN, -1, "%3d  %-11s  %-7s  %-5s  %-10s  %-6s %7s  %s", i + 1,
                  words_time(c->time_us, time), sc_role_name(c->role), c->what, size, c->grid,
                  words_count(c->tokens, tokens), event);
    }
}

static void add_left_out(struct pager *l, const struct film *f, const struct sc_answer *a)
{
    const struct sc_changes *c = film_changes(f);
    int i;

    if (!a->frames_left_out)
        return;
    pager_add(l, STYLE_PLAIN, -1, "%s", "");
    pager_add(l, STYLE_WARN, -1, "left out, because there is no room for more:");
    for (i = 0; c && i < a->frames_left_out; i++) {
        const struct sc_frame *frame = &c->frames[a->left_out[i] < c->n_frames ? a->left_out[i] : 0];
        char time[32];

        pager_add(l, STYLE_PLAIN, -1, "     %-11s  %-7s  %s", words_time(frame->time_us, time),
                  sc_role_name(frame->role), frame->reason);
    }
}

static void add_answer(struct pager *l, const struct film *f, const struct sc_answer *a)
{
    char images[32], text[32], price[32];

    if (a->nothing_changed) {
        pager_add(l, STYLE_PLAIN, -1, "nothing changed: nothing would be sent, and nothing paid");
        return;
    }
    pager_add(l, STYLE_STRONG, -1, "model    %s at %s", a->model ? a->model : "?", a->service ? a->service : "?");
    pager_add(l, STYLE_STRONG, -1, "packing  %s%s%s", a->pack ? a->pack : "", a->pack_reason ? ": " : "",
              a->pack_reason ? a->pack_reason : "");
    pager_add(l, STYLE_STRONG, -1, "tokens   %s of %d images%s + %s of words%s", words_count(a->image_tokens, images),
              a->n_images, a->image_exact ? "" : " (estimated)", words_count(a->text_tokens, text),
              a->text_exact ? "" : " (estimated)");
    words_price(a->price_usd, price);
    pager_add(l, STYLE_STRONG, -1, "price    %s", *price ? price : "not known, or nothing to pay");
    pager_add(l, STYLE_PLAIN, -1, "%s", "");
    add_images(l, a);
    add_left_out(l, f, a);
}

static void refresh(struct query_view *q)
{
    const struct film *f = q->film;

    if (q->version == f->version && q->lines.n)
        return;
    q->version = f->version;
    pager_clear(&q->lines);
    if (f->preview && !f->is_previewing)
        add_answer(&q->lines, f, f->preview);
    else if (f->is_previewing)
        pager_add(&q->lines, STYLE_DIM, -1, "counting ...");
    else if (*f->preview_err.text)
        pager_wrap(&q->lines, STYLE_BAD, -1, 76, "", f->preview_err.text);
    else
        pager_add(&q->lines, STYLE_DIM, -1, "not known before the video was looked at");
}

static void draw(struct view *v, struct screen *s, struct area area)
{
    struct query_view *q = (struct query_view *)v;

    refresh(q);
    screen_fill(s, area.row, area.col, area.cols, STYLE_BAR);
    screen_print(s, area.row, area.col, area.cols, STYLE_BAR, " what would be sent  %s  packing %s  sensitivity %.2f",
                 words_name(q->film->source.path), q->film->ask.pack ? q->film->ask.pack : "auto", q->film->sensitivity);
    pager_draw(&q->lines, s, (struct area){ area.row + 1, area.col + 1, area.rows - 1, area.cols - 1 });
}

/* The next packing, or the one named. */
static void set_pack(struct query_view *q, const char *name)
{
    const char *now = q->film->ask.pack ? q->film->ask.pack : "auto";
    int i, at = -1;

    for (i = 0; packs[i]; i++)
        if (name && *name ? !strcmp(packs[i], name) : !strcmp(packs[i], now))
            at = i;
    if (name && *name && at < 0) {
        browser_fail(q->view.browser, "there is no packing '%s': auto, full, pair, delta or grid", name);
        return;
    }
    q->film->ask.pack = packs[name && *name ? at : packs[at + 1] ? at + 1 : 0];
    film_preview(q->film);
}

static void set_model(struct query_view *q, const char *name)
{
    free(q->film->own_model);
    q->film->own_model = name && *name ? strdup(name) : NULL;
    q->film->ask.model = q->film->own_model ? q->film->own_model : q->view.browser->settings->ask.model;
    film_preview(q->film);
}

static void ask(struct query_view *q, const char *question)
{
    struct request r = { .view = "answer", .film = q->film, .time_us = -1 };

    if (conversation_ask(q->film, question ? question : ""))
        browser_go(q->view.browser, &r);
    else
        browser_fail(q->view.browser, "an answer is still coming; Esc stops it");
}

static bool act(struct view *v, const struct action *a, int count, const char *argument)
{
    struct query_view *q = (struct query_view *)v;
    struct request answers = { .view = "answer", .film = q->film, .time_us = -1 };
    const int n = count ? count : 1;

    switch (a->id) {
    case ACT_PACK: set_pack(q, argument); return true;
    case ACT_MODEL: set_model(q, argument); return true;
    case ACT_MORE: film_retune(q->film, q->film->sensitivity + 0.05 * n); return true;
    case ACT_LESS: film_retune(q->film, q->film->sensitivity - 0.05 * n); return true;
    case ACT_OPEN: case ACT_ASK: ask(q, argument); return true;
    case ACT_ANSWERS: browser_go(v->browser, &answers); return true;
    default: return pager_act(&q->lines, a->id, count);
    }
}

static void write_lines(struct view *v, FILE *out)
{
    refresh((struct query_view *)v);
    pager_print(&((struct query_view *)v)->lines, out);
}

const struct view_ops view_query = {
    .name = "query",
    .open = open_query,
    .close = close_query,
    .draw = draw,
    .act = act,
    .write = write_lines,
};
