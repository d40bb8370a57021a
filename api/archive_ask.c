/* sc_archive_ask: from a question to the videos it may be about, to what is kept of them, to an answer. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/asking.h"
#include "api/catalog.h"
#include "api/recorded.h"
#include "archive/listing.h"
#include "archive/narrow.h"
#include "base/text.h"
#include "fusion/recalled.h"

#define DEFAULT_VIDEOS 20
#define MAX_VIDEOS 1000
#define RECALL_TOKENS 16000      /* of a query to a model whose context is not known */

/* One question under way; the clips are those of the answer. */
struct recalling {
    struct asking asking;
    struct sc_archive_answer *out;
    struct narrowed found;
    struct sc_kept **kept;
    struct recalled *clips;
    bool **wanted;
    int n;
};

/* ---- what is kept ---- */

static enum sc_status mark_wanted(struct recalling *r, int i, struct sc_error *err)
{
    const struct sc_kept *k = r->kept[i];
    int line;

    r->wanted[i] = calloc((size_t)k->n_passages + 1, sizeof **r->wanted);
    if (!r->wanted[i])
        return fail_memory(err);
    for (line = 0; line < k->n_passages && r->found.is_by_words; line++)
        r->wanted[i][line] = narrow_matches(k->passages[line].text, r->found.words, r->found.n_words);
    return SC_OK;
}

static enum sc_status recall(struct recalling *r, struct catalog *c, struct sc_error *err)
{
    struct buffer evidence = { 0 };
    enum sc_status s = SC_OK;
    int i;

    r->kept = calloc((size_t)r->found.n + 1, sizeof *r->kept);
    r->clips = calloc((size_t)r->found.n + 1, sizeof *r->clips);
    r->wanted = calloc((size_t)r->found.n + 1, sizeof *r->wanted);
    if (!r->kept || !r->clips || !r->wanted)
        return fail_memory(err);
    for (i = 0; i < r->found.n && !s; i++) {
        s = list_one(c, r->found.video_ids[i], &r->kept[i], &evidence, err);
        buffer_dispose(&evidence);
        r->n = i + 1;
        if (s || (s = mark_wanted(r, i, err)))
            break;
        r->clips[i] = (struct recalled){ .path = r->kept[i]->video.path, .duration_us = r->kept[i]->video.duration_us,
                                         .mtime_us = r->kept[i]->video.mtime_us, .lines = r->kept[i]->passages,
                                         .wanted = r->wanted[i], .n_lines = r->kept[i]->n_passages };
    }
    return s;
}

static enum sc_status say_words(struct recalling *r, struct sc_error *err)
{
    struct buffer words = { 0 };
    enum sc_status s = buffer_text(&words, "", err);
    int i;

    for (i = 0; i < r->found.n_words && r->found.is_by_words && !s; i++)
        s = buffer_print(&words, err, i ? " %s" : "%s", r->found.words[i]);
    if (!s && !(r->out->words = words.data ? buffer_take(&words) : strdup("")))
        s = fail_memory(err);
    buffer_dispose(&words);
    return s;
}

/* The clips that were told of become the answer's. */
static enum sc_status take_clips(struct recalling *r, int n_told, struct sc_error *err)
{
    struct sc_archive_answer *out = r->out;
    int i;

    out->clips = calloc((size_t)n_told + 1, sizeof *out->clips);
    if (!out->clips)
        return fail_memory(err);
    for (i = 0; i < n_told; i++) {
        const struct sc_video *v = &r->kept[i]->video;
        struct sc_clip *clip = &out->clips[out->n_clips++];

        clip->video_id = v->id;
        clip->path = strdup(v->path);
        clip->title = strdup(v->title);
        clip->n_lines = r->clips[i].n_told;
        clip->lines_left_out = r->clips[i].n_lines - r->clips[i].n_told;
        if (!clip->path || !clip->title)
            return fail_memory(err);
    }
    return SC_OK;
}

/* ---- without a model ---- */

static enum sc_status list_clip(struct recalling *r, int i, struct buffer *text, struct sc_error *err)
{
    const struct recalled *clip = &r->clips[i];
    const char *title = r->kept[i]->video.title;
    char time[32];
    enum sc_status s = buffer_print(text, err, "%s[clip %d] ", i ? "\n" : "", i + 1);
    int k;

    if (s || (s = text_add_visible(text, clip->path, strlen(clip->path), false, err)) ||
        (s = buffer_text(text, *title ? ": " : "", err)) ||
        (s = text_add_visible(text, title, strlen(title), false, err)) || (s = buffer_text(text, "\n", err)))
        return s;
    for (k = 0; k < clip->n_lines && !s; k++) {
        const struct sc_passage *p = &clip->lines[k];

        if (!clip->wanted[k] || p->start_us < 0)
            continue;
        if (!(s = buffer_print(text, err, "[clip %d %s] ", i + 1, sc_format_time(p->start_us, time))) &&
            !(s = text_add_visible(text, p->text, strlen(p->text), false, err)))
            s = buffer_text(text, "\n", err);
    }
    r->clips[i].n_told = clip->n_lines;
    return s;
}

