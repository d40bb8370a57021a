/* The words around the pictures. */
#include "fusion/prompt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fusion/query.h"
#include "fusion/words.h"

#define MAX_NAME_BYTES 120
#define EDGE_US 1000000      /* how far from the ends of the video a look may begin and end and still be all of it */

extern const char fusion_prompts_system_txt[], fusion_prompts_system_still_txt[];
extern const char fusion_prompts_question_txt[], fusion_prompts_question_still_txt[];

static bool is_blank(const char *text) { return !text[strspn(text, " \t\r\n")]; }

static enum sc_status add_trimmed(struct buffer *out, const char *text, struct sc_error *err)
{
    size_t size;

    text += strspn(text, " \t\r\n");
    for (size = strlen(text); size && strchr(" \t\r\n", text[size - 1]); size--)
        ;
    return buffer_add(out, text, size, err);
}

enum sc_status prompt_system(const struct prompt *p, struct buffer *out, struct sc_error *err)
{
    return add_trimmed(out, p->evidence->source.is_still ? fusion_prompts_system_still_txt : fusion_prompts_system_txt,
                       err);
}

/* ---- the name of the video ---- */

/* What of a path may be told: of a URL no user, host or query, which can hold secrets. */
static const char *base_name(const char *path, size_t *size_out)
{
    const char *scheme = strstr(path, "://"), *from = scheme ? scheme + 3 : path, *name, *p;
    size_t end = scheme ? strcspn(from, "?#") : strlen(from);

    while (end && from[end - 1] == '/')
        end--;
    name = scheme ? from + end : from;
    for (p = from; p < from + end; p++)
        if (*p == '/')
            name = p + 1;
    *size_out = (size_t)(from + end - name);
    return name;
}

/* One line, not too long, in quotes. */
static enum sc_status add_name(struct buffer *out, const char *path, struct sc_error *err)
{
    struct buffer line = { 0 };
    size_t size, i, n;
    const char *name = base_name(path, &size);
    enum sc_status s;

    if (!strcmp(path, "-") || !size)
        return SC_OK;
    for (n = 0; n < size && n < MAX_NAME_BYTES; ) {
        size_t length = text_utf8_length(name + n, size - n);

        n += length ? length : 1;
    }
    if ((s = buffer_add(&line, name, n, err)) || (n < size && (s = buffer_text(&line, "...", err))))
        goto done;
    for (i = 0; i < line.size; i++)
        if (line.data[i] == '\n' || line.data[i] == '\t' || line.data[i] == '\'')
            line.data[i] = ' ';
    if ((s = buffer_text(out, " '", err)) || (s = query_add_safe_text(out, (char *)line.data, err)))
        goto done;
    s = buffer_text(out, "'", err);
done:
    buffer_dispose(&line);
    return s;
}

/* ---- what software measured ---- */

static bool has_box(const struct sc_event *e) { return e->box.w > 0 && e->box.h > 0; }

static int percent(int64_t part, int64_t all)
{
    int64_t p = all > 0 ? (200 * part + all) / (2 * all) : 0;

    return p < 0 ? 0 : p > 100 ? 100 : (int)p;
}

/* "event 2, 00:04.040 to 00:06.000: move at the left, to the right by 120 px (x 10-16 %, y 33-54 %)" */
static enum sc_status add_event(const struct prompt *p, int i, struct buffer *out, struct sc_error *err)
{
    const struct sc_event *e = &p->evidence->events[i];
    int w = p->evidence->source.width, h = p->evidence->source.height;
    const char *direction = words_direction(e->dx, e->dy);
    char time[32];
    enum sc_status s;

