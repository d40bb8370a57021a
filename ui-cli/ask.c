/* The command `ask`: one question about one video or several. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui-cli/answer.h"
#include "ui-cli/ask_archive.h"
#include "ui-cli/asking.h"
#include "ui-cli/sides.h"
#include "ui-cli/ui.h"
#include "ui-cli/wrap.h"

static const struct option model_options[] = {
    { .name = "model", .letter = 'm', .type = OPTION_TEXTS, .argument = "NAME", .offset = ARG(models),
      .fallback = "the service's first",
      .help = "The model to ask; given several times, all of them, side by side: without --service, SERVICE/NAME is one of "
              "that service" },
    { 0 }
};

static const struct option output_options[] = {
    { .name = "question", .type = OPTION_TEXTS, .argument = "QUESTION", .offset = ARG(questions),
      .help = "Another question about the same pictures; may be given several times, and they are asked in turn" },
    { .name = "continue", .type = OPTION_FLAG, .offset = ARG(goes_on),
      .help = "Go on after the last question about this video and its answer" },
    { .name = "windows", .type = OPTION_TEXT, .argument = "auto|off|N", .offset = ARG(windows), .fallback = "auto",
      .help = "Ask about a long video in several requests, at most N; off: in one" },
    { .name = "dry-run", .letter = 'n', .type = OPTION_FLAG, .offset = ARG(dry_run),
      .help = "Send nothing; show which pictures would go, their tokens and bytes" },
    { .name = "dump", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(dump),
      .help = "Write the exact body of the request into FILE" },
    { .name = "record", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(record),
      .help = "Write what is exchanged with the service into FILE, without keys and pictures" },
    { .name = "replay", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(replay),
      .help = "Let such a FILE answer instead of the service" },
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write the answer as one JSON object" },
    { 0 }
};

static const struct option archive_options[] = {
    { .name = "archive", .type = OPTION_FLAG, .offset = ARG(archive),
      .help = "Ask about everything that a catalogue has of its videos, instead of about FILEs" },
    { 0 }
};

static const struct option_group groups[] = {
    { "ARCHIVE", archive_options },
    { "", options_narrow },
    { "", options_catalog },
    { "SERVICE", options_service },
    { "", model_options },
    { "QUERY", options_query },
    { "", options_beside },
    { "", options_reply },
    { "", output_options },
    { "LOOKING", options_look },
    { "", options_what },
    { "INPUT", options_input },
    { "", options_limits },
    { "", options_background },
    { "GENERAL", options_everywhere },
    { 0 }
};

static void on_text(void *user, const char *text, size_t size) { wrap_text(user, text, size); }

static bool is_video(const char *word)
{
    return !strcmp(word, "-") || strstr(word, "://") || strpbrk(word, "*%") || !access(word, F_OK);
}

/* How many of the operands are videos: the first in any case, and all others but the question, which is the last one unless
 * it is a file. 0: it can't be told, and was said. */
static int count_videos(const struct args *args)
{
    int n = 1;

    while (n < args->n_operands && is_video(args->operands[n]))
        n++;
    if (n >= args->n_operands - 1)
        return n;
    ui_error("'%s' is no file; quote words that belong together", args->operands[n]);
    return 0;
}

static int show_answer(struct ui *ui, const struct args *args, const struct sc_answer *a)
{
    if (!args->json && a->nothing_changed && !a->json)
        answer_show_nothing_changed(ui, a->changes);
    else if (!args->json && args->dry_run)
        answer_show_dry_run(ui, a);
    else if (!args->json && a->json)
        ui_print(ui, "%s\n", a->json);
    ui_flush(ui);
    return answer_show_ending(ui, a);
}

/* One question; *usd is what may be spent on this one and what follows, 0: no matter how much. */
static int ask(struct ui *ui, const struct args *args, const struct sc_source *sources, int n,
               struct sc_ask_settings settings, double *usd)
{
    struct sc_look_settings look = options_look_settings(args);
    struct wrap wrap = { .ui = ui, .width = ui->terminal ? ui->width : 0 };
    struct sc_answer *a = NULL;
    struct sc_error err = { 0 };
    enum sc_status s;
    int code;

    settings.max_cost_usd = *usd;
    if (!args->json && !args->dry_run) {
        settings.on_text = on_text;
        settings.user = &wrap;
    }
    s = sc_ask_about(ui->sc, sources, n, &look, &settings, &a, &err);
    wrap_end(&wrap);
    if (!s && args->json)
        s = answer_show_json(ui, a, &err);
    if (s && args->json && args->questions.n)
        ui_print(ui, "null\n"); /* each question has its place in the array */
    code = s ? ui_failed(ui, s, &err) : show_answer(ui, args, a);
    if (!s && *usd > 0 && a->sent && a->price_usd > 0)
        *usd = a->price_usd < *usd ? *usd - a->price_usd : 1e-12; /* not 0, which is no bound */
    sc_answer_free(&a);
    return code;
}

/* Several questions, one after the other, so that each finds the pictures read by the one before. */
static int ask_in_turn(struct ui *ui, const struct args *args, const struct sc_source *sources, int n,
                       struct sc_ask_settings settings)
{
    const char *operand = settings.question;
    const int n_questions = args->questions.n + (operand != NULL);
    double usd = settings.max_cost_usd;
    int n_failed = 0, worst = EXIT_DONE, i;