static enum sc_status answer_embedded(struct recalling *r, struct sc_error *err)
{
    struct asking *a = &r->asking;
    struct buffer text = { 0 };
    enum sc_status s = SC_OK;
    int i;

    if (a->settings->dry_run || a->settings->dump)
        return fail(err, SC_ERR_INVALID, "no model server was found, so there is no request to show; name a model with "
                                         "--model, or a server with --base-url");
    session_notice(a->session, "no model is asked: what is kept of the words follows (see --service and --base-url)");
    a->answer->no_model = true;
    for (i = 0; i < r->n && !s; i++)
        s = list_clip(r, i, &text, err);
    if (!s && !(s = asking_keep_text(&a->answer->service, "embedded", err)) && !(s = take_clips(r, r->n, err))) {
        if (a->settings->on_text && text.size)
            a->settings->on_text(a->settings->user, (const char *)text.data, text.size);
        a->answer->text = buffer_take(&text);
        s = a->answer->text ? SC_OK : fail_memory(err);
    }
    buffer_dispose(&text);
    return s;
}

/* ---- with one ---- */

static enum sc_status make_query(struct recalling *r, struct sc_error *err)
{
    struct asking *a = &r->asking;
    struct query_settings settings = { .question = a->settings->question, .prompts = &a->target.prompts.set,
                                       .schema = a->target.schema, .ask = a->target.ask };
    int n_told = 0;
    enum sc_status s = target_most_tokens(&a->target, a->settings, &settings.max_tokens, err);

    if (a->most_tokens && (!settings.max_tokens || settings.max_tokens > a->most_tokens))
        settings.max_tokens = a->most_tokens;
    if (!settings.max_tokens)
        settings.max_tokens = RECALL_TOKENS;
    query_dispose(&a->query);
    asking_forget(a->answer);
    while (r->out->n_clips) { /* of a query that was too large */
        struct sc_clip *clip = &r->out->clips[--r->out->n_clips];

        free(clip->path);
        free(clip->title);
    }
    free(r->out->clips);
    r->out->clips = NULL;
    if (s || (s = query_build_recalled(r->clips, r->n, &a->target.model, &settings, &a->query, &n_told, err)) ||
        (s = take_clips(r, n_told, err)) || (s = asking_fill_costs(a, err)) ||
        (s = client_write_body(&a->call, &a->query, NULL, &a->answer->body_bytes, err)))
        return s;
    a->answer->image_exact = true;
    a->answer->price_usd = target_price(&a->target.model, a->answer->text_tokens, 0);
    if (a->settings->max_bytes && a->answer->body_bytes > a->settings->max_bytes)
        return fail(err, SC_ERR_LIMIT, "the request would have %" PRId64 " bytes, but %" PRId64 " are allowed; fewer videos "
                    "make it smaller", a->answer->body_bytes, a->settings->max_bytes);
    return asking_hand_out(a, err);
}

static void say_asking(const struct recalling *r)
{
    const struct asking *a = &r->asking;
    int n_lines = 0, left_out = 0, i;
    char told[URL_TOLD_SIZE];

    for (i = 0; i < r->out->n_clips; i++) {
        n_lines += r->out->clips[i].n_lines;
        left_out += r->out->clips[i].lines_left_out;
    }
    session_notice(a->session, "%s %s at %s (%s): %d lines about %d video%s of %" PRId64 ", about %" PRId64 " tokens",
                   a->target.replay ? "replaying" : "asking", a->target.model_name,
                   target_url(&a->target, told), a->target.service->name, n_lines,
                   r->out->n_clips, r->out->n_clips == 1 ? "" : "s", r->out->n_found, a->answer->text_tokens);
    if (left_out)
        session_notice(a->session, "%d lines about them were left out to fit", left_out);
}

static enum sc_status send(struct recalling *r, bool *again, struct sc_error *err)
{
    struct asking *a = &r->asking;
    struct client_answer reply = { 0 };
    enum sc_status s;

    say_asking(r);
    a->answer->sent = true;
    if (!(s = client_ask(&a->call, &a->query, &reply, err))) {
        asking_take(a, &reply);
        s = a->answer->text ? SC_OK : fail_memory(err);
    }
    if (a->answer->remembered_s)
        session_notice(a->session, "remembered: the very same request was answered before, so nothing was sent; --no-cache "
                       "asks anew");
    *again = s && asking_make_smaller(a, &reply);
    client_answer_dispose(&reply);
    return s ? s : asking_check(a, err);
}

