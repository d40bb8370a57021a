/* Answers about parts in, one query out. */
#include "fusion/merge.h"

#include <stdlib.h>

#include "fusion/prompt.h"

static enum sc_status add_part(const struct merge_part *p, int i, int n, struct buffer *out, struct sc_error *err)
{
    char from[32], to[32];
    enum sc_status s;

    if ((s = buffer_print(out, err, "Part %d of %d,", i + 1, n)) || (p->path && (s = prompt_name(p->path, out, err))) ||
        (s = buffer_print(out, err, " %s to %s:\n", sc_format_time(p->from_us, from), sc_format_time(p->to_us, to))))
        return s;
    s = p->answer ? query_add_safe_text(out, p->answer, err) : buffer_text(out, "There is no answer about this part.", err);
    return s ? s : buffer_text(out, "\n\n", err);
}

static enum sc_status take(struct buffer *text, char **to, struct query *q, struct sc_error *err)
{
    *to = buffer_take(text);
    if (!*to)
        return fail_memory(err);
    q->text_tokens += tokens_text_estimate(*to);
    return SC_OK;
}

enum sc_status query_build_merge(const struct merge_part *parts, int n, const struct model *model,
                                 const struct query_settings *settings, struct query *out, struct sc_error *err)
{
    static const struct sc_changes nothing;
    struct prompt p = { .evidence = &nothing, .model = model, .prompts = settings->prompts,
                        .question = settings->question, .schema = settings->schema, .ask = settings->ask };
    struct buffer text = { 0 };
    enum sc_status s = SC_OK;
    int i;

    *out = (struct query){ .image_exact = true, .layout_tokens = (int64_t)model->layout_base + model->layout_message };
    out->parts = calloc(1, sizeof *out->parts);
    if (!out->parts)
        return fail_memory(err);
    if ((s = prompt_merge(settings->prompts, &text, err)) || (s = take(&text, &out->system, out, err)))
        goto done;
    for (i = 0; i < n && !s; i++)
        s = add_part(&parts[i], i, n, &text, err);
    if (s || (s = prompt_asked(&p, &text, err)))
        goto done;
    out->parts[out->n_parts++] = (struct query_part){ .type = PART_TEXT, .event = -1 };
    s = take(&text, &out->parts[0].text, out, err);
done:
    buffer_dispose(&text);
    if (s)
        query_dispose(out);
    return s;
}
