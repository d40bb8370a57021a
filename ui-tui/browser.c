/* Views, keys and commands brought together. */
#include "ui-tui/browser.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ui-tui/captioning.h"
#include "ui-tui/catalogue.h"
#include "ui-tui/view.h"

#define LEAST_COLS 60
#define LEAST_ROWS 15
#define MAX_COUNT 99999

/* ---- words ---- */

void browser_say(struct browser *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(b->message, sizeof b->message, format, args);
    va_end(args);
    b->message_is_bad = false;
    b->is_dirty = true;
}

void browser_fail(struct browser *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(b->message, sizeof b->message, format, args);
    va_end(args);
    b->message_is_bad = true;
    b->is_dirty = true;
}

/* ---- views ---- */

struct view *browser_view(const struct browser *b) { return b->depth ? b->stack[b->depth - 1] : NULL; }

void browser_go(struct browser *b, const struct request *r)
{
    struct view *v = NULL;
    int i;

    if (b->depth == MAX_DEPTH) {
        browser_fail(b, "too many views are open; 'back' closes one");
        return;
    }
    for (i = 0; views[i]; i++)
        if (!strcmp(views[i]->name, r->view))
            v = views[i]->open(b, r);
    if (!v) {
        browser_fail(b, "not enough memory");
        return;
    }
    b->stack[b->depth++] = v;
    b->is_dirty = true;
}

void browser_back(struct browser *b)
{
    struct view *v = browser_view(b);

    if (!v)
        return;
    b->depth--;
    v->ops->close(v);
    b->quit = b->quit || !b->depth;
    b->is_dirty = true;
}

struct film *browser_film(struct browser *b, const char *path)
{
    const struct tui_settings *s = b->settings;
    struct film **more;
    struct film *f;
    int i;

    for (i = 0; i < b->n_films; i++)
        if (!strcmp(b->films[i]->source.path, path))
            return b->films[i];
    more = realloc(b->films, (size_t)(b->n_films + 1) * sizeof *more);
    if (!more)
        return NULL;
    b->films = more;
    f = film_open(b->jobs, &s->source, &s->look, &s->ask, path);
    if (f)
        b->films[b->n_films++] = f;
    return f;
}

/* ---- actions ---- */

static void cancel(struct browser *b)
{
    bool any = captioning_refuse(b);

    any = jobs_cancel(b->jobs, LANE_ASK) || any;
    any = jobs_cancel(b->jobs, LANE_LOOK) || any;
    any = jobs_cancel(b->jobs, LANE_CAPTION) || any;
    any = jobs_cancel(b->jobs, LANE_ASIDE) || any;
    if (any)
        browser_say(b, "stopped");
    else
        browser_say(b, "nothing goes on; 'back' leaves this view");
}

static void search(struct browser *b, const char *words, int direction)
{
    struct view *v = browser_view(b);

    if (v->ops->typing) {
        v->ops->typing(v, words ? words : "");
        return;
    }

    if (words && *words)
        snprintf(b->sought, sizeof b->sought, "%s", words);
    if (!*b->sought)
        browser_fail(b, "nothing was searched for yet");
    else if (!v->ops->search)
        browser_fail(b, "there is nothing to search here");
    else if (!v->ops->search(v, b->sought, direction))
        browser_fail(b, "not found: %s", b->sought);
}

/* What every view has in common. */
static bool act_here(struct browser *b, const struct action *a, int count, const char *argument)
{
    switch (a->id) {
    case ACT_HELP: {
        struct request r = { .view = "help", .time_us = -1 };

        if (strcmp(browser_view(b)->ops->name, "help") != 0)
            browser_go(b, &r);
        return true;
    }
    case ACT_BACK:
        for (count = count ? count : 1; count > 0 && b->depth; count--)
            browser_back(b);
        return true;
    case ACT_QUIT:
        b->quit = true;
        return true;
    case ACT_CANCEL:
        cancel(b);
        return true;
    case ACT_REDRAW:
        if (b->screen)
            screen_spoil(b->screen);
        return true;
    case ACT_SUSPEND:
        if (b->screen)
            screen_suspend(b->screen);
        return true;
    case ACT_SEARCH:
        search(b, argument, 0);
        return true;
    case ACT_NEXT_MATCH:
        search(b, NULL, 1);
        return true;
    case ACT_PREVIOUS_MATCH:
        search(b, NULL, -1);
        return true;
    default:
        return false;
    }
}

void browser_act(struct browser *b, const struct action *a, int count, const char *argument)
{
    struct view *v = browser_view(b);

    b->is_dirty = true;
    if (!v || act_here(b, a, count, argument) || (v->ops->act && v->ops->act(v, a, count, argument)))
        return;
    browser_fail(b, "'%s' means nothing here", a->name);
}