    if ((s = buffer_print(out, err, "\nevent %d, %s", i + 1, sc_format_time(e->start_us, time))))
        return s;
    if (e->end_us > e->start_us && (s = buffer_print(out, err, " to %s", sc_format_time(e->end_us, time))))
        return s;
    if ((s = buffer_print(out, err, ": %s", sc_kind_name(e->kind))) ||
        (has_box(e) && (s = buffer_print(out, err, " %s", words_place(e->box, w, h)))))
        return s;
    if (*direction && (s = buffer_print(out, err, ", %s by %ld px", direction, lround(hypot(e->dx, e->dy)))))
        return s;
    if (e->count > 1 && (s = buffer_print(out, err, ", %d times", e->count)))
        return s;
    if (!has_box(e))
        return SC_OK;
    return buffer_print(out, err, " (x %d-%d %%, y %d-%d %%)", percent(e->box.x, w),
                        percent((int64_t)e->box.x + e->box.w, w), percent(e->box.y, h),
                        percent((int64_t)e->box.y + e->box.h, h));
}

struct weighed {
    double weight;
    int event;
};

static int by_weight(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;

    return x->weight != y->weight ? (x->weight < y->weight ? 1 : -1) : x->event - y->event;
}

/* Mark the events worth listing: those with a frame first, then by score. */
static enum sc_status choose_events(const struct prompt *p, bool **listed_out, int *n_out, struct sc_error *err)
{
    const struct sc_changes *c = p->evidence;
    struct weighed *all = calloc((size_t)c->n_events + 1, sizeof *all);
    bool *listed = calloc((size_t)c->n_events + 1, sizeof *listed);
    int i;

    *listed_out = listed;
    if (!all || !listed) {
        free(all);
        return fail_memory(err);
    }
    for (i = 0; i < c->n_events; i++)
        all[i] = (struct weighed){ c->events[i].score, i };
    for (i = 0; i < p->n_frames; i++) {
        int event = c->frames[p->frames[i]].event;

        if (event >= 0 && event < c->n_events)
            all[event].weight = c->events[event].score + 2;
    }
    qsort(all, (size_t)c->n_events, sizeof *all, by_weight);
    *n_out = c->n_events < p->max_hints ? c->n_events : p->max_hints;
    for (i = 0; i < *n_out; i++)
        listed[all[i].event] = true;
    free(all);
    return SC_OK;
}

static enum sc_status add_events(const struct prompt *p, struct buffer *out, struct sc_error *err)
{
    const struct sc_changes *c = p->evidence;
    bool *listed = NULL;
    int i, n = 0;
    enum sc_status s;

    if (!c->n_events)
        return buffer_text(out, "\nSoftware that compares pixels measured no change.", err);
    if (!p->max_hints)
        return buffer_print(out, err, "\nSoftware that compares pixels measured %d change%s.", c->n_events,
                            c->n_events == 1 ? "" : "s");
    if ((s = choose_events(p, &listed, &n, err)) ||
        (s = buffer_text(out, "\nSoftware that compares pixels measured these changes:", err)))
        goto done;
    for (i = 0; i < c->n_events && !s; i++)
        if (listed[i])
            s = add_event(p, i, out, err);
    if (!s && n < c->n_events)
        s = buffer_print(out, err, "\nand %d weaker ones.", c->n_events - n);
done:
    free(listed);
    return s;
}

/* ---- the whole ---- */

static enum sc_status add_about(const struct prompt *p, struct buffer *out, struct sc_error *err)
{
    const struct sc_info *source = &p->evidence->source;
    char time[32];
    enum sc_status s;

    if (source->is_still)
        s = buffer_text(out, "The picture", err);
    else
        s = buffer_print(out, err, "%d frame%s of the %s", p->n_frames, p->n_frames == 1 ? "" : "s",
                         source->is_stills ? "picture series" : "video");
    if (s || (s = source->path ? add_name(out, source->path, err) : SC_OK) ||
        (s = buffer_print(out, err, " (%dx%d", source->width, source->height)))
        return s;
    if (!source->is_still && source->duration_us > 0 &&
        (s = buffer_print(out, err, ", %s long", sc_format_time(source->duration_us, time))))
        return s;
    return buffer_text(out, p->n_frames > 1 ? "), in order of time." : ").", err);
}

