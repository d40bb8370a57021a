/* The command `changes`: what changed, when and where. */
#include <stdlib.h>
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"

static const struct option output_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json),
      .help = "Write one JSON object; for several files an array of them" },
    { .name = "jsonl", .type = OPTION_FLAG, .offset = ARG(jsonl),
      .help = "Write a line of JSON for each source, event and chosen picture" },
    { .name = "csv", .type = OPTION_FLAG, .offset = ARG(csv), .help = "Write a line of CSV for each event" },
    { .name = "contact-sheet", .type = OPTION_FILE, .argument = "OUT.jpg|png", .offset = ARG(contact_sheet),
      .help = "Also draw the chosen pictures on one, with times and boxes" },
    { .name = "heatmap", .type = OPTION_DIR, .argument = "DIR", .offset = ARG(heatmap),
      .help = "Also write a map of each change into this folder: where it differs, and how much" },
    { .name = "explain", .type = OPTION_FLAG, .offset = ARG(explain),
      .help = "Also show each looked-at picture, its scores and the verdict" },
    { .name = "exit-code", .type = OPTION_FLAG, .offset = ARG(exit_code),
      .help = "End with 4 when nothing changed in any file" },
    { 0 }
};

static const struct option_group groups[] = {
    { "OUTPUT", output_options },
    { "LOOKING", options_look },
    { "", options_what },
    { "INPUT", options_input },
    { "", options_limits },
    { "", options_background },
    { "GENERAL", options_everywhere },
    { 0 }
};

static bool usable(const struct args *args)
{
    const char *sheet = args->contact_sheet, *ending = sheet ? strrchr(sheet, '.') : NULL;

    if (args->json + args->jsonl + args->csv + args->explain > 1)
        ui_error("--json, --jsonl, --csv and --explain exclude each other");
    else if ((sheet || args->heatmap) && args->n_operands > 1)
        ui_error("--%s takes one FILE at a time", sheet ? "contact-sheet" : "heatmap");
    else if (sheet && (!ending || (strcmp(ending, ".jpg") && strcmp(ending, ".jpeg") && strcmp(ending, ".png"))))
        ui_error("--contact-sheet: '%s' must end with .jpg or .png", sheet);
    else
        return true;
    return false;
}

static void on_look(void *user, const struct sc_look *look) { show_look(user, look); }

static enum sc_status print_json(struct ui *ui, const struct sc_changes *c, bool lines, struct sc_error *err)
{
    char *text = NULL;
    enum sc_status s = lines ? sc_changes_jsonl(c, &text, err) : sc_changes_json(c, &text, err);

    if (!s)
        ui_write(ui, text, strlen(text));
    free(text);
    return s;
}

/* n_before: results that were printed before this one. */
static enum sc_status print_changes(struct ui *ui, const struct args *args, const struct sc_changes *c, int n_before,
                                    struct sc_error *err)
{
    if (args->jsonl)
        return print_json(ui, c, true, err);
    if (args->json) {
        if (n_before)
            ui_print(ui, ",\n");
        return print_json(ui, c, false, err);
    }
    if (args->csv) {
        show_csv(ui, c);
        return SC_OK;
    }
    if (n_before || args->explain)
        ui_print(ui, "\n");
    show_changes(ui, c);
    return SC_OK;
}

struct totals {
    int n_done, n_failed, first_failure;
    int64_t n_events;
};

static void changes_of(struct ui *ui, const struct args *args, const char *path, struct totals *totals)
{
    struct sc_source source = options_source(args, path);
    struct sc_look_settings look = options_look_settings(args);
    struct sc_changes *c = NULL;
    struct sc_error err = { 0 };
    enum sc_status s;

    if (args->explain) {
        look.on_look = on_look;
        look.user = ui;
        if (totals->n_done)
            ui_print(ui, "\n");
        show_look_heading(ui);
    }
    if ((s = sc_changes(ui->sc, &source, &look, &c, &err)) ||
        (s = print_changes(ui, args, c, totals->n_done, &err)))
        goto done;
    totals->n_done++;
    totals->n_events += c->n_events;
    ui_flush(ui);
    if (args->contact_sheet && !(s = sc_contact_sheet(ui->sc, &source, c, args->contact_sheet, &err)))
        ui_note(ui, "contact sheet written to '%s'", args->contact_sheet);
    if (!s && args->heatmap && !(s = sc_heatmaps(ui->sc, &source, c, args->heatmap, NULL, NULL, &err)))
        ui_note(ui, "%d maps written into '%s'", c->n_events, args->heatmap);
done:
    if (s) {
        int code = ui_failed(ui, s, &err);

        if (!totals->n_failed++)
            totals->first_failure = code;
    }
    sc_changes_free(&c);
}

static int run(struct ui *ui, const struct args *args)
{
    bool array = args->json && args->n_operands > 1;
    struct totals totals = { 0 };
    int i;

    if (!usable(args))
        return EXIT_USAGE;
    if (!ui_session(ui))
        return EXIT_FAILED;
    if (array)
        ui_print(ui, "[\n");
    if (args->csv)
        show_csv_heading(ui);
    for (i = 0; i < args->n_operands && !ui_stopped(ui); i++)
        changes_of(ui, args, args->operands[i], &totals);
    if (array)
        ui_print(ui, "%s]\n", totals.n_done ? "\n" : "");
    else if (args->json && totals.n_done)
        ui_print(ui, "\n");
    if (totals.n_failed)
        return totals.n_done && args->n_operands > 1 ? EXIT_PARTLY
               : args->n_operands > 1                ? EXIT_FAILED
                                                     : totals.first_failure;
    return args->exit_code && !totals.n_events ? EXIT_NO_CHANGE : EXIT_DONE;
}

const struct command command_changes = {
    .name = "changes",
    .operands = "FILE...",
    .summary = "what changed in a video, when and where",
    .about = "Find the moments where something changed, and list each with its times, kind,\n"
             "place, share of the picture and score. FILE is a video, '-' for standard input,\n"
             "a folder, glob or printf pattern of stills, or an http, https or rtsp URL.\n",
    .examples = "  seechange changes clip.mp4\n"
                "  seechange changes --contact-sheet sheet.jpg screencast.webm\n"
                "  seechange changes --json --from 1:00 --to 2:00 card/*.mp4\n"
                "  seechange changes --exit-code -q still.mkv || echo \"nothing, or failed\"\n"
                "  cat clip.mp4 | seechange changes -\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = -1,
    .run = run,
};
