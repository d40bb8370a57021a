/* Landlock by its system calls: the C library has no functions for them. */
#include "worker/serve/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's structure as of version 6; older headers lack its end. */
struct ruleset {
    uint64_t files, net, scoped;
};

/* Rights to files by version: 1 has 13 of them, 2 adds moving between folders, 3 truncating, 5 ioctl of devices. */
static uint64_t all_files(int version)
{
    const int n = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;

    return ((uint64_t)1 << n) - 1;
}

static void allow_reading(int ruleset, const char *path)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
                                                                 LANDLOCK_ACCESS_FS_READ_DIR };

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return;
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

int landlock_enter(bool may_connect)
{
    static const char *const of_the_system[] = { "/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/run/nscd",
                                                 "/run/resolvconf", "/run/NetworkManager" };
    int version = (int)syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    struct ruleset r = { 0 };
    size_t size = sizeof r.files;
    int ruleset, failed;

    if (version < 1)
        return 0;
    r.files = all_files(version);
    if (version >= 4 && !may_connect) {
        r.net = 3;               /* TCP: bind, connect */
        size = offsetof(struct ruleset, scoped);
    }
    if (version >= 6) {
        r.scoped = 3;            /* abstract sockets and signals of others */
        size = sizeof r;
    }
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    if (ruleset < 0)
        return 0;
    for (size_t i = 0; may_connect && i < sizeof of_the_system / sizeof *of_the_system; i++)
        allow_reading(ruleset, of_the_system[i]);
    failed = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return failed ? 0 : version;
}
