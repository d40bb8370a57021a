/* The table of actions, and the keys bound to them. */
#include "ui-tui/actions.h"

#include <stdio.h>
#include <string.h>

#define MOVES "archive video answer query runs help"

const struct action actions[] = {
    { ACT_HELP, "help", "? F1", NULL, NULL, NULL, "all keys and commands" },
    { ACT_BACK, "back", "q", NULL, NULL, NULL, "back to the view before, and at last out" },
    { ACT_QUIT, "quit", "Q", NULL, NULL, NULL, "end at once" },
    { ACT_CANCEL, "cancel", "Esc ^C", NULL, NULL, NULL, "stop what goes on in the background" },
    { ACT_COMMAND, "command", ":", NULL, NULL, NULL, "type a command; Tab completes" },
    { ACT_SEARCH, "search", "/", "archive video answer runs help", "WORDS", "/",
      "search for words; in the archive as they are typed" },
    { ACT_NEXT_MATCH, "next-match", "> *", "video answer help", NULL, NULL, "the next place with these words" },
    { ACT_PREVIOUS_MATCH, "previous-match", "< #", "video answer help", NULL, NULL, "the one before" },
    { ACT_REDRAW, "redraw", "^L", NULL, NULL, NULL, "draw the screen anew" },
    { ACT_SUSPEND, "suspend", "^Z", NULL, NULL, NULL, "back to the shell; 'fg' returns" },

    { ACT_DOWN, "down", "j Down", MOVES, NULL, NULL, "one down; in a video the next event" },
    { ACT_UP, "up", "k Up", MOVES, NULL, NULL, "one up; in a video the event before" },
    { ACT_LEFT, "left", "h Left", "video", NULL, NULL, "one column of the timeline back" },
    { ACT_RIGHT, "right", "l Right", "video", NULL, NULL, "one column of the timeline on" },
    { ACT_PAGE_DOWN, "page-down", "PgDn ^F ^D Space", MOVES, NULL, NULL, "a page down; in a video a tenth on" },
    { ACT_PAGE_UP, "page-up", "PgUp ^B ^U", MOVES, NULL, NULL, "a page up; in a video a tenth back" },
    { ACT_FIRST, "first", "Home 0 ^A", MOVES, NULL, NULL, "to the beginning" },
    { ACT_LAST, "last", "End G $ ^E", MOVES, NULL, NULL, "to the end" },
    { ACT_OPEN, "open", "Enter", "archive answer query", NULL, NULL, "open the video; go to the cited moment; ask" },

    { ACT_NEXT_EVENT, "next-event", "n", "video", NULL, NULL, "the next event" },
    { ACT_PREVIOUS_EVENT, "previous-event", "p N", "video", NULL, NULL, "the event before" },
    { ACT_TIME, "time", "g", "video", "TIME", "go to: ", "go to a time: 12.5, 1:02, 1:02:03.5" },
    { ACT_COMPARE, "compare", "d Tab", "video", NULL, NULL, "before | after | where it differs; again: one picture" },
    { ACT_MORE, "more", "+ =", "video query", NULL, NULL, "more sensitive: smaller changes count" },
    { ACT_LESS, "less", "-", "video query", NULL, NULL, "less sensitive" },
    { ACT_MARK, "mark", "m", "video archive", NULL, NULL, "mark this moment or video, or take its mark away" },
    { ACT_SPAN, "span", "v", "video", NULL, NULL, "begin a span here; again: end it; once more: forget it" },
    { ACT_UNDO, "undo", "u", "video archive", NULL, NULL, "take the last change of marks back" },
    { ACT_NEXT_MARK, "next-mark", "]", "video", NULL, NULL, "the next mark" },
    { ACT_PREVIOUS_MARK, "previous-mark", "[", "video", NULL, NULL, "the mark before" },

    { ACT_ASK, "ask", "a", "video answer query", "[QUESTION]", "ask (Enter: what changed?): ",
      "ask about the span, else the marks, else the video; an answer: further" },
    { ACT_ANSWERS, "answers", "A", "video query", NULL, NULL, "what was asked before, and the answers" },
    { ACT_CAPTION, "caption", "c", "archive video", "[LANGUAGE]", "make captions in (Enter: any language): ",
      "make captions of the marked videos, or of this one, in the background" },
    { ACT_QUERY, "query", "s", "video answer", NULL, NULL, "what asking would send, and what it costs" },
    { ACT_PACK, "pack", "P", "query", "[NAME]", NULL, "the next packing, or that one" },
    { ACT_MODEL, "model", "M", "query", "NAME", "model: ", "count for another model" },
    { ACT_NEXT_LINK, "next-link", "Tab", "answer", NULL, NULL, "the next cited time" },
    { ACT_PREVIOUS_LINK, "previous-link", "BackTab", "answer", NULL, NULL, "the cited time before" },

    { ACT_PLAYER, "player", "o", "video answer", NULL, NULL, "play from here in mpv or ffplay" },
    { ACT_COPY, "copy", "y", "video answer", NULL, NULL, "copy the time, or the answer, to the clipboard" },
    { ACT_EXPORT, "export", "e", "video answer", "PATH", "write to: ",
      "write the chosen pictures (folder), sheet (.jpg .png), evidence (.json), answer (.txt .json)" },

    { ACT_SORT, "sort", "S", "archive", "[COLUMN]", NULL, "sort by the next column, or by that one" },
    { ACT_FILTER, "filter", "f", "archive", "[WHICH]", NULL, "show all, new, looked, captioned, failed" },
    { ACT_RUNS, "runs", "R", "archive", NULL, NULL, "runs of captions, and what failed" },
    { ACT_RETRY, "retry", "r", "runs", NULL, NULL, "forget failures, so that the next run tries again" },
    { ACT_REFRESH, "refresh", "F5", "archive runs", NULL, NULL, "read the catalogue again" },
    { ACT_NONE, NULL, NULL, NULL, NULL, NULL, NULL }
};

