/* The query of an asking: built, rendered, made to fit, counted, handed out. */
#include "api/talk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_QUALITY 60
#define LOW_QUALITY 72           /* about six tenths of the bytes */

enum sc_status asking_keep_text(char **out, const char *text, struct sc_error *err)
{
    free(*out);
    *out = strdup(text);
    return *out ? SC_OK : fail_memory(err);
}

/* What the caller asked for, and what the service said when it refused. */
static struct sc_ask_settings limited(const struct asking *a)
{
    struct sc_ask_settings settings = *a->settings;

    if (a->most_images && (!settings.max_images || settings.max_images > a->most_images))
        settings.max_images = a->most_images;
    if (a->most_tokens && (!settings.max_tokens || settings.max_tokens > a->most_tokens))
        settings.max_tokens = a->most_tokens;
    return settings;
}

static enum sc_status attach(void *user, int image, struct buffer *data, struct sc_error *err)
{
    return query_attach(&((struct asking *)user)->query, image, data, err);
}

/* ---- the request's bytes, known only when it is rendered ---- */

static enum sc_status render(struct asking *a, const struct sc_ask_settings *settings, int quality,
                             struct sc_error *err)
{
    enum sc_status s;

    query_dispose(&a->query);
    if ((s = target_query(&a->target, settings, quality, a->answer->changes, &a->query, err)) ||
        (s = worker_render(a->session->worker, 0, &a->query.plan, attach, a, err)))
        return s;
    a->answer->quality = quality;
    return client_write_body(&a->call, &a->query, NULL, &a->answer->body_bytes, err);
}

static int64_t most_bytes(const struct asking *a)
{
    int64_t own = a->settings->max_bytes, service = a->target.service->limit_body_bytes;

    return !own || (service && service < own) ? service : own;
}

/* So many images would fit if the others are like these. */
static int images_within(const struct asking *a, int64_t bytes)
{
    double share = 0.95 * (double)bytes / (double)a->answer->body_bytes;
    int n = (int)(share * a->query.n_images);

    return n < 1 ? 1 : n < a->query.n_images ? n : a->query.n_images - 1;
}

/* Lower quality first, then fewer frames; at most two more renderings. */
static enum sc_status fit_bytes(struct asking *a, struct sc_error *err)
{
    struct sc_ask_settings with = limited(a);
    const int64_t most = most_bytes(a), *bytes = &a->answer->body_bytes;
    enum sc_status s = render(a, &with, QUERY_QUALITY, err);

    if (s || !most || *bytes <= most)
        return s;
    if (*bytes > 2 * most && a->query.n_images > 1)
        with.max_images = images_within(a, 2 * most);
    if ((s = render(a, &with, 5 * *bytes > 8 * most ? LEAST_QUALITY : LOW_QUALITY, err)) || *bytes <= most)
        return s;
    if (a->query.n_images > 1)
        with.max_images = images_within(a, most);
    if (with.max_images == 1 || a->query.n_images == 1)
        with.pack = "full"; /* a sheet would be larger than a frame */
    if ((s = render(a, &with, LEAST_QUALITY, err)) || *bytes <= most)
        return s;
    return fail(err, SC_ERR_LIMIT, "the request would have %" PRId64 " bytes, but %" PRId64 " are allowed; fewer "
                "--max-images or --max-tokens make it smaller", *bytes, most);
}

/* Nothing is left out in silence. */
static void note_losses(struct asking *a)
{
    const struct sc_answer *answer = a->answer;

    if (answer->frames_left_out)
        session_notice(a->session, "%d of %d chosen frames left out to fit", answer->frames_left_out,
                       answer->changes->n_frames);
    if (answer->lines_left_out)
        session_notice(a->session, "%d of %d lines of words left out to fit: those farthest from a frame",
                       answer->lines_left_out, answer->n_lines + answer->lines_left_out);
    if (answer->shrunk)
        session_notice(a->session, "the images are smaller than they should be, to fit the tokens allowed");
    if (answer->quality < QUERY_QUALITY)
        session_notice(a->session, "the images are of JPEG quality %d instead of %d, to fit the bytes allowed",
                       answer->quality, QUERY_QUALITY);
}

static enum sc_status fill_shows(const struct view *v, struct sc_image_cost *cost, struct sc_error *err)
{
    static const char *const words[] = {
        [VIEW_WHOLE] = "whole", [VIEW_PART] = "part", [VIEW_PAIR] = "pair", [VIEW_SHEET] = "sheet",
    };
    int i;

    cost->what = words[v->kind];
    cost->shows = calloc((size_t)v->n_pictures, sizeof *cost->shows);
    if (!cost->shows)
        return fail_memory(err);
    cost->n_shows = v->n_pictures;
    for (i = 0; i < v->n_pictures; i++)
        cost->shows[i] = (struct sc_shown){ v->pictures[i].time_us, v->pictures[i].crop, v->pictures[i].dest };
    return SC_OK;
}

