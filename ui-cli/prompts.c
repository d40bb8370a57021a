/* The command `prompts`: the words that go with the pictures. */
#include <stdlib.h>
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/ui.h"

static const struct option_group groups[] = {
    { "GENERAL", options_everywhere },
    { 0 }
};

static void show_prompt(struct ui *ui, const struct sc_prompt *p)
{
    const char *line = p->text;

    ui_print(ui, "%s%s%s: %s%s\n\n", ui_colour(ui, BOLD), p->name, ui_colour(ui, PLAIN), p->about,
             p->is_own ? " (your own)" : "");
    while (*line) {
        size_t size = strcspn(line, "\n");
        char *copy = strndup(line, size);

        ui_visible(ui, copy ? copy : "");
        ui_print(ui, "\n");
        free(copy);
        line += size + (line[size] == '\n');
    }
    ui_print(ui, "\n");
}

static int run(struct ui *ui, const struct args *args)
{
    const char *name = args->n_operands ? args->operands[0] : NULL;
    struct sc_prompts prompts;
    struct sc_error err = { 0 };
    enum sc_status s;
    bool found = !name;
    int i;

    if (!ui_session(ui))
        return EXIT_FAILED;
    if ((s = sc_prompts(ui->sc, &prompts, &err)))
        return ui_failed(ui, s, &err);
    if (!name)
        ui_print(ui, "version %s\n\n", prompts.version);
    for (i = 0; i < prompts.n; i++) {
        if (!name) {
            show_prompt(ui, &prompts.items[i]);
        } else if (!strcmp(name, prompts.items[i].name)) {
            found = true;
            ui_write(ui, prompts.items[i].text, strlen(prompts.items[i].text));
        }
    }
    sc_prompts_dispose(&prompts);
    if (found)
        return EXIT_DONE;
    ui_error("no prompt '%s'; 'seechange prompts' shows them all", name);
    return EXIT_USAGE;
}

const struct command command_prompts = {
    .name = "prompts",
    .operands = "[NAME]",
    .summary = "the words that go with the pictures",
    .about = "Show the prompts and their version, or the text of one alone. A file of yours,\n"
             "~/.config/seechange/prompts/NAME.txt, takes the place of ours.\n",
    .examples = "  seechange prompts\n"
                "  seechange prompts question > ~/.config/seechange/prompts/question.txt\n",
    .groups = groups,
    .min_operands = 0,
    .max_operands = 1,
    .operand = OPERAND_PROMPT,
    .run = run,
};
