/* A worker that crashes, hangs, lies or was taken over costs its video and nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kit/check.h"
#include "worker/worker.h"

static struct confined what_holds;

static struct worker *start(int64_t stall_us)
{
    struct worker_settings settings = { .stall_us = stall_us, .memory_bytes = (int64_t)256 << 20 };
    struct sc_error err = { 0 };
    struct worker *w = NULL;
    char program[4096];

    snprintf(program, sizeof program, "%s/tests/tools/rogue", getenv("O") ? getenv("O") : "build");
    settings.program = program;
    assert_int_equal(worker_open(&w, &settings, &err), SC_OK);
    if (worker_start(w, &what_holds, &err))
        fail_msg("%s", err.text);
    return w;
}

static enum sc_status open_input(struct worker *w, const char *path, struct sc_error *err)
{
    struct sc_source source = { .path = path };
    struct sc_info info;
    enum sc_status s = worker_open_input(w, 0, &source, &info, err);

    sc_info_dispose(&info);
    return s;
}

struct row { const char *path, *words; };

/* Each fails with its words, and the next input has a worker again. */
static void all_fail(struct worker *w, const struct row *rows, size_t n, enum sc_status status)
{
    size_t i;

    for (i = 0; i < n; i++) {
        struct sc_error err = { 0 };
        enum sc_status s = open_input(w, rows[i].path, &err);

        if (s != status || !strstr(err.text, rows[i].words))
            fail_msg("%s: %d, '%s'", rows[i].path, s, err.text);
        if (open_input(w, "good", &err))
            fail_msg("after %s: %s", rows[i].path, err.text);
    }
}

static void a_crash_is_told_with_its_place(void **state)
{
    static const struct row rows[] = {
        { "crash", "decoder crashed (SIGSEGV) at 00:12.300 on 'crash'" },
        { "abort", "decoder crashed (SIGABRT) on 'abort'" },
        { "exit", "ended (exit status 7) on 'exit'" },
        { "new\nline/crash", "on 'new\\x0aline/crash'" },
    };
    struct worker *w = start(0);

    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    all_fail(w, rows + 2, 1, SC_ERR_CRASHED); /* a sanitizer makes an exit of a crash */
#else
    all_fail(w, rows, sizeof rows / sizeof *rows, SC_ERR_CRASHED);
#endif
    worker_close(&w);
}

static void a_forbidden_call_is_told(void **state)
{
    static const struct row rows[] = { { "socket", "it tried what no decoder may (socket)" } };
    struct worker *w = start(0);

    (void)state;
    if (what_holds.seccomp && !*what_holds.why_not)
        all_fail(w, rows, 1, SC_ERR_CRASHED);
    worker_close(&w);
    if (!what_holds.seccomp || *what_holds.why_not)
        skip();
}

static void memory_ends_at_its_limit(void **state)
{
    static const struct row rows[] = { { "memory", "decoder crashed (SIGSEGV)" } };
    struct worker *w = start(0);

    (void)state;
    if (what_holds.memory)
        all_fail(w, rows, 1, SC_ERR_CRASHED);
    worker_close(&w);
    if (!what_holds.memory)
        skip();
}

static void a_hang_ends_after_the_stall_time(void **state)
{
    static const struct row rows[] = {
        { "hang", "decoder made no progress for 1 s at 00:01.000 on 'hang'; --stall waits longer" },
        { "spin", "decoder made no progress for 1 s on 'spin'" },
        { "trickle", "decoder made no progress for 1 s on 'trickle'" },
    };
    struct worker *w = start(1000000);

    (void)state;
    all_fail(w, rows, sizeof rows / sizeof *rows, SC_ERR_LIMIT);
    worker_close(&w);
}

static void lies_end_the_worker(void **state)
{
    static const struct row rows[] = {
        { "huge-frame", "misbehaved on 'huge-frame': message of 4294967295 bytes" },
        { "half-frame", "ended (exit status 0) on 'half-frame'" },
        { "unknown", "misbehaved on 'unknown': malformed message 61166" },
        { "lying-info", "misbehaved on 'lying-info': malformed message 103" },
    };
    struct worker *w = start(0);
    struct sc_error err = { 0 };

    (void)state;
    all_fail(w, rows, sizeof rows / sizeof *rows, SC_ERR_CRASHED);
    assert_int_equal(open_input(w, "no-info", &err), SC_ERR_CRASHED);
    assert_non_null(strstr(err.text, "the worker said nothing about 'no-info'"));
    worker_close(&w);
}

static void what_only_the_parent_may_say_is_not_believed(void **state)
{
    static const struct row rows[] = {
        { "cancelled", "it says that it was cancelled" },
        { "not-started", "it says that it did not start" },
        { "no-service", "it says that a service refused" },
        { "success", "it fails with success" },
    };
    struct worker *w = start(0);

    (void)state;
    all_fail(w, rows, sizeof rows / sizeof *rows, SC_ERR_CRASHED);
    worker_close(&w);
}

static void nothing_but_what_was_named_is_opened(void **state)
{
    static const struct row refused[] = {
        { "ask-password", "the worker asked for a file that is none of its business" },
        { "ask-dots", "none of its business" },
        { "ask-entry", "no picture 0 there" },
        { "ask-files", "more than 8 temporary files" },
        { "ask-itself", "can't open 'ask-itself': No such file or directory" },
    };
    struct worker *w = start(0);
    struct sc_error err = { 0 };
    FILE *f;
    size_t i;

    (void)state;
    unlink("ask-itself");
    for (i = 0; i < sizeof refused / sizeof *refused; i++) {
        open_input(w, refused[i].path, &err);
        if (!strstr(err.text, refused[i].words))
            fail_msg("%s: '%s'", refused[i].path, err.text);
    }
    f = fopen("ask-itself", "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(open_input(w, "ask-itself", &err), SC_ERR_FORMAT);
    assert_string_equal(err.text, "given");
    unlink("ask-itself");
    worker_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_is_told_with_its_place),
        cmocka_unit_test(a_forbidden_call_is_told),
        cmocka_unit_test(memory_ends_at_its_limit),
        cmocka_unit_test(a_hang_ends_after_the_stall_time),
        cmocka_unit_test(lies_end_the_worker),
        cmocka_unit_test(what_only_the_parent_may_say_is_not_believed),
        cmocka_unit_test(nothing_but_what_was_named_is_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
