/* The command `completion`: scripts that complete command lines in a shell, made from the tables. */
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/ui.h"

static const char *const shells[] = { "bash", "zsh", "fish", NULL };
static const char *const prompts[] = { "system", "system-still", "question", "question-still", "changes",
                                      "caption", "schema", "repair", "window", "merge", NULL };

/* What the operand may be, where it is one of a few words; else NULL. */
static const char *const *operand_words(const struct command *command)
{
    return command->operand == OPERAND_SHELL ? shells : command->operand == OPERAND_PROMPT ? prompts : NULL;
}

static void print_choices(struct ui *ui, const struct option *o)
{
    int i;

    for (i = 0; o->choices[i]; i++)
        ui_print(ui, "%s%s", i ? " " : "", o->choices[i]);
}

static void print_commands(struct ui *ui, const char *between)
{
    int i;

    for (i = 0; commands[i]; i++)
        ui_print(ui, "%s%s", i ? between : "", commands[i]->name);
}

/* ---- bash ---- */

static void bash_option(struct ui *ui, const char *command, const struct option *o)
{
    if (o->type == OPTION_FLAG)
        return;
    ui_print(ui, "    %s:--%s", command, o->name);
    if (o->letter)
        ui_print(ui, "|%s:-%c", command, o->letter);
    if (o->type == OPTION_CHOICE) {
        ui_print(ui, ") words='");
        print_choices(ui, o);
        ui_print(ui, "' ;;\n");
    } else if (o->type == OPTION_FILE) {
        ui_print(ui, ") return ;;\n");
    } else if (o->type == OPTION_DIR) {
        ui_print(ui, ") compopt -o dirnames +o default; return ;;\n");
    } else {
        ui_print(ui, ") compopt +o default; return ;;\n");
    }
}

static void bash_command(struct ui *ui, const struct command *command)
{
    const char *const *words = operand_words(command);
    const struct option_group *group;
    const struct option *o;
    int i;

    for (group = command->groups; group->title; group++)
        for (o = group->options; o->name; o++)
            bash_option(ui, command->name, o);
    ui_print(ui, "    %s:*)\n        if [[ $cur == -* ]]; then words='", command->name);
    for (group = command->groups; group->title; group++)
        for (o = group->options; o->name; o++)
            ui_print(ui, "%s--%s", group == command->groups && o == group->options ? "" : " ", o->name);
    ui_print(ui, "'\n");
    if (command->operand == OPERAND_COMMAND) {
        ui_print(ui, "        else words='");
        print_commands(ui, " ");
        ui_print(ui, "'\n");
    }
    if (words) {
        ui_print(ui, "        else words='");
        for (i = 0; words[i]; i++)
            ui_print(ui, "%s%s", i ? " " : "", words[i]);
        ui_print(ui, "'\n");
    }
    if (command->operand == OPERAND_NONE)
        ui_print(ui, "        else compopt +o default\n");
    ui_print(ui, "        fi ;;\n");
}

static void bash(struct ui *ui)
{
    int i;

    ui_print(ui, "# bash completion for seechange\n"
                 "_seechange() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= words=\n"
                 "    COMPREPLY=()\n"
                 "    (( COMP_CWORD > 1 )) && command=${COMP_WORDS[1]}\n"
                 "    case $command:$prev in\n"
                 "    :*) words='");
    print_commands(ui, " ");
    ui_print(ui, " --help --version' ;;\n");
    for (i = 0; commands[i]; i++)
        bash_command(ui, commands[i]);
    ui_print(ui, "    esac\n"
                 "    [[ $words ]] && COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                 "}\n"
                 "complete -o default -F _seechange seechange\n");
}

/* ---- zsh ---- */

/* Text inside a single-quoted _arguments specification. */
static void zsh_text(struct ui *ui, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            ui_print(ui, "'\\''");
        else
            ui_print(ui, strchr("[]:\\", *text) ? "\\%c" : "%c", *text);
    }
}

static void zsh_option(struct ui *ui, const struct option *o)
{
    const char *equals = o->argument ? "=" : "";
    bool repeats = o->type == OPTION_BOXES || o->type == OPTION_TEXTS;

    if (o->letter && repeats)
        ui_print(ui, " \\\n            '*'{-%c,--%s%s}'[", o->letter, o->name, equals);
    else if (o->letter)
        ui_print(ui, " \\\n            '(-%c --%s)'{-%c,--%s%s}'[", o->letter, o->name, o->letter, o->name, equals);
    else
        ui_print(ui, " \\\n            '%s--%s%s[", repeats ? "*" : "", o->name, equals);
    zsh_text(ui, o->help);
    ui_print(ui, "]");
    if (o->argument) {
        ui_print(ui, ":");
        zsh_text(ui, o->argument);
        ui_print(ui, ":");
    }
    if (o->type == OPTION_CHOICE) {
        ui_print(ui, "(");
        print_choices(ui, o);
        ui_print(ui, ")");
    } else if (o->type == OPTION_FILE) {
        ui_print(ui, "_files");
    } else if (o->type == OPTION_DIR) {
        ui_print(ui, "_files -/");
    }
    ui_print(ui, "'");
}

