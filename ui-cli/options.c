/* The options that several commands share. */
#include "ui-cli/options.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui-cli/ui.h"

static const char *const when_color[] = { "auto", "always", "never", NULL };
static const char *const when_progress[] = { "auto", "never", NULL };
static const char *const profiles[] = { "auto", "camera", "screen", "film", NULL }; /* as enum sc_profile */
static const char *const efforts[] = { "normal", "full", "scout", NULL };

const struct option options_everywhere[] = {
    { .name = "quiet", .letter = 'q', .type = OPTION_FLAG, .offset = ARG(quiet),
      .help = "Say nothing on standard error but errors" },
    { .name = "color", .type = OPTION_CHOICE, .argument = "WHEN", .choices = when_color, .offset = ARG(colour),
      .fallback = "auto", .help = "Use colour; auto: on a terminal, unless NO_COLOR is set" },
    { .name = "progress", .type = OPTION_CHOICE, .argument = "WHEN", .choices = when_progress,
      .offset = ARG(progress), .fallback = "auto", .help = "Show how far it is; auto: on a terminal" },
    { .name = "help", .letter = 'h', .type = OPTION_FLAG, .offset = ARG(help), .help = "Show this help" },
    { 0 }
};

const struct option options_help[] = {
    { .name = "help", .letter = 'h', .type = OPTION_FLAG, .offset = ARG(help), .help = "Show this help" },
    { 0 }
};

const struct option options_input[] = {
    { .name = "stream", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1000, .offset = ARG(stream),
      .fallback = "the container's own choice", .help = "Which video stream to read; 1 is the first" },
    { .name = "still-rate", .type = OPTION_REAL, .argument = "N", .unit = "pictures a second", .min = 0.001,
      .max = 1000, .offset = ARG(still_rate), .fallback = "1",
      .help = "How fast the stills of a folder or pattern follow each other" },
    { 0 }
};

const struct option options_limits[] = {
    { .name = "max-pixels", .type = OPTION_INT, .argument = "N", .min = 1, .max = 1e12, .offset = ARG(max_pixels),
      .fallback = "268435456", .help = "Refuse pictures with more pixels than this" },
    { .name = "memory-limit", .type = OPTION_SIZE, .argument = "SIZE", .min = 64 << 20, .max = 1e15,
      .offset = ARG(memory_limit), .fallback = "1G",
      .help = "Refuse what takes more memory than this to decode: 512M, 4G" },
    { .name = "stall", .type = OPTION_TIME, .argument = "DURATION", .min = 1, .max = 1e6, .offset = ARG(stall_us),
      .fallback = "30s", .help = "Give a file up when nothing of it was decoded for so long" },
    { 0 }
};

const struct option options_background[] = {
    { .name = "background", .type = OPTION_COLOUR, .argument = "RRGGBB", .offset = ARG(background),
      .fallback = "FFFFFF", .help = "The colour behind transparent pixels" },
    { 0 }
};

const struct option options_look[] = {
    { .name = "effort", .type = OPTION_CHOICE, .argument = "EFFORT", .choices = efforts, .offset = ARG(effort),
      .fallback = "normal", .help = "normal: at least 5 pictures a second and more where something happens; "
                                    "full: every picture; scout: only where the sizes of packets and the key "
                                    "pictures say that something happens" },
    { .name = "from", .type = OPTION_TIME, .argument = "TIME", .max = 1e9, .offset = ARG(from_us),
      .help = "Start here: 90, 1:30, 1:02:03.5" },
    { .name = "to", .type = OPTION_TIME, .argument = "TIME", .max = 1e9, .offset = ARG(to_us),
      .fallback = "the end", .help = "Stop here" },
    { .name = "min-duration", .type = OPTION_TIME, .argument = "DURATION", .max = 1e6,
      .offset = ARG(min_duration_us), .fallback = "0",
      .help = "Leave out what passes, blinks, or comes and goes again in less time" },
    { .name = "max-frames", .type = OPTION_INT, .argument = "N", .min = 1, .max = 100000,
      .offset = ARG(max_frames), .fallback = "32", .help = "Choose at most this many pictures" },
    { .name = "context", .type = OPTION_FLAG, .offset = ARG(context),
      .help = "Fill up with pictures of the time in which nothing happens, as far as the number allows" },
    { .name = "no-cache", .type = OPTION_FLAG, .offset = ARG(no_cache),
      .help = "Decode and ask anew: neither use nor keep what was seen or answered" },
    { 0 }
};

