/* Evidence, a model's facts and a packing in, the query and its render plan out. */
#include "fusion/build.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/prompt.h"

#define DEFAULT_IMAGES 32
#define NO_BUDGET (INT64_MAX / 4)

struct builder {
    const struct sc_changes *evidence;
    const struct model *model;
    const struct query_settings *settings;
    const struct packing *packing;
    int64_t budget_tokens;
    int max_hints;
    bool *lines_kept;        /* of settings->lines, those with room */
    int n_lines_kept, lines_left_out;
    int *by_time;            /* frames worth showing: indices into evidence->frames, one for each time */
    int *by_rank;            /* the same, most important first */
    int *shown;              /* room for those of a query */
    struct keyed *room;      /* for sorting */
    int n_frames;
    int n_context;           /* of them, those for context: the last in by_rank */
    int max_images;
};

/* ---- which frames ---- */

/* Frames for context come after all others. */
static int64_t frame_rank(const struct sc_frame *f)
{
    int64_t rank = f->rank > 0 ? f->rank : INT_MAX;

    return f->role == SC_CONTEXT ? rank + INT_MAX : rank;
}

struct keyed {
    int64_t key;
    int frame;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->frame - y->frame;
}

/* Sort order by time, or by rank; equal ones as the evidence has them. room: for n. */
static void sort_frames(const struct sc_frame *frames, bool by_rank, int *order, int n, struct keyed *room)
{
    int i;

    for (i = 0; i < n; i++) {
        const struct sc_frame *f = &frames[order[i]];

        room[i] = (struct keyed){ by_rank ? frame_rank(f) : f->time_us, order[i] };
    }
    qsort(room, (size_t)n, sizeof *room, by_key);
    for (i = 0; i < n; i++)
        order[i] = room[i].frame;
}

static int drop_same_times(const struct sc_frame *frames, int *order, int n)
{
    int i, kept = 0;

    for (i = 0; i < n; i++) {
        if (!kept || frames[order[i]].time_us != frames[order[kept - 1]].time_us)
            order[kept++] = order[i];
        else if (frame_rank(&frames[order[i]]) < frame_rank(&frames[order[kept - 1]]))
            order[kept - 1] = order[i];
    }
    return kept;
}

static enum sc_status order_frames(struct builder *b, struct sc_error *err)
{
    const struct sc_frame *frames = b->evidence->frames;
    int n = b->evidence->n_frames, i;

    b->by_time = calloc((size_t)n, sizeof *b->by_time);
    b->by_rank = calloc((size_t)n, sizeof *b->by_rank);
    b->shown = calloc((size_t)n, sizeof *b->shown);
    b->room = calloc((size_t)n, sizeof *b->room);
    if (!b->by_time || !b->by_rank || !b->shown || !b->room)
        return fail_memory(err);
    for (i = 0; i < n; i++)
        b->by_time[i] = i;
    sort_frames(frames, false, b->by_time, n, b->room);
    b->n_frames = drop_same_times(frames, b->by_time, n);
    memcpy(b->by_rank, b->by_time, (size_t)b->n_frames * sizeof *b->by_rank);
    sort_frames(frames, true, b->by_rank, b->n_frames, b->room);
    for (i = 0; i < b->n_frames; i++)
        b->n_context += frames[b->by_rank[i]].role == SC_CONTEXT;
    return SC_OK;
}

/* The n most important into b->shown, by time; from two on the first and the last are among them. */
static void pick(struct builder *b, int n)
{
    int first = b->by_time[0], last = b->by_time[b->n_frames - 1], n_shown = 0, i;

    if (n > 1) {
        b->shown[n_shown++] = first;
        b->shown[n_shown++] = last;
    }
    for (i = 0; i < b->n_frames && n_shown < n; i++)
        if (n == 1 || (b->by_rank[i] != first && b->by_rank[i] != last))
            b->shown[n_shown++] = b->by_rank[i];
    sort_frames(b->evidence->frames, false, b->shown, n_shown, b->room);
}

/* ---- words ---- */

static int n_lines(const struct builder *b) { return b->settings->lines ? b->settings->lines->n : 0; }

static enum sc_status choose_lines(struct builder *b, struct sc_error *err)
{
    int64_t most = b->budget_tokens < NO_BUDGET ? b->budget_tokens / 3 : LINES_TOKENS;

