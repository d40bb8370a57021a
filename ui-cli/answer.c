/* What is shown of an answer: tables of a dry run, and the lines at the end. */
#include "ui-cli/answer.h"

#include <stdlib.h>
#include <string.h>

#include "ui-cli/command.h"
#include "ui-cli/show.h"

int answer_pictures(const struct sc_answer *a)
{
    int n = a->n_images, i;

    for (i = 0; i < a->n_parts; i++)
        n += a->parts[i].answer->n_images;
    return n;
}

static void show_image(struct ui *ui, const struct sc_image_cost *image)
{
    char time[32], role[48], size[32], tokens[32], bytes[32];

    snprintf(role, sizeof(role), image->event >= 0 ? "%s %d" : "%s", sc_role_name(image->role), image->event + 1);
    snprintf(size, sizeof(size), "%dx%d", image->width, image->height);
    show_count(image->tokens, tokens);
    show_count(image->bytes, bytes);
    ui_print(ui, "%11s  %-11s %-5s %10s %8s %-5s %s%7s %10s\n", sc_format_time(image->time_us, time), role,
             image->what, size, image->grid, image->detail ? image->detail : "", image->exact ? " " : "~", tokens,
             bytes);
}

void answer_show_nothing_changed(struct ui *ui, const struct sc_changes *c)
{
    char looked[32];

    show_count(c ? c->n_looked : 0, looked);
    ui_print(ui, "Nothing changed in the %s pictures looked at, so nothing was asked.\n", looked);
}

static void show_sum(struct ui *ui, const char *what, int64_t tokens, bool exact, int64_t bytes)
{
    char count[32], size[32];

    show_count(tokens, count);
    show_count(bytes, size);
    ui_print(ui, "  %-53s %s%7s", what, exact ? " " : "~", count);
    if (bytes)
        ui_print(ui, " %10s", size);
    ui_print(ui, "\n");
}

/* What the budget took away. */
static void show_losses(struct ui *ui, const struct sc_answer *a)
{
    char time[32];
    int i;

    for (i = 0; i < a->frames_left_out; i++) {
        const struct sc_frame *f = &a->changes->frames[a->left_out[i]];

        ui_print(ui, "%s%s %s", i ? ", " : "\nleft out to fit: ", sc_format_time(f->time_us, time),
                 sc_role_name(f->role));
        if (f->event >= 0)
            ui_print(ui, " %d", f->event + 1);
    }
    if (a->frames_left_out)
        ui_print(ui, "\n");
    if (a->lines_left_out)
        ui_print(ui, "%s%d of %d lines of words left out to fit\n", a->frames_left_out ? "" : "\n", a->lines_left_out,
                 a->n_lines + a->lines_left_out);
    if (a->shrunk)
        ui_print(ui, "images made smaller to fit the tokens\n");
    if (a->quality && a->quality < 88)
        ui_print(ui, "JPEG quality %d to fit the bytes\n", a->quality);
}

static void show_heading(struct ui *ui)
{
    ui_print(ui, "%s%11s  %-11s %-5s %10s %8s %-5s %8s %10s%s\n", ui_colour(ui, DIM), "time", "role", "", "size",
             "grid", "", "tokens", "bytes", ui_colour(ui, PLAIN));
}

static void show_images(struct ui *ui, const struct sc_answer *a)
{
    int i;

    for (i = 0; i < a->n_images; i++)
        show_image(ui, &a->images[i]);
}

static void show_sums(struct ui *ui, const struct sc_answer *a)
{
    int n = answer_pictures(a), lines = a->n_lines, i;
    char what[64];

    for (i = 0; i < a->n_parts; i++)
        lines += a->parts[i].answer->n_lines;
    snprintf(what, sizeof(what), "%d picture%s", n, n == 1 ? "" : "s");
    show_sum(ui, what, a->image_tokens, a->image_exact, 0);
    snprintf(what, sizeof(what), lines ? "text, %d line%s of words in it" : "text", lines, lines == 1 ? "" : "s");
    show_sum(ui, what, a->text_tokens, a->text_exact, 0);
    snprintf(what, sizeof(what), a->n_parts ? "%d requests" : "the request", a->n_parts);
    show_sum(ui, what, a->image_tokens + a->text_tokens, a->image_exact && a->text_exact, a->body_bytes);
}

/* Each part as if it were alone. */
static void show_parts(struct ui *ui, const struct sc_answer *a)
{
    char from[32], to[32];
    int i;

    for (i = 0; i < a->n_parts; i++) {
        const struct sc_answer *its = a->parts[i].answer;

        ui_print(ui, "%spart %d of %d: ", i ? "\n" : "", i + 1, a->n_parts);
        ui_visible(ui, its->changes->source.path);
        ui_print(ui, ", %s to %s\n", sc_format_time(its->changes->first_us, from),
                 sc_format_time(its->changes->last_us, to));
        show_heading(ui);
        show_images(ui, its);
        show_losses(ui, its);
        if (its->pack_reason)
            ui_print(ui, "packed as %s: %s\n", its->pack, its->pack_reason);
    }
}

