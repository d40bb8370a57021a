/* What a run of captions tells. */
#include "ui-cli/caption_show.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ui-cli/show.h"

#define LINE_US 10000000         /* between two lines of progress where there is no terminal */

static void put_json(struct ui *ui, json_t *event)
{
    char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;

    if (text)
        ui_print(ui, "%s\n", text);
    ui_flush(ui);
    free(text);
    json_decref(event);
}

/* Names of files are bytes; JSON has text. */
static json_t *json_text(const char *text)
{
    json_t *json = text ? json_string(text) : json_null();
    char *copy, *p;

    if (json || !(copy = strdup(text)))
        return json;
    for (p = copy; *p; p++)
        if (*p & 0x80)
            *p = '?';
    json = json_string(copy);
    free(copy);
    return json;
}

static void video_json(struct ui *ui, const struct sc_captioned *v)
{
    static const char *const types[] = { "captioned", "failed", "written", "notice" };
    json_t *event = json_pack("{sssoso}", "type", types[v->event], "path", json_text(v->path), "text",
                              json_text(v->text));

    if (event && v->event == SC_CAPTIONED) {
        json_object_set_new(event, "title", json_text(v->title));
        json_object_set_new(event, "no_model", json_boolean(v->no_model));
        json_object_set_new(event, "prompt_tokens", v->prompt_tokens < 0 ? json_null() : json_integer(v->prompt_tokens));
        json_object_set_new(event, "output_tokens", v->output_tokens < 0 ? json_null() : json_integer(v->output_tokens));
        json_object_set_new(event, "cost_usd", v->cost_usd < 0 ? json_null() : json_real(v->cost_usd));
    }
    if (event && v->event == SC_CAPTION_FAILED)
        json_object_set_new(event, "class", json_string(sc_failure_class_name(v->which)));
    put_json(ui, event);
}

static void video_words(struct ui *ui, const struct sc_captioned *v)
{
    switch (v->event) {
    case SC_CAPTION_NOTICE:
        ui_note(ui, "%s", v->text);
        return;
    case SC_CAPTION_FAILED:
        ui_error("%s: %s: %s", v->path, sc_failure_class_name(v->which), v->text);
        return;
    case SC_CAPTION_WRITTEN:
        if (!ui->quiet) {
            ui_visible(ui, v->path);
            ui_print(ui, ": files written\n");
        }
        break;
    case SC_CAPTIONED:
        if (!ui->quiet) {
            ui_visible(ui, v->path);
            ui_print(ui, ": ");
            ui_visible(ui, v->title);
            ui_print(ui, "\n");
        }
        break;
    }
    ui_flush(ui);
}

void caption_show_video(void *user, const struct sc_captioned *v)
{
    struct caption_show *show = user;

    if (show->json)
        video_json(show->ui, v);
    else
        video_words(show->ui, v);
}

/* ---- how far it is ---- */

static json_t *run_json(const char *type, const struct sc_run *r)
{
    return json_pack("{sssIsIsIsIsIsIsIsf}", "type", type, "found", (json_int_t)r->n_found, "unchanged",
                     (json_int_t)r->n_unchanged, "done", (json_int_t)r->n_done, "failed", (json_int_t)r->n_failed,
                     "pictures", (json_int_t)r->n_pictures, "prompt_tokens", (json_int_t)r->prompt_tokens,
                     "output_tokens", (json_int_t)r->output_tokens, "cost_usd", r->cost_usd);
}

/* "12 done, 3 unchanged, 1 failed, 84 left, 31 pictures/s, 4 asked, 1,234 tokens, 0.0123 USD, 2:31 left  clip.mp4" */
static void progress_line(const struct sc_caption_progress *p, char *out, size_t size)
{
    const struct sc_run *r = &p->run;
    const double s = (double)p->elapsed_us / 1e6;
    const int64_t ended = r->n_done + r->n_failed;
    char tokens[32], left[32] = "";
    const char *name = p->path ? strrchr(p->path, '/') : NULL;
    size_t n;

    n = (size_t)snprintf(out, size, "%" PRId64 " done, %" PRId64 " unchanged, %" PRId64 " failed, %" PRId64 "%s left",
                         r->n_done, r->n_unchanged, r->n_failed, p->n_left, p->is_walking ? "+" : "");
    if (s > 0 && n < size)
        n += (size_t)snprintf(out + n, size - n, ", %.0f pictures/s", (double)r->n_pictures / s);
    if (p->n_asking && n < size)
        n += (size_t)snprintf(out + n, size - n, ", %d asked", p->n_asking);
    if (r->prompt_tokens && n < size) {
        show_count(r->prompt_tokens + r->output_tokens, tokens);
        n += (size_t)snprintf(out + n, size - n, ", %s tokens", tokens);
    }
    if (r->cost_usd > 0 && n < size)
        n += (size_t)snprintf(out + n, size - n, ", %.4f USD", r->cost_usd);
    if (ended > 0 && p->n_left > 0 && n < size) {
        sc_format_time((int64_t)((double)p->elapsed_us / (double)ended * (double)p->n_left), left);
        left[strcspn(left, ".")] = '\0';
        n += (size_t)snprintf(out + n, size - n, ", %s to go", left);
    }
    if (name && n < size)
        snprintf(out + n, size - n, "  %s", name + 1);
}

void caption_show_progress(void *user, const struct sc_caption_progress *p)
{
    struct caption_show *show = user;
    char line[1024];

    metrics_put(show->metrics, p, !p->is_walking && p->n_left <= 0);
    progress_line(p, line, sizeof line);
    ui_progress(show->ui, line);
    if (show->ui->progress || p->elapsed_us - show->told_us < LINE_US)
        return;
    show->told_us = p->elapsed_us;
    if (show->json)
        put_json(show->ui, run_json("progress", &p->run));
    else
        ui_note(show->ui, "%s", line);
}

void caption_show_run(struct caption_show *show, const struct sc_run *r)
{
    char in[32], out[32];

    if (show->json) {
        json_t *event = run_json("end", r);

        if (event)
            json_object_set_new(event, "ending", json_text(r->ending));
        put_json(show->ui, event);
        return;
    }
    show_count(r->prompt_tokens, in);
    show_count(r->output_tokens, out);
    ui_note(show->ui, "%" PRId64 " found: %" PRId64 " captioned, %" PRId64 " unchanged, %" PRId64 " failed; %s tokens in, %s "
            "out, %.4f USD; %s", r->n_found, r->n_done, r->n_unchanged, r->n_failed, in, out, r->cost_usd, r->ending);
}
