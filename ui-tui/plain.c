/* Lines in, lines out. */
#include "ui-tui/plain.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui-cli/visible.h"
#include "ui-tui/captioning.h"
#include "ui-tui/view.h"

/* Until what was begun is there. */
static void wait_for_jobs(struct browser *b)
{
    int i;

    for (i = 0; i < N_LANES; i++)
        while (jobs_busy(b->jobs, (enum lane)i)) {
            struct pollfd in = { .fd = jobs_descriptor(b->jobs), .events = POLLIN };

            poll(&in, 1, -1);
            jobs_run(b->jobs);
            i = 0;
        }
    jobs_run(b->jobs);
}

static void say(const char *text)
{
    char *shown = visible_text(text);

    if (shown && *shown)
        printf("%s\n", shown);
    free(shown);
}

/* A key by its name, or else a command. */
static void take_line(struct browser *b, const char *line)
{
    const char *view = browser_view(b)->ops->name;
    const struct action *a = bindings_find(&b->config.keys, view, line);

    b->message[0] = '\0';
    if (line[0] == ':')
        browser_command(b, line + 1);
    else if (line[0] == '/' && line[1])
        browser_act(b, action_named("search"), 0, line + 1);
    else if (a && a->id != ACT_COMMAND && (!a->prompt || a->argument[0] == '['))
        browser_act(b, a, 0, NULL);
    else if (a)
        printf("type ':%s %s'\n", a->id == ACT_COMMAND ? "COMMAND" : a->name, a->argument ? a->argument : "");
    else
        browser_command(b, line);
}

void plain_loop(struct browser *b)
{
    const bool asks = isatty(STDIN_FILENO);
    char *line = NULL, words[512];
    size_t room = 0;

    while (!b->quit) {
        struct view *v = browser_view(b);
        ssize_t n;

        wait_for_jobs(b);
        browser_refresh(b);
        wait_for_jobs(b);
        v->ops->write(v, stdout);
        say(b->message);
        captioning_words(b, words, sizeof words);
        say(words);
        if (asks)
            printf("command ('help' lists them): ");
        fflush(stdout);
        if (ferror(stdout) || (n = getline(&line, &room, stdin)) < 0)
            break;
        line[strcspn(line, "\n")] = '\0';
        if (*line)
            take_line(b, line);
    }
    free(line);
}