void answer_show_dry_run(struct ui *ui, const struct sc_answer *a)
{
    if (a->n_parts) {
        show_parts(ui, a);
    } else {
        show_heading(ui);
        show_images(ui, a);
    }
    ui_print(ui, "\n");
    show_sums(ui, a);
    show_losses(ui, a);
    if (a->n_parts)
        ui_print(ui, "and one of words alone, which puts their answers together\n");
    if (a->pack_reason)
        ui_print(ui, "\npacked as %s: %s", a->pack, a->pack_reason);
    ui_print(ui, "\nfor ");
    ui_visible(ui, a->model ? a->model : "no model");
    ui_print(ui, " at ");
    ui_visible(ui, a->service ? a->service : "no service");
    if (a->price_usd > 0)
        ui_print(ui, ", %.4f USD before the answer%s", a->price_usd, a->n_parts ? "s" : "");
    ui_print(ui, a->text_exact ? "; counted there, not asked\n" : "; nothing was sent (~: an estimate)\n");
}

/* "5 pictures, 1,234 tokens in, 56 out, 0.0012 USD, llama4 at local" */
static void note_costs(struct ui *ui, const struct sc_answer *a)
{
    char in[32], out[32], cached[32], line[400];
    int n_pictures = answer_pictures(a);
    size_t n;

    n = n_pictures ? (size_t)snprintf(line, sizeof(line), "%d picture%s", n_pictures, n_pictures == 1 ? "" : "s")
                   : (size_t)snprintf(line, sizeof(line), "words alone");
    if (a->n_parts)
        n += (size_t)snprintf(line + n, sizeof(line) - n, " in %d queries", a->n_parts);
    if (a->prompt_tokens >= 0 && a->output_tokens >= 0) {
        show_count(a->prompt_tokens, in);
        show_count(a->output_tokens, out);
        n += (size_t)snprintf(line + n, sizeof(line) - n, ", %s tokens in", in);
        show_count(a->cached_tokens, cached);
        if (a->cached_tokens > 0)
            n += (size_t)snprintf(line + n, sizeof(line) - n, " (%s of them cached)", cached);
        n += (size_t)snprintf(line + n, sizeof(line) - n, ", %s out", out);
    } else {
        show_count(a->image_tokens + a->text_tokens, in);
        n += (size_t)snprintf(line + n, sizeof(line) - n, ", about %s tokens in", in);
    }
    if (a->price_usd > 0)
        n += (size_t)snprintf(line + n, sizeof(line) - n, ", %.4f USD", a->price_usd);
    if (a->repairs)
        n += (size_t)snprintf(line + n, sizeof(line) - n, ", two rounds");
    snprintf(line + n, sizeof(line) - n, ", %.120s at %.120s", a->model ? a->model : "a model",
             a->service ? a->service : "a service");
    ui_note(ui, "%s", line);
}

/* Times that no picture has: the model made them up, or misread them. */
static void note_unknown(struct ui *ui, const struct sc_answer *a)
{
    char line[400] = "", time[32];
    size_t n = 0;
    int n_unknown = 0, i;

    for (i = 0; i < a->n_citations; i++) {
        if (a->citations[i].known)
            continue;
        if (n_unknown++ < 8)
            n += (size_t)snprintf(line + n, sizeof(line) - n, " [%s]", sc_format_time(a->citations[i].time_us, time));
    }
    if (n_unknown)
        ui_note(ui, "of the times cited, no picture shown has%s%s", line, n_unknown > 8 ? " and others" : "");
}

int answer_show_ending(struct ui *ui, const struct sc_answer *a)
{
    int n_failed = 0, i;

    for (i = 0; i < a->n_parts; i++)
        n_failed += a->parts[i].error != NULL;
    note_unknown(ui, a);
    if (a->sent)
        note_costs(ui, a);
    if (a->refused)
        ui_error("the model refused to answer");
    if (n_failed)
        ui_error("%d of %d parts have no answer", n_failed, a->n_parts);
    if (!a->incomplete)
        return n_failed ? EXIT_PARTLY : EXIT_DONE;
    if (a->finish && !strcmp(a->finish, "length"))
        ui_error("the answer is cut off by its length limit; --max-output-tokens allows more");
    else
        ui_error(a->n_parts ? "the answers of the parts could not be put together"
                            : "the answer is incomplete: the server ended it early");
    return EXIT_PARTLY;
}

enum sc_status answer_show_json(struct ui *ui, const struct sc_answer *a, struct sc_error *err)
{
    char *json = NULL;
    enum sc_status s = sc_answer_json(a, &json, err);

    if (!s)
        ui_print(ui, "%s\n", json);
    free(json);
    return s;
}
