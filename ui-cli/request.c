/* The command `request`: the exact request that `ask` would send, without sending it. */
#include "ui-cli/asking.h"
#include "ui-cli/ui.h"

static const struct option format_options[] = {
    { .name = "service", .letter = 's', .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(service),
      .fallback = "the configured one, or any OpenAI-compatible", .help = "The service that it would go to" },
    { .name = "model", .letter = 'm', .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(model),
      .fallback = "the service's first", .help = "The model that it is for" },
    { .name = "base-url", .type = OPTION_TEXT, .argument = "URL", .offset = ARG(base_url),
      .help = "The server that it would go to, with or without /v1" },
    { .name = "format", .type = OPTION_TEXT, .argument = "DIALECT", .offset = ARG(dialect),
      .fallback = "the service's own",
      .help = "Write it as openai-chat, openai-responses, anthropic, ollama, llama4-native, llama-api or bedrock" },
    { .name = "output", .letter = 'o', .type = OPTION_FILE, .argument = "FILE", .offset = ARG(output),
      .fallback = "standard output", .help = "Write it into FILE" },
    { 0 }
};

static const struct option_group groups[] = {
    { "REQUEST", format_options },
    { "QUERY", options_query },
    { "", options_beside },
    { "", options_reply },
    { "LOOKING", options_look },
    { "", options_what },
    { "INPUT", options_input },
    { "", options_limits },
    { "", options_background },
    { "GENERAL", options_everywhere },
    { 0 }
};

static void write_body(void *user, const char *data, size_t size) { ui_write(user, data, size); }

static int run(struct ui *ui, const struct args *args)
{
    struct sc_source source = options_source(args, args->operands[0]);
    struct sc_look_settings look = options_look_settings(args);
    struct sc_ask_settings settings = asking_settings(args);
    struct sc_answer *a = NULL;
    struct sc_error err = { 0 };
    int code = EXIT_DONE;
    enum sc_status s;

    if (!asking_agrees(args))
        return EXIT_USAGE;
    if (!ui_session(ui))
        return EXIT_FAILED;
    settings.dry_run = true;
    settings.windows = -1;
    settings.dump = args->output;
    settings.on_body = args->output ? NULL : write_body;
    settings.user = ui;
    s = sc_ask(ui->sc, &source, &look, &settings, &a, &err);
    if (s) {
        code = ui_failed(ui, s, &err);
    } else if (a->nothing_changed) {
        ui_error("nothing changed in '%s', so nothing would be asked; give a question", args->operands[0]);
        code = EXIT_FAILED;
    }
    sc_answer_free(&a);
    return code;
}

const struct command command_request = {
    .name = "request",
    .operands = "FILE [QUESTION]",
    .summary = "the exact request that ask would send",
    .about = "Write the body of the request that 'ask' would send, byte for byte, and send\n"
             "nothing. The same input gives the same bytes. No key is needed, and none is in it.\n",
    .examples = "  seechange request clip.mp4 --model llama-4-scout > request.json\n"
                "  seechange request --model gpt-4.1 --format openai-responses -o request.json clip.mp4\n"
                "  seechange request --model llama-4-scout --format llama4-native clip.mp4\n",
    .groups = groups,
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};
