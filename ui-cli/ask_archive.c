/* ask --archive: the question, the answer, and the clips that it cites. */
#include "ui-cli/ask_archive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui-cli/answer.h"
#include "ui-cli/asking.h"
#include "ui-cli/options.h"
#include "ui-cli/show.h"
#include "ui-cli/wrap.h"

/* Of an option that does not go with --archive, or not without it. */
static bool complain(const char *name, bool with_archive)
{
    if (with_archive)
        ui_error("--%s is about looking at videos, and --archive asks from what is kept of them", name);
    else
        ui_error("--%s chooses among the videos of a catalogue; it goes with --archive", name);
    return false;
}

bool ask_archive_agrees(const struct args *args)
{
    const struct { const char *name; bool given, with_archive; } rows[] = {
        { "in", args->in, false }, { "after", args->after, false }, { "tag", args->tag, false },
        { "limit", args->limit, false }, { "catalog", args->catalog, false },
        { "windows", args->windows, true }, { "pack", args->pack, true }, { "no-hints", args->no_hints, true },
        { "subtitles", args->subtitles, true }, { "transcript", args->transcript, true }, { "notes", args->notes, true },
        { "metadata", args->metadata, true }, { "transcribe", args->transcribe, true },
        { "transcribe-service", args->transcribe_service, true }, { "transcribe-url", args->transcribe_url, true },
        { "transcribe-model", args->transcribe_model, true }, { "max-images", args->max_images, true },
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].given && rows[i].with_archive == args->archive)
            return complain(rows[i].name, args->archive);
    return true;
}

static void on_text(void *user, const char *text, size_t size) { wrap_text(user, text, size); }

/* "clip 3  00:41.200, 01:02.000  /videos/gate.mp4: A gate" */
static void show_cited(struct ui *ui, const struct sc_archive_answer *a, int clip)
{
    char time[32];
    int i, n = 0;

    ui_print(ui, "%sclip %d%s", ui_colour(ui, CYAN), clip + 1, ui_colour(ui, PLAIN));
    for (i = 0; i < a->n_citations; i++)
        if (a->citations[i].clip == clip && a->citations[i].time_us >= 0)
            ui_print(ui, "%s%s", n++ ? ", " : "  ", sc_format_time(a->citations[i].time_us, time));
    ui_print(ui, "  ");
    ui_visible(ui, a->clips[clip].path);
    if (*a->clips[clip].title) {
        ui_print(ui, ": ");
        ui_visible(ui, a->clips[clip].title);
    }
    ui_print(ui, "\n");
}

static void show_citations(struct ui *ui, const struct sc_archive_answer *a)
{
    int i, k, n = 0, n_unknown = 0;

    for (i = 0; i < a->n_clips; i++) {
        for (k = 0; k < a->n_citations && a->citations[k].clip != i; k++)
            ;
        if (k == a->n_citations)
            continue;
        if (!n++)
            ui_print(ui, "\n");
        show_cited(ui, a, i);
    }
    for (k = 0; k < a->n_citations; k++)
        n_unknown += !a->citations[k].known;
    ui_flush(ui);
    if (!n)
        ui_note(ui, "the answer cites none of the %d clips", a->n_clips);
    if (n_unknown)
        ui_note(ui, "%d of the moments cited are none of those that were told", n_unknown);
}

static void show_dry_run(struct ui *ui, const struct sc_archive_answer *a)
{
    char tokens[32], bytes[32];
    int i;

    for (i = 0; i < a->n_clips; i++) {
        ui_print(ui, "%5d  %4d line%s  ", i + 1, a->clips[i].n_lines, a->clips[i].n_lines == 1 ? " " : "s");
        ui_visible(ui, a->clips[i].path);
        if (a->clips[i].lines_left_out)
            ui_print(ui, " (%d left out to fit)", a->clips[i].lines_left_out);
        ui_print(ui, "\n");
    }
    show_count(a->answer->text_tokens, tokens);
    show_count(a->answer->body_bytes, bytes);
    ui_print(ui, "\n%d of %" PRId64 " videos%s%s, %s%s tokens, %s bytes\nfor ", a->n_clips, a->n_found,
             *a->words ? " with " : "", a->words, a->answer->text_exact ? "" : "~", tokens, bytes);
    ui_visible(ui, a->answer->model ? a->answer->model : "no model");
    ui_print(ui, " at ");
    ui_visible(ui, a->answer->service ? a->answer->service : "no service");
    if (a->answer->price_usd > 0)
        ui_print(ui, ", %.4f USD before the answer", a->answer->price_usd);
    ui_print(ui, "; nothing was sent%s\n", a->answer->text_exact ? "" : " (~: an estimate)");
}

static int show_words(struct ui *ui, const struct args *args, const struct sc_archive_answer *a)
{
    if (!a->n_clips) {
        ui_note(ui, "no caption has a word of the question; other words, --in, --tag or --after find videos too");
        return EXIT_FAILED;
    }
    if (args->dry_run) {
        show_dry_run(ui, a);
        return EXIT_DONE;
    }
    if (a->answer->json)
        ui_print(ui, "%s\n", a->answer->json);
    if (!a->answer->no_model && !a->answer->refused)
        show_citations(ui, a);
    ui_flush(ui);
    return answer_show_ending(ui, a->answer);
}

static int show_json(struct ui *ui, const struct sc_archive_answer *a)
{
    struct sc_error err = { 0 };
    char *json = NULL;
    enum sc_status s = sc_archive_answer_json(a, &json, &err);

    if (s)
        return ui_failed(ui, s, &err);
    ui_print(ui, "%s\n", json);
    free(json);
    ui_flush(ui);
    return a->answer ? answer_show_ending(ui, a->answer) : EXIT_FAILED;
}

static int ask(struct ui *ui, const struct args *args, struct sc_archive *archive, struct sc_ask_settings settings)
{
    struct sc_narrowing which = { .max_videos = (int)args->limit, .anew = args->no_cache };
    struct wrap wrap = { .ui = ui, .width = ui->terminal ? ui->width : 0 };
    struct sc_archive_answer *a = NULL;
    struct sc_error err = { 0 };
    enum sc_status s;
    int code;

    if (!options_filter(args, &which.filter))
        return EXIT_USAGE;
    if (!args->json && !args->dry_run) {
        settings.on_text = on_text;
        settings.user = &wrap;
    }
    s = sc_archive_ask(ui->sc, archive, &which, &settings, &a, &err);
    wrap_end(&wrap);
    code = s ? ui_failed(ui, s, &err) : args->json ? show_json(ui, a) : show_words(ui, args, a);
    sc_archive_answer_free(&a);
    return code;
}

int ask_archive(struct ui *ui, const struct args *args)
{
    const struct sc_archive_settings where = { .catalog = args->catalog, .near = args->in };
    struct sc_ask_settings settings = asking_settings(args);
    struct sc_archive *archive = NULL;
    struct sc_error err = { 0 };
    char *question = options_words(args);
    int code = EXIT_FAILED;
    enum sc_status s;

    settings.question = question;
    if (!ui_session(ui))
        goto done;
    if ((s = sc_archive_open(&archive, &where, &err)))
        code = ui_failed(ui, s, &err);
    else
        code = ask(ui, args, archive, settings);
done:
    sc_archive_close(&archive);
    free(question);
    return code;
}