    if (!n_lines(b))
        return SC_OK;
    b->lines_kept = calloc((size_t)n_lines(b), sizeof *b->lines_kept);
    if (!b->lines_kept)
        return fail_memory(err);
    return lines_choose(b->settings->lines, b->evidence, most, b->lines_kept, &b->n_lines_kept, &b->lines_left_out, err);
}

static void drop_lines(struct builder *b)
{
    if (n_lines(b))
        memset(b->lines_kept, 0, (size_t)n_lines(b) * sizeof *b->lines_kept);
    b->lines_left_out += b->n_lines_kept;
    b->n_lines_kept = 0;
}

static enum sc_status take_text(struct buffer *from, char **to, struct query *q, struct sc_error *err)
{
    *to = buffer_take(from);
    if (!*to)
        return fail_memory(err);
    q->text_tokens += tokens_text_estimate(*to);
    return SC_OK;
}

static enum sc_status add_text(struct query *q, struct buffer *text, struct sc_error *err)
{
    struct query_part *part = &q->parts[q->n_parts++];

    part->type = PART_TEXT;
    part->event = -1;
    return take_text(text, &part->text, q, err);
}

static void add_image(struct query *q, const struct view *v)
{
    struct query_part *part = &q->parts[q->n_parts++];

    part->type = PART_IMAGE;
    part->image = q->n_images++;
    part->time_us = v->time_us;
    part->role = v->role;
    part->event = v->event;
    part->width = v->width;
    part->height = v->height;
    part->detail = v->detail;
    part->cost = v->cost;
    q->image_tokens += v->cost.tokens;
    q->image_exact = q->image_exact && v->cost.exact;
}

/* The lines before what text goes on with, an empty row after them; before a still's picture they end the text. */
static enum sc_status add_lines(const struct prompt *p, int i, struct buffer *text, struct sc_error *err)
{
    bool ends = p->evidence->source.is_still && i < p->views->n;
    struct buffer lines = { 0 };
    enum sc_status s = prompt_lines(p, i, &lines, err);

    if (!s && lines.size && ends && text->size)
        s = buffer_text(text, "\n\n", err);
    if (!s && lines.size)
        s = buffer_add(text, lines.data, lines.size - ends, err);
    if (!s && lines.size && !ends)
        s = buffer_text(text, "\n", err);
    buffer_dispose(&lines);
    return s;
}

static enum sc_status add_parts(const struct prompt *p, struct query *q, struct buffer *text, struct sc_error *err)
{
    bool labelled = !p->evidence->source.is_still;
    enum sc_status s;
    int i;

    if ((s = prompt_context(p, text, err)) || (labelled && (s = buffer_text(text, "\n\n", err))))
        return s;
    for (i = 0; i < p->views->n; i++) {
        if ((s = add_lines(p, i, text, err)) || (labelled && (s = prompt_label(p, i, text, err))) ||
            (text->size && (s = add_text(q, text, err))))
            return s;
        add_image(q, &p->views->items[i]);
    }
    if ((s = add_lines(p, i, text, err)) || (s = prompt_question(p, text, err)))
        return s;
    return add_text(q, text, err);
}

/* All parts of a query that shows n frames in its views. */
static enum sc_status write_parts(struct builder *b, int n, struct query *q, struct sc_error *err)
{
    struct prompt p = {
        .evidence = b->evidence, .model = b->model, .question = b->settings->question, .packing = b->packing,
        .prompts = b->settings->prompts, .schema = b->settings->schema, .ask = b->settings->ask,
        .part = b->settings->part, .n_parts = b->settings->n_parts,
        .views = &q->views, .n_left_out = b->n_frames - n, .max_hints = b->max_hints,
        .no_hints = b->settings->no_hints, .lines = b->settings->lines, .lines_kept = b->lines_kept,
        .metadata = b->settings->metadata, .n_lines_left_out = b->lines_left_out,
    };
    struct buffer text = { 0 };
    enum sc_status s;

    q->frames_left_out = p.n_left_out;
    q->lines_left_out = b->lines_left_out;
    q->n_lines = b->n_lines_kept;
    q->image_exact = true;
    q->layout_tokens = (int64_t)b->model->layout_base + b->model->layout_message;
    q->parts = calloc(2 * (size_t)q->views.n + 1, sizeof *q->parts);
    if (!q->parts)
        return fail_memory(err);
    if (!(s = prompt_system(&p, &text, err)) && !(s = take_text(&text, &q->system, q, err)))
        s = add_parts(&p, q, &text, err);
    buffer_dispose(&text);
    return s;
}

