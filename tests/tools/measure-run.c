/* Run a command and say what it took: "CPU_SECONDS WALL_SECONDS PEAK_KIB" on standard error's last line.
 *     measure-run COMMAND ARGUMENT...
 * CPU and memory are those of the command and all its descendants together: the peak is the sum of each process's own
 * peak, sampled every 10 ms. Exits as the command did. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_PROCESSES 64

struct peaks {
    pid_t pid[MAX_PROCESSES];
    long kib[MAX_PROCESSES];
    int n;
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static long peak_of(pid_t pid)
{
    char path[64], line[256];
    long kib = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (!(f = fopen(path, "r")))
        return 0;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    fclose(f);
    return kib;
}

static void note(struct peaks *p, pid_t pid)
{
    long kib = peak_of(pid);
    int i;

    for (i = 0; i < p->n && p->pid[i] != pid; i++)
        ;
    if (i == MAX_PROCESSES)
        return;
    if (i == p->n) {
        p->pid[p->n++] = pid;
        p->kib[i] = 0;
    }
    if (kib > p->kib[i])
        p->kib[i] = kib;
}

/* The process and what it started, any of whose threads may have done so. */
static void note_tree(struct peaks *p, pid_t pid)
{
    char path[64];
    FILE *f;
    int child;

    note(p, pid);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    if (!(f = fopen(path, "r")))
        return;
    while (fscanf(f, "%d", &child) == 1)
        note_tree(p, child);
    fclose(f);
}

int main(int argc, char **argv)
{
    struct peaks peaks = { 0 };
    struct rusage usage;
    double start = now_s();
    long total = 0;
    int status, i;
    pid_t pid;

    if (argc < 2) {
        fprintf(stderr, "usage: measure-run COMMAND ARGUMENT...\n");
        return 2;
    }
    pid = fork();
    if (pid < 0) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        note_tree(&peaks, pid);
        usleep(10000);
    }
    getrusage(RUSAGE_CHILDREN, &usage);
    for (i = 0; i < peaks.n; i++)
        total += peaks.kib[i];
    fprintf(stderr, "%.3f %.3f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime), now_s() - start, total);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
