/* Break a text that arrives in pieces into lines of a terminal, at spaces. */
#ifndef UI_CLI_WRAP_H
#define UI_CLI_WRAP_H

#include "ui-cli/ui.h"

struct wrap {
    struct ui *ui;
    FILE *into;             /* NULL: the results of ui */
    int width;              /* columns; 0: do not break */
    int column;             /* where the cursor is */
    int spaces;             /* before the word */
    char word[1024];        /* not printed yet */
    size_t n_word;
    int word_columns;
    char rest[4];           /* the beginning of a character whose end has not come yet */
    size_t n_rest;
};

void wrap_text(struct wrap *w, const char *text, size_t size);

/* Print what is held back, and end the line if there is one. */
void wrap_end(struct wrap *w);

#endif