/* ---- pictures ---- */

/* Small text and thin coloured lines need their chroma whole; elsewhere it is bytes for nothing. */
static bool needs_full_chroma(const struct sc_changes *c)
{
    static const char *const whole[] = { "444", "rgb", "bgr", "gbr", "pal8" };
    const char *format = c->source.pixel_format ? c->source.pixel_format : "";
    size_t k;
    int i;

    for (k = 0; k < sizeof whole / sizeof *whole; k++)
        if (strstr(format, whole[k]))
            return true;
    for (i = 0; i < c->n_events; i++)
        if (c->events[i].kind == SC_TEXT || c->events[i].kind == SC_TYPING || c->events[i].kind == SC_SCROLL)
            return true;
    return false;
}

/* The time in the corner of a sheet's picture. */
static bool add_time(struct plan_image *image, const struct view_picture *p)
{
    struct sc_box corner = { p->dest.x, p->dest.y, 0, 0 };
    struct plan_mark *mark;
    char time[32];

    mark = plan_add_mark(image, corner, sc_format_time(p->time_us, time));
    if (mark)
        mark->text_size = p->dest.w >= 320 ? 20 : 10;
    return mark != NULL;
}

static enum sc_status plan_view(const struct view *v, bool full_chroma, int quality, struct plan *plan,
                                struct sc_error *err)
{
    struct plan_image *image = plan_add_image(plan, v->width, v->height);
    int i;

    if (!image)
        return fail_memory(err);
    for (i = 0; i < v->n_pictures; i++) {
        const struct view_picture *p = &v->pictures[i];

        if (!plan_add_placement(image, p->time_us, p->crop, p->dest) || (v->kind == VIEW_SHEET && !add_time(image, p)))
            return fail_memory(err);
    }
    image->format = SC_JPEG;
    image->quality = quality;
    image->full_chroma = full_chroma;
    image->background_rgb = v->kind == VIEW_PAIR ? VIEW_GAP_RGB : v->kind == VIEW_SHEET ? VIEW_SHEET_RGB : 0xFFFFFF;
    return SC_OK;
}

static enum sc_status plan_images(const struct builder *b, struct query *q, struct sc_error *err)
{
    bool full_chroma = needs_full_chroma(b->evidence);
    int quality = b->settings->quality ? b->settings->quality : QUERY_QUALITY;
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < q->views.n && !s; i++)
        s = plan_view(&q->views.items[i], full_chroma, quality, &q->plan, err);
    return s;
}

/* ---- the budget ---- */

/* The query of the n most important frames, its images worth at most max_tokens each. */
static enum sc_status try_size(struct builder *b, int n, int64_t max_tokens, struct query *q, bool *fits_out,
                               struct sc_error *err)
{
    struct pack_input in = { b->evidence, b->model, b->shown, n, max_tokens };
    enum sc_status s;

    query_dispose(q);
    if ((s = b->packing->pack(&in, &q->views, err)) || (s = write_parts(b, n, q, err)))
        return s;
    q->shrunk = max_tokens < NO_BUDGET;
    *fits_out = q->n_images <= b->max_images &&
                q->image_tokens + q->text_tokens + q->layout_tokens <= b->budget_tokens;
    return SC_OK;
}

static int64_t dearest(const struct query *q)
{
    int64_t most = 0;
    int i;

    for (i = 0; i < q->views.n; i++)
        most = q->views.items[i].cost.tokens > most ? q->views.items[i].cost.tokens : most;
    return most;
}

/* The same with images as large as the budget allows. Too many images do not become fewer by being smaller. */
static enum sc_status try_frames(struct builder *b, int n, struct query *q, bool *fits_out, struct sc_error *err)
{
    int64_t low = 0, high;
    enum sc_status s;

    pick(b, n);
    if ((s = try_size(b, n, NO_BUDGET, q, fits_out, err)) || *fits_out || q->n_images > b->max_images)
        return s;
    high = dearest(q);
    if ((s = try_size(b, n, low, q, fits_out, err)) || !*fits_out)
        return s;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;

        if ((s = try_size(b, n, middle, q, fits_out, err)))
            return s;
        if (*fits_out)
            low = middle;
        else
            high = middle;
    }
    return *fits_out ? SC_OK : try_size(b, n, low, q, fits_out, err);
}

