/* Where keys come from, who may read them, and what the worker gets to see of the environment. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "tests/kit/check.h"

#include "client/key.h"
#include "worker/environment.h"

#define SECRET "sk-4711-never-shown"

static char path[] = "/tmp/seechange-keys-XXXXXX";

static void write_file(const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fputs(text, f) < 0, 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void finds(const struct service *service, const char *want)
{
    struct sc_error err = { 0 };
    struct key *key;

    if (key_find(service, path, NULL, &key, &err))
        fail_msg("%s", err.text);
    if (want)
        assert_string_equal(key_text(key), want);
    else
        assert_null(key_text(key));
    key_close(&key);
    assert_null(key);
}

static void refuses(const struct service *service, enum sc_status code, const char *why)
{
    struct sc_error err = { 0 };
    struct key *key;

    assert_int_equal(key_find(service, path, NULL, &key, &err), code);
    if (!strstr(err.text, why) || strstr(err.text, SECRET))
        fail_msg("%s", err.text);
    assert_null(key);
}

static void reads_the_line_of_the_service(void **state)
{
    static const struct { const char *file, *want; } cases[] = {
        { "openai = " SECRET "\n", SECRET },
        { "openai=" SECRET, SECRET },
        { "# openai = no\n\n  \nopenai2 = no\ngroq = no\nopenai \t=\t" SECRET " \r\n", SECRET },
        { "openai = a=b=\n", "a=b=" },
        { "groq = no\n", NULL },
        { "openai =\n", NULL },
        { "", NULL },
    };
    const struct service openai = { .name = "openai" };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(cases[i].file, 0600);
        finds(&openai, cases[i].want);
    }
    unlink(path);
    finds(&openai, NULL);
}

static void refuses_a_file_that_others_can_read(void **state)
{
    static const mode_t modes[] = { 0644, 0640, 0604, 0620, 0601 };
    const struct service openai = { .name = "openai", .key_variable = "TEST_KEY" };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_file("openai = " SECRET "\n", modes[i]);
        refuses(&openai, SC_ERR_INVALID, ": chmod 600 it");
    }
    setenv("TEST_KEY", "x", 1);
    finds(&openai, "x"); /* the file is not looked at then */
    unsetenv("TEST_KEY");
    write_file("openai " SECRET "\n", 0600);
    refuses(&openai, SC_ERR_INVALID, "' line 1: write it as SERVICE = KEY");
    write_file("", 0600);
    assert_int_equal(truncate(path, 1 << 20), 0);
    refuses(&openai, SC_ERR_INVALID, "has more than 65536 bytes");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    refuses(&openai, SC_ERR_INVALID, "is no file");
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    refuses(&openai, SC_ERR_INVALID, "is no file");
    unlink(path);
}

static void runs_the_command(void **state)
{
    const struct service fine = { .name = "mine", .key_command = "echo ' " SECRET "'; echo more" };
    const struct service fails = { .name = "mine", .key_command = "printf %s $X; exit 3" };
    const struct service silent = { .name = "mine", .key_command = "true" };
    const struct service hangs = { .name = "mine", .key_command = "exec sleep 30" };
    const struct service endless = { .name = "mine", .key_command = "yes | tr -d '\\n'" };
    atomic_bool cancel = true;
    struct key *key;

    (void)state;
    unlink(path);
    setenv("X", SECRET, 1);
    finds(&fine, SECRET);
    refuses(&fails, SC_ERR_IO, "service 'mine': the key_command 'printf %s $X; exit 3' failed");
    refuses(&silent, SC_ERR_IO, "service 'mine': the key_command 'true' printed nothing");
    refuses(&endless, SC_ERR_IO, "failed");
    assert_int_equal(key_find(&hangs, NULL, &cancel, &key, NULL), SC_ERR_CANCELLED);
    unsetenv("X");
}

