/* The command `browse`: the terminal front end. */
#include <signal.h>

#include "ui-cli/asking.h"
#include "ui-cli/options.h"
#include "ui-cli/ui.h"
#include "ui-tui/tui.h"

static const char *const graphics[] = { "auto", "none", "symbols", "sixel", "iterm2", "kitty", NULL };

static const struct option screen_options[] = {
    { .name = "graphics", .type = OPTION_CHOICE, .argument = "WAY", .fallback = "auto", .offset = ARG(graphics),
      .choices = graphics, .help = "Show pictures as symbols, sixel, iterm2, kitty, or none; auto asks the terminal" },
    { .name = "plain", .type = OPTION_FLAG, .offset = ARG(plain),
      .help = "Write lines instead of a screen, and read commands from standard input" },
    { .name = "config", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(config),
      .help = "Read keys and colours from this file" },
    { 0 }
};

static const struct option_group groups[] = {
    { "SCREEN", screen_options },
    { "QUERY", options_query },
    { "", options_beside },
    { "SERVICE", options_service },
    { "", options_model },
    { "ANSWER", options_reply },
    { "LOOKING", options_look },
    { "", options_what },
    { "INPUT", options_input },
    { "", options_limits },
    { "", options_background },
    { "GENERAL", options_everywhere },
    { 0 }
};

static int run(struct ui *ui, const struct args *args)
{
    struct tui_settings settings = {
        .paths = args->operands, .n_paths = args->n_operands, .config = args->config, .plain = args->plain,
        .graphics = args->graphics ? graphics[args->graphics] : NULL,
        .no_colour = !ui->colour && !args->plain, .source = options_source(args, args->operands[0]),
        .look = options_look_settings(args), .ask = asking_settings(args),
    };
    struct sc_error err = { 0 };
    int number = 0;
    enum sc_status s;

    if (!asking_agrees(args))
        return EXIT_USAGE;
    s = tui_run(&settings, &number, &err);
    if (number)
        return 128 + number;
    return s ? ui_failed(ui, s, &err) : EXIT_DONE;
}

const struct command command_browse = {
    .name = "browse",
    .operands = "FILE|FOLDER",
    .summary = "look at a video and its changes in the terminal",
    .about = "Look at a video, or at the videos of a folder or a catalogue, in the terminal:\n"
             "timeline, changes, chosen pictures, before and after; ask\n"
             "about it, and jump to the moments that the answer cites. A video that was not\n"
             "looked at before is looked at meanwhile. '?' shows all keys.\n",
    .examples = "  seechange browse clip.mp4\n"
                "  seechange browse ~/Videos\n"
                "  seechange browse --graphics symbols screencast.webm\n"
                "  seechange browse --service ollama --sensitivity 0.7 door.mkv\n"
                "  printf 'next-event\\nask who is that?\\n' | seechange browse --plain door.mkv\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 1,
    .holds_keys = true,
    .run = run,
};
