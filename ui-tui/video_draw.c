/* Drawing a video: the large picture, the events, the chosen pictures, the timeline. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ui-tui/known.h"
#include "ui-tui/pager.h"
#include "ui-tui/video.h"
#include "ui-tui/words.h"

#define CAPTION_ROWS 3           /* of the moment, below the events */

static int clamp(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

struct video_layout video_layout_of(struct area all, bool compares)
{
    struct video_layout l = { 0 };
    const int curve = all.rows >= 40 ? 4 : all.rows >= 23 ? 3 : all.rows >= 18 ? 2 : 1;
    const int strip = all.rows >= 22 ? clamp(all.rows / 5, 4, 9) : 0;
    const int body = all.rows - 1 - strip - curve - 2;
    const int list = compares ? 0 : clamp(all.cols * 9 / 20, 30, 64);

    l.picture = (struct area){ all.row + 1, all.col, body, all.cols - list - (list > 0) };
    l.list = (struct area){ all.row + 1, all.col + all.cols - list, body, list };
    l.thumbnails = (struct area){ all.row + 1 + body, all.col, strip, all.cols };
    l.curve = (struct area){ all.row + 1 + body + strip, all.col, curve, all.cols };
    l.marks = (struct area){ l.curve.row + curve, all.col, 2, all.cols };
    return l;
}

/* ---- the first line ---- */

static void say_state(const struct film *f, char *out, size_t size)
{
    const struct sc_changes *c = film_changes(f);
    const int percent = f->total_us > 0 ? (int)(100 * f->done_us / f->total_us) : 0;

    if (f->state == FILM_LOOKING)
        snprintf(out, size, "looking %d%%", clamp(percent, 0, 100));
    else if (f->state == FILM_FAILED)
        snprintf(out, size, "failed");
    else if (c)
        snprintf(out, size, "%d change%s, %d picture%s", c->n_events, c->n_events == 1 ? "" : "s", c->n_frames,
                 c->n_frames == 1 ? "" : "s");
    else
        snprintf(out, size, "not looked at");
}

static void draw_title(const struct video *v, struct screen *s, struct area all)
{
    const struct film *f = v->film;
    const struct sc_changes *c = film_changes(f);
    char left[256], right[160], state[64], length[32];
    int n;

    say_state(f, state, sizeof state);
    n = snprintf(right, sizeof right, all.cols < 80 ? "%s  %.2f " : "%s  sensitivity %.2f ", state, f->sensitivity);
    if (c)
        snprintf(left, sizeof left, " %.120s  %dx%d  %s%s%.100s", words_name(f->source.path), c->source.width,
                 c->source.height, words_time(film_length(f), length), *known_title(f) ? "  " : "", known_title(f));
    else
        snprintf(left, sizeof left, " %.200s", words_name(f->source.path));
    screen_fill(s, all.row, all.col, all.cols, STYLE_BAR);
    screen_text(s, all.row, all.col, all.cols - n - 1, STYLE_BAR, left);
    screen_text(s, all.row, all.col + all.cols - n, n, STYLE_BAR, right);
}

/* ---- pictures ---- */

static struct rendition *picture(struct video *v, int slot, enum lane lane, const struct wanted *w)
{
    struct rendition *r = gallery_get(v->view.browser->gallery, v->film, lane, w);

    if (r) {
        rendition_unref(&v->last[slot]);
        v->last[slot] = rendition_ref(r);
    }
    return v->last[slot];
}

static void draw_one(struct video *v, struct screen *s, struct area a)
{
    const struct wanted w = { SHOWS_PICTURE, v->film->cursor_us, -1, a.cols, a.rows };

    screen_picture(s, a, picture(v, 0, LANE_PICTURE, &w));
}

/* Three in a row, or two where there is no event to compare. */
static void draw_three(struct video *v, struct screen *s, struct area a)
{
    static const char *const titles[] = { "before", "after", "where it differs" };
    const struct sc_changes *c = film_changes(v->film);
    const int at = film_event_at(v->film, v->film->cursor_us);
    const struct sc_event *e = c && at >= 0 ? &c->events[at] : NULL;
    const int cols = a.cols / 3;
    int i;

    if (!e) {
        screen_text(s, a.row + a.rows / 2, a.col + 2, a.cols - 2, STYLE_DIM,
                    "no event has begun here; 'n' goes to the next");
        return;
    }
    for (i = 0; i < 3; i++) {
        const int64_t before = e->before_us >= 0 ? e->before_us : c->first_us;
        const struct area part = { a.row + 1, a.col + i * cols, a.rows - 1, cols - 1 };
        const struct wanted w = { i == 2 ? SHOWS_HEAT : SHOWS_PICTURE,
                                  i == 0   ? before
                                  : i == 1 ? (e->after_us >= 0 ? e->after_us : e->peak_us)
                                           : e->start_us,
                                  i == 2 ? at : -1, part.cols, part.rows };
        char time[32];

        screen_print(s, a.row, part.col, part.cols, STYLE_ACCENT, "%s  %s", titles[i],
                     i == 2 ? sc_kind_name(e->kind) : words_time(w.time_us, time));
        screen_picture(s, part, picture(v, i, LANE_PICTURE, &w));
    }
}

/* Returns the rows it took. */
static int draw_words(struct screen *s, struct area a, enum style style, const char *text)
{
    struct pager l = { 0 };
    int n;

    pager_wrap(&l, style, -1, a.cols, "", text);
    n = l.n < a.rows ? l.n : a.rows;
    pager_draw(&l, s, a);
    pager_dispose(&l);
    return n;
}

/* A chosen picture, its time below it and its caption beside it. */
static void draw_thumbnail(struct video *v, struct screen *s, struct area a, int frame, bool is_here, int words)
{
    const struct sc_frame *f = &film_changes(v->film)->frames[frame];
    const struct sc_passage *caption = words ? known_caption(v->film, f->time_us) : NULL;
    const struct area part = { a.row, a.col, a.rows - 1, a.cols - words };
    const struct wanted w = { SHOWS_PICTURE, f->time_us, -1, part.cols, part.rows };
    char time[32];

    screen_picture(s, part, gallery_get(v->view.browser->gallery, v->film, LANE_THUMBNAILS, &w));
    screen_print(s, a.row + part.rows, a.col, part.cols, is_here ? STYLE_SELECTED : STYLE_DIM, "%s %s",
                 words_time(f->time_us, time), sc_role_name(f->role));
    if (caption)
        draw_words(s, (struct area){ a.row, a.col + part.cols + 1, a.rows, words - 1 },
                   is_here ? STYLE_PLAIN : STYLE_DIM, caption->text);
}

/* The chosen pictures around the cursor, as many as there is room for. */
static void draw_thumbnails(struct video *v, struct screen *s, struct area a)
{
    const struct terminal *t = &v->view.browser->terminal;
    const struct sc_changes *c = film_changes(v->film);
    const int rows = a.rows - 1;
    int cols, words = 0, n, first, i, at;

    if (!c || rows < 3 || !c->source.height)
        return;
    cols = clamp((int)((double)rows * t->cell_height * c->source.width / c->source.height / t->cell_width + 0.5), 6, 40);
    if (known_caption(v->film, INT64_MAX / 2))
        words = clamp(2 * cols, 16, 36);
    n = a.cols / (cols + words + 1);
    at = film_frame_at(v->film, v->film->cursor_us);
    first = clamp(at - n / 2, 0, c->n_frames > n ? c->n_frames - n : 0);
    for (i = first; i < c->n_frames && i < first + n; i++)
        draw_thumbnail(v, s, (struct area){ a.row, a.col + (i - first) * (cols + words + 1), a.rows, cols + words }, i,
                       i == at, words);
}

/* ---- events ---- */

static void draw_events(struct video *v, struct screen *s, struct area a)
{
    const struct film *f = v->film;
    const struct sc_changes *c = film_changes(f);
    const int at = film_event_at(f, f->cursor_us);
    const struct sc_passage *caption = known_caption(f, f->cursor_us);
    const int rows = a.rows - 2 - (caption && a.rows >= 2 * CAPTION_ROWS ? CAPTION_ROWS : 0);
    char line[256];
    int i;

    v->list = (struct area){ a.row, a.col, rows, a.cols };
    if (f->state == FILM_FAILED) {
        screen_text(s, a.row, a.col, a.cols, STYLE_BAD, f->err.text);
        for (i = 0; i < 3 && strlen(f->err.text) > (size_t)((i + 1) * a.cols); i++)
            screen_text(s, a.row + i + 1, a.col, a.cols, STYLE_BAD, f->err.text + (i + 1) * a.cols);
        return;
    }
    if (c && !c->n_events)
        screen_text(s, a.row, a.col, a.cols, STYLE_DIM, "nothing changed");
    if (at >= 0 && at < v->first_event)
        v->first_event = at;
    if (at >= v->first_event + rows)
        v->first_event = at - rows + 1;
    v->first_event = clamp(v->first_event, 0, c && c->n_events > rows ? c->n_events - rows : 0);
    for (i = 0; c && i < rows && v->first_event + i < c->n_events; i++) {
        const int event = v->first_event + i;

        words_event(c, event, line);
        if (event == at)
            screen_fill(s, a.row + i, a.col, a.cols, STYLE_SELECTED);
        screen_text(s, a.row + i, a.col, a.cols, event == at ? STYLE_SELECTED : STYLE_PLAIN, line);
    }
    if (rows < a.rows - 2)
        draw_words(s, (struct area){ a.row + rows + 1, a.col, CAPTION_ROWS, a.cols }, STYLE_ACCENT, caption->text);
    if (c) {
        words_preview(f, line, sizeof line);
        screen_text(s, a.row + a.rows - 1, a.col, a.cols, STYLE_DIM, line);
    }
}

/* ---- the timeline ---- */

/* The column of a time. */
static int column(const struct film *f, int64_t time_us, int cols)
{
    const int64_t length = film_length(f);

    return length > 0 ? clamp((int)(time_us * cols / length), 0, cols - 1) : 0;
}

/* A long video has many looks: they are gone through when they change, not in every frame. */
static void refresh_scores(struct video *v, int cols)
{
    const struct film *f = v->film;

    if (v->scores_cols == cols && v->scores_n == f->curve.n && v->scores_us == film_length(f) &&
        v->scores_of == film_changes(f))
        return;
    film_curve(f, v->scores, cols);
    v->scores_cols = cols;
    v->scores_n = f->curve.n;
    v->scores_us = film_length(f);
    v->scores_of = film_changes(f);
}

static void draw_curve(struct video *v, struct screen *s, struct area a)
{
    const struct film *f = v->film;
    const int cols = a.cols < VIDEO_MOST_COLS ? a.cols : VIDEO_MOST_COLS;
    const int at = column(f, f->cursor_us, cols);
    int row, col;

    refresh_scores(v, cols);
    for (row = 0; row < a.rows; row++)
        for (col = 0; col < cols; col++) {
            /* Most changes are small, and are to be seen all the same. */
            const double level = sqrt((double)v->scores[col]) * a.rows - (a.rows - 1 - row);

            if (level > 0 || col == at)
                screen_level(s, a.row + row, a.col + col, level, col == at ? STYLE_CURSOR : STYLE_CURVE);
        }
}

static void draw_span(const struct video *v, struct screen *s, struct area a)
{
    const struct marks *m = &v->film->marks;
    int col, last;

    if (m->from_us < 0)
        return;
    col = column(v->film, m->from_us, a.cols);
    last = column(v->film, m->to_us >= 0 ? m->to_us : v->film->cursor_us, a.cols);
    if (last < col) {
        const int swap = last;

        last = col;
        col = swap;
    }
    for (; col <= last; col++)
        screen_text(s, a.row, a.col + col, 1, STYLE_MARK, screen_either(s, "─", "-"));
}

/* A letter for each event where it begins, then the marks, then where we are. */
static void draw_marks(const struct video *v, struct screen *s, struct area a)
{
    const struct film *f = v->film;
    const struct sc_changes *c = film_changes(f);
    const int at = column(f, f->cursor_us, a.cols);
    char now[32], end[32];
    int i, n, n_end, col;

    draw_span(v, s, a);
    for (i = 0; c && i < c->n_events; i++)
        screen_text(s, a.row, a.col + column(f, c->events[i].start_us, a.cols), 1, STYLE_EVENT,
                    screen_either(s, "▲", "^"));
    for (i = 0; i < f->marks.n; i++)
        screen_text(s, a.row, a.col + column(f, f->marks.times_us[i], a.cols), 1, STYLE_MARK,
                    screen_either(s, "◆", "*"));
    n = (int)strlen(words_time(f->cursor_us, now));
    n_end = (int)strlen(words_time(film_length(f), end));
    col = clamp(at - n / 2, 0, a.cols - n);
    screen_text(s, a.row + 1, a.col + col, n, STYLE_STRONG, now);
    if (col > 5)
        screen_text(s, a.row + 1, a.col, 5, STYLE_DIM, "00:00");
    if (col + n < a.cols - n_end)
        screen_text(s, a.row + 1, a.col + a.cols - n_end, n_end, STYLE_DIM, end);
}

void video_draw(struct video *v, struct screen *s, struct area area)
{
    const struct video_layout l = video_layout_of(area, v->compares);

    draw_title(v, s, area);
    if (v->compares)
        draw_three(v, s, l.picture);
    else
        draw_one(v, s, l.picture);
    if (l.list.cols)
        draw_events(v, s, l.list);
    draw_thumbnails(v, s, l.thumbnails);
    draw_curve(v, s, l.curve);
    draw_marks(v, s, l.marks);
    v->strip = (struct area){ l.curve.row, l.curve.col, l.curve.rows + 2, l.curve.cols };
}