static enum sc_status cite(struct recalling *r, struct sc_error *err)
{
    const struct sc_answer *answer = r->asking.answer;
    struct recalled_citation *cited = NULL;
    int n = 0, i;
    enum sc_status s = recalled_cite(answer->text, r->clips, r->out->n_clips, &cited, &n, err);

    if (!s && !(r->out->citations = calloc((size_t)n + 1, sizeof *r->out->citations)))
        s = fail_memory(err);
    for (i = 0; i < n && !s; i++)
        r->out->citations[r->out->n_citations++] = (struct sc_clip_citation){ cited[i].clip, cited[i].time_us,
                                                                             cited[i].known };
    free(cited);
    return s;
}

static enum sc_status ask_model(struct recalling *r, struct sc_error *err)
{
    struct asking *a = &r->asking;
    struct sc_error refusal = { 0 };
    bool again = false;
    enum sc_status s;

    prompts_version(&a->target.prompts.set, a->answer->prompt_version);
    if ((s = asking_keep_text(&a->answer->service, a->target.service->name, err)) ||
        (s = asking_keep_text(&a->answer->model, a->target.model_name, err)))
        return s;
    asking_prepare_call(a);
    if ((s = recorded_begin(a, err)) || (s = make_query(r, err)) || a->settings->dry_run)
        return s;
    s = send(r, &again, &refusal);
    if (again) {
        session_notice(a->session, "%s; asking once more with less", refusal.text);
        if (!make_query(r, err))
            s = send(r, &again, &refusal);
    }
    if (s && err)
        *err = refusal;
    return s;
}

/* ---- the whole ---- */

static enum sc_status run(struct recalling *r, struct sc_archive *archive, const struct sc_narrowing *which,
                          struct sc_error *err)
{
    struct asking *a = &r->asking;
    int max = which->max_videos > 0 ? which->max_videos : DEFAULT_VIDEOS;
    struct sc_video_filter filter;
    char *in = NULL;
    enum sc_status s;

    if (!a->settings->question || !a->settings->question[strspn(a->settings->question, " \t\r\n")])
        return fail(err, SC_ERR_INVALID, "there is no question");
    if ((s = target_choose(a->session, a->settings, &a->target, err)) ||
        (s = catalog_place_filter(&which->filter, &filter, &in, err)))
        return s;
    if (a->target.embedded && a->settings->schema)
        s = fail(err, SC_ERR_INVALID, "--schema needs a model, and there is none here; name one with --service or --base-url");
    if (!s && !(s = narrow(archive->catalog, a->settings->question, &filter, max > MAX_VIDEOS ? MAX_VIDEOS : max, &r->found,
                           err)) &&
        !(s = say_words(r, err)) && (r->out->n_found = r->found.n_found, r->found.n) &&
        !(s = recall(r, archive->catalog, err)) && !(s = asking_begin(&a->answer, err)) &&
        !(s = a->target.embedded ? answer_embedded(r, err) : ask_model(r, err)) && a->answer->text)
        s = cite(r, err);
    free(in);
    return s;
}

static void tear_down(struct recalling *r)
{
    int i;

    for (i = 0; i < r->n; i++) {
        sc_kept_free(&r->kept[i]);
        free(r->wanted[i]);
    }
    free(r->kept);
    free(r->wanted);
    free(r->clips);
    narrow_dispose(&r->found);
    query_dispose(&r->asking.query);
    target_dispose(&r->asking.target);
}

enum sc_status sc_archive_ask(struct sc *s, struct sc_archive *a, const struct sc_narrowing *which,
                              const struct sc_ask_settings *settings, struct sc_archive_answer **out,
                              struct sc_error *err)
{
    static const struct sc_narrowing all;
    static const struct sc_ask_settings defaults;
    struct recalling r = { .asking = { .session = s, .settings = settings ? settings : &defaults } };
    enum sc_status status;

    *out = r.out = calloc(1, sizeof *r.out);
    if (!r.out)
        return fail_memory(err);
    which = which ? which : &all;
    r.asking.call.no_memory = which->anew;
    status = run(&r, a, which, err);
    recorded_keep(&r.asking);
    r.out->answer = r.asking.answer;
    tear_down(&r);
    if (status)
        sc_archive_answer_free(out);
    return status;
}

void sc_archive_answer_free(struct sc_archive_answer **a)
{
    int i;

    if (!*a)
        return;
    for (i = 0; i < (*a)->n_clips; i++) {
        free((*a)->clips[i].path);
        free((*a)->clips[i].title);
    }
    sc_answer_free(&(*a)->answer);
    free((*a)->citations);
    free((*a)->clips);
    free((*a)->words);
    free(*a);
    *a = NULL;
}