static void zsh_command(struct ui *ui, const struct command *command)
{
    const char *const *words = operand_words(command);
    const struct option_group *group;
    const struct option *o;
    int i;

    ui_print(ui, "    %s)\n        _arguments -s", command->name);
    for (group = command->groups; group->title; group++)
        for (o = group->options; o->name; o++)
            zsh_option(ui, o);
    if (command->operand == OPERAND_FILE) {
        ui_print(ui, " \\\n            '*:file:_files'\n");
    } else if (command->operand == OPERAND_NONE) {
        ui_print(ui, "\n");
    } else {
        ui_print(ui, " \\\n            '1:%s:(", command->operand == OPERAND_SHELL    ? "shell"
                                             : command->operand == OPERAND_PROMPT ? "prompt"
                                                                                  : "command");
        if (command->operand == OPERAND_COMMAND)
            print_commands(ui, " ");
        for (i = 0; words && words[i]; i++)
            ui_print(ui, "%s%s", i ? " " : "", words[i]);
        ui_print(ui, ")'\n");
    }
    ui_print(ui, "        ;;\n");
}

static void zsh(struct ui *ui)
{
    int i;

    ui_print(ui, "#compdef seechange\n"
                 "_seechange() {\n"
                 "    local -a list\n"
                 "    list=(\n");
    for (i = 0; commands[i]; i++) {
        ui_print(ui, "        '%s:", commands[i]->name);
        zsh_text(ui, commands[i]->summary);
        ui_print(ui, "'\n");
    }
    ui_print(ui, "    )\n"
                 "    if (( CURRENT == 2 )); then\n"
                 "        _describe command list\n"
                 "        _arguments '--help[Show how to use seechange]' '--version[Show the version]'\n"
                 "        return\n"
                 "    fi\n"
                 "    local command=$words[2]\n"
                 "    shift words\n"
                 "    (( CURRENT-- ))\n"
                 "    case $command in\n");
    for (i = 0; commands[i]; i++)
        zsh_command(ui, commands[i]);
    ui_print(ui, "    esac\n"
                 "}\n"
                 "if [ \"$funcstack[1]\" = _seechange ]; then _seechange \"$@\"\n"
                 "else compdef _seechange seechange\n"
                 "fi\n");
}

/* ---- fish ---- */

static void fish_text(struct ui *ui, const char *text)
{
    ui_print(ui, "'");
    for (; *text; text++)
        ui_print(ui, strchr("'\\", *text) ? "\\%c" : "%c", *text);
    ui_print(ui, "'");
}

static void fish_option(struct ui *ui, const char *command, const struct option *o)
{
    ui_print(ui, "complete -c seechange -n '__fish_seen_subcommand_from %s' -l %s", command, o->name);
    if (o->letter)
        ui_print(ui, " -s %c", o->letter);
    if (o->type == OPTION_FILE)
        ui_print(ui, " -r -F");
    else if (o->type == OPTION_DIR)
        ui_print(ui, " -x -a '(__fish_complete_directories)'");
    else if (o->type == OPTION_CHOICE) {
        ui_print(ui, " -x -a '");
        print_choices(ui, o);
        ui_print(ui, "'");
    } else if (o->type != OPTION_FLAG) {
        ui_print(ui, " -x");
    }
    ui_print(ui, " -d ");
    fish_text(ui, o->help);
    ui_print(ui, "\n");
}

static void fish_operands(struct ui *ui, const struct command *command)
{
    const char *const *words = operand_words(command);
    int i;

    if (command->operand == OPERAND_FILE)
        return;
    ui_print(ui, "complete -c seechange -n '__fish_seen_subcommand_from %s' -f -a '", command->name);
    if (command->operand == OPERAND_COMMAND)
        print_commands(ui, " ");
    for (i = 0; words && words[i]; i++)
        ui_print(ui, "%s%s", i ? " " : "", words[i]);
    ui_print(ui, "'\n");
}

static void fish(struct ui *ui)
{
    const struct option_group *group;
    const struct option *o;
    int i;

    ui_print(ui, "# fish completion for seechange\n"
                 "complete -c seechange -n __fish_use_subcommand -l help -s h -d 'Show how to use seechange'\n"
                 "complete -c seechange -n __fish_use_subcommand -l version -d 'Show the version'\n");
    for (i = 0; commands[i]; i++) {
        ui_print(ui, "complete -c seechange -n __fish_use_subcommand -f -a %s -d ", commands[i]->name);
        fish_text(ui, commands[i]->summary);
        ui_print(ui, "\n");
    }
    for (i = 0; commands[i]; i++) {
        fish_operands(ui, commands[i]);
        for (group = commands[i]->groups; group->title; group++)
            for (o = group->options; o->name; o++)
                fish_option(ui, commands[i]->name, o);
    }
}

static int run(struct ui *ui, const struct args *args)
{
    static void (*const writers[])(struct ui *) = { bash, zsh, fish };
    int i;

    for (i = 0; shells[i]; i++)
        if (!strcmp(args->operands[0], shells[i])) {
            writers[i](ui);
            return EXIT_DONE;
        }
    ui_error("no completion for '%s'; there is bash, zsh and fish", args->operands[0]);
    return EXIT_USAGE;
}

static const struct option_group groups[] = { { "OPTIONS", options_help }, { 0 } };

const struct command command_completion = {
    .name = "completion",
    .operands = "SHELL",
    .summary = "print a completion script for bash, zsh or fish",
    .about = "Print a script that completes commands and options in your shell.\n",
    .examples = "  source <(seechange completion bash)\n"
                "  seechange completion zsh > ~/.zfunc/_seechange\n"
                "  seechange completion fish > ~/.config/fish/completions/seechange.fish\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 1,
    .operand = OPERAND_SHELL,
    .run = run,
};
