/* The command `search`: words in the captions of an archive, and where they are. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui-cli/options.h"
#include "ui-cli/ui.h"

#define DEFAULT_LIMIT 20

static const struct option search_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write a line of JSON for each" },
    { .name = "open", .type = OPTION_FLAG, .offset = ARG(open_hit),
      .help = "Play the first one from there, with mpv, ffplay or vlc" },
    { 0 }
};

static const struct option_group groups[] = {
    { "SEARCH", options_narrow }, { "", search_options }, { "", options_catalog }, { "GENERAL", options_everywhere }, { 0 }
};

/* The text with what was found in bold. */
static void show_marked(struct ui *ui, const struct sc_hit *h)
{
    const char *text = h->passage.text;
    int at = 0, i;
    char piece[4096];

    for (i = 0; i < h->n_marks; i++) {
        snprintf(piece, sizeof piece, "%.*s", h->marks[i].start - at, text + at);
        ui_visible(ui, piece);
        snprintf(piece, sizeof piece, "%.*s", h->marks[i].size, text + h->marks[i].start);
        ui_print(ui, "%s", ui_colour(ui, BOLD));
        ui_visible(ui, piece);
        ui_print(ui, "%s", ui_colour(ui, PLAIN));
        at = h->marks[i].start + h->marks[i].size;
    }
    ui_visible(ui, text + at);
}

static void show_hit(struct ui *ui, const struct sc_hit *h)
{
    char time[32];

    ui_print(ui, "%s", ui_colour(ui, CYAN));
    ui_visible(ui, h->path);
    ui_print(ui, "%s", ui_colour(ui, PLAIN));
    if (h->passage.start_us >= 0)
        ui_print(ui, " at %s", sc_format_time(h->passage.start_us, time));
    ui_print(ui, "\n  %s: ", sc_passage_kind_name(h->passage.kind));
    show_marked(ui, h);
    ui_print(ui, "\n");
}

static json_t *text_json(const char *text)
{
    json_t *json = json_string(text);

    return json ? json : json_null();
}

static void show_json(struct ui *ui, const struct sc_hit *h)
{
    json_t *o = json_pack("{sIsososssoso}", "video", (json_int_t)h->video_id, "path", text_json(h->path), "title",
                          text_json(h->title), "kind", sc_passage_kind_name(h->passage.kind), "start_s",
                          h->passage.start_us < 0 ? json_null() : json_real((double)h->passage.start_us / 1e6), "text",
                          text_json(h->passage.text));
    json_t *marks = json_array();
    char *line;
    int i;

    for (i = 0; i < h->n_marks; i++)
        json_array_append_new(marks, json_pack("[ii]", h->marks[i].start, h->marks[i].size));
    json_object_set_new(o, "marks", marks);
    line = json_dumps(o, JSON_COMPACT);
    if (line)
        ui_print(ui, "%s\n", line);
    free(line);
    json_decref(o);
}

/* The first player there is, at that moment. Comes back only when there is none. */
static int open_hit(const struct sc_hit *h)
{
    const double s = h->passage.start_us > 0 ? (double)h->passage.start_us / 1e6 : 0;
    char mpv[64], plain[64], vlc[64];

    snprintf(mpv, sizeof mpv, "--start=%.3f", s);
    snprintf(plain, sizeof plain, "%.3f", s);
    snprintf(vlc, sizeof vlc, "--start-time=%.3f", s);
    execlp("mpv", "mpv", mpv, "--", h->path, (char *)NULL);
    execlp("ffplay", "ffplay", "-loglevel", "warning", "-ss", plain, h->path, (char *)NULL);
    execlp("vlc", "vlc", vlc, h->path, (char *)NULL);
    ui_error("no player was found: mpv, ffplay or vlc");
    return EXIT_FAILED;
}

static int show(struct ui *ui, const struct args *args, const struct sc_hits *hits)
{
    int i;

    if (!hits->n) {
        ui_note(ui, "nothing was found");
        return EXIT_FAILED;
    }
    for (i = 0; i < hits->n && !ui_stopped(ui); i++)
        (args->json ? show_json : show_hit)(ui, &hits->rows[i]);
    ui_flush(ui);
    if (hits->more && !args->json)
        ui_note(ui, "there are more; --limit shows them");
    return args->open_hit ? open_hit(&hits->rows[0]) : EXIT_DONE;
}

static int run_search(struct ui *ui, const struct args *args)
{
    const struct sc_archive_settings settings = { .catalog = args->catalog, .near = args->in };
    struct sc_video_filter filter;
    struct sc_archive *archive = NULL;
    struct sc_hits hits = { 0 };
    struct sc_error err = { 0 };
    char *words = options_words(args);
    enum sc_status s;
    int code;

    if (!options_filter(args, &filter)) {
        free(words);
        return EXIT_USAGE;
    }
    if (!(s = sc_archive_open(&archive, &settings, &err)))
        s = sc_archive_search(archive, words ? words : "", &filter, args->limit ? (int)args->limit : DEFAULT_LIMIT, &hits,
                              &err);
    code = s ? ui_failed(ui, s, &err) : show(ui, args, &hits);
    sc_hits_dispose(&hits);
    sc_archive_close(&archive);
    free(words);
    return code;
}

const struct command command_search = {
    .name = "search",
    .operands = "WORD...",
    .summary = "find words in captions, tags, subtitles and text on the screen",
    .about = "Find the videos of a catalogue, and the moments in them, by words of their\n"
             "captions. All words must be there; '\"in quotes\"' is a phrase, a word that ends\n"
             "in * a beginning. The exit status is 1 if nothing was found.",
    .examples = "  seechange search red truck\n"
                "  seechange search --in videos/2026 --tag street '\"gate opens\"'\n"
                "  seechange search --open 'deliver*'\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 1000,
    .operand = OPERAND_NONE,
    .run = run_search,
};