enum sc_status asking_fill_costs(struct asking *a, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    const struct query *q = &a->query;
    enum sc_status s;
    int i, n = 0;

    answer->pack = q->pack;
    answer->shrunk = q->shrunk;
    answer->left_out = calloc((size_t)q->frames_left_out + 1, sizeof *answer->left_out);
    if (!answer->left_out)
        return fail_memory(err);
    memcpy(answer->left_out, q->left_out, (size_t)q->frames_left_out * sizeof *answer->left_out);
    answer->frames_left_out = q->frames_left_out;
    answer->n_lines = q->n_lines;
    answer->lines_left_out = q->lines_left_out;
    if (a->words && a->words->subtitles && (s = asking_keep_text(&answer->subtitles, a->words->subtitles, err)))
        return s;
    if (*q->pack_reason && (s = asking_keep_text(&answer->pack_reason, q->pack_reason, err)))
        return s;
    answer->images = calloc((size_t)q->n_images + 1, sizeof *answer->images);
    if (!answer->images)
        return fail_memory(err);
    for (i = 0; i < q->n_parts; i++) {
        const struct query_part *p = &q->parts[i];
        struct sc_image_cost *cost;

        if (p->type != PART_IMAGE || n >= q->n_images)
            continue;
        cost = &answer->images[n++];
        cost->time_us = p->time_us;
        cost->role = p->role;
        cost->event = p->event;
        cost->width = p->width;
        cost->height = p->height;
        cost->tokens = p->cost.tokens;
        cost->exact = p->cost.exact;
        cost->bytes = (int64_t)p->data.size;
        if (p->cost.columns)
            snprintf(cost->grid, sizeof cost->grid, "%dx%d", p->cost.columns, p->cost.rows);
        cost->detail = !a->target.model.has_detail ? NULL : p->detail == DETAIL_LOW ? "low" : "high";
        answer->n_images = n;
        if ((s = fill_shows(&q->views.items[p->image], cost, err)))
            return s;
    }
    answer->image_tokens = q->image_tokens;
    answer->text_tokens = q->text_tokens + q->layout_tokens;
    answer->image_exact = q->image_exact;
    answer->text_exact = q->text_exact && a->target.model.layout_exact;
    return SC_OK;
}

static enum sc_status write_dump(struct asking *a, struct sc_error *err)
{
    const char *path = a->settings->dump;
    FILE *f = fopen(path, "we");
    enum sc_status s;

    if (!f)
        return fail_errno(err, errno, "can't write '%s'", path);
    s = client_write_body(&a->call, &a->query, f, NULL, err);
    if (fclose(f) && !s)
        s = fail_errno(err, errno, "can't write '%s'", path);
    return s;
}

static ssize_t pass_body(void *cookie, const char *data, size_t size)
{
    const struct sc_ask_settings *settings = cookie;

    settings->on_body(settings->user, data, size);
    return (ssize_t)size;
}

static enum sc_status hand_out_body(struct asking *a, struct sc_error *err)
{
    FILE *f = fopencookie((void *)a->settings, "w", (cookie_io_functions_t){ .write = pass_body });
    enum sc_status s;

    if (!f)
        return fail_memory(err);
    s = client_write_body(&a->call, &a->query, f, NULL, err);
    if (fclose(f) && !s)
        s = fail(err, SC_ERR_IO, "the request can't be written");
    return s;
}

enum sc_status asking_hand_out(struct asking *a, struct sc_error *err)
{
    enum sc_status s = a->settings->dump ? write_dump(a, err) : SC_OK;

    return s || !a->settings->on_body ? s : hand_out_body(a, err);
}

void asking_forget(struct sc_answer *answer)
{
    int i;

    for (i = 0; i < answer->n_images; i++)
        free(answer->images[i].shows);
    free(answer->images);
    free(answer->pack_reason);
    free(answer->left_out);
    answer->images = NULL;
    answer->n_images = 0;
    answer->pack_reason = NULL;
    answer->left_out = NULL;
    answer->frames_left_out = 0;
}

static int64_t tokens(const struct sc_answer *answer) { return answer->image_tokens + answer->text_tokens; }

/* *over_out: how many tokens the query has by the service's own count where so many are not allowed; else 0. */
static enum sc_status make(struct asking *a, int64_t *over_out, int64_t *most_out, struct sc_error *err)
{
    bool is_counted;
    enum sc_status s;

    asking_forget(a->answer);
    *over_out = 0;
    if ((s = fit_bytes(a, err)) || (a->talk && (s = talk_go_on(a, err))) || (s = asking_fill_costs(a, err)) ||
        (s = asking_count(a, &is_counted, err)) ||
        (s = target_most_tokens(&a->target, a->settings, most_out, err)))
        return s;
    if (is_counted && *most_out && tokens(a->answer) > *most_out)
        *over_out = tokens(a->answer);
    return SC_OK;
}

/* An estimate that was too low is made up for once. */
static enum sc_status make_to_fit(struct asking *a, struct sc_error *err)
{
    int64_t over, most, planned;
    enum sc_status s = make(a, &over, &most, err);

    if (s || !over)
        return s;
    if (a->talk)
        return fail(err, SC_ERR_LIMIT, "with all that was said before %s counts %" PRId64 " tokens, but %" PRId64
                    " are allowed; ask without --continue", a->target.service->name, over, most);
    planned = a->query.image_tokens + a->query.text_tokens + a->query.layout_tokens;
    a->most_tokens = (int64_t)((double)planned * (double)most / (double)over * 15 / 16);
    a->most_tokens = a->most_tokens < 1 ? 1 : a->most_tokens;
    if ((s = make(a, &over, &most, err)) || !over)
        return s;
    return fail(err, SC_ERR_LIMIT, "%s counts %" PRId64 " tokens, but %" PRId64 " are allowed; see --max-tokens, --max-cost "
                "and --max-output-tokens", a->target.service->name, over, most);
}

enum sc_status asking_make_query(struct asking *a, struct sc_error *err)
{
    struct sc_answer *answer = a->answer;
    const struct sc_info *info;
    enum sc_status s;

    if ((s = session_input(a->session, 0, a->source, &info, err)) || (s = make_to_fit(a, err)))
        return s;
    note_losses(a);
    answer->price_usd = target_price(&a->target.model, answer->image_tokens + answer->text_tokens, 0);
    return asking_hand_out(a, err);
}