/* All frames, or all but those for context, with images as large as they are best. */
static enum sc_status try_best(struct builder *b, struct query *q, bool *fits_out, struct sc_error *err)
{
    int n = b->n_frames;
    enum sc_status s;

    pick(b, n);
    s = try_size(b, n, NO_BUDGET, q, fits_out, err);
    while (!s && !*fits_out && n > 1 && n > b->n_frames - b->n_context) {
        pick(b, --n);
        s = try_size(b, n, NO_BUDGET, q, fits_out, err);
    }
    return s;
}

static enum sc_status too_little(const struct builder *b, const struct query *q, struct sc_error *err)
{
    int64_t words = q->text_tokens + q->layout_tokens;

    return fail(err, SC_ERR_LIMIT,
                "one picture needs %lld tokens and the words %lld: %lld in all, but %lld are allowed",
                (long long)q->image_tokens, (long long)words, (long long)(q->image_tokens + words),
                (long long)b->budget_tokens);
}

/* The most frames, at most n, that fit with their words. Fewer frames never cost more, so halving finds it. */
static enum sc_status fit_frames(struct builder *b, int n, struct query *q, struct sc_error *err)
{
    int low = 1, high = n;
    bool fits;
    enum sc_status s;

    if ((s = try_best(b, q, &fits, err)) || fits || (s = try_frames(b, n, q, &fits, err)) || fits)
        return s;
    while (low < high) {
        int middle = low + (high - low) / 2;

        if ((s = try_frames(b, middle, q, &fits, err)))
            return s;
        if (fits)
            low = middle + 1;
        else
            high = middle;
    }
    if ((s = try_frames(b, low > 1 ? low - 1 : 1, q, &fits, err)) || fits)
        return s;
    b->max_hints = 0;
    drop_lines(b);
    if ((s = try_frames(b, 1, q, &fits, err)) || fits)
        return s;
    return too_little(b, q, err);
}

/* About 25 tokens each: they may not crowd out the pictures. */
static int most_hints(int64_t budget_tokens) { return budget_tokens >= 8000 ? 40 : budget_tokens >= 3000 ? 12 : 4; }

/* Smaller images for the sake of frames for context alone would be a bad bargain. */
static int least_frames(const struct builder *b)
{
    int n = b->n_frames - b->n_context;

    return n > 1 ? n : b->n_frames;
}

static enum sc_status list_left_out(const struct builder *b, struct query *q, struct sc_error *err)
{
    int n_shown = b->n_frames - q->frames_left_out, n = 0, i, k = 0;

    q->left_out = calloc((size_t)q->frames_left_out + 1, sizeof *q->left_out);
    if (!q->left_out)
        return fail_memory(err);
    for (i = 0; i < b->n_frames; i++) {
        if (k < n_shown && b->shown[k] == b->by_time[i])
            k++;
        else if (n < q->frames_left_out)
            q->left_out[n++] = b->by_time[i];
    }
    return SC_OK;
}

static int most_images(const struct builder *b)
{
    int n = b->settings->max_images > 0 ? b->settings->max_images
          : b->model->max_images > 0    ? b->model->max_images
                                        : DEFAULT_IMAGES;

    if (b->model->limit_images > 0 && n > b->model->limit_images)
        n = b->model->limit_images;
    return n < PLAN_MAX_IMAGES ? n : PLAN_MAX_IMAGES;
}

enum sc_status query_build_with(const struct build_input *in, struct query *out, struct sc_error *err)
{
    struct builder b = {
        .evidence = in->evidence, .model = in->model, .settings = in->settings, .packing = in->packing,
        .budget_tokens = in->settings->max_tokens,
    };
    enum sc_status s;

    memset(out, 0, sizeof *out);
    if (b.budget_tokens <= 0 || b.budget_tokens > NO_BUDGET)
        b.budget_tokens = NO_BUDGET;
    b.max_hints = most_hints(b.budget_tokens);
    b.max_images = most_images(&b);
    if (!(s = order_frames(&b, err)) && !(s = choose_lines(&b, err)) &&
        !(s = fit_frames(&b, least_frames(&b), out, err)) && !(s = list_left_out(&b, out, err)))
        s = plan_images(&b, out, err);
    out->pack = b.packing->name;
    free(b.by_time);
    free(b.by_rank);
    free(b.shown);
    free(b.room);
    free(b.lines_kept);
    if (s)
        query_dispose(out);
    return s;
}
