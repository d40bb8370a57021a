/* The cage: limits, Landlock, seccomp. */
#include "worker/serve/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libavutil/mem.h>

#include "worker/serve/landlock.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define N_CALLS 512
#define NAME_BYTES 24

/* Names of the calls by their numbers: the handler of SIGSYS can't ask libseccomp any more. Written before it can run. */
static char call_names[N_CALLS][NAME_BYTES];

/* ---- the last words ---- */

static void on_forbidden(int sig, siginfo_t *info, void *context)
{
    const int number = info->si_syscall;
    const char *name = number >= 0 && number < N_CALLS ? call_names[number] : "";
    char text[64] = "forbidden call: ";
    ssize_t n;

    (void)context;
    strcat(text, *name ? name : "unknown");
    strcat(text, "\n");
    n = write(STDERR_FILENO, text, strlen(text));
    (void)n;
    raise(sig);
    _exit(128 + sig);
}

static void learn_names(void)
{
    for (int i = 0; i < N_CALLS; i++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);

        if (name)
            strncpy(call_names[i], name, NAME_BYTES - 1);
        free(name);
    }
}

/* ---- seccomp ---- */

/* What computing, threads, and reading and writing descriptors take. */
static const int allowed[] = {
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(pwrite64),
    SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu), SCMP_SYS(getrandom), SCMP_SYS(sysinfo),
    SCMP_SYS(restart_syscall), SCMP_SYS(getrusage), SCMP_SYS(membarrier),
};

/* What libraries try by habit and can do without. */
static const int refused[] = {
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd), SCMP_SYS(ioctl), SCMP_SYS(uname), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(fadvise64), SCMP_SYS(sched_setaffinity), SCMP_SYS(mbind), SCMP_SYS(get_mempolicy),
};

/* Names, certificates and sockets; Landlock leaves only the system's files to be read. */
static const int allowed_live[] = {
    SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),
    SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64), SCMP_SYS(ioctl), SCMP_SYS(uname), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(shutdown), SCMP_SYS(sendmmsg),
    SCMP_SYS(recvmmsg), SCMP_SYS(fcntl), SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(dup),
};

/* The sanitizers' own: their reports, and the search for leaks at the end. */
static const int allowed_sanitizer[] = {
    SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(mmap), SCMP_SYS(mprotect),
    SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(clone), SCMP_SYS(ptrace), SCMP_SYS(wait4), SCMP_SYS(prctl),
    SCMP_SYS(getppid), SCMP_SYS(getdents64), SCMP_SYS(prlimit64), SCMP_SYS(tgkill), SCMP_SYS(kill),
    SCMP_SYS(process_vm_readv), SCMP_SYS(uname), SCMP_SYS(fcntl), SCMP_SYS(ioctl), SCMP_SYS(personality),
    SCMP_SYS(pipe2), SCMP_SYS(pipe), SCMP_SYS(msync), SCMP_SYS(arch_prctl),
};

static int allow_all(scmp_filter_ctx f, const int *calls, size_t n)
{
    int code = 0;

    for (size_t i = 0; i < n && !code; i++)
        if (calls[i] >= 0)       /* below 0: this machine has no such call */
            code = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
    return code;
}

#define ALLOW(f, calls) allow_all(f, calls, sizeof(calls) / sizeof *(calls))

static bool is_among(int call, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (calls[i] == call)
            return true;
    return false;
}

static int refuse(scmp_filter_ctx f, bool live)
{
    int code = 0;

    for (size_t i = 0; i < sizeof refused / sizeof *refused && !code; i++) {
        const int call = refused[i];

        if (call < 0 || (live && is_among(call, allowed_live, sizeof allowed_live / sizeof *allowed_live)) ||
            (SANITIZED && is_among(call, allowed_sanitizer, sizeof allowed_sanitizer / sizeof *allowed_sanitizer)))
            continue;
        code = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), call, 0);
    }
    return code;
}

/* Allow a call where the argument, masked, is value, and fail it where it is not. */
static int allow_if(scmp_filter_ctx f, int call, unsigned argument, scmp_datum_t mask, scmp_datum_t value, bool rest_fails)
{
    const struct scmp_arg_cmp is = { argument, SCMP_CMP_MASKED_EQ, mask, value };
    const struct scmp_arg_cmp is_not = { argument, SCMP_CMP_NE, value, 0 };
    int code = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, 1, &is);

    return code || !rest_fails ? code : seccomp_rule_add_array(f, SCMP_ACT_ERRNO(EPERM), call, 1, &is_not);
}

