/* The command `export`: the captions of an archive as one table, as lines of JSON, or as a page. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/show.h"
#include "ui-cli/ui.h"

#define ROWS_AT_ONCE 200
#define MAX_HITS 100000          /* moments that a search may find */

enum export_format { EXPORT_CSV, EXPORT_JSONL, EXPORT_HTML };
static const char *const formats[] = { "csv", "jsonl", "html", NULL };

static const struct option export_options[] = {
    { .name = "format", .type = OPTION_CHOICE, .argument = "FORMAT", .choices = formats, .offset = ARG(export_format),
      .fallback = "csv", .help = "How it is written" },
    { .name = "in", .type = OPTION_DIR, .argument = "PATH", .offset = ARG(in), .help = "Only videos at or below this path" },
    { .name = "tag", .type = OPTION_TEXT, .argument = "TAG", .offset = ARG(tag), .help = "Only videos with this tag" },
    { .name = "after", .type = OPTION_TEXT, .argument = "DATE", .offset = ARG(after),
      .help = "Only videos modified on this day, like 2026-01-31, or later" },
    { 0 }
};

static const struct option_group groups[] = {
    { "EXPORT", export_options }, { "", options_catalog }, { "GENERAL", options_everywhere }, { 0 }
};

/* ---- CSV: RFC 4180 ---- */

static void csv_text(struct ui *ui, const char *text)
{
    ui_print(ui, "\"%s", strchr("=+-@\t\r", *text) && *text ? "'" : "");
    for (; *text; text++) {
        if (*text == '"')
            ui_write(ui, "\"", 1);
        ui_write(ui, text, 1);
    }
    ui_print(ui, "\"");
}

static void csv_head(struct ui *ui)
{
    ui_print(ui, "path,state,title,summary,tags,length_s,changes,cost_usd\r\n");
}

/* All passages of a kind, joined. */
static char *joined(const struct sc_kept *k, enum sc_passage_kind kind)
{
    size_t size = 1;
    char *text;
    int i;

    for (i = 0; i < k->n_passages; i++)
        size += strlen(k->passages[i].text) + 2;
    text = calloc(size, 1);
    for (i = 0; text && i < k->n_passages; i++)
        if (k->passages[i].kind == kind) {
            strcat(text, *text ? ", " : "");
            strcat(text, k->passages[i].text);
        }
    return text;
}

static void csv_row(struct ui *ui, const struct sc_kept *k)
{
    char *summary = joined(k, SC_SUMMARY), *tags = joined(k, SC_TAG);

    csv_text(ui, k->video.path);
    ui_print(ui, ",%s,", sc_video_state_name(k->video.state));
    csv_text(ui, k->video.title);
    ui_print(ui, ",");
    csv_text(ui, summary ? summary : "");
    ui_print(ui, ",");
    csv_text(ui, tags ? tags : "");
    ui_print(ui, ",%.3f,%d,%.6f\r\n", (double)k->video.duration_us / 1e6, k->video.n_events, k->video.cost_usd);
    free(summary);
    free(tags);
}

/* ---- lines of JSON ---- */

static void no_head(struct ui *ui) { (void)ui; }

static void jsonl_row(struct ui *ui, const struct sc_kept *k)
{
    int i;

    ui_print(ui, "{\"path\":");
    show_json_text(ui, k->video.path);
    ui_print(ui, ",\"state\":\"%s\",\"title\":", sc_video_state_name(k->video.state));
    show_json_text(ui, k->video.title);
    ui_print(ui, ",\"length_s\":%.3f,\"changes\":%d,\"cost_usd\":%.6f,\"passages\":[", (double)k->video.duration_us / 1e6,
             k->video.n_events, k->video.cost_usd);
    for (i = 0; i < k->n_passages; i++) {
        const struct sc_passage *p = &k->passages[i];

        ui_print(ui, "%s{\"kind\":\"%s\",", i ? "," : "", sc_passage_kind_name(p->kind));
        if (p->start_us >= 0)
            ui_print(ui, "\"start_s\":%.3f,\"end_s\":%.3f,", (double)p->start_us / 1e6, (double)p->end_us / 1e6);
        ui_print(ui, "\"text\":");
        show_json_text(ui, p->text);
        ui_print(ui, "}");
    }
    ui_print(ui, "]}\n");
}

/* ---- one page without scripts ---- */

static void html_text(struct ui *ui, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&': ui_print(ui, "&amp;"); break;
        case '<': ui_print(ui, "&lt;"); break;
        case '>': ui_print(ui, "&gt;"); break;
        case '"': ui_print(ui, "&quot;"); break;
        case '\'': ui_print(ui, "&#39;"); break;
        default:
            if ((unsigned char)*text >= ' ')
                ui_write(ui, text, 1);
        }
}

static void html_head(struct ui *ui)
{
    ui_print(ui, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>seechange</title>\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                 "<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}h2{margin-bottom:0}"
                 "small,time{color:#666}ol{list-style:none;padding:0}</style></head><body>\n");
}