    if (args->json)
        ui_print(ui, "[\n");
    for (i = 0; i < n_questions; i++) {
        int code;

        settings.question = !operand ? args->questions.at[i] : i ? args->questions.at[i - 1] : operand;
        if (!args->json)
            ui_print(ui, "%s%s%s%s\n", i ? "\n" : "", ui_colour(ui, BOLD), settings.question, ui_colour(ui, PLAIN));
        else if (i)
            ui_print(ui, ",\n");
        ui_flush(ui);
        code = ask(ui, args, sources, n, settings, &usd);
        n_failed += code != EXIT_DONE;
        worst = code > worst ? code : worst;
        if (code == EXIT_INTERRUPTED)
            break;
    }
    if (args->json)
        ui_print(ui, "]\n");
    return n_failed && n_failed < n_questions && worst != EXIT_INTERRUPTED ? EXIT_PARTLY : worst;
}

static int ask_one(struct ui *ui, const struct args *args, const struct sc_source *sources, int n,
                   const struct sc_ask_settings *settings)
{
    double usd = settings->max_cost_usd;

    return ask(ui, args, sources, n, *settings, &usd);
}

/* What can't be asked in one command. */
static bool agrees(const struct args *args)
{
    const char *why = NULL;

    if (args->archive && (args->models.n > 1 || args->questions.n || args->goes_on))
        why = "an archive is asked one question, by one model, without --continue";
    else if (args->models.n > 1 && (args->questions.n || args->goes_on))
        why = "several models are asked one question, without --continue";
    else if (args->questions.n && (args->dump || args->record || args->replay))
        why = "--dump, --record and --replay are for one question";
    if (why)
        ui_error("%s", why);
    return !why;
}

/* Several models beside each other. */
static int ask_each(struct ui *ui, const struct args *args, const struct sc_source *source,
                    const struct sc_ask_settings *settings)
{
    struct sc_look_settings look = options_look_settings(args);
    struct sc_sides *sides = NULL;
    struct sc_error err = { 0 };
    enum sc_status s = sc_ask_each(ui->sc, source, &look, settings, args->models.at, args->models.n, &sides, &err);
    int code;

    if (!s && args->json)
        s = sides_show_json(ui, sides, &err);
    else if (!s && sides->nothing_changed)
        answer_show_nothing_changed(ui, sides->changes);
    else if (!s && args->dry_run)
        sides_show_dry_run(ui, sides);
    else if (!s)
        sides_show(ui, sides);
    code = s ? ui_failed(ui, s, &err) : sides_show_ending(ui, sides);
    sc_sides_free(&sides);
    return code;
}

static int run(struct ui *ui, const struct args *args)
{
    struct sc_ask_settings settings = asking_settings(args);
    int n, code = EXIT_FAILED, i;
    struct sc_source *sources;

    if (!ask_archive_agrees(args) || !asking_agrees(args) || !agrees(args))
        return EXIT_USAGE;
    if (args->archive)
        return ask_archive(ui, args);
    if (!(n = count_videos(args)))
        return EXIT_USAGE;
    if (n > 1 && args->models.n > 1) {
        ui_error("several models can be asked about one video, not about %d", n);
        return EXIT_USAGE;
    }
    settings.goes_on = args->goes_on;
    settings.question = n < args->n_operands ? args->operands[n] : NULL;
    sources = calloc((size_t)n, sizeof(*sources));
    for (i = 0; i < n && sources; i++)
        sources[i] = options_source(args, args->operands[i]);
    if (!sources)
        ui_error("not enough memory");
    else if (ui_session(ui))
        code = args->models.n > 1  ? ask_each(ui, args, sources, &settings)
               : args->questions.n ? ask_in_turn(ui, args, sources, n, settings)
                                   : ask_one(ui, args, sources, n, &settings);
    free(sources);
    return code;
}

const struct command command_ask = {
    .name = "ask",
    .operands = "FILE... [QUESTION] | --archive QUESTION",
    .summary = "ask a model about the moments that changed",
    .about = "Pack the moments where something changed, with words, into one request to a\n"
             "multimodal model, and print its answer. Without QUESTION the model is asked what\n"
             "changed between the frames; if nothing changed, nothing is sent. Without a\n"
             "service the answer is made from what was measured, and no model is used.\n"
             "The service is named before anything is sent to it. The last operand is the\n"
             "QUESTION unless it is a file. Several videos, and one too long for a request,\n"
             "take several, and a last one that puts their answers together. Several --model\n"
             "are asked at the same time, and their answers shown beside each other.\n"
             "With --archive the QUESTION is about all captioned videos: of those that its\n"
             "words, or --in, --tag and --after, point at, the model is told the captions, and\n"
             "the answer names clips and times. No video is opened for it.\n",
    .examples = "  seechange ask clip.mp4\n"
                "  seechange ask clip.mp4 \"what colour is the car?\"\n"
                "  seechange ask --base-url http://localhost:8000 clip.mp4 \"who came in?\"\n"
                "  seechange ask --continue clip.mp4 \"and the second car?\"\n"
                "  seechange ask clip.mp4 --question \"who came in?\" --question \"what was left?\"\n"
                "  seechange ask monday.mp4 tuesday.mp4 \"on which day did the parcel come?\"\n"
                "  seechange ask --model groq/llama-4-scout --model openai/gpt-4.1 clip.mp4\n"
                "  seechange ask --schema changes clip.mp4 | jq -r '.changes[].what'\n"
                "  seechange ask --archive \"in which clips does the gate stay open?\"\n"
                "  seechange ask --archive --in videos/2026 --limit 50 \"when did a van stop?\"\n"
                "  seechange ask --dry-run --json --service openai clip.mp4\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = -1,
    .holds_keys = true,
    .run = run,
};
