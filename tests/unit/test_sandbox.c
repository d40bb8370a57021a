/* The cage: a process that locked itself in and then tries each thing that no decoder has to do fails at each. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kit/check.h"
#include "worker/serve/sandbox.h"

#define MEMORY ((int64_t)256 << 20)

extern char **environ;

/* Exit codes of the process that tries. */
enum { CAME_THROUGH = 10, FAILED = 11, NO_SANDBOX = 12 };

static struct confined what_holds; /* in this build, on this kernel, told by a first process */

/* Run attempt in a process that locked itself in. Returns its wait status, what it said in words. */
static int try_in(enum confinement_profile profile, int (*attempt)(void), char words[256])
{
    const struct confinement wanted = { profile, MEMORY };
    struct confined confined;
    int said[2], status;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(said), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        dup2(said[1], STDERR_FILENO);
        if (sandbox_enter(&wanted, &confined))
            _exit(NO_SANDBOX);
        _exit(attempt());
    }
    close(said[1]);
    n = read(said[0], words, 255);
    words[n > 0 ? n : 0] = 0;
    close(said[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int result(long value)
{
    return value < 0 ? FAILED : CAME_THROUGH;
}

/* ---- what is tried ---- */

static int open_to_read(void) { return result(open("/etc/passwd", O_RDONLY)); }
static int open_itself(void) { return result(open("/proc/self/mem", O_RDWR)); }
static int open_to_write(void) { return result(open("made", O_WRONLY | O_CREAT, 0600)); }
static int open_by_openat2(void)
{
    unsigned long long how[3] = { O_RDONLY, 0, 0 };

    return result(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof how));
}
static int look_at_a_file(void)
{
    struct stat st;

    return result(stat("/etc/passwd", &st));
}
static int read_a_link(void)
{
    char to[64];

    return result(readlink("/proc/self/exe", to, sizeof to));
}
static int make_a_folder(void) { return result(mkdir("folder", 0700)); }
static int remove_a_file(void) { return result(unlink("there")); }
static int rename_a_file(void) { return result(rename("there", "elsewhere")); }
static int link_a_file(void) { return result(link("there", "elsewhere")); }
static int change_rights(void) { return result(chmod("there", 0777)); }
static int truncate_a_file(void) { return result(truncate("there", 0)); }
static int change_folder(void) { return result(chdir("/")); }
static int mount_something(void) { return result(mount("none", "/tmp", "tmpfs", 0, NULL)); }
static int watch_files(void) { return result(inotify_init()); }
static int execute(void)
{
    char *const argv[] = { (char *)"true", NULL };

    return result(execve("/bin/true", argv, environ));
}
static int fork_a_process(void)
{
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    return pid ? result(pid) : FAILED;
}
static int fork_by_clone3(void)
{
    unsigned long long arguments[8] = { 0, 0, 0, 0, SIGCHLD };
    long pid = syscall(SYS_clone3, arguments, sizeof arguments);

    return pid ? result(pid) : FAILED;
}
static int kill_its_parent(void) { return result(kill(getppid(), 0)); }
static int kill_another(void) { return result(syscall(SYS_tgkill, 1, 1, 0)); }
static int trace_another(void) { return result(ptrace(PTRACE_ATTACH, 1, NULL, NULL)); }
static int read_another(void) { return result(syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0)); }
static int make_a_socket(void) { return result(socket(AF_INET, SOCK_STREAM, 0)); }
static int make_a_local_socket(void) { return result(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int make_a_pair(void)
{
    int pair[2];

    return result(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}
static int share_memory(void) { return result(syscall(SYS_shmget, 1, 4096, IPC_CREAT | 0600)); }
static int run_new_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? FAILED : CAME_THROUGH;
}
static int make_data_code(void)
{
    static char page[8192] __attribute__((aligned(4096)));

    return result(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}
static int leave_the_namespace(void) { return result(syscall(SYS_unshare, 0x10000000)); }
static int become_another(void) { return result(setuid(0)); }
static int change_the_host(void) { return result(sethostname("x", 1)); }
static int load_a_program(void) { return result(syscall(SYS_bpf, 0, NULL, 0)); }
static int use_keys(void) { return result(syscall(SYS_keyctl, 0, 0)); }
static int use_io_uring(void) { return result(syscall(SYS_io_uring_setup, 1, NULL)); }
static int handle_faults(void) { return result(syscall(SYS_userfaultfd, 0)); }
static int raise_its_limit(void)
{
    const struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

    return result(setrlimit(RLIMIT_NOFILE, &r));
}
static int allow_core_dumps(void) { return result(prctl(PR_SET_DUMPABLE, 1)); }
static int read_its_environment(void)
{
    return environ && *environ ? CAME_THROUGH : FAILED;
}
static int take_much_memory(void)
{
    void *volatile p = malloc((size_t)MEMORY);
    int r = p ? CAME_THROUGH : FAILED;

    free(p);
    return r;
}
static int open_many(void)
{
    int n = 0;

    while (n < 1000 && fcntl(STDERR_FILENO, F_GETFD) >= 0 && dup(STDERR_FILENO) >= 0)
        n++;
    return n < 1000 ? FAILED : CAME_THROUGH;
}

static const struct {
    const char *name;
    int (*attempt)(void);
    bool live_too;           /* a worker that speaks to the network may not either */
    bool needs_landlock;     /* in a live one */
} attempts[] = {
    { "open a file", open_to_read, false, false },
    { "open its own memory", open_itself, true, true },
    { "make a file", open_to_write, true, true },
    { "open by another call", open_by_openat2, true, false },
    { "look at a file", look_at_a_file, false, false },
    { "read a link", read_a_link, false, false },
    { "make a folder", make_a_folder, true, false },
    { "remove a file", remove_a_file, true, false },
    { "rename a file", rename_a_file, true, false },
    { "link a file", link_a_file, true, false },
    { "change rights", change_rights, true, false },
    { "truncate a file", truncate_a_file, true, false },
    { "change folder", change_folder, true, false },
    { "mount", mount_something, true, false },
    { "watch files", watch_files, true, false },
    { "execute", execute, true, false },
    { "fork", fork_a_process, true, false },
    { "fork by clone3", fork_by_clone3, true, false },
    { "signal its parent", kill_its_parent, true, false },
    { "signal another", kill_another, true, false },
    { "trace another", trace_another, true, false },
    { "read another's memory", read_another, true, false },
    { "make a socket", make_a_socket, false, false },
    { "make a local socket", make_a_local_socket, false, false },
    { "make a pair of sockets", make_a_pair, true, false },
    { "share memory", share_memory, true, false },
    { "map code", run_new_code, false, false },
    { "make data code", make_data_code, false, false },
    { "leave its namespace", leave_the_namespace, true, false },
    { "become another user", become_another, true, false },
    { "rename the machine", change_the_host, true, false },
    { "load a kernel program", load_a_program, true, false },
    { "use keys", use_keys, true, false },
    { "use io_uring", use_io_uring, true, false },
    { "handle faults", handle_faults, true, false },
    { "raise its limits", raise_its_limit, true, false },
    { "allow core dumps", allow_core_dumps, true, false },
    { "read its environment", read_its_environment, false, false },
    { "take more memory than its limit", take_much_memory, true, false },
    { "open many descriptors", open_many, true, false },
};

static bool failed(int status, const char *words)
{
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS && !strncmp(words, "forbidden call: ", 16);
    return WIFEXITED(status) && WEXITSTATUS(status) == FAILED;
}

static void every_attempt_in(enum confinement_profile profile)
{
    size_t i;

    for (i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        char words[256];
        int status;

        if (profile == CONFINE_LIVE &&
            (!attempts[i].live_too || (attempts[i].needs_landlock && !what_holds.landlock)))
            continue;
        status = try_in(profile, attempts[i].attempt, words);
        if (!failed(status, words))
            fail_msg("it could %s: status %#x, '%s'", attempts[i].name, (unsigned)status, words);
    }
}

static void needs_the_whole_cage(void)
{
    if (!what_holds.seccomp || *what_holds.why_not) {
        print_message("the cage is incomplete: %s\n", what_holds.why_not);
        skip();
    }
}

static void a_worker_for_files_fails_at_everything(void **state)
{
    (void)state;
    needs_the_whole_cage();
    every_attempt_in(CONFINE_FILE);
}

static void a_worker_for_the_network_fails_at_nearly_everything(void **state)
{
    (void)state;
    needs_the_whole_cage();
    every_attempt_in(CONFINE_LIVE);
}

static int make_a_file_in_tmp(void) { return open_to_write(); }
static int read_the_persons_file(void) { return result(open("there", O_RDONLY)); }

/* Certificates and names can be read, and a socket made; what is the person's can't. */
static void a_worker_for_the_network_reads_the_systems_files_only(void **state)
{
    char words[256];
    FILE *f = fopen("there", "w");
    int status;

    (void)state;
    needs_the_whole_cage();
    assert_non_null(f);
    fclose(f);
    status = try_in(CONFINE_LIVE, make_a_socket, words);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == CAME_THROUGH);
    status = try_in(CONFINE_LIVE, open_to_read, words);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == CAME_THROUGH);
    if (!what_holds.landlock)
        skip();
    status = try_in(CONFINE_LIVE, read_the_persons_file, words);
    assert_true(failed(status, words));
    status = try_in(CONFINE_LIVE, make_a_file_in_tmp, words);
    assert_true(failed(status, words));
}

static void the_forbidden_call_is_named(void **state)
{
    char words[256];
    int status;

    (void)state;
    needs_the_whole_cage();
    status = try_in(CONFINE_FILE, make_a_socket, words);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    assert_string_equal(words, "forbidden call: socket\n");
    try_in(CONFINE_FILE, execute, words);
    assert_string_equal(words, "forbidden call: execve\n");
}

/* ---- what a decoder does ---- */

static void *add(void *sum)
{
    int i;

    for (i = 0; i < 1000; i++)
        *(int *)sum += 1;
    return NULL;
}

static int work(void)
{
    pthread_t threads[4];
    int sums[4] = { 0 }, i;
    struct timespec t;
    char *p;

    for (i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, add, &sums[i]))
            return 1;
    for (i = 0; i < 4; i++)
        if (pthread_join(threads[i], NULL) || sums[i] != 1000)
            return 2;
    for (i = 0; i < 20; i++) {
        p = malloc((size_t)20 << 20);
        if (!p)
            return 3;
        memset(p, i, (size_t)20 << 20);
        free(p);
    }
    prctl(PR_SET_NAME, "av:h264:0");
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec >= 0 && write(STDERR_FILENO, "done", 4) == 4 ? CAME_THROUGH : 4;
}

