/* Evidence and a model's facts in, the query and its render plan out. */
#include "fusion/query.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/prompt.h"

#define DEFAULT_IMAGES 32
#define JPEG_QUALITY 88
#define NO_BUDGET (INT64_MAX / 4)

struct builder {
    const struct sc_changes *evidence;
    const struct model *model;
    const struct query_settings *settings;
    int64_t budget_tokens;
    int max_hints;
    int *by_time;            /* frames worth showing: indices into evidence->frames, one for each time */
    int *by_rank;            /* the same, most important first */
    int *shown;              /* room for those of a query */
    struct keyed *room;      /* for sorting */
    int n_frames;
    int width, height;       /* every image's */
    enum image_detail detail;
};

/* ---- which frames ---- */

static int frame_rank(const struct sc_frame *f) { return f->rank > 0 ? f->rank : INT_MAX; }

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

static void add_image(struct query *q, const struct sc_frame *f)
{
    struct query_part *part = &q->parts[q->n_parts++];

    part->type = PART_IMAGE;
    part->image = q->n_images++;
    part->time_us = f->time_us;
    part->role = f->role;
    part->event = f->event;
}

static enum sc_status add_parts(const struct prompt *p, struct query *q, struct buffer *text, struct sc_error *err)
{
    bool labelled = !p->evidence->source.is_still;
    enum sc_status s;
    int i;

    if ((s = prompt_context(p, text, err)) || (labelled && (s = buffer_text(text, "\n\n", err))))
        return s;
    for (i = 0; i < p->n_frames; i++) {
        if ((labelled && (s = prompt_label(p, i, text, err))) || (text->size && (s = add_text(q, text, err))))
            return s;
        add_image(q, &p->evidence->frames[p->frames[i]]);
    }
    if ((s = prompt_question(p, text, err)))
        return s;
    return add_text(q, text, err);
}

/* All parts of a query of n frames, sizes and costs of the images not yet known. */
static enum sc_status write_words(struct builder *b, int n, struct query *q, struct sc_error *err)
{
    struct prompt p = {
        .evidence = b->evidence, .model = b->model, .question = b->settings->question, .frames = b->shown,
        .n_frames = n, .n_left_out = b->n_frames - n, .max_hints = b->max_hints,
    };
    struct buffer text = { 0 };
    enum sc_status s;

    pick(b, n);
    q->frames_left_out = p.n_left_out;
    q->layout_tokens = (int64_t)b->model->layout_base + b->model->layout_message;
    q->parts = calloc(2 * (size_t)n + 1, sizeof *q->parts);
    if (!q->parts)
        return fail_memory(err);
    if (!(s = prompt_system(&p, &text, err)) && !(s = take_text(&text, &q->system, q, err)))
        s = add_parts(&p, q, &text, err);
    buffer_dispose(&text);
    return s;
}

/* ---- sizes ---- */

/* The size and detail of images that may cost most tokens each. False: there is none; the smallest is set. */
static bool choose_size(struct builder *b, int64_t most)
{
    int w = b->evidence->source.width, h = b->evidence->source.height;
    bool fits = tokens_size_within(b->model, w, h, DETAIL_HIGH, most, &b->width, &b->height);

    b->detail = b->model->has_detail ? DETAIL_HIGH : DETAIL_AUTO;
    if (!b->model->has_detail || (fits && !tokens_low_is_enough(b->model, b->width, b->height)))
        return fits;
    b->detail = DETAIL_LOW;
    return tokens_size_within(b->model, w, h, DETAIL_LOW, most, &b->width, &b->height);
}

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

static enum sc_status plan_images(const struct builder *b, struct query *q, struct sc_error *err)
{
    const struct sc_box all = { 0, 0, 0, 0 }, canvas = { 0, 0, b->width, b->height };
    bool full_chroma = needs_full_chroma(b->evidence);
    enum sc_status s;
    int i;

    q->image_exact = true;
    for (i = 0; i < q->n_parts; i++) {
        struct query_part *part = &q->parts[i];
        struct plan_image *image;

        if (part->type != PART_IMAGE)
            continue;
        if ((s = tokens_image(b->model, b->width, b->height, b->detail, &part->cost, err)))
            return s;
        part->width = b->width;
        part->height = b->height;
        part->detail = b->detail;
        q->image_tokens += part->cost.tokens;
        q->image_exact = q->image_exact && part->cost.exact;
        image = plan_add_image(&q->plan, b->width, b->height);
        if (!image || !plan_add_placement(image, part->time_us, all, canvas))
            return fail_memory(err);
        image->format = SC_JPEG;
        image->quality = JPEG_QUALITY;
        image->full_chroma = full_chroma;
        image->background_rgb = 0xFFFFFF;
    }
    return SC_OK;
}

/* ---- the budget ---- */

