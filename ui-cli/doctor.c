/* The command `doctor`: the whole way to a model, step by step. */
#include <stdlib.h>
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/ui.h"

static const struct option_group groups[] = {
    { "SERVICE", options_service },
    { "", options_model },
    { "GENERAL", options_everywhere },
    { 0 }
};

static void on_check(void *user, const struct sc_check *check)
{
    static const char *const colours[] = { GREEN, RED, DIM };
    struct ui *ui = user;

    ui_print(ui, "%-10s  %s%-7s%s  ", check->step, ui_colour(ui, colours[check->state]),
             sc_check_state_name(check->state), ui_colour(ui, PLAIN));
    ui_visible(ui, check->words);
    ui_print(ui, "\n");
    ui_flush(ui);
}

static int run(struct ui *ui, const struct args *args)
{
    struct sc_ask_settings where = options_where(args);
    struct sc_error err = { 0 };
    bool fine;
    enum sc_status s;

    if (!ui_session(ui))
        return EXIT_FAILED;
    s = sc_doctor(ui->sc, &where, on_check, ui, &fine, &err);
    return s ? ui_failed(ui, s, &err) : fine ? EXIT_DONE : EXIT_FAILED;
}

const struct command command_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "find out why a service does not answer",
    .about = "Say where the decoding program is and how it is locked in, then go the whole way\n"
             "to a model and say of each step whether it is fine, and if not, what to do: the\n"
             "service, its name, the connection, TLS, the key, the model, and whether it\n"
             "takes a picture and streams. The last two ask the model twice about\n"
             "a picture of 32x32 pixels, which costs some hundred tokens.\n",
    .examples = "  seechange doctor\n"
                "  seechange doctor --service openai\n"
                "  seechange doctor --base-url http://localhost:8000\n",
    .groups = groups,
    .min_operands = 0,
    .max_operands = 0,
    .operand = OPERAND_NONE,
    .holds_keys = true,
    .run = run,
};