static void the_environment_wins_and_the_file_comes_before_the_command(void **state)
{
    const struct service mine = { .name = "mine", .key_variable = "TEST_KEY", .key_command = "echo from-command" };

    (void)state;
    write_file("mine = from-file\n", 0600);
    setenv("TEST_KEY", "from-environment", 1);
    finds(&mine, "from-environment");
    setenv("TEST_KEY", "", 1);
    finds(&mine, "from-file");
    unlink(path);
    finds(&mine, "from-command");
    unsetenv("TEST_KEY");
}

static void pairs_of_aws_are_for_rows_that_sign(void **state)
{
    const struct service signs = { .name = "bedrock", .key_variable = "TEST_KEY", .sign = "bedrock" };
    const struct service other = { .name = "other", .key_variable = "TEST_KEY" };

    (void)state;
    unlink(path);
    setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
    finds(&signs, NULL);
    setenv("AWS_SECRET_ACCESS_KEY", SECRET, 1);
    unsetenv("AWS_SESSION_TOKEN");
    finds(&signs, "AKID:" SECRET);
    finds(&other, NULL);
    setenv("AWS_SESSION_TOKEN", "token", 1);
    finds(&signs, "AKID:" SECRET ":token");
    setenv("TEST_KEY", "bearer", 1);
    finds(&signs, "bearer");
    unsetenv("TEST_KEY");
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("AWS_SESSION_TOKEN");
}

/* The pages of a key have "dd" (not dumped) among their flags. */
static void keeps_keys_out_of_core_files(void **state)
{
    const struct service mine = { .name = "mine", .key_command = "echo " SECRET };
    unsigned long first, last;
    struct key *key;
    char line[1024];
    bool here = false, found = false;
    FILE *maps;

    (void)state;
    assert_int_equal(key_find(&mine, NULL, NULL, &key, NULL), SC_OK);
    maps = fopen("/proc/self/smaps", "r");
    if (!maps)
        skip();
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx ", &first, &last) == 2)
            here = (unsigned long)key_text(key) >= first && (unsigned long)key_text(key) < last;
        if (here && !strncmp(line, "VmFlags:", 8))
            found = strstr(line, " dd") != NULL;
    }
    fclose(maps);
    assert_true(found);
    key_close(&key);
}

static void the_worker_sees_no_keys(void **state)
{
    static const struct { const char *variable; bool passes, passes_live; } cases[] = {
        { "LD_LIBRARY_PATH=/lib", true, true }, { "ASAN_OPTIONS=x", true, true }, { "https_proxy=http://p", false, true },
        { "SSL_CERT_FILE=/c", false, true }, { "PATH=/bin", false, false }, { "HOME=/h", false, false },
        { "LC_ALL=C", false, false }, { "OPENAI_API_KEY=x", false, false }, { "SEECHANGE_API_KEY=x", false, false },
        { "AWS_SECRET_ACCESS_KEY=x", false, false }, { "HF_TOKEN=x", false, false }, { "GITHUB_TOKEN=x", false, false },
        { "MY_OWN=x", false, false }, { "=x", false, false }, { "", false, false },
    };
    char *all[] = { "A_KEY=1", "LD_A=1", "B=2", "no_proxy=x", NULL };
    char **file = environment_for_worker(all, false), **live = environment_for_worker(all, true);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        if (environment_may_pass(cases[i].variable, false) != cases[i].passes ||
            environment_may_pass(cases[i].variable, true) != cases[i].passes_live)
            fail_msg("%s", cases[i].variable);
    assert_string_equal(file[0], "LD_A=1");
    assert_null(file[1]);
    assert_string_equal(live[1], "no_proxy=x");
    assert_null(live[2]);
    free(file);
    free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_line_of_the_service),
        cmocka_unit_test(refuses_a_file_that_others_can_read),
        cmocka_unit_test(runs_the_command),
        cmocka_unit_test(the_environment_wins_and_the_file_comes_before_the_command),
        cmocka_unit_test(pairs_of_aws_are_for_rows_that_sign),
        cmocka_unit_test(keeps_keys_out_of_core_files),
        cmocka_unit_test(the_worker_sees_no_keys),
    };
    int fd = mkstemp(path), failed;

    if (fd < 0)
        return 1;
    close(fd);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
