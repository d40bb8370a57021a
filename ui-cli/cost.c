/* The command `cost`: what asking about files would cost with several models. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "ui-cli/asking.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"

#define MOST_MODELS 64

static const struct option cost_options[] = {
    { .name = "model", .letter = 'm', .type = OPTION_TEXTS, .argument = "NAME,...", .offset = ARG(models),
      .help = "The models to reckon for, with commas between them; may be given several times" },
    { .name = "service", .letter = 's', .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(service),
      .fallback = "for each model the first that tells a price",
      .help = "The service whose rules and prices hold" },
    { .name = "question", .type = OPTION_TEXT, .argument = "TEXT", .offset = ARG(question),
      .help = "What would be asked" },
    { 0 }
};

static const struct option output_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write a JSON object for each file" },
    { 0 }
};

static const struct option_group groups[] = {
    { "SERVICE", cost_options },
    { "QUERY", options_query },
    { "", options_beside },
    { "OUTPUT", output_options },
    { "LOOKING", options_look },
    { "", options_what },
    { "INPUT", options_input },
    { "", options_limits },
    { "", options_background },
    { "GENERAL", options_everywhere },
    { 0 }
};

struct costing {
    struct ui *ui;
    const struct args *args;
    char *names[MAX_TEXTS];      /* as given, cut at the commas */
    const char *models[MOST_MODELS];
    int n_models;
    struct sc_cost sums[MOST_MODELS]; /* price < 0: unknown of one file */
    int n_done, n_failed, code;
    bool is_array;
};

