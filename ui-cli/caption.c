/* The command `caption`: titles, summaries, tags and timed captions for a whole archive. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui-cli/asking.h"
#include "ui-cli/caption_show.h"
#include "ui-cli/shard.h"

static const struct option what_options[] = {
    { .name = "include", .type = OPTION_TEXT, .argument = "PATTERNS", .offset = ARG(include), .fallback = "all",
      .help = "Only files whose names match one of these, with commas between: '*.mp4,cam1/*'" },
    { .name = "exclude", .type = OPTION_TEXT, .argument = "PATTERNS", .offset = ARG(exclude), .fallback = "none",
      .help = "No files and folders whose names match one of these" },
    { .name = "only-failed", .type = OPTION_FLAG, .offset = ARG(only_failed), .help = "Only those that failed before" },
    { .name = "redo", .type = OPTION_FLAG, .offset = ARG(redo), .help = "Ask again about what is done" },
    { .name = "tries", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1000, .offset = ARG(tries), .fallback = "3",
      .help = "Leave a video alone that failed so often" },
    { 0 }
};

static const struct option how_options[] = {
    { .name = "prompt", .type = OPTION_TEXT, .argument = "TEXT", .offset = ARG(prompt),
      .help = "Ask this instead of a description for a catalogue" },
    { .name = "language", .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(language),
      .help = "The language of the captions" },
    { 0 }
};

static const struct option file_options[] = {
    { .name = "write", .type = OPTION_TEXT, .argument = "KINDS", .offset = ARG(write), .fallback = "none",
      .help = "Write files beside each video: any of vtt,srt,json,md,csv,xmp,ffmetadata" },
    { .name = "sidecar-dir", .type = OPTION_DIR, .argument = "DIR", .offset = ARG(sidecar_dir),
      .help = "Write them below this folder instead" },
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write a line of JSON for each event" },
    { .name = "metrics", .type = OPTION_FILE, .argument = "FILE|PORT", .offset = ARG(metrics),
      .help = "Keep figures for Prometheus in this file, or serve them at this port of 127.0.0.1; 0: any" },
    { 0 }
};

static const struct option run_options[] = {
    { .name = "jobs", .letter = 'j', .type = OPTION_INT, .argument = "N", .min = 1, .max = 128, .offset = ARG(jobs),
      .fallback = "the processors", .help = "Look at so many videos side by side" },
    { .name = "requests", .type = OPTION_INT, .argument = "N", .min = 1, .max = 128, .offset = ARG(requests),
      .fallback = "4", .help = "Ask about so many side by side, if the service takes them" },
    { .name = "batch", .type = OPTION_FLAG, .offset = ARG(batch),
      .help = "Hand all questions over for the service's lower price; the same command fetches the answers later" },
    { .name = "dry-run", .letter = 'n', .type = OPTION_FLAG, .offset = ARG(dry_run),
      .help = "Say how much would be sent and what it would cost, and send nothing" },
    { .name = "max-failures", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1e9, .offset = ARG(max_failures),
      .fallback = "any number", .help = "Stop when so many failed" },
    { .name = "until", .type = OPTION_TEXT, .argument = "HH:MM", .offset = ARG(until),
      .help = "Begin no video after this time of the day" },
    { .name = "shard", .type = OPTION_TEXT, .argument = "K/N", .offset = ARG(shard),
      .fallback = "what Slurm or Kubernetes say, else all",
      .help = "Only the K-th of N parts, into a catalogue of its own" },
    { 0 }
};

static const struct option_group groups[] = {
    { "VIDEOS", what_options },
    { "CAPTIONS", how_options },
    { "FILES", file_options },
    { "", options_catalog },
    { "RUN", run_options },
    { "SERVICE", options_service },
    { "", options_model },
    { "QUERY", options_query },
    { "", options_beside },
    { "", options_reply },
    { "LOOKING", options_look },
    { "", options_what },
    { "LIMITS", options_limits },
    { "GENERAL", options_everywhere },
    { 0 }
};

/* The next time that the clock shows it. */
static bool read_until(const char *text, int64_t *us_out)
{
    const time_t now = time(NULL);
    struct tm tm;
    int hour, minute, size = 0;
    time_t then;

    *us_out = 0;
    if (!text)
        return true;
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &size) != 2 || text[size] || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || !localtime_r(&now, &tm)) {
        ui_error("--until '%s' is not a time of the day like 06:00", text);
        return false;
    }
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = 0;
    tm.tm_isdst = -1;
    then = mktime(&tm);
    if (then <= now) {
        tm.tm_mday++;
        tm.tm_isdst = -1;
        then = mktime(&tm);
    }
    *us_out = (int64_t)then * 1000000;
    return true;
}

static bool agrees(const struct args *args)
{
    if (args->transcript || args->notes)
        ui_error("--transcript and --notes are of one video, and there may be many here");
    else if (args->dump)
        ui_error("nothing is shown of single requests; see 'seechange request FILE'");
    else if (args->redo && args->only_failed)
        ui_error("--redo and --only-failed exclude each other");
    else if (args->sidecar_dir && !args->write)
        ui_error("--sidecar-dir says where, --write says what: --write vtt,json");
    else
        return asking_agrees(args);
    return false;
}