const struct option options_what[] = {
    { .name = "profile", .type = OPTION_CHOICE, .argument = "PROFILE", .choices = profiles, .offset = ARG(profile),
      .fallback = "auto", .help = "What the pictures are of: camera, screen or film; auto: decided from them" },
    { .name = "fps", .type = OPTION_REAL, .argument = "N", .unit = "pictures a second", .min = 0.0001, .max = 1000,
      .offset = ARG(fps), .help = "Look this often" },
    { .name = "every", .type = OPTION_TIME, .argument = "DURATION", .min = 0.001, .max = 1e7,
      .offset = ARG(every_us), .help = "Look at one picture every so long: 500ms, 10, 2m" },
    { .name = "crop", .type = OPTION_BOX, .argument = "X,Y,W,H", .unit = "displayed pixels", .offset = ARG(crop),
      .help = "Look only at this part of the picture" },
    { .name = "ignore", .type = OPTION_BOXES, .argument = "X,Y,W,H", .unit = "displayed pixels",
      .offset = ARG(ignore), .help = "Report no change in this part of the picture; may be given several times" },
    { .name = "only", .type = OPTION_BOXES, .argument = "X,Y,W,H", .unit = "displayed pixels", .offset = ARG(only),
      .help = "Report changes in this part of the picture alone; may be given several times" },
    { .name = "mask", .type = OPTION_FILE, .argument = "FILE.png", .offset = ARG(mask),
      .help = "Report no change where this picture, stretched over the video's, is black" },
    { .name = "min-size", .type = OPTION_REAL, .argument = "N", .unit = "percent of the picture", .max = 100,
      .offset = ARG(min_size), .fallback = "0", .help = "Leave out changes whose box is smaller" },
    { .name = "sensitivity", .type = OPTION_REAL, .argument = "N", .max = 1, .offset = ARG(sensitivity),
      .fallback = "0.5", .help = "0 to 1; more finds smaller changes" },
    { 0 }
};

const struct option options_catalog[] = {
    { .name = "catalog", .type = OPTION_FILE, .argument = "FILE", .offset = ARG(catalog),
      .fallback = "seechange.db in the folder of the videos or one above it", .help = "The catalogue" },
    { 0 }
};

const struct option options_model[] = {
    { .name = "model", .letter = 'm', .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(model),
      .fallback = "the service's first", .help = "The model to ask" },
    { 0 }
};

const struct option options_narrow[] = {
    { .name = "in", .type = OPTION_DIR, .argument = "PATH", .offset = ARG(in), .help = "Only videos at or below this path" },
    { .name = "after", .type = OPTION_TEXT, .argument = "DATE", .offset = ARG(after),
      .help = "Only videos modified on this day, like 2026-01-31, or later" },
    { .name = "tag", .type = OPTION_TEXT, .argument = "TAG", .offset = ARG(tag), .help = "Only videos with this tag" },
    { .name = "limit", .type = OPTION_INT, .argument = "N", .min = 1, .max = 10000, .offset = ARG(limit),
      .fallback = "20", .help = "At most so many" },
    { 0 }
};

