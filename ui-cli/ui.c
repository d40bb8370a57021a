/* The terminal, or what stands in for it. */
#include "ui-cli/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ui-cli/visible.h"

/* A signal handler can be told nothing, so these are the program's only variables. */
static struct sc *volatile signal_session;
static volatile sig_atomic_t signal_number, signal_gently;

static void on_signal(int number)
{
    struct sc *sc = signal_session;

    if (signal_gently && sc) {
        sc_watch_end(sc);
        return;
    }
    signal_number = number;
    if (sc)
        sc_cancel(sc);
}

/* The first signal ends the work in order, a second one at once. What the caller ignores (nohup) stays ignored. */
static void catch_signal(int number)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND }, old;

    sigemptyset(&action.sa_mask);
    if (!sigaction(number, NULL, &old) && old.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

static int terminal_width(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20 ? 80 : size.ws_col;
}

/* A descriptor that is closed would be given to the next file opened, and results would be written into it. Output
 * that was closed is opened for reading, so that writing to it fails as it should. */
static void fill_standard_descriptors(void)
{
    FILE *const files[] = { stdin, stdout, stderr };
    int fd;

    for (fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && !freopen("/dev/null", fd == 2 ? "w" : "r", files[fd]))
            _exit(EXIT_FAILED);
}

void ui_open(struct ui *ui)
{
    const char *term = getenv("TERM");

    *ui = (struct ui){ 0 };
    fill_standard_descriptors();
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    ui->terminal = isatty(STDOUT_FILENO);
    ui->width = ui->terminal ? terminal_width() : 80;
    ui->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
    ui->colour = ui->terminal && term && strcmp(term, "dumb") && !(getenv("NO_COLOR") && *getenv("NO_COLOR"));
    ui->progress = isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
}

void ui_set(struct ui *ui, const struct args *args)
{
    if (args->colour != WHEN_AUTO)
        ui->colour = args->colour == WHEN_ALWAYS;
    ui->quiet = args->quiet;
    ui->memory_limit = args->memory_limit;
    ui->stall_us = args->stall_us;
    ui->progress = ui->progress && args->progress == 0 && !args->quiet;
}

static void erase_progress(struct ui *ui)
{
    if (ui->progress_shown)
        fputs("\r\033[K", stderr);
    ui->progress_shown = false;
}

/* 00:12 of 00:12.345: a progress line needs no milliseconds. */
static char *short_time(int64_t time_us, char out[32])
{
    sc_format_time(time_us, out);
    out[strcspn(out, ".")] = '\0';
    return out;
}

void ui_progress(struct ui *ui, const char *line)
{
    char shown[1024];

    if (!ui->progress)
        return;
    visible_fit(shown, sizeof(shown), ui->width - 1, line);
    fprintf(stderr, "\r%s\033[K", shown);
    ui->progress_shown = true;
}

static void on_progress(void *user, const struct sc_progress *p)
{
    struct ui *ui = user;
    char done[32], total[32], line[512];

    if (!ui->progress)
        return;
    if (p->total_us > 0)
        snprintf(line, sizeof(line), "%s %s of %s, %d %%  %s", p->stage, short_time(p->done_us, done),
                 short_time(p->total_us, total), (int)(100.0 * (double)p->done_us / (double)p->total_us),
                 p->path ? p->path : "");
    else if (p->done_us > 0 || p->pictures > 0)
        snprintf(line, sizeof(line), "%s %s, %lld pictures  %s", p->stage, short_time(p->done_us, done),
                 (long long)p->pictures, p->path ? p->path : "");
    else
        snprintf(line, sizeof(line), "%s  %s", p->stage, p->path ? p->path : "");
    ui_progress(ui, line);
}

static void print_words(const char *format, va_list list) __attribute__((format(printf, 1, 0)));

static void print_words(const char *format, va_list list)
{
    char line[6000];
    char *shown;

    vsnprintf(line, sizeof(line), format, list);
    shown = visible_text(line);
    fprintf(stderr, "seechange: %s\n", shown ? shown : "not enough memory");
    free(shown);
}

static void on_notice(void *user, const char *text) { ui_note(user, "%s", text); }

bool ui_session(struct ui *ui)
{
    struct sc_settings settings = { .memory_bytes = ui->memory_limit, .stall_us = ui->stall_us,
                                    .on_progress = on_progress, .on_notice = on_notice, .user = ui };
    struct sc_error err = { 0 };
    enum sc_status s = sc_open(&ui->sc, &settings, &err);

    if (s) {
        ui_failed(ui, s, &err);
        return false;
    }
    signal_session = ui->sc;
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    catch_signal(SIGHUP);
    return true;
}

/* Programs that read us may stop early (head): that is no failure to speak of, so end as others do. */
static int close_output(struct ui *ui, int code)
{
    if (!ui->out_errno && fclose(stdout))
        ui->out_errno = errno;
    if (ui->out_errno == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    if (ui->out_errno) {
        ui_error("cannot write to standard output: %s", strerror(ui->out_errno));
        return EXIT_FAILED;
    }
    return code;
}

void ui_end_gently(struct ui *ui)
{
    signal_gently = ui->sc != NULL;
}

int ui_close(struct ui *ui, int code)
{
    erase_progress(ui);
    signal_session = NULL;
    sc_close(&ui->sc);
    code = close_output(ui, code);
    return signal_number ? 128 + signal_number : code;
}

void ui_error(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_words(format, list);
    va_end(list);
}

void ui_note(struct ui *ui, const char *format, ...)
{
    va_list list;

    if (ui->quiet)
        return;
    erase_progress(ui);
    va_start(list, format);
    print_words(format, list);
    va_end(list);
}

int ui_failed(struct ui *ui, enum sc_status status, const struct sc_error *err)
{
    erase_progress(ui);
    if (status == SC_ERR_CANCELLED && (signal_number || ui->out_errno))
        return EXIT_INTERRUPTED;
    ui_error("%s", err->text[0] ? err->text : "failed without a reason");
    return status == SC_ERR_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

static void output_failed(struct ui *ui)
{
    if (ui->out_errno)
        return;
    ui->out_errno = errno ? errno : EIO;
    if (ui->sc)
        sc_cancel(ui->sc);
}

void ui_print(struct ui *ui, const char *format, ...)
{
    va_list list;

    erase_progress(ui);
    va_start(list, format);
    errno = 0;
    if (vprintf(format, list) < 0)
        output_failed(ui);
    va_end(list);
}

void ui_write(struct ui *ui, const char *text, size_t size)
{
    erase_progress(ui);
    errno = 0;
    if (size && fwrite(text, 1, size, stdout) != size)
        output_failed(ui);
}

void ui_visible(struct ui *ui, const char *text)
{
    size_t size = strlen(text), taken;

    for (; size; text += taken, size -= taken) {
        char step[VISIBLE_SIZE];
        int columns;

        taken = visible_step(text, size, step, &columns);
        ui_write(ui, step, strlen(step));
    }
}

void ui_flush(struct ui *ui)
{
    errno = 0;
    if (fflush(stdout))
        output_failed(ui);
}

const char *ui_colour(const struct ui *ui, const char *colour) { return ui->colour ? colour : ""; }

bool ui_stopped(const struct ui *ui) { return signal_number || ui->out_errno; }

const char *ui_either(const struct ui *ui, const char *unicode, const char *ascii)
{
    return ui->utf8 ? unicode : ascii;
}
