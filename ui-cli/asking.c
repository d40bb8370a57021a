/* The options that make a query. */
#include "ui-cli/asking.h"

static const char *const packs[] = { "auto", "full", "pair", "delta", "grid", NULL };

const struct option options_query[] = {
    { .name = "pack", .type = OPTION_CHOICE, .argument = "PACKING", .choices = packs, .offset = ARG(pack),
      .fallback = "auto", .help = "full: whole frames; pair: before and after side by side; delta: a whole frame, then "
                                  "what changed; grid: contact sheets; auto: by cost" },
    { .name = "max-images", .type = OPTION_INT, .argument = "N", .min = 1, .max = 10000, .offset = ARG(max_images),
      .fallback = "what suits the model", .help = "Send at most this many pictures" },
    { .name = "max-tokens", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1e12, .offset = ARG(max_tokens),
      .help = "Send no query of more tokens than this" },
    { 0 }
};

const struct option options_reply[] = {
    { .name = "max-output-tokens", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1e9,
      .offset = ARG(max_output_tokens), .fallback = "1024", .help = "How long the answer may be" },
    { .name = "temperature", .type = OPTION_REAL, .argument = "N", .min = 0, .max = 2, .offset = ARG(temperature),
      .fallback = "0.2", .help = "How freely the model chooses its words, 0 to 2" },
    { .name = "seed", .type = OPTION_INT, .argument = "N", .min = 0, .max = 9e15, .offset = ARG(seed),
      .help = "Ask for the same choice of words each time" },
    { .name = "no-stream", .type = OPTION_FLAG, .offset = ARG(no_stream),
      .help = "Get the answer as a whole instead of word by word" },
    { 0 }
};

struct sc_ask_settings asking_settings(const struct args *args)
{
    struct sc_ask_settings settings = options_where(args);

    settings.question = args->n_operands > 1 ? args->operands[1] : NULL;
    settings.pack = packs[args->pack];
    settings.max_images = (int)args->max_images;
    settings.max_tokens = args->max_tokens;
    settings.max_output_tokens = args->max_output_tokens;
    settings.temperature = args->temperature < 0 ? 0 : args->temperature;
    settings.has_temperature = args->temperature >= 0;
    settings.has_seed = args->seed >= 0;
    settings.seed = args->seed < 0 ? 0 : args->seed;
    settings.whole = args->no_stream;
    settings.dry_run = args->dry_run;
    settings.dump = args->dump;
    return settings;
}
