/* Editing one line of UTF-8. */
#include "ui-tui/prompt.h"

#include <stdlib.h>
#include <string.h>

void prompt_begin(struct prompt *p, const struct action *a, const char *text)
{
    p->action = a;
    p->size = strlen(text) < PROMPT_BYTES ? strlen(text) : 0;
    memcpy(p->text, text, p->size);
    p->text[p->size] = '\0';
    p->at = p->size;
    p->n_tabs = 0;
    p->back = 0;
}

static bool is_inside(const struct prompt *p, size_t at) { return ((unsigned char)p->text[at] & 0xC0) == 0x80; }

static size_t before(const struct prompt *p, size_t at)
{
    while (at > 0 && is_inside(p, --at))
        ;
    return at;
}

static size_t after(const struct prompt *p, size_t at)
{
    if (at < p->size)
        at++;
    while (at < p->size && is_inside(p, at))
        at++;
    return at;
}

static void cut(struct prompt *p, size_t from, size_t to)
{
    memmove(p->text + from, p->text + to, p->size - to + 1);
    p->size -= to - from;
    p->at = from;
}

static void insert(struct prompt *p, const char *text)
{
    const size_t n = strlen(text);

    if (p->size + n >= PROMPT_BYTES)
        return;
    memmove(p->text + p->at + n, p->text + p->at, p->size - p->at + 1);
    memcpy(p->text + p->at, text, n);
    p->size += n;
    p->at += n;
}

static void set(struct prompt *p, const char *text)
{
    p->size = p->at = 0;
    p->text[0] = '\0';
    insert(p, text);
}

/* The next command that begins with what was typed. */
static void complete(struct prompt *p, const char *view)
{
    const struct action *a;

    if (p->action->id != ACT_COMMAND)
        return;
    if (!p->n_tabs)
        strcpy(p->stem, p->text);
    if (strchr(p->stem, ' '))
        return;
    a = action_completes(view, p->stem, p->n_tabs);
    if (!a && p->n_tabs)
        a = action_completes(view, p->stem, p->n_tabs = 0);
    if (!a)
        return;
    p->n_tabs++;
    set(p, a->name);
    if (a->argument)
        insert(p, " ");
}

static void recall(struct prompt *p, int by)
{
    if (p->action->id != ACT_COMMAND || p->back + by < 0 || p->back + by > p->n_history)
        return;
    p->back += by;
    set(p, p->back ? p->history[p->n_history - p->back] : "");
}

static void remember(struct prompt *p)
{
    char *copy = p->action->id == ACT_COMMAND && p->size ? strdup(p->text) : NULL;

    if (!copy)
        return;
    if (p->n_history == PROMPT_HISTORY) {
        free(p->history[0]);
        memmove(p->history, p->history + 1, (PROMPT_HISTORY - 1) * sizeof *p->history);
        p->n_history--;
    }
    p->history[p->n_history++] = copy;
}

static size_t word_start(const struct prompt *p)
{
    size_t at = p->at;

    while (at > 0 && p->text[at - 1] == ' ')
        at--;
    while (at > 0 && p->text[at - 1] != ' ')
        at--;
    return at;
}

enum prompt_result prompt_key(struct prompt *p, const char *view, const char *key)
{
    const bool is_tab = !strcmp(key, "Tab");

    if (is_tab) {
        complete(p, view);
        return PROMPT_CHANGED;
    }
    p->n_tabs = 0;
    if (!strcmp(key, "Enter")) {
        remember(p);
        return PROMPT_DONE;
    }
    if (!strcmp(key, "Esc") || !strcmp(key, "^C") || (!strcmp(key, "Backspace") && !p->size))
        return PROMPT_GIVEN_UP;
    if (!strcmp(key, "Backspace"))
        cut(p, before(p, p->at), p->at);
    else if (!strcmp(key, "Delete") || !strcmp(key, "^D"))
        cut(p, p->at, after(p, p->at));
    else if (!strcmp(key, "^U"))
        cut(p, 0, p->at);
    else if (!strcmp(key, "^K"))
        cut(p, p->at, p->size);
    else if (!strcmp(key, "^W"))
        cut(p, word_start(p), p->at);
    else if (!strcmp(key, "Left"))
        p->at = before(p, p->at);
    else if (!strcmp(key, "Right"))
        p->at = after(p, p->at);
    else if (!strcmp(key, "Home") || !strcmp(key, "^A"))
        p->at = 0;
    else if (!strcmp(key, "End") || !strcmp(key, "^E"))
        p->at = p->size;
    else if (!strcmp(key, "Up") || !strcmp(key, "^P"))
        recall(p, 1);
    else if (!strcmp(key, "Down") || !strcmp(key, "^N"))
        recall(p, -1);
    else if (!strcmp(key, "Space"))
        insert(p, " ");
    else if ((unsigned char)key[0] >= 0x80 || !key[1])
        insert(p, key);
    return PROMPT_CHANGED;
}

void prompt_end(struct prompt *p) { p->action = NULL; }

void prompt_dispose(struct prompt *p)
{
    while (p->n_history)
        free(p->history[--p->n_history]);
}
