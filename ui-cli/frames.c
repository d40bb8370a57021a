/* The command `frames`: the chosen pictures as files. */
#include "ui-cli/options.h"
#include "ui-cli/ui.h"

static const char *const formats[] = { "jpeg", "png", NULL };

static const struct option output_options[] = {
    { .name = "output", .letter = 'o', .type = OPTION_DIR, .argument = "DIR", .offset = ARG(output),
      .help = "The folder to write into; it is made if it is missing" },
    { .name = "format", .type = OPTION_CHOICE, .argument = "FORMAT", .choices = formats, .offset = ARG(format),
      .fallback = "jpeg", .help = "How to encode the pictures" },
    { .name = "quality", .type = OPTION_INT, .argument = "N", .min = 1, .max = 100, .offset = ARG(quality),
      .fallback = "90", .help = "Of JPEG, 1 to 100" },
    { .name = "max-side", .type = OPTION_INT, .argument = "N", .unit = "pixels", .min = 16, .max = 65500,
      .offset = ARG(max_side), .fallback = "as they are", .help = "Scale down so that no side is longer" },
    { .name = "mark", .type = OPTION_FLAG, .offset = ARG(mark),
      .help = "Draw the box of the change and the time on each picture" },
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

/* A program that reads the paths gets them as they are; a person gets no control characters. */
static void on_file(void *user, const char *path)
{
    struct ui *ui = user;

    if (ui->terminal)
        ui_visible(ui, path);
    else
        ui_print(ui, "%s", path);
    ui_print(ui, "\n");
}

static int run(struct ui *ui, const struct args *args)
{
    struct sc_source source = options_source(args, args->operands[0]);
    struct sc_look_settings look = options_look_settings(args);
    struct sc_frames_settings settings = { (enum sc_image_format)args->format, (int)args->quality,
                                           (int)args->max_side, args->mark };
    struct sc_changes *c = NULL;
    struct sc_error err = { 0 };
    enum sc_status s;
    int code = EXIT_DONE;

    if (!args->output) {
        ui_error("where to? frames needs -o DIR");
        return EXIT_USAGE;
    }
    if (!ui_session(ui))
        return EXIT_FAILED;
    if ((s = sc_changes(ui->sc, &source, &look, &c, &err)) ||
        (s = sc_frames(ui->sc, &source, c, args->output, &settings, on_file, ui, &err)))
        code = ui_failed(ui, s, &err);
    else
        ui_note(ui, "%d picture%s of %d change%s in '%s', described in manifest.json", c->n_frames,
                c->n_frames == 1 ? "" : "s", c->n_events, c->n_events == 1 ? "" : "s", args->output);
    sc_changes_free(&c);
    return code;
}

const struct command command_frames = {
    .name = "frames",
    .operands = "FILE -o DIR",
    .summary = "write the moments of a change as picture files",
    .about = "Find what changed in FILE and write the pictures that show it into DIR: before,\n"
             "at the peak of and after each change, named by time (00h01m02.345s-peak-e3.jpg).\n"
             "manifest.json beside them says what each one shows. The paths are printed.\n",
    .examples = "  seechange frames clip.mp4 -o pictures\n"
                "  seechange frames --mark --format png --max-frames 12 demo.webm -o out\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