/* The catalogue of a shard is one of its own beside the whole one: "seechange.3-of-16.db". free() it. */
static char *shard_catalog(const char *catalog, const struct shard *shard, const char *near)
{
    const char *base = catalog ? catalog : "seechange.db";
    const char *dot = strrchr(base, '.'), *slash = strrchr(base, '/');
    const int n = dot && (!slash || dot > slash) ? (int)(dot - base) : (int)strlen(base);
    char *path = NULL;

    if (asprintf(&path, "%s%s%.*s.%d-of-%d%s", catalog ? "" : near, catalog ? "" : "/", n, base, shard->k, shard->n,
                 base + n) < 0)
        return NULL;
    return path;
}

static bool open_archive(struct ui *ui, const struct args *args, const struct shard *shard, struct sc_archive **out)
{
    struct sc_archive_settings settings = { .catalog = args->catalog, .near = args->operands[0], .create = true };
    char *own = NULL;
    struct sc_error err = { 0 };
    enum sc_status s;

    if (shard->n > 1) {
        own = shard_catalog(args->catalog, shard, args->operands[0]);
        settings.catalog = own;
    }
    s = sc_archive_open(out, &settings, &err);
    free(own);
    if (s) {
        ui_failed(ui, s, &err);
        return false;
    }
    if (shard->n > 1)
        ui_note(ui, "part %d of %d (%s), catalogue %s", shard->k, shard->n, shard->from, sc_archive_path(*out));
    else
        ui_note(ui, "catalogue %s", sc_archive_path(*out));
    return true;
}

static int caption(struct ui *ui, const struct args *args, const struct shard *shard, int64_t until_us,
                   struct sc_archive *archive)
{
    struct sc_look_settings look = options_look_settings(args);
    struct sc_ask_settings ask = asking_settings(args);
    struct caption_show show = { .ui = ui, .json = args->json };
    const struct sc_caption_settings settings = {
        .paths = args->operands, .n_paths = args->n_operands, .include = args->include, .exclude = args->exclude,
        .look = &look, .ask = &ask, .language = args->language, .write = args->write, .sidecar_dir = args->sidecar_dir,
        .redo = args->redo, .only_failed = args->only_failed, .batch = args->batch,
        .dry_run = args->dry_run, .tries = (int)args->tries,
        .max_failures = args->max_failures, .until_us = until_us, .jobs = (int)args->jobs,
        .max_pixels = args->max_pixels, .requests = (int)args->requests, .shard = shard->k, .n_shards = shard->n,
        .on_video = caption_show_video, .on_progress = caption_show_progress, .user = &show,
    };
    struct sc_run run = { 0 };
    struct sc_error err = { 0 };
    enum sc_status s;
    int code;

    if (!metrics_open(&show.metrics, ui, args->metrics))
        return EXIT_FAILED;
    ask.question = args->prompt;
    s = sc_caption(ui->sc, archive, &settings, &run, &err);
    metrics_close(&show.metrics);
    if (s)
        return ui_failed(ui, s, &err);
    caption_show_run(&show, &run);
    code = !strncmp(run.ending, "stopped", 7) || !strncmp(run.ending, "waiting", 7) || run.n_failed ? EXIT_PARTLY
                                                                                                  : EXIT_DONE;
    free(run.ending);
    return code;
}

static int run_caption(struct ui *ui, const struct args *args)
{
    struct sc_archive *archive = NULL;
    struct shard shard;
    int64_t until_us;
    int code = EXIT_FAILED;

    if (!agrees(args) || !read_until(args->until, &until_us) || !shard_find(args->shard, &shard))
        return EXIT_USAGE;
    if (ui_session(ui) && open_archive(ui, args, &shard, &archive))
        code = caption(ui, args, &shard, until_us, archive);
    sc_archive_close(&archive);
    return code;
}

const struct command command_caption = {
    .name = "caption",
    .operands = "PATH...",
    .summary = "titles, summaries, tags and timed captions for many videos",
    .about = "Caption every video and still at or below the paths: a title, a summary,\n"
             "tags and a timeline, kept in a catalogue and, with --write, in files beside\n"
             "the videos. What is done is not done again: an interrupted run is gone on\n"
             "with by the same command. Videos are found by what is in them.",
    .examples = "  seechange caption --write vtt,json /media/card\n"
                "  seechange caption --base-url http://10.0.0.5:8000 --requests 16 videos\n"
                "  seechange caption --service openai --max-cost 5 --until 06:00 videos\n"
                "  seechange caption --service openai --batch --max-cost 5 videos\n"
                "  seechange caption --only-failed videos\n"
                "  seechange caption --metrics 9464 videos\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 64,
    .operand = OPERAND_FILE,
    .holds_keys = true,
    .run = run_caption,
};
