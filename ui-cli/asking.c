/* The options that make a query. */
#include "ui-cli/asking.h"

#include <stdlib.h>
#include <string.h>

#include "ui-cli/ui.h"

static const char *const packs[] = { "auto", "full", "pair", "delta", "grid", NULL };

const struct option options_query[] = {
    { .name = "pack", .type = OPTION_CHOICE, .argument = "PACKING", .choices = packs, .offset = ARG(pack),
      .fallback = "auto", .help = "full: whole frames; pair: before and after side by side; delta: a whole frame, then "
                                  "what changed; grid: contact sheets; auto: by cost" },
    { .name = "no-hints", .type = OPTION_FLAG, .offset = ARG(no_hints),
      .help = "Tell the model nothing of what was measured" },
    { .name = "max-images", .type = OPTION_INT, .argument = "N", .min = 1, .max = 10000, .offset = ARG(max_images),
      .fallback = "what suits the model", .help = "Send at most this many pictures" },
    { .name = "max-tokens", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1e12, .offset = ARG(max_tokens),
      .help = "Send no query of more tokens than this" },
    { .name = "max-bytes", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1e12, .offset = ARG(max_bytes),
      .fallback = "what the service takes", .help = "Send no request of more bytes than this" },
    { .name = "max-cost", .type = OPTION_REAL, .argument = "USD", .min = 0.000001, .max = 1e6, .offset = ARG(max_cost),
      .help = "Send nothing that could cost more than this with its answer" },
    { .name = "price", .type = OPTION_TEXT, .argument = "IN,OUT", .unit = "USD for a million tokens",
      .offset = ARG(price), .fallback = "the service's", .help = "What tokens cost" },
    { 0 }
};

const struct option options_beside[] = {
    { .name = "subtitles", .type = OPTION_TEXT, .argument = "WHICH", .offset = ARG(subtitles), .fallback = "auto",
      .help = "Put these between the pictures: auto, none, captions, the number of a stream, or a file" },
    { .name = "transcript", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(transcript),
      .help = "Put what is said between the pictures: SRT, VTT, ASS, or JSON with segments" },
    { .name = "transcribe", .type = OPTION_FLAG, .offset = ARG(transcribe),
      .help = "Send the sound to a service that writes down what is said" },
    { .name = "transcribe-service", .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(transcribe_service),
      .fallback = "the one that is asked", .help = "The service that writes it down" },
    { .name = "transcribe-url", .type = OPTION_TEXT, .argument = "URL", .offset = ARG(transcribe_url),
      .help = "Or the server, with or without /v1" },
    { .name = "transcribe-model", .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(transcribe_model),
      .fallback = "the service's", .help = "The model that hears it" },
    { .name = "notes", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(notes),
      .help = "Put your own notes between the pictures, in rows like '1:02 words' or '1:02-1:10 words'" },
    { .name = "metadata", .type = OPTION_FLAG, .offset = ARG(metadata),
      .help = "Tell the model what the file says of itself: title, date, camera, chapters" },
    { 0 }
};

const struct option options_reply[] = {
    { .name = "schema", .type = OPTION_FILE, .argument = "changes|caption|FILE.json", .offset = ARG(schema),
      .help = "Ask for JSON that obeys this JSON Schema, and check that it does" },
    { .name = "max-output-tokens", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1e9,
      .offset = ARG(max_output_tokens), .fallback = "1024, with --schema 2048", .help = "How long the answer may be" },
    { .name = "temperature", .type = OPTION_REAL, .argument = "N", .min = 0, .max = 2, .offset = ARG(temperature),
      .fallback = "0.2", .help = "How freely the model chooses its words, 0 to 2" },
    { .name = "seed", .type = OPTION_INT, .argument = "N", .min = 0, .max = 9e15, .offset = ARG(seed),
      .help = "Ask for the same choice of words each time" },
    { .name = "no-stream", .type = OPTION_FLAG, .offset = ARG(no_stream),
      .help = "Get the answer as a whole instead of word by word" },
    { 0 }
};

/* Two numbers and nothing else, none below 0. */
static bool read_price(const char *text, double *in, double *out)
{
    char *end;

    if (!text || !*text || strspn(text, "0123456789.,") != strlen(text))
        return false;
    *in = strtod(text, &end);
    if (end == text || *end++ != ',' || !*end)
        return false;
    *out = strtod(text = end, &end);
    return end != text && !*end;
}

/* As struct sc_ask_settings has it. */
static bool read_windows(const char *text, int *out)
{
    char *end;
    long n;

    *out = 0;
    if (!text || !strcmp(text, "auto"))
        return true;
    *out = -1;
    if (!strcmp(text, "off"))
        return true;
    n = strtol(text, &end, 10);
    *out = (int)n;
    return end != text && !*end && n >= 1 && n <= 100;
}

bool asking_agrees(const struct args *args)
{
    double in, out;
    int windows;

    if (!read_windows(args->windows, &windows)) {
        ui_error("--windows '%s' is neither auto, off nor a number from 1 to 100", args->windows);
        return false;
    }
    if (!args->price || read_price(args->price, &in, &out))
        return true;
    ui_error("--price '%s' is not two prices, of a million tokens of query and of answer, like 2,8", args->price);
    return false;
}

struct sc_ask_settings asking_settings(const struct args *args)
{
    struct sc_ask_settings settings = options_where(args);

    settings.has_price = read_price(args->price, &settings.price_in, &settings.price_out);
    settings.max_cost_usd = args->max_cost;
    settings.max_bytes = args->max_bytes;
    settings.question = args->n_operands > 1 ? args->operands[1] : NULL;
    settings.pack = packs[args->pack];
    read_windows(args->windows, &settings.windows);
    settings.schema = args->schema;
    settings.no_hints = args->no_hints;
    settings.subtitles = args->subtitles;
    settings.transcript = args->transcript;
    settings.notes = args->notes;
    settings.metadata = args->metadata;
    settings.transcribe = args->transcribe || args->transcribe_service || args->transcribe_url || args->transcribe_model;
    settings.transcribe_service = args->transcribe_service;
    settings.transcribe_url = args->transcribe_url;
    settings.transcribe_model = args->transcribe_model;
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
    settings.record = args->record;
    settings.replay = args->replay;
    return settings;
}
