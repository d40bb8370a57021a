/* The command `watch`: what changes, told as it happens. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui-cli/asking.h"
#include "ui-cli/hook.h"
#include "ui-cli/show.h"
#include "ui-cli/wrap.h"

static const struct option watch_options[] = {
    { .name = "json", .type = OPTION_FLAG, .offset = ARG(json), .help = "Write a JSON object a line" },
    { .name = "save", .type = OPTION_DIR, .argument = "DIR", .offset = ARG(save),
      .help = "Keep each event of a stream as a Matroska file in DIR" },
    { .name = "before", .type = OPTION_TIME, .argument = "DURATION", .min = 0.001, .max = 30, .offset = ARG(before_us),
      .fallback = "5s", .help = "How much before an event is kept and asked about" },
    { .name = "ask", .type = OPTION_TEXT, .argument = "QUESTION", .offset = ARG(ask),
      .help = "Ask this about each event; --max-cost is for all of them together" },
    { .name = "on-event", .type = OPTION_TEXT, .argument = "COMMAND", .offset = ARG(on_event),
      .help = "Run this for each event, with --ask when it is answered; what happened is in its environment, and as JSON on "
              "its standard input" },
    { .name = "idle", .type = OPTION_TIME, .argument = "DURATION", .min = 0.1, .max = 1e9, .offset = ARG(idle_us),
      .fallback = "never", .help = "End when nothing came for so long" },
    { 0 }
};

static const struct option_group groups[] = {
    { "WATCHING", watch_options },
    { "", options_what },
    { "SERVICE", options_service },
    { "", options_model },
    { "QUERY", options_query },
    { "", options_reply },
    { "INPUT", options_input },
    { "", options_limits },
    { "", options_background },
    { "GENERAL", options_everywhere },
    { 0 }
};

struct watching {
    struct ui *ui;
    const struct args *args;
    struct hook *hook;           /* NULL: none */
};

static void show_moment(int64_t since_1970_us, char out[32])
{
    const time_t s = (time_t)(since_1970_us / 1000000);
    struct tm tm;

    if (!localtime_r(&s, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm))
        out[0] = '\0';
}

/* 2026-11-25 08:55:41  appear      40x24 at 600,300   0.3%  score 0.92  12.3 s */
static void show_event(struct ui *ui, const struct sc_watched *w)
{
    const struct sc_event *e = w->event;
    char at[32], box[64], share[16];

    show_moment(w->began_us, at);
    show_box(e->box, w->info, box);
    show_share(e->share, share);
    ui_print(ui, "%s  %s%-10s%s  %-22s %6s  score %.2f  %.1f s", at, show_kind_colour(ui, e->kind), sc_kind_name(e->kind),
             ui_colour(ui, PLAIN), box, share, e->score, (double)(e->end_us - e->start_us) / 1e6);
    if (e->count > 1)
        ui_print(ui, "  %d times", e->count);
    if (w->path || w->clip) {
        ui_print(ui, "  ");
        ui_visible(ui, w->path ? w->path : w->clip);
    }
    ui_print(ui, "\n");
}

static void show_answer(struct ui *ui, const struct sc_watched *w)
{
    struct wrap wrap = { .ui = ui, .width = ui->terminal ? ui->width : 0 };
    const char *text = w->answer ? w->answer->json ? w->answer->json : w->answer->text : NULL;
    char at[32], head[96];

    show_moment(w->began_us, at);
    snprintf(head, sizeof head, "%s  %s: ", at, sc_kind_name(w->event->kind));
    wrap_text(&wrap, head, strlen(head));
    if (text)
        wrap_text(&wrap, text, strlen(text));
    wrap_end(&wrap);
}

static void tell(struct watching *v, const struct sc_watched *w)
{
    struct sc_error err = { 0 };
    char *line = NULL;

    if (v->args->json && !sc_watched_json(w, &line, &err))
        ui_write(v->ui, line, strlen(line));
    else if (v->args->json)
        ui_failed(v->ui, err.code, &err);
    else if (!w->is_answer)
        show_event(v->ui, w);
    else if (w->answer)
        show_answer(v->ui, w);
    free(line);
    ui_flush(v->ui);
    if (w->why_not)
        ui_note(v->ui, "event %" PRId64 ": %s", w->number, w->why_not);
    if (v->hook && (w->is_answer || !v->args->ask || w->why_not))
        hook_run(v->hook, w);
}

static void on_watched(void *user, const struct sc_watched *w) { tell(user, w); }

static void on_turn(void *user)
{
    struct watching *v = user;

    if (v->hook)
        hook_turn(v->hook);
}

static bool usable(const struct args *args)
{
    if (args->ask && !*args->ask)
        ui_error("--ask: no question");
    else if (!args->ask && (args->service || args->base_url || args->model || args->max_cost > 0))
        ui_error("nothing is asked without --ask 'QUESTION'");
    else
        return asking_agrees(args);
    return false;
}

static int run(struct ui *ui, const struct args *args)
{
    const struct sc_source source = options_source(args, args->operands[0]);
    const struct sc_look_settings look = options_look_settings(args);
    struct sc_ask_settings ask = asking_settings(args);
    struct watching v = { ui, args, args->on_event ? hook_new(ui, args->on_event) : NULL };
    struct sc_watch_settings settings = {
        .look = &look, .ask = args->ask ? &ask : NULL, .save_dir = args->save, .before_us = args->before_us,
        .idle_us = args->idle_us, .on_event = on_watched, .on_answer = on_watched, .on_turn = on_turn, .user = &v,
    };
    struct sc_error err = { 0 };
    enum sc_status s;
    int code = EXIT_USAGE;

    ask.question = args->ask;
    if (usable(args) && ui_session(ui)) {
        ui_end_gently(ui);
        s = sc_watch(ui->sc, &source, &settings, &err);
        code = s ? ui_failed(ui, s, &err) : EXIT_DONE;
    }
    hook_free(&v.hook);
    return code;
}

const struct command command_watch = {
    .name = "watch",
    .operands = "URL|FILE|FOLDER",
    .summary = "what changes, told as it happens",
    .about = "Tell each change of a stream when it is over: of an rtsp, http or https URL, of\n"
             "what comes through a pipe or '-', of a file that still grows, or of the files\n"
             "that arrive in a folder. A change is told when it can no longer become another\n"
             "one, which is 7.5 s after its end. A stream that breaks off is connected to\n"
             "again. Ctrl-C ends it in order.\n",
    .examples = "  seechange watch rtsp://camera/stream\n"
                "  seechange watch --save events --before 10s rtsp://camera/stream\n"
                "  seechange watch --json recording.ts | jq -r .kind\n"
                "  seechange watch --ask 'Is somebody at the door?' --max-cost 1 rtsp://camera/stream\n"
                "  seechange watch --on-event 'mail -s \"$SEECHANGE_KIND\" me' arriving/\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 1,
    .holds_keys = true,
    .run = run,
};
