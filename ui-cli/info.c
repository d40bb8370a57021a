/* The command `info`: what a video or still is. */
#include <stdlib.h>
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"

static const struct option output_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json),
      .help = "Write one JSON object; for several files an array of them" },
    { 0 }
};

static const struct option_group groups[] = {
    { "OUTPUT", output_options },
    { "INPUT", options_input },
    { "", options_limits },
    { "GENERAL", options_everywhere },
    { 0 }
};

static void label(struct ui *ui, const char *text)
{
    ui_print(ui, "  %s%-10s%s", ui_colour(ui, DIM), text, ui_colour(ui, PLAIN));
}

static void show_size(struct ui *ui, const struct sc_info *info)
{
    label(ui, "size");
    ui_print(ui, "%dx%d", info->width, info->height);
    if (info->coded_width != info->width || info->coded_height != info->height)
        ui_print(ui, ", coded as %dx%d", info->coded_width, info->coded_height);
    if (info->sar_num > 0 && info->sar_den > 0 && info->sar_num != info->sar_den)
        ui_print(ui, ", pixels %d:%d", info->sar_num, info->sar_den);
    if (info->rotation)
        ui_print(ui, ", turned by %d degrees", info->rotation);
    ui_print(ui, "%s%s\n", info->mirrored ? ", mirrored" : "", info->interlaced ? ", interlaced" : "");
}

static void show_duration(struct ui *ui, const struct sc_info *info)
{
    char text[32];

    label(ui, "duration");
    if (info->is_still) {
        ui_print(ui, "a single picture\n");
        return;
    }
    ui_print(ui, "%s", info->duration_us > 0 ? sc_format_time(info->duration_us, text) : "not known");
    if (info->n_pictures > 0) {
        show_count(info->n_pictures, text);
        ui_print(ui, ", %s %s", text, info->is_stills ? "stills" : "pictures");
    }
    if (info->fps > 0)
        ui_print(ui, ", %.5g a second", info->fps);
    if (info->container_offset_us)
        ui_print(ui, ", begins at %.6g s of the container", (double)info->container_offset_us / 1e6);
    ui_print(ui, "\n");
}

static void show_text(struct ui *ui, const char *before, const char *text)
{
    if (!text || !*text)
        return;
    ui_print(ui, "%s", before);
    ui_visible(ui, text);
}

static void show_info(struct ui *ui, const struct sc_info *info)
{
    ui_print(ui, "%s", ui_colour(ui, BOLD));
    ui_visible(ui, info->path ? info->path : "");
    ui_print(ui, "%s\n", ui_colour(ui, PLAIN));
    label(ui, "container");
    show_text(ui, "", info->container);
    ui_print(ui, "%s\n", info->can_seek ? "" : ", cannot seek");
    label(ui, "video");
    show_text(ui, "", info->codec);
    show_text(ui, ", ", info->pixel_format);
    show_text(ui, ", ", info->colour);
    ui_print(ui, "\n");
    show_size(ui, info);
    show_duration(ui, info);
    if (info->n_streams > 1 || info->has_audio || info->has_subtitles || info->has_captions) {
        label(ui, "streams");
        ui_print(ui, "video %d of %d%s%s%s\n", info->stream, info->n_streams, info->has_audio ? ", sound" : "",
                 info->has_subtitles ? ", subtitles" : "", info->has_captions ? ", captions" : "");
    }
}

static enum sc_status info_of(struct ui *ui, const struct args *args, const char *path, int n_before,
                              struct sc_error *err)
{
    struct sc_source source = options_source(args, path);
    struct sc_info info = { 0 };
    char *json = NULL;
    enum sc_status s;

    if ((s = sc_info(ui->sc, &source, &info, err)) || (args->json && (s = sc_info_json(&info, &json, err))))
        goto done;
    if (n_before)
        ui_print(ui, args->json ? ",\n" : "\n");
    if (args->json)
        ui_write(ui, json, strlen(json));
    else
        show_info(ui, &info);
    ui_flush(ui);
done:
    free(json);
    sc_info_dispose(&info);
    return s;
}

static int run(struct ui *ui, const struct args *args)
{
    bool array = args->json && args->n_operands > 1;
    int n_done = 0, n_failed = 0, code = EXIT_DONE, i;

    if (!ui_session(ui))
        return EXIT_FAILED;
    if (array)
        ui_print(ui, "[\n");
    for (i = 0; i < args->n_operands && !ui_stopped(ui); i++) {
        struct sc_error err = { 0 };
        enum sc_status s = info_of(ui, args, args->operands[i], n_done, &err);

        if (s) {
            n_failed++;
            code = ui_failed(ui, s, &err);
        } else {
            n_done++;
        }
    }
    if (array)
        ui_print(ui, "%s]\n", n_done ? "\n" : "");
    else if (args->json && n_done)
        ui_print(ui, "\n");
    if (n_failed && args->n_operands > 1)
        return n_done ? EXIT_PARTLY : EXIT_FAILED;
    return code;
}

const struct command command_info = {
    .name = "info",
    .operands = "FILE...",
    .summary = "what a video or still is: size, codec, duration, streams",
    .about = "Say what FILE is, as it will be decoded and displayed.\n",
    .examples = "  seechange info clip.mp4\n"
                "  seechange info --json card/*.mp4\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = -1,
    .run = run,
};