/* Memory that holds code: a plug-in, or an intruder's. */
static int allow_data(scmp_filter_ctx f, int call)
{
    int code = seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

    return code ? code : seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), call, 1,
                                          SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
}

/* Calls that are allowed with some arguments only. */
static int allow_some(scmp_filter_ctx f, bool live)
{
    const scmp_datum_t all = UINT64_MAX, thread = CLONE_THREAD | CLONE_VM;
    int code = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

    if (SANITIZED)
        return code;
    code = code ? code : allow_if(f, SCMP_SYS(clone), 0, thread, thread, false);
    code = code ? code : allow_if(f, SCMP_SYS(tgkill), 0, all, (scmp_datum_t)getpid(), false);
    code = code ? code : allow_if(f, SCMP_SYS(prctl), 0, all, PR_SET_NAME, true);
    code = code ? code : allow_if(f, SCMP_SYS(prlimit64), 2, all, 0, true);  /* to read limits */
    if (live)
        return code;
    code = code ? code : allow_data(f, SCMP_SYS(mmap));
    code = code ? code : allow_data(f, SCMP_SYS(mprotect));
    code = code ? code : allow_if(f, SCMP_SYS(fcntl), 1, all, F_GETFL, false);
    return code ? code : allow_if(f, SCMP_SYS(fcntl), 1, all, F_GETFD, false);
}

/* 0, or a negative errno. */
static int filter_calls(bool live)
{
    struct sigaction action = { .sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESETHAND };
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_TRAP);
    int code = f ? 0 : -ENOMEM;

    if (f) {
        seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);   /* a tree: most calls are found in few steps */
        seccomp_attr_set(f, SCMP_FLTATR_CTL_SSB, 1);        /* there are no secrets here that slower loads would keep */
    }
    learn_names();
    sigaction(SIGSYS, &action, NULL);
    code = code ? code : ALLOW(f, allowed);
    if (live)
        code = code ? code : ALLOW(f, allowed_live);
    if (SANITIZED)
        code = code ? code : ALLOW(f, allowed_sanitizer);
    code = code ? code : allow_some(f, live);
    code = code ? code : refuse(f, live);
    code = code ? code : seccomp_load(f);
    seccomp_release(f);
    return code;
}

/* ---- limits ---- */

static bool limit(int resource, int64_t value)
{
    const struct rlimit r = { (rlim_t)value, (rlim_t)value };

    return setrlimit((__rlimit_resource_t)resource, &r) == 0;
}

/* What is allowed already is less: that is no failure. */
static bool limit_to(int resource, int64_t value)
{
    struct rlimit now;

    return limit(resource, value) ||
           (getrlimit((__rlimit_resource_t)resource, &now) == 0 && now.rlim_max != RLIM_INFINITY &&
            now.rlim_max <= (rlim_t)value && limit(resource, (int64_t)now.rlim_max));
}

static bool limit_memory(int64_t bytes)
{
    if (bytes <= 0)
        return false;
    av_max_alloc((size_t)bytes);
    return limit_to(RLIMIT_DATA, bytes);
}

/* Valgrind's own calls, memory and descriptors would be taken for ours. */
static bool under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded && strstr(preloaded, "vgpreload");
}

enum sc_status sandbox_enter(const struct confinement *wanted, struct confined *out)
{
    const bool live = wanted->profile == CONFINE_LIVE, watched = under_valgrind();
    int code;

    *out = (struct confined){ .profile = wanted->profile };
    if (watched) {
        snprintf(out->why_not, sizeof out->why_not, "under valgrind");
        return SC_OK;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || !limit_to(RLIMIT_CORE, 0) ||
        !limit_to(RLIMIT_NOFILE, SANDBOX_MAX_FILES) || !limit_to(RLIMIT_CPU, SANDBOX_MAX_CPU_S) ||
        !limit_to(RLIMIT_FSIZE, SANDBOX_MAX_FILE_BYTES))
        return SC_ERR_WORKER;
    signal(SIGXFSZ, SIG_IGN);    /* then writing fails with EFBIG */
    if (!SANITIZED)
        out->memory = limit_memory(wanted->memory_bytes);
    if (!SANITIZED)
        out->landlock = landlock_enter(live);
    if (!live)
        clearenv();
    code = filter_calls(live);
    out->seccomp = code == 0;
    if (code)
        snprintf(out->why_not, sizeof out->why_not, "no seccomp here: %.40s", strerror(-code));
    else if (SANITIZED)
        snprintf(out->why_not, sizeof out->why_not, "wider for the sanitizer in this build");
    return SC_OK;
}
