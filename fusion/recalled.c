/* What is kept in, one query out; an answer in, its citations out. */
#include "fusion/recalled.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fusion/prompt.h"

#define GRAIN_US 1000000         /* times are cited to the second, often */
#define MAX_CITATIONS 1000

/* ---- what is told ---- */

static enum sc_status add_heading(const struct recalled *clip, int i, struct buffer *out, struct sc_error *err)
{
    const time_t when = (time_t)(clip->mtime_us / 1000000);
    char text[32];
    struct tm tm;
    enum sc_status s;

    if ((s = buffer_print(out, err, "Clip %d,", i + 1)) || (s = prompt_name(clip->path, out, err)) ||
        (clip->duration_us > 0 && (s = buffer_print(out, err, ", %s long", sc_format_time(clip->duration_us, text)))))
        return s;
    if (clip->mtime_us && gmtime_r(&when, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm) &&
        (s = buffer_print(out, err, ", file of %s UTC", text)))
        return s;
    return buffer_text(out, ":\n", err);
}

static enum sc_status add_line(const struct sc_passage *p, struct buffer *out, struct sc_error *err)
{
    static const char *const before[SC_N_PASSAGE_KINDS] = {
        [SC_TITLE] = "title: ", [SC_SUMMARY] = "summary: ", [SC_TAG] = "tag: ", [SC_SCREEN_TEXT] = "text in the picture: ",
        [SC_SUBTITLE] = "said: ", [SC_CAPTION] = "", [SC_ANSWER] = "",
    };
    char time[32];
    enum sc_status s = SC_OK;

    if (p->start_us >= 0 && !(s = buffer_print(out, err, "%s", sc_format_time(p->start_us, time))))
        s = p->end_us > p->start_us ? buffer_print(out, err, " to %s: ", sc_format_time(p->end_us, time))
                                    : buffer_text(out, ": ", err);
    if (s || (s = buffer_text(out, (unsigned)p->kind < SC_N_PASSAGE_KINDS ? before[p->kind] : "", err)) ||
        (s = query_add_safe_text(out, p->text, err)))
        return s;
    return buffer_text(out, "\n", err);
}

/* What a clip is about is told in any case. */
static bool is_head(const struct sc_passage *p) { return p->kind == SC_TITLE || p->kind == SC_SUMMARY; }

static enum sc_status add_clip(struct recalled *clip, int i, int most, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = add_heading(clip, i, out, err);
    int n_wanted = 0, n_others, k;

    for (k = 0; k < clip->n_lines; k++)
        n_wanted += !is_head(&clip->lines[k]) && clip->wanted && clip->wanted[k];
    n_wanted = n_wanted < most ? n_wanted : most;
    n_others = most - n_wanted;
    clip->n_told = 0;
    for (k = 0; k < clip->n_lines && !s; k++) {
        int *left = clip->wanted && clip->wanted[k] ? &n_wanted : &n_others;

        if (!is_head(&clip->lines[k]) && (*left)-- <= 0)
            continue;
        s = add_line(&clip->lines[k], out, err);
        clip->n_told++;
    }
    return s ? s : buffer_text(out, "\n", err);
}

/* ---- the query ---- */

static enum sc_status take(struct buffer *text, char **to, struct query *q, struct sc_error *err)
{
    *to = buffer_take(text);
    if (!*to)
        return fail_memory(err);
    q->text_tokens += tokens_text_estimate(*to);
    return SC_OK;
}

static enum sc_status build(struct recalled *clips, int n, int most, const struct model *model,
                            const struct query_settings *settings, struct query *out, struct sc_error *err)
{
    static const struct sc_changes nothing;
    const struct prompt p = { .evidence = &nothing, .model = model, .prompts = settings->prompts,
                              .question = settings->question, .schema = settings->schema, .ask = settings->ask };
    struct buffer text = { 0 };
    enum sc_status s;
    int i;

    *out = (struct query){ .image_exact = true, .layout_tokens = (int64_t)model->layout_base + model->layout_message };
    out->parts = calloc(1, sizeof *out->parts);
    s = out->parts ? prompt_archive(settings->prompts, &text, err) : fail_memory(err);
    if (!s)
        s = take(&text, &out->system, out, err);
    for (i = 0; i < n && !s; i++)
        s = add_clip(&clips[i], i, most, &text, err);
    if (!s && !(s = prompt_asked(&p, &text, err))) {
        out->parts[out->n_parts++] = (struct query_part){ .type = PART_TEXT, .event = -1 };
        s = take(&text, &out->parts[0].text, out, err);
    }
    buffer_dispose(&text);
    if (s)
        query_dispose(out);
    return s;
}

