/* The command `compare`: two pictures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui-cli/options.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"

static const struct option output_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write one JSON object" },
    { 0 }
};

static const struct option_group groups[] = {
    { "OUTPUT", output_options },
    { "INPUT", options_input },
    { "", options_limits },
    { "", options_background },
    { "GENERAL", options_everywhere },
    { 0 }
};

/* "FILE@TIME" becomes FILE and the time, unless a file has the whole name. *path_out: free(). */
static bool split_time(const char *operand, char **path_out, int64_t *time_us_out)
{
    const char *at = strrchr(operand, '@');
    int64_t time_us = 0;
    size_t size = strlen(operand);

    if (at && at > operand && access(operand, F_OK) && sc_parse_time(at + 1, &time_us))
        size = (size_t)(at - operand);
    else
        time_us = 0;
    *time_us_out = time_us;
    *path_out = strndup(operand, size);
    if (!*path_out)
        ui_error("not enough memory");
    return *path_out != NULL;
}

static void show_side(struct ui *ui, const char *name, const struct sc_info *info, int64_t time_us)
{
    char time[32];

    ui_print(ui, "%s%s%s  ", ui_colour(ui, DIM), name, ui_colour(ui, PLAIN));
    ui_visible(ui, info->path ? info->path : "");
    ui_print(ui, "  %dx%d", info->width, info->height);
    if (!info->is_still)
        ui_print(ui, " at %s", sc_format_time(time_us, time));
    ui_print(ui, "\n");
}

static void show_verdict(struct ui *ui, const struct sc_comparison *c)
{
    char share[16];

    show_share(c->share, share);
    if (c->identical)
        ui_print(ui, "identical: not one sample differs\n");
    else if (!c->changed)
        ui_print(ui, "no change beyond light, noise and compression\n");
    else
        ui_print(ui, "changed: %s of the picture, score %.2f\n", share, c->score);
    if (fabs(c->light_gain - 1) >= 0.01 || fabs(c->light_offset) >= 1)
        ui_print(ui, "light: B = %.2f x A %+.1f of 255\n", c->light_gain, c->light_offset);
    if (c->shift_x || c->shift_y)
        ui_print(ui, "shifted by %+d,%+d pixels\n", c->shift_x, c->shift_y);
}

static void show_regions(struct ui *ui, const struct sc_comparison *c)
{
    int i;

    ui_print(ui, "\n%s%3s %-10s %-24s %6s %6s%s\n", ui_colour(ui, DIM), "#", "kind", "where", "share", "score",
             ui_colour(ui, PLAIN));
    for (i = 0; i < c->n_regions && !ui_stopped(ui); i++) {
        const struct sc_region *r = &c->regions[i];
        char box[64], share[16];

        show_box(r->box, &c->a, box);
        show_share(r->share, share);
        ui_print(ui, "%3d %s%-10s%s %-24s %6s %6.2f\n", i + 1, show_kind_colour(ui, r->kind), sc_kind_name(r->kind),
                 ui_colour(ui, PLAIN), box, share, r->score);
    }
}

static enum sc_status show_comparison(struct ui *ui, const struct args *args, const struct sc_comparison *c,
                                      struct sc_error *err)
{
    char *json = NULL;
    enum sc_status s;

    if (args->json) {
        if (!(s = sc_comparison_json(c, &json, err)))
            ui_print(ui, "%s\n", json);
        free(json);
        return s;
    }
    show_side(ui, "A", &c->a, c->a_us);
    show_side(ui, "B", &c->b, c->b_us);
    show_verdict(ui, c);
    if (c->n_regions)
        show_regions(ui, c);
    return SC_OK;
}

static int run(struct ui *ui, const struct args *args)
{
    char *path_a = NULL, *path_b = NULL;
    int64_t a_us, b_us;
    struct sc_comparison c = { 0 };
    struct sc_error err = { 0 };
    struct sc_source a, b;
    enum sc_status s;
    int code = EXIT_FAILED;

    if (!split_time(args->operands[0], &path_a, &a_us) || !split_time(args->operands[1], &path_b, &b_us) ||
        !ui_session(ui))
        goto done;
    a = options_source(args, path_a);
    b = options_source(args, path_b);
    code = EXIT_DONE;
    if ((s = sc_compare(ui->sc, &a, a_us, &b, b_us, &c, &err)) || (s = show_comparison(ui, args, &c, &err)))
        code = ui_failed(ui, s, &err);
done:
    sc_comparison_dispose(&c);
    free(path_b);
    free(path_a);
    return code;
}

const struct command command_compare = {
    .name = "compare",
    .operands = "A B",
    .summary = "what differs between two pictures",
    .about = "Compare two stills, two videos (their first pictures), or pictures at a time:\n"
             "A@TIME is the picture that is displayed at TIME.\n",
    .examples = "  seechange compare before.png after.png\n"
                "  seechange compare clip.mp4@00:10 clip.mp4@00:40\n"
                "  seechange compare --json monday.mp4@8:00 tuesday.mp4@8:00\n",
    .groups = groups,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