static void html_row(struct ui *ui, const struct sc_kept *k)
{
    char *summary = joined(k, SC_SUMMARY), *tags = joined(k, SC_TAG), time[32];
    int i;

    ui_print(ui, "<h2>");
    html_text(ui, *k->video.title ? k->video.title : "untitled");
    ui_print(ui, "</h2>\n<small>");
    html_text(ui, k->video.path);
    ui_print(ui, "</small>\n<p>");
    html_text(ui, summary ? summary : "");
    ui_print(ui, "</p>\n<p><small>");
    html_text(ui, tags ? tags : "");
    ui_print(ui, "</small></p>\n<ol>\n");
    for (i = 0; i < k->n_passages; i++)
        if (k->passages[i].start_us >= 0) {
            ui_print(ui, "<li><time>%s</time> ", sc_format_time(k->passages[i].start_us, time));
            html_text(ui, k->passages[i].text);
            ui_print(ui, "</li>\n");
        }
    ui_print(ui, "</ol>\n");
    free(summary);
    free(tags);
}

static void html_foot(struct ui *ui) { ui_print(ui, "</body></html>\n"); }

static const struct writer {
    void (*head)(struct ui *ui);
    void (*row)(struct ui *ui, const struct sc_kept *k);
    void (*foot)(struct ui *ui);
} writers[] = {
    [EXPORT_CSV] = { csv_head, csv_row, no_head },
    [EXPORT_JSONL] = { no_head, jsonl_row, no_head },
    [EXPORT_HTML] = { html_head, html_row, html_foot },
};

static enum sc_status write_one(struct ui *ui, struct sc_archive *a, int64_t id, const struct writer *w, struct sc_error *err)
{
    struct sc_kept *kept = NULL;
    enum sc_status s = sc_archive_video(a, id, &kept, err);

    if (!s)
        w->row(ui, kept);
    sc_kept_free(&kept);
    return s;
}

static enum sc_status write_all(struct ui *ui, struct sc_archive *a, const struct sc_video_filter *filter,
                                const struct writer *w, struct sc_error *err)
{
    struct sc_videos videos = { 0 };
    enum sc_status s = SC_OK;
    int64_t first = 0;
    int i, n;

    w->head(ui);
    do {
        if ((s = sc_archive_videos(a, filter, SC_BY_PATH, false, first, ROWS_AT_ONCE, &videos, err)))
            return s;
        for (i = 0; i < videos.n && !s && !ui_stopped(ui); i++)
            s = write_one(ui, a, videos.rows[i].id, w, err);
        n = videos.n;
        first += n;
        sc_videos_dispose(&videos);
    } while (!s && n == ROWS_AT_ONCE && !ui_stopped(ui));
    w->foot(ui);
    return s;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct sc_hit *)a)->path, ((const struct sc_hit *)b)->path);
}

/* Each video in which the words were found once. */
static enum sc_status write_found(struct ui *ui, struct sc_archive *a, const char *words, const struct sc_video_filter *filter,
                                  const struct writer *w, struct sc_error *err)
{
    struct sc_hits hits = { 0 };
    enum sc_status s = sc_archive_search(a, words, filter, MAX_HITS, &hits, err);
    int i;

    if (s)
        return s;
    w->head(ui);
    if (hits.n)
        qsort(hits.rows, (size_t)hits.n, sizeof *hits.rows, by_path);
    for (i = 0; i < hits.n && !s && !ui_stopped(ui); i++)
        if (!i || hits.rows[i].video_id != hits.rows[i - 1].video_id)
            s = write_one(ui, a, hits.rows[i].video_id, w, err);
    w->foot(ui);
    if (hits.more)
        ui_note(ui, "only videos of the first %d moments that were found; narrow the search down", MAX_HITS);
    sc_hits_dispose(&hits);
    return s;
}

static int run_export(struct ui *ui, const struct args *args)
{
    const struct sc_archive_settings settings = { .catalog = args->catalog, .near = args->in };
    const struct writer *w = &writers[args->export_format];
    struct sc_video_filter filter;
    struct sc_archive *archive = NULL;
    struct sc_error err = { 0 };
    char *words;
    enum sc_status s;
    int code = EXIT_DONE;

    if (!options_filter(args, &filter))
        return EXIT_USAGE;
    words = options_words(args);
    if (!(s = sc_archive_open(&archive, &settings, &err)))
        s = words && *words ? write_found(ui, archive, words, &filter, w, &err) : write_all(ui, archive, &filter, w, &err);
    if (s)
        code = ui_failed(ui, s, &err);
    sc_archive_close(&archive);
    free(words);
    return code;
}

const struct command command_export = {
    .name = "export",
    .operands = "[WORD...]",
    .summary = "the catalogue, or a search, as CSV, lines of JSON, or a page",
    .about = "Write what the catalogue has of each video to standard output, in the order of\n"
             "their paths; with words, of those that 'seechange search' finds with them.",
    .examples = "  seechange export --format html > index.html\n"
                "  seechange export --format jsonl --in videos/2026 | jq .title\n"
                "  seechange export --format csv --after 2026-11-01 red truck > trucks.csv\n",
    .groups = groups,
    .min_operands = 0,
    .max_operands = 1000,
    .operand = OPERAND_NONE,
    .run = run_export,
};