enum sc_status query_build_recalled(struct recalled *clips, int n, const struct model *model,
                                    const struct query_settings *settings, struct query *out, int *n_told_out,
                                    struct sc_error *err)
{
    static const int most[] = { RECALLED_LINES, 100, 40, 16, 6, 2 };
    size_t i = 0;

    for (;;) {
        int64_t tokens;
        enum sc_status s = build(clips, n, most[i], model, settings, out, err);

        if (s)
            return s;
        *n_told_out = n;
        tokens = out->text_tokens + out->layout_tokens;
        if (!settings->max_tokens || tokens <= settings->max_tokens)
            return SC_OK;
        query_dispose(out);
        if (i + 1 < sizeof most / sizeof *most)
            i++;
        else if (n > 1)
            n -= n > 8 ? n / 4 : 1;
        else
            return fail(err, SC_ERR_LIMIT, "the question with what is kept of a single clip would take %lld tokens, but %lld "
                        "are allowed", (long long)tokens, (long long)settings->max_tokens);
    }
}

/* ---- citations ---- */

static bool is_told(const struct recalled *clip, int64_t time_us)
{
    int i;

    for (i = 0; i < clip->n_lines; i++) {
        const struct sc_passage *p = &clip->lines[i];
        const int64_t end_us = p->end_us > p->start_us ? p->end_us : p->start_us;

        if (p->start_us >= 0 && time_us > p->start_us - GRAIN_US && time_us < end_us + GRAIN_US)
            return true;
    }
    return false;
}

struct cited {
    struct recalled_citation *rows;
    int n;
};

static enum sc_status add(struct cited *cited, struct recalled_citation c, struct sc_error *err)
{
    struct recalled_citation *more;
    int i;

    for (i = 0; i < cited->n; i++)
        if (cited->rows[i].clip == c.clip && cited->rows[i].time_us == c.time_us)
            return SC_OK;
    if (cited->n >= MAX_CITATIONS)
        return SC_OK;
    more = reallocarray(cited->rows, (size_t)cited->n + 1, sizeof *more);
    if (!more)
        return fail_memory(err);
    cited->rows = more;
    cited->rows[cited->n++] = c;
    return SC_OK;
}

/* The next time before the bracket's end, moving p behind it. False: there is none. */
static bool next_time(const char **p, int64_t *time_us)
{
    char copy[24];

    for (;;) {
        size_t n;

        *p += strcspn(*p, "0123456789]\n");
        if (**p == ']' || **p == '\n' || !**p)
            return false;
        n = strspn(*p, "0123456789:.");
        snprintf(copy, sizeof copy, "%.*s", (int)n, *p);
        *p += n;
        while (n && n < sizeof copy && copy[n - 1] == '.')
            copy[--n] = '\0';
        if (n < sizeof copy && strchr(copy, ':') && sc_parse_time(copy, time_us))
            return true;
    }
}

/* "clip 3 00:41.200, 01:02]" */
static enum sc_status read_bracket(const char *p, const struct recalled *clips, int n, struct cited *cited,
                                   struct sc_error *err)
{
    struct recalled_citation c = { .time_us = -1 };
    bool has_time = false;
    enum sc_status s = SC_OK;
    char *end;
    long number;

    p += strspn(p, " ");
    if (strncasecmp(p, "clip", 4))
        return SC_OK;
    p += 4 + strspn(p + 4, " #");
    number = strtol(p, &end, 10);
    if (end == p || number < 1 || number > 1000000)
        return SC_OK;
    c.clip = (int)number - 1;
    for (p = end; !s && next_time(&p, &c.time_us); has_time = true) {
        c.known = c.clip < n && is_told(&clips[c.clip], c.time_us);
        s = add(cited, c, err);
    }
    if (s || has_time)
        return s;
    c.time_us = -1;
    c.known = c.clip < n;
    return add(cited, c, err);
}

enum sc_status recalled_cite(const char *text, const struct recalled *clips, int n, struct recalled_citation **out,
                             int *n_out, struct sc_error *err)
{
    struct cited cited = { 0 };
    enum sc_status s = SC_OK;

    for (text = strchr(text, '['); text && !s; text = strchr(text + 1, '['))
        s = read_bracket(text + 1, clips, n, &cited, err);
    if (s) {
        free(cited.rows);
        cited = (struct cited){ 0 };
    }
    *out = cited.rows;
    *n_out = cited.n;
    return s;
}