static void threads_memory_and_its_descriptors_work(void **state)
{
    static const enum confinement_profile profiles[] = { CONFINE_FILE, CONFINE_LIVE };
    char words[256];
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        int status = try_in(profiles[i], work, words);

        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), CAME_THROUGH);
        assert_string_equal(words, "done");
    }
}

static int crash(void)
{
    abort();
}

static void a_crash_stays_a_crash(void **state)
{
    char words[256];
    int status;

    (void)state;
    needs_the_whole_cage();
    status = try_in(CONFINE_FILE, crash, words);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* What holds here is learnt by a process of its own: there is no way out again. */
static int learn(void **state)
{
    const struct confinement wanted = { CONFINE_FILE, MEMORY };
    int pipe_ends[2], status;
    pid_t pid;

    (void)state;
    if (pipe(pipe_ends) || (pid = fork()) < 0)
        return -1;
    if (!pid) {
        struct confined c;
        bool told = sandbox_enter(&wanted, &c) == SC_OK && write(pipe_ends[1], &c, sizeof c) == sizeof c;

        _exit(told ? 0 : 1);
    }
    close(pipe_ends[1]);
    if (read(pipe_ends[0], &what_holds, sizeof what_holds) != sizeof what_holds)
        return -1;
    close(pipe_ends[0]);
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_memory_and_its_descriptors_work),
        cmocka_unit_test(a_worker_for_files_fails_at_everything),
        cmocka_unit_test(a_worker_for_the_network_fails_at_nearly_everything),
        cmocka_unit_test(a_worker_for_the_network_reads_the_systems_files_only),
        cmocka_unit_test(the_forbidden_call_is_named),
        cmocka_unit_test(a_crash_stays_a_crash),
    };

    return cmocka_run_group_tests(tests, learn, NULL);
}
