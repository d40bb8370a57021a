/* The command `archive`: how it stands, and looking after it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui-cli/options.h"
#include "ui-cli/rebuild.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"

#define ROWS_AT_ONCE 500

static const struct option archive_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write status and failures as JSON" },
    { .name = "sidecar-dir", .type = OPTION_DIR, .argument = "DIR", .offset = ARG(sidecar_dir),
      .help = "Where rebuild finds the JSON files of PATH, if not beside the videos" },
    { 0 }
};

static const struct option_group groups[] = {
    { "ARCHIVE", archive_options }, { "", options_catalog }, { "GENERAL", options_everywhere }, { 0 }
};

static void format_date(int64_t us, char out[32])
{
    const time_t t = (time_t)(us / 1000000);
    struct tm tm;

    if (!localtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm))
        strcpy(out, "?");
}

static void show_row(struct ui *ui, const char *what, int64_t n)
{
    char count[32];

    show_count(n, count);
    ui_print(ui, "  %-22s %15s\n", what, count);
}

static void show_runs(struct ui *ui, const struct sc_runs *runs)
{
    char date[32];
    int i;

    for (i = 0; i < runs->n; i++) {
        const struct sc_run *r = &runs->rows[i];

        format_date(r->started_us, date);
        ui_print(ui, "%s  %" PRId64 " captioned, %" PRId64 " unchanged, %" PRId64 " failed: ", date, r->n_done,
                 r->n_unchanged, r->n_failed);
        ui_visible(ui, r->is_alive ? "goes on" : r->ending);
        ui_print(ui, "\n");
    }
}

static enum sc_status status(struct ui *ui, const struct args *args, struct sc_archive *a, int *code,
                             struct sc_error *err)
{
    struct sc_archive_status st;
    struct sc_runs runs = { 0 };
    enum sc_status s;
    int i;

    (void)code;
    if ((s = sc_archive_status(a, &st, err)) || (s = sc_archive_runs(a, 5, &runs, err)))
        return s;
    if (args->json) {
        ui_print(ui, "{\"videos\":%" PRId64 ",\"new\":%" PRId64 ",\"looked_at\":%" PRId64 ",\"captioned\":%" PRId64
                 ",\"failed\":%" PRId64 ",\"contents\":%" PRId64 ",\"answers\":%" PRId64 ",\"prompt_tokens\":%" PRId64
                 ",\"output_tokens\":%" PRId64 ",\"cost_usd\":%.6f,\"catalog_bytes\":%" PRId64 "}\n", st.n_videos,
                 st.n_in_state[SC_VIDEO_NEW], st.n_in_state[SC_VIDEO_LOOKED], st.n_in_state[SC_VIDEO_DONE],
                 st.n_in_state[SC_VIDEO_FAILED], st.n_contents, st.n_answers, st.prompt_tokens, st.output_tokens,
                 st.cost_usd, st.file_bytes);
    } else {
        ui_visible(ui, sc_archive_path(a));
        ui_print(ui, "\n");
        show_row(ui, "videos", st.n_videos);
        for (i = 0; i < SC_N_VIDEO_STATES; i++)
            show_row(ui, sc_video_state_name((enum sc_video_state)i), st.n_in_state[i]);
        show_row(ui, "that differ", st.n_contents);
        show_row(ui, "answers", st.n_answers);
        show_row(ui, "tokens in", st.prompt_tokens);
        show_row(ui, "tokens out", st.output_tokens);
        ui_print(ui, "  %-22s %15.4f\n", "USD", st.cost_usd);
        show_row(ui, "bytes of catalogue", st.file_bytes);
        show_runs(ui, &runs);
    }
    sc_runs_dispose(&runs);
    return SC_OK;
}

static void show_failure(struct ui *ui, const struct args *args, const struct sc_failure *f)
{
    char date[32];

    format_date(f->failed_us, date);
    if (!args->json) {
        ui_visible(ui, f->path);
        ui_print(ui, "\n  %s, %s, %d of its tries count: ", date, sc_failure_class_name(f->which), f->tries);
        ui_visible(ui, f->reason);
        ui_print(ui, "\n");
        return;
    }
    ui_print(ui, "{\"class\":\"%s\",\"tries\":%d,\"failed\":\"%s\",\"path\":", sc_failure_class_name(f->which), f->tries, date);
    show_json_text(ui, f->path);
    ui_print(ui, ",\"reason\":");
    show_json_text(ui, f->reason);
    ui_print(ui, "}\n");
}

static enum sc_status failed(struct ui *ui, const struct args *args, struct sc_archive *a, int *code,
                             struct sc_error *err)
{
    struct sc_failures failures = { 0 };
    int64_t first = 0;
    enum sc_status s;
    int i, n;

    (void)code;
    do {
        if ((s = sc_archive_failures(a, first, ROWS_AT_ONCE, &failures, err)))
            return s;
        for (i = 0; i < failures.n && !ui_stopped(ui); i++)
            show_failure(ui, args, &failures.rows[i]);
        n = failures.n;
        first += n;
        sc_failures_dispose(&failures);
    } while (n == ROWS_AT_ONCE && !ui_stopped(ui));
    return SC_OK;
}

static enum sc_status usage(struct sc_error *err, const char *words)
{
    err->code = SC_ERR_INVALID;
    snprintf(err->text, sizeof err->text, "%s", words);
    return err->code;
}

static void say_count(struct ui *ui, int64_t n, const char *what)
{
    ui_print(ui, "%" PRId64 " video%s %s\n", n, n == 1 ? "" : "s", what);
}

static enum sc_status retry(struct ui *ui, const struct args *args, struct sc_archive *a, int *code, struct sc_error *err)
{
    int64_t n, sum = 0;
    enum sc_status s = SC_OK;
    int i = 1;

    (void)code;
    do {
        if (!(s = sc_archive_retry(a, i < args->n_operands ? args->operands[i] : NULL, &n, err)))
            sum += n;
    } while (!s && ++i < args->n_operands);
    if (!s)
        say_count(ui, sum, "will be tried again");
    return s;
}

static enum sc_status forget(struct ui *ui, const struct args *args, struct sc_archive *a, int *code,
                             struct sc_error *err)
{
    int64_t n, sum = 0;
    enum sc_status s = SC_OK;
    int i;

    (void)code;
    if (args->n_operands < 2)
        return usage(err, "which videos? seechange archive forget PATH...");
    for (i = 1; i < args->n_operands && !s; i++)
        if (!(s = sc_archive_forget(a, args->operands[i], &n, err)))
            sum += n;
    if (!s)
        say_count(ui, sum, "forgotten");
    return s;
}

static enum sc_status merge(struct ui *ui, const struct args *args, struct sc_archive *a, int *code, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int64_t n;
    int i;

    (void)code;
    if (args->n_operands < 2)
        return usage(err, "which catalogues? seechange archive merge FILE...");
    for (i = 1; i < args->n_operands && !s; i++)
        if (!(s = sc_archive_merge(a, args->operands[i], &n, err))) {
            ui_visible(ui, args->operands[i]);
            ui_print(ui, ": ");
            say_count(ui, n, "taken over");
        }
    return s;
}

static enum sc_status vacuum(struct ui *ui, const struct args *args, struct sc_archive *a, int *code,
                             struct sc_error *err)
{
    (void)ui;
    (void)args;
    (void)code;
    return sc_archive_vacuum(a, err);
}

static void on_fault(void *user, const char *text)
{
    ui_visible(user, text);
    ui_print(user, "\n");
}

static enum sc_status verify(struct ui *ui, const struct args *args, struct sc_archive *a, int *code,
                             struct sc_error *err)
{
    int64_t n = 0;
    enum sc_status s = sc_archive_verify(a, on_fault, ui, &n, err);

    (void)args;
    if (s)
        return s;
    if (!n)
        ui_print(ui, "no fault was found\n");
    else {
        ui_note(ui, "%" PRId64 " fault%s; 'seechange archive rebuild PATH...' makes a new catalogue of what can be read and of "
                "the .seechange.json files; 'seechange caption' does the rest", n, n == 1 ? "" : "s");
        *code = EXIT_FAILED;
    }
    return SC_OK;
}

/* What can be done with an archive: one row each. */
static const struct action {
    const char *name;
    bool creates;            /* the catalogue, if there is none */
    enum sc_status (*act)(struct ui *ui, const struct args *args, struct sc_archive *a, int *code, struct sc_error *err);
} actions[] = {
    { "status", false, status }, { "failed", false, failed }, { "retry", false, retry },   { "forget", false, forget },
    { "merge", true, merge },    { "vacuum", false, vacuum }, { "verify", false, verify }, { 0 }
};

