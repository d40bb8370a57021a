/* What a command is: a name, a table of options, help and a function. main.c has the list.
 *
 * One table of options gives the parsing (parse.c), --help (help.c) and the completions (completion.c), so an option
 * is written down once. Its value goes into the field of struct args that the row names. */
#ifndef UI_CLI_COMMAND_H
#define UI_CLI_COMMAND_H

#include "include/seechange.h"

struct ui;

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_PARTLY = 3,        /* some files failed, or an answer was cut off */
    EXIT_NO_CHANGE = 4,     /* only with --exit-code */
    EXIT_INTERRUPTED = 130,
};

enum option_type {
    OPTION_FLAG,            /* bool */
    OPTION_INT,             /* int64_t */
    OPTION_REAL,            /* double */
    OPTION_TIME,            /* int64_t, microseconds */
    OPTION_SIZE,            /* int64_t, bytes; min and max in bytes */
    OPTION_TEXT,            /* const char * */
    OPTION_TEXTS,           /* struct texts; may be given several times */
    OPTION_FILE,            /* const char *, completed with file names */
    OPTION_DIR,             /* const char *, completed with folder names */
    OPTION_CHOICE,          /* int64_t, index into choices */
    OPTION_BOX,             /* struct sc_box, "X,Y,W,H" */
    OPTION_BOXES,           /* struct boxes; may be given several times */
    OPTION_COLOUR,          /* int64_t, 0xRRGGBB */
};

struct option {
    const char *name;       /* without the dashes; NULL ends a table */
    char letter;            /* 0: none */
    enum option_type type;
    const char *argument;   /* "N", NULL for a flag */
    const char *unit;       /* "pictures a second"; NULL: none */
    const char *fallback;   /* the default in words; NULL: none worth telling */
    const char *help;       /* one sentence without a full stop */
    size_t offset;          /* of its field in struct args */
    double min, max;        /* OPTION_INT and OPTION_REAL; OPTION_TIME in seconds */
    const char *const *choices; /* OPTION_CHOICE; ends with NULL */
};

/* Options under one heading of the help. */
struct option_group {
    const char *title;      /* NULL ends the list; "" continues the group before */
    const struct option *options;
};

#define MAX_BOXES 64

struct boxes {
    struct sc_box at[MAX_BOXES];
    int n;
};

#define MAX_TEXTS 64

struct texts {
    const char *at[MAX_TEXTS];
    int n;
};

/* Everything that options can set, and the operands. args_init gives the defaults. */
struct args {
    bool help, quiet;
    int64_t colour, progress; /* enum when */

    int64_t stream, max_pixels, memory_limit, stall_us, background; /* background -1: not given */
    double still_rate;

    int64_t effort, every_us, from_us, to_us, max_frames;
    double fps;
    double sensitivity;     /* -1: not given */
    struct sc_box crop;
    struct boxes ignore, only;
    const char *mask;
    bool no_cache, context;
    int64_t profile;        /* enum sc_profile */
    double min_size;        /* percent */
    int64_t min_duration_us;

    bool json, jsonl, csv, explain, exit_code;
    const char *contact_sheet, *heatmap;

    const char *output;
    int64_t format, quality, max_side;
    bool mark;

    const char *service, *model, *base_url, *dialect, *dump, *question, *schema, *record, *replay, *windows;
    struct texts models;    /* where there may be several */
    struct texts questions;
    bool goes_on, dry_run, no_stream, insecure_http;
    int64_t pack;           /* index into the names in ask.c; 0: auto */
    int64_t max_images, max_tokens, max_output_tokens, timeout_us, deadline_us;
    int64_t seed;           /* -1: not given */
    int64_t max_bytes;
    bool no_hints;
    const char *subtitles, *transcript, *notes;
    bool transcribe, metadata;
    const char *transcribe_service, *transcribe_url, *transcribe_model;
    double max_cost;
    const char *price;      /* "IN,OUT" */
    int64_t graphics;       /* index into the names in browse.c; 0: auto */
    bool plain;
    const char *config;
    double temperature;     /* -1: not given */

    /* watching */
    const char *ask, *save, *on_event;
    int64_t before_us, idle_us;

    /* archives */
    const char *catalog, *include, *exclude, *write, *sidecar_dir, *prompt, *language, *until, *shard, *metrics, *in, *after,
        *tag;
    bool redo, only_failed, open_hit, archive, batch;
    int64_t tries, max_failures, jobs, requests, limit, export_format;

    const char **operands;  /* borrowed from argv; the array is parse.c's to free */
    int n_operands;
};

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

enum operand_type { OPERAND_FILE, OPERAND_COMMAND, OPERAND_SHELL, OPERAND_PROMPT, OPERAND_NONE };

struct command {
    const char *name;
    const char *operands;   /* "FILE..." */
    const char *summary;    /* a few words for the overview */
    const char *about;      /* what it does, in lines of at most 78 columns */
    const char *examples;   /* one a line */
    const struct option_group *groups;
    int min_operands, max_operands; /* max -1: any number */
    enum operand_type operand; /* what the completions offer */
    bool holds_keys;        /* asks services: the process leaves no core file */
    int (*run)(struct ui *ui, const struct args *args); /* returns an enum exit_code */
};

extern const struct command command_changes, command_frames, command_info, command_compare, command_ask,
    command_request, command_cost, command_prompts, command_services, command_models, command_doctor, command_help,
    command_completion, command_caption, command_batch, command_search, command_archive, command_export,
    command_browse, command_watch;

extern const struct command *const commands[]; /* main.c; ends with NULL */

const struct command *command_find(const char *name); /* NULL if there is none */

#endif
