/* The command line: finds the command and runs it. */
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "ui-cli/command.h"
#include "ui-cli/help.h"
#include "ui-cli/options.h"
#include "ui-cli/parse.h"
#include "ui-cli/ui.h"

const struct command *const commands[] = {
    &command_changes, &command_frames, &command_compare, &command_ask, &command_watch, &command_browse,
    &command_request, &command_cost,
    &command_caption, &command_batch, &command_search, &command_archive, &command_export, &command_prompts, &command_info,
    &command_services, &command_models, &command_doctor, &command_help, &command_completion, NULL
};

const struct command *command_find(const char *name)
{
    int i;

    for (i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *meant = parse_suggest_command(word);

    if (word[0] == '-')
        ui_error("unknown option '%s'; options follow the command: seechange COMMAND %s", word, word);
    else if (meant)
        ui_error("unknown command '%s'; did you mean '%s'?", word, meant);
    else if (!access(word, F_OK))
        ui_error("which command? To see what changed in it: seechange changes '%s'", word);
    else
        ui_error("unknown command '%s'; 'seechange help' lists them", word);
    return EXIT_USAGE;
}

static int run_command(struct ui *ui, const struct command *command, int n, char **argv)
{
    struct args args;
    int code = EXIT_USAGE;

    if (parse_args(command, n, argv, &args)) {
        ui_set(ui, &args);
        if (args.help) {
            help_command(ui, command);
            code = EXIT_DONE;
        } else if (options_agree(&args)) {
            /* Keys lie in the environment and in curl's buffers too, where no library can keep them out of a core. */
            prctl(PR_SET_DUMPABLE, !command->holds_keys);
            code = command->run(ui, &args);
            prctl(PR_SET_DUMPABLE, 1);
        }
    }
    args_dispose(&args);
    return code;
}

int main(int argc, char **argv)
{
    const struct command *command;
    struct ui ui;
    int code = EXIT_DONE;

    ui_open(&ui);
    if (argc < 2) {
        ui_error("which command? 'seechange help' lists them; to begin: seechange changes FILE");
        code = EXIT_USAGE;
    } else if (!strcmp(argv[1], "--version")) {
        ui_print(&ui, "seechange %s\n", SC_VERSION);
    } else if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        help_overview(&ui);
    } else if ((command = command_find(argv[1]))) {
        code = run_command(&ui, command, argc - 2, argv + 2);
    } else {
        code = unknown_command(argv[1]);
    }
    return ui_close(&ui, code);
}