/* A key that needs words asks for them first. */
static void begin_action(struct browser *b, const struct action *a, int count)
{
    if (a->id == ACT_COMMAND || (a->prompt && !(a->id == ACT_CAPTION && b->captioning->state == CAPTIONS_PRICED)))
        prompt_begin(&b->prompt, a, "");
    else
        browser_act(b, a, count, NULL);
}

void browser_command(struct browser *b, const char *line)
{
    const char *view = browser_view(b)->ops->name;
    const struct action *a;
    char name[32];
    size_t n;
    int count = 0;

    while (*line == ' ')
        line++;
    while (isdigit((unsigned char)*line) && count < MAX_COUNT)
        count = 10 * count + (*line++ - '0');
    while (*line == ' ')
        line++;
    n = strcspn(line, " ");
    if (!*line || n >= sizeof name) {
        if (*line)
            browser_fail(b, "no such command; Tab completes");
        return;
    }
    memcpy(name, line, n);
    name[n] = '\0';
    line += n + strspn(line + n, " ");
    a = action_named(name);
    if (!a && (a = action_completes(view, name, 0)) && action_completes(view, name, 1))
        a = NULL;            /* a beginning must be of one command alone */
    if (!a || a->id == ACT_COMMAND)
        browser_fail(b, "no such command: %s; Tab completes, 'help' lists them", name);
    else if (!action_is_in(a, view))
        browser_fail(b, "'%s' means nothing here", a->name);
    else if (a->argument && a->argument[0] != '[' && !*line)
        browser_fail(b, "%s %s: it is missing", a->name, a->argument);
    else if (!a->argument && *line)
        browser_fail(b, "'%s' takes nothing after it", a->name);
    else
        browser_act(b, a, count, line);
}

static void prompt_typed(struct browser *b, const char *key)
{
    const struct action *a = b->prompt.action;
    const enum prompt_result result = prompt_key(&b->prompt, browser_view(b)->ops->name, key);
    char text[PROMPT_BYTES];

    if (result == PROMPT_GOES_ON || result == PROMPT_CHANGED) {
        if (a->id == ACT_SEARCH && browser_view(b)->ops->typing)
            browser_view(b)->ops->typing(browser_view(b), b->prompt.text);
        return;
    }
    memcpy(text, b->prompt.text, sizeof text);
    prompt_end(&b->prompt);
    if (result == PROMPT_GIVEN_UP) {
        if (a->id == ACT_SEARCH && browser_view(b)->ops->typing)
            browser_view(b)->ops->typing(browser_view(b), "");
        return;
    }
    if (a->id == ACT_COMMAND)
        browser_command(b, text);
    else if (*text || a->argument[0] == '[' || a->id == ACT_SEARCH)
        browser_act(b, a, 0, text);
}

void browser_key(struct browser *b, const char *key)
{
    const struct view *v = browser_view(b);
    const struct action *a;
    int count = b->count;

    b->is_dirty = true;
    b->message[0] = '\0';
    if (b->prompt.action) {
        prompt_typed(b, key);
        return;
    }
    if (isdigit((unsigned char)key[0]) && !key[1] && (key[0] != '0' || count)) {
        b->count = count < MAX_COUNT / 10 ? 10 * count + (key[0] - '0') : count;
        return;
    }
    b->count = 0;
    a = bindings_find(&b->config.keys, v->ops->name, key);
    if (a)
        begin_action(b, a, count);
    else
        browser_say(b, "'%s' does nothing here; ? lists all keys", key);
}

/* ---- drawing ---- */

static void draw_last_line(struct browser *b)
{
    const struct area all = screen_all(b->screen);
    const int row = all.rows - 1;
    const struct prompt *p = &b->prompt;
    char before[PROMPT_BYTES];
    int col;

    if (p->action) {
        col = screen_text(b->screen, row, 0, all.cols, STYLE_STRONG, p->action->prompt ? p->action->prompt : ":");
        memcpy(before, p->text, p->at);
        before[p->at] = '\0';
        screen_text(b->screen, row, col, all.cols - col, STYLE_PLAIN, p->text);
        screen_cursor(b->screen, row, col + screen_text(b->screen, row, col, all.cols - col, STYLE_PLAIN, before));
    } else if (*b->message) {
        screen_text(b->screen, row, 0, all.cols - 1, b->message_is_bad ? STYLE_BAD : STYLE_PLAIN, b->message);
    } else if (b->captioning->state) {
        captioning_words(b, before, sizeof before);
        screen_text(b->screen, row, 0, all.cols - 9, b->captioning->priced ? STYLE_WARN : STYLE_GOOD, before);
    } else {
        screen_text(b->screen, row, 0, all.cols - 9, STYLE_DIM, "? all keys   q back   : commands");
    }
    if (b->count)
        screen_print(b->screen, row, all.cols - 8, 7, STYLE_STRONG, "%7d", b->count);
}