/* Write the words of n frames and choose the size that the rest of the budget buys. */
static enum sc_status try_frames(struct builder *b, int n, struct query *q, bool *fits_out, struct sc_error *err)
{
    enum sc_status s;

    query_dispose(q);
    if ((s = write_words(b, n, q, err)))
        return s;
    *fits_out = choose_size(b, (b->budget_tokens - q->text_tokens - q->layout_tokens) / n);
    return SC_OK;
}

static enum sc_status too_little(const struct builder *b, const struct query *q, struct sc_error *err)
{
    int64_t words = q->text_tokens + q->layout_tokens;
    struct image_tokens least;
    enum sc_status s = tokens_image(b->model, b->width, b->height, b->detail, &least, err);

    if (s)
        return s;
    return fail(err, SC_ERR_LIMIT,
                "one picture needs %lld tokens and the words %lld: %lld in all, but %lld are allowed",
                (long long)least.tokens, (long long)words, (long long)(least.tokens + words),
                (long long)b->budget_tokens);
}

/* The most frames, at most n, that fit with their words. Fewer frames never cost more, so halving finds it. */
static enum sc_status fit_frames(struct builder *b, int n, struct query *q, struct sc_error *err)
{
    int low = 1, high = n;
    bool fits;
    enum sc_status s;

    if ((s = try_frames(b, n, q, &fits, err)) || fits)
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
    if ((s = try_frames(b, 1, q, &fits, err)) || fits)
        return s;
    return too_little(b, q, err);
}

/* About 25 tokens each: they may not crowd out the pictures. */
static int most_hints(int64_t budget_tokens) { return budget_tokens >= 8000 ? 40 : budget_tokens >= 3000 ? 12 : 4; }

static int most_images(const struct builder *b)
{
    int n = b->settings->max_images > 0 ? b->settings->max_images
          : b->model->max_images > 0    ? b->model->max_images
                                        : DEFAULT_IMAGES;

    if (b->model->limit_images > 0 && n > b->model->limit_images)
        n = b->model->limit_images;
    n = n < PLAN_MAX_IMAGES ? n : PLAN_MAX_IMAGES;
    return n < b->n_frames ? n : b->n_frames;
}

enum sc_status query_build(const struct sc_changes *evidence, const struct model *model,
                           const struct query_settings *settings, struct query *out, struct sc_error *err)
{
    struct builder b = { .evidence = evidence, .model = model, .settings = settings };
    enum sc_status s;

    memset(out, 0, sizeof *out);
    if (evidence->n_frames < 1)
        return fail(err, SC_ERR_INVALID, "no frame was chosen to ask about");
    if (evidence->source.width < 1 || evidence->source.height < 1)
        return fail(err, SC_ERR_INVALID, "no picture has %dx%d pixels", evidence->source.width,
                    evidence->source.height);
    b.budget_tokens = settings->max_tokens > 0 && settings->max_tokens < NO_BUDGET ? settings->max_tokens : NO_BUDGET;
    b.max_hints = most_hints(b.budget_tokens);
    if (!(s = order_frames(&b, err)) && !(s = fit_frames(&b, most_images(&b), out, err)))
        s = plan_images(&b, out, err);
    free(b.by_time);
    free(b.by_rank);
    free(b.shown);
    free(b.room);
    if (s)
        query_dispose(out);
    return s;
}

/* ---- the finished query ---- */

void query_dispose(struct query *q)
{
    int i;

    for (i = 0; i < q->n_parts; i++) {
        free(q->parts[i].text);
        buffer_dispose(&q->parts[i].data);
    }
    free(q->parts);
    free(q->system);
    plan_dispose(&q->plan);
    memset(q, 0, sizeof *q);
}

static const char *content_type(const struct buffer *data)
{
    const uint8_t *d = data->data;

    if (data->size >= 3 && !memcmp(d, "\xFF\xD8\xFF", 3))
        return "image/jpeg";
    if (data->size >= 8 && !memcmp(d, "\x89PNG\r\n\x1A\n", 8))
        return "image/png";
    if (data->size >= 12 && !memcmp(d, "RIFF", 4) && !memcmp(d + 8, "WEBP", 4))
        return "image/webp";
    return NULL;
}

enum sc_status query_attach(struct query *q, int image, struct buffer *data, struct sc_error *err)
{
    const char *type = content_type(data);
    int i;

    for (i = 0; i < q->n_parts; i++)
        if (q->parts[i].type == PART_IMAGE && q->parts[i].image == image)
            break;
    if (i == q->n_parts)
        return fail(err, SC_ERR_INVALID, "the query has no image %d", image);
    if (!type)
        return fail(err, SC_ERR_FORMAT, "image %d was rendered as neither JPEG, PNG nor WebP", image);
    buffer_dispose(&q->parts[i].data);
    q->parts[i].data = *data;
    q->parts[i].content_type = type;
    memset(data, 0, sizeof *data);
    return SC_OK;
}
