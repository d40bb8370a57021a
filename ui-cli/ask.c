/* The command `ask`: one question about one video. */
#include <stdlib.h>
#include <string.h>

#include "ui-cli/asking.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"
#include "ui-cli/wrap.h"

static const struct option output_options[] = {
    { .name = "dry-run", .letter = 'n', .type = OPTION_FLAG, .offset = ARG(dry_run),
      .help = "Send nothing; show which pictures would go, their tokens and bytes" },
    { .name = "dump", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(dump),
      .help = "Write the exact body of the request into FILE" },
    { .name = "record", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(record),
      .help = "Write what is exchanged with the service into FILE, without keys and pictures" },
    { .name = "replay", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(replay),
      .help = "Let such a FILE answer instead of the service" },
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write the answer as one JSON object" },
    { 0 }
};

static const struct option_group groups[] = {
    { "SERVICE", options_service },
    { "QUERY", options_query },
    { "", options_reply },
    { "", output_options },
    { "LOOKING", options_look },
    { "INPUT", options_input },
    { "", options_background },
    { "GENERAL", options_everywhere },
    { 0 }
};

static void on_text(void *user, const char *text, size_t size) { wrap_text(user, text, size); }

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

static void show_nothing_changed(struct ui *ui, const struct sc_answer *a)
{
    char looked[32];

    show_count(a->changes ? a->changes->n_looked : 0, looked);
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

static void show_dry_run(struct ui *ui, const struct sc_answer *a)
{
    bool exact = a->image_exact && a->text_exact;
    char what[64];
    int i;

    ui_print(ui, "%s%11s  %-11s %-5s %10s %8s %-5s %8s %10s%s\n", ui_colour(ui, DIM), "time", "role", "", "size",
             "grid", "", "tokens", "bytes", ui_colour(ui, PLAIN));
    for (i = 0; i < a->n_images; i++)
        show_image(ui, &a->images[i]);
    ui_print(ui, "\n");
    snprintf(what, sizeof(what), "%d picture%s", a->n_images, a->n_images == 1 ? "" : "s");
    show_sum(ui, what, a->image_tokens, a->image_exact, 0);
    snprintf(what, sizeof(what), a->n_lines ? "text, %d line%s of words in it" : "text", a->n_lines,
             a->n_lines == 1 ? "" : "s");
    show_sum(ui, what, a->text_tokens, a->text_exact, 0);
    show_sum(ui, "the request", a->image_tokens + a->text_tokens, exact, a->body_bytes);
    show_losses(ui, a);
    if (a->pack_reason)
        ui_print(ui, "\npacked as %s: %s\nfor ", a->pack, a->pack_reason);
    else
        ui_print(ui, "\nfor ");
    ui_visible(ui, a->model ? a->model : "no model");
    ui_print(ui, " at ");
    ui_visible(ui, a->service ? a->service : "no service");
    if (a->price_usd > 0)
        ui_print(ui, ", %.4f USD before the answer", a->price_usd);
    ui_print(ui, "; nothing was sent%s\n", exact ? "" : " (~: at most)");
}

/* "5 pictures, 1,234 tokens in, 56 out, 0.0012 USD, llama4 at local" */
static void note_costs(struct ui *ui, const struct sc_answer *a)
{
    char in[32], out[32], line[400];
    size_t n;

    n = (size_t)snprintf(line, sizeof(line), "%d picture%s", a->n_images, a->n_images == 1 ? "" : "s");
    if (a->prompt_tokens >= 0 && a->output_tokens >= 0) {
        show_count(a->prompt_tokens, in);
        show_count(a->output_tokens, out);
        n += (size_t)snprintf(line + n, sizeof(line) - n, ", %s tokens in, %s out", in, out);
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

static int show_ending(struct ui *ui, const struct sc_answer *a)
{
    note_unknown(ui, a);
    if (a->sent)
        note_costs(ui, a);
    if (a->refused)
        ui_error("the model refused to answer");
    if (!a->incomplete)
        return EXIT_DONE;
    if (a->finish && !strcmp(a->finish, "length"))
        ui_error("the answer is cut off by its length limit; --max-output-tokens allows more");
    else
        ui_error("the answer is incomplete: the server ended it early");
    return EXIT_PARTLY;
}

static enum sc_status show_json(struct ui *ui, const struct sc_answer *a, struct sc_error *err)
{
    char *json = NULL;
    enum sc_status s = sc_answer_json(a, &json, err);

    if (!s)
        ui_print(ui, "%s\n", json);
    free(json);
    return s;
}

static int run(struct ui *ui, const struct args *args)
{
    struct sc_source source = options_source(args, args->operands[0]);
    struct sc_look_settings look = options_look_settings(args);
    struct sc_ask_settings settings = asking_settings(args);
    struct wrap wrap = { .ui = ui, .width = ui->terminal ? ui->width : 0 };
    struct sc_answer *a = NULL;
    struct sc_error err = { 0 };
    enum sc_status s;
    int code = EXIT_DONE;

    if (!asking_agrees(args))
        return EXIT_USAGE;
    if (!ui_session(ui))
        return EXIT_FAILED;
    if (!args->json && !args->dry_run) {
        settings.on_text = on_text;
        settings.user = &wrap;
    }
    s = sc_ask(ui->sc, &source, &look, &settings, &a, &err);
    wrap_end(&wrap);
    if (!s && args->json)
        s = show_json(ui, a, &err);
    if (s) {
        code = ui_failed(ui, s, &err);
    } else {
        if (!args->json && a->nothing_changed && !a->json)
            show_nothing_changed(ui, a);
        else if (!args->json && args->dry_run)
            show_dry_run(ui, a);
        else if (!args->json && a->json)
            ui_print(ui, "%s\n", a->json);
        ui_flush(ui);
        code = show_ending(ui, a);
    }
    sc_answer_free(&a);
    return code;
}

const struct command command_ask = {
    .name = "ask",
    .operands = "FILE [QUESTION]",
    .summary = "ask a model about the moments that changed",
    .about = "Pack the moments where something changed, with words, into one request to a\n"
             "multimodal model, and print its answer. Without QUESTION the model is asked what\n"
             "changed between the frames; if nothing changed, nothing is sent. Without a\n"
             "service the answer is made from what was measured, and no model is used.\n"
             "The service is named before anything is sent to it.\n",
    .examples = "  seechange ask clip.mp4\n"
                "  seechange ask clip.mp4 \"what colour is the car?\"\n"
                "  seechange ask --base-url http://localhost:8000 clip.mp4 \"who came in?\"\n"
                "  seechange ask --schema changes clip.mp4 | jq -r '.changes[].what'\n"
                "  seechange ask --dry-run --json --service openai clip.mp4\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 2,
    .holds_keys = true,
    .run = run,
};