enum sc_status prompt_context(const struct prompt *p, struct buffer *out, struct sc_error *err)
{
    const struct sc_changes *c = p->evidence;
    char from[32], to[32];
    enum sc_status s;

    if ((s = add_about(p, out, err)) || c->source.is_still)
        return s;
    if (c->first_us > EDGE_US || c->source.duration_us - c->last_us > EDGE_US)
        s = buffer_print(out, err, " Only %s to %s was looked at.", sc_format_time(c->first_us, from),
                         sc_format_time(c->last_us, to));
    if (!s && p->n_left_out)
        s = buffer_print(out, err, " %d less important frame%s left out.", p->n_left_out,
                         p->n_left_out == 1 ? " is" : "s are");
    return s ? s : add_events(p, out, err);
}

/* "after event 2: appear, at the right" */
static enum sc_status add_reason(const struct prompt *p, const struct sc_frame *f, struct buffer *out,
                                 struct sc_error *err)
{
    static const char *const words[SC_N_ROLES] = {
        [SC_FIRST] = "first", [SC_BEFORE] = "before", [SC_PEAK] = "during", [SC_AFTER] = "after",
        [SC_CONTEXT] = "for context", [SC_LAST] = "last",
    };
    const struct sc_changes *c = p->evidence;
    const char *word = (unsigned)f->role < SC_N_ROLES ? words[f->role] : words[SC_CONTEXT];
    bool of_event = f->event >= 0 && f->event < c->n_events &&
                    (f->role == SC_BEFORE || f->role == SC_PEAK || f->role == SC_AFTER);
    const struct sc_event *e = of_event ? &c->events[f->event] : NULL;
    enum sc_status s;

    if (!of_event)
        return buffer_text(out, word, err);
    if ((s = buffer_print(out, err, "%s event %d: %s", word, f->event + 1, sc_kind_name(e->kind))) || !has_box(e))
        return s;
    return buffer_print(out, err, ", %s", words_place(e->box, c->source.width, c->source.height));
}

enum sc_status prompt_label(const struct prompt *p, int i, struct buffer *out, struct sc_error *err)
{
    const struct sc_frame *f = &p->evidence->frames[p->frames[i]];
    bool is_sequence = !strcmp(p->model->label_style, "sequence");
    char time[32];
    enum sc_status s;

    sc_format_time(f->time_us, time);
    if ((s = buffer_print(out, err, is_sequence ? "Frame %d of %d [%s], " : "Frame %d of %d at %s (", i + 1,
                          p->n_frames, time)) ||
        (s = add_reason(p, f, out, err)))
        return s;
    return is_sequence ? SC_OK : buffer_text(out, ")", err);
}

/* The count once more: models lose it over many pictures. */
enum sc_status prompt_question(const struct prompt *p, struct buffer *out, struct sc_error *err)
{
    const struct sc_frame *frames = p->evidence->frames;
    bool is_default = !p->question || is_blank(p->question);
    struct buffer safe = { 0 };
    char from[32], to[32];
    enum sc_status s = SC_OK;

    if (p->n_frames > 1)
        s = buffer_print(out, err, "These were the %d frames, from %s to %s.\n", p->n_frames,
                         sc_format_time(frames[p->frames[0]].time_us, from),
                         sc_format_time(frames[p->frames[p->n_frames - 1]].time_us, to));
    if (s)
        return s;
    if (is_default)
        return add_trimmed(out, p->evidence->source.is_still ? fusion_prompts_question_still_txt
                                                             : fusion_prompts_question_txt, err);
    if (!(s = query_add_safe_text(&safe, p->question, err)))
        s = add_trimmed(out, (const char *)safe.data, err);
    buffer_dispose(&safe);
    return s;
}
