/* The command `models`: what a service serves, what is known of it, and what it costs. */
#include <stdlib.h>
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"

static const struct option output_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write one JSON object" },
    { 0 }
};

static const struct option_group groups[] = {
    { "OUTPUT", output_options },
    { "SERVICE", options_service },
    { "", options_model },
    { "GENERAL", options_everywhere },
    { 0 }
};

static void show_price(double usd, char out[16])
{
    snprintf(out, 16, usd < 0 ? "?" : usd < 0.005 ? "0" : "%.2f", usd);
}

static int widest(const struct sc_models *models)
{
    int i, most = 5;

    for (i = 0; i < models->n; i++)
        if ((int)strlen(models->rows[i].name) > most)
            most = (int)strlen(models->rows[i].name);
    return most < 60 ? most : 60;
}

static void show_row(struct ui *ui, const struct sc_model *row, int width)
{
    char context[32] = "?", in[16], out[16];
    int n = (int)strlen(row->name);

    if (row->context_tokens)
        show_count(row->context_tokens, context);
    show_price(row->usd_in, in);
    show_price(row->usd_out, out);
    ui_visible(ui, row->name);
    ui_print(ui, "%*s  %10s  %-15s  %8s  %8s", n < width ? width - n : 0, "", context, row->image_rule, in, out);
    if (row->ends) {
        ui_print(ui, "  ends ");
        ui_visible(ui, row->ends);
    }
    ui_print(ui, "\n");
}

static void show(struct ui *ui, const struct sc_models *models)
{
    int width = widest(models), i;

    ui_print(ui, "%s%-*s  %10s  %-15s  %8s  %8s%s\n", ui_colour(ui, DIM), width, "model", "context", "image rule",
             "$/M in", "$/M out", ui_colour(ui, PLAIN));
    for (i = 0; i < models->n; i++)
        show_row(ui, &models->rows[i], width);
}

static int run(struct ui *ui, const struct args *args)
{
    struct sc_ask_settings where = options_where(args);
    struct sc_models models = { 0 };
    struct sc_error err = { 0 };
    char *json = NULL;
    enum sc_status s;

    if (!ui_session(ui))
        return EXIT_FAILED;
    s = sc_list_models(ui->sc, &where, &models, &err);
    if (!s && args->json && !(s = sc_models_json(&models, &json, &err)))
        ui_print(ui, "%s\n", json);
    else if (!s)
        show(ui, &models);
    free(json);
    sc_models_dispose(&models);
    return s ? ui_failed(ui, s, &err) : EXIT_DONE;
}

const struct command command_models = {
    .name = "models",
    .operands = "",
    .summary = "list the models of a service",
    .about = "List the models that a service serves: how many tokens they hold, how the tokens\n"
             "of a picture are counted, and what a million tokens cost, as far as it is\n"
             "known. Without a service, those of the server on this machine.\n",
    .examples = "  seechange models\n"
                "  seechange models --service openai\n"
                "  seechange models --json --base-url http://localhost:8000\n",
    .groups = groups,
    .min_operands = 0,
    .max_operands = 0,
    .operand = OPERAND_NONE,
    .holds_keys = true,
    .run = run,
};