void browser_refresh(struct browser *b)
{
    if (!b->catalogue || !b->captioning->is_news || b->catalogue->is_busy)
        return;
    b->captioning->is_news = false;
    catalogue_refresh(b->catalogue);
}

void browser_draw(struct browser *b)
{
    const struct area all = screen_all(b->screen);
    struct view *v = browser_view(b);

    if (!v)
        return;
    browser_refresh(b);
    screen_begin(b->screen);
    if (all.rows < LEAST_ROWS || all.cols < LEAST_COLS) {
        screen_print(b->screen, all.rows / 2, 0, all.cols, STYLE_STRONG, "%dx%d is too small; %dx%d will do", all.cols,
                     all.rows, LEAST_COLS, LEAST_ROWS);
    } else {
        v->ops->draw(v, b->screen, (struct area){ 0, 0, all.rows - 1, all.cols });
        draw_last_line(b);
    }
    screen_end(b->screen);
    gallery_flush(b->gallery);
    b->is_dirty = false;
}

/* ---- begin and end ---- */

/* Said before the screen is there, since it would only say the same. Patterns and addresses are the library's. */
static enum sc_status check_path(const char *path, struct sc_error *err)
{
    struct stat st;

    if (!strcmp(path, "-")) {
        snprintf(err->text, sizeof err->text, "standard input is for keys; browse needs a file");
        return err->code = SC_ERR_INVALID;
    }
    if (strstr(path, "://") || strpbrk(path, "*?[%") || !stat(path, &st))
        return SC_OK;
    snprintf(err->text, sizeof err->text, "can't open '%s': %s", path, strerror(errno));
    return err->code = SC_ERR_IO;
}

static bool open_first(struct browser *b, struct sc_error *err)
{
    struct request r = { .view = "video", .time_us = -1 };

    if (catalogue_suits(b->settings->paths[0])) {
        r.view = "archive";
        r.catalogue = b->catalogue = catalogue_open(b->jobs, b->settings->paths[0]);
    } else {
        r.film = browser_film(b, b->settings->paths[0]);
    }
    if (r.film || r.catalogue)
        browser_go(b, &r);
    if (b->depth)
        return true;
    err->code = SC_ERR_NOMEM;
    snprintf(err->text, sizeof err->text, "not enough memory");
    return false;
}

static enum sc_status open_screen(struct browser *b, struct sc_error *err)
{
    const int graphics = b->settings->graphics ? config_graphics(b->settings->graphics) : (int)b->config.graphics;
    enum sc_status s;

    if (graphics < 0) {
        snprintf(err->text, sizeof err->text, "pictures can't be shown as '%s'; try auto, none, symbols, sixel, iterm2 "
                                              "or kitty", b->settings->graphics);
        return err->code = SC_ERR_INVALID;
    }
    terminal_open(&b->terminal, (enum graphics)graphics, b->settings->no_colour);
    if ((s = screen_open(&b->screen, &b->terminal, b->config.looks, err)))
        return s;
    b->gallery = gallery_open(b->jobs, &b->terminal, &b->is_dirty);
    return b->gallery ? SC_OK : (err->code = SC_ERR_NOMEM);
}

struct browser *browser_open(const struct tui_settings *settings, struct sc_error *err)
{
    struct browser *b = calloc(1, sizeof *b);
    struct sc_settings session = { 0 };

    if (!b || !(b->captioning = calloc(1, sizeof *b->captioning))) {
        free(b);
        err->code = SC_ERR_NOMEM;
        snprintf(err->text, sizeof err->text, "not enough memory");
        return NULL;
    }
    b->settings = settings;
    if (check_path(settings->paths[0], err) || config_load(&b->config, settings->config, err) ||
        jobs_open(&b->jobs, &session, err) || (!settings->plain && open_screen(b, err)) ||
        !open_first(b, err))
        browser_close(&b);
    return b;
}

void browser_close(struct browser **out)
{
    struct browser *b = *out;
    int i;

    if (!b)
        return;
    jobs_close(&b->jobs);
    while (b->depth) {
        b->depth--;
        b->stack[b->depth]->ops->close(b->stack[b->depth]);
    }
    for (i = 0; i < b->n_films; i++)
        film_close(&b->films[i]);
    free(b->films);
    catalogue_close(&b->catalogue);
    gallery_close(&b->gallery);
    screen_close(&b->screen);
    prompt_dispose(&b->prompt);
    captioning_close(&b->captioning);
    free(b);
    *out = NULL;
}
