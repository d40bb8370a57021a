/* Reading browse.conf. */
#include "ui-tui/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 512
#define MAX_WORDS 8

static enum sc_status wrong(struct sc_error *err, enum sc_status code, const char *path, int line, const char *why)
{
    err->code = code;
    if (line)
        snprintf(err->text, sizeof err->text, "'%s', line %d: %s", path, line, why);
    else
        snprintf(err->text, sizeof err->text, "can't read '%s': %s", path, why);
    return code;
}

static int index_of(const char *const *names, const char *name)
{
    int i;

    for (i = 0; names[i]; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

int config_graphics(const char *name) { return index_of(graphics_names, name); }

/* -2: no colour. */
static int colour_of(const char *word)
{
    static const char *const names[] = { "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", NULL };
    char *end;
    long value;

    if (!strcmp(word, "default"))
        return -1;
    value = strtol(word, &end, 10);
    if (end != word && !*end)
        return value >= 0 && value <= 255 ? (int)value : -2;
    value = index_of(names, word);
    return value < 0 ? -2 : (int)value;
}

static const char *set_colour(struct config *c, char **words, int n)
{
    struct style_look look = { .is_set = true, .ink = -1, .ground = -1 };
    const int style = n > 1 ? index_of(style_names, words[1]) : -1;
    int i, n_colours = 0;

    if (style < 0)
        return "there is no such style; the manual lists them";
    for (i = 2; i < n; i++) {
        const int colour = colour_of(words[i]);

        if (!strcmp(words[i], "bold"))
            look.bold = true;
        else if (!strcmp(words[i], "underline"))
            look.underline = true;
        else if (!strcmp(words[i], "reverse"))
            look.reverse = true;
        else if (!strcmp(words[i], "dim"))
            look.dim = true;
        else if (colour == -2 || n_colours == 2)
            return "a colour is black, red, green, yellow, blue, magenta, cyan, white, default or 0 to 255";
        else
            *(n_colours++ ? &look.ground : &look.ink) = colour;
    }
    c->looks[style] = look;
    return NULL;
}

/* Returns what is wrong, or NULL. */
static const char *set(struct config *c, char **words, int n)
{
    if (!strcmp(words[0], "bind"))
        return n == 3 ? bindings_set(&c->keys, words[1], words[2]) : "bind KEY ACTION";
    if (!strcmp(words[0], "colour") || !strcmp(words[0], "color"))
        return set_colour(c, words, n);
    if (!strcmp(words[0], "graphics")) {
        const int graphics = n == 2 ? config_graphics(words[1]) : -1;

        if (graphics < 0)
            return "graphics is auto, none, symbols, sixel, iterm2 or kitty";
        c->graphics = (enum graphics)graphics;
        return NULL;
    }
    return "a line begins with bind, colour or graphics";
}

static const char *read_line(struct config *c, char *line)
{
    char *words[MAX_WORDS], *rest = NULL, *word;
    int n = 0;

    if (!strchr(line, '\n') && strlen(line) == MAX_LINE - 1)
        return "the line is too long";
    for (word = strtok_r(line, " \t\r\n", &rest); word && n < MAX_WORDS; word = strtok_r(NULL, " \t\r\n", &rest)) {
        if (word[0] == '#' && (n == 0 || n > 2 || strcmp(words[0], "bind") != 0))
            break;
        words[n++] = word;
    }
    return n ? set(c, words, n) : NULL;
}

static char *default_path(void)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *path = NULL;

    if (base && *base == '/')
        return asprintf(&path, "%s/seechange/browse.conf", base) < 0 ? NULL : path;
    if (home && *home)
        return asprintf(&path, "%s/.config/seechange/browse.conf", home) < 0 ? NULL : path;
    return NULL;
}

enum sc_status config_load(struct config *out, const char *named, struct sc_error *err)
{
    char *path = named ? strdup(named) : default_path();
    char line[MAX_LINE];
    enum sc_status s = SC_OK;
    FILE *f = path ? fopen(path, "re") : NULL;
    int n = 0;

    memset(out, 0, sizeof *out);
    bindings_default(&out->keys);
    if (!f && path && (named || (errno != ENOENT && errno != ENOTDIR)))
        s = wrong(err, SC_ERR_IO, path, 0, strerror(errno));
    while (f && !s && fgets(line, sizeof line, f)) {
        const char *why = read_line(out, line);

        n++;
        if (why)
            s = wrong(err, SC_ERR_INVALID, path, n, why);
    }
    if (f)
        fclose(f);
    free(path);
    return s;
}
