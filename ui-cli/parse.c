/* Read a command line by the table of options of a command. */
#include "ui-cli/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ui-cli/options.h"
#include "ui-cli/ui.h"

#define LONGEST_NAME 32

/* How many letters to insert, delete, replace or swap with the next to make b of a. */
static int edit_distance(const char *a, const char *b)
{
    int rows[3][LONGEST_NAME + 1];
    int n_a = (int)strlen(a), n_b = (int)strlen(b), i, j;

    if (n_a > LONGEST_NAME || n_b > LONGEST_NAME)
        return LONGEST_NAME;
    for (j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (i = 1; i <= n_a; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];

        now[0] = i;
        for (j = 1; j <= n_b; j++) {
            int best = before[j - 1] + (a[i - 1] != b[j - 1]);

            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && earlier[j - 2] + 1 < best)
                best = earlier[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[n_a % 3][n_b];
}

/* Keep name if it is nearer to word than *distance. The beginning of a name counts as near. */
static void consider(const char *word, const char *name, int *distance, const char **best)
{
    size_t n = strlen(word);
    int d = edit_distance(word, name);

    if (n >= 3 && !strncmp(word, name, n))
        d = 1;
    if (d < *distance) {
        *distance = d;
        *best = name;
    }
}

static int farthest(const char *word) { return strlen(word) < 4 ? 2 : strlen(word) < 9 ? 3 : 4; }

const char *parse_suggest_command(const char *word)
{
    const char *best = NULL;
    int distance = farthest(word), i;

    for (i = 0; commands[i]; i++)
        consider(word, commands[i]->name, &distance, &best);
    return best;
}

static const struct option *find_option(const struct command *command, const char *name, size_t size, char letter)
{
    const struct option_group *group;
    const struct option *option;

    for (group = command->groups; group->title; group++)
        for (option = group->options; option->name; option++)
            if (letter ? option->letter == letter : strlen(option->name) == size && !strncmp(option->name, name, size))
                return option;
    return NULL;
}

static bool unknown_option(const struct command *command, const char *name, size_t size)
{
    const struct option_group *group;
    const struct option *option;
    const char *best = NULL;
    char word[LONGEST_NAME + 1];
    int distance;

    snprintf(word, sizeof(word), "%.*s", (int)(size > LONGEST_NAME ? LONGEST_NAME : size), name);
    distance = farthest(word);
    for (group = command->groups; group->title; group++)
        for (option = group->options; option->name; option++)
            consider(word, option->name, &distance, &best);
    if (best)
        ui_error("unknown option '--%.*s'; did you mean '--%s'?", (int)size, name, best);
    else
        ui_error("unknown option '--%.*s'; 'seechange %s --help' lists them", (int)size, name, command->name);
    return false;
}

/* A number written with digits, one point and one sign: not the "inf", "nan" and "0x" of strtod. */
static bool read_number(const char *text, double *out)
{
    char *end;

    if (!*text || strspn(text, "0123456789.-") != strlen(text))
        return false;
    errno = 0;
    *out = strtod(text, &end);
    return !*end && !errno;
}

static bool read_int(const char *text, int64_t *out)
{
    char *end;

    if (!*text || strspn(text, "0123456789-") != strlen(text))
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return !*end && !errno;
}

/* Bytes, or with K, M, G, T binary multiples of them. */
static bool read_size(const char *text, int64_t *out)
{
    static const char units[] = "KMGT";
    size_t digits = strspn(text, "0123456789.");
    char number[32];
    const char *unit;
    double value;

    if (!digits || digits >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)digits, text);
    text += digits;
    if (!read_number(number, &value))
        return false;
    if (*text) {
        unit = strchr(units, *text);
        if (!unit || text[1])
            return false;
        value *= (double)(1LL << (10 * (unit - units + 1)));
    }
    *out = value < 9e18 ? (int64_t)value : INT64_MAX;
    return true;
}

static bool read_box(const char *text, struct sc_box *out)
{
    int at[4], i;

    for (i = 0; i < 4; i++) {
        char *end;
        long v;

        if (*text < '0' || *text > '9')
            return false;
        errno = 0;
        v = strtol(text, &end, 10);
        if (errno || v > 1000000 || *end != (i < 3 ? ',' : '\0'))
            return false;
        at[i] = (int)v;
        text = end + 1;
    }
    *out = (struct sc_box){ at[0], at[1], at[2], at[3] };
    return at[2] > 0 && at[3] > 0;
}

static bool read_colour(const char *text, int64_t *out)
{
    if (*text == '#')
        text++;
    if (strlen(text) != 6 || strspn(text, "0123456789abcdefABCDEF") != 6)
        return false;
    *out = strtol(text, NULL, 16);
    return true;
}

static bool read_choice(const char *text, const struct option *option, int64_t *out)
{
    int64_t i;

    for (i = 0; option->choices[i]; i++)
        if (!strcmp(text, option->choices[i])) {
            *out = i;
            return true;
        }
    return false;
}

static bool bad_value(const struct option *option, const char *value)
{
    char expected[200] = "";
    size_t n = 0;
    int i;

    if (option->type == OPTION_INT || option->type == OPTION_REAL)
        snprintf(expected, sizeof(expected), "a number from %.10g to %.10g", option->min, option->max);
    else if (option->type == OPTION_SIZE)
        snprintf(expected, sizeof(expected), "a size like 512M or 4G, at least %.0fM", option->min / (1 << 20));
    else if (option->type == OPTION_TIME)
        snprintf(expected, sizeof(expected), "a time like 12.5, 1:02:03, 500ms or 2m");
    else if (option->type == OPTION_BOX || option->type == OPTION_BOXES)
        snprintf(expected, sizeof(expected), "X,Y,W,H in pixels, like 0,0,640,360");
    else if (option->type == OPTION_COLOUR)
        snprintf(expected, sizeof(expected), "a colour like 00FF00");
    for (i = 0; option->choices && option->choices[i]; i++)
        n += (size_t)snprintf(expected + n, sizeof(expected) - n, "%s%s", i ? " or " : "", option->choices[i]);
    ui_error("--%s: '%s' is not %s", option->name, value, expected);
    return false;
}

static bool too_many(const struct option *option, int most)
{
    ui_error("--%s may be given %d times at most", option->name, most);
    return false;
}

static bool set_value(const struct option *option, const char *value, struct args *out)
{
    void *field = (char *)out + option->offset;
    struct boxes *boxes = field;
    struct texts *texts = field;
    double number = 0;
    bool good = true;

    switch (option->type) {
    case OPTION_FLAG:
        *(bool *)field = true;
        break;
    case OPTION_TEXT: case OPTION_FILE: case OPTION_DIR:
        *(const char **)field = value;
        break;
    case OPTION_TEXTS:
        if (texts->n == MAX_TEXTS)
            return too_many(option, MAX_TEXTS);
        texts->at[texts->n++] = value;
        break;
    case OPTION_INT:
        good = read_int(value, field) && (double)*(int64_t *)field >= option->min &&
               (double)*(int64_t *)field <= option->max;
        break;
    case OPTION_REAL:
        good = read_number(value, &number) && number >= option->min && number <= option->max;
        *(double *)field = number;
        break;
    case OPTION_SIZE:
        good = read_size(value, field) && (double)*(int64_t *)field >= option->min &&
               (double)*(int64_t *)field <= option->max;
        break;
    case OPTION_TIME:
        good = sc_parse_time(value, field) && (double)*(int64_t *)field >= option->min * 1e6 &&
               (double)*(int64_t *)field <= option->max * 1e6;
        break;
    case OPTION_CHOICE:
        good = read_choice(value, option, field);
        break;
    case OPTION_BOX:
        good = read_box(value, field);
        break;
    case OPTION_BOXES:
        if (boxes->n == MAX_BOXES)
            return too_many(option, MAX_BOXES);
        good = read_box(value, &boxes->at[boxes->n]);
        boxes->n += good;
        break;
    case OPTION_COLOUR:
        good = read_colour(value, field);
        break;
    }
    return good || bad_value(option, value);
}

/* argv[*at] is "--name" or "--name=value"; *at moves on if the value is the next word. */
static bool parse_long(const struct command *command, int n, char **argv, int *at, struct args *out)
{
    const char *name = argv[*at] + 2, *value = strchr(name, '=');
    size_t size = value ? (size_t)(value - name) : strlen(name);
    const struct option *option = find_option(command, name, size, 0);

    if (!option)
        return unknown_option(command, name, size);
    if (option->type == OPTION_FLAG && value) {
        ui_error("--%s takes no value", option->name);
        return false;
    }
    if (value)
        value++;
    else if (option->type != OPTION_FLAG) {
        if (*at + 1 >= n) {
            ui_error("--%s needs a value: --%s %s", option->name, option->name, option->argument);
            return false;
        }
        value = argv[++*at];
    }
    return set_value(option, value, out);
}

/* argv[*at] is "-q", "-qo" or "-oDIR". */
static bool parse_letters(const struct command *command, int n, char **argv, int *at, struct args *out)
{
    const char *p;

    for (p = argv[*at] + 1; *p; p++) {
        const struct option *option = find_option(command, NULL, 0, *p);

        if (!option) {
            ui_error("unknown option '-%c'; 'seechange %s --help' lists them", *p, command->name);
            return false;
        }
        if (option->type == OPTION_FLAG) {
            if (!set_value(option, NULL, out))
                return false;
            continue;
        }
        if (!p[1] && *at + 1 >= n) {
            ui_error("-%c needs a value: -%c %s", *p, *p, option->argument);
            return false;
        }
        return set_value(option, p[1] ? p + 1 : argv[++*at], out);
    }
    return true;
}

static bool count_operands(const struct command *command, const struct args *args)
{
    if (args->help)
        return true;
    if (args->n_operands < command->min_operands)
        ui_error("%s needs %s; 'seechange %s --help' tells more", command->name, command->operands, command->name);
    else if (command->max_operands >= 0 && args->n_operands > command->max_operands)
        ui_error("%s takes only %s, and '%s' is one more (quote words that belong together)", command->name,
                 *command->operands ? command->operands : "options", args->operands[command->max_operands]);
    else
        return true;
    return false;
}

bool parse_args(const struct command *command, int n, char **argv, struct args *out)
{
    bool only_operands = false;
    int i;

    args_init(out);
    if (!(out->operands = calloc((size_t)n + 1, sizeof(*out->operands)))) {
        ui_error("not enough memory");
        return false;
    }
    for (i = 0; i < n; i++) {
        if (only_operands || argv[i][0] != '-' || !argv[i][1])
            out->operands[out->n_operands++] = argv[i];
        else if (!strcmp(argv[i], "--"))
            only_operands = true;
        else if (argv[i][1] == '-' ? !parse_long(command, n, argv, &i, out)
                                   : !parse_letters(command, n, argv, &i, out))
            return false;
    }
    return count_operands(command, out);
}

void args_dispose(struct args *args)
{
    free(args->operands);
    args->operands = NULL;
    args->n_operands = 0;
}
