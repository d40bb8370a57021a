/* Golden files. */
#include "tests/kit/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *read_all(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    long size;

    if (!f)
        return NULL;
    if (!fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET) &&
        (text = calloc(1, (size_t)size + 1)) && fread(text, 1, (size_t)size, f) != (size_t)size) {
        free(text);
        text = NULL;
    }
    fclose(f);
    return text;
}

static void show_difference(const char *name, const char *expected, const char *text)
{
    int line = 1;
    size_t i, start = 0;

    for (i = 0; expected[i] && expected[i] == text[i]; i++) {
        if (expected[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    print_error("golden/%s, line %d:\n- %.*s\n+ %.*s\n", name, line, (int)strcspn(expected + start, "\n"),
                expected + start, (int)strcspn(text + start, "\n"), text + start);
}

void golden_check(const char *name, const char *text)
{
    const char *tests = getenv("TESTS"), *update = getenv("UPDATE");
    char path[4096], *expected;
    FILE *f;

    snprintf(path, sizeof path, "%s/golden/%s", tests ? tests : "tests", name);
    if (update && *update) {
        f = fopen(path, "wb");
        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
        return;
    }
    expected = read_all(path);
    if (!expected)
        print_error("no %s; make check UPDATE=1 writes it\n", path);
    assert_non_null(expected);
    if (strcmp(expected, text)) {
        show_difference(name, expected, text);
        free(expected);
        assert_true(!"golden file differs");
        return;
    }
    free(expected);
}