const struct option options_service[] = {
    { .name = "service", .letter = 's', .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(service),
      .fallback = "the configured one, a server on this machine, or none",
      .help = "The service to ask" },
    { .name = "base-url", .type = OPTION_TEXT, .argument = "URL", .offset = ARG(base_url),
      .help = "Ask the server at this address, with or without /v1" },
    { .name = "dialect", .type = OPTION_TEXT, .argument = "NAME", .offset = ARG(dialect),
      .fallback = "the service's own",
      .help = "Speak to it as openai-chat, openai-responses, anthropic, ollama, llama4-native, llama-api or bedrock" },
    { .name = "insecure-http", .type = OPTION_FLAG, .offset = ARG(insecure_http),
      .help = "Allow plain http to another machine" },
    { .name = "timeout", .type = OPTION_TIME, .argument = "DURATION", .min = 1, .max = 1e6,
      .offset = ARG(timeout_us), .fallback = "10m", .help = "Give up after so long without a byte from the server" },
    { .name = "deadline", .type = OPTION_TIME, .argument = "DURATION", .min = 1, .max = 1e6,
      .offset = ARG(deadline_us), .fallback = "none", .help = "Give up after so long in all, waits and tries included" },
    { 0 }
};

void args_init(struct args *args)
{
    *args = (struct args){ .background = -1, .seed = -1, .sensitivity = -1, .temperature = -1 };
}

bool options_agree(const struct args *args)
{
    if (args->fps > 0 && args->every_us)
        ui_error("--fps and --every exclude each other");
    else if (args->to_us && args->to_us <= args->from_us)
        ui_error("--to must be later than --from");
    else
        return true;
    return false;
}

struct sc_source options_source(const struct args *args, const char *path)
{
    return (struct sc_source){
        .path = path,
        .stream = (int)args->stream,
        .still_rate = args->still_rate,
        .has_background = args->background >= 0,
        .background_rgb = args->background >= 0 ? (uint32_t)args->background : 0,
        .max_pixels = args->max_pixels,
    };
}

struct sc_look_settings options_look_settings(const struct args *args)
{
    return (struct sc_look_settings){
        .effort = (enum sc_effort)args->effort,
        .fps = args->fps,
        .every_us = args->every_us,
        .from_us = args->from_us,
        .to_us = args->to_us,
        .crop = args->crop,
        .ignore = args->ignore.at,
        .n_ignore = args->ignore.n,
        .only = args->only.at,
        .n_only = args->only.n,
        .mask = args->mask,
        .no_cache = args->no_cache,
        .min_size = args->min_size / 100,
        .min_duration_us = args->min_duration_us,
        .profile = (enum sc_profile)args->profile,
        .max_frames = (int)args->max_frames,
        .context = args->context,
        .has_sensitivity = args->sensitivity >= 0,
        .sensitivity = args->sensitivity,
    };
}

char *options_words(const struct args *args)
{
    size_t size = 1;
    char *words;
    int i;

    for (i = 0; i < args->n_operands; i++)
        size += strlen(args->operands[i]) + 1;
    words = calloc(size, 1);
    for (i = 0; words && i < args->n_operands; i++) {
        strcat(words, i ? " " : "");
        strcat(words, args->operands[i]);
    }
    return words;
}

/* Midnight of that day here. */
static bool read_date(const char *text, int64_t *us_out)
{
    struct tm tm = { .tm_isdst = -1 };
    int size = 0;

    *us_out = 0;
    if (!text)
        return true;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &size) != 3 || text[size] ||
        tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31) {
        ui_error("--after '%s' is not a day like 2026-01-31", text);
        return false;
    }
    tm.tm_year -= 1900;
    tm.tm_mon--;
    *us_out = (int64_t)mktime(&tm) * 1000000;
    return true;
}

bool options_filter(const struct args *args, struct sc_video_filter *out)
{
    *out = (struct sc_video_filter){ .in = args->in, .tag = args->tag };
    return read_date(args->after, &out->after_us);
}

struct sc_ask_settings options_where(const struct args *args)
{
    return (struct sc_ask_settings){
        .service = args->service,
        .model = args->models.n ? args->models.at[0] : args->model,
        .base_url = args->base_url,
        .dialect = args->dialect,
        .insecure_http = args->insecure_http,
        .timeout_s = (args->timeout_us + 999999) / 1000000,
        .deadline_s = (args->deadline_us + 999999) / 1000000,
    };
}