/* Whether word is among the words of list. */
static bool has_word(const char *list, const char *word)
{
    const size_t n = strlen(word);
    const char *at = list;

    while ((at = strstr(at, word))) {
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
        at += n;
    }
    return false;
}

bool action_is_in(const struct action *a, const char *view) { return !a->views || has_word(a->views, view); }

const struct action *action_named(const char *name)
{
    const struct action *a;

    for (a = actions; a->id; a++)
        if (!strcmp(a->name, name))
            return a;
    return NULL;
}

const struct action *action_completes(const char *view, const char *word, int n)
{
    const struct action *a;

    for (a = actions; a->id; a++)
        if (action_is_in(a, view) && !strncmp(a->name, word, strlen(word)) && n-- == 0)
            return a;
    return NULL;
}

static bool add(struct bindings *b, const char *key, size_t size, const struct action *a)
{
    if (b->n >= MAX_KEYS || size >= KEY_SIZE || !size)
        return false;
    memcpy(b->rows[b->n].key, key, size);
    b->rows[b->n].key[size] = '\0';
    b->rows[b->n++].action = a;
    return true;
}

void bindings_default(struct bindings *b)
{
    const struct action *a;

    b->n = 0;
    for (a = actions; a->id; a++) {
        const char *key = a->keys;

        while (*key) {
            const size_t n = strcspn(key, " ");

            add(b, key, n, a);
            key += n + (key[n] == ' ');
        }
    }
}

const char *bindings_set(struct bindings *b, const char *key, const char *name)
{
    const struct action *a = action_named(name);
    int i, n = 0;

    if (!a && strcmp(name, "none") != 0)
        return "there is no such action; the help lists them";
    for (i = 0; i < b->n; i++)
        if (strcmp(b->rows[i].key, key) != 0)
            b->rows[n++] = b->rows[i];
    b->n = n;
    return add(b, key, strlen(key), a) ? NULL : "that is no key";
}

const struct action *bindings_find(const struct bindings *b, const char *view, const char *key)
{
    int i;

    for (i = 0; i < b->n; i++)
        if (!strcmp(b->rows[i].key, key) && (!b->rows[i].action || action_is_in(b->rows[i].action, view)))
            return b->rows[i].action;
    return NULL;
}

void bindings_keys(const struct bindings *b, const struct action *a, char *out, size_t size)
{
    size_t n = 0;
    int i;

    out[0] = '\0';
    for (i = 0; i < b->n; i++)
        if (b->rows[i].action == a && n + KEY_SIZE + 1 < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? " " : "", b->rows[i].key);
}