static int run_archive(struct ui *ui, const struct args *args)
{
    const struct action *action = actions;
    struct sc_archive_settings settings = { .catalog = args->catalog };
    struct sc_archive *archive = NULL;
    struct sc_error err = { 0 };
    int code = EXIT_DONE;
    enum sc_status s;

    if (!strcmp(args->operands[0], "rebuild"))
        return rebuild(ui, args);
    while (action->name && strcmp(action->name, args->operands[0]) != 0)
        action++;
    if (!action->name) {
        ui_error("'%s' is not status, failed, retry, forget, merge, vacuum, verify or rebuild", args->operands[0]);
        return EXIT_USAGE;
    }
    if (args->sidecar_dir) {
        ui_error("--sidecar-dir is for rebuild");
        return EXIT_USAGE;
    }
    settings.create = action->creates;
    if (args->n_operands > 1 && !action->creates)
        settings.near = args->operands[1];
    if (!(s = sc_archive_open(&archive, &settings, &err)))
        s = action->act(ui, args, archive, &code, &err);
    if (s)
        code = ui_failed(ui, s, &err);
    sc_archive_close(&archive);
    return code;
}

const struct command command_archive = {
    .name = "archive",
    .operands = "ACTION [PATH...]",
    .summary = "how an archive stands; failures, merging, looking after it",
    .about = "status    how many videos, captions, tokens, and how the last runs ended\n"
             "failed    what failed, and why\n"
             "retry     forget failures [below PATH...], so that the next run tries again\n"
             "forget    forget the videos at or below PATH...\n"
             "merge     take over other catalogues FILE..., of shards say, and batches\n"
             "vacuum    give back the space of what was forgotten\n"
             "verify    check the catalogue, and tell what is lost\n"
             "rebuild   make a damaged or lost catalogue anew, of what can be read of it and\n"
             "          the .seechange.json files of the videos below PATH...",
    .examples = "  seechange archive status\n"
                "  seechange archive retry videos/2026\n"
                "  seechange archive merge seechange.*-of-16.db\n"
                "  seechange archive rebuild videos\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = -1,
    .operand = OPERAND_FILE,
    .run = run_archive,
};
