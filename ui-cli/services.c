/* The command `services`: where a question can be sent, and what is missing for it. */
#include <stdlib.h>
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/ui.h"

#define NAME_WIDTH 17

static const struct option output_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write one JSON object" },
    { 0 }
};

static const struct option_group groups[] = {
    { "OUTPUT", output_options },
    { "GENERAL", options_everywhere },
    { 0 }
};

static const char *colour_of(enum sc_service_state state)
{
    return state == SC_SERVICE_READY ? GREEN : DIM;
}

static void show_row(struct ui *ui, const struct sc_service *row)
{
    size_t width = strlen(row->name);

    ui_print(ui, "%s", ui_colour(ui, row->state == SC_SERVICE_READY ? BOLD : PLAIN));
    ui_visible(ui, row->name);
    ui_print(ui, "%s%*s  %s%-7s%s  ", ui_colour(ui, PLAIN), width < NAME_WIDTH ? (int)(NAME_WIDTH - width) : 0, "",
             ui_colour(ui, colour_of(row->state)), sc_service_state_name(row->state), ui_colour(ui, PLAIN));
    ui_visible(ui, row->state == SC_SERVICE_READY ? row->url : row->lacks);
    if (row->state == SC_SERVICE_READY && row->model) {
        ui_print(ui, "  ");
        ui_visible(ui, row->model);
    }
    ui_print(ui, "%s\n", row->configured ? "  (configured)" : "");
}

static void show(struct ui *ui, const struct sc_services *services)
{
    enum sc_service_state state;
    int i;

    ui_print(ui, "%s%-*s  %-7s  %s%s\n", ui_colour(ui, DIM), NAME_WIDTH, "service", "state", "where, or what is missing",
             ui_colour(ui, PLAIN));
    for (state = SC_SERVICE_READY; state <= SC_SERVICE_RETIRED; state++)
        for (i = 0; i < services->n; i++)
            if (services->rows[i].state == state)
                show_row(ui, &services->rows[i]);
}

static int run(struct ui *ui, const struct args *args)
{
    struct sc_services services = { 0 };
    struct sc_error err = { 0 };
    char *json = NULL;
    enum sc_status s;

    if (!ui_session(ui))
        return EXIT_FAILED;
    s = sc_list_services(ui->sc, &services, &err);
    if (!s && args->json && !(s = sc_services_json(&services, &json, &err)))
        ui_print(ui, "%s\n", json);
    else if (!s)
        show(ui, &services);
    free(json);
    sc_services_dispose(&services);
    return s ? ui_failed(ui, s, &err) : EXIT_DONE;
}

const struct command command_services = {
    .name = "services",
    .operands = "",
    .summary = "list where a question can be sent",
    .about = "List the services that can be asked: those that are ready, those that something\n"
             "is missing for, and what that is. Servers on this machine are looked for;\n"
             "nobody else is asked, and no key is sent.\n",
    .examples = "  seechange services\n"
                "  seechange services --json\n",
    .groups = groups,
    .min_operands = 0,
    .max_operands = 0,
    .operand = OPERAND_NONE,
    .holds_keys = true,
    .run = run,
};
