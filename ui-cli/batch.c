/* The command `batch`: what `caption --batch` handed over. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ui-cli/options.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"

static const struct option batch_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write a JSON object for each batch" },
    { .name = "insecure-http", .type = OPTION_FLAG, .offset = ARG(insecure_http),
      .help = "Allow plain http to another machine" },
    { 0 }
};

static const struct option_group groups[] = {
    { "BATCH", batch_options }, { "", options_catalog }, { "GENERAL", options_everywhere }, { 0 }
};

static void show_text(struct ui *ui, const char *name, const char *text)
{
    ui_print(ui, ",\"%s\":", name);
    if (text)
        show_json_text(ui, text);
    else
        ui_print(ui, "null");
}

static void show_json(struct ui *ui, const struct sc_batch *b, const char *date)
{
    ui_print(ui, "{\"batch\":\"%s\",\"made\":\"%s\",\"files\":%d,\"questions\":%" PRId64 ",\"answered\":%" PRId64
             ",\"failed\":%" PRId64 ",\"over\":%s", b->name, date, b->n_files, b->n_questions, b->n_answered, b->n_failed,
             b->is_over ? "true" : "false");
    show_text(ui, "status", b->status);
    show_text(ui, "service", b->service);
    show_text(ui, "url", b->url);
    show_text(ui, "model", b->model);
    show_text(ui, "why", b->why);
    ui_print(ui, "}\n");
}

static void show_batch(struct ui *ui, const struct sc_batch *b, bool json)
{
    const time_t made = (time_t)(b->made_us / 1000000);
    char date[32] = "?";
    struct tm tm;

    if (localtime_r(&made, &tm))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm);
    if (json) {
        show_json(ui, b, date);
        return;
    }
    ui_print(ui, "%s  %s  %" PRId64 " of %" PRId64 " answered, %" PRId64 " failed  ", b->name, date, b->n_answered,
             b->n_questions, b->n_failed);
    ui_visible(ui, b->status);
    ui_print(ui, "  ");
    ui_visible(ui, b->model);
    ui_print(ui, " at ");
    ui_visible(ui, b->service);
    ui_print(ui, "%s", b->why ? ": " : "\n");
    if (b->why) {
        ui_visible(ui, b->why);
        ui_print(ui, "\n");
    }
}

static int act(struct ui *ui, const struct args *args, enum sc_batch_action action, struct sc_archive *archive)
{
    struct sc_batches batches = { 0 };
    struct sc_error err = { 0 };
    enum sc_status s = sc_list_batches(ui->sc, archive, action, args->n_operands > 1 ? args->operands[1] : NULL,
                                       args->insecure_http, &batches, &err);
    int i;

    if (s)
        return ui_failed(ui, s, &err);
    for (i = 0; i < batches.n; i++)
        show_batch(ui, &batches.rows[i], args->json);
    if (!batches.n)
        ui_note(ui, "no batch of this catalogue is under way");
    else if (action == SC_BATCH_CANCEL)
        ui_note(ui, "what is answered until it has ended is billed; 'seechange caption --batch' fetches it");
    sc_batches_dispose(&batches);
    return EXIT_DONE;
}

static int run_batch(struct ui *ui, const struct args *args)
{
    static const char *const names[] = { "list", "status", "cancel" }; /* as enum sc_batch_action */
    struct sc_archive_settings settings = { .catalog = args->catalog };
    struct sc_archive *archive = NULL;
    struct sc_error err = { 0 };
    int code, i = 0;
    enum sc_status s;

    while (i < 3 && strcmp(names[i], args->operands[0]) != 0)
        i++;
    if (i == 3) {
        ui_error("'%s' is not list, status or cancel", args->operands[0]);
        return EXIT_USAGE;
    }
    if (!ui_session(ui))
        return EXIT_FAILED;
    s = sc_archive_open(&archive, &settings, &err);
    code = s ? ui_failed(ui, s, &err) : act(ui, args, (enum sc_batch_action)i, archive);
    sc_archive_close(&archive);
    return code;
}

const struct command command_batch = {
    .name = "batch",
    .operands = "ACTION [NAME]",
    .summary = "what 'caption --batch' handed over, and how far it is",
    .about = "list    the batches of a catalogue, as they were known last; nobody is asked\n"
             "status  the same, and how far the services say they are\n"
             "cancel  end them, or the one NAMEd; what is answered by then is billed,\n"
             "        and 'seechange caption --batch' fetches it",
    .examples = "  seechange batch status\n"
                "  seechange batch cancel --catalog archive.db 3f2a\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 2,
    .operand = OPERAND_NONE,
    .holds_keys = true,
    .run = run_batch,
};
