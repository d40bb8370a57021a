/* Break a text that arrives in pieces into lines of a terminal. */
#include "ui-cli/wrap.h"

#include <string.h>

#include "ui-cli/visible.h"

static void put(struct wrap *w, const char *text, size_t size)
{
    if (w->into)
        fwrite(text, 1, size, w->into);
    else
        ui_write(w->ui, text, size);
}

static void print_word(struct wrap *w)
{
    if (!w->n_word)
        return;
    if (w->width && w->column && w->column + w->spaces + w->word_columns > w->width) {
        put(w, "\n", 1);
        w->column = w->spaces = 0;
    }
    for (w->column += w->spaces; w->spaces; w->spaces--)
        put(w, " ", 1);
    put(w, w->word, w->n_word);
    w->column += w->word_columns;
    w->word_columns = 0;
    w->n_word = 0;
}

static void add_step(struct wrap *w, const char *step, int columns)
{
    size_t n = strlen(step);

    if (w->n_word + n > sizeof(w->word) || (w->width && w->word_columns + columns > w->width))
        print_word(w);
    memcpy(w->word + w->n_word, step, n);
    w->n_word += n;
    w->word_columns += columns;
}

/* How many bytes the character that begins with this byte needs. */
static size_t needed(char first)
{
    unsigned char c = (unsigned char)first;

    return c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
}

static size_t take(struct wrap *w, const char *text, size_t size)
{
    char step[VISIBLE_SIZE];
    int columns;
    size_t taken;

    if (*text == '\n') {
        print_word(w);
        put(w, "\n", 1);
        w->column = w->spaces = 0;
        return 1;
    }
    if (*text == ' ' || *text == '\t') {
        print_word(w);
        w->spaces += *text == '\t' ? 4 : 1;
        return 1;
    }
    taken = visible_step(text, size, step, &columns);
    add_step(w, step, columns);
    return taken;
}

void wrap_text(struct wrap *w, const char *text, size_t size)
{
    while (size && w->n_rest) {
        w->rest[w->n_rest++] = *text++;
        size--;
        if (w->n_rest >= needed(w->rest[0])) {
            size_t at = 0;

            while (at < w->n_rest)
                at += take(w, w->rest + at, w->n_rest - at);
            w->n_rest = 0;
        }
    }
    while (size) {
        size_t taken;

        if (needed(*text) > size) {
            memcpy(w->rest, text, size);
            w->n_rest = size;
            break;
        }
        taken = take(w, text, size);
        text += taken;
        size -= taken;
    }
    if (!w->width)
        print_word(w);
    if (!w->into)
        ui_flush(w->ui);
}

void wrap_end(struct wrap *w)
{
    size_t at = 0;

    while (at < w->n_rest)
        at += take(w, w->rest + at, w->n_rest - at);
    w->n_rest = 0;
    print_word(w);
    if (w->column)
        put(w, "\n", 1);
    w->column = w->spaces = 0;
}
