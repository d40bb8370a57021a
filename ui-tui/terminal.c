/* What the terminal can do, and how it is left. */
#include "ui-tui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ASK_MS 500
#define WRITE_MS 10000
#define MAX_COPY 74994           /* bytes that xterm takes, before base64 */

const char *const graphics_names[] = { "auto", "none", "symbols", "sixel", "iterm2", "kitty", NULL };

/* A signal handler can be told nothing. */
static char leave_bytes[512];
static struct termios saved_mode;
static volatile sig_atomic_t is_guarded, want_stop, came_back, is_resized, end_signal;
static int signal_pipe[2] = { -1, -1 };

/* ---- asking ---- */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

static bool begins(const char *text, const char *with) { return !strncmp(text, with, strlen(with)); }

/* Some print what they do not understand, and some never answer. */
static bool is_simple(const char *term)
{
    return begins(term, "linux") || begins(term, "vt1") || begins(term, "vt2") || begins(term, "dumb") ||
           begins(term, "ansi") || begins(term, "cons") || !*term;
}

/* All questions, the one that everybody answers (DA1) last. */
static void ask(const struct terminal *t)
{
    const char *kitty = "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\";
    const char *wrapped = "\033Ptmux;\033\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\033\\\033\\";

    terminal_write("\033]11;?\033\\", 8);
    terminal_write(t->in_tmux ? wrapped : kitty, strlen(t->in_tmux ? wrapped : kitty));
    terminal_write("\033[16t\033[c", 8);
}

/* The answer to DA1: ESC [ ? ... c. */
static const char *find_da1(const char *answers)
{
    const char *at = answers;

    while ((at = strstr(at, "\033[?"))) {
        const size_t n = strspn(at + 3, "0123456789;");

        if (at[3 + n] == 'c')
            return at;
        at += 3;
    }
    return NULL;
}

static void hear(char *answers, size_t size)
{
    const int64_t until = now_ms() + ASK_MS;
    size_t n = 0;

    answers[0] = '\0';
    while (n + 1 < size && !find_da1(answers)) {
        struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
        const int64_t left = until - now_ms();
        ssize_t got;
        size_t i;

        if (left <= 0 || poll(&in, 1, (int)left) <= 0)
            return;
        got = read(STDIN_FILENO, answers + n, size - 1 - n);
        if (got <= 0)
            return;
        for (i = n; i < n + (size_t)got; i++)
            if (!answers[i])
                answers[i] = ' ';
        n += (size_t)got;
        answers[n] = '\0';
    }
}

/* rgb:RRRR/GGGG/BBBB, each of one to four digits. */
static bool ground_is_light(const char *answers)
{
    const char *at = strstr(answers, "\033]11;rgb:");
    double part[3];
    int i;

    if (!at)
        return false;
    at += 9;
    for (i = 0; i < 3; i++) {
        char *end;
        unsigned long value = strtoul(at, &end, 16);

        if (end == at || end - at > 4)
            return false;
        part[i] = (double)value / (double)((1ul << (4 * (end - at))) - 1);
        at = end + 1;
    }
    return 0.299 * part[0] + 0.587 * part[1] + 0.114 * part[2] > 0.5;
}

static bool has_sixel(const char *answers)
{
    const char *at = find_da1(answers);

    for (at = at ? at + 3 : NULL; at && *at != 'c'; at += strcspn(at, ";c"), at += *at == ';')
        if (at[0] == '4' && (at[1] == ';' || at[1] == 'c'))
            return true;
    return false;
}

static void measure_cell(struct terminal *t, const char *answers)
{
    const char *at = strstr(answers, "\033[6;");
    struct winsize size;
    int w = 0, h = 0;

    if ((!at || sscanf(at, "\033[6;%d;%dt", &h, &w) != 2) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col &&
        size.ws_row) {
        w = size.ws_xpixel / size.ws_col;
        h = size.ws_ypixel / size.ws_row;
    }
    t->cell_width = w >= 4 && w <= 128 ? w : 8;
    t->cell_height = h >= 4 && h <= 256 ? h : 2 * t->cell_width;
}

static int count_colours(const char *term, bool no_colour)
{
    const char *deep = variable("COLORTERM");

    if (no_colour || *variable("NO_COLOR") || begins(term, "vt1") || begins(term, "dumb"))
        return 0;
    if (!strcmp(deep, "truecolor") || !strcmp(deep, "24bit") || strstr(term, "-direct"))
        return 1 << 24;
    if (strstr(term, "256"))
        return 256;
    return begins(term, "linux") || strstr(term, "-16color") || begins(term, "xterm") ? 16 : 8;
}

static enum graphics choose(const struct terminal *t, const char *answers)
{
    const char *program = variable("TERM_PROGRAM");

