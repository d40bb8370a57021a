/* The help, made from the tables, and the command `help`. */
#include "ui-cli/help.h"

#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/parse.h"
#include "ui-cli/ui.h"

#define HELP_COLUMN 28
#define HELP_WIDTH 80

/* The words of text in lines from HELP_COLUMN to HELP_WIDTH; the cursor stands at HELP_COLUMN. */
static void print_wrapped(struct ui *ui, const char *text)
{
    int column = HELP_COLUMN;

    while (*text) {
        int n = (int)strcspn(text, " ");

        if (column > HELP_COLUMN && column + 1 + n > HELP_WIDTH) {
            ui_print(ui, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        }
        ui_print(ui, "%s%.*s", column > HELP_COLUMN ? " " : "", n, text);
        column += n + (column > HELP_COLUMN);
        text += n;
        text += strspn(text, " ");
    }
}

static void print_option(struct ui *ui, const struct option *o)
{
    char left[80], right[600];
    const char letter[] = { o->letter ? '-' : ' ', o->letter ? o->letter : ' ', o->letter ? ',' : ' ', '\0' };
    size_t n;
    int i;

    snprintf(left, sizeof(left), "  %s --%s%s%s", letter, o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    n = (size_t)snprintf(right, sizeof(right), "%s", o->help);
    if (o->unit)
        n += (size_t)snprintf(right + n, sizeof(right) - n, ", in %s", o->unit);
    for (i = 0; o->choices && o->choices[i]; i++)
        n += (size_t)snprintf(right + n, sizeof(right) - n, "%s%s", i ? "|" : " [", o->choices[i]);
    if (o->choices)
        n += (size_t)snprintf(right + n, sizeof(right) - n, "]");
    if (o->fallback)
        snprintf(right + n, sizeof(right) - n, " (default: %s)", o->fallback);
    ui_print(ui, "%s", left);
    if (strlen(left) + 2 > HELP_COLUMN)
        ui_print(ui, "\n%*s", HELP_COLUMN, "");
    else
        ui_print(ui, "%*s", HELP_COLUMN - (int)strlen(left), "");
    print_wrapped(ui, right);
    ui_print(ui, "\n");
}

static void print_title(struct ui *ui, const char *title)
{
    ui_print(ui, "\n%s%s%s\n", ui_colour(ui, BOLD), title, ui_colour(ui, PLAIN));
}

void help_command(struct ui *ui, const struct command *command)
{
    const struct option_group *group;
    const struct option *option;

    ui_print(ui, "usage: seechange %s [OPTION]...%s%s\n\n%s", command->name, *command->operands ? " " : "",
             command->operands, command->about);
    for (group = command->groups; group->title; group++) {
        if (*group->title)
            print_title(ui, group->title);
        for (option = group->options; option->name; option++)
            print_option(ui, option);
    }
    print_title(ui, "EXAMPLES");
    ui_print(ui, "%s", command->examples);
}

void help_overview(struct ui *ui)
{
    int i;

    ui_print(ui, "See what changed in your videos.\n\nusage: seechange COMMAND [OPTION]... [OPERAND]...\n");
    print_title(ui, "COMMANDS");
    for (i = 0; commands[i]; i++)
        ui_print(ui, "  %s%-12s%s%s\n", ui_colour(ui, BOLD), commands[i]->name, ui_colour(ui, PLAIN),
                 commands[i]->summary);
    print_title(ui, "EXAMPLES");
    ui_print(ui, "  seechange changes clip.mp4                 what changed, when and where\n"
                 "  seechange frames clip.mp4 -o pictures      the moments as pictures\n"
                 "  seechange ask clip.mp4 \"who came in?\"      ask a model about them\n"
                 "\n'seechange COMMAND --help' tells about one command, 'man seechange' all.\n");
}

static int run(struct ui *ui, const struct args *args)
{
    const struct command *command;
    const char *meant;

    if (!args->n_operands) {
        help_overview(ui);
        return EXIT_DONE;
    }
    if ((command = command_find(args->operands[0]))) {
        help_command(ui, command);
        return EXIT_DONE;
    }
    meant = parse_suggest_command(args->operands[0]);
    if (meant)
        ui_error("unknown command '%s'; did you mean '%s'?", args->operands[0], meant);
    else
        ui_error("unknown command '%s'; 'seechange help' lists them", args->operands[0]);
    return EXIT_USAGE;
}

static const struct option_group groups[] = { { "OPTIONS", options_help }, { 0 } };

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "show how to use seechange, or one command of it",
    .about = "Show what there is, or all about one command.\n",
    .examples = "  seechange help changes\n",
    .groups = groups,
    .max_operands = 1,
    .operand = OPERAND_COMMAND,
    .run = run,
};
