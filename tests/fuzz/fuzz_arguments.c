/* A command line: the first byte picks the command, lines are its words. Times, rectangles, sizes and colours are read. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "ui-cli/options.h"
#include "ui-cli/parse.h"

#define MAX_WORDS 64
#define MAX_BYTES 4096

const struct command *const commands[] = {
    &command_changes, &command_frames, &command_info, &command_compare, &command_ask, &command_cost, NULL
};

/* main.c has this and the list above in the program. */
const struct command *command_find(const char *name)
{
    (void)name;
    return NULL;
}

static int split(char *text, char **words)
{
    int n = 0;

    for (char *word = strtok(text, "\n"); word && n < MAX_WORDS; word = strtok(NULL, "\n"))
        words[n++] = word;
    words[n] = NULL;
    return n;
}

static bool sane(struct sc_box b)
{
    return (b.w == 0 && b.h == 0) || (b.x >= 0 && b.y >= 0 && b.w > 0 && b.h > 0);
}

/* What is wrong is said on standard error, which is libFuzzer's too. */
static bool parse_quietly(const struct command *command, int n, char **words, struct args *out)
{
    int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
    bool good;

    must(kept >= 0 && null >= 0);
    dup2(null, STDERR_FILENO);
    good = parse_args(command, n, words, out);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(null);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text, *words[MAX_WORDS + 1];
    struct args args;
    const struct command *command;

    if (size < 1 || size > MAX_BYTES)
        return 0;
    command = commands[data[0] % (sizeof commands / sizeof *commands - 1)];
    text = malloc(size);
    must(text);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    args_init(&args);
    if (parse_quietly(command, split(text, words), words, &args)) {
        must(args.from_us >= 0 && args.to_us >= 0 && args.every_us >= 0 && args.stall_us >= 0);
        must(args.memory_limit >= 0 && args.max_pixels >= 0 && args.background <= 0xFFFFFF);
        must(sane(args.crop) && args.ignore.n <= MAX_BOXES && args.only.n <= MAX_BOXES);
        for (int i = 0; i < args.ignore.n; i++)
            must(sane(args.ignore.at[i]));
    }
    args_dispose(&args);
    free(text);
    return 0;
}