/* Says what is wrong. */
static bool split_models(struct costing *c)
{
    char *name, *rest;
    int i;

    for (i = 0; i < c->args->models.n; i++) {
        if (!(c->names[i] = strdup(c->args->models.at[i]))) {
            ui_error("not enough memory");
            return false;
        }
        for (name = strtok_r(c->names[i], ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
            if (c->n_models == MOST_MODELS) {
                ui_error("--model: no more than %d models", MOST_MODELS);
                return false;
            }
            c->models[c->n_models++] = name;
        }
    }
    if (!c->n_models)
        ui_error("for which models? --model gpt-4.1,llama-4-scout");
    return c->n_models > 0;
}

static void drop_names(struct costing *c)
{
    int i;

    for (i = 0; i < c->args->models.n; i++)
        free(c->names[i]);
}

static void show_cost(struct costing *c, const char *path, const struct sc_cost *cost)
{
    struct ui *ui = c->ui;
    char tokens[32], price[32];
    bool exact = cost->image_exact && cost->text_exact;

    show_count(cost->image_tokens + cost->text_tokens, tokens);
    snprintf(price, sizeof(price), cost->price_usd < 0 ? "?" : "%.4f", cost->price_usd);
    ui_print(ui, "%-5s %6d %s%11s %10s  ", cost->pack ? cost->pack : "-", cost->n_images, exact ? " " : "~", tokens,
             price);
    ui_visible(ui, cost->model);
    ui_print(ui, "  ");
    ui_visible(ui, path);
    ui_print(ui, "\n");
}

static void add_up(struct sc_cost *sum, const struct sc_cost *cost)
{
    sum->n_images += cost->n_images;
    sum->image_tokens += cost->image_tokens;
    sum->text_tokens += cost->text_tokens;
    sum->image_exact = sum->image_exact && cost->image_exact;
    sum->text_exact = sum->text_exact && cost->text_exact;
    sum->price_usd = sum->price_usd < 0 || cost->price_usd < 0 ? -1 : sum->price_usd + cost->price_usd;
}

static enum sc_status show_file(struct costing *c, const struct sc_costs *costs, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    char *json = NULL;
    int i;

    if (c->args->json) {
        if (!(s = sc_costs_json(costs, &json, err)))
            ui_print(c->ui, "%s%s", c->n_done ? ",\n" : "", json);
        free(json);
        return s;
    }
    if (!c->n_done)
        ui_print(c->ui, "%s%-5s %6s %12s %10s  %s%s\n", ui_colour(c->ui, DIM), "pack", "images", "tokens", "USD",
                 "model, file", ui_colour(c->ui, PLAIN));
    for (i = 0; i < costs->n; i++) {
        show_cost(c, costs->path, &costs->items[i]);
        add_up(&c->sums[i], &costs->items[i]);
    }
    ui_flush(c->ui);
    return s;
}

static void cost_of(struct costing *c, const char *path)
{
    struct sc_source source = options_source(c->args, path);
    struct sc_look_settings look = options_look_settings(c->args);
    struct sc_ask_settings settings = asking_settings(c->args);
    struct sc_costs *costs = NULL;
    struct sc_error err = { 0 };
    enum sc_status s;

    settings.question = c->args->question;
    s = sc_costs(c->ui->sc, &source, &look, &settings, c->models, c->n_models, &costs, &err);
    if (!s)
        s = show_file(c, costs, &err);
    sc_costs_free(&costs);
    if (s) {
        c->n_failed++;
        c->code = ui_failed(c->ui, s, &err);
    } else {
        c->n_done++;
    }
}

/* ---- folders ---- */

static bool is_media(const char *name)
{
    static const char *const endings[] = {
        "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "m2ts", "mts", "ogv", "flv", "wmv", "3gp", "mxf",
        "vob", "gif", "png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff", "avif", "heic",
    };
    const char *dot = strrchr(name, '.');
    size_t i;

    for (i = 0; dot && dot != name && i < sizeof endings / sizeof *endings; i++)
        if (!strcasecmp(dot + 1, endings[i]))
            return true;
    return false;
}

static int wanted(const struct dirent *entry) { return is_media(entry->d_name); }

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static bool is_folder(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static void folder(struct costing *c, const char *path)
{
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, wanted, by_name), i;
    char *file;

    if (n < 0) {
        ui_error("can't read the folder '%s': %s", path, strerror(errno));
        c->n_failed++;
        c->code = EXIT_FAILED;
        return;
    }
    if (!n)
        ui_note(c->ui, "no media file in '%s'", path);
    for (i = 0; i < n; i++) {
        if (!ui_stopped(c->ui) && asprintf(&file, "%s/%s", path, entries[i]->d_name) >= 0) {
            if (!is_folder(file))
                cost_of(c, file);
            free(file);
        }
        free(entries[i]);
    }
    free(entries);
}

static void show_sums(struct costing *c)
{
    char all[64];
    int i;

    snprintf(all, sizeof(all), "all %d files", c->n_done);
    ui_print(c->ui, "\n");
    for (i = 0; i < c->n_models; i++) {
        c->sums[i].model = (char *)c->models[i];
        show_cost(c, all, &c->sums[i]);
    }
}

static int run(struct ui *ui, const struct args *args)
{
    struct costing c = { .ui = ui, .args = args, .code = EXIT_DONE };
    int i;

    if (!asking_agrees(args))
        return EXIT_USAGE;
    if (!split_models(&c)) {
        drop_names(&c);
        return EXIT_USAGE;
    }
    for (i = 0; i < c.n_models; i++)
        c.sums[i].image_exact = c.sums[i].text_exact = true;
    c.is_array = args->json && (args->n_operands > 1 || is_folder(args->operands[0]));
    if (!ui_session(ui)) {
        drop_names(&c);
        return EXIT_FAILED;
    }
    if (c.is_array)
        ui_print(ui, "[\n");
    for (i = 0; i < args->n_operands && !ui_stopped(ui); i++) {
        if (is_folder(args->operands[i]))
            folder(&c, args->operands[i]);
        else
            cost_of(&c, args->operands[i]);
    }
    if (c.is_array)
        ui_print(ui, "%s]\n", c.n_done ? "\n" : "");
    else if (args->json && c.n_done)
        ui_print(ui, "\n");
    else if (c.n_done > 1 && !ui_stopped(ui))
        show_sums(&c);
    if (c.n_failed && c.n_done && !ui_stopped(ui))
        ui_error("%d of %d files are not in this", c.n_failed, c.n_failed + c.n_done);
    drop_names(&c);
    return c.n_failed && c.n_done ? EXIT_PARTLY : c.code;
}

const struct command command_cost = {
    .name = "cost",
    .operands = "PATH...",
    .summary = "what asking would cost, for several models",
    .about = "Say how many pictures and tokens a question about each file would take with each\n"
             "model, and what the service asks for them; the answer is not in it. Of a folder\n"
             "the media files directly in it are taken. Nothing is sent. ~ marks counts that\n"
             "are estimates, ? a price that is not known.\n",
    .examples = "  seechange cost clip.mp4 --model gpt-4.1,gpt-4.1-mini,llama-4-scout\n"
                "  seechange cost --json --model gpt-4.1 card/\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = -1,
    .run = run,
};