    if (strstr(answers, "_Gi=31;OK"))
        return GRAPHICS_KITTY;
    if (!t->in_tmux && (!strcmp(program, "iTerm.app") || !strcmp(program, "WezTerm") ||
                        !strcmp(variable("LC_TERMINAL"), "iTerm2")))
        return GRAPHICS_ITERM2;
    return has_sixel(answers) ? GRAPHICS_SIXEL : GRAPHICS_SYMBOLS;
}

void terminal_open(struct terminal *t, enum graphics wanted, bool no_colour)
{
    const char *term = variable("TERM");
    struct termios mode;
    char answers[1024] = "";

    memset(t, 0, sizeof *t);
    memset(&saved_mode, 0, sizeof saved_mode);
    t->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
    t->in_tmux = *variable("TMUX") != '\0';
    t->colours = count_colours(term, no_colour);
    if (!tcgetattr(STDIN_FILENO, &saved_mode) && !is_simple(term)) {
        mode = saved_mode;
        mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG); /* nothing would put it back yet */
        tcsetattr(STDIN_FILENO, TCSANOW, &mode);
        ask(t);
        hear(answers, sizeof answers);
        tcsetattr(STDIN_FILENO, TCSANOW, &saved_mode);
    }
    t->is_light = ground_is_light(answers);
    measure_cell(t, answers);
    t->graphics = wanted == GRAPHICS_AUTO ? choose(t, answers) : wanted;
}

/* ---- signals, and the way out ---- */

static void leave(void)
{
    ssize_t n;

    if (!is_guarded)
        return;
    n = write(STDOUT_FILENO, leave_bytes, strlen(leave_bytes));
    (void)n;
    tcsetattr(STDIN_FILENO, TCSANOW, &saved_mode);
}

static void on_crash(int number)
{
    leave();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_signal(int number)
{
    const int saved = errno;
    ssize_t n;

    if (number == SIGTSTP)
        want_stop = 1;
    else if (number == SIGCONT)
        came_back = 1;
    else if (number == SIGWINCH)
        is_resized = 1;
    else
        end_signal = number;
    n = write(signal_pipe[1], "", 1);
    (void)n;
    errno = saved;
}

static void catch(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
static const int events[] = { SIGTSTP, SIGCONT, SIGTERM, SIGHUP, SIGINT, SIGWINCH };

void terminal_guard(const char *leave_with)
{
    size_t i;

    snprintf(leave_bytes, sizeof leave_bytes, "%s", leave_with);
    if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK))
        signal_pipe[0] = signal_pipe[1] = -1;
    is_guarded = 1;
    for (i = 0; i < sizeof crashes / sizeof *crashes; i++)
        catch(crashes[i], on_crash, (int)SA_RESETHAND);
    for (i = 0; i < sizeof events / sizeof *events; i++)
        catch(events[i], on_signal, SA_RESTART);
}

void terminal_unguard(void)
{
    size_t i;

    is_guarded = 0;
    for (i = 0; i < sizeof crashes / sizeof *crashes; i++)
        signal(crashes[i], SIG_DFL);
    for (i = 0; i < sizeof events / sizeof *events; i++)
        signal(events[i], SIG_DFL);
}

int terminal_signal_descriptor(void) { return signal_pipe[0]; }

struct signals terminal_signals(void)
{
    struct signals s;
    char bytes[64];

    while (read(signal_pipe[0], bytes, sizeof bytes) > 0)
        ;
    s.stop = want_stop;
    s.back = came_back;
    s.resized = is_resized;
    s.end = end_signal;
    want_stop = came_back = is_resized = 0;
    return s;
}

/* ---- writing ---- */

void terminal_write(const char *bytes, size_t size)
{
    const int64_t until = now_ms() + WRITE_MS;

    while (size) {
        ssize_t n = write(STDOUT_FILENO, bytes, size);

        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        } else if (n < 0 && (errno == EAGAIN || errno == EINTR) && now_ms() < until) {
            struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

            poll(&out, 1, 100);
        } else {
            return;
        }
    }
}

bool terminal_copy(const struct terminal *t, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)text;
    size_t size = strlen(text), n = 0;
    char *out;

    if (size > MAX_COPY || !(out = malloc(size * 4 / 3 + 64)))
        return false;
    n += (size_t)sprintf(out, "%s", t->in_tmux ? "\033Ptmux;\033\033]52;c;" : "\033]52;c;");
    for (; size > 0; p += 3, size -= size < 3 ? size : 3) {
        const unsigned three = (unsigned)p[0] << 16 | (size > 1 ? (unsigned)p[1] << 8 : 0) | (size > 2 ? p[2] : 0);

        out[n++] = digits[three >> 18];
        out[n++] = digits[three >> 12 & 63];
        out[n++] = size > 1 ? digits[three >> 6 & 63] : '=';
        out[n++] = size > 2 ? digits[three & 63] : '=';
    }
    n += (size_t)sprintf(out + n, "%s", t->in_tmux ? "\a\033\\" : "\a");
    terminal_write(out, n);
    free(out);
    return true;
}
